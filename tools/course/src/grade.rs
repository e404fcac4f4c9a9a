//! Grades submissions: this checkout, or those of a class, each against this checkout as the course.
//!
//! What is taken from a submission is little (`intake`); it is built and run within bounds (`sandbox`), and the
//! tests stay outside (`judge`). The report comes in the form that is asked for (`form`).

mod again;
mod archive;
mod bounds;
mod cell;
#[cfg_attr(not(target_os = "linux"), path = "grade/no_confine.rs")]
mod confine;
mod feedback;
mod form;
mod intake;
mod judge;
mod orphans;
mod points;
mod record;
mod report;
mod sandbox;
mod sheets;
mod stage;
mod table;

use crate::{
    Error, Result,
    brief::{Brief, Task},
    look::Look,
    read, say, status,
    suite::Suite,
    sum,
    workspace::{Exercise, Workspace},
};
use again::Tally;
use archive::Bench;
use bounds::Bounds;
pub use form::Form;
use intake::Submission;
use judge::{Judge, Subject};
use points::Points;
use record::Record;
use report::{Marked, Report};
use stage::Stage;
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process,
};

/// What is to be graded, and what is to come of it.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The folder with the submissions; without it, this checkout is the one.
    pub class: Option<PathBuf>,
    /// Only the submissions of these students; of all, if none is named.
    pub students: Vec<String>,
    /// The form of the report; without it, a table.
    pub form: Option<Form>,
    /// Where a page for each student goes.
    pub feedback: Option<PathBuf>,
    /// Where what is graded is kept: a grading that was killed goes on there, and a new one tells what has changed.
    pub record: Option<PathBuf>,
    /// Where the answers to the questions go, a page for each question.
    pub answers: Option<PathBuf>,
    /// A file with words that nobody else knows: other settings are drawn by them.
    pub hidden: Option<PathBuf>,
    /// How many times to grade, to see whether a verdict changes; then that is all that is told.
    pub again: Option<usize>,
    /// Whether to grade where no sandbox works, and without it where one does.
    pub unsandboxed: bool,
}

/// Grades. Whether every verdict is about a submission, and none about the grader.
pub fn run(
    workspace: &Workspace,
    exercises: Vec<Exercise>,
    wish: &Wish,
    look: Look,
) -> Result<bool> {
    // What can't be right is told before anything is built.
    let points = Points::of(&workspace.root, &workspace.exercises()?)?;
    let stage = Stage::open(&workspace.root, wish.unsandboxed)?;
    let draw = wish.hidden.as_deref().map_or(Ok(String::new()), words)?;
    let submissions = match &wish.class {
        Some(folder) => {
            let place = env::temp_dir().join(format!("handoff-unpacked-{}", process::id()));
            let bench = Bench { sandbox: &stage.sandbox, place };
            only(intake::class(folder, workspace, &bench)?, &wish.students)?
        }
        None => vec![intake::taken("this checkout", &workspace.root, workspace)],
    };
    if let Some(form) = wish.form {
        form.fits(submissions.len())?;
    }
    for folder in [&wish.feedback, &wish.answers].into_iter().flatten() {
        fs::create_dir_all(folder).map_err(|error| Error::about(folder, &error))?;
    }
    eprintln!("{}", look.fit(&format!("Sandbox: {}.", stage.sandbox.told())).trim_end());
    orphans::adopt();
    let subjects = subjects(&stage, exercises)?;
    if let Some(folder) = &wish.answers {
        sheets::write(folder, &subjects, &submissions)?;
    }
    let judge = Judge { stage: &stage, subjects: &subjects, points: &points, draw: &draw };
    if let Some(times) = wish.again {
        let tally = Tally::of(&judge, &submissions, times);
        say(&tally.told(times))?;
        return Ok(tally.changed() == 0);
    }
    let students = marks(&judge, &submissions, workspace, wish)?;
    let sandbox = stage.sandbox.told();
    let report = Report {
        sandbox,
        is_sandboxed: stage.sandbox.is_on,
        is_hidden: !draw.is_empty(),
        students,
    };
    say(&wish.form.map_or_else(|| table::told(&report, look), |form| form.told(&report)))?;
    Ok(report.is_sound())
}

/// The submissions of these students, each of whom has to be there; all of them if none is named.
fn only(all: Vec<Submission>, students: &[String]) -> Result<Vec<Submission>> {
    let is_there = |name: &&String| all.iter().any(|submission| submission.student == **name);
    if let Some(missing) = students.iter().find(|name| !is_there(name)) {
        return Err(Error::Input(format!("there is no submission of {missing}")));
    }
    let is_meant =
        |submission: &Submission| students.is_empty() || students.contains(&submission.student);
    Ok(all.into_iter().filter(is_meant).collect())
}

/// What other settings are drawn by: a sum over a file, which has to hold something.
fn words(file: &Path) -> Result<String> {
    let text = read(file)?;
    if text.trim().is_empty() {
        return Err(Error::Input(format!(
            "{}: settings are drawn by its words, and it has none",
            file.display()
        )));
    }
    Ok(sum::of([text.as_str()]))
}

/// The marks of all submissions, in their order.
fn marks(
    judge: &Judge<'_>,
    submissions: &[Submission],
    workspace: &Workspace,
    wish: &Wish,
) -> Result<Vec<Marked>> {
    let sandbox = &judge.stage.sandbox;
    let mut record = None;
    if let Some(folder) = &wish.record {
        let points = format!("{} {}", judge.points.text(), judge.draw);
        let course = record::course(&workspace.root, judge.subjects, &points, &sandbox.told())?;
        let opened = Record::open(folder, course)?;
        if opened.done() > 0 {
            eprintln!("Goes on: {} were graded already.", opened.done());
        }
        record = Some(opened);
    }
    let mut students = Vec::new();
    for (number, submission) in submissions.iter().enumerate() {
        status(&format!("{} of {}: {} …", number + 1, submissions.len(), submission.student));
        let marked = match &mut record {
            Some(record) => record.mark(judge, submission)?,
            None => judge.mark(submission),
        };
        if let Some(folder) = &wish.feedback {
            feedback::write(folder, &marked, sandbox.is_on)?;
        }
        students.push(marked);
    }
    status("");
    if let Some(mut record) = record {
        record.finish()?;
        eprint!("{}", record.changes(&students));
    }
    Ok(students)
}

/// Becomes a program within the bounds that stand in a file. It comes back only if that can't be.
pub fn confined(bounds: &Path, program: &[OsString]) -> Result<bool> {
    let bounds = Bounds::read(bounds)?;
    Err(confine::become_program(bounds, program))
}

/// The tests of these exercises, and what their programs stand on.
fn subjects(stage: &Stage, exercises: Vec<Exercise>) -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    for exercise in exercises {
        let short = exercise.short().to_owned();
        let suite = Suite::build(&exercise, &exercise.solution_package())?
            .map_err(|why| Error::Failed(format!("the tests of {short}: {}", why.why)))?;
        stage.warm(&exercise)?;
        let (tasks, goes_outside) = (tasks(&exercise)?, exercise.goes_outside()?);
        subjects.push(Subject { exercise, tasks, suite, goes_outside });
    }
    Ok(subjects)
}

/// The tasks of an exercise's brief.
fn tasks(exercise: &Exercise) -> Result<Vec<Task>> {
    Ok(Brief::read(&exercise.brief_text()?).tasks)
}
