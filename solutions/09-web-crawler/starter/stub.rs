//! A network that is made up: the pages of the built-in site, and times that only a seed decides.
//!
//! It tells each request as it comes (`>`) and as it ends (`<`).

use crate::answer::Failure;
use crate::pages::{Body, Head, Reply, Site};
use crate::{eprintln, tokio};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::fmt::Display;
use std::ops::RangeInclusive;
use tokio::time::{Duration, Instant, sleep};
use url::Url;

pub(crate) struct Stub {
    site: Site,
    seed: u64,
}

impl Stub {
    pub(crate) fn new(site: Site, seed: u64) -> Stub {
        Stub { site, seed }
    }

    /// The head of an answer, and what is still to come of it.
    pub(crate) async fn get(&self, url: &Url) -> Result<(Head, Rest), Failure> {
        let mut request = Request::begin(url);
        sleep(self.random_time(90..=900, url)).await;
        match self.site.reply(url.as_str()) {
            Reply::NoHost => {
                request.ends(Failure::Unreachable);
                Err(Failure::Unreachable)
            }
            Reply::Silence => std::future::pending().await,
            Reply::Answer(head, body) => {
                sleep(head.delay).await;
                let time = self.random_time(10..=80, url);
                let status = head.status;
                request.ends(status);
                Ok((head, Rest { request, status, body, time }))
            }
        }
    }

    /// Random, and yet always the same for a seed, an address and a range.
    fn random_time(&self, millis: RangeInclusive<u64>, url: &Url) -> Duration {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed + millis.end());
        rng.set_stream(url.as_str().bytes().fold(0, hash));
        Duration::from_millis(rng.random_range(millis))
    }
}

fn hash(sum: u64, byte: u8) -> u64 {
    sum.wrapping_mul(31).wrapping_add(byte.into())
}

/// What is still to come of an answer.
pub(crate) struct Rest {
    request: Request,
    status: u16,
    body: Body,
    time: Duration,
}

impl Rest {
    /// Waits for the body, and tells whether the connection breaks before its end. Who does not want the body
    /// has had the whole answer.
    pub(crate) async fn read(mut self) -> (Vec<u8>, bool) {
        self.request.ends(ABANDONED);
        sleep(self.time).await;
        match self.body {
            Body::Whole(bytes) => {
                self.request.ends(self.status);
                (bytes.into_owned(), false)
            }
            Body::Breaks(bytes) => {
                self.request.ends("broken");
                (bytes, true)
            }
            Body::NeverEnds => std::future::pending().await,
        }
    }
}

const ABANDONED: &str = "abandoned";

/// A request that is told as it ends, also if nobody waits for its end.
struct Request {
    url: Url,
    begun: Instant,
    outcome: String,
}

impl Request {
    fn begin(url: &Url) -> Request {
        eprintln!("> {url}");
        Request { url: url.clone(), begun: Instant::now(), outcome: ABANDONED.into() }
    }

    fn ends(&mut self, outcome: impl Display) {
        self.outcome = outcome.to_string();
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let seconds = self.begun.elapsed().as_secs_f64();
        eprintln!("< {} {} ({seconds:.3} s)", self.outcome, self.url);
    }
}
