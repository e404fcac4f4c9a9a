//! What the brief promises, as rules that hold for a run under any flags.

mod account;
mod rules;
mod site;

use account::{Account, Crawl, Flags};
use exam::referee::{Flag, Referee, Rule, Setting, Tasks};
use std::collections::BTreeMap;

pub(crate) const REFEREE: Referee<Account> = Referee {
    flags: FLAGS,
    fits,
    account: Account::of,
    lines: account::LINES,
    rules: RULES,
    ends: ENDS,
    frees: FREES,
    drawn: 26,
    crowds: (6, 2),
};

const FLAGS: &[Flag] = &[
    Flag::value(
        "--url",
        "http://site.test/",
        &[
            "http://site.test/",
            "http://slow.test/",
            "http://drip.test/",
            "http://many.test/",
            "http://trouble.test/",
            "http://rough.test/",
            "http://maze.test/",
            "http://other.test/",
            "http://gone.test/",
            "http://site.test/old",
            "http://site.test/news/",
            "http://site.test/missing",
            "http://site.test/private/",
            "http://site.test/private/open",
            "http://rough.test/on/7",
            "http://trouble.test/twice",
        ],
    ),
    Flag::value("--workers", "4", &["1", "2", "3", "6", "10", "40"]).up_to(100),
    Flag::value("--depth", "9", &["0", "1", "2", "3", "4"]).up_to(100),
    Flag::value("--max-pages", "200", &["1", "2", "5", "7", "12", "29"]),
    Flag::value("--timeout", "2", &["1", "3", "7", "60"]),
    Flag::value("--seed", "9", &["1", "2", "3", "44"]),
    Flag::optional("--take", &["words", "headings"]),
    Flag::optional("--per-host", &["1", "1", "2", "3", "5"])
        .of("alter-1")
        .up_to(100)
        .left_out_with("--url http://many.test/ --workers 100"),
    Flag::value("--retries", "0", &["1", "2", "3", "4", "6"])
        .of("alter-2")
        .up_to(9)
        .beside("--url http://trouble.test/ --workers 10"),
];

/// Where the brief promises nothing: before Fix 1 to 3 are handed in, what they are about. Until then three seconds
/// without news are the end, a page that begins to answer may hold its worker, and the first way to a page counts.
fn fits(setting: &Setting, tasks: &Tasks) -> bool {
    let (retries, depth) = (setting.number("--retries"), setting.number("--depth"));
    let is_at = |host| setting.text("--url").is_some_and(|url| url.contains(host));
    let is_soon_over = setting.number("--timeout") <= 2
        && retries <= 3
        && !is_at("//slow.test")
        && !(retries > 0 && is_at("//rough.test"));
    (tasks.done("fix-1") || is_soon_over)
        && (tasks.done("fix-2") || !is_at("//drip.test"))
        && (tasks.done("fix-3") || depth <= 1 || depth >= 9)
}

/// What the report of a crawl says of each address and of the dead ones, where no page is so slow that its time may
/// be over.
pub(crate) fn report(typed: &str) -> Vec<String> {
    let setting = Setting::read(FLAGS, typed);
    let flags = Flags::of(&setting, &Tasks { asked: "", open: &[] });
    let crawl = Crawl::of(&flags, &BTreeMap::new(), None);
    crawl.pages.iter().map(|(url, page)| page.line(url)).chain(crawl.dead()).collect()
}

const RULES: &[Rule<Account>] = &[
    Rule::new(
        "the report is complete",
        "the report is the same in every order, and complete",
        rules::the_report_is_complete,
    )
    .also(&[
        "the report is what it is without `--per-host`.",
        "With `--max-pages 7` it has any 7 addresses",
        "Let the shortest way count, whichever is found first.",
        "`200 http://maze.test/room/1` is in the report with `--depth 3`, and `/room/2` is not.",
        "With `--depth 4` both are.",
    ]),
    Rule::new(
        "each address has its line",
        "Each address has a line: its status and the address.",
        rules::each_address_has_its_line,
    )
    .also(&[
        "the report has what the last try found, and the number of tries if it is more than one",
        "`timeout http://drip.test/drip` and `timeout http://drip.test/silent` are in the report, and the pages beside them are too.",
    ]),
    Rule::new(
        "the dead are listed",
        "Then come the dead ones, each with the pages that link to it",
        rules::the_dead_are_listed,
    ),
    Rule::new("the counts are right", "and the counts.", rules::the_counts_are_right)
        .also(&["the line `Stopped at --max-pages 7: there may be more`, which `report.rs` prints."]),
    Rule::new(
        "each page is asked for once",
        "It asks for each address once, follows no page of another host, honours `robots.txt`",
        rules::each_page_is_asked_for_once,
    )
    .also(&[
        "Each page is asked for once.",
        "Each page is still asked for once.",
        "With `--retries N` such a page is asked for again, N times at the most.",
        "No other status is a reason to ask again, 429 neither, which asks for fewer requests; nor is a page that can't be reached, or does not answer in time.",
    ]),
    Rule::new(
        "a limit for all of the answer",
        "Give each page `--timeout` seconds for all of its answer, from asking for it to its last byte.",
        rules::no_request_is_dropped,
    )
    .also(&[
        "The network tells of both: `< abandoned http://drip.test/drip (2.000 s)`, with the seconds of `--timeout` (0.05 s more or less are fine).",
    ]),
    Rule::new(
        "no more at once than workers",
        "Never are more pages asked for at once than there are workers",
        rules::no_more_at_once_than_workers,
    ),
    Rule::new(
        "no more at a host",
        "No host is asked for more than N pages at the same time, in any order that `--schedule` plays",
        rules::no_more_at_a_host,
    ),
    Rule::new(
        "a free worker takes a page at once",
        "A free worker takes a page as soon as there is one",
        rules::a_page_is_taken_at_once,
    )
    .also(&[
        "in the busiest moment of the default crawl it is as many (with ten workers, at least eight)",
        "in its busiest moment many.test is asked for as many as N and `--workers` allow.",
        "the first page of few.test is asked for no more than 0.1 s after it is known",
    ]),
    Rule::new(
        "each try has its pause",
        "A try may come up to 0.1 s after its pause, and later only if all workers are busy or its host has no room.",
        rules::each_try_has_its_pause,
    )
    .also(&[
        "the pause is as long as that; and if that is longer than 60 s, the page is not asked for again.",
    ]),
    Rule::new(
        "it ends with its last page",
        "The report is printed no more than 0.1 s after the last answer.",
        rules::it_ends_with_its_last_page,
    ),
    Rule::new(
        "the exit code",
        "It is 1 if the page that the crawl starts at is dead or is not looked at",
        rules::the_exit_code,
    ),
];

/// A run that does not end is refused in any case.
const ENDS: &[&str] = &[];

const FREES: &[&str] = &[
    "(Where the server says nothing, only the tenth pause is so long: whether you wait for it is up to you.)",
    "`Finding` has a field for it, and prints it.",
    "Whether a worker waits through the pause or looks at other pages meanwhile is up to you.",
];
