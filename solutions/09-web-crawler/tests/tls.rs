//! A crawl over https, with a certificate that the test makes and that nobody else trusts.
//!
//! ```sh
//! cargo test -p sol09-web-crawler --features tls-test --test sol09-tls
//! ```

mod server;

use exam::{Folder, Program, Run, program};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use server::{Pages, Server, links, page, reply};
use std::sync::Arc;

#[test]
fn a_site_is_crawled_over_https() {
    let site = Site::start("localhost");
    let run = site.crawl().flag("--ca", "own.pem").run();
    run.exits(0);
    let expected = "
        200 https://here/
        200 https://here/behind
        404 https://here/missing
        301 https://here/old -> https://here/behind
        robots https://here/private
        dead: https://here/missing (404), linked from https://here/
        5 addresses: 2 alive, 1 moved, 1 dead, 1 not looked at";
    assert_eq!(site.report(&run), lines(expected));
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let site = Site::start("localhost");
    let run = site.crawl().run();
    run.exits(1);
    assert_eq!(site.report(&run)[0], "unreachable https://here/");
    assert!(site.server.asked().is_empty(), "it was asked all the same");
}

#[test]
fn a_certificate_for_another_host_is_not_trusted() {
    let site = Site::start("elsewhere.test");
    let run = site.crawl().flag("--ca", "own.pem").run();
    run.exits(1);
    assert_eq!(site.report(&run)[0], "unreachable https://here/");
    assert!(site.server.asked().is_empty(), "it was asked all the same");
}

#[test]
fn an_http_site_may_lead_to_an_https_one() {
    let site = Site::start("localhost");
    let moved = format!("Location: https://localhost:{}/\r\n", site.server.port);
    let old = Server::start(pages(&[("/", reply("301 Moved", &moved, ""))]));
    let run = site.crawl_from(old.url()).flag("--ca", "own.pem").run();
    run.exits(0);
    run.one(&format!("200 https://localhost:{}/", site.server.port));
}

#[test]
fn a_file_without_certificates_is_refused_by_name() {
    let folder = Folder::new();
    folder.write("empty.pem", "");
    folder.write("odd.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for file in ["empty.pem", "odd.pem", "missing.pem"] {
        let run = program!("09-web-crawler").pace("real").folder(&folder).flag("--ca", file).run();
        run.exits(2);
        assert!(run.stderr().contains(&format!("'--ca {file}'")), "{}", run.stderr());
    }
}

/// A site over https, and a folder with its certificate in `own.pem`.
struct Site {
    server: Server,
    folder: Folder,
}

impl Site {
    fn start(host: &str) -> Site {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([host.to_owned()]).unwrap();
        let folder = Folder::new();
        folder.write("own.pem", cert.pem());
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into());
        let config = Arc::new(config.unwrap());
        let server = Server::wrapped(site(), move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).ok()?;
            Some(StreamOwned::new(connection, stream))
        });
        Site { server, folder }
    }

    fn crawl(&self) -> Program {
        self.crawl_from(format!("https://localhost:{}/", self.server.port))
    }

    fn crawl_from(&self, url: String) -> Program {
        let program = program!("09-web-crawler").flag("--url", url).flags("--timeout 8");
        program.pace("real").folder(&self.folder)
    }

    /// The lines of the report, without their heading, and without the port.
    fn report(&self, run: &Run) -> Vec<String> {
        let host = format!("https://localhost:{}", self.server.port);
        let report = run.stdout().replace(&host, "https://here");
        report.lines().skip(1).map(str::to_owned).collect()
    }
}

fn site() -> Pages {
    let rules = "User-agent: *\nDisallow: /private\n";
    pages(&[
        ("/robots.txt", reply("200 OK", "Content-Type: text/plain\r\n", rules)),
        ("/", links(&["/old", "/private", "/missing"])),
        ("/old", reply("301 Moved", "Location: /behind\r\n", "")),
        ("/behind", page("")),
    ])
}

fn pages(pages: &[(&str, Vec<u8>)]) -> Pages {
    pages.iter().map(|(path, answer)| ((*path).to_owned(), vec![answer.clone()])).collect()
}

fn lines(text: &str) -> Vec<String> {
    text.trim().lines().map(|line| line.trim().to_owned()).collect()
}
