//! What the crawler makes of real answers: those that a server should not give, and those that it may.
//!
//! The student's program gets them with the same lines.

mod server;

use exam::{Program, Run, program};
use server::{Pages, Server, links, page, reply};
use std::time::{Duration, SystemTime};

/// Seconds that are enough on a busy machine, and fewer than a run has.
const PATIENT: u32 = 8;

const TEXT: &str = "Content-Type: text/plain\r\n";

/// A robots.txt, and what it allows and forbids.
struct Case {
    what: &'static str,
    robots: &'static str,
    allowed: &'static [&'static str],
    forbidden: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        what: "an empty Disallow forbids nothing",
        robots: "User-agent: *\nDisallow:\n",
        allowed: &["/a"],
        forbidden: &[],
    },
    Case {
        what: "an empty Disallow forbids nothing beside others",
        robots: "User-agent: *\nDisallow:\nDisallow: /b\nAllow:\n",
        allowed: &["/a"],
        forbidden: &["/b"],
    },
    Case {
        what: "a group may be for several agents",
        robots: "User-agent: another\nUser-agent: Handoff\nUser-agent: third\nDisallow: /b\n\n\
                 User-agent: *\nDisallow: /a\n",
        allowed: &["/a"],
        forbidden: &["/b"],
    },
    Case {
        what: "all groups that name an agent hold together",
        robots: "User-agent: handoff\nDisallow: /a\n\nUser-agent: another\nDisallow: /b\n\n\
                 User-agent: HANDOFF\nDisallow: /c\n",
        allowed: &["/b"],
        forbidden: &["/a", "/c"],
    },
    Case {
        what: "a group without rules forbids nothing, and those for all do not hold",
        robots: "User-agent: *\nDisallow: /\n\nUser-agent: handoff\n",
        allowed: &["/a"],
        forbidden: &[],
    },
    Case {
        what: "a version behind the name is no part of it, and a longer name is another",
        robots: "User-agent: handoff/1.0\nDisallow: /a\n\nUser-agent: handoff-news\nDisallow: /b\n",
        allowed: &["/b"],
        forbidden: &["/a"],
    },
    Case {
        what: "the longest pattern decides, and Allow where two are as long",
        robots: "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nDisallow: /d\nAllow: /d\n",
        allowed: &["/a/b", "/d"],
        forbidden: &["/a", "/a/c", "/a/b/c"],
    },
    Case {
        what: "* is anything, and $ is the end",
        robots: "User-agent: *\nDisallow: /*.gif$\nDisallow: /x*y*z\nDisallow: /*aba$\nDisallow: /end$\n",
        allowed: &["/a.gif?b", "/xzy", "/abab", "/end/"],
        forbidden: &["/a.gif", "/b/a.gif", "/x1y2z3", "/ababa", "/end"],
    },
    Case {
        what: "it does not matter what is percent-encoded, and how",
        robots: "User-agent: *\nDisallow: /b%61r\nDisallow: /h%c3%bcte\nDisallow: /über\nDisallow: /x%2Fy\n",
        allowed: &["/x/y"],
        forbidden: &["/bar", "/%62ar", "/h%C3%BCte", "/%C3%BCber", "/x%2fy"],
    },
    Case {
        what: "an encoded * or $ is itself",
        robots: "User-agent: *\nDisallow: /a%2A\nDisallow: /b%24\nDisallow: /c$d\n",
        allowed: &["/ab", "/b"],
        forbidden: &["/a*", "/a%2A", "/b$", "/b%24", "/c$d"],
    },
    Case {
        what: "lines end in any way, and what is no rule does no harm",
        robots: "\u{feff}Disallow: /a\rUser-agent : HandOff # us\r\nCrawl-delay: 5\r\n<html>\r\n\
                 \r\nSitemap: /b\r\nDISALLOW :/c#d\rdisallow: e\n",
        allowed: &["/a", "/b", "/e"],
        forbidden: &["/c"],
    },
];

#[test]
fn a_robots_txt_is_read_as_rfc_9309_has_it() {
    let started: Vec<_> = CASES
        .iter()
        .map(|case| {
            let paths = [case.allowed, case.forbidden].concat();
            let mut pages = pages(&[("/robots.txt", reply("200 OK", TEXT, case.robots))]);
            pages.insert("/".into(), vec![links(&paths)]);
            pages.extend(paths.iter().map(|path| ((*path).into(), vec![page("")])));
            let server = Server::start(pages);
            (case, crawl(&server).start(), server)
        })
        .collect();
    for (case, running, server) in started {
        let run = running.wait();
        for (paths, status) in [(case.allowed, "200"), (case.forbidden, "robots")] {
            for path in paths {
                let line = format!("{status} http://here{path}");
                let report = report(&run, &server);
                assert!(
                    report.contains(&line),
                    "{}: no {line} in\n{}",
                    case.what,
                    report.join("\n")
                );
                let is_asked = server.asked().iter().any(|asked| asked.path() == *path);
                assert_eq!(is_asked, status == "200", "{}: {path}", case.what);
            }
        }
    }
}

/// How a server answers when it is asked for its robots.txt, and what comes of it.
#[test]
fn a_robots_txt_that_can_not_be_read_is_told() {
    let elsewhere = Server::start(pages(&[(
        "/rules",
        reply("200 OK", TEXT, "User-agent: *\nDisallow: /no\n"),
    )]));
    let there = format!("{}rules", elsewhere.url());
    let moved = |to: &str| reply("301 Moved Permanently", &format!("Location: {to}\r\n"), "");
    let rules = "User-agent: *\nDisallow: /no\n";
    let long = format!("{rules}{}\nDisallow: /\n", "# much ado\n".repeat(60_000));
    let start = "User-agent: *\n#";
    let half =
        format!("{start}{}\nDisallow: /no/more\n", ".".repeat(512 * 1024 - start.len() - 14));
    let chain = |length: u32| {
        let mut chain = vec![("/robots.txt".to_owned(), vec![moved("/1")])];
        chain.extend((1..length).map(|n| (format!("/{n}"), vec![moved(&format!("/{}", n + 1))])));
        chain.push((format!("/{length}"), vec![reply("200 OK", TEXT, rules)]));
        chain
    };
    let one = |answer: Vec<u8>| vec![("/robots.txt".to_owned(), vec![answer])];
    let packed = reply("200 OK", "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n", "\x1f");
    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nUser-agent: *\nDisallow: /no\n";
    let cases = [
        (one(reply("200 OK", TEXT, rules)), "1 rule for all", "200", "robots"),
        (one(reply("404 Not Found", TEXT, rules)), "404, so all is allowed", "200", "200"),
        (one(reply("403 Forbidden", "", "")), "403, so all is allowed", "200", "200"),
        (one(reply("429 Too Many", "", "")), "429, so all is allowed", "200", "200"),
        (one(reply("503 Busy", "", "")), "503, so nothing is looked at", "robots", "-"),
        (one(vec![]), "no answer in 1 s, so nothing is looked at", "robots", "-"),
        (one(broken.into()), "cut by the connection, so nothing is looked at", "robots", "-"),
        (one(packed), "gzip: not read, so nothing is looked at", "robots", "-"),
        (one(b"no HTTP".into()), "unreachable", "unreachable", "-"),
        (one(moved("http://[")), "301, so all is allowed", "200", "200"),
        (
            one(moved("http://127.0.0.1:1/")),
            "unreachable at http://127.0.0.1:1/, so nothing is looked at",
            "robots",
            "-",
        ),
        (one(moved(&there)), &format!("1 rule for all, at {there}"), "200", "robots"),
        (chain(1), "1 rule for all, at http://here/1", "200", "robots"),
        (chain(5), "1 rule for all, at http://here/5", "200", "robots"),
        (chain(6), "moved more than 5 times, so all is allowed", "200", "200"),
        (
            one(reply("200 OK", TEXT, long)),
            "1 rule for all, in its first 512 KiB: the rest is not read",
            "200",
            "robots",
        ),
        (
            one(reply("200 OK", TEXT, half)),
            "0 rules for all, in its first 512 KiB: the rest is not read",
            "200",
            "200",
        ),
    ];
    let started: Vec<_> = cases
        .into_iter()
        .map(|(robots, told, start, no)| {
            let mut pages = pages(&[("/", links(&["/no"])), ("/no", page(""))]);
            pages.extend(robots);
            let server = Server::start(pages);
            // Nobody waits for what does not come, and what comes has its time on a busy machine.
            let limit = if told.starts_with("no answer") { 1 } else { PATIENT };
            let running = within(&server, limit).start();
            (running, server, told.to_owned(), start, no)
        })
        .collect();
    for (running, server, told, start, no) in started {
        let run = running.wait();
        let report = report(&run, &server);
        let told = format!("[robots.txt of http://here] {told}");
        let stories = here(run.stderr(), &server);
        assert!(stories.lines().any(|line| line == told), "no `{told}` in\n{stories}");
        let status = |url: &str| {
            let line = report.iter().find(|line| line.split(' ').nth(1) == Some(url));
            line.map_or("-", |line| line.split(' ').next().unwrap()).to_owned()
        };
        assert_eq!(
            (status("http://here/").as_str(), status("http://here/no").as_str()),
            (start, no),
            "{told}"
        );
    }
}

#[test]
fn links_are_found_whatever_the_content_type_looks_like() {
    let html =
        |kind: &str| reply("200 OK", &format!("Content-Type: {kind}\r\n"), b"<a href=/\xfcber>");
    let server = Server::start(pages(&[
        ("/", links(&["/1", "/2", "/3", "/4", "/5"])),
        ("/1", html("TEXT/HTML;CHARSET=ISO-8859-1")),
        ("/2", html("Text/Html ; version=\"1\" ; charset=\"iso-8859-2\"")),
        ("/3", reply("200 OK", "Content-Type: APPLICATION/XHTML+XML\r\n", "<a href='/6'/>")),
        ("/4", reply("200 OK", "Content-Type: text/htmlish\r\n", "<a href=/not-html>")),
        ("/5", reply("200 OK", "Content-Type: text/plain; note=html\r\n", "<a href=/plain>")),
        ("/%C3%BCber", page("")),
        ("/6", page("")),
    ]));
    let run = crawl(&server).run();
    let urls = ["/", "/%C3%BCber", "/1", "/2", "/3", "/4", "/5", "/6"];
    assert_eq!(report(&run, &server)[..8], urls.map(|path| format!("200 http://here{path}")));
    let heads = server.asked();
    let asks_plainly = |head: &str| head.to_lowercase().contains("accept-encoding: identity\r\n");
    assert!(heads.iter().all(|asked| asks_plainly(&asked.head)), "{}", heads[0].head);
}

#[test]
fn what_is_not_all_of_an_answer_is_told() {
    let cut = |length: usize| {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n");
        format!("{head}\r\n<a href=/behind>here</a> and").into_bytes()
    };
    let chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n\
                   18\r\n<a href=/behind>ok</a>  \r\n";
    let packed = "Content-Type: text/html\r\nContent-Encoding: GZIP\r\n";
    let plain = "Content-Type: text/html\r\nContent-Encoding: identity\r\n";
    let server = Server::start(pages(&[
        (
            "/",
            links(&["/cut", "/chunks", "/packed", "/plain", "/nowhere", "/mail", "/bad", "/round"]),
        ),
        ("/cut", cut(1000)),
        ("/chunks", chunked.into()),
        ("/behind", page("")),
        ("/packed", reply("200 OK", packed, b"\x1f\x8b\x08\0<a href=/lost>")),
        ("/plain", reply("200 OK", plain, "<a href=/behind-plain>")),
        ("/behind-plain", page("")),
        ("/nowhere", reply("301 Moved", "", "")),
        ("/mail", reply("302 Found", "Location: mailto:nobody@site.test\r\n", "")),
        ("/bad", reply("308 Moved", "Location: http://[\r\n", "")),
        ("/round", reply("302 Found", "Location: /round\r\n", "")),
    ]));
    let run = crawl(&server).run();
    let expected = "
        200 http://here/
        308 http://here/bad (no usable Location)
        200 http://here/behind
        200 http://here/behind-plain
        200 http://here/chunks (cut by the connection)
        200 http://here/cut (cut by the connection)
        302 http://here/mail (no usable Location)
        301 http://here/nowhere (no usable Location)
        200 http://here/packed (gzip: not read)
        200 http://here/plain
        302 http://here/round -> http://here/round
        dead: http://here/bad (308), linked from http://here/
        dead: http://here/mail (302), linked from http://here/
        dead: http://here/nowhere (301), linked from http://here/
        11 addresses: 7 alive, 1 moved, 3 dead, 0 not looked at";
    assert_eq!(report(&run, &server), lines(expected));
}

#[test]
fn a_start_page_that_has_moved_to_nowhere_is_not_alive() {
    let server = Server::start(pages(&[("/", reply("301 Moved", "", ""))]));
    crawl(&server).run().exits(1);
}

#[test]
fn a_chain_of_redirects_has_a_limit_of_its_own() {
    let moved = |to: u32| reply("302 Found", &format!("Location: /{to}\r\n"), "");
    let mut all = pages(&[("/", links(&["/1", "/51"])), ("/60", page(""))]);
    all.extend((1..60).map(|n| (format!("/{n}"), vec![moved(n + 1)])));
    let server = Server::start(all);
    let run = crawl(&server).run();
    let report = report(&run, &server);
    assert!(report.contains(&"302 http://here/11 (more than 10 moves in a row)".to_owned()));
    assert!(report.contains(&"dead: http://here/11 (302), linked from http://here/10".to_owned()));
    // Nine moves are none too many.
    assert!(report.contains(&"200 http://here/60".to_owned()));
    assert_eq!(report.last().unwrap(), "22 addresses: 2 alive, 19 moved, 1 dead, 0 not looked at");
}

#[test]
fn a_server_says_when_it_wants_to_be_asked_again() {
    let busy = |after: &str| reply("503 Busy", &format!("Retry-After: {after}\r\n"), "");
    // Its date is in whole seconds, so it may be one second less from here.
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3));
    let server = Server::start(
        [
            ("/", vec![links(&["/seconds", "/date", "/past", "/day", "/limited", "/odd"])]),
            ("/seconds", vec![busy("1"), page("")]),
            ("/date", vec![busy(&date), page("")]),
            ("/past", vec![busy("Sun, 06 Nov 1994 08:49:37 GMT"), page("")]),
            ("/day", vec![busy("86400"), page("")]),
            ("/limited", vec![reply("429 Too Many", "Retry-After: 1\r\n", ""), page("")]),
            ("/odd", vec![busy("soon"), page("")]),
        ]
        .map(|(path, answers)| (path.to_owned(), answers))
        .into(),
    );
    let run = crawl(&server).flags("--retries 1 --workers 10").run();
    let expected = "
        200 http://here/
        200 http://here/date (2 tries)
        503 http://here/day (retry after 86400 s)
        429 http://here/limited (retry after 1 s)
        200 http://here/odd (2 tries)
        200 http://here/past (2 tries)
        200 http://here/seconds (2 tries)
        dead: http://here/day (503), linked from http://here/
        dead: http://here/limited (429), linked from http://here/
        7 addresses: 5 alive, 0 moved, 2 dead, 0 not looked at";
    assert_eq!(report(&run, &server), lines(expected));
    let asked = server.asked();
    for (path, at_least_ms) in [("/seconds", 1000), ("/date", 1000), ("/odd", 200)] {
        let at: Vec<_> = asked.iter().filter(|asked| asked.path() == path).map(|a| a.at).collect();
        let paused = at[1] - at[0];
        assert!(paused >= Duration::from_millis(at_least_ms), "{path}: {paused:?}");
    }
}

#[test]
fn crawls_beside_each_other_do_not_disturb_each_other() {
    let servers = ["left", "right"].map(|name| {
        let behind = format!("/{name}");
        Server::start(pages(&[("/", links(&[&behind])), (&behind, page(""))]))
    });
    let own: Vec<_> = servers.iter().map(|server| crawl(server).start()).collect();
    let built_in = || program!("09-web-crawler").flags("--timeout 4").pace("real");
    let built_in: Vec<_> = (0..2).map(|_| built_in().start()).collect();
    for ((running, server), name) in own.into_iter().zip(&servers).zip(["left", "right"]) {
        let found = report(&running.wait(), server);
        assert_eq!(found[..2], ["200 http://here/".to_owned(), format!("200 http://here/{name}")]);
        assert_eq!(found[2], "2 addresses: 2 alive, 0 moved, 0 dead, 0 not looked at");
    }
    let reports = built_in.into_iter().map(|running| running.wait().stdout().to_owned());
    let reports: Vec<_> = reports.collect();
    assert!(reports[0].contains("\n29 addresses: "), "{}", reports[0]);
    assert!(reports.iter().all(|report| *report == reports[0]));
}

#[test]
fn the_report_takes_from_pages_what_it_is_told_to() {
    let html = "<!doctype html><title> Much\n ado </title><h1>About <em>nothing</em></h1>\
                <script>let words = '<b>not these</b>';</script><style>p { color: red }</style>\
                <p>He<b>re</b> we go<br>again &amp; again<h2></h2><h3>The\u{1b}[31m end</h3>";
    let server =
        Server::start(pages(&[("/", page(html)), ("/robots.txt", reply("404 Not Found", "", ""))]));
    let plain = "
        200 http://here/
        1 addresses: 1 alive, 0 moved, 0 dead, 0 not looked at";
    assert_eq!(report(&crawl(&server).run(), &server), lines(plain));
    for (what, taken) in [
        ("words", "content: http://here/ \"Much ado\", 10 words"),
        ("headings", "content: http://here/ About nothing | The[31m end"),
    ] {
        let run = crawl(&server).flag("--take", what).run();
        let mut expected = lines(plain);
        expected.insert(1, taken.to_owned());
        assert_eq!(report(&run, &server), expected);
    }
}

fn pages(pages: &[(&str, Vec<u8>)]) -> Pages {
    pages.iter().map(|(path, answer)| ((*path).to_owned(), vec![answer.clone()])).collect()
}

fn crawl(server: &Server) -> Program {
    within(server, PATIENT)
}

fn within(server: &Server, timeout_s: u32) -> Program {
    let program = program!("09-web-crawler").flag("--url", server.url());
    program.flag("--timeout", timeout_s).pace("real")
}

/// The lines of the report, without their heading, and without the port.
fn report(run: &Run, server: &Server) -> Vec<String> {
    here(run.stdout(), server).lines().skip(1).map(str::to_owned).collect()
}

fn here(text: &str, server: &Server) -> String {
    text.replace(server.url().trim_end_matches('/'), "http://here")
}

fn lines(text: &str) -> Vec<String> {
    text.trim().lines().map(|line| line.trim().to_owned()).collect()
}
