//! Grades one submission: its programs are built and run within bounds, and the course's own tests look at them from
//! outside. Only what these tests say is a verdict: nothing that a program prints or ends with can be one.

use super::{
    cell::Cell,
    intake::Submission,
    orphans, picture,
    report::{Graded, Marked, Status},
    stage::{NoProgram, Stage},
};
use crate::{
    Result,
    answers::Answers,
    brief::{Kind, Task},
    check::{State, of_task, state},
    child,
    suite::{Apart, Sitting, Suite, Times},
    workspace::Exercise,
};
use accord::{failure, stuck, todo};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::{Duration, Instant},
};

/// An exercise that is graded, with the tests that do it.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) exercise: Exercise,
    pub(crate) tasks: Vec<Task>,
    pub(crate) suite: Suite,
    /// Whether its programs open connections to themselves.
    pub(crate) goes_outside: bool,
}

impl Subject {
    pub(crate) fn of(exercise: Exercise, suite: Suite) -> Result<Subject> {
        let (tasks, goes_outside) = (super::tasks(&exercise)?, exercise.goes_outside()?);
        Ok(Subject { exercise, tasks, suite, goes_outside })
    }
}

/// What a task came to, why, and a drawing of that.
type Verdict = (Status, Option<String>, Option<String>);

/// What time the grading of programs took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) programs: u64,
    pub(crate) building: Duration,
    pub(crate) testing: Duration,
}

impl Spent {
    pub(crate) fn add(&mut self, other: Spent) {
        self.programs += other.programs;
        self.building += other.building;
        self.testing += other.testing;
    }

    /// In a line: what was done, and how the time of the workers was spent.
    pub(crate) fn told(&self, submissions: usize, workers: usize, took: Duration) -> String {
        format!(
            "Graded {submissions} submissions in {:.1} s with {workers} at once: \
             {} programs, {:.1} s of building and {:.1} s of testing.",
            took.as_secs_f64(),
            self.programs,
            self.building.as_secs_f64(),
            self.testing.as_secs_f64(),
        )
    }
}

/// What grades.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) subjects: &'a [Subject],
    /// What other settings are drawn by than those of the course; empty for those.
    pub(crate) draw: &'a str,
    /// How many tests to run at once.
    pub(crate) at_once: usize,
    /// Whether runs that went wrong are drawn.
    pub(crate) draws: bool,
}

impl Judge<'_> {
    /// Grades a submission. What goes wrong with the grader is a status too, so that the others are graded.
    pub(crate) fn mark(&self, submission: &Submission) -> Result<(Marked, Spent)> {
        let limit = child::time_limit()? * (100 + submission.more_time) / 100;
        let times = Times { limit, at_once: self.at_once };
        let (mut tasks, mut spent) = (Vec::new(), Spent::default());
        for subject in self.subjects {
            tasks.extend(match self.grade(subject, submission, times, &mut spent) {
                Ok(graded) => graded,
                Err(error) => all(subject, Status::GraderError, Some(error.to_string())),
            });
        }
        Ok((Marked::of(submission, tasks), spent))
    }

    fn grade(
        &self,
        subject: &Subject,
        submission: &Submission,
        times: Times,
        spent: &mut Spent,
    ) -> Result<Vec<Graded>> {
        let name = &subject.exercise.name;
        let Some(sources) = submission.programs.get(name) else {
            return Ok(all(subject, Status::NotHandedIn, None));
        };
        let answers = submission.answers.get(name).map_or("", String::as_str);
        let answers = Answers::of(answers);
        let lines = || sources.values().flat_map(|text| text.lines());
        let open: BTreeSet<String> = lines().flat_map(todo::tasks_in).collect();
        let wanted: Vec<&Task> = subject
            .tasks
            .iter()
            .filter(|task| task.kind != Kind::Break && !open.contains(&task.name()))
            .collect();
        let mut verdicts: BTreeMap<String, Verdict> = BTreeMap::new();
        if !wanted.is_empty() {
            let start = Instant::now();
            let built = self.stage.build(&subject.exercise, sources);
            spent.add(Spent { programs: 1, building: start.elapsed(), ..Spent::default() });
            match built? {
                Ok(program) => {
                    let open: Vec<&str> = open.iter().map(String::as_str).collect();
                    let start = Instant::now();
                    let asked = self.ask(subject, &wanted, &program, &open.join(" "), times);
                    spent.add(Spent { testing: start.elapsed(), ..Spent::default() });
                    verdicts = asked?;
                }
                Err(why) => {
                    let status = match why {
                        NoProgram::TimeUp(_) => Status::Timeout,
                        NoProgram::Refused(_) | NoProgram::Unfit(_) => Status::BuildError,
                    };
                    let told = self.without_places(&why.to_string());
                    let verdict = |task: &&Task| (task.name(), (status, Some(told.clone()), None));
                    verdicts = wanted.iter().map(verdict).collect();
                }
            }
        }
        let graded = subject.tasks.iter().map(|task| {
            let is_predicted = task.kind == Kind::Break
                && answers.written(task.kind.title(), task.number).is_some();
            let none = if is_predicted { Status::Pass } else { Status::NotHandedIn };
            let (status, message, picture) =
                verdicts.remove(&task.name()).unwrap_or((none, None, None));
            Graded { picture, ..Graded::new(name, task, status, message) }
        });
        Ok(graded.collect())
    }

    /// Runs the tests of these tasks on a program.
    fn ask(
        &self,
        subject: &Subject,
        wanted: &[&Task],
        program: &Path,
        open: &str,
        times: Times,
    ) -> Result<BTreeMap<String, Verdict>> {
        let cell = Cell::new(self.stage, subject, program)?;
        let tests = &subject.suite.tests;
        let own: Vec<&String> =
            wanted.iter().flat_map(|task| of_task(tests, &task.name())).collect();
        let before = cell.before_tests(self.stage, subject)?;
        let apart = Apart {
            before: &before,
            program: &cell.program,
            source: &self.stage.package(&subject.exercise).join("src"),
            open,
            draw: self.draw,
            temporary: &|number| cell.of_test(number, self.stage.sandbox.user),
            times,
        };
        let sitting = subject.suite.run_each_apart(&own, &apart);
        orphans::end();
        let sitting = sitting?;
        let sandbox = &self.stage.sandbox;
        let verdict = |task: &&Task| {
            let name = task.name();
            let (status, message) = verdict(&sitting, &of_task(tests, &name));
            let picture = message
                .as_deref()
                .filter(|_| self.draws && status != Status::Pass)
                .and_then(|text| picture::of(text, &cell, sandbox, subject, times.limit));
            let message = message.map(|text| cell.without_place(&self.without_places(&text)));
            (name, (status, message, picture))
        };
        Ok(wanted.iter().map(verdict).collect())
    }

    /// A message without what belongs to this machine and this run alone: two gradings are to say the same.
    fn without_places(&self, text: &str) -> String {
        let folder = &self.stage.folder;
        let text = text.replace(&format!("{}/", folder.display()), "");
        text.lines().map(without_thread).collect::<Vec<_>>().join("\n")
    }
}

/// `thread 'main' (4711) panicked at …` without the number of the thread.
fn without_thread(line: &str) -> String {
    let shorter = || {
        let (name, rest) = line.trim_start().strip_prefix("thread '")?.split_once("' (")?;
        let (number, rest) = rest.split_once(") panicked")?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| format!("thread '{name}' panicked{rest}"))
    };
    shorter().unwrap_or_else(|| line.to_owned())
}

/// All tasks of an exercise, with one status.
fn all(subject: &Subject, status: Status, message: Option<String>) -> Vec<Graded> {
    let name = &subject.exercise.name;
    subject.tasks.iter().map(|task| Graded::new(name, task, status, message.clone())).collect()
}

/// What the tests of a task came to.
fn verdict(sitting: &Sitting, tests: &[&String]) -> (Status, Option<String>) {
    let (state, message) = state(sitting, tests);
    let text = message.as_deref().unwrap_or_default();
    let status = match state {
        State::Passed => Status::Pass,
        State::Failed => kind_of_failure(text),
        // A task that nobody can pass is not passed.
        _ if tests.is_empty() => Status::Fail,
        _ if text.contains("killed after") => Status::Timeout,
        _ => Status::GraderError,
    };
    (status, message)
}

/// What kind of failure a report tells. The program may have chosen some of its words: so this names a failure, and
/// never makes a pass of one.
fn kind_of_failure(report: &str) -> Status {
    let rows = failure::rows(report);
    let did = rows.iter().find(|(label, _)| *label == failure::DID);
    let did = did.and_then(|(_, lines)| lines.first()).copied().unwrap_or_default();
    if stuck::begins_report(did) {
        return Status::Deadlock;
    }
    let is = |words: &str| did.starts_with(words);
    let signal = format!("it {}", failure::BY_SIGNAL);
    let is_seen = |(label, lines): &(&str, Vec<&str>)| {
        *label == failure::SEEN && lines.first().is_some_and(|line| line.starts_with(&signal))
    };
    if is(failure::BY_SIGNAL) || rows.iter().any(is_seen) {
        let is_full = report.contains("memory allocation of ") && report.contains(" bytes failed");
        return if is_full { Status::OutOfMemory } else { Status::Crashed };
    }
    if is("still ran after") {
        Status::Timeout
    } else if is("printed more than") {
        Status::OutputLimit
    } else if is("panicked") {
        Status::Crashed
    } else {
        Status::Fail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_named_by_what_the_program_did() {
        let named = |did: &str| kind_of_failure(&format!("  {:16}  {did}\n", failure::DID));
        assert_eq!(named("DEADLOCK at 0.0 s: nothing can happen any more."), Status::Deadlock);
        assert_eq!(named("still ran after 10 seconds and was killed"), Status::Timeout);
        assert_eq!(named("printed more than 256 KiB and was killed"), Status::OutputLimit);
        assert_eq!(named(failure::BY_SIGNAL), Status::Crashed);
        let seen = |what: &str| {
            let seen = format!("  {:16}  it {}{what}", failure::SEEN, failure::BY_SIGNAL);
            named(&format!("printed no such line\n{seen}"))
        };
        assert_eq!(seen(""), Status::Crashed);
        assert_eq!(seen(", its last: memory allocation of 9 bytes failed"), Status::OutOfMemory);
        assert_eq!(named("printed 3"), Status::Fail);
    }

    #[test]
    fn a_message_names_no_thread_of_this_run() {
        assert_eq!(without_thread("thread 'a' (12) panicked at x"), "thread 'a' panicked at x");
        assert_eq!(without_thread("thread 'a' (b) panicked at x"), "thread 'a' (b) panicked at x");
    }

    #[test]
    fn a_task_without_a_test_is_failed() {
        assert_eq!(verdict(&Sitting::default(), &[]).0, Status::Fail);
        let lost = "fix_1::stops".to_owned();
        let ended = |why: &str| Sitting {
            lost: [(lost.clone(), why.to_owned())].into(),
            ..Sitting::default()
        };
        assert_eq!(
            verdict(&ended("it did not end (killed after 120 s)"), &[&lost]).0,
            Status::Timeout
        );
        assert_eq!(verdict(&ended("it did not end (signal 9)"), &[&lost]).0, Status::GraderError);
    }
}
