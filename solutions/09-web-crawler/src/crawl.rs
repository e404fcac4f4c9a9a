//! The crawl: workers that take pages from the frontier, and put what each page leads to back into it.

use crate::answer::{Answer, Failure};
use crate::flags::Args;
use crate::net::Net;
use crate::report::{Finding, Report};
use crate::story::Story;
use crate::{async_channel, tokio};
use async_channel::{Receiver, Sender};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tokio::time::{Duration, sleep, timeout};
use url::Url;

/// The pause before a page is asked for again. Each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// A server that wants to be left alone for longer than this is not asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Looks at the start page and all that it leads to.
pub(crate) async fn crawl(args: Args, net: Net) -> Report {
    // No bound, because those who fill the frontier are those who empty it. `--max-pages` bounds both.
    let (frontier, pages) = async_channel::unbounded();
    let (findings, mut found) = mpsc::unbounded_channel();
    let (start, story, state) = (args.url.clone(), Story::of(&args), Mutex::default());
    let crawl = Arc::new(Crawl { args, net, story, frontier, state, findings });
    // Until the start page is in the frontier, it is main that may still add a page.
    crawl.begin();
    crawl.add(&start, 0).await;
    crawl.end();
    for id in 1..=crawl.args.workers {
        tokio::spawn(work(id, Arc::clone(&crawl), pages.clone()));
    }

    // Now the workers have the only senders: after the last one has returned, nothing more is found.
    drop(crawl);
    let mut report = Report::default();
    while let Some(finding) = found.recv().await {
        report.add(finding);
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
    /// What was found on the pages that are done.
    done: BTreeMap<Url, Answer>,
    /// The pages that are not done. Only they can lead to further ones.
    in_hand: u32,
    hosts: BTreeMap<String, Host>,
}

#[derive(Default)]
struct Host {
    /// How many of its pages are in the frontier or being asked for.
    busy: u32,
    /// Those that have no room there. They wait here, so that no worker has to wait with them.
    waiting: VecDeque<Url>,
}

/// What a way to a page tells.
enum News {
    None,
    Page,
    /// To a page that is done: so its links are nearer too.
    ShorterWay(Answer),
}

/// Consumer and producer at once: takes pages, and adds those that they lead to.
async fn work(id: u32, crawl: Arc<Crawl>, pages: Receiver<Url>) {
    while let Ok(url) = pages.recv().await {
        let finding = crawl.look_at(&url).await;
        crawl.make_room(&url);
        crawl.story.tell(format!("[Worker-{id}] {finding}"));
        crawl.add_links(&finding).await;
        crawl.findings.send(finding).unwrap();
        crawl.end();
    }
}

impl Crawl {
    /// Something begins that may add pages.
    fn begin(&self) {
        self.state.lock().unwrap().in_hand += 1;
    }

    /// It has added all its pages. After the last one nobody can add any more.
    fn end(&self) {
        let mut state = self.state.lock().unwrap();
        state.in_hand -= 1;
        if state.in_hand == 0 {
            self.frontier.close();
        }
    }

    /// Adds what a page leads to.
    async fn add_links(&self, finding: &Finding) {
        let Ok(answer) = &finding.result else { return };
        let depth = {
            let mut state = self.state.lock().unwrap();
            // From here on, whoever finds a shorter way to this page follows its links again.
            state.done.insert(finding.url.clone(), answer.clone());
            state.known[&finding.url]
        };
        self.follow(&finding.url, answer, depth).await;
    }

    /// Pages of other hosts are looked at, and not followed.
    async fn follow(&self, url: &Url, answer: &Answer, depth: u32) {
        if let Some(target) = &answer.moved_to {
            self.add(target, depth).await;
        }
        if depth < self.args.depth && url.host() == self.args.url.host() {
            for link in &answer.links {
                self.add(link, depth + 1).await;
            }
        }
    }

    /// Adds a page to the frontier, unless it is known or forbidden.
    async fn add(&self, url: &Url, depth: u32) {
        match self.learn(url, depth) {
            News::None => return,
            News::ShorterWay(answer) => return Box::pin(self.follow(url, &answer, depth)).await,
            News::Page => {}
        }
        if let Some(why) = self.net.forbids(url).await {
            self.findings.send(Finding::forbidden(url, why)).unwrap();
            return;
        }
        self.story.knows_one_more();
        self.begin();
        self.queue(url);
    }

    /// Notes a way to a page.
    fn learn(&self, url: &Url, depth: u32) -> News {
        let State { known, done, .. } = &mut *self.state.lock().unwrap();
        match known.get(url) {
            Some(way) if *way <= depth => return News::None,
            None if known.len() >= self.args.max_pages as usize => return News::None,
            _ => {}
        }
        if known.insert(url.clone(), depth).is_none() {
            return News::Page;
        }
        // A page that is not done yet will be followed as far as its shortest way allows.
        done.get(url).cloned().map_or(News::None, News::ShorterWay)
    }

    /// Puts a page into the frontier as soon as its host has room.
    fn queue(&self, url: &Url) {
        let mut state = self.state.lock().unwrap();
        let host = state.hosts.entry(url.authority().to_owned()).or_default();
        if self.args.per_host.is_some_and(|most| host.busy >= most) {
            host.waiting.push_back(url.clone());
        } else {
            host.busy += 1;
            self.frontier.try_send(url.clone()).unwrap();
        }
    }

    /// A host has answered, and the next of its pages may go into the frontier.
    fn make_room(&self, url: &Url) {
        let mut state = self.state.lock().unwrap();
        let host = state.hosts.get_mut(url.authority()).unwrap();
        match host.waiting.pop_front() {
            Some(next) => self.frontier.try_send(next).unwrap(),
            None => host.busy -= 1,
        }
    }

    /// Looks at a page: what it says, or why it says nothing.
    async fn look_at(&self, url: &Url) -> Finding {
        let (mut tries, mut usual) = (1, PAUSE);
        loop {
            // The limit is one for the whole answer, from asking to its last byte.
            let result = timeout(self.args.time_limit(), self.ask(url)).await;
            let result = result.unwrap_or(Err(Failure::Timeout));
            let trouble = result.as_ref().ok().filter(|answer| answer.status >= 500);
            match trouble.map(|answer| answer.retry_after.unwrap_or(usual)) {
                Some(pause) if tries <= self.args.retries && pause <= LONGEST_PAUSE => {
                    sleep(pause).await;
                }
                _ => return Finding { url: url.clone(), result, tries },
            }
            (tries, usual) = (tries + 1, usual * 2);
        }
    }

    /// Asks for a page, and reads it.
    async fn ask(&self, url: &Url) -> Result<Answer, Failure> {
        Ok(self.net.get(url).await?.read().await)
    }
}
