//! A referee that is looked at itself: whether its rules stand in the brief, whether each sentence of the brief has a
//! rule, and whether each number of each promised line is read.

use super::{Court, Played, Setting, Tasks, setting::Dice};
use crate::{
    Program,
    pattern::{self, Pattern},
};
use accord::exercise;
use std::{collections::BTreeSet, fs};

impl<A> Court<'_, A> {
    /// Fails with a list of what is missing, if anything is. These words every run has.
    pub(super) fn looks_at_itself(&self, program: &Program, always: &str) {
        let read = |path: String| fs::read_to_string(program.root.join(&path)).unwrap_or_default();
        let brief = read(exercise::brief(&program.exercise));
        let answers = read(exercise::solution(&program.exercise) + "/README.md");
        let mut missing = self.quotes_that_stand_nowhere(&brief);
        missing.extend(self.sentences_without_a_rule(always, &brief, &answers));
        missing.extend(self.parts_of_nothing());
        missing.extend(self.numbers_that_stay_small());
        missing.extend(self.lines_and_numbers_that_nobody_reads(program));
        assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
    }

    fn quotes(&self) -> impl Iterator<Item = &'static str> {
        let of_rules = self.rules.iter().flat_map(|rule| rule.also.iter().chain([&rule.quote]));
        of_rules.chain(self.ends).chain(self.frees).copied()
    }

    fn quotes_that_stand_nowhere(&self, brief: &str) -> Vec<String> {
        let brief = joined(brief);
        self.quotes()
            .filter(|quote| !brief.contains(quote))
            .map(|quote| format!("a rule quotes what the brief does not say: “{quote}”"))
            .collect()
    }

    fn parts_of_nothing(&self) -> impl Iterator<Item = String> {
        let names: BTreeSet<&str> = self.rules.iter().map(|rule| rule.name).collect();
        let wholes = self.rules.iter().filter_map(|rule| rule.part_of);
        wholes
            .filter(move |whole| !names.contains(whole))
            .map(|whole| format!("a rule is part of one that is not there: “{whole}”"))
    }

    /// The sentences that a task promises, each on a line of its own, and for which nobody looks.
    fn sentences_without_a_rule(&self, always: &str, brief: &str, answers: &str) -> Vec<String> {
        let answers = joined(answers);
        let quotes: Vec<&str> = self.quotes().collect();
        let is_quoted = |sentence: &str| {
            quotes.iter().any(|quote| sentence.contains(quote) || quote.contains(sentence))
        };
        let mut missing = Vec::new();
        for (label, sentence) in promises(brief) {
            let is_seen = match label.as_str() {
                "Flags" => self.unknown_flags(always, &sentence).is_empty(),
                "Exit code" => self.rules.iter().any(|rule| rule.name.contains("exit code")),
                _ => is_quoted(&sentence),
            };
            if !is_seen && !answers.contains(&sentence) {
                missing.push(format!("no rule is there for “{sentence}” ({label})"));
            }
        }
        missing
    }

    fn unknown_flags(&self, always: &str, sentence: &str) -> Vec<String> {
        let words = sentence.split(|c: char| !c.is_alphanumeric() && c != '-');
        let flags = words.filter(|word| word.len() > 2 && word.starts_with("--"));
        flags.filter(|word| !self.knows(always, word)).map(str::to_owned).collect()
    }

    /// Whether a flag is drawn, or every run has it.
    fn knows(&self, always: &str, flag: &str) -> bool {
        flag == "--schedule"
            || always.split_whitespace().any(|word| word == flag)
            || self.flags.iter().any(|known| known.name() == flag)
    }

    fn lines_and_numbers_that_nobody_reads(&self, program: &Program) -> Vec<String> {
        let mut missing = BTreeSet::new();
        for task in self.tasks() {
            let tasks = Tasks { asked: task, open: &[] };
            let mut dice = Dice::of(task);
            for _ in 0..self.looks {
                let setting = self.draw(tasks, &mut dice);
                if let Some(printed) = self.plays_well(program, tasks, setting) {
                    let lines = printed.lines();
                    let strange = lines.filter(|line| {
                        !self.lines.iter().any(|known| pattern::matches(known, line))
                    });
                    missing.extend(strange.map(|line| format!("no rule knows the line `{line}`")));
                }
            }
        }
        let read = pattern::read_places();
        for line in self.lines {
            let pattern = Pattern::of(line);
            let unread = pattern
                .places()
                .filter(|place| !read.contains(&((*line).to_owned(), (*place).to_owned())));
            missing.extend(unread.map(|place| format!("no rule reads {{{place}}} of `{line}`")));
        }
        missing.into_iter().collect()
    }

    /// What a run prints of which all rules are asked, whichever task they belong to.
    fn plays_well(&self, program: &Program, tasks: Tasks, setting: Setting) -> Option<String> {
        let Played { account, printed, .. } = (self.play)(program, &tasks, &setting).ok()?;
        for rule in self.rules {
            // What it says is not asked here; what it reads is.
            let _ = (rule.check)(&account);
        }
        Some(printed)
    }
}

/// What the tasks of a brief promise: below each, points with a bold label, and a sentence on each line of a point.
fn promises(brief: &str) -> Vec<(String, String)> {
    let mut promises = Vec::new();
    let mut label: Option<String> = None;
    for line in brief.lines() {
        let begun = line.trim_start().strip_prefix("- **").and_then(|rest| rest.split_once("**"));
        let sentence = match (begun, &label) {
            (Some((name, rest)), _) => {
                label = Some(name.trim_end_matches(':').to_owned());
                rest
            }
            (None, Some(_)) if line.starts_with("  ") => line,
            _ => {
                label = None;
                continue;
            }
        };
        if let Some(label) = &label {
            let sentence = sentence.trim();
            if sentence.chars().any(char::is_alphabetic) {
                promises.push((label.clone(), sentence.to_owned()));
            }
        }
    }
    promises
}

/// The text with its lines joined: a sentence may go on in the next.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
