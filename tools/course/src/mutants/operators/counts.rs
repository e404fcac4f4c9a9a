//! Operators on numbers: how many, how often, and whether at all.

use super::{Edit, printing};
use crate::mutants::code::Code;
use std::ops::Range;

const QUEUES: [&str; 5] = ["bounded", "channel", "sync_channel", "array_queue", "new"];

/// What a queue, or a semaphore, has room for.
pub(super) fn capacity(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for place in code.places().filter(|&place| QUEUES.contains(&code.at(place))) {
        if code.at(place + 1) != "("
            || code.at(place) == "new" && !code.reads(place.saturating_sub(2), &["Semaphore", "::"])
        {
            continue;
        }
        let inside = code.inside(place + 1);
        let text = &code.text[inside.clone()];
        if text.is_empty() {
            continue;
        }
        let room = text.strip_suffix(".into()");
        let room = room.map_or_else(|| format!("({text})"), |text| format!("usize::from({text})"));
        for how in [" + 1", ".max(2) - 1", " * 10", " + 100_000"] {
            edits.push(vec![(inside.clone(), format!("{room}{how}"))]);
        }
    }
    edits
}

/// What is printed: a named place of the text, or the value for a place without a name.
enum Printed<'a> {
    Named(&'a str),
    Value(Range<usize>),
}

/// The numbers that a macro prints, and whether with a point; with the end of its arguments.
fn printed<'a>(code: &'a Code<'_>) -> Vec<(usize, Printed<'a>, bool, Range<usize>)> {
    let mut found = Vec::new();
    for (place, open) in code.places().filter_map(|place| Some((place, printing(code, place)?))) {
        let inside = code.inside(open);
        let text = &code.text[inside.clone()];
        let Some((start, end)) = string(text) else { continue };
        let mut values = values(code, open, inside.start + end).into_iter();
        for (name, format) in places(&text[start..end]) {
            let has_point = format.contains('.');
            let what = if name.is_empty() {
                let Some(value) = values.next() else { break };
                Printed::Value(value)
            } else {
                Printed::Named(name)
            };
            found.push((place, what, has_point, inside.clone()));
        }
    }
    found
}

/// A number that is printed, from another place.
fn with_printed(
    code: &Code<'_>,
    what: &Printed<'_>,
    inside: &Range<usize>,
    value: &dyn Fn(&str) -> String,
) -> Edit {
    match what {
        Printed::Value(range) => vec![(range.clone(), value(&code.text[range.clone()]))],
        Printed::Named(name) => {
            let end = inside.start + code.text[inside.clone()].trim_end_matches(',').len();
            vec![(end..end, format!(", {name} = {}", value(name)))]
        }
    }
}

/// A number that is printed is a flag, or another number that the function was given.
pub(super) fn from_a_flag(code: &Code<'_>) -> Vec<Edit> {
    let flags = flags(code);
    let mut edits = Vec::new();
    for (place, what, has_point, inside) in printed(code) {
        let Some(function) = code.function(place).filter(|_| !has_point) else { continue };
        let of_args = flags.iter().filter(|_| function.has_args).map(|flag| format!("args.{flag}"));
        let given = function.numbers.iter().map(|name| (*name).to_owned());
        let own = match &what {
            Printed::Named(name) => name,
            Printed::Value(range) => &code.text[range.clone()],
        };
        for other in of_args.chain(given).filter(|other| other != own) {
            edits.push(with_printed(code, &what, &inside, &|_| other.clone()));
        }
    }
    edits
}

/// The flags that are whole numbers, as far as this file says: those that are used in it, or defined.
fn flags<'a>(code: &Code<'a>) -> Vec<&'a str> {
    let mut flags = Vec::new();
    for place in code.places() {
        let is_used = code.reads(place, &["args", "."]) && code.at(place + 3) != "(";
        if is_used && !flags.contains(&code.at(place + 2)) {
            flags.push(code.at(place + 2));
        }
    }
    flags
}

/// A number that is printed is one too large.
pub(super) fn printed_number(code: &Code<'_>) -> Vec<Edit> {
    let more = |has_point| if has_point { "1.0" } else { "1" };
    printed(code)
        .into_iter()
        .map(|(_, what, has_point, inside)| {
            with_printed(code, &what, &inside, &|value| format!("{value} + {}", more(has_point)))
        })
        .collect()
}

/// A whole number of the source.
pub(super) fn number(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for place in code.places().filter(|&place| code.function(place).is_some()) {
        let text = code.at(place);
        let Ok(number) = text.replace('_', "").parse::<u64>() else { continue };
        let before = place.checked_sub(1).map_or("", |place| code.at(place));
        // A half of 0.5, or a field of a tuple. In a range there are two points.
        let range_before = place > 1 && code.at(place - 2) == ".";
        let range_behind = code.at(place + 2) == ".";
        let is_part = before == "." && !range_before
            || code.at(place + 1) == "."
                && !range_behind
                && code.at(place + 2).starts_with(|c: char| c.is_ascii_digit());
        if is_part {
            continue;
        }
        let span = code.span(place, place);
        edits.push(vec![(span.clone(), (number + 1).to_string())]);
        if number > 0 {
            edits.push(vec![(span, (number - 1).to_string())]);
        }
    }
    edits
}

/// A loop or a range that is one shorter.
pub(super) fn one_less(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for place in code.places() {
        if code.reads(place, &[".", ".", "="]) {
            edits.push(vec![(code.span(place + 2, place + 2), String::new())]);
        }
        if code.at(place) != "for" || code.function(place).is_none() {
            continue;
        }
        let (Some(of), Some(body)) = (next(code, place, "in"), next(code, place, "{")) else {
            continue;
        };
        if of + 1 < body {
            let all = code.span(of + 1, body - 1);
            let text = &code.text[all.clone()];
            for how in ["(ALL).into_iter().skip(1)", "(ALL).into_iter().rev()"] {
                edits.push(vec![(all.clone(), how.replace("ALL", text))]);
            }
        }
    }
    edits
}

/// A limit, a part or an order that is left out.
pub(super) fn bound(code: &Code<'_>) -> Vec<Edit> {
    const BOUNDS: [&str; 10] = [
        "min",
        "max",
        "clamp",
        "take",
        "skip",
        "rev",
        "filter",
        "saturating_sub",
        "take_while",
        "dedup",
    ];
    let calls = code.places().filter(|&place| {
        place > 0
            && code.at(place - 1) == "."
            && code.at(place + 1) == "("
            && BOUNDS.contains(&code.at(place))
    });
    calls
        .map(|place| vec![(code.span(place - 1, code.partner(place + 1)), String::new())])
        .collect()
}

/// Another exit code.
pub(super) fn exit_code(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for place in code.places() {
        let exchanged = match code.at(place) {
            "SUCCESS" => "FAILURE",
            "FAILURE" => "SUCCESS",
            "exit" if code.at(place + 1) == "(" => "",
            "from" if place > 1 && code.reads(place - 2, &["ExitCode", "::", "from", "("]) => "",
            _ => continue,
        };
        if exchanged.is_empty() {
            let inside = code.inside(place + 1);
            let text = format!("({}) + 1", &code.text[inside.clone()]);
            edits.push(vec![(inside, text)]);
        } else {
            edits.push(vec![(code.span(place, place), exchanged.to_owned())]);
        }
    }
    edits
}

/// A condition that is turned round, and the signs in it.
pub(super) fn condition(code: &Code<'_>) -> Vec<Edit> {
    const SIGNS: [(&str, &[&str]); 6] = [
        (" < ", &[" <= "]),
        (" > ", &[" >= "]),
        (" <= ", &[" < "]),
        (" >= ", &[" > "]),
        (" == ", &[" != ", " >= ", " <= "]),
        (" != ", &[" == "]),
    ];
    let mut edits = Vec::new();
    for place in code.places().filter(|&place| code.function(place).is_some()) {
        if ["if", "while"].contains(&code.at(place)) && code.at(place + 1) != "let" {
            let end = next(code, place, "{").or_else(|| next(code, place, "=>"));
            if let Some(end) = end.filter(|end| *end > place + 1) {
                let all = code.span(place + 1, end - 1);
                let text = format!("!({})", &code.text[all.clone()]);
                edits.push(vec![(all, text)]);
            }
        }
        let start = code.tokens[place].start;
        // Formatted code has a space on both sides of a sign that compares, and none within a type.
        let around = code.text.get(start.saturating_sub(1)..).unwrap_or_default();
        for (sign, others) in SIGNS {
            if around.starts_with(sign) {
                let span = start - 1..start - 1 + sign.len();
                edits.extend(others.iter().map(|other| vec![(span.clone(), (*other).to_owned())]));
            }
        }
        for (sign, other) in [("&&", "||"), ("||", "&&")] {
            if around.starts_with(&format!(" {sign} ")) {
                edits.push(vec![(start..start + 2, other.to_owned())]);
            }
        }
    }
    edits
}

/// A word in place of its opposite.
pub(super) fn other_word(code: &Code<'_>) -> Vec<Edit> {
    const PAIRS: [(&str, &str); 12] = [
        ("first", "last"),
        ("push_back", "push_front"),
        ("pop_front", "pop_back"),
        ("notify_one", "notify_all"),
        ("notify_one", "notify_waiters"),
        ("min", "max"),
        ("is_some", "is_none"),
        ("is_ok", "is_err"),
        ("is_empty", "is_some"),
        ("any", "all"),
        ("true", "false"),
        ("insert", "remove"),
    ];
    let mut edits = Vec::new();
    for place in code.places().filter(|&place| code.function(place).is_some()) {
        let is_value = ["true", "false"].contains(&code.at(place));
        if !is_value && (place == 0 || code.at(place - 1) != ".") {
            continue;
        }
        for (one, other) in PAIRS {
            let exchanged = match code.at(place) {
                word if word == one => other,
                word if word == other => one,
                _ => continue,
            };
            edits.push(vec![(code.span(place, place), exchanged.to_owned())]);
        }
    }
    edits
}

/// The next place at which a word or sign stands, outside of further brackets. `=>` is two signs.
fn next(code: &Code<'_>, place: usize, word: &str) -> Option<usize> {
    let mut at = place + 1;
    while at < code.tokens.len() {
        let is_it = if word == "=>" { code.reads(at, &["=", ">"]) } else { code.at(at) == word };
        if is_it {
            return Some(at);
        }
        if [";", "}", ")"].contains(&code.at(at)) {
            return None;
        }
        at = code.partner(at).max(at) + 1;
    }
    None
}

/// Where the first string of a text stands, without its marks.
fn string(text: &str) -> Option<(usize, usize)> {
    let start = text.find('"')? + 1;
    let mut escaped = false;
    for (at, letter) in text[start..].char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((start, start + at)),
            _ => {}
        }
    }
    None
}

/// The places of a text that is printed: their names, and how they are formatted.
fn places(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        rest = &rest[start + 1..];
        if let Some(behind) = rest.strip_prefix('{') {
            rest = behind;
            continue;
        }
        let Some((place, behind)) = rest.split_once('}') else { break };
        found.push(place.split_once(':').unwrap_or((place, "")));
        rest = behind;
    }
    found
}

/// The values behind the text of a macro that prints. A value may end with a string, which is no token.
fn values(code: &Code<'_>, open: usize, text_ends: usize) -> Vec<Range<usize>> {
    let close = code.partner(open);
    let (mut found, mut start, mut place) = (Vec::new(), None::<usize>, open + 1);
    let mut keep = |start: Option<usize>, end: usize| {
        let Some(start) = start.filter(|start| *start < end) else { return };
        let text = &code.text[start..end];
        let begin = start + (text.len() - text.trim_start().len());
        let end = start + text.trim_end().len();
        // One with a name of its own is found by that name.
        if begin < end {
            found.push(begin..end);
        }
    };
    while place < close {
        if code.at(place) == "," && code.tokens[place].start >= text_ends {
            keep(start, code.tokens[place].start);
            start = Some(code.tokens[place].end());
        }
        place = code.partner(place).max(place) + 1;
    }
    keep(start, code.tokens[close].start);
    found
}
