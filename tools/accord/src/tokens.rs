//! A source as words and signs, without what is no code: comments, strings and letters.

/// A word or a sign, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The word or the sign itself.
    pub text: &'a str,
    /// Its line, from 1.
    pub line: u32,
    /// How many bytes stand before it.
    pub start: usize,
}

impl Token<'_> {
    /// How many bytes stand before what follows it.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Parts a source. What is no Rust gives some tokens or others, and never an error.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let (length, is_code) = next(rest, first);
        let (taken, left) = rest.split_at(length);
        if is_code {
            tokens.push(Token { text: taken, line, start: text.len() - rest.len() });
        }
        line += u32::try_from(taken.matches('\n').count()).unwrap_or(0);
        rest = left;
    }
    tokens
}

/// How long the next piece is, and whether it is code.
fn next(rest: &str, first: char) -> (usize, bool) {
    let until = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    match first {
        _ if rest.starts_with("//") => (until("\n"), false),
        _ if rest.starts_with("/*") => (comment(rest), false),
        _ if first.is_whitespace() => (first.len_utf8(), false),
        '"' => (string(rest), false),
        'r' if rest[1..].trim_start_matches('#').starts_with('"') && !rest.starts_with("r#_") => {
            let hashes = &rest[1..rest.find('"').unwrap_or(1)];
            let start = 2 + hashes.len();
            let end = format!("\"{hashes}");
            (rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len()), false)
        }
        '\'' => (letter(rest), false),
        _ if is_word(first) => (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), true),
        ':' if rest.starts_with("::") => (2, true),
        _ => (first.len_utf8(), true),
    }
}

/// Comments stand within each other.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth.saturating_sub(1), at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `'a'` and `'\n'`; of a lifetime `'a` the mark alone.
fn letter(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => rest[3..].find('\'').map_or(rest.len(), |at| at + 4),
        (_, Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_letters_are_no_code() {
        let text = "a::b // use c\n/* d /* e */ f */ g(\"h\\\"i\", r#\"j\"k\"#, 'l', '\\'', '\\u{41}', &'m n)\no";
        let told: Vec<(&str, u32)> =
            tokens(text).iter().map(|token| (token.text, token.line)).collect();
        let signs = ["(", ",", ",", ",", ",", ",", "&"].map(|sign| (sign, 2));
        let mut expected = vec![("a", 1), ("::", 1), ("b", 1), ("g", 2)];
        expected.extend(signs);
        expected.extend([("m", 2), ("n", 2), (")", 2), ("o", 3)]);
        assert_eq!(told, expected);
        for token in tokens(text) {
            assert_eq!(&text[token.start..token.end()], token.text);
        }
    }
}
