//! A server on a free port of this machine that answers byte for byte as a test wants.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Nobody waits for longer than this for the other side.
const LIMIT: Duration = Duration::from_secs(10);

/// What was asked for, and when.
#[derive(Clone)]
pub(crate) struct Asked {
    #[allow(dead_code, reason = "the test over https does not ask when")]
    pub(crate) at: Instant,
    pub(crate) head: String,
}

impl Asked {
    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

/// The answers of a path: the first time, the second time, and so on; the last one stays.
pub(crate) type Pages = BTreeMap<String, Vec<Vec<u8>>>;

pub(crate) struct Server {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn start(pages: Pages) -> Server {
        Server::wrapped(pages, Some)
    }

    /// What `wrap` makes of a connection is talked over; if it makes nothing of it, it is left.
    pub(crate) fn wrapped<S: Read + Write>(
        pages: Pages,
        wrap: impl Fn(TcpStream) -> Option<S> + Clone + Send + 'static,
    ) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            let pages = Arc::new(pages);
            while let Ok((stream, _)) = listener.accept() {
                let (pages, noted, wrap) = (Arc::clone(&pages), Arc::clone(&noted), wrap.clone());
                thread::spawn(move || {
                    stream.set_read_timeout(Some(LIMIT)).unwrap();
                    stream.set_write_timeout(Some(LIMIT)).unwrap();
                    wrap(stream).map(|stream| answer(stream, &pages, &noted))
                });
            }
        });
        Server { port, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// One request for each connection. Who is not answered may wait until it gives up.
fn answer(mut stream: impl Read + Write, pages: &Pages, noted: &Mutex<Vec<Asked>>) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let asked = Asked { at: Instant::now(), head };
    let path = asked.path().to_owned();
    let times = {
        let mut noted = noted.lock().unwrap();
        noted.push(asked);
        noted.iter().filter(|asked| asked.path() == path).count()
    };
    let answers = pages.get(&path).map(Vec::as_slice).unwrap_or_default();
    let missing = reply("404 Not Found", "", "");
    let bytes = answers.get(times - 1).or(answers.last()).unwrap_or(&missing);
    if bytes.is_empty() {
        let _ = stream.read(&mut byte);
    }
    let _ = stream.write_all(bytes);
    let _ = stream.flush();
}

/// An answer with these further lines above it, each with `\r\n` behind it.
pub(crate) fn reply(status: &str, lines: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status}\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

pub(crate) fn page(body: impl AsRef<[u8]>) -> Vec<u8> {
    reply("200 OK", "Content-Type: text/html\r\n", body)
}

pub(crate) fn links(to: &[&str]) -> Vec<u8> {
    page(to.iter().map(|to| format!("<a href=\"{to}\">{to}</a>\n")).collect::<String>())
}
