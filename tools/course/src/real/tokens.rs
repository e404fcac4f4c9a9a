//! The words and signs of a Rust source, with their places: enough to find `use` and `mod` lines.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, a name or a number.
    Word,
    /// One sign, or `::`.
    Sign,
    /// A string, a character or a lifetime.
    Text,
    /// Of a line or of several.
    Comment,
}

/// A part of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) place: Range<usize>,
}

impl Token<'_> {
    /// Whether it is this word or sign, and not a text or a comment that reads so.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.text == text
    }
}

/// Cuts a source into tokens. White space is none.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = source[at..].chars().next() {
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        let (kind, length) = first(&source[at..], letter);
        // What a broken source leaves open goes to its end.
        let end = (at + length).min(source.len());
        found.push(Token { kind, text: &source[at..end], place: at..end });
        at = end;
    }
    found
}

/// The first token's kind and length.
fn first(rest: &str, letter: char) -> (Kind, usize) {
    if rest.starts_with("//") {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, block_comment(rest));
    }
    if letter == '"' {
        return (Kind::Text, quoted(rest, '"'));
    }
    if letter == '\'' {
        return (Kind::Text, quoted_or_lifetime(rest));
    }
    let word = word(rest);
    if word == 0 {
        let length = if rest.starts_with("::") { 2 } else { letter.len_utf8() };
        return (Kind::Sign, length);
    }
    let is_prefix = matches!(&rest[..word], "r" | "b" | "c" | "br" | "cr");
    match rest[word..].chars().next() {
        Some('"' | '#') if is_prefix && rest[..word].ends_with('r') => match raw(&rest[word..]) {
            Some(length) => (Kind::Text, word + length),
            // `r#type` is a name.
            None => (Kind::Word, word + 1 + self::word(&rest[word + 1..])),
        },
        Some(quote @ ('"' | '\'')) if is_prefix => {
            (Kind::Text, word + quoted(&rest[word..], quote))
        }
        _ => (Kind::Word, word),
    }
}

fn word(rest: &str) -> usize {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())
}

/// Comments of several lines may stand inside each other.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let two = rest.as_bytes().get(at..at + 2).unwrap_or_default();
        match two {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

/// To the quote that ends it, over those behind a backslash.
fn quoted(rest: &str, quote: char) -> usize {
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            letter if letter == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `'a'` and `'\n'`, or `'a` alone.
fn quoted_or_lifetime(rest: &str) -> usize {
    let mut letters = rest.chars().skip(1);
    let is_letter = matches!((letters.next(), letters.next()), (Some('\\'), _) | (_, Some('\'')));
    if is_letter { quoted(rest, '\'') } else { 1 + word(&rest[1..]) }
}

/// The length of `"…"` or `#"…"#`, if that is what follows an `r`.
fn raw(rest: &str) -> Option<usize> {
    let signs = rest.len() - rest.trim_start_matches('#').len();
    let open = rest[signs..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(signs));
    let end = open.find(&close).map_or(open.len(), |end| end + close.len());
    Some(signs + 1 + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<(Kind, &str)> {
        tokens(source).into_iter().map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn names_and_signs_are_told_apart() {
        use Kind::{Sign, Word};
        assert_eq!(
            kinds("use a::{b_1,r#type};"),
            [
                (Word, "use"),
                (Word, "a"),
                (Sign, "::"),
                (Sign, "{"),
                (Word, "b_1"),
                (Sign, ","),
                (Word, "r#type"),
                (Sign, "}"),
                (Sign, ";"),
            ]
        );
    }

    #[test]
    fn what_stands_in_a_text_is_no_code() {
        for text in [
            r#""use \" x;""#,
            r###"r#"use " x;"#"###,
            r#"b"use\\""#,
            r#"br"use\""#,
            r#"c"use""#,
            "'\"'",
            r"'\''",
            "b'\"'",
            "'use",
            "'ä'",
        ] {
            let source = format!("{text} end");
            assert_eq!(kinds(&source), [(Kind::Text, text), (Kind::Word, "end")], "{source}");
        }
    }

    #[test]
    fn what_stands_in_a_comment_is_no_code() {
        for comment in ["// use \" x;", "/* use /* ä' */ \" */", "/// use", "//!"] {
            let source = format!("{comment}\nend");
            assert_eq!(kinds(&source), [(Kind::Comment, comment), (Kind::Word, "end")], "{source}");
        }
    }

    #[test]
    fn what_is_left_open_goes_to_the_end() {
        for text in ["\"a", "r#\"a\"", "/* a", "'\\", "b'a"] {
            assert_eq!(tokens(text).len(), 1, "{text}");
            assert_eq!(tokens(text)[0].place, 0..text.len());
        }
    }
}
