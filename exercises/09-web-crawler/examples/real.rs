//! A crawler whose workers find their own work: each page leads to further pages.
#![allow(clippy::disallowed_methods, reason = "here the real crates are meant")]

#[path = "../src/answer.rs"]
mod answer;
#[path = "../src/content.rs"]
mod content;
#[path = "../src/crawl.rs"]
mod crawl;
#[path = "../src/flags.rs"]
mod flags;
#[path = "../src/html.rs"]
mod html;
#[path = "../src/net.rs"]
mod net;
#[path = "../src/pages.rs"]
mod pages;
#[path = "../src/report.rs"]
mod report;
#[path = "../src/robots.rs"]
mod robots;
#[path = "../src/site.rs"]
mod site;
#[path = "../src/story.rs"]
mod story;
#[path = "../src/stub.rs"]
mod stub;
#[path = "../src/wire.rs"]
mod wire;

use ::async_channel;
use ::tokio;
use clap::Parser;
use flags::Args;
use std::process::ExitCode;
use std::{eprint, eprintln, println};
use tokio::time::Instant;

// The modules take these from here, `use crate::tokio;`, so that this file alone chooses them.
#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let net = match net::Net::open(&args).await {
        Ok(net) => net,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    println!("--- Crawl of {} ---", args.url);
    let start = Instant::now();
    let report = crawl::crawl(args.clone(), net).await;
    story::clear_bar(&args);
    eprintln!("Done after {:.1} s", start.elapsed().as_secs_f64());

    report.print(&args);
    if report.is_alive(&args.url) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
