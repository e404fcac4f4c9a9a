//! The flags, and what they say.

use crate::content::{self, Take};
use crate::html::without_fragment;
use clap::Parser;
use std::time::Duration;
use url::Url;

/// Without it, no https.
pub(crate) const HAS_TLS: bool = cfg!(feature = "tls");

/// A crawler whose workers find their own work: each page leads to further pages.
///
/// Pages of the host that it starts at are followed; those of other hosts are looked at, and no further.
#[derive(Parser, Clone)]
pub(crate) struct Args {
    /// Where to start; hosts that end in .test are those of the built-in site
    #[arg(long, default_value = "http://site.test/", value_parser = start)]
    pub(crate) url: Url,
    /// How many workers look at pages
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) workers: u32,
    /// How many links away from the start a page may be
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) depth: u32,
    /// How many addresses the report holds at the most
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) max_pages: u32,
    /// How many requests one host gets at the same time, at the most (without it: as many as come)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) per_host: Option<u32>,
    /// How many seconds a page has until its last byte is here
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) timeout: u32,
    /// How many times a page is asked for again whose server has trouble (5xx)
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10))]
    pub(crate) retries: u32,
    /// What to take from each page for the report: `words` (its title and how many words it has) or `headings`
    #[arg(long, value_name = "WHAT", value_parser = content::kind)]
    pub(crate) take: Option<Take>,
    /// A file of certificates (PEM) to trust beside those that this system trusts
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<std::path::PathBuf>,
    /// Play a network that is made up, with the same pages, instead of the real one
    #[arg(long)]
    pub(crate) stub: bool,
    /// Other seeds give the stub other times
    #[arg(long, default_value_t = 9)]
    pub(crate) seed: u64,
}

impl Args {
    pub(crate) fn time_limit(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }
}

/// An address that a crawl can start at.
fn start(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "it is not an address like http://site.test/")?;
    match url.scheme() {
        "http" => Ok(without_fragment(url)),
        "https" if HAS_TLS => Ok(without_fragment(url)),
        "https" => {
            Err("https is a feature: cargo run -p ex09-web-crawler --features tls -- --url …"
                .into())
        }
        other => Err(format!("{other} can't be crawled, only http and https")),
    }
}
