//! The built-in site: a few hosts in `.test`, a domain that no real host can have.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

type Headers = &'static [(&'static str, &'static str)];

/// What is at an address.
enum Page {
    /// Links to these addresses.
    Links(&'static [&'static str]),
    /// The same, but only after so many milliseconds.
    Slow(u64, &'static [&'static str]),
    /// This kind of content, byte for byte.
    Raw(&'static str, &'static [u8]),
    Moved(&'static str),
    /// Trouble (500) so many times, and then links.
    Trouble(u32, &'static [&'static str]),
    /// This status and these headers so many times, and then links.
    Busy(u32, u16, Headers, &'static [&'static str]),
    /// This status, these headers, and this content.
    Odd(u16, Headers, &'static [u8]),
    /// Links, and then the connection breaks.
    Breaks(&'static [&'static str]),
    /// Never answers.
    Silent,
    /// Never answers.
    /// Begins to answer, and never ends.
    Drips,
    /// Two million bytes, and a link at the end.
    Huge,
}

use Page::{Breaks, Busy, Drips, Huge, Links, Moved, Odd, Raw, Silent, Slow, Trouble};

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

const PAGES: &[(&str, Page)] = &[
    (
        "http://site.test/",
        Links(&[
            "/about",
            "HTTP://Site.test:80/./about#team",
            "/news/",
            "/odd/",
            "/old",
            "/missing",
            "/unstable",
            "/silent",
            "/huge",
            "/private/",
            "/private/open",
            "http://other.test/",
            "http://gone.test/",
            "mailto:nobody@site.test",
        ]),
    ),
    (
        "http://site.test/robots.txt",
        Raw(TEXT, b"User-agent: *\nDisallow: /private/ # but for one\nAllow: /private/open\nDisallow: /*.cgi$\n\nUser-agent: another\nDisallow: /\n"),
    ),
    ("http://site.test/about", Links(&["/", "/about", "team"])),
    ("http://site.test/team", Links(&["/about", "/news/", "/missing"])),
    ("http://site.test/news/", Links(&["1", "2", "../", "?page=2", "http://other.test/"])),
    ("http://site.test/news/1", Links(&["2", "/count.cgi", "/count.cgi?of=1"])),
    ("http://site.test/news/2", Links(&["1", "/old"])),
    ("http://site.test/news/?page=2", Links(&["3", "/news/"])),
    ("http://site.test/news/3", Moved("../round/1")),
    ("http://site.test/round/1", Moved("2")),
    ("http://site.test/round/2", Moved("1")),
    ("http://site.test/old", Moved("http://site.test/new")),
    ("http://site.test/new", Links(&["/", "/picture.png"])),
    ("http://site.test/picture.png", Raw("image/png", b"\x89PNG <a href=/not-a-link>")),
    ("http://site.test/count.cgi?of=1", Raw(TEXT, b"1")),
    ("http://site.test/unstable", Trouble(2, &["/behind-unstable"])),
    ("http://site.test/behind-unstable", Links(&["/"])),
    ("http://site.test/silent", Silent),
    ("http://site.test/huge", Huge),
    ("http://site.test/private/open", Links(&["/private/"])),
    // Odd, and to be found on real sites.
    (
        "http://site.test/odd/",
        Raw(
            HTML,
            "<A HREF=tags>no quotes, no end<p><a class='x' href='/odd/caf\u{e9}'><!-- <a href=/comment> -->\
             <a href=\"/odd/?q=1&amp;r=&lt;2&gt;\"><a href=http://[broken><a name=no-href>"
                .as_bytes(),
        ),
    ),
    ("http://site.test/odd/tags", Raw("text/html", b"<base href=/odd/base/><a href=../latin-1>")),
    ("http://site.test/odd/latin-1", Raw("text/html; charset=iso-8859-1", b"<a href=/odd/caf\xe9>")),
    ("http://site.test/odd/caf%C3%A9", Raw("text/html; charset=Shift_JIS", b"<a href=/odd/\x93\xfa\x96\x7b>")),
    ("http://site.test/odd/%E6%97%A5%E6%9C%AC", Raw("text/html", b"\xff\xfe\x00 \x80\x81 <a href=/odd/>")),
    ("http://site.test/odd/?q=1&r=%3C2%3E", Links(&[])),
    // Another host: looked at, and not followed.
    ("http://other.test/", Links(&["/further", "http://site.test/"])),
    ("http://other.test/robots.txt", Raw(TEXT, b"User-agent: *\nDisallow: /\n\nuser-agent: Handoff\nallow: /\n")),
    // Takes its time.
    ("http://slow.test/", Links(&["/fast/1", "/slow"])),
    ("http://slow.test/fast/1", Links(&["/fast/2"])),
    ("http://slow.test/fast/2", Links(&[])),
    ("http://slow.test/slow", Slow(5000, &["/slow/1", "/fast/1"])),
    ("http://slow.test/slow/1", Links(&["http://other.test/", "http://site.test/about"])),
    // Begins, and does not end.
    ("http://drip.test/", Links(&["/drip", "/silent", "/1"])),
    ("http://drip.test/drip", Drips),
    ("http://drip.test/silent", Silent),
    ("http://drip.test/1", Links(&["/2"])),
    ("http://drip.test/2", Links(&[])),
    // Many pages, and two of other hosts behind them.
    (
        "http://many.test/",
        Links(&["/1", "/2", "/3", "/4", "/silent", "/5", "/6", "http://few.test/1", "http://few.test/2"]),
    ),
    ("http://many.test/1", Links(&["/2"])),
    ("http://many.test/2", Links(&["/1"])),
    ("http://many.test/3", Links(&["/missing"])),
    ("http://many.test/4", Moved("/1")),
    ("http://many.test/5", Links(&[])),
    ("http://many.test/6", Links(&[])),
    ("http://many.test/silent", Silent),
    ("http://few.test/1", Links(&[])),
    ("http://few.test/2", Links(&[])),
    // Has trouble.
    ("http://trouble.test/", Links(&["/once", "/twice", "/always", "/missing"])),
    ("http://trouble.test/once", Trouble(1, &["/behind-once"])),
    ("http://trouble.test/twice", Trouble(2, &["/behind-twice"])),
    ("http://trouble.test/always", Trouble(u32::MAX, &[])),
    ("http://trouble.test/behind-once", Links(&[])),
    ("http://trouble.test/behind-twice", Links(&["/behind-once"])),
    // Rough, as the web is.
    (
        "http://rough.test/",
        Links(&[
            "/capitals",
            "/packed",
            "/breaks",
            "/nowhere",
            "/bad-location",
            "/on/1",
            "/soon",
            "/busy",
            "/dated",
            "/long",
            "/limited",
        ]),
    ),
    ("http://rough.test/robots.txt", Moved("/rules")),
    ("http://rough.test/rules", Raw(TEXT, b"User-agent: another\nUser-agent: handoff/1.0\nDisallow:\n\nUser-agent: *\nDisallow: /\n")),
    ("http://rough.test/capitals", Raw("TEXT/HTML; Version=1; CharSet=\"ISO-8859-1\"", b"<a href=/behind/caf\xe9>")),
    ("http://rough.test/behind/caf%C3%A9", Links(&[])),
    ("http://rough.test/packed", Odd(200, &[("content-type", HTML), ("content-encoding", "gzip")], b"\x1f\x8b\x08\0")),
    ("http://rough.test/breaks", Breaks(&["/behind/breaks"])),
    ("http://rough.test/behind/breaks", Links(&[])),
    ("http://rough.test/nowhere", Odd(301, &[], b"")),
    ("http://rough.test/bad-location", Odd(301, &[("location", "http://[")], b"")),
    ("http://rough.test/soon", Busy(1, 503, &[("retry-after", "1")], &["/behind/soon"])),
    ("http://rough.test/behind/soon", Links(&[])),
    // So often that the usual pause becomes longer than the one it asks for.
    ("http://rough.test/busy", Busy(4, 503, &[("retry-after", "1")], &[])),
    (
        "http://rough.test/dated",
        Busy(
            1,
            503,
            &[
                ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"),
            ],
            &[],
        ),
    ),
    ("http://rough.test/long", Busy(u32::MAX, 503, &[("retry-after", "86400")], &[])),
    ("http://rough.test/limited", Busy(u32::MAX, 429, &[("retry-after", "3")], &[])),
    // The short way to /hall takes longer than the long one.
    ("http://maze.test/", Links(&["/short", "/long/1"])),
    ("http://maze.test/short", Slow(1500, &["/hall"])),
    ("http://maze.test/long/1", Links(&["/long/2"])),
    ("http://maze.test/long/2", Links(&["/hall"])),
    ("http://maze.test/hall", Links(&["/room/1"])),
    ("http://maze.test/room/1", Links(&["/room/2"])),
    ("http://maze.test/room/2", Links(&[])),
];

/// What stands above an answer.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) status: u16,
    lines: Lines,
    /// How long it takes until it comes.
    pub(crate) delay: Duration,
}

impl Head {
    pub(crate) fn headers(&self) -> HeaderMap {
        let lines = self.lines.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("the pages have proper headers");
            (HeaderName::from_static(name), value)
        });
        lines.collect()
    }
}

pub(crate) enum Reply {
    Answer(Head, Body),
    Silence,
    NoHost,
}

pub(crate) enum Body {
    Whole(Cow<'static, [u8]>),
    /// This is all that comes before the connection breaks.
    Breaks(Vec<u8>),
    NeverEnds,
}

/// The pages, and who has been asked how often.
#[derive(Default)]
pub(crate) struct Site {
    troubles: Mutex<BTreeMap<String, u32>>,
}

impl Site {
    /// Whether any page is on this host.
    pub(crate) fn has_host(&self, host: &str) -> bool {
        PAGES.iter().any(|(address, _)| host_of(address) == host)
    }

    pub(crate) fn reply(&self, address: &str) -> Reply {
        let page = PAGES.iter().find(|(known, _)| *known == address).map(|(_, page)| page);
        let mut delay = Duration::ZERO;
        let (status, lines, body) = match page {
            Some(Silent) => return Reply::Silence,
            None if !self.has_host(host_of(address)) => return Reply::NoHost,
            None => match next_of_endless(address) {
                Some(next) => (301, vec![("location", Cow::Owned(next))], Body::Whole(b"".into())),
                None => whole(404, HTML, b"not here"),
            },
            Some(Trouble(times, _)) if self.has_trouble(address, *times) => {
                whole(500, HTML, b"in a moment, maybe")
            }
            Some(Busy(times, status, headers, _)) if self.has_trouble(address, *times) => {
                (*status, given(headers), Body::Whole(b"not now".into()))
            }
            Some(Moved(target)) => (301, given(&[("location", target)]), Body::Whole(b"".into())),
            Some(Slow(ms, links)) => {
                delay = Duration::from_millis(*ms);
                whole(200, HTML, html(links))
            }
            Some(Links(links) | Trouble(_, links) | Busy(_, _, _, links)) => {
                whole(200, HTML, html(links))
            }
            Some(Raw(kind, bytes)) => whole(200, kind, *bytes),
            Some(Odd(status, headers, bytes)) => {
                (*status, given(headers), Body::Whole((*bytes).into()))
            }
            Some(Huge) => {
                let words = "Much ado. ".repeat(200_000);
                whole(200, HTML, format!("{words}<a href=/too-far>").into_bytes())
            }
            Some(Breaks(links)) => (200, kind(HTML), Body::Breaks(html(links))),
            Some(Drips) => (200, kind(HTML), Body::NeverEnds),
        };
        Reply::Answer(Head { status, lines, delay }, body)
    }

    /// Counts how often a page was asked for, and tells whether it still has trouble.
    fn has_trouble(&self, address: &str, times: u32) -> bool {
        let mut troubles = self.troubles.lock().unwrap();
        let asked = troubles.entry(address.to_owned()).or_default();
        *asked += 1;
        *asked <= times
    }
}

type Lines = Vec<(&'static str, Cow<'static, str>)>;

fn given(headers: &[(&'static str, &'static str)]) -> Lines {
    headers.iter().map(|(name, value)| (*name, (*value).into())).collect()
}

fn kind(content_type: &'static str) -> Lines {
    given(&[("content-type", content_type)])
}

fn whole(
    status: u16,
    content_type: &'static str,
    body: impl Into<Cow<'static, [u8]>>,
) -> (u16, Lines, Body) {
    (status, kind(content_type), Body::Whole(body.into()))
}

/// Each of these pages has moved to the next one, and there is no last one.
fn next_of_endless(address: &str) -> Option<String> {
    let number: u64 = address.strip_prefix("http://rough.test/on/")?.parse().ok()?;
    Some((number + 1).to_string())
}

fn html(links: &[&str]) -> Vec<u8> {
    let lines = links.iter().map(|link| format!("<a href=\"{link}\">{link}</a>\n"));
    format!("<!doctype html>\n<title>A page</title>\n{}", lines.collect::<String>()).into_bytes()
}

fn host_of(address: &str) -> &str {
    address.split('/').nth(2).unwrap_or_default()
}
