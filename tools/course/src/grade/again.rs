//! Judges the same submissions many times, and counts the verdicts that are not those of the first time.

use super::{crew::Crew, intake::Submission, report::Marked};
use crate::{
    Result,
    same::{beside_busy_loops, cores, thousands},
    status,
};
use std::{collections::BTreeMap, fmt::Write as _};

/// What came of a task in all rounds.
#[derive(Debug, Default)]
struct Task {
    /// How often it came to what.
    statuses: BTreeMap<&'static str, usize>,
    /// The status and the message of the first round.
    first: Option<(&'static str, Option<String>)>,
    /// How often the status was the first one, and the message another.
    reworded: usize,
}

/// All verdicts, by the names of student and task.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<(String, String), Task>);

impl Tally {
    /// Grades all of them so many times, the second half beside a busy loop on every core.
    pub(super) fn of(crew: &Crew<'_>, submissions: &[Submission], times: usize) -> Result<Tally> {
        let mut tally = Tally::default();
        let all: Vec<&Submission> = submissions.iter().collect();
        let mut round = |number: usize| {
            status(&format!("round {number} of {times} …"));
            crew.grade(&all, |_, marked, _| {
                tally.add(&marked);
                Ok(())
            })
        };
        let quiet = times.div_ceil(2);
        (1..=quiet).try_for_each(&mut round)?;
        beside_busy_loops(cores(), || (quiet + 1..=times).try_for_each(&mut round))?;
        status("");
        Ok(tally)
    }

    fn add(&mut self, marked: &Marked) {
        for graded in &marked.tasks {
            let word = graded.status.word();
            let task = self.0.entry((marked.student.clone(), graded.name())).or_default();
            *task.statuses.entry(word).or_default() += 1;
            let (first, message) = task.first.get_or_insert_with(|| (word, graded.message.clone()));
            task.reworded += usize::from(*first == word && *message != graded.message);
        }
    }

    /// How many verdicts are not those of the first round.
    pub(super) fn changed(&self) -> usize {
        let changed = |task: &Task| {
            let first = task.first.as_ref().map(|(word, _)| *word);
            let others = task.statuses.iter().filter(|(word, _)| Some(**word) != first);
            others.map(|(_, count)| count).sum::<usize>()
        };
        self.0.values().map(changed).sum()
    }

    pub(super) fn told(&self, times: usize) -> String {
        let mut text = String::new();
        for ((student, name), task) in self.0.iter().filter(|(_, task)| task.statuses.len() > 1) {
            let all: Vec<String> =
                task.statuses.iter().map(|(word, count)| format!("{count} × {word}")).collect();
            let _ = writeln!(text, "{student}, {name}: {}", all.join(", "));
        }
        let all: usize = self.0.values().flat_map(|task| task.statuses.values()).sum();
        let reworded: usize = self.0.values().map(|task| task.reworded).sum();
        let _ = writeln!(
            text,
            "{} verdicts in {} rounds, the second half beside {} busy loops: \
             {} changed, {} told in other words",
            thousands(all),
            thousands(times),
            cores(),
            thousands(self.changed()),
            thousands(reworded),
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        brief::Brief,
        grade::report::{Graded, Status},
    };

    #[test]
    fn a_verdict_that_changes_is_counted_and_named() {
        let [task] = <[_; 1]>::try_from(Brief::read("### Fix 1: it (5 min)\n").tasks).unwrap();
        let mut tally = Tally::default();
        for (status, message) in [
            (Status::Timeout, "x"),
            (Status::Pass, "x"),
            (Status::Timeout, "y"),
            (Status::Timeout, "x"),
        ] {
            let (message, task) = (Some(message.to_owned()), task.clone());
            let graded = Graded {
                exercise: "01-x".to_owned(),
                task,
                status,
                most: 5,
                percent: 100,
                message,
                picture: None,
            };
            let student = "ann".to_owned();
            tally.add(&Marked { student, tasks: vec![graded], ..Marked::default() });
        }
        assert_eq!(tally.changed(), 1);
        let told = tally.told(4);
        assert!(told.starts_with("ann, 01 fix-1: 1 × pass, 3 × timeout\n4 verdicts"), "{told}");
        assert!(told.ends_with(": 1 changed, 1 told in other words\n"), "{told}");
    }
}
