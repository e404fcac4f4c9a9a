//! What an answer says of itself, and where a page leads.

use encoding_rs::{Encoding, UTF_8};
use html5gum::{Token, Tokenizer};
use url::Url;

/// Kinds and names of parameters may be in capitals, and parameters may be there or not.
pub(crate) fn is_html(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|html| kind.eq_ignore_ascii_case(html))
}

/// The bytes as text, in the encoding that the parameter `charset` names.
pub(crate) fn decode(bytes: &[u8], content_type: &str) -> String {
    let charset = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    let encoding = charset.and_then(|name| Encoding::for_label(name.as_bytes())).unwrap_or(UTF_8);
    encoding.decode(bytes).0.into_owned()
}

/// Where the `<a>`s of a page lead, in their order.
pub(crate) fn links(page: &Url, html: &str) -> Vec<Url> {
    let (mut base, mut found) = (page.clone(), Vec::new());
    for Ok(token) in Tokenizer::new(html) {
        let Token::StartTag(tag) = token else { continue };
        let Some(href) = tag.attributes.get(&b"href"[..]) else { continue };
        let Ok(url) = base.join(&String::from_utf8_lossy(href)) else { continue };
        match &tag.name[..] {
            b"base" => base = url,
            b"a" | b"area" if is_web(&url) => found.push(without_fragment(url)),
            _ => {}
        }
    }
    found
}

pub(crate) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// `#here` is a place on a page, and no other page.
pub(crate) fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}
