//! What a grading came to.

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
    /// Why it has no points.
    pub(crate) message: Option<String>,
}

impl Graded {
    pub(crate) fn points(&self) -> u32 {
        if self.status == Status::Pass { self.most } else { 0 }
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
}

/// Points of core tasks, what those are worth, and the points of extra ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) points: u32,
    pub(crate) most: u32,
    pub(crate) bonus: u32,
}

impl Marked {
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
    pub(crate) students: Vec<Marked>,
}

impl Report {
    /// Whether every verdict is about the submission, and none about the grader.
    pub(crate) fn is_sound(&self) -> bool {
        let tasks = self.students.iter().flat_map(|student| &student.tasks);
        tasks.into_iter().all(|graded| graded.status != Status::GraderError)
    }
}
