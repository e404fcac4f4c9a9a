//! A crawler whose workers find their own work: each page leads to further pages.

mod answer;
mod content;
mod crawl;
mod flags;
mod html;
mod net;
mod pages;
mod report;
mod robots;
mod site;
mod story;
mod stub;
mod wire;

use flags::Args;
use rehearsal::outside::clap::Parser;
use rehearsal::outside::tokio;
use rehearsal::{async_channel, eprint, eprintln, println};
use std::process::ExitCode;
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
