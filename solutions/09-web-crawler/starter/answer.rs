//! What a page said, or why it said nothing.

use crate::flags::HAS_TLS;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use std::fmt;
use std::time::{Duration, SystemTime};
use url::Url;

/// What a page said.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) moved_to: Option<Url>,
    pub(crate) links: Vec<Url>,
    /// How long the server wants to be left alone, if it said so: `Retry-After`.
    pub(crate) retry_after: Option<Duration>,
    /// Why this is not all that there is to know.
    pub(crate) note: Option<Note>,
    /// What `--take` asked for.
    pub(crate) content: Option<String>,
}

impl Answer {
    /// A page that has moved to nowhere is as dead as one that is missing.
    pub(crate) fn is_dead(&self) -> bool {
        self.status >= 400 || (self.status >= 300 && self.moved_to.is_none())
    }
}

/// Why an answer is not all that there is to know.
#[derive(Clone)]
pub(crate) enum Note {
    /// It was too long to be read to its end.
    Cut,
    /// The connection ended before it did.
    Broken,
    /// It came in a form that nobody asked for, such as gzip.
    Encoded(String),
    /// It has moved, and does not say where to.
    Nowhere,
    /// It has moved once too often.
    TooManyMoves(u32),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Cut => f.write_str("cut"),
            Note::Broken => f.write_str("cut by the connection"),
            Note::Encoded(encoding) => write!(f, "{encoding}: not read"),
            Note::Nowhere => f.write_str("no usable Location"),
            Note::TooManyMoves(most) => write!(f, "more than {most} moves in a row"),
        }
    }
}

/// Why a page said nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    Timeout,
    Unreachable,
    /// The site's robots.txt asks not to look at it.
    Robots,
    /// It is an https address, and this program was built without the feature `tls`.
    NeedsTls,
}

impl Failure {
    /// Whether nobody even asked for the page.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Failure::Robots | Failure::NeedsTls)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::Timeout => "timeout",
            Failure::Unreachable => "unreachable",
            Failure::Robots => "robots",
            Failure::NeedsTls => "needs-tls",
        })
    }
}

pub(crate) fn needs_tls(url: &Url) -> bool {
    url.scheme() == "https" && !HAS_TLS
}

/// A number of seconds or a date, and a date is one on the server's own clock.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = header(headers, RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large for us is a long time all the same.
        return Some(Duration::from_secs(text.parse().unwrap_or(u32::MAX).into()));
    }
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let now = header(headers, DATE).as_deref().and_then(date).unwrap_or_else(SystemTime::now);
    Some(date(&text)?.duration_since(now).unwrap_or_default())
}

pub(crate) fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).trim().to_owned())
}
