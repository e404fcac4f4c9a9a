//! A failed task, told so that it helps: what was asked, what was run, the difference, and where to read.

use crate::{reading, unlike::unlike};
use accord::{
    brief::Heading,
    exercise, failure, settings,
    task::{self, Kind},
};
use std::{
    cell::RefCell,
    fmt, fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    sync::OnceLock,
};

/// The task whose test runs on this thread.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) asked: &'static str,
    /// The tasks that are not handed in.
    pub(crate) open: &'static [&'static str],
}

thread_local!(static TASK: RefCell<Option<Task>> = const { RefCell::new(None) });

thread_local! {
    /// Where a failure goes that is not to be told yet.
    static HELD_BACK: RefCell<Option<Option<Box<Failure>>>> = const { RefCell::new(None) };
}

#[cfg(test)]
thread_local!(static TOLD: RefCell<String> = const { RefCell::new(String::new()) });

/// The report of a question that is not passed; nothing where it is.
#[cfg(test)]
pub(crate) fn told_by(ask: impl FnOnce() + std::panic::UnwindSafe) -> String {
    TOLD.take();
    let _ = std::panic::catch_unwind(ask);
    TOLD.take()
}

/// Runs the test of a task.
#[doc(hidden)]
pub fn sit(
    name: &'static str,
    asked: &'static str,
    open: &'static [&'static str],
    test: impl FnOnce(),
) {
    let open = said_open().unwrap_or(open);
    TASK.set(Some(Task { name, asked, open }));
    test();
}

/// The tasks that are not handed in with a program that is not the package's own.
fn said_open() -> Option<&'static [&'static str]> {
    static SAID: OnceLock<Option<Vec<String>>> = OnceLock::new();
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    let said = SAID.get_or_init(settings::open).as_ref()?;
    Some(NAMES.get_or_init(|| said.iter().map(String::as_str).collect()))
}

/// The task whose test runs here.
pub(crate) fn task() -> Task {
    TASK.with_borrow(Clone::clone).expect("this is the test of a task")
}

/// Why a task is not passed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failure {
    pub(crate) command: String,
    pub(crate) should: String,
    pub(crate) did: String,
    /// The sentence of the brief that does not hold.
    pub(crate) quote: Option<String>,
    /// The cause, where it is known: what a program that is stuck or that crashed said itself.
    pub(crate) looks_like: Option<String>,
    /// What its schedule needs to fail, and the command that plays that alone.
    pub(crate) needs: Option<[String; 2]>,
    /// What else was seen. Which of it is the cause, a reader decides.
    pub(crate) clues: Vec<String>,
    /// What the program printed last, where that helps.
    pub(crate) printed: Option<String>,
    /// The names of the rules that refuse the run, for the proof.
    pub(crate) rules: Option<String>,
    /// The brief, for the title and for where to read.
    pub(crate) brief: Option<Brief>,
}

/// Where an exercise's brief is.
#[derive(Clone, Debug)]
pub(crate) struct Brief {
    pub(crate) exercise: String,
    pub(crate) text: String,
}

impl Brief {
    pub(crate) fn of(exercise: &str, root: &Path) -> Brief {
        let text = fs::read_to_string(root.join(exercise::brief(exercise))).unwrap_or_default();
        Brief { exercise: exercise.to_owned(), text }
    }

    /// What a task is about, in the words of its heading.
    fn title(&self, task: &str) -> Option<&str> {
        let mut headings = self.text.lines().filter_map(Heading::read);
        headings.find(|heading| heading.name() == task).map(|heading| heading.title)
    }
}

impl Failure {
    /// The failure that a question ends with, if it does. It is not told yet.
    pub(crate) fn of(ask: impl FnOnce()) -> Option<Failure> {
        let before = HELD_BACK.replace(Some(None));
        let asked = catch_unwind(AssertUnwindSafe(ask));
        let failure = HELD_BACK.replace(before).flatten();
        match asked {
            Err(panic) if failure.is_none() => resume_unwind(panic),
            _ => failure.map(|failure| *failure),
        }
    }

    /// Fails the test. The report is all that it prints.
    pub(crate) fn raise(self) -> ! {
        let is_held_back = HELD_BACK.with_borrow(Option::is_some);
        if is_held_back {
            HELD_BACK.set(Some(Some(Box::new(self))));
            resume_unwind(Box::new("the task is not passed"))
        }
        eprintln!("{self}");
        #[cfg(test)]
        TOLD.set(self.to_string());
        resume_unwind(Box::new("the task is not passed"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = TASK.with_borrow(Clone::clone);
        let brief = self.brief.as_ref();
        let name = task.as_ref().map_or("the program", |task| task.name);
        let title = brief.and_then(|brief| brief.title(name)).unwrap_or_default();
        let heading = if title.is_empty() { name.to_owned() } else { format!("{name} · {title}") };
        let gap = 84_usize.saturating_sub(heading.chars().count()).max(2);
        writeln!(f, "\n{heading}{}FAILED\n", " ".repeat(gap))?;
        if let Some(task) = &task {
            row(f, "you were asked", task.asked)?;
        }
        row(f, failure::RUN, &self.command)?;
        row(f, failure::SHOULD, &self.should)?;
        row(f, failure::DID, &self.did)?;
        if let Some(quote) = &self.quote {
            row(f, "the brief says", &format!("“{quote}”"))?;
        }
        if let Some(looks_like) = &self.looks_like {
            row(f, failure::LOOKS_LIKE, looks_like)?;
        }
        if let Some([sentence, command]) = &self.needs {
            row(f, failure::NEEDS, sentence)?;
            row(f, failure::ALONE, command)?;
        }
        // A rule has said it in its own words.
        let difference = self.quote.is_none().then(|| unlike(&self.should, &self.did)).flatten();
        for seen in difference.iter().chain(&self.clues) {
            row(f, failure::SEEN, seen)?;
        }
        if let Some(printed) = &self.printed {
            row(f, "it printed last", printed)?;
        }
        if let Some(rules) = &self.rules {
            row(f, failure::RULES, rules)?;
        }
        if let Some(brief) = brief {
            let section = task.and_then(|task| section(task.name)).unwrap_or_default();
            let brief = format!("{}{section}", exercise::brief(&brief.exercise));
            // Of what went wrong there may be a page that knows more than the brief.
            let page = reading::page(self).map(|page| format!("{page}\n")).unwrap_or_default();
            row(f, "read", &format!("{page}{brief}"))?;
        }
        Ok(())
    }
}

/// `, "Fix it" 1` for the task `fix-1`.
fn section(task: &str) -> Option<String> {
    let (kind, number) = task::parts(task)?;
    Some(format!(", \"{}\" {number}", Kind::named(kind)?.section()))
}

/// A label, and beside it a text of one or several lines.
fn row(f: &mut fmt::Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    let mut lines = text.lines();
    let width = failure::LABEL_WIDTH;
    writeln!(f, "  {label:width$}  {}", lines.next().unwrap_or_default())?;
    for line in lines {
        writeln!(f, "{}", format!("  {:width$}  {line}", "").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_from_what_was_asked_to_where_to_read() {
        let text = "## Fix it\n\n### ★ Fix 1: the consumer leaves (20 min)\n\ntext";
        let failure = Failure {
            command: "cargo 01 --leave-after 4 --pace instant".to_owned(),
            should: "end with exit code 1".to_owned(),
            did: "ended with exit code 0\nand said nothing".to_owned(),
            brief: Some(Brief { exercise: "01-basic".to_owned(), text: text.to_owned() }),
            ..Failure::default()
        };
        let told = std::thread::spawn(move || {
            TASK.set(Some(Task { name: "fix-1", asked: "what is lost is told", open: &[] }));
            failure.to_string()
        });
        let told = told.join().unwrap();
        let expected = "  you were asked    what is lost is told
  this was run      cargo 01 --leave-after 4 --pace instant
  it should         end with exit code 1
  it did            ended with exit code 0
                    and said nothing
  read              exercises/01-basic/README.md, \"Fix it\" 1\n";
        let (heading, rest) = told.trim_start().split_once("\n\n").unwrap();
        assert_eq!(heading.split_once("  ").unwrap().0, "fix-1 · the consumer leaves");
        assert!(heading.ends_with("  FAILED"), "{heading}");
        assert_eq!(rest, expected);
    }
}
