//! The network: a real client, or one that is made up; and what an answer says.

use crate::pages::Site;
use crate::robots::Robots;
use crate::site;
use crate::stub::{self, Stub};
use crate::{Args, tokio};
use encoding_rs::{Encoding, UTF_8};
use html5gum::{Token, Tokenizer};
use reqwest::header::{CONTENT_TYPE, HeaderName, LOCATION};
use reqwest::{Client, redirect};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;
use tokio::time::{Duration, timeout};
use url::Url;

/// The name that a robots.txt calls this crawler by.
pub(crate) const AGENT: &str = "handoff";

/// Without it, no https.
pub(crate) const HAS_TLS: bool = cfg!(feature = "tls");

/// A page is read so far; what comes behind is not looked at.
const MOST_BYTES: usize = 512 * 1024;

/// What a page said.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) moved_to: Option<Url>,
    pub(crate) links: Vec<Url>,
    /// Whether it was too long to be read to its end.
    pub(crate) is_cut: bool,
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
    /// Why a page that is forbidden is.
    pub(crate) fn to_look(url: &Url) -> Failure {
        if url.scheme() == "https" && !HAS_TLS { Failure::NeedsTls } else { Failure::Robots }
    }

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

pub(crate) struct Net {
    source: Source,
    robots: Mutex<BTreeMap<String, Arc<OnceCell<Robots>>>>,
    time_limit: Duration,
}

enum Source {
    Real(Client),
    Stub(Stub),
}

impl Net {
    /// Serves the built-in site if the crawl starts there. Then no other host can be reached.
    pub(crate) async fn open(args: &Args) -> Result<Net, String> {
        let is_built_in = args.url.domain().is_some_and(|host| host.ends_with(".test"));
        let source = match (args.stub, is_built_in) {
            (true, true) => Source::Stub(Stub::new(Site::default(), args.seed)),
            (true, false) => {
                return Err(format!("'--stub' knows the hosts in .test, not {}", args.url));
            }
            (false, _) => {
                // It may be there already, and that is as good.
                #[cfg(feature = "tls")]
                let _ = rustls::crypto::ring::default_provider().install_default();
                // A redirect is a page of its own here, so that no target is asked for twice.
                let client = Client::builder().user_agent(AGENT).redirect(redirect::Policy::none());
                let client = if is_built_in {
                    let site = site::serve(Site::default()).await;
                    let directory = site.map_err(|error| format!("the built-in site: {error}"))?;
                    client.no_proxy().dns_resolver(Arc::new(directory))
                } else {
                    client
                };
                Source::Real(client.build().map_err(|error| error.to_string())?)
            }
        };
        Ok(Net { source, robots: Mutex::default(), time_limit: args.time_limit() })
    }

    /// Asks for a page, and waits until its answer begins.
    pub(crate) async fn get(&self, url: &Url) -> Result<Response, Failure> {
        let url = url.clone();
        match &self.source {
            Source::Real(client) => {
                let response = client.get(url.clone()).send().await;
                let response = response.map_err(|_| Failure::Unreachable)?;
                let header = |name: HeaderName| -> Option<String> {
                    Some(String::from_utf8_lossy(response.headers().get(name)?.as_bytes()).into())
                };
                let (location, content_type) = (header(LOCATION), header(CONTENT_TYPE));
                Ok(Response {
                    url,
                    status: response.status().as_u16(),
                    location,
                    content_type: content_type.unwrap_or_default(),
                    body: Body::Real(response),
                })
            }
            Source::Stub(stub) => {
                let (head, rest) = stub.get(&url).await?;
                Ok(Response {
                    url,
                    status: head.status,
                    location: head.location.map(str::to_owned),
                    content_type: head.content_type.to_owned(),
                    body: Body::Made(rest),
                })
            }
        }
    }

    /// Whether this page is not to be looked at. A robots.txt is asked for once at each host.
    pub(crate) async fn forbids(&self, url: &Url) -> bool {
        if url.scheme() == "https" && !HAS_TLS {
            return true;
        }
        let cell = {
            let mut robots = self.robots.lock().unwrap();
            Arc::clone(robots.entry(url.authority().to_owned()).or_default())
        };
        !cell.get_or_init(|| self.robots_of(url)).await.allow(url)
    }

    async fn robots_of(&self, url: &Url) -> Robots {
        let Ok(address) = url.join("/robots.txt") else { return Robots::default() };
        let text = async {
            let response = self.get(&address).await?;
            Ok::<_, Failure>((response.status, response.text().await?.0))
        };
        match timeout(self.time_limit, text).await {
            Ok(Ok((200..300, text))) => Robots::read(&text, AGENT),
            // A site in trouble can't say what it allows: https://www.rfc-editor.org/rfc/rfc9309
            Ok(Ok((500.., _))) => Robots::read("User-agent: *\nDisallow: /", AGENT),
            _ => Robots::default(),
        }
    }
}

/// An answer that has begun.
pub(crate) struct Response {
    url: Url,
    status: u16,
    location: Option<String>,
    content_type: String,
    body: Body,
}

enum Body {
    Real(reqwest::Response),
    Made(stub::Rest),
}

impl Response {
    /// Waits for the rest of the answer, and finds its links.
    pub(crate) async fn read(self) -> Result<Answer, Failure> {
        let (url, status) = (self.url.clone(), self.status);
        let mut answer = Answer { status, moved_to: None, links: Vec::new(), is_cut: false };
        if (300..400).contains(&status) {
            let target = self.location.as_ref().and_then(|location| url.join(location).ok());
            answer.moved_to = target.map(without_fragment);
        } else if status < 300 && self.content_type.contains("html") {
            let (text, is_cut) = self.text().await?;
            (answer.links, answer.is_cut) = (links(&url, &text), is_cut);
        }
        Ok(answer)
    }

    /// The body as text, and whether it was cut.
    async fn text(self) -> Result<(String, bool), Failure> {
        let mut bytes = match self.body {
            Body::Made(rest) => rest.read().await,
            Body::Real(mut response) => {
                let mut bytes = Vec::new();
                while bytes.len() <= MOST_BYTES
                    && let Some(chunk) = response.chunk().await.map_err(|_| Failure::Unreachable)?
                {
                    bytes.extend_from_slice(&chunk);
                }
                bytes
            }
        };
        let is_cut = bytes.len() > MOST_BYTES;
        bytes.truncate(MOST_BYTES);
        let charset = self.content_type.split("charset=").nth(1).unwrap_or_default();
        let charset = charset.split(';').next().unwrap_or_default().trim_matches('"');
        let encoding = Encoding::for_label(charset.as_bytes()).unwrap_or(UTF_8);
        Ok((encoding.decode(&bytes).0.into_owned(), is_cut))
    }
}

/// Where the `<a>`s of a page lead, in their order.
fn links(page: &Url, html: &str) -> Vec<Url> {
    let (mut base, mut found) = (page.clone(), Vec::new());
    for Ok(token) in Tokenizer::new(html) {
        let Token::StartTag(tag) = token else { continue };
        let Some(href) = tag.attributes.get(&b"href"[..]) else { continue };
        let Ok(url) = base.join(&String::from_utf8_lossy(href)) else { continue };
        match &tag.name[..] {
            b"base" => base = url,
            b"a" | b"area" if matches!(url.scheme(), "http" | "https") => {
                found.push(without_fragment(url));
            }
            _ => {}
        }
    }
    found
}

/// `#here` is a place on a page, and no other page.
pub(crate) fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}
