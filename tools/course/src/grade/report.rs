//! What a grading came to.

use super::intake::Submission;
use crate::brief::Task;

/// What came of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Pass,
    Fail,
    NotHandedIn,
    Timeout,
    Deadlock,
    OutOfMemory,
    OutputLimit,
    BuildError,
    Crashed,
    GraderError,
}

impl Status {
    /// All of them, those first that a reader looks for.
    pub(crate) const ALL: [Status; 10] = [
        Status::Pass,
        Status::Fail,
        Status::Timeout,
        Status::Deadlock,
        Status::OutOfMemory,
        Status::OutputLimit,
        Status::Crashed,
        Status::BuildError,
        Status::GraderError,
        Status::NotHandedIn,
    ];

    /// The status that a word is for.
    pub(crate) fn read(word: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.word() == word)
    }

    /// The word for it, in every format.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::NotHandedIn => "not handed in",
            Status::Timeout => "timeout",
            Status::Deadlock => "deadlock",
            Status::OutOfMemory => "out of memory",
            Status::OutputLimit => "output limit",
            Status::BuildError => "build error",
            Status::Crashed => "crashed",
            Status::GraderError => "grader error",
        }
    }
}

/// A task of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Graded {
    /// The exercise's name.
    pub(crate) exercise: String,
    pub(crate) task: Task,
    pub(crate) status: Status,
    /// What it is worth.
    pub(crate) most: u32,
    /// How much of that a submission gets that was handed in when this one was.
    pub(crate) percent: u32,
    /// Why it has no points.
    pub(crate) message: Option<String>,
    /// A drawing of the run that the message names, where one was made.
    pub(crate) picture: Option<String>,
}

impl Graded {
    /// A task, before anybody has said what it is worth.
    pub(crate) fn new(
        exercise: &str,
        task: &Task,
        status: Status,
        message: Option<String>,
    ) -> Graded {
        Graded {
            exercise: exercise.to_owned(),
            task: task.clone(),
            status,
            most: 0,
            percent: 100,
            message,
            picture: None,
        }
    }

    pub(crate) fn points(&self) -> u32 {
        if self.status == Status::Pass { (self.most * self.percent + 50) / 100 } else { 0 }
    }

    /// How it is called where no exercise is near: `04 fix-1`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", accord::exercise::short(&self.exercise), self.task.name())
    }
}

/// A submission, graded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) student: String,
    /// Why nothing of it could be graded.
    pub(crate) problem: Option<String>,
    pub(crate) tasks: Vec<Graded>,
    /// What would have been taken, and why it was not.
    pub(crate) refused: Vec<String>,
    /// What differs from the course, and was not used.
    pub(crate) unused: Vec<String>,
    /// A sum over what was taken of the submission.
    pub(crate) submission: String,
    /// By how much it was late, if it was.
    pub(crate) late: Option<Late>,
}

/// A submission that was late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    /// By so many seconds.
    pub(crate) by_s: u64,
    /// How much of the points is left.
    pub(crate) percent: u32,
}

impl std::fmt::Display for Late {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)];
        let mut rest = self.by_s;
        let mut words = Vec::new();
        for (unit, seconds) in units {
            if rest >= seconds {
                words.push(format!("{} {unit}", rest / seconds));
                rest %= seconds;
            }
        }
        // Whoever is days late is not told the seconds.
        write!(
            f,
            "handed in {} late: {} % of the points",
            words[..words.len().min(2)].join(" "),
            self.percent
        )
    }
}

/// Points of core tasks, what those are worth, and the points of extra ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) points: u32,
    pub(crate) most: u32,
    pub(crate) bonus: u32,
}

impl Marked {
    /// What the tasks of a submission came to.
    pub(crate) fn of(submission: &Submission, tasks: Vec<Graded>) -> Marked {
        Marked {
            student: submission.student.clone(),
            problem: submission.problem.clone(),
            tasks,
            refused: submission.refused.clone(),
            unused: submission.unused.clone(),
            submission: submission.sum(),
            late: None,
        }
    }

    pub(crate) fn sum(&self) -> Sum {
        let mut sum = Sum::default();
        for graded in &self.tasks {
            if graded.task.extra {
                sum.bonus += graded.points();
            } else {
                sum.points += graded.points();
                sum.most += graded.most;
            }
        }
        sum
    }
}

/// A class, graded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// What the programs were shut in by.
    pub(crate) sandbox: String,
    pub(crate) is_sandboxed: bool,
    /// Whether the settings were drawn by words that students don't know.
    pub(crate) is_hidden: bool,
    /// A sum over what the verdicts stand on, but for the submissions.
    pub(crate) course: String,
    pub(crate) students: Vec<Marked>,
}

impl Report {
    /// Whether every verdict is about the submission, and none about the grader.
    pub(crate) fn is_sound(&self) -> bool {
        let tasks = self.students.iter().flat_map(|student| &student.tasks);
        tasks.into_iter().all(|graded| graded.status != Status::GraderError)
    }
}
