//! What a robots.txt allows: <https://www.rfc-editor.org/rfc/rfc9309>.

use std::fmt::{self, Write};
use url::Url;

/// The rules for one crawler.
#[derive(Default)]
pub(crate) struct Robots {
    rules: Vec<Rule>,
    /// Whether a group names the crawler, so that those for all do not hold.
    is_named: bool,
}

/// Allows or forbids the paths that fit a pattern.
struct Rule {
    allows: bool,
    pattern: String,
}

impl Robots {
    /// Takes the rules of the groups that name the agent or, where there is none, those for all.
    pub(crate) fn read(text: &str, agent: &str) -> Robots {
        let (mut own, mut general) = (None::<Vec<_>>, Vec::new());
        let (mut for_agent, mut for_all, mut in_names) = (false, false, false);
        for line in text.trim_start_matches('\u{feff}').split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    // The first name after rules begins a new group.
                    (for_agent, for_all) = (in_names && for_agent, in_names && for_all);
                    in_names = true;
                    for_all |= value == "*";
                    if is_name(value, agent) {
                        for_agent = true;
                        // A group without rules holds too, and forbids nothing.
                        own.get_or_insert_default();
                    }
                }
                "allow" | "disallow" => {
                    in_names = false;
                    let rule = Rule { allows: key == "allow", pattern: in_one_form(value, true) };
                    // One that is empty fits no path: `Disallow:` forbids nothing.
                    if value.is_empty() {
                        continue;
                    }
                    if for_agent {
                        own.get_or_insert_default().push(rule);
                    } else if for_all {
                        general.push(rule);
                    }
                }
                _ => {}
            }
        }
        Robots { is_named: own.is_some(), rules: own.unwrap_or(general) }
    }

    /// The longest pattern that fits decides, and the kinder one of two that are as long.
    pub(crate) fn allow(&self, url: &Url) -> bool {
        let path = match url.query() {
            Some(query) => in_one_form(&format!("{}?{query}", url.path()), false),
            None => in_one_form(url.path(), false),
        };
        let fitting = self.rules.iter().filter(|rule| fits(&rule.pattern, &path));
        let decides = fitting.max_by_key(|rule| (rule.pattern.len(), rule.allows));
        // The robots.txt itself may always be looked at.
        url.path() == "/robots.txt" || decides.is_none_or(|rule| rule.allows)
    }
}

impl fmt::Display for Robots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.is_named { "us" } else { "all" };
        match self.rules.len() {
            1 => write!(f, "1 rule for {whose}"),
            rules => write!(f, "{rules} rules for {whose}"),
        }
    }
}

/// `Handoff/1.0` names `handoff` too.
fn is_name(value: &str, agent: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphabetic() || c == '-' || c == '_';
    let end = value.find(|c| !is_part(c)).unwrap_or(value.len());
    value[..end].eq_ignore_ascii_case(agent)
}

/// One form for each path, whichever of its characters are percent-encoded, and how.
///
/// In a pattern, `*` stands for anything and a `$` at its end for the path's end. Elsewhere the two stand for
/// themselves, and are encoded.
fn in_one_form(path: &str, is_pattern: bool) -> String {
    let (bytes, mut form, mut at) = (path.as_bytes(), String::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        let decoded = (byte == b'%').then(|| decoded(bytes.get(at + 1..at + 3)?)).flatten();
        at += if decoded.is_some() { 3 } else { 1 };
        let is_sign = is_pattern && (byte == b'*' || (byte == b'$' && at == bytes.len()));
        match decoded {
            None if is_sign || stays(byte) => form.push(byte.into()),
            Some(byte) if is_unreserved(byte) => form.push(byte.into()),
            _ => write!(form, "%{:02X}", decoded.unwrap_or(byte)).expect("a String takes all"),
        }
    }
    form
}

fn decoded(digits: &[u8]) -> Option<u8> {
    let digits = str::from_utf8(digits).ok()?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// What stands in a path as it is. (A `%` that encodes nothing is one of them.)
fn stays(byte: u8) -> bool {
    is_unreserved(byte) || b"/?:@!&'()+,;=[]#%".contains(&byte)
}

/// Whether a path begins like a pattern.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces: Vec<&str> = pattern.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    let Some((first, inner)) = pieces.split_first() else {
        return if to_the_end { path == last } else { path.starts_with(last) };
    };
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    // Each piece as far to the left as it fits leaves the most room for the next.
    for piece in inner {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    if to_the_end { rest.ends_with(last) } else { rest.contains(last) }
}
