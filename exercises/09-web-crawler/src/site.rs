//! A server for the built-in site, on a free port of this machine.

use crate::pages::{Reply, Site};
use crate::tokio;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, LOCATION};
use axum::response::Response;
use futures_core::Stream;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// Serves the site, and gives the directory in which a client finds its hosts.
pub(crate) async fn serve(site: Site) -> io::Result<Directory> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let site = Arc::new(site);
    let router = Router::new().fallback(answer).with_state(Arc::clone(&site));
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(Directory { site, address })
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let (head, body) = match site.reply(&format!("http://{host}{}", request.uri())) {
        Reply::Answer(head, body) => (head, body),
        Reply::Silence | Reply::NoHost => std::future::pending().await,
    };
    sleep(head.delay).await;
    let body = match body {
        Some(bytes) => Body::from(bytes),
        None => Body::from_stream(Drip(Some("<p>The first words, and"))),
    };
    let mut response =
        Response::builder().status(head.status).header(CONTENT_TYPE, head.content_type);
    if let Some(location) = head.location {
        response = response.header(LOCATION, location);
    }
    response.body(body).expect("the pages of the site have proper headers")
}

/// A body that begins and never ends.
struct Drip(Option<&'static str>);

impl Stream for Drip {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.take().map_or(Poll::Pending, |words| Poll::Ready(Some(Ok(words.into()))))
    }
}

/// Where the hosts of the built-in site are, and no others.
pub(crate) struct Directory {
    site: Arc<Site>,
    address: SocketAddr,
}

impl Resolve for Directory {
    fn resolve(&self, name: Name) -> Resolving {
        let known = self.site.has_host(name.as_str()).then_some(self.address);
        Box::pin(async move {
            let address = known.ok_or("no such host")?;
            Ok(Box::new([address].into_iter()) as Addrs)
        })
    }
}
