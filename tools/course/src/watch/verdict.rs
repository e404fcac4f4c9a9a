//! What a check came to, read from its document, and how that is shown.

use super::meaning;
use crate::{
    look::{Look, Tone},
    source::Sources,
    verdict::fitted,
};
use serde_json::Value;
use std::fmt::Write as _;

/// What a check of one exercise came to.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    exercise: Value,
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// From the top folder.
    pub(super) file: String,
    pub(super) line: usize,
}

impl Verdict {
    /// Reads the document of `check --json`.
    pub(super) fn read(line: &str) -> Option<Verdict> {
        let document: Value = serde_json::from_str(line).ok()?;
        let exercise = document["exercises"].get(0)?.clone();
        exercise["exercise"].is_string().then_some(Verdict { exercise })
    }

    fn tasks(&self) -> impl Iterator<Item = &Value> {
        self.exercise["tasks"].as_array().map(Vec::as_slice).unwrap_or_default().iter()
    }

    fn failed(&self) -> impl Iterator<Item = &Value> {
        self.tasks().filter(|task| task["state"] == "failed" || task["state"] == "no_result")
    }

    /// The task that somebody is at: the first that failed, else the first core task that is open.
    pub(super) fn task(&self) -> Option<&str> {
        let is_open = |task: &&Value| {
            let is_left = task["state"] != "passed" && task["state"] != "passes_with_todo";
            task["kind"] != "break" && task["extra"] == false && is_left
        };
        let task = self.failed().next().or_else(|| self.tasks().find(is_open))?;
        task["task"].as_str()
    }

    /// Where to go on: the error, the line that a failure names, the TODO of the task.
    pub(super) fn place(&self, folder: &str) -> Option<Place> {
        let inside = |text: &str| {
            let place = place_in(text)?;
            Some(Place { file: format!("{folder}/{}", place.file), line: place.line })
        };
        if let Some(problem) = self.exercise["problem"].as_str() {
            return inside(problem);
        }
        let message = self.failed().next().and_then(|task| task["message"].as_str());
        if let Some(place) = message.and_then(inside) {
            return Some(place);
        }
        let Some(name) = self.task() else {
            // What is left is to be written.
            let open = self.exercise["answers_open"].as_array()?;
            let form = format!("{folder}/ANSWERS.md");
            return (!open.is_empty()).then_some(Place { file: form, line: 1 });
        };
        place_in(self.tasks().find(|task| task["task"] == name)?["todo"].as_str()?)
    }

    /// All that is shown: what failed first, in full, then a sign for each task.
    pub(super) fn told(&self, sources: &Sources, look: Look) -> String {
        let mut text = String::new();
        let refusal = self.exercise["refusal"].as_str();
        if let Some(refusal) = refusal {
            let _ = writeln!(text, "{refusal}\n");
        } else if let Some(problem) = self.exercise["problem"].as_str() {
            let _ = writeln!(text, "{}\n", look.fit(problem));
        }
        let mut failed = self.failed();
        if let Some(task) = failed.next() {
            let message = task["message"].as_str().unwrap_or_default().trim_matches('\n');
            let _ = writeln!(text, "{}\n", fitted(message, look));
        }
        let others: Vec<&str> = failed.filter_map(|task| task["task"].as_str()).collect();
        if !others.is_empty() {
            let _ = writeln!(
                text,
                "{}\n",
                look.fit(&format!("Failed as well: {}.", others.join(", ")))
            );
        }
        let is_red = !text.is_empty();
        let here = refusal.and_then(meaning::of).or_else(|| meaning::past_the_rehearsal(sources));
        if let Some(here) = here.filter(|_| is_red) {
            let _ = writeln!(text, "{}\n", look.fit(&format!("here: {here}")));
        }
        for fault in self.exercise["faults"].as_array().into_iter().flatten() {
            let _ = writeln!(text, "{}\n", look.fit(fault.as_str().unwrap_or_default()));
        }
        text + &self.table(look)
    }

    fn table(&self, look: Look) -> String {
        let mut text = format!("{}\n", self.exercise["exercise"].as_str().unwrap_or_default());
        let mut notes = String::new();
        for task in self.tasks() {
            let word = |key: &str| task[key].as_str().unwrap_or_default();
            let (tone, sign) = match word("state") {
                "passed" => (Tone::Good, look.passed()),
                "passes_with_todo" => (Tone::Mind, if look.ascii { "+*" } else { "✓*" }),
                "failed" => (Tone::Bad, look.failed()),
                "not_handed_in" => (Tone::Quiet, look.open()),
                _ => (Tone::Bad, "?"),
            };
            let star = if task["extra"] == true { "★ " } else { "" };
            let gap = " ".repeat(3usize.saturating_sub(sign.chars().count()));
            let sign = look.paint(tone, sign);
            let line = look.words(&format!("{:8}  {star}{}", word("task"), word("title")));
            let _ = writeln!(text, "{}", look.fit(&format!("  {sign}{gap}{line}")));
            if word("state") == "passes_with_todo" {
                let (name, todo) = (word("task"), word("todo"));
                let _ = writeln!(notes, "{name} holds: delete its TODO at {todo} to hand it in");
            }
        }
        text + &look.fit(&notes)
    }
}

/// The first place in a text: `src/main.rs:41`.
fn place_in(text: &str) -> Option<Place> {
    let words = text.split(|letter: char| letter.is_whitespace() || "(),;`".contains(letter));
    words.into_iter().find_map(|word| {
        let (file, rest) = word.split_once(".rs:")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let line = digits.parse().ok()?;
        (file.starts_with("src/") || file.starts_with("exercises/"))
            .then(|| Place { file: format!("{file}.rs"), line })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict(exercise: &Value) -> Verdict {
        Verdict::read(&json!({ "exercises": [exercise] }).to_string()).unwrap()
    }

    #[test]
    fn the_first_failure_is_shown_and_the_others_are_named() {
        let task = |name: &str, state: &str, message: Option<&str>| json!({ "task": name, "kind": "fix", "title": "it stops", "extra": false, "state": state, "message": message, "todo": "exercises/01-x/src/main.rs:7" });
        let told = verdict(&json!({ "exercise": "01-x", "faults": [], "tasks": [
            task("alter-1", "passed", None), task("alter-2", "passes_with_todo", None),
            task("fix-1", "failed", Some("fix-1 · it stops\n\n  it did   panic at src/main.rs:41: x")),
            task("fix-2", "failed", Some("no")), task("fix-3", "not_handed_in", None),
        ] }));
        let shown = told.told(&Sources::new(), Look { ascii: true, ..Look::default() });
        assert!(shown.starts_with("fix-1 · it stops\n\n  it did   panic at src/main.rs:41: x\n\nFailed as well: fix-2.\n\n01-x\n  +  alter-1   it stops\n  +* alter-2 "), "{shown}");
        assert!(
            shown.ends_with(
                "alter-2 holds: delete its TODO at exercises/01-x/src/main.rs:7 to hand it in\n"
            ),
            "{shown}"
        );
        assert_eq!(told.task(), Some("fix-1"));
        let place = told.place("exercises/01-x").unwrap();
        assert_eq!((place.file.as_str(), place.line), ("exercises/01-x/src/main.rs", 41));
    }

    #[test]
    fn where_all_tasks_pass_the_answers_are_opened() {
        let task = json!({ "task": "fix-1", "kind": "fix", "extra": false, "state": "passed" });
        let told = |open: &[&str]| {
            verdict(&json!({ "exercise": "01-x", "tasks": [task], "answers_open": open }))
        };
        let place = told(&["explain-1"]).place("exercises/01-x").unwrap();
        assert_eq!((place.file.as_str(), place.line), ("exercises/01-x/ANSWERS.md", 1));
        assert_eq!(told(&[]).place("exercises/01-x"), None);
    }

    #[test]
    fn an_error_is_shown_as_the_compiler_tells_it() {
        let refusal =
            "error[E0432]: unresolved import `tokio`\n --> exercises/01-x/src/main.rs:3:5";
        let told = verdict(
            &json!({ "exercise": "01-x", "problem": "does not compile: src/main.rs:3 unresolved import `tokio`", "refusal": refusal, "faults": [], "tasks": [] }),
        );
        let shown = told.told(&Sources::new(), Look::default());
        assert!(
            shown.starts_with(&format!("{refusal}\n\nhere: The exercises take `tokio`")),
            "{shown}"
        );
        assert_eq!(told.place("exercises/01-x").map(|place| place.line), Some(3));
    }
}
