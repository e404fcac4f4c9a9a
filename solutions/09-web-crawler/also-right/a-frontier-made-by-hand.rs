//! A frontier made by hand: a list under a lock, and a bell that is rung when something changes.
//! in place of: crawl.rs

use crate::answer::{Answer, Failure};
use crate::flags::Args;
use crate::net::Net;
use crate::report::{Finding, Report};
use crate::story::Story;
use crate::tokio;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::time::{Duration, sleep, timeout};
use url::Url;

#[derive(Default)]
struct State {
    waiting: Vec<Url>,
    known: BTreeMap<Url, (u32, Option<Finding>)>,
    at_work: BTreeMap<String, u32>,
    /// Workers that are not waiting for a page.
    awake: u32,
}

struct Crawl {
    args: Args,
    net: Net,
    story: Story,
    state: Mutex<State>,
    bell: Notify,
}

pub(crate) async fn crawl(args: Args, net: Net) -> Report {
    let state = Mutex::new(State { awake: args.workers, ..State::default() });
    let (start, workers) = (args.url.clone(), args.workers);
    let story = Story::of(&args);
    let crawl = Crawl { args, net, story, state, bell: Notify::new() };
    let crawl = Arc::new(crawl);
    add(&crawl, vec![(start, 0)]).await;
    let workers: Vec<_> =
        (1..=workers).map(|id| tokio::spawn(work(id, Arc::clone(&crawl)))).collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let mut report = Report::default();
    let known = std::mem::take(&mut crawl.state.lock().unwrap().known);
    for (_, finding) in known.into_values() {
        report.add(finding.expect("every page is done"));
    }
    report
}

async fn work(id: u32, crawl: Arc<Crawl>) {
    while let Some(url) = next(&crawl).await {
        let finding = look_at(&crawl, &url).await;
        *crawl.state.lock().unwrap().at_work.get_mut(url.authority()).unwrap() -= 1;
        crawl.bell.notify_waiters();
        crawl.story.tell(format!("[Worker-{id}] {finding}"));
        let depth = {
            let mut state = crawl.state.lock().unwrap();
            let known = state.known.get_mut(&url).unwrap();
            known.1 = Some(finding);
            known.0
        };
        let links = links(&crawl, &url, depth);
        add(&crawl, links).await;
    }
}

/// The next page whose host has room; none when all workers wait, because then nobody can add any.
async fn next(crawl: &Crawl) -> Option<Url> {
    crawl.state.lock().unwrap().awake -= 1;
    loop {
        let rung = crawl.bell.notified();
        tokio::pin!(rung);
        rung.as_mut().enable();
        {
            let mut state = crawl.state.lock().unwrap();
            let State { waiting, at_work, awake, .. } = &mut *state;
            let most = crawl.args.per_host.unwrap_or(u32::MAX);
            let has_room = |url: &Url| at_work.get(url.authority()).is_none_or(|busy| *busy < most);
            if let Some(place) = waiting.iter().position(has_room) {
                let url = waiting.remove(place);
                *at_work.entry(url.authority().to_owned()).or_default() += 1;
                *awake += 1;
                return Some(url);
            }
            if *awake == 0 {
                crawl.bell.notify_waiters();
                return None;
            }
        }
        rung.await;
    }
}

/// Where a page that is done leads, and how far from the start that is.
fn links(crawl: &Crawl, url: &Url, depth: u32) -> Vec<(Url, u32)> {
    let state = crawl.state.lock().unwrap();
    let Some((_, Some(Finding { result: Ok(answer), .. }))) = state.known.get(url) else {
        return Vec::new();
    };
    let mut links: Vec<_> = answer.moved_to.iter().map(|target| (target.clone(), depth)).collect();
    if depth < crawl.args.depth && url.host() == crawl.args.url.host() {
        links.extend(answer.links.iter().map(|link| (link.clone(), depth + 1)));
    }
    links
}

async fn add(crawl: &Crawl, mut ways: Vec<(Url, u32)>) {
    ways.reverse();
    while let Some((url, depth)) = ways.pop() {
        let is_new = {
            let mut state = crawl.state.lock().unwrap();
            let room = (state.known.len() as u32) < crawl.args.max_pages;
            match state.known.get_mut(&url) {
                Some((way, _)) if *way <= depth => continue,
                Some((way, _)) => {
                    *way = depth;
                    false
                }
                None if !room => continue,
                None => {
                    state.known.insert(url.clone(), (depth, None));
                    true
                }
            }
        };
        if !is_new {
            ways.extend(links(crawl, &url, depth));
            continue;
        }
        crawl.story.knows_one_more();
        if let Some(why) = crawl.net.forbids(&url).await {
            let forbidden = Finding::forbidden(&url, why);
            crawl.state.lock().unwrap().known.get_mut(&url).unwrap().1 = Some(forbidden);
        } else {
            crawl.state.lock().unwrap().waiting.push(url);
            crawl.bell.notify_waiters();
        }
    }
}

async fn look_at(crawl: &Crawl, url: &Url) -> Finding {
    for tries in 1.. {
        let answer = async { Ok(crawl.net.get(url).await?.read().await) };
        let result: Result<Answer, Failure> =
            timeout(crawl.args.time_limit(), answer).await.unwrap_or(Err(Failure::Timeout));
        let pause = match &result {
            Ok(answer) if answer.status >= 500 && tries <= crawl.args.retries => {
                answer.retry_after.unwrap_or(Duration::from_millis(100 << tries))
            }
            _ => Duration::MAX,
        };
        if pause > Duration::from_secs(60) {
            return Finding { url: url.clone(), result, tries };
        }
        sleep(pause).await;
    }
    unreachable!("the number of tries has a bound")
}
