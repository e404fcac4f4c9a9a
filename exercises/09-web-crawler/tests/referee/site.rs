//! The site as it is: what each address says, and what its host allows. It is read from the files that the program
//! comes with, so it stands nowhere twice.

#[allow(dead_code, reason = "the program takes more of it")]
#[path = "../../src/content.rs"]
mod content;
#[allow(dead_code, reason = "the program takes more of it")]
#[path = "../../src/html.rs"]
mod html;
#[allow(dead_code, reason = "the program takes more of it")]
#[path = "../../src/pages.rs"]
mod pages;
#[allow(dead_code, reason = "the program takes more of it")]
#[path = "../../src/robots.rs"]
mod robots;

use pages::{Body, Head, Reply};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderName, LOCATION, RETRY_AFTER};
use robots::Robots;
use std::time::{Duration, SystemTime};
use url::Url;

/// The name that a robots.txt calls the crawler by.
const AGENT: &str = "handoff";

/// So much is read of a page.
const MOST_BYTES: usize = 512 * 1024;

/// So many moves in a row are followed for a robots.txt.
const MOST_MOVES_OF_ROBOTS: usize = 5;

/// The longest that the network that is made up takes for an answer, beside what the page itself takes.
pub(super) const LONGEST: Duration = Duration::from_millis(980);

/// What an address says when it is asked once.
pub(super) enum Said {
    /// Nothing, however long one waits.
    Never,
    /// There is no such host.
    NoHost,
    Answer(Answer),
}

/// An answer.
#[derive(Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) location: Option<Url>,
    pub(super) links: Vec<Url>,
    pub(super) retry_after: Option<Duration>,
    pub(super) note: Option<String>,
    pub(super) content: Option<String>,
    /// How long it takes at the most.
    pub(super) takes: Duration,
}

/// What a host lets a crawler look at.
pub(super) enum Permit {
    Nothing,
    NoHost,
    By(Robots),
}

impl Permit {
    pub(super) fn allows(&self, url: &Url) -> bool {
        matches!(self, Permit::By(robots) if robots.allow(url))
    }
}

/// The pages, and how often each was asked for.
#[derive(Default)]
pub(super) struct Site(pages::Site);

impl Site {
    /// Asks once. What is to be taken from the page is named as for `--take`.
    pub(super) fn ask(&self, url: &Url, take: Option<&str>) -> Said {
        let (head, body) = match self.0.reply(url.as_str()) {
            Reply::NoHost => return Said::NoHost,
            Reply::Silence | Reply::Answer(_, Body::NeverEnds) => return Said::Never,
            Reply::Answer(head, body) => (head, body),
        };
        let location = header(&head, LOCATION).and_then(|target| url.join(&target).ok());
        let mut answer = Answer {
            status: head.status,
            location: location.map(html::without_fragment),
            retry_after: retry_after(&head),
            takes: head.delay + LONGEST,
            ..Answer::default()
        };
        let kind = header(&head, CONTENT_TYPE).unwrap_or_default();
        if (200..300).contains(&head.status) && html::is_html(&kind) {
            let (text, note) = text(&head, body);
            answer.links = html::links(url, &text);
            let take = take.and_then(|name| content::kind(name).ok());
            answer.content = take.filter(|_| !text.is_empty()).map(|take| take(&text));
            answer.note = note;
        }
        Said::Answer(answer)
    }

    /// What the robots.txt of an address's host says, and all addresses that are asked for to know it.
    pub(super) fn permit(&self, url: &Url) -> (Permit, Vec<Url>) {
        let mut address = url.join("/robots.txt").expect("each host has one");
        let mut asked = Vec::new();
        for _ in 0..=MOST_MOVES_OF_ROBOTS {
            asked.push(address.clone());
            let (head, body) = match self.0.reply(address.as_str()) {
                Reply::NoHost if asked.len() == 1 => return (Permit::NoHost, asked),
                Reply::Answer(head, body) => (head, body),
                Reply::NoHost | Reply::Silence => return (Permit::Nothing, asked),
            };
            let target = header(&head, LOCATION).and_then(|target| address.join(&target).ok());
            match (head.status, target) {
                (200..300, _) => {
                    let robots = Robots::read(&text(&head, body).0, AGENT);
                    return (Permit::By(robots), asked);
                }
                (300..400, Some(target)) => address = target,
                (500.., _) => return (Permit::Nothing, asked),
                _ => break,
            }
        }
        (Permit::By(Robots::default()), asked)
    }
}

/// The text of an answer, and why it is not all of it.
fn text(head: &Head, body: Body) -> (String, Option<String>) {
    if let Some(encoding) = header(head, CONTENT_ENCODING) {
        return (String::new(), Some(format!("{encoding}: not read")));
    }
    let (mut bytes, is_broken) = match body {
        Body::Whole(bytes) => (bytes.into_owned(), false),
        Body::Breaks(bytes) => (bytes, true),
        Body::NeverEnds => (Vec::new(), true),
    };
    let note = match (bytes.len() > MOST_BYTES, is_broken) {
        (true, _) => Some("cut".to_owned()),
        (false, true) => Some("cut by the connection".to_owned()),
        (false, false) => None,
    };
    bytes.truncate(MOST_BYTES);
    (html::decode(&bytes, &header(head, CONTENT_TYPE).unwrap_or_default()), note)
}

/// A number of seconds, or a date on the server's own clock.
fn retry_after(head: &Head) -> Option<Duration> {
    let text = header(head, RETRY_AFTER)?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: String| httpdate::parse_http_date(&text).ok();
    let now = header(head, DATE).and_then(date).unwrap_or_else(SystemTime::now);
    Some(date(text)?.duration_since(now).unwrap_or_default())
}

fn header(head: &Head, name: HeaderName) -> Option<String> {
    Some(head.headers().get(name)?.to_str().ok()?.to_owned())
}
