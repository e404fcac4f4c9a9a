//! What a grading and its workers tell each other: a JSON document in a line.

use super::{
    form,
    intake::Submission,
    judge::{Spent, Subject},
    merged,
    report::Marked,
    sandbox::Choice,
};
use crate::{Error, Result, source::Sources, suite::Suite, workspace::Workspace};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// What a worker is told first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setup {
    /// Its number, from 1.
    pub(super) number: usize,
    /// Whether it begins with what the first one has built. One that takes the place of another has it already, and the
    /// first may be at work.
    pub(super) takes_over: bool,
    /// How many tests it runs at once.
    pub(super) at_once: usize,
    /// The sandbox, if one is wanted.
    pub(super) sandbox: Option<Choice>,
    /// What other settings are drawn by than those of the course; empty for those.
    pub(super) draw: String,
    /// Whether it draws runs that went wrong.
    pub(super) draws: bool,
    /// The tests of each exercise, which are built.
    pub(super) tests: BTreeMap<String, PathBuf>,
}

impl Setup {
    pub(super) fn line(&self) -> Value {
        let Setup { number, takes_over, at_once, sandbox, draw, draws, tests } = self;
        let sandbox = sandbox.map(Choice::word);
        let tests: BTreeMap<_, _> =
            tests.iter().map(|(name, path)| (name, path.to_string_lossy())).collect();
        json!({ "number": number, "takes_over": takes_over, "at_once": at_once, "sandbox": sandbox, "draw": draw, "draws": draws, "tests": tests })
    }

    pub(super) fn read(line: &Value) -> Option<Setup> {
        let number = |key: &str| usize::try_from(line[key].as_u64()?).ok();
        let tests = line["tests"].as_object()?.iter();
        let tests = tests.map(|(name, path)| Some((name.clone(), PathBuf::from(path.as_str()?))));
        Some(Setup {
            number: number("number").filter(|number| *number > 0)?,
            takes_over: line["takes_over"].as_bool()?,
            at_once: number("at_once")?,
            sandbox: match &line["sandbox"] {
                Value::Null => None,
                word => Some(Choice::read(word.as_str()?)?),
            },
            draw: line["draw"].as_str()?.to_owned(),
            draws: line["draws"].as_bool()?,
            tests: tests.collect::<Option<_>>()?,
        })
    }

    /// The exercises with their tests.
    pub(super) fn subjects(&self, workspace: &Workspace) -> Result<Vec<Subject>> {
        let exercises = workspace.exercises()?.into_iter();
        let subject = |exercise: crate::workspace::Exercise| {
            let binary = self.tests.get(&exercise.name)?.clone();
            Some(Suite::built(&exercise, binary).and_then(|suite| Subject::of(exercise, suite)))
        };
        exercises.filter_map(subject).collect()
    }
}

/// What of a submission its verdicts stand on.
pub(super) fn submission(submission: &Submission) -> Value {
    let Submission { student, problem, programs, answers, refused, unused, more_time, .. } =
        submission;
    json!({
        "student": student,
        "problem": problem,
        "programs": programs,
        "answers": answers,
        "refused": refused,
        "unused": unused,
        "more_time": more_time,
    })
}

pub(super) fn read_submission(line: &Value) -> Option<Submission> {
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let lines = |key: &str| line[key].as_array()?.iter().map(word).collect::<Option<Vec<String>>>();
    let texts = |value: &Value| -> Option<Sources> {
        value.as_object()?.iter().map(|(name, text)| Some((name.clone(), word(text)?))).collect()
    };
    let programs = line["programs"].as_object()?.iter();
    Some(Submission {
        student: word(&line["student"])?,
        problem: word(&line["problem"]),
        programs: programs
            .map(|(name, sources)| Some((name.clone(), texts(sources)?)))
            .collect::<Option<_>>()?,
        answers: texts(&line["answers"])?,
        refused: lines("refused")?,
        unused: lines("unused")?,
        more_time: u32::try_from(line["more_time"].as_u64()?).ok()?,
        // Points are for the grading to give.
        ..Submission::default()
    })
}

fn spent(spent: Spent) -> Value {
    json!({
        "programs": spent.programs,
        "building_ms": spent.building.as_millis() as u64,
        "testing_ms": spent.testing.as_millis() as u64,
    })
}

fn read_spent(line: &Value) -> Spent {
    let number = |key: &str| line[key].as_u64().unwrap_or(0);
    Spent {
        programs: number("programs"),
        building: Duration::from_millis(number("building_ms")),
        testing: Duration::from_millis(number("testing_ms")),
    }
}

/// What a submission came to, in the line of a worker.
pub(super) fn answer(marked: &Marked, spent: Spent) -> Value {
    let pictures: Vec<_> = marked.tasks.iter().map(|graded| &graded.picture).collect();
    json!({ "marked": form::student(marked), "pictures": pictures, "spent": self::spent(spent) })
}

pub(super) fn read_answer(line: &Value) -> Option<(Marked, Spent)> {
    let mut marked = merged::student(&line["marked"])?;
    for (graded, picture) in marked.tasks.iter_mut().zip(line["pictures"].as_array()?) {
        graded.picture = picture.as_str().map(str::to_owned);
    }
    Some((marked, read_spent(&line["spent"])))
}

/// A line that came from the other side.
pub(super) fn read<T>(line: &str, what: impl FnOnce(&Value) -> Option<T>) -> Result<T> {
    let value = serde_json::from_str::<Value>(line).ok();
    value.as_ref().and_then(what).ok_or_else(|| {
        let start: String = line.chars().take(80).collect();
        Error::Failed(format!("a line that nobody has written: {start}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_is_read_as_it_was_written() {
        let setup = Setup {
            number: 2,
            takes_over: true,
            at_once: 1,
            sandbox: Some(Choice::None),
            draw: "x".to_owned(),
            draws: true,
            tests: [("01-x".to_owned(), "/tests".into())].into(),
        };
        assert_eq!(Setup::read(&setup.line()), Some(setup));
        let sources = Sources::from([("main.rs".to_owned(), "fn main() {}\n".to_owned())]);
        let handed_in = Submission {
            student: "ann".to_owned(),
            problem: Some("why".to_owned()),
            programs: [("01-x".to_owned(), sources)].into(),
            answers: [("01-x".to_owned(), "# A\n".to_owned())].into(),
            refused: vec!["a".to_owned()],
            unused: vec!["b".to_owned()],
            more_time: 50,
            ..Submission::default()
        };
        assert_eq!(read_submission(&submission(&handed_in)), Some(handed_in));
        assert!(read("{ torn", read_submission).is_err());
    }
}
