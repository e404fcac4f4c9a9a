//! The wire: a real client, or a network that is made up.

use crate::answer::{Failure, Note, header};
use crate::flags::Args;
use crate::html;
use crate::pages::Site;
use crate::site;
use crate::stub::{self, Stub};
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION,
};
use reqwest::{Client, ClientBuilder, redirect};
use std::sync::Arc;
use url::{Host, Url};

/// The name that a robots.txt calls this crawler by.
pub(crate) const AGENT: &str = "handoff";

/// A page is read so far; what comes behind is not looked at.
const MOST_BYTES: usize = 512 * 1024;

pub(crate) enum Wire {
    Real(Client),
    Stub(Stub),
}

impl Wire {
    /// Serves the built-in site if the crawl starts there. Then no other host can be reached.
    pub(crate) async fn open(args: &Args) -> Result<Wire, String> {
        let is_built_in = args.url.domain().is_some_and(|host| host.ends_with(".test"));
        if args.stub {
            return if is_built_in {
                Ok(Wire::Stub(Stub::new(Site::default(), args.seed)))
            } else {
                Err(format!("'--stub' knows the hosts in .test, not {}", args.url))
            };
        }
        let mut client = client(args)?;
        if is_loopback(&args.url) {
            // What a proxy finds there is its own machine.
            client = client.no_proxy();
        }
        if is_built_in {
            let site = site::serve(Site::default()).await;
            let directory = site.map_err(|error| format!("the built-in site: {error}"))?;
            client = client.no_proxy().dns_resolver(Arc::new(directory));
        }
        Ok(Wire::Real(client.build().map_err(|error| error.to_string())?))
    }

    /// Asks for an address, and waits until its answer begins.
    pub(crate) async fn ask(&self, url: &Url) -> Result<Response, Failure> {
        let url = url.clone();
        match self {
            Wire::Real(client) => {
                let response = client.get(url.clone()).send().await;
                let mut response = response.map_err(|_| Failure::Unreachable)?;
                let (status, headers) =
                    (response.status().as_u16(), std::mem::take(response.headers_mut()));
                Ok(Response { url, status, headers, body: Body::Real(response) })
            }
            Wire::Stub(stub) => {
                let (head, rest) = stub.get(&url).await?;
                let headers = head.headers();
                Ok(Response { url, status: head.status, headers, body: Body::Made(rest) })
            }
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A client that takes each answer as it comes: a redirect is a page of its own here, so that no target is
/// asked for twice, and a page that is packed could not be read.
fn client(args: &Args) -> Result<ClientBuilder, String> {
    let plain = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
    let client = Client::builder().user_agent(AGENT).default_headers(plain);
    with_tls(client.redirect(redirect::Policy::none()), args)
}

#[cfg(not(feature = "tls"))]
fn with_tls(client: ClientBuilder, _: &Args) -> Result<ClientBuilder, String> {
    Ok(client)
}

#[cfg(feature = "tls")]
fn with_tls(client: ClientBuilder, args: &Args) -> Result<ClientBuilder, String> {
    // It may be there already, and that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Some(file) = &args.ca else { return Ok(client) };
    let trusted = certificates(file).map_err(|why| format!("'--ca {}': {why}", file.display()))?;
    Ok(client.tls_certs_merge(trusted))
}

/// All of them are looked at here, because the client would only say that it can't be built.
#[cfg(feature = "tls")]
fn certificates(file: &std::path::Path) -> Result<Vec<reqwest::Certificate>, String> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let pem = std::fs::read(file).map_err(|error| error.to_string())?;
    let (mut roots, mut found) = (rustls::RootCertStore::empty(), Vec::new());
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate.clone()).map_err(|error| error.to_string())?;
        found
            .push(reqwest::Certificate::from_der(&certificate).map_err(|error| error.to_string())?);
    }
    if found.is_empty() { Err("it holds no certificate in PEM".to_owned()) } else { Ok(found) }
}

/// An answer that has begun.
pub(crate) struct Response {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: Body,
}

enum Body {
    Real(reqwest::Response),
    Made(stub::Rest),
}

impl Response {
    /// Where the page has moved to, if that is an address that can be asked for.
    pub(crate) fn location(&self) -> Option<Url> {
        let target = self.url.join(&header(&self.headers, LOCATION)?).ok()?;
        html::is_web(&target).then(|| html::without_fragment(target))
    }

    pub(crate) fn is_html(&self) -> bool {
        html::is_html(&self.content_type())
    }

    fn content_type(&self) -> String {
        header(&self.headers, CONTENT_TYPE).unwrap_or_default()
    }

    /// Waits for the rest of the answer: its text, and why that may be less than all.
    pub(crate) async fn text(self) -> (String, Option<Note>) {
        let encoding = header(&self.headers, CONTENT_ENCODING).unwrap_or_default();
        if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
            return (String::new(), Some(Note::Encoded(encoding.to_ascii_lowercase())));
        }
        let content_type = self.content_type();
        let (mut bytes, is_broken) = match self.body {
            Body::Made(rest) => rest.read().await,
            Body::Real(response) => read(response).await,
        };
        let note = match (bytes.len() > MOST_BYTES, is_broken) {
            (true, _) => Some(Note::Cut),
            (false, true) => Some(Note::Broken),
            (false, false) => None,
        };
        bytes.truncate(MOST_BYTES);
        (html::decode(&bytes, &content_type), note)
    }
}

/// Reads as much as is wanted, and tells whether the connection broke before that.
async fn read(mut response: reqwest::Response) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    while bytes.len() <= MOST_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return (bytes, true),
        }
    }
    (bytes, false)
}
