//! A crawler over a network that is made up, and its tests: is every page read once, how many are read at one
//! time, and what becomes of a page that never comes?
//!
//! ```text
//! cargo test -p rehearsal --example crawler
//! cargo run -p rehearsal --example crawler -- --pace instant
//! ```

use rehearsal::{println, tokio};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

/// Where pages come from. A program has one that asks a network.
trait Web: Send + Sync + 'static {
    /// The links of a page.
    fn links(&self, page: &'static str) -> impl Future<Output = Vec<&'static str>> + Send;
}

/// The time that a page has.
const PATIENCE: Duration = Duration::from_secs(5);

/// What became of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Read,
    TooSlow,
}

/// Reads all pages that can be reached, at most `at_once` at one time.
async fn crawl<W: Web>(
    web: Arc<W>,
    start: &'static str,
    at_once: usize,
) -> BTreeMap<&'static str, Page> {
    let places = Arc::new(Semaphore::new(at_once));
    let (mut seen, mut pages) = (BTreeSet::from([start]), BTreeMap::new());
    let mut reading = JoinSet::new();
    let read = |reading: &mut JoinSet<_>, page| {
        let (web, places) = (web.clone(), places.clone());
        reading.spawn(async move {
            let _place = places.acquire_owned().await.expect("it is never closed");
            (page, timeout(PATIENCE, web.links(page)).await)
        });
    };
    read(&mut reading, start);
    while let Some(ended) = reading.join_next().await {
        let (page, links) = ended.expect("reading does not panic");
        pages.insert(page, if links.is_ok() { Page::Read } else { Page::TooSlow });
        for link in links.unwrap_or_default() {
            if seen.insert(link) {
                read(&mut reading, link);
            }
        }
    }
    pages
}

/// Three pages that lead to each other, and one that never comes.
struct Small;

impl Web for Small {
    async fn links(&self, page: &'static str) -> Vec<&'static str> {
        sleep(Duration::from_millis(80)).await;
        match page {
            "/" => vec!["/a", "/b"],
            "/a" => vec!["/b", "/"],
            "/b" => vec!["/a", "/slow"],
            _ => std::future::pending().await,
        }
    }
}

#[tokio::main]
async fn main() {
    for (page, how) in crawl(Arc::new(Small), "/", 2).await {
        println!("{page}: {how:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal::sync::atomic::{AtomicUsize, Ordering};

    /// A web that counts who reads it.
    #[derive(Default)]
    struct Counted {
        reading: AtomicUsize,
        most: AtomicUsize,
        reads: AtomicUsize,
    }

    impl Web for Counted {
        async fn links(&self, page: &'static str) -> Vec<&'static str> {
            self.reads.fetch_add(1, Ordering::SeqCst);
            let reading = self.reading.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(reading, Ordering::SeqCst);
            sleep(Duration::from_millis(80)).await;
            self.reading.fetch_sub(1, Ordering::SeqCst);
            if page == "/" { vec!["/1", "/2", "/3", "/4"] } else { vec!["/", "/1"] }
        }
    }

    // A schedule makes sleeps up to 64 times as long, unless it is told less: then a page of 80 milliseconds would
    // sometimes be too slow.
    #[rehearsal::test(schedules = 200, stretch = 10)]
    async fn every_page_is_read_once_and_no_more_than_two_at_a_time() {
        let web = Arc::new(Counted::default());
        let pages = crawl(web.clone(), "/", 2).await;
        assert_eq!(pages.len(), 5);
        assert_eq!(web.reads.load(Ordering::SeqCst), 5);
        assert!(web.most.load(Ordering::SeqCst) <= 2);
    }

    /// Five seconds that nobody waits for: the clock is the rehearsal's.
    #[rehearsal::test(schedules = 200, stretch = 10)]
    async fn a_page_that_never_comes_holds_nothing_up() {
        let pages = crawl(Arc::new(Small), "/", 1).await;
        assert_eq!(pages["/slow"], Page::TooSlow);
        assert_eq!(pages.len(), 4);
    }
}
