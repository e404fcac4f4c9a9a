//! A source as far as it has to be understood to be changed: its brackets, blocks, statements and functions.
//!
//! It is read as words and signs, and not as a tree: what comes out wrong does not compile, and is left out.

use accord::tokens::{Token, tokens};
use std::ops::Range;

/// A source that is looked at.
pub(super) struct Code<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    /// The place of the other bracket; of what is no bracket, its own.
    partner: Vec<usize>,
    /// Where nothing is changed: attributes, `use`, and what is compiled for tests alone.
    still: Vec<Range<usize>>,
    functions: Vec<Function<'a>>,
}

/// A function, by the places of its tokens.
#[derive(Clone, Debug)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    /// The names of its parameters that are whole numbers.
    pub(super) numbers: Vec<&'a str>,
    /// Whether it has the flags.
    pub(super) has_args: bool,
    body: Range<usize>,
}

/// A statement, by the places of its first and its last token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) first: usize,
    pub(super) last: usize,
    /// It is the value of its block.
    pub(super) is_tail: bool,
}

/// The words that begin what needs no semicolon.
const BLOCK_LIKE: [&str; 7] = ["if", "while", "for", "loop", "match", "unsafe", "'"];

/// The words that begin what is no step of a program.
const ITEMS: [&str; 11] =
    ["fn", "pub", "use", "struct", "enum", "impl", "mod", "const", "static", "type", "trait"];

const WHOLE: [&str; 8] = ["u8", "u16", "u32", "u64", "usize", "i32", "i64", "u128"];

impl<'a> Code<'a> {
    pub(super) fn of(text: &'a str) -> Code<'a> {
        let tokens = tokens(text);
        let partner = partners(&tokens);
        let mut code = Code { text, tokens, partner, still: Vec::new(), functions: Vec::new() };
        code.still = code.still();
        code.functions = code.functions();
        code
    }

    /// The word or sign at a place; nothing behind the last.
    pub(super) fn at(&self, place: usize) -> &'a str {
        self.tokens.get(place).map_or("", |token| token.text)
    }

    /// Whether these stand here, one after another.
    pub(super) fn reads(&self, place: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, word)| self.at(place + n) == *word)
    }

    pub(super) fn partner(&self, place: usize) -> usize {
        self.partner[place]
    }

    /// The places at which something may be changed.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        (0..self.tokens.len()).filter(|place| !self.is_still(*place))
    }

    fn is_still(&self, place: usize) -> bool {
        self.still.iter().any(|range| range.contains(&place))
    }

    /// Where a run of tokens stands in the text, the last one included.
    pub(super) fn span(&self, first: usize, last: usize) -> Range<usize> {
        self.tokens[first].start..self.tokens[last].end()
    }

    /// What stands between two brackets, without the space at its ends.
    pub(super) fn inside(&self, open: usize) -> Range<usize> {
        let whole = self.tokens[open].end()..self.tokens[self.partner(open)].start;
        let text = &self.text[whole.clone()];
        let start = whole.start + (text.len() - text.trim_start().len());
        start..start.max(whole.start + text.trim_end().len())
    }

    /// The function around a place, the innermost.
    pub(super) fn function(&self, place: usize) -> Option<&Function<'a>> {
        let around = self.functions.iter().filter(|function| function.body.contains(&place));
        around.min_by_key(|function| function.body.len())
    }

    /// The function around a byte of the text.
    pub(super) fn function_at(&self, byte: usize) -> &'a str {
        let place = self.tokens.partition_point(|token| token.end() <= byte);
        self.function(place).map_or("-", |function| function.name)
    }

    /// Where a statement stands in the text.
    pub(super) fn span_of(&self, statement: Statement) -> Range<usize> {
        let start = self.tokens[statement.first].start;
        if !statement.is_tail {
            return start..self.tokens[statement.last].end();
        }
        // Its last piece may be a string, which is no token.
        let close = self.tokens.get(statement.last + 1).map_or(self.text.len(), |t| t.start);
        start..start + self.text[start..close].trim_end().len()
    }

    pub(super) fn text_of(&self, statement: Statement) -> &'a str {
        &self.text[self.span_of(statement)]
    }

    /// The steps of each block, each with the place of the bracket that opens it.
    pub(super) fn blocks(&self) -> Vec<(usize, Vec<Statement>)> {
        let opens = self.places().filter(|&place| self.at(place) == "{" && self.is_block(place));
        let blocks = opens.map(|open| (open, self.statements(open)));
        blocks.filter(|(_, statements)| !statements.is_empty()).collect()
    }

    fn is_block(&self, open: usize) -> bool {
        let (mut arrow, mut comma, mut semicolon) = (false, false, false);
        let mut place = open + 1;
        while place < self.partner(open) {
            arrow |= self.reads(place, &["=", ">"]);
            comma |= self.at(place) == ",";
            semicolon |= self.at(place) == ";";
            place = self.partner(place).max(place) + 1;
        }
        let before = open.checked_sub(1).map_or("", |place| self.at(place));
        let is_type = before.starts_with(char::is_uppercase);
        before != "::" && !arrow && (semicolon || !comma && !is_type)
    }

    fn statements(&self, open: usize) -> Vec<Statement> {
        let close = self.partner(open);
        let (mut found, mut first, mut place) = (Vec::new(), open + 1, open + 1);
        while place < close {
            let last = self.partner(place).max(place);
            let ends = match self.at(place) {
                ";" => true,
                "{" => {
                    let is_whole = BLOCK_LIKE.contains(&self.at(first))
                        || self.is_item(first)
                        || place > 0 && self.at(place - 1) == "!";
                    is_whole && !["else", ".", "?", ";"].contains(&self.at(last + 1))
                }
                _ => false,
            };
            if ends || last + 1 >= close {
                let is_tail = !ends || self.at(last) != ";" && last + 1 >= close;
                if !self.is_item(first) {
                    found.push(Statement { first, last, is_tail });
                }
                first = last + 1;
            }
            place = last + 1;
        }
        found
    }

    fn is_item(&self, first: usize) -> bool {
        ITEMS.contains(&self.at(first))
            || self.at(first) == "#"
            || self.reads(first, &["async", "fn"])
    }

    fn still(&self) -> Vec<Range<usize>> {
        let mut still = Vec::new();
        for place in 0..self.tokens.len() {
            let next = if self.at(place + 1) == "!" { place + 2 } else { place + 1 };
            if self.at(place) == "#" && self.at(next) == "[" {
                let mut end = self.partner(next);
                if self.reads(next + 1, &["cfg", "(", "test", ")"]) {
                    let body = (end..self.tokens.len()).find(|&at| self.at(at) == "{");
                    end = body.map_or(end, |body| self.partner(body));
                }
                still.push(place..end + 1);
            }
            if ["use", "const"].contains(&self.at(place)) {
                let end = (place..self.tokens.len()).find(|&at| self.at(at) == ";");
                let is_use = self.at(place) == "use";
                still.extend(end.filter(|_| is_use).map(|end| place..end + 1));
            }
        }
        still
    }

    fn functions(&self) -> Vec<Function<'a>> {
        let mut found = Vec::new();
        for place in (0..self.tokens.len()).filter(|&place| self.at(place) == "fn") {
            let Some(open) = (place..self.tokens.len()).find(|&at| self.at(at) == "(") else {
                continue;
            };
            let close = self.partner(open);
            let body = (close..self.tokens.len()).find(|&at| ["{", ";"].contains(&self.at(at)));
            let Some(body) = body.filter(|&body| self.at(body) == "{") else { continue };
            let is_number = |at: &usize| {
                self.at(at + 1) == ":"
                    && WHOLE.contains(&self.at(at + 2))
                    && [",", ")"].contains(&self.at(at + 3))
            };
            let numbers = (open + 1..close).filter(is_number).map(|at| self.at(at)).collect();
            let end = self.partner(body);
            let has_args = (open..end).any(|at| self.at(at) == "args");
            let name = self.at(place + 1);
            found.push(Function { name, numbers, has_args, body: body..end + 1 });
        }
        found
    }
}

/// For each token the place of the bracket that belongs to it.
fn partners(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut partner: Vec<usize> = (0..tokens.len()).collect();
    let mut open = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => open.push(place),
            ")" | "]" | "}" => {
                if let Some(begin) = open.pop() {
                    (partner[begin], partner[place]) = (place, begin);
                }
            }
            _ => {}
        }
    }
    partner
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "use a::{b, c};\n\n#[derive(X)]\nstruct S {\n    a: u32,\n}\n\nasync fn work(id: u32, of: Vec<S>) -> u32 {\n    let mut n: Map<A, B> = f(1, 2);\n    for x in of {\n        n.add(x).await;\n        if x > 1 {\n            g();\n        } else {\n            h();\n        }\n    }\n    select! {\n        biased;\n        a = b() => a,\n    }\n    match n {\n        1 => 2,\n        _ => S { a: 1 }.a,\n    };\n    n.all(\"x\")\n}\n\n#[cfg(test)]\nmod tests {\n    fn t() {\n        u();\n    }\n}\n";

    #[test]
    fn the_steps_of_each_block_are_found() {
        let code = Code::of(TEXT);
        let told: Vec<Vec<&str>> = code
            .blocks()
            .iter()
            .map(|(_, steps)| steps.iter().map(|step| code.text_of(*step)).collect())
            .collect();
        let first: Vec<&str> = told[0].iter().map(|text| text.lines().next().unwrap()).collect();
        assert_eq!(
            first,
            [
                "let mut n: Map<A, B> = f(1, 2);",
                "for x in of {",
                "select! {",
                "match n {",
                "n.all(\"x\")"
            ]
        );
        assert_eq!(told[1][0], "n.add(x).await;");
        assert!(told[1][1].starts_with("if x > 1 {") && told[1][1].ends_with("h();\n        }"));
        assert_eq!(&told[2..], [["g();"], ["h();"]]);
    }

    #[test]
    fn a_function_is_known_by_its_name_and_its_numbers() {
        let code = Code::of(TEXT);
        let place = TEXT.find("n.add").unwrap();
        assert_eq!(code.function_at(place), "work");
        assert_eq!(code.functions[0].numbers, ["id"]);
        assert!(!code.functions[0].has_args);
        assert_eq!(code.function_at(0), "-");
    }
}
