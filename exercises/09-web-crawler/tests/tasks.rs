//! What must hold, told as tests.
//!
//! Right programs differ in which worker looks at which page, and in what they tell of it. So a test asks
//! the network that is made up (`--stub`): what it was asked for, when, and for how long. And it reads the
//! report. No test asks a worker.

use exam::{Program, Run, most_at_once, program, task};
use std::collections::BTreeMap;
use std::time::Duration;

const ASKED: &str = "> {url}";
const ENDED: &str = "< {outcome} {url} ({s} s)";
const SUMMARY: &str =
    "{n} addresses: {alive} alive, {moved} moved, {dead} dead, {left} not looked at";

/// Right programs may look at a counter now and then, and nobody is to wait for that.
const AT_ONCE: Duration = Duration::from_millis(100);

exam::as_given!("09-web-crawler", "real");
exam::finished!("09-web-crawler", "real");

#[task(
    "alter-1",
    "no host gets more requests at once than it should, and no worker waits for that"
)]
fn no_host_gets_more_requests_at_once_than_it_should() {
    for (per_host, workers) in [(1, 3), (2, 6), (2, 2), (5, 8)] {
        let program = many(per_host, workers);
        let run = program.clone().run();
        run.exits(0);
        reports(&run, MANY);
        let requests = requests(&run);
        asked_once(&run, &requests);
        for host in ["many.test", "few.test"] {
            at_host(&run, &requests, host, per_host.min(workers));
        }
        nobody_waits(&run, &requests, per_host, workers);
        program.explore(1..=12, |run| {
            let requests = self::requests(run);
            asked_once(run, &requests);
            at_host(run, &requests, "many.test", per_host);
            at_host(run, &requests, "few.test", per_host);
        });
    }
}

#[task("alter-2", "a server in trouble is asked again, each time after a longer pause")]
fn a_server_in_trouble_is_asked_again() {
    let on_the_network = real("http://trouble.test/").flags("--retries 2").start();
    for (retries, workers) in [(2, 10), (3, 10), (1, 4), (0, 4), (3, 1)] {
        let run = trouble(retries).flag("--workers", workers).run();
        run.exits(0);
        reports(&run, &trouble_report(retries));
        let requests = requests(&run);
        for (page, tries) in tries(retries) {
            let asked = of(&requests, &format!("http://trouble.test/{page}"));
            run.require_or(
                asked.len() == tries,
                format!(
                    "ask for http://trouble.test/{page} {tries} times with --retries {retries}"
                ),
                format!("asked for it {} times", asked.len()),
                "a 404 that is taken for trouble, or a count that is one too high or too low",
            );
            for (pair, pause) in asked.windows(2).zip([200, 400, 800].map(Duration::from_millis)) {
                let paused = pair[1].from.saturating_sub(pair[0].to);
                // Where all workers are busy, the page may have to wait for one.
                let fits = paused >= pause && (paused <= pause + AT_ONCE || workers < 10);
                run.require_or(
                    fits,
                    format!("ask again for /{page} {:.1} s after its answer", pause.as_secs_f64()),
                    format!("asked again after {:.3} s", paused.as_secs_f64()),
                    "no pause, one that does not grow, or one that is counted from another instant",
                );
            }
        }
    }
    asks_again_when_the_server_says();
    // A page that does not answer in time has no status, so it is not asked again.
    let run = stub("http://drip.test/").flags("--retries 2").run();
    let silent = of(&requests(&run), "http://drip.test/silent").len();
    run.require_or(
        silent == 1,
        "ask once for a page that does not answer",
        format!("asked for http://drip.test/silent {silent} times"),
        "a failure that is taken for a status of 500 and above",
    );
    reports(&on_the_network.wait(), &trouble_report(2));
}

/// Where a server says when it wants to be asked again, that counts; and 429 is no trouble of the server's.
fn asks_again_when_the_server_says() {
    let run = stub("http://rough.test/").flags("--retries 1 --workers 10").run();
    run.exits(0);
    reports(&run, ROUGH);
    let requests = requests(&run);
    for (page, pause) in [("soon", Some(1)), ("dated", Some(3)), ("long", None), ("limited", None)]
    {
        let asked = of(&requests, &format!("http://rough.test/{page}"));
        let tries = 1 + usize::from(pause.is_some());
        run.require_or(
            asked.len() == tries,
            format!("ask for http://rough.test/{page} {tries} times with --retries 1"),
            format!("asked for it {} times", asked.len()),
            "a 429 that is taken for trouble, or a Retry-After of a day that is waited for",
        );
        let Some(pause) = pause.map(Duration::from_secs) else { continue };
        let paused = asked[1].from.saturating_sub(asked[0].to);
        run.require_or(
            (pause..=pause + AT_ONCE).contains(&paused),
            format!("ask again for /{page} {} s after its answer", pause.as_secs()),
            format!("asked again after {:.3} s", paused.as_secs_f64()),
            "a Retry-After that is not looked at",
        );
    }
}

#[task("fix-1", "the crawl ends when its last page is done, and not before")]
fn the_crawl_ends_when_its_last_page_is_done() {
    let on_the_network = real("http://site.test/").start();
    for (flags, report, code) in [
        ("", SITE, 0),
        ("--workers 1", SITE, 0),
        ("--workers 10", SITE, 0),
        ("--depth 1", NEAR, 0),
        ("--url http://slow.test/ --timeout 8", SLOW, 0),
        ("--url http://slow.test/ --timeout 8 --workers 1", SLOW, 0),
        ("--url http://site.test/private/", "robots http://site.test/private/", 1),
        (
            "--url http://gone.test/",
            "unreachable http://gone.test/\ndead: http://gone.test/ (unreachable)",
            1,
        ),
    ] {
        let run = program!("09-web-crawler").flags("--stub").flags(flags).with_stderr().run();
        reports(&run, report);
        run.exits(code);
        let requests = requests(&run);
        asked_once(&run, &requests);
        ends_at_once(&run, &requests);
        let workers = flags.split_once("--workers ").map_or(4, |(_, n)| n.parse().unwrap_or(4));
        let most = pages_at_once(&requests, "");
        // The default crawl has work for ten at most times.
        let least = if report == SITE { workers.min(8) } else { 0 };
        run.require_or(
            (least..=workers).contains(&most),
            format!("have {workers} workers"),
            format!("asked for {most} pages at once in its busiest moment"),
            "workers that leave when there is nothing for them to do for a moment, or a task for each page",
        );
        if report == SLOW && workers > 1 {
            let [fast, slow] =
                ["http://slow.test/fast/2", "http://slow.test/slow"].map(|url| of(&requests, url));
            run.require_or(
                fast[0].from < slow[0].to,
                "let a free worker take a page as soon as there is one",
                "asked for http://slow.test/fast/2 after http://slow.test/slow had answered",
                "a crawl that waits for all pages of one depth before it begins with the next",
            );
        }
    }
    let run = stub("http://site.test/").flags("--max-pages 7").run();
    run.one("Stopped at --max-pages 7: there may be more");
    let counted = run.one(SUMMARY);
    run.require(
        counted.get("n") == "7",
        "report 7 addresses",
        format!("printed `{}`", counted.text),
    );
    ends_at_once(&run, &requests(&run));

    let exact = |report: &'static str| {
        move |run: &Run| {
            reports(run, report);
            let requests = requests(run);
            asked_once(run, &requests);
            ends_at_once(run, &requests);
        }
    };
    stub("http://slow.test/").flags("--timeout 60").explore(1..=40, exact(SLOW));
    stub("http://slow.test/").flags("--timeout 60 --workers 2").explore(41..=60, exact(SLOW));
    stub("http://site.test/").flags("--timeout 60").explore(1..=20, exact(SITE));
    let run = on_the_network.wait();
    run.exits(0);
    reports(&run, SITE);
}

#[task("fix-2", "a page has so many seconds for all of its answer")]
fn a_page_has_so_many_seconds_for_all_of_its_answer() {
    let on_the_network = real("http://drip.test/").start();
    for (flags, limit) in [("", 2.0), ("--workers 1", 2.0), ("--timeout 1", 1.0)] {
        let run = stub("http://drip.test/").flags(flags).run();
        run.exits(0);
        reports_or(&run, DRIP, "an answer that begins, never ends, and holds its worker for ever");
        let requests = requests(&run);
        for page in ["drip", "silent"] {
            let asked = of(&requests, &format!("http://drip.test/{page}"));
            let took = asked[0].to.saturating_sub(asked[0].from).as_secs_f64();
            run.require_or(
                asked[0].outcome == "abandoned" && (took - limit).abs() <= 0.05,
                format!("give http://drip.test/{page} {limit:.1} s"),
                format!("ended that request after {took:.3} s: {}", asked[0].outcome),
                "a limit that begins anew when the answer begins, or one for something else",
            );
        }
    }
    let run = on_the_network.wait();
    run.exits(0);
    reports(&run, DRIP);
}

#[task("fix-3", "the shortest way to a page counts, whichever is found first")]
fn the_shortest_way_to_a_page_counts() {
    for (depth, report) in [(3, MAZE_3), (4, MAZE_4)] {
        let program = stub("http://maze.test/").flag("--depth", depth).flags("--timeout 60");
        let ask = |run: &Run| {
            reports_or(
                run,
                report,
                "a page that is followed as far as the first way to it allows, and not the shortest",
            );
            asked_once(run, &requests(run));
        };
        ask(&program.clone().run());
        program.explore(1..=25, ask);
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    for (flags, named) in [
        ("--url ftp://site.test/", "--url"),
        ("--url nonsense", "--url"),
        ("--url https://site.test/", "--url"),
        ("--workers 0", "--workers"),
        ("--timeout 0", "--timeout"),
        ("--per-host 0", "--per-host"),
        ("--max-pages 0", "--max-pages"),
        ("--retries -1", "--retries"),
        ("--take nonsense", "--take"),
        ("--stub --url http://127.0.0.1/", "--stub"),
    ] {
        let run = program!("09-web-crawler").flags(flags).pace("real").run();
        run.exits(2);
        let is_named = run.stderr().contains(named);
        run.require(is_named, format!("name {named} on standard error"), run.stderr());
    }
}

/// The network that is made up, on the instant clock.
fn stub(url: &str) -> Program {
    program!("09-web-crawler").flags("--stub").flag("--url", url).with_stderr()
}

/// The real network, in real time, so it is started before the other runs, and asked after them. Nothing is
/// asked about times there.
fn real(url: &str) -> Program {
    program!("09-web-crawler").flag("--url", url).pace("real")
}

fn many(per_host: usize, workers: usize) -> Program {
    stub("http://many.test/").flag("--per-host", per_host).flag("--workers", workers)
}

fn trouble(retries: usize) -> Program {
    stub("http://trouble.test/").flag("--retries", retries)
}

/// A request to the network that is made up.
struct Request {
    url: String,
    from: Duration,
    to: Duration,
    outcome: String,
}

/// All requests, those for a robots.txt too.
fn requests(run: &Run) -> Vec<Request> {
    let mut ends: BTreeMap<String, Vec<(Duration, String)>> = BTreeMap::new();
    for line in run.lines(ENDED).into_iter().rev() {
        let end = (run.at(&line), line.get("outcome").to_owned());
        ends.entry(line.get("url").to_owned()).or_default().push(end);
    }
    let asked = run.lines(ASKED).into_iter().map(|line| {
        let url = line.get("url").to_owned();
        // Who is still on his way when the program ends is not told any more.
        let end = ends.get_mut(&url).and_then(Vec::pop);
        let (to, outcome) = end.unwrap_or((Duration::MAX, "unfinished".to_owned()));
        Request { url, from: run.at(&line), to, outcome }
    });
    asked.collect()
}

fn is_page(request: &Request) -> bool {
    !request.url.ends_with("/robots.txt")
}

/// The requests for one page, in their order.
fn of<'a>(requests: &'a [Request], url: &str) -> Vec<&'a Request> {
    requests.iter().filter(|request| request.url == url).collect()
}

/// The most pages of a host that were asked for at one time. `""` is all hosts.
fn pages_at_once(requests: &[Request], host: &str) -> usize {
    let pages = requests.iter().filter(|request| is_page(request) && request.url.contains(host));
    most_at_once(pages.map(|request| (request.from, request.to)))
}

fn asked_once(run: &Run, requests: &[Request]) {
    for request in requests.iter().filter(|request| is_page(request)) {
        run.require_or(
            of(requests, &request.url).len() == 1,
            "ask for each page once",
            format!("asked for {} several times", request.url),
            "a page that is looked up in one step and noted in a later one: between the two another worker finds it",
        );
    }
}

fn ends_at_once(run: &Run, requests: &[Request]) {
    let last = requests.iter().map(|request| request.to).max().unwrap_or_default();
    let over = run.at(&run.one(SUMMARY));
    run.require_or(
        over <= last + AT_ONCE,
        "end when the last page is done",
        format!(
            "ended at {:.3} s, and the last answer came at {:.3} s",
            over.as_secs_f64(),
            last.as_secs_f64()
        ),
        "an end that is waited for instead of known",
    );
}

/// Asks for so many requests at one host in its busiest moment; under a schedule fewer may come together.
fn at_host(run: &Run, requests: &[Request], host: &str, expected: usize) {
    let most = pages_at_once(requests, host);
    run.require_or(
        most <= expected,
        format!("ask {host} for no more than {expected} at once"),
        format!("asked for {most} of its pages at once"),
        "a host that is called free before all of the answer is here, or nobody who counts",
    );
}

/// With 3 workers and one request for each host, two are always free, and take what comes at once.
fn nobody_waits(run: &Run, requests: &[Request], per_host: usize, workers: usize) {
    let most = pages_at_once(requests, "many.test");
    run.require_or(
        most == per_host.min(workers),
        format!("ask many.test for {} at once in its busiest moment", per_host.min(workers)),
        format!("asked for {most} of its pages"),
        "one limit for all hosts together, or a place that is never given back",
    );
    if workers <= 2 * per_host {
        return;
    }
    let busy = |host: &str, at: Duration| {
        let pages =
            requests.iter().filter(|request| is_page(request) && request.url.contains(host));
        pages.filter(|request| request.from < at && at <= request.to).count()
    };
    let known = of(requests, "http://many.test/")
        .into_iter()
        .chain(of(requests, "http://few.test/robots.txt"))
        .map(|request| request.to)
        .max()
        .unwrap_or_default();
    let few = of(requests, "http://few.test/1")[0];
    run.require_or(
        few.from <= known + AT_ONCE || busy("few.test", few.from) > 0,
        "let a free worker take a page of few.test at once",
        format!(
            "asked for {} at {:.3} s, although it was known at {:.3} s",
            few.url,
            few.from.as_secs_f64(),
            known.as_secs_f64()
        ),
        "workers that take a page of a host that is busy, and wait with it in hand",
    );
}

/// Asks for these lines of the report, in this order, and for no others of their kind.
fn reports(run: &Run, expected: &str) {
    reports_or(
        run,
        expected,
        "a crawl that ends before all of its pages are done, or a worker that never comes back",
    );
}

fn reports_or(run: &Run, expected: &str, if_lost: &str) {
    let is_finding = |line: &&str| {
        let (first, rest) = line.split_once(' ').unwrap_or_default();
        let is_status = first.len() == 3 && first.bytes().all(|digit| digit.is_ascii_digit());
        let is_known = is_status || ["dead:", "timeout", "unreachable", "robots"].contains(&first);
        is_known && rest.starts_with("http://")
    };
    let wanted: Vec<&str> = expected.lines().map(str::trim).filter(is_finding).collect();
    let printed: Vec<&str> = run.stdout().lines().filter(is_finding).collect();
    let url = |line: &str| line.split(' ').nth(1).map(str::to_owned);
    for line in &wanted {
        let other = printed.iter().find(|other| url(other) == url(line) && !wanted.contains(other));
        let should = format!("report `{line}`");
        match other {
            Some(other) => run.require(false, should, format!("reported `{other}`")),
            None => run.require_or(printed.contains(line), should, "left it out", if_lost),
        }
    }
    for line in &printed {
        run.require(
            wanted.contains(line),
            "report nothing else",
            format!("also reported `{line}`"),
        );
    }
    run.require(
        printed == wanted,
        "sort the report, and say each thing once",
        "printed another order",
    );
}

/// The pages of trouble.test that are asked for, and how many times each.
fn tries(retries: usize) -> Vec<(&'static str, usize)> {
    let mut tries = vec![
        ("once", 2.min(retries + 1)),
        ("twice", 3.min(retries + 1)),
        ("always", retries + 1),
        ("missing", 1),
    ];
    tries.extend((retries >= 1).then_some(("behind-once", 1)));
    tries.extend((retries >= 2).then_some(("behind-twice", 1)));
    tries
}

fn trouble_report(retries: usize) -> String {
    let mut found = vec!["200 http://trouble.test/".to_owned()];
    let mut dead = Vec::new();
    let mut tries = tries(retries);
    tries.sort();
    for (page, tries) in tries {
        let url = format!("http://trouble.test/{page}");
        let status = match page {
            "missing" => 404,
            "always" => 500,
            "once" if retries < 1 => 500,
            "twice" if retries < 2 => 500,
            _ => 200,
        };
        let times = if tries > 1 { format!(" ({tries} tries)") } else { String::new() };
        found.push(format!("{status} {url}{times}"));
        if status >= 400 {
            dead.push(format!("dead: {url} ({status}), linked from http://trouble.test/"));
        }
    }
    found.extend(dead);
    found.join("\n")
}

const SITE: &str = include_str!("snapshots/as_given.snap");

const NEAR: &str = "
    unreachable http://gone.test/
    200 http://other.test/
    200 http://site.test/
    200 http://site.test/about
    200 http://site.test/huge (cut)
    404 http://site.test/missing
    200 http://site.test/new
    200 http://site.test/news/
    200 http://site.test/odd/
    301 http://site.test/old -> http://site.test/new
    robots http://site.test/private/
    200 http://site.test/private/open
    timeout http://site.test/silent
    500 http://site.test/unstable
    dead: http://gone.test/ (unreachable), linked from http://site.test/
    dead: http://site.test/missing (404), linked from http://site.test/
    dead: http://site.test/silent (timeout), linked from http://site.test/
    dead: http://site.test/unstable (500), linked from http://site.test/
";

const SLOW: &str = "
    200 http://other.test/
    200 http://site.test/about
    200 http://slow.test/
    200 http://slow.test/fast/1
    200 http://slow.test/fast/2
    200 http://slow.test/slow
    200 http://slow.test/slow/1
";

const ROUGH: &str = "
    200 http://rough.test/
    301 http://rough.test/bad-location (no usable Location)
    200 http://rough.test/behind/breaks
    200 http://rough.test/behind/caf%C3%A9
    200 http://rough.test/behind/soon
    200 http://rough.test/breaks (cut by the connection)
    200 http://rough.test/capitals
    200 http://rough.test/dated (2 tries)
    429 http://rough.test/limited (retry after 3 s)
    503 http://rough.test/long (retry after 86400 s)
    301 http://rough.test/nowhere (no usable Location)
    301 http://rough.test/on/1 -> http://rough.test/on/2
    301 http://rough.test/on/10 -> http://rough.test/on/11
    301 http://rough.test/on/11 (more than 10 moves in a row)
    301 http://rough.test/on/2 -> http://rough.test/on/3
    301 http://rough.test/on/3 -> http://rough.test/on/4
    301 http://rough.test/on/4 -> http://rough.test/on/5
    301 http://rough.test/on/5 -> http://rough.test/on/6
    301 http://rough.test/on/6 -> http://rough.test/on/7
    301 http://rough.test/on/7 -> http://rough.test/on/8
    301 http://rough.test/on/8 -> http://rough.test/on/9
    301 http://rough.test/on/9 -> http://rough.test/on/10
    200 http://rough.test/packed (gzip: not read)
    200 http://rough.test/soon (2 tries)
    dead: http://rough.test/bad-location (301), linked from http://rough.test/
    dead: http://rough.test/limited (429), linked from http://rough.test/
    dead: http://rough.test/long (503), linked from http://rough.test/
    dead: http://rough.test/nowhere (301), linked from http://rough.test/
    dead: http://rough.test/on/11 (301), linked from http://rough.test/on/10
";

const MANY: &str = "
    200 http://few.test/1
    200 http://few.test/2
    200 http://many.test/
    200 http://many.test/1
    200 http://many.test/2
    200 http://many.test/3
    301 http://many.test/4 -> http://many.test/1
    200 http://many.test/5
    200 http://many.test/6
    404 http://many.test/missing
    timeout http://many.test/silent
    dead: http://many.test/missing (404), linked from http://many.test/3
    dead: http://many.test/silent (timeout), linked from http://many.test/
";

const DRIP: &str = "
    200 http://drip.test/
    200 http://drip.test/1
    200 http://drip.test/2
    timeout http://drip.test/drip
    timeout http://drip.test/silent
    dead: http://drip.test/drip (timeout), linked from http://drip.test/
    dead: http://drip.test/silent (timeout), linked from http://drip.test/
";

const MAZE_3: &str = "
    200 http://maze.test/
    200 http://maze.test/hall
    200 http://maze.test/long/1
    200 http://maze.test/long/2
    200 http://maze.test/room/1
    200 http://maze.test/short
";

const MAZE_4: &str = "
    200 http://maze.test/
    200 http://maze.test/hall
    200 http://maze.test/long/1
    200 http://maze.test/long/2
    200 http://maze.test/room/1
    200 http://maze.test/room/2
    200 http://maze.test/short
";
