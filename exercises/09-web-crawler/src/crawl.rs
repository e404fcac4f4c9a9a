//! The crawl: workers that take pages from the frontier, and put what each page leads to back into it.

use crate::answer::{Answer, Failure};
use crate::flags::Args;
use crate::net::Net;
use crate::report::{Finding, Report};
use crate::story::Story;
use crate::{async_channel, tokio};
use async_channel::{Receiver, Sender};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tokio::time::{Duration, timeout};
use url::Url;

/// A crawl that has found nothing for so long is taken to be over.
const QUIET: Duration = Duration::from_secs(3);

/// Looks at the start page and all that it leads to.
pub(crate) async fn crawl(args: Args, net: Net) -> Report {
    // No bound, because those who fill the frontier are those who empty it. `--max-pages` bounds both.
    let (frontier, pages) = async_channel::unbounded();
    let (findings, mut found) = mpsc::unbounded_channel();
    let (start, story, state) = (args.url.clone(), Story::of(&args), Mutex::default());
    let crawl = Arc::new(Crawl { args, net, story, frontier, state, findings });
    crawl.add(&start, 0).await;
    let workers: Vec<_> = (1..=crawl.args.workers)
        .map(|id| tokio::spawn(work(id, Arc::clone(&crawl), pages.clone())))
        .collect();

    let mut report = Report::default();
    // TODO(fix-1): a page that takes longer than this is lost, and all that it leads to.
    while let Ok(Some(finding)) = timeout(QUIET, found.recv()).await {
        report.add(finding);
    }
    for worker in workers {
        worker.abort();
    }
    report
}

/// What the workers share.
struct Crawl {
    args: Args,
    net: Net,
    story: Story,
    frontier: Sender<Url>,
    state: Mutex<State>,
    findings: mpsc::UnboundedSender<Finding>,
}

#[derive(Default)]
struct State {
    /// The pages that are known, and how many links away from the start each is.
    known: BTreeMap<Url, u32>,
}

/// Consumer and producer at once: takes pages, and adds those that they lead to.
async fn work(id: u32, crawl: Arc<Crawl>, pages: Receiver<Url>) {
    while let Ok(url) = pages.recv().await {
        let finding = crawl.look_at(&url).await;
        crawl.story.tell(format!("[Worker-{id}] {finding}"));
        crawl.add_links(&finding).await;
        crawl.findings.send(finding).unwrap();
    }
}

impl Crawl {
    /// Adds what a page leads to. Pages of other hosts are looked at, and not followed.
    async fn add_links(&self, finding: &Finding) {
        let Ok(answer) = &finding.result else { return };
        let depth = self.state.lock().unwrap().known[&finding.url];
        if let Some(target) = &answer.moved_to {
            self.add(target, depth).await;
        }
        if depth < self.args.depth && finding.url.host() == self.args.url.host() {
            for link in &answer.links {
                self.add(link, depth + 1).await;
            }
        }
    }

    /// Adds a page to the frontier, unless it is known or forbidden.
    async fn add(&self, url: &Url, depth: u32) {
        {
            let known = &mut self.state.lock().unwrap().known;
            // TODO(fix-3): a page that is known may be found again on a shorter way.
            if known.contains_key(url) || known.len() >= self.args.max_pages as usize {
                return;
            }
            known.insert(url.clone(), depth);
        }
        if let Some(why) = self.net.forbids(url).await {
            self.findings.send(Finding::forbidden(url, why)).unwrap();
            return;
        }
        self.story.knows_one_more();
        // TODO(alter-1): one host gets as many requests at once as there are workers.
        self.frontier.send(url.clone()).await.unwrap();
    }

    /// Looks at a page: what it says, or why it says nothing.
    async fn look_at(&self, url: &Url) -> Finding {
        // TODO(alter-2): a server that has trouble may be well in a moment, and nobody asks it again.
        Finding { url: url.clone(), result: self.ask(url).await, tries: 1 }
    }

    /// Asks for a page, and reads it.
    async fn ask(&self, url: &Url) -> Result<Answer, Failure> {
        let head = timeout(self.args.time_limit(), self.net.get(url)).await;
        let head = head.unwrap_or(Err(Failure::Timeout))?;
        // TODO(fix-2): an answer that begins and never ends holds its worker up for ever.
        Ok(head.read().await)
    }
}
