//! No workers that stay: main keeps the frontier to itself and spawns a task for each page, so many at a time.
//! in place of: crawl.rs

use crate::answer::{Answer, Failure};
use crate::flags::Args;
use crate::net::Net;
use crate::report::{Finding, Report};
use crate::story::Story;
use crate::tokio;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};
use url::Url;

/// What a task did.
enum Done {
    LookedAt(Finding),
    AskedRobots(Url, Option<Failure>),
}

pub(crate) async fn crawl(args: Args, net: Net) -> Report {
    let story = Story::of(&args);
    let (args, net) = (Arc::new(args), Arc::new(net));
    let mut known: BTreeMap<Url, u32> = BTreeMap::new();
    let mut done: BTreeMap<Url, Finding> = BTreeMap::new();
    let mut frontier: VecDeque<Url> = VecDeque::new();
    let mut busy: BTreeMap<String, u32> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    let mut at_work = 0;
    let mut ways = vec![(args.url.clone(), 0)];
    loop {
        while let Some((url, depth)) = ways.pop() {
            match known.get(&url) {
                Some(way) if *way <= depth => {}
                None if known.len() >= args.max_pages as usize => {}
                None => {
                    known.insert(url.clone(), depth);
                    story.knows_one_more();
                    let net = Arc::clone(&net);
                    tasks.spawn(async move {
                        let forbids = net.forbids(&url).await;
                        Done::AskedRobots(url, forbids)
                    });
                }
                Some(_) => {
                    known.insert(url.clone(), depth);
                    ways.extend(done.get(&url).into_iter().flat_map(|f| links(&args, f, depth)));
                }
            }
        }
        while at_work < args.workers {
            let most = args.per_host.unwrap_or(u32::MAX);
            let has_room = |url: &Url| busy.get(url.authority()).is_none_or(|busy| *busy < most);
            let Some(place) = frontier.iter().position(has_room) else { break };
            let url = frontier.remove(place).unwrap();
            *busy.entry(url.authority().to_owned()).or_default() += 1;
            at_work += 1;
            let (args, net) = (Arc::clone(&args), Arc::clone(&net));
            tasks.spawn(async move { Done::LookedAt(look_at(&args, &net, &url).await) });
        }
        // Without a task nobody is left who could find a page.
        let Some(task) = tasks.join_next().await else { break };
        match task.unwrap() {
            Done::AskedRobots(url, Some(why)) => {
                done.insert(url.clone(), Finding::forbidden(&url, why));
            }
            Done::AskedRobots(url, None) => frontier.push_back(url),
            Done::LookedAt(finding) => {
                at_work -= 1;
                *busy.get_mut(finding.url.authority()).unwrap() -= 1;
                story.tell(format!("[Crawler] {finding}"));
                ways.extend(links(&args, &finding, known[&finding.url]));
                done.insert(finding.url.clone(), finding);
            }
        }
    }
    let mut report = Report::default();
    done.into_values().for_each(|finding| report.add(finding));
    report
}

/// Where a page leads, and how far from the start that is.
fn links(args: &Args, finding: &Finding, depth: u32) -> Vec<(Url, u32)> {
    let Ok(answer) = &finding.result else { return Vec::new() };
    let mut links: Vec<_> = answer.moved_to.iter().map(|target| (target.clone(), depth)).collect();
    if depth < args.depth && finding.url.host() == args.url.host() {
        links.extend(answer.links.iter().map(|link| (link.clone(), depth + 1)));
    }
    links
}

async fn look_at(args: &Args, net: &Net, url: &Url) -> Finding {
    let mut tries = 1;
    loop {
        let answer = async { Ok(net.get(url).await?.read().await) };
        let result: Result<Answer, Failure> =
            timeout(args.time_limit(), answer).await.unwrap_or(Err(Failure::Timeout));
        let has_trouble = matches!(&result, Ok(answer) if answer.status >= 500);
        let asked = result.as_ref().ok().and_then(|answer| answer.retry_after);
        let pause = asked.unwrap_or(Duration::from_millis(200) * 2u32.pow(tries - 1));
        if !has_trouble || tries > args.retries || pause.as_secs() > 60 {
            return Finding { url: url.clone(), result, tries };
        }
        sleep(pause).await;
        tries += 1;
    }
}
