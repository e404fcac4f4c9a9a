//! A crawler whose workers find their own work: each page leads to further pages.
#![allow(clippy::disallowed_methods, reason = "here the real crates are meant")]

#[path = "../src/crawl.rs"]
mod crawl;
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

use ::async_channel;
use ::tokio;
use clap::Parser;
use std::process::ExitCode;
use std::{eprint, eprintln, println};
use tokio::time::{Duration, Instant};
use url::Url;

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

/// A crawler whose workers find their own work: each page leads to further pages.
///
/// Pages of the host that it starts at are followed; those of other hosts are looked at, and no further.
#[derive(Parser, Clone)]
struct Args {
    /// Where to start; hosts that end in .test are those of the built-in site
    #[arg(long, default_value = "http://site.test/", value_parser = start)]
    url: Url,
    /// How many workers look at pages
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    workers: u32,
    /// How many links away from the start a page may be
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(0..=100))]
    depth: u32,
    /// How many addresses the report holds at the most
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_pages: u32,
    /// How many requests one host gets at the same time, at the most (without it: as many as come)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    per_host: Option<u32>,
    /// How many seconds a page has until its last byte is here
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=3600))]
    timeout: u32,
    /// How many times a page is asked for again whose server has trouble (5xx)
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10))]
    retries: u32,
    /// Play a network that is made up, with the same pages, instead of the real one
    #[arg(long)]
    stub: bool,
    /// Other seeds give the stub other times
    #[arg(long, default_value_t = 9)]
    seed: u64,
}

impl Args {
    fn time_limit(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }
}

/// An address that a crawl can start at.
fn start(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "it is not an address like http://site.test/")?;
    match url.scheme() {
        "http" => Ok(net::without_fragment(url)),
        "https" if net::HAS_TLS => Ok(net::without_fragment(url)),
        "https" => {
            Err("https is a feature: cargo run -p ex09-web-crawler --features tls -- --url …"
                .into())
        }
        other => Err(format!("{other} can't be crawled, only http and https")),
    }
}
