//! A server for the built-in site, on a free port of this machine.

use crate::pages::{self, Reply, Site};
use crate::tokio;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::response::Response;
use futures_core::Stream;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
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
        pages::Body::Whole(bytes) => Body::from(bytes),
        pages::Body::Breaks(bytes) => Body::from_stream(Begins::Breaking(bytes)),
        pages::Body::NeverEnds => Body::from_stream(Begins::Endless),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(head.status).expect("the pages have statuses");
    *response.headers_mut() = head.headers();
    response
}

/// A body that begins, and then breaks or never goes on.
enum Begins {
    Breaking(Vec<u8>),
    Broken { is_sent: bool },
    Endless,
    Silent,
}

impl Stream for Begins {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match std::mem::replace(&mut *self, Begins::Silent) {
            Begins::Breaking(bytes) => {
                *self = Begins::Broken { is_sent: false };
                Poll::Ready(Some(Ok(bytes.into())))
            }
            Begins::Broken { is_sent: false } => {
                // While a body has nothing to give, the server sends what it has.
                *self = Begins::Broken { is_sent: true };
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Begins::Broken { is_sent: true } => {
                Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
            }
            Begins::Endless => Poll::Ready(Some(Ok(Bytes::from_static(b"<p>The first words")))),
            Begins::Silent => Poll::Pending,
        }
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
