//! What happened in a run: which addresses were asked for, when and how often, and what the report has to say then.
//!
//! The network tells of each request. What each address says, the site itself is asked; so the crawl that the flags
//! ask for can be gone through here, without a worker.

use super::site::{Answer, Permit, Said, Site};
use exam::referee::{Setting, Tasks};
use exam::{Line, Run};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use url::Url;

pub(super) const ASKED: &str = "> {url}";
pub(super) const ENDED: &str = "< {outcome} {url} ({s} s)";
pub(super) const TITLE: &str = "--- Crawl of {start} ---";
pub(super) const FOUND: &str = "{status} {url}";
pub(super) const DEAD: &str = "dead: {page}";
pub(super) const CONTENT: &str = "content: {page}";
pub(super) const STOPPED: &str = "Stopped at --max-pages {n}: there may be more";
pub(super) const SUMMARY: &str =
    "{n} addresses: {alive} alive, {moved} moved, {dead} dead, {left} not looked at";

/// The lines of the report, and those of the network.
pub(super) const LINES: &[&str] = &[ASKED, ENDED, TITLE, DEAD, CONTENT, STOPPED, SUMMARY, FOUND];

/// A request that nobody waits for any more.
const ABANDONED: &str = "abandoned";

/// Pages move so many times in a row.
const MOST_MOVES: usize = 10;

/// The first pause before a page is asked for again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(60));

/// All that is known of a run.
pub(crate) struct Account {
    pub(super) flags: Flags,
    pub(super) code: Option<i32>,
    pub(super) lines: Lines,
    /// What was asked for, pages alone.
    pub(super) asked: BTreeMap<Url, Vec<Request>>,
    /// When somebody asked for a robots.txt, for each.
    pub(super) robots: Vec<Request>,
    /// The crawl, as far as `--max-pages` lets it go.
    pub(super) crawl: Crawl,
    /// Whether `--max-pages` leaves something out, so that a program may choose what.
    pub(super) is_cut_off: bool,
}

pub(crate) struct Flags {
    pub(super) start: Url,
    pub(super) workers: usize,
    pub(super) depth: u64,
    pub(super) max_pages: usize,
    pub(super) per_host: Option<usize>,
    pub(super) timeout: Duration,
    pub(super) retries: usize,
    take: Option<String>,
    /// Whether a schedule stretches the times.
    pub(super) is_stretched: bool,
    /// Whether the crawl knows its end, and whether a page has one limit for all of its answer.
    pub(super) knows_its_end: bool,
    pub(super) limits_all: bool,
}

/// A request to the network.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) from: Duration,
    /// None: it was still on its way when the program ended.
    pub(super) to: Option<Duration>,
    pub(super) outcome: String,
    /// The seconds that the network tells.
    pub(super) took_s: f64,
}

impl Request {
    pub(super) fn is_abandoned(&self) -> bool {
        self.outcome == ABANDONED
    }

    pub(super) fn span(&self) -> (Duration, Duration) {
        (self.from, self.to.unwrap_or(Duration::MAX))
    }
}

/// The lines by what they say.
pub(crate) struct Lines {
    pub(super) title: Vec<Line>,
    pub(super) found: Vec<Line>,
    pub(super) dead: Vec<Line>,
    pub(super) content: Vec<Line>,
    pub(super) stopped: Vec<Line>,
    pub(super) summary: Vec<Line>,
}

/// A crawl as it has to be.
#[derive(Default)]
pub(crate) struct Crawl {
    pub(super) pages: BTreeMap<Url, Page>,
    /// All addresses that are asked for to know what a host allows.
    robots: BTreeSet<Url>,
}

/// What has to come of an address.
#[derive(Clone)]
pub(super) struct Page {
    /// How many links away from the start it is.
    depth: u64,
    /// How many moves in a row lead to it.
    moves: usize,
    pub(super) end: End,
    /// The pause before each further try.
    pub(super) pauses: Vec<Duration>,
}

#[derive(Clone)]
pub(super) enum End {
    Answer { answer: Box<Answer>, moved_to: Option<Url> },
    Timeout,
    Unreachable,
    Robots,
}

impl Account {
    pub(super) fn of(run: &Run, setting: &Setting, tasks: &Tasks) -> Account {
        let flags = Flags::of(setting, tasks);
        let lines = Lines::of(run);
        let mut asked = requests(run);
        let limit = flags.max_pages;
        let mut crawl = Crawl::of(&flags, &asked, None);
        let is_cut_off = crawl.pages.len() > limit;
        if is_cut_off {
            let reported = lines.found.iter().filter_map(|line| Url::parse(first_word(line)).ok());
            crawl = Crawl::of(&flags, &asked, Some(&reported.collect()));
        }
        let mut robots: Vec<Request> = Vec::new();
        for address in &crawl.robots {
            robots.extend(asked.remove(address).unwrap_or_default());
        }
        let others: Vec<Url> =
            asked.keys().filter(|url| url.path() == "/robots.txt").cloned().collect();
        for address in others {
            robots.extend(asked.remove(&address).unwrap_or_default());
        }
        Account { code: run.code(), flags, lines, asked, robots, crawl, is_cut_off }
    }

    /// The requests for a page, in their order.
    pub(super) fn requests(&self, url: &Url) -> &[Request] {
        self.asked.get(url).map_or(&[], Vec::as_slice)
    }

    /// From when to when each page was asked for, the pauses between its tries among it.
    pub(super) fn spans(&self) -> impl Iterator<Item = (&Url, (Duration, Duration))> {
        let span = |requests: &[Request]| {
            Some((requests.first()?.from, requests.last()?.to.unwrap_or(Duration::MAX)))
        };
        self.asked.iter().filter_map(move |(url, requests)| Some((url, span(requests)?)))
    }

    /// When each page was known, in a program that reads links when an answer has ended: as soon as the shortest way
    /// to it allows, as far as it is known then, to follow what leads to it.
    pub(super) fn known(&self) -> BTreeMap<&Url, Duration> {
        // For each page the instants from which it was known to be so far away, or nearer.
        let mut ways: BTreeMap<&Url, BTreeMap<u64, Duration>> = BTreeMap::new();
        let mut open: VecDeque<(&Url, u64, Duration)> =
            VecDeque::from([(&self.flags.start, 0, Duration::ZERO)]);
        while let Some((url, depth, at)) = open.pop_front() {
            let Some((url, page)) = self.crawl.pages.get_key_value(url) else { continue };
            let known = ways.entry(url).or_default();
            if known.range(..=depth).any(|(_, since)| *since <= at) {
                continue;
            }
            known.insert(depth, at);
            let Some(end) = self.requests(url).last().and_then(|request| request.to) else {
                continue;
            };
            for (next, depth) in page.leads_to(url, &self.flags, depth) {
                open.push_back((next, depth, at.max(end)));
            }
        }
        let first = |ways: BTreeMap<u64, Duration>| ways.into_values().min().unwrap_or_default();
        ways.into_iter().map(|(url, ways)| (url, first(ways))).collect()
    }

    /// How long a page had to wait at one go although a worker was free, its host had room, and no robots.txt was
    /// waited for: from an instant at which it could have been asked for, to that at which it was.
    pub(super) fn left_lying(&self, url: &Url, from: Duration, to: Duration) -> Duration {
        let others: Vec<(&Url, (Duration, Duration))> =
            self.spans().filter(|(other, _)| *other != url).collect();
        let robots: Vec<(Duration, Duration)> = self.robots.iter().map(Request::span).collect();
        let changes = others.iter().map(|(_, span)| *span).chain(robots.iter().copied());
        let mut instants: Vec<Duration> = changes
            .flat_map(|(from, to)| [from, to])
            .filter(|at| (from..to).contains(at))
            .chain([from, to])
            .collect();
        instants.sort();
        let holds = |at: Duration| move |span: &(Duration, Duration)| span.0 <= at && at < span.1;
        let is_free = |at: Duration| {
            let busy = others.iter().filter(|(_, span)| holds(at)(span));
            let at_host = busy.clone().filter(|(other, _)| other.authority() == url.authority());
            busy.count() < self.flags.workers
                && self.flags.per_host.is_none_or(|most| at_host.count() < most)
                && !robots.iter().any(holds(at))
        };
        let (mut longest, mut now) = (Duration::ZERO, Duration::ZERO);
        for pair in instants.windows(2) {
            now = if is_free(pair[0]) { now + (pair[1] - pair[0]) } else { Duration::ZERO };
            longest = longest.max(now);
        }
        longest
    }
}

impl Flags {
    pub(super) fn of(setting: &Setting, tasks: &Tasks) -> Flags {
        let start = setting.text("--url").expect("it has a value always");
        let number = |flag| usize::try_from(setting.number(flag)).expect("it is small");
        Flags {
            start: Url::parse(start).expect("it is an address"),
            workers: number("--workers"),
            depth: setting.number("--depth"),
            max_pages: number("--max-pages"),
            per_host: setting.is_set("--per-host").then(|| number("--per-host")),
            timeout: Duration::from_secs(setting.number("--timeout")),
            retries: number("--retries"),
            take: setting.text("--take").map(str::to_owned),
            is_stretched: setting.schedule().is_some(),
            knows_its_end: tasks.done("fix-1"),
            limits_all: tasks.done("fix-2"),
        }
    }
}

impl Lines {
    fn of(run: &Run) -> Lines {
        let lines = |pattern: &str| {
            let mut lines = run.lines(pattern);
            lines.retain(|line| !line.is_complaint);
            lines
        };
        let mut found = lines(FOUND);
        found.retain(is_finding);
        Lines {
            title: lines(TITLE),
            found,
            dead: lines(DEAD),
            content: lines(CONTENT),
            stopped: lines(STOPPED),
            summary: lines(SUMMARY),
        }
    }
}

fn is_finding(line: &Line) -> bool {
    let status = line.get("status");
    let is_number = status.len() == 3 && status.bytes().all(|digit| digit.is_ascii_digit());
    (is_number || ["timeout", "unreachable", "robots", "needs-tls"].contains(&status))
        && line.get("url").starts_with("http")
}

/// The address in a line that may go on behind it.
pub(super) fn first_word(line: &Line) -> &str {
    line.get("url").split(' ').next().unwrap_or_default()
}

fn requests(run: &Run) -> BTreeMap<Url, Vec<Request>> {
    let mut asked: BTreeMap<Url, Vec<Request>> = BTreeMap::new();
    for line in run.lines(ASKED) {
        let Ok(url) = Url::parse(line.get("url")) else { continue };
        let request =
            Request { from: line.at(), to: None, outcome: "unfinished".to_owned(), took_s: 0.0 };
        asked.entry(url).or_default().push(request);
    }
    for line in run.lines(ENDED) {
        let Ok(url) = Url::parse(line.get("url")) else { continue };
        let of_url = asked.get_mut(&url).into_iter().flatten();
        let Some(request) = of_url.into_iter().find(|request| request.to.is_none()) else {
            continue;
        };
        request.to = Some(line.at());
        request.outcome = line.get("outcome").to_owned();
        request.took_s = line.number("s").unwrap_or(f64::NAN);
    }
    asked
}

impl Crawl {
    /// Goes through the crawl that the flags ask for: within these addresses, if any are given. What was asked for
    /// tells which pages took too long.
    pub(super) fn of(
        flags: &Flags,
        asked: &BTreeMap<Url, Vec<Request>>,
        within: Option<&BTreeSet<Url>>,
    ) -> Crawl {
        let (site, mut crawl) = (Site::default(), Crawl::default());
        let mut permits: BTreeMap<String, Permit> = BTreeMap::new();
        let mut open = VecDeque::from([(flags.start.clone(), 0, 0)]);
        while let Some((url, depth, moves)) = open.pop_front() {
            if within.is_some_and(|within| !within.contains(&url)) {
                continue;
            }
            let page = match crawl.pages.remove(&url) {
                Some(page) if page.depth <= depth => {
                    crawl.pages.insert(url, page);
                    continue;
                }
                Some(page) => Page { depth, ..page },
                None => {
                    let permit = permits.entry(url.authority().to_owned()).or_insert_with(|| {
                        let (permit, addresses) = site.permit(&url);
                        let is_lost = |address| {
                            asked.get(address).is_some_and(|asked| asked[0].is_abandoned())
                        };
                        let is_lost = addresses.iter().any(is_lost);
                        crawl.robots.extend(addresses);
                        if is_lost { Permit::Nothing } else { permit }
                    });
                    let asked = asked.get(&url).map_or(&[][..], Vec::as_slice);
                    Page::of(&url, flags, &site, permit, asked, (depth, moves))
                }
            };
            for (next, depth) in page.leads_to(&url, flags, depth) {
                let is_move = page.moved_to() == Some(next);
                let moves = if is_move { page.moves + 1 } else { 0 };
                open.push_back((next.clone(), depth, moves));
            }
            crawl.pages.insert(url, page);
        }
        crawl
    }

    /// The lines of the dead ones, each with the pages that link to it.
    pub(super) fn dead(&self) -> Vec<String> {
        let mut linked_from: BTreeMap<&Url, BTreeSet<&str>> = BTreeMap::new();
        for (url, page) in &self.pages {
            for link in page.links() {
                linked_from.entry(link).or_default().insert(url.as_str());
            }
        }
        let dead = self.pages.iter().filter(|(_, page)| page.is_dead());
        let line = |(url, page): (&Url, &Page)| {
            let from = linked_from.get(url).into_iter().flatten().copied();
            let from = from.collect::<Vec<_>>().join(", ");
            let linked = if from.is_empty() { "" } else { ", linked from " };
            format!("dead: {url} ({}){linked}{from}", page.status())
        };
        dead.map(line).collect()
    }
}

impl Page {
    fn of(
        url: &Url,
        flags: &Flags,
        site: &Site,
        permit: &Permit,
        asked: &[Request],
        (depth, moves): (u64, usize),
    ) -> Page {
        let page = |end, pauses| Page { depth, moves, end, pauses };
        match permit {
            Permit::NoHost => return page(End::Unreachable, Vec::new()),
            permit if !permit.allows(url) => return page(End::Robots, Vec::new()),
            _ => {}
        }
        let (mut pauses, mut usual) = (Vec::new(), PAUSES.0);
        loop {
            let seen = asked.get(pauses.len());
            let answer = match site.ask(url, flags.take.as_deref()) {
                Said::NoHost => return page(End::Unreachable, pauses),
                Said::Never => return page(End::Timeout, pauses),
                Said::Answer(answer) => answer,
            };
            if seen.map_or(answer.takes > flags.timeout, Request::is_abandoned) {
                return page(End::Timeout, pauses);
            }
            let pause = answer.retry_after.unwrap_or(usual);
            if answer.status >= 500 && pauses.len() < flags.retries && pause <= PAUSES.1 {
                pauses.push(pause);
                usual *= 2;
                continue;
            }
            return page(Page::end(answer, moves), pauses);
        }
    }

    /// The addresses that it leads to if it is so far away, and how far away each is then. A move is no link.
    fn leads_to(&self, url: &Url, flags: &Flags, depth: u64) -> Vec<(&Url, u64)> {
        let End::Answer { answer, moved_to } = &self.end else { return Vec::new() };
        let mut next: Vec<(&Url, u64)> = moved_to.iter().map(|target| (target, depth)).collect();
        if depth < flags.depth && url.host() == flags.start.host() {
            next.extend(answer.links.iter().map(|link| (link, depth + 1)));
        }
        next
    }

    fn end(mut answer: Answer, moves: usize) -> End {
        let mut moved_to = None;
        if (300..400).contains(&answer.status) {
            match answer.location.clone() {
                None => answer.note = Some("no usable Location".to_owned()),
                Some(_) if moves >= MOST_MOVES => {
                    answer.note = Some(format!("more than {MOST_MOVES} moves in a row"));
                }
                target => moved_to = target,
            }
        }
        End::Answer { answer: Box::new(answer), moved_to }
    }

    fn moved_to(&self) -> Option<&Url> {
        match &self.end {
            End::Answer { moved_to, .. } => moved_to.as_ref(),
            _ => None,
        }
    }

    /// How many times it has to be asked for.
    pub(super) fn tries(&self) -> usize {
        match self.end {
            End::Robots | End::Unreachable => 0,
            _ => self.pauses.len() + 1,
        }
    }

    pub(super) fn status(&self) -> String {
        match &self.end {
            End::Answer { answer, .. } => answer.status.to_string(),
            End::Timeout => "timeout".to_owned(),
            End::Unreachable => "unreachable".to_owned(),
            End::Robots => "robots".to_owned(),
        }
    }

    pub(super) fn is_dead(&self) -> bool {
        match &self.end {
            End::Answer { answer, moved_to } => {
                answer.status >= 400 || (answer.status >= 300 && moved_to.is_none())
            }
            End::Timeout | End::Unreachable => true,
            End::Robots => false,
        }
    }

    pub(super) fn is_moved(&self) -> bool {
        self.moved_to().is_some()
    }

    pub(super) fn is_left(&self) -> bool {
        matches!(self.end, End::Robots)
    }

    pub(super) fn content(&self) -> Option<&str> {
        match &self.end {
            End::Answer { answer, .. } => answer.content.as_deref(),
            _ => None,
        }
    }

    /// All that it leads to, whether it is followed or not.
    fn links(&self) -> Vec<&Url> {
        match &self.end {
            End::Answer { answer, moved_to } => answer.links.iter().chain(moved_to).collect(),
            _ => Vec::new(),
        }
    }

    /// Its line in the report.
    pub(super) fn line(&self, url: &Url) -> String {
        let mut line = format!("{} {url}", self.status());
        if let End::Answer { answer, moved_to } = &self.end {
            if let Some(target) = moved_to {
                line += &format!(" -> {target}");
            }
            if let Some(note) = &answer.note {
                line += &format!(" ({note})");
            }
            if let Some(pause) = answer.retry_after.filter(|_| self.is_dead()) {
                line += &format!(" (retry after {} s)", pause.as_secs());
            }
        }
        if !self.pauses.is_empty() {
            line += &format!(" ({} tries)", self.pauses.len() + 1);
        }
        line
    }
}
