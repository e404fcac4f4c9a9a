//! What runs now, and what has come of it.

use super::{job::Job, verdict::Verdict};
use crate::{
    Result,
    child::{self, Ended},
    look::Look,
    timeline,
};
use serde_json::Value;
use std::{
    collections::VecDeque,
    process::Command,
    time::{Duration, Instant},
};

/// So many lines of a program are kept.
const MOST_LINES: usize = 300;

/// How often a program that floods is drawn.
const DRAWN: Duration = Duration::from_millis(100);

/// What runs now.
#[derive(Debug)]
pub(super) enum Work {
    Nothing,
    Check(Check),
    Program(Program),
    /// What draws the program's timeline.
    Timeline(Program),
}

/// How far a test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// What the brief names holds, and other settings are played.
    Named,
    Passed,
    Failed,
    /// It fails, and its TODO stands.
    Open,
}

/// How many of how many parts are built.
#[derive(Clone, Copy, Debug)]
struct Parts {
    done: u64,
    all: u64,
}

impl Parts {
    /// Reads what a build tells whoever holds it.
    fn read(told: &Value) -> Parts {
        let part = |place: usize| told["building"][place].as_u64().unwrap_or_default();
        Parts { done: part(0), all: part(1) }
    }
}

impl std::fmt::Display for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "building: {} of {} …", self.done, self.all)
    }
}

/// A check that is under way.
#[derive(Debug)]
pub(super) struct Check {
    job: Job,
    parts: Option<Parts>,
    /// How far each test is, in the order of the first news of it.
    tests: Vec<(String, Stage)>,
    document: String,
    complaint: String,
    /// What a later check may take instead of building the tests anew.
    ready: Option<String>,
}

/// The program, at work.
#[derive(Debug)]
pub(super) struct Program {
    job: Job,
    /// Whether what runs is ours, and tells how far its build is.
    is_ours: bool,
    parts: Option<Parts>,
    lines: VecDeque<String>,
    drawn: Instant,
}

impl Check {
    pub(super) fn start(command: &mut Command) -> Result<Check> {
        let (document, complaint) = (String::new(), String::new());
        let job = Job::start(command)?;
        Ok(Check { job, parts: None, tests: Vec::new(), document, complaint, ready: None })
    }

    /// The tests that it has built, for a later check.
    pub(super) fn ready(&self) -> Option<&str> {
        self.ready.as_deref()
    }

    /// Takes in what has come. Tells whether that was something, and the verdict when there is one.
    pub(super) fn look(&mut self) -> (bool, Option<std::result::Result<Verdict, String>>) {
        let ended = self.job.ended();
        let news = self.job.news();
        let mut has_news = false;
        for line in news.stdout {
            match serde_json::from_str::<Value>(&line) {
                Ok(test) if test["test"].is_string() => {
                    self.take(&test);
                    has_news = true;
                }
                Ok(built) if built["building"].is_array() => {
                    self.parts = Some(Parts::read(&built));
                    has_news = true;
                }
                Ok(built) if built["tests"].is_object() => {
                    self.ready = Some(built["tests"].to_string());
                }
                Ok(whole) if whole["exercises"].is_array() => self.document = line,
                _ => {}
            }
        }
        for line in &news.stderr {
            self.complaint.push_str(line);
            self.complaint.push('\n');
        }
        let verdict = ended.map(|status| {
            Verdict::read(&self.document).ok_or_else(|| {
                let ended = child::ending(status);
                format!("the check ended without a verdict ({ended})\n{}", self.complaint)
            })
        });
        (has_news, verdict)
    }

    /// Takes in what is told of a test.
    fn take(&mut self, news: &Value) {
        let stage = if news["named"] == true {
            Stage::Named
        } else if news["passed"] == true {
            Stage::Passed
        } else if news["open"] == true {
            Stage::Open
        } else {
            Stage::Failed
        };
        let name = news["test"].as_str().unwrap_or_default();
        match self.tests.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = stage,
            None => self.tests.push((name.to_owned(), stage)),
        }
    }

    /// What is to be seen meanwhile.
    pub(super) fn told(&self, exercise: &str, look: Look) -> String {
        let doing = match self.parts {
            _ if !self.tests.is_empty() => "checking …".to_owned(),
            Some(parts) => parts.to_string(),
            None => "building …".to_owned(),
        };
        let mut text = format!("{exercise}: {doing}\n");
        for (test, stage) in &self.tests {
            let (sign, more) = match stage {
                Stage::Named => (look.passed(), " (the brief's own settings; more follow)"),
                Stage::Passed => (look.passed(), ""),
                Stage::Failed => (look.failed(), ""),
                Stage::Open => (look.open(), ""),
            };
            text.push_str(&look.fit(&format!("  {sign} {test}{more}\n")));
        }
        look.words(&text)
    }
}

impl Program {
    pub(super) fn start(command: &mut Command) -> Result<Program> {
        let (lines, drawn) = (VecDeque::new(), Instant::now());
        Ok(Program { job: Job::start(command)?, is_ours: false, parts: None, lines, drawn })
    }

    /// Likewise what plays it with a tape, which goes with it.
    pub(super) fn with_tape(command: &mut Command) -> Result<Program> {
        let mut program = Program::start(command)?;
        program.is_ours = true;
        program.job = program.job.leaving(|process| timeline::tape(process, 0));
        Ok(program)
    }

    /// Takes in what has come. Tells whether it is to be drawn, and all of it when the program has ended.
    pub(super) fn look(&mut self) -> (bool, Option<(String, Ended)>) {
        let ended = self.job.ended();
        let news = self.job.news();
        let has_news = !news.stdout.is_empty() || !news.stderr.is_empty();
        for line in news.stdout {
            let told = serde_json::from_str::<Value>(&line).ok().filter(|_| self.is_ours);
            match told.filter(|told| told["building"].is_array()) {
                Some(told) => self.parts = Some(Parts::read(&told)),
                None => self.lines.push_back(line),
            }
        }
        self.lines.extend(news.stderr);
        while self.lines.len() > MOST_LINES {
            self.lines.pop_front();
        }
        if let Some(status) = ended {
            let text = self.lines.drain(..).map(|line| line + "\n").collect();
            return (true, Some((text, child::ending(status))));
        }
        let is_due = has_news && self.drawn.elapsed() > DRAWN;
        if is_due {
            self.drawn = Instant::now();
        }
        (is_due, None)
    }

    /// Its last lines, as many as fit.
    pub(super) fn told(&self, width: Option<usize>, height: usize) -> String {
        if self.lines.is_empty() {
            let doing = self.parts.map(|parts| format!("{parts}\n"));
            return doing.unwrap_or_else(|| "building and running …\n".to_owned());
        }
        let first = self.lines.len().saturating_sub(height.saturating_sub(4));
        cut(self.lines.iter().skip(first).map(String::as_str), width)
    }
}

/// Lines, without what is behind the edge of the window.
pub(super) fn cut<'a>(lines: impl Iterator<Item = &'a str>, width: Option<usize>) -> String {
    let seen = |line: &str| line.chars().take(width.unwrap_or(usize::MAX)).collect::<String>();
    lines.map(|line| seen(line) + "\n").collect()
}
