//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{self, Account, Page, Request, first_word};
use exam::most_at_once;
use exam::referee::facts::{exits, one, printed, seconds};
use exam::referee::{Fault, Verdict, require};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use url::Url;

/// Right programs may look at a counter now and then, and nobody is to wait for that.
const AT_ONCE: Duration = Duration::from_millis(100);

/// So much more or less than its limit a page may take.
const NEARLY_S: f64 = 0.051;

pub(super) fn the_report_is_complete(run: &Account) -> Verdict {
    let title = one(&run.lines.title, account::TITLE)?;
    require(
        title.get("start") == run.flags.start.as_str(),
        format!("print `--- Crawl of {} ---`", run.flags.start),
        printed(title),
    )?;
    let found: Vec<&str> = run.lines.found.iter().map(first_word).collect();
    if run.is_cut_off {
        let most = run.flags.max_pages;
        require(
            found.len() == most,
            format!("report {most} addresses: there are more, and --max-pages is {most}"),
            format!("reported {}", found.len()),
        )?;
    }
    let told: BTreeSet<&str> = found.iter().copied().collect();
    if let Some(missing) = run.crawl.pages.keys().find(|url| !told.contains(url.as_str())) {
        return Err(Fault::new(format!("report {missing}"), "left it out"));
    }
    let strange = found
        .iter()
        .find(|url| Url::parse(url).map_or(true, |url| !run.crawl.pages.contains_key(&url)));
    require(
        strange.is_none(),
        "report only the addresses that the start page leads to in no more than --depth links",
        format!("reported {}", strange.unwrap_or(&"")),
    )?;
    let sorted: Vec<&str> = run.crawl.pages.keys().map(Url::as_str).collect();
    let first = found.iter().zip(&sorted).find(|(found, sorted)| found != sorted);
    require(
        found == sorted,
        "report each address once, sorted by address",
        match first {
            Some((found, sorted)) => format!("reported {found} where {sorted} was next"),
            None => format!("printed {} lines for {} addresses", found.len(), sorted.len()),
        },
    )
}

pub(super) fn each_address_has_its_line(run: &Account) -> Verdict {
    // Which addresses have one, and in which order, is asked by another rule.
    let line_of = |url: &Url| run.lines.found.iter().find(|line| first_word(line) == url.as_str());
    let pages = run.crawl.pages.iter();
    for (url, page, line) in pages.filter_map(|(url, page)| Some((url, page, line_of(url)?))) {
        let told = format!("{} {}", line.get("status"), line.get("url"));
        let asked = run.requests(url).last().and_then(|request| Some((request, request.to?)));
        let seen = asked.map_or(String::new(), |(request, to)| {
            format!(", and its last request ended at {} as {}", seconds(to), request.outcome)
        });
        require(
            told == page.line(url),
            format!("report `{}`", page.line(url)),
            format!("reported `{told}`{seen}"),
        )?;
    }
    Ok(())
}

pub(super) fn the_dead_are_listed(run: &Account) -> Verdict {
    let told = run.lines.dead.iter().map(|line| format!("dead: {}", line.get("page")));
    same(&told.collect::<Vec<_>>(), &run.crawl.dead())?;
    let contents = run.crawl.pages.iter().filter_map(|(url, page)| Some((url, page.content()?)));
    let wanted: Vec<String> =
        contents.map(|(url, content)| format!("content: {url} {content}")).collect();
    let told = run.lines.content.iter().map(|line| format!("content: {}", line.get("page")));
    same(&told.collect::<Vec<_>>(), &wanted)
}

/// Asks for these lines, in this order.
fn same(told: &[String], wanted: &[String]) -> Verdict {
    let place =
        (0..told.len().max(wanted.len())).find(|place| told.get(*place) != wanted.get(*place));
    let Some(place) = place else { return Ok(()) };
    let line = |lines: &[String], none: &str| {
        lines.get(place).map_or(none.to_owned(), |line| format!("`{line}`"))
    };
    Err(Fault::new(
        format!("report {}", line(wanted, "nothing more of its kind")),
        format!("reported {}", line(told, "nothing more of its kind")),
    ))
}

pub(super) fn the_counts_are_right(run: &Account) -> Verdict {
    let line = one(&run.lines.summary, account::SUMMARY)?;
    let count = |is: fn(&Page) -> bool| run.crawl.pages.values().filter(|page| is(page)).count();
    let (dead, moved, left) = (count(Page::is_dead), count(Page::is_moved), count(Page::is_left));
    let all = run.crawl.pages.len();
    let wanted = [
        ("n", all),
        ("alive", all - dead - moved - left),
        ("moved", moved),
        ("dead", dead),
        ("left", left),
    ];
    let summary = format!(
        "{all} addresses: {} alive, {moved} moved, {dead} dead, {left} not looked at",
        wanted[1].1
    );
    for (place, number) in wanted {
        require(
            line.get(place) == number.to_string(),
            format!("print `{summary}`"),
            printed(line),
        )?;
    }
    let most = run.flags.max_pages;
    let told: Vec<&str> = run.lines.stopped.iter().map(|line| line.get("n")).collect();
    let wanted = if all >= most { vec![most.to_string()] } else { Vec::new() };
    require(
        told == wanted,
        if all >= most {
            format!("print once that it stopped at --max-pages {most}")
        } else {
            format!("not stop at --max-pages {most}, with {all} addresses")
        },
        format!("printed {} such lines", told.len()),
    )
}

pub(super) fn each_page_is_asked_for_once(run: &Account) -> Verdict {
    for (url, asked) in &run.asked {
        let Some(page) = run.crawl.pages.get(url) else {
            let host = url.host_str().unwrap_or_default();
            return Err(Fault::new(
                "ask only for pages that belong to the crawl",
                format!("asked for {url} of {host} at {}", seconds(asked[0].from)),
            ));
        };
        let (tries, times) = (page.tries(), asked.len());
        let should = match tries {
            0 => format!("not ask for {url}: {}", page.status()),
            1 => format!("ask for {url} once"),
            tries => format!("ask for {url} {tries} times"),
        };
        let further = asked.get(tries).map_or(String::new(), |request| {
            format!(", the last time at {}", seconds(request.from))
        });
        require(times == tries, should, format!("asked for it {times} times{further}"))?;
    }
    // The report may be right all the same, if it is made up.
    let unasked =
        run.crawl.pages.iter().find(|(url, page)| page.tries() > 0 && run.requests(url).is_empty());
    require(
        unasked.is_none(),
        unasked.map_or(String::new(), |(url, _)| format!("ask for {url}")),
        "reported it without",
    )
}

pub(super) fn no_request_is_dropped(run: &Account) -> Verdict {
    if !run.flags.limits_all {
        return Ok(());
    }
    let limit = run.flags.timeout.as_secs_f64();
    for (url, asked) in &run.asked {
        for request in asked {
            let took = request.took_s;
            let is_long = if request.is_abandoned() {
                (took - limit).abs() <= NEARLY_S
            } else {
                request.to.is_some() && took <= limit + NEARLY_S
            };
            // A schedule stretches the limit too.
            let is_long = is_long || run.flags.is_stretched && request.to.is_some();
            require(
                is_long,
                format!("give {url} {limit:.0} s for all of its answer, and no more"),
                match request.to {
                    Some(to) => format!(
                        "ended that request at {}, after {took:.3} s: {}",
                        seconds(to),
                        request.outcome
                    ),
                    None => format!(
                        "asked at {}, and the answer had not ended when the program did",
                        seconds(request.from)
                    ),
                },
            )?;
        }
    }
    Ok(())
}

pub(super) fn no_more_at_once_than_workers(run: &Account) -> Verdict {
    let most = most_at_once(run.asked.values().flatten().map(Request::span));
    require(
        most <= run.flags.workers,
        format!("ask for no more than {} pages at once", run.flags.workers),
        format!("asked for {most} in its busiest moment"),
    )
}

pub(super) fn no_more_at_a_host(run: &Account) -> Verdict {
    let Some(limit) = run.flags.per_host else { return Ok(()) };
    let mut hosts: BTreeMap<&str, Vec<(Duration, Duration)>> = BTreeMap::new();
    for (url, asked) in &run.asked {
        hosts.entry(url.authority()).or_default().extend(asked.iter().map(Request::span));
    }
    for (host, spans) in hosts {
        let most = most_at_once(spans.into_iter());
        require(
            most <= limit,
            format!("ask {host} for no more than {limit} pages at once"),
            format!("asked for {most} in its busiest moment"),
        )?;
    }
    Ok(())
}

pub(super) fn a_page_is_taken_at_once(run: &Account) -> Verdict {
    // With more pages than are wanted, it is open which of them are known.
    if run.is_cut_off {
        return Ok(());
    }
    for (url, known) in run.known() {
        let Some(first) = run.requests(url).first() else { continue };
        require(
            first.from >= known,
            format!(
                "read the pages that lead to {url} before it asks for it, at {}",
                seconds(known)
            ),
            format!("asked for it at {}", seconds(first.from)),
        )?;
        let lay = run.left_lying(url, known, first.from);
        let room = if run.flags.per_host.is_some() { ", and its host has room" } else { "" };
        require(
            lay <= AT_ONCE,
            format!(
                "ask for {url} as soon as it is known ({}), a worker is free{room}",
                seconds(known)
            ),
            format!(
                "asked for it at {}, and left it lying for {} before",
                seconds(first.from),
                seconds(lay)
            ),
        )?;
    }
    Ok(())
}

pub(super) fn each_try_has_its_pause(run: &Account) -> Verdict {
    for (url, page) in &run.crawl.pages {
        for (pair, pause) in run.requests(url).windows(2).zip(&page.pauses) {
            let Some(ended) = pair[0].to else { continue };
            let (due, again) = (ended + *pause, pair[1].from);
            let should = format!(
                "ask again for {url} {:.1} s after its answer, at {}",
                pause.as_secs_f64(),
                seconds(due)
            );
            let did = format!("asked again at {}", seconds(again));
            // The tape knows whole microseconds.
            require(again + Duration::from_micros(1) >= due, &should, &did)?;
            // A schedule stretches a pause.
            let is_in_time =
                run.flags.is_stretched || run.left_lying(url, due.min(again), again) <= AT_ONCE;
            require(is_in_time, should, format!("{did}, although a worker was free"))?;
        }
    }
    Ok(())
}

pub(super) fn it_ends_with_its_last_page(run: &Account) -> Verdict {
    if !run.flags.knows_its_end {
        return Ok(());
    }
    let line = one(&run.lines.summary, account::SUMMARY)?;
    let requests = run.asked.values().flatten().chain(&run.robots);
    let last = requests.filter_map(|request| request.to).max().unwrap_or_default();
    require(
        line.at() <= last + AT_ONCE && line.at() >= last,
        format!("print the report when the last answer is here, at {}", seconds(last)),
        format!("printed it at {}", seconds(line.at())),
    )
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    let start = run.crawl.pages.get(&run.flags.start);
    let is_well = start.is_some_and(|page| !page.is_dead() && !page.is_left());
    let code = i32::from(!is_well);
    exits(run.code, code)
}
