//! What must hold, told as tests.
//!
//! Right programs differ in which worker looks at which page, and in what they tell of it. So the referee asks the
//! network that is made up (`--stub`): what it was asked for, when, and for how long. And it reads the report. Nobody
//! asks a worker.

use exam::{Program, Run, program, task};
use referee::REFEREE;

mod referee;

exam::as_given!("09-web-crawler", "real");
exam::finished!("09-web-crawler", "real");
exam::referee!("09-web-crawler", REFEREE, stub());

#[task(
    "alter-1",
    "no host gets more requests at once than it should, and no worker waits for that"
)]
fn no_host_gets_more_requests_at_once_than_it_should() {
    let many = [(1, 3), (2, 6), (2, 2), (5, 8)].map(|(per_host, workers)| {
        format!("--url http://many.test/ --per-host {per_host} --workers {workers}")
    });
    let ordered = many.each_ref().map(|flags| in_orders(flags, 1..=3)).concat();
    judge(&[many.as_slice(), &ordered].concat());
}

#[task("alter-2", "a server in trouble is asked again, each time after a longer pause")]
fn a_server_in_trouble_is_asked_again() {
    let trouble = "--url http://trouble.test/ --retries 2";
    let on_the_network = real(trouble).start();
    judge(&[
        trouble,
        "--url http://trouble.test/ --retries 0",
        "--url http://trouble.test/ --retries 1",
        // Where nobody is busy, each try has to come in time.
        "--url http://trouble.test/ --retries 3 --workers 10",
        "--url http://rough.test/ --retries 1 --workers 10",
        "--url http://rough.test/ --retries 4 --workers 10",
        "--url http://many.test/ --retries 2",
    ]);
    reports(&on_the_network.wait(), trouble);
}

#[task("fix-1", "the crawl ends when its last page is done, and not before")]
fn the_crawl_ends_when_its_last_page_is_done() {
    let site = "--url http://site.test/";
    let on_the_network = real(site).start();
    let named = [
        "",
        "--url http://slow.test/ --timeout 8",
        "--url http://slow.test/ --timeout 8 --workers 1",
        "--workers 1",
        "--workers 10",
        "--depth 1",
        "--max-pages 7",
        "--url http://site.test/private/",
        "--url http://gone.test/",
    ];
    judge(
        &[
            named.map(str::to_owned).to_vec(),
            in_orders("--url http://slow.test/ --timeout 60", 1..=12),
            in_orders("--url http://slow.test/ --timeout 60 --workers 2", 41..=48),
            in_orders("--timeout 60", 1..=8),
        ]
        .concat(),
    );
    let run = on_the_network.wait();
    run.exits(0);
    reports(&run, site);
}

#[task("fix-2", "a page has so many seconds for all of its answer")]
fn a_page_has_so_many_seconds_for_all_of_its_answer() {
    let drip = "--url http://drip.test/";
    let on_the_network = real(drip).start();
    judge(&[drip, "--url http://drip.test/ --workers 1", "--url http://drip.test/ --timeout 1"]);
    let run = on_the_network.wait();
    run.exits(0);
    reports(&run, drip);
}

#[task("fix-3", "the shortest way to a page counts, whichever is found first")]
fn the_shortest_way_to_a_page_counts() {
    let maze = [3, 4].map(|depth| format!("--url http://maze.test/ --timeout 60 --depth {depth}"));
    let ordered = maze.each_ref().map(|flags| in_orders(flags, 1..=16)).concat();
    judge(&[maze.as_slice(), &ordered].concat());
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
fn stub() -> Program {
    program!("09-web-crawler").flags("--stub").with_stderr()
}

/// The real network, in real time, so it is started before the other runs, and asked after them. Nothing is asked
/// about times there.
fn real(flags: &str) -> Program {
    program!("09-web-crawler").flags(flags).pace("real")
}

fn in_orders(flags: &str, schedules: std::ops::RangeInclusive<u64>) -> Vec<String> {
    schedules.map(|schedule| format!("{flags} --schedule {schedule}")).collect()
}

fn judge(named: &[impl AsRef<str>]) {
    let named: Vec<&str> = named.iter().map(AsRef::as_ref).collect();
    REFEREE.judge(&stub(), &named);
}

/// Asks for the report of these flags.
fn reports(run: &Run, flags: &str) {
    let wanted = referee::report(flags);
    let lines: Vec<&str> =
        run.stdout().lines().filter(|line| wanted.iter().any(|w| w == line)).collect();
    let missing = wanted.iter().find(|line| !lines.contains(&line.as_str()));
    run.require(
        missing.is_none(),
        format!("report `{}`", missing.map_or("", String::as_str)),
        "left it out",
    );
    run.require(
        lines == wanted,
        "report each thing once, sorted by address",
        "printed another order",
    );
    let addresses = wanted.iter().filter(|line| !line.starts_with("dead: ")).count();
    let counted = run.one("{n} addresses: {rest}");
    run.require(
        counted.get("n") == addresses.to_string(),
        format!("report {addresses} addresses"),
        format!("printed `{}`", counted.text),
    );
}
