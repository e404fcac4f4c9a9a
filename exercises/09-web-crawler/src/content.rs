//! What the report can take from the pages themselves: `--take`.
//!
//! To take something else from them, write a function, and name it in `KINDS`.

use html5gum::{DefaultEmitter, Token, Tokenizer};
use std::convert::Infallible;

/// Makes a line for the report out of a page.
pub(crate) type Take = fn(html: &str) -> String;

const KINDS: &[(&str, Take)] = &[("words", title_and_words), ("headings", headings)];

/// What `--take` calls so.
pub(crate) fn kind(name: &str) -> Result<Take, String> {
    let names = || KINDS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" or ");
    let kind = KINDS.iter().find(|(known, _)| *known == name);
    kind.map(|(_, take)| *take).ok_or_else(|| format!("it is not {}", names()))
}

/// `"The title", 12 words`
fn title_and_words(html: &str) -> String {
    let (mut title, mut words, mut tag) = (String::new(), String::new(), Vec::new());
    for Ok(token) in tokens(html) {
        match token {
            Token::StartTag(start) => {
                tag = start.name.to_vec();
                words.push_str(gap(&tag));
            }
            Token::EndTag(end) => {
                tag.clear();
                words.push_str(gap(&end.name));
            }
            Token::String(text) => match &tag[..] {
                b"title" => title.push_str(&String::from_utf8_lossy(&text)),
                b"script" | b"style" => {}
                _ => words.push_str(&String::from_utf8_lossy(&text)),
            },
            _ => {}
        }
    }
    let title = in_one_line(&title);
    let title = if title.is_empty() { "no title".to_owned() } else { format!("\"{title}\"") };
    match words.split_whitespace().count() {
        1 => format!("{title}, 1 word"),
        words => format!("{title}, {words} words"),
    }
}

/// `The first heading | the next one`
fn headings(html: &str) -> String {
    let (mut found, mut open) = (Vec::new(), None::<String>);
    for Ok(token) in tokens(html) {
        match token {
            Token::StartTag(tag) if is_heading(&tag.name) => open = Some(String::new()),
            Token::EndTag(tag) if is_heading(&tag.name) => {
                found.extend(open.take().map(|text| in_one_line(&text)));
            }
            Token::String(text) => {
                if let Some(open) = &mut open {
                    open.push_str(&String::from_utf8_lossy(&text));
                }
            }
            _ => {}
        }
    }
    found.retain(|text| !text.is_empty());
    if found.is_empty() { "no headings".to_owned() } else { found.join(" | ") }
}

fn is_heading(tag: &[u8]) -> bool {
    matches!(tag, [b'h', b'1'..=b'6'])
}

/// A word may go on behind these tags, and not behind others.
fn gap(tag: &[u8]) -> &'static str {
    let inline: [&[u8]; 10] =
        [b"a", b"abbr", b"b", b"code", b"em", b"i", b"small", b"span", b"strong", b"wbr"];
    if inline.contains(&tag) { "" } else { " " }
}

/// Blanks and line ends become one blank, and nothing in it can steer a terminal.
fn in_one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).collect()
}

/// The tags and texts of a page; what stands in a script is one text, and no tag.
fn tokens(html: &str) -> impl Iterator<Item = Result<Token, Infallible>> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter)
}
