//! Grades submissions: this checkout, or those of a class, each against this checkout as the course.
//!
//! What is taken from a submission is little (`intake`); it is built and run within bounds (`sandbox`), and the
//! tests stay outside (`judge`). The report comes in the form that is asked for (`form`).

mod again;
mod appeal;
mod archive;
mod bounds;
mod cell;
#[cfg_attr(not(target_os = "linux"), path = "grade/no_confine.rs")]
mod confine;
mod crew;
mod feedback;
mod form;
mod intake;
mod jplag;
mod judge;
mod merged;
mod orphans;
mod passed;
mod picture;
mod points;
mod record;
mod report;
mod roster;
mod sandbox;
mod sheets;
mod shown;
mod stage;
mod table;
mod wish;

use crate::{
    Error, Result,
    brief::{Brief, Task},
    look::Look,
    read,
    same::cores,
    say, status,
    suite::Suite,
    sum,
    workspace::{Exercise, Workspace},
};
use again::Tally;
use appeal::Appeal;
use archive::Bench;
use bounds::Bounds;
use crew::Crew;
pub use form::Form;
use intake::Submission;
use judge::{Spent, Subject};
use passed::Setup;
use points::Points;
use record::Record;
use report::{Late, Marked, Report, Status};
use roster::Roster;
pub use sandbox::Choice;
use sandbox::Sandbox;
use stage::{Lock, Stage};
use std::{
    env,
    ffi::OsString,
    fs,
    path::Path,
    process,
    time::{Instant, SystemTime},
};
pub use wish::{Part, ShowExpected, Wish};

/// Grades. Whether every verdict is about a submission, and none about the grader.
pub fn run(
    workspace: &Workspace,
    exercises: Vec<Exercise>,
    wish: &Wish,
    look: Look,
) -> Result<bool> {
    if !wish.merge.is_empty() {
        return tell(&merged::merged(&wish.merge)?, wish, look);
    }
    // What can't be right is told before anything is built.
    if wish.show_expected == ShowExpected::AfterDeadline && wish.roster.is_none() {
        let needs = "--show-expected after-deadline needs --roster, which has the deadlines";
        return Err(Error::Input(needs.to_owned()));
    }
    let points = Points::of(&workspace.root, &workspace.exercises()?)?;
    let _lock = Lock::take(&workspace.root)?;
    let stage = Stage::open(&workspace.root, 1, wish.sandbox())?;
    let draw = wish.hidden.as_deref().map_or(Ok(String::new()), words)?;
    let appeal = |path| Appeal::of(path, &wish.students, wish.hidden.is_some());
    let appeal = wish.appeal.as_deref().map(appeal).transpose()?;
    let submissions = submissions(workspace, wish, &stage.sandbox)?;
    if let Some(form) = wish.form {
        form.fits(submissions.len())?;
    }
    [&wish.feedback, &wish.answers].into_iter().flatten().try_for_each(|folder| make(folder))?;
    eprintln!("{}", look.fit(&format!("Sandbox: {}.", stage.sandbox.told())).trim_end());
    let subjects = subjects(&stage, exercises)?;
    if let Some(folder) = &wish.answers {
        sheets::write(folder, &subjects, &submissions)?;
    }
    if let Some(folder) = &wish.jplag {
        jplag::write(folder, &subjects, &submissions)?;
    }
    let sandbox = stage.sandbox.clone();
    // Its place goes to the first worker.
    drop(stage);
    let workers = wish.workers(submissions.len());
    let crew = Crew::start(&setup(wish, &subjects, workers, &draw), &subjects, workspace, workers)?;
    if let Some(times) = wish.again.map(|times| times as usize) {
        let tally = Tally::of(&crew, &submissions, times)?;
        say(&tally.told(times))?;
        return Ok(tally.changed() == 0);
    }
    let round = Round { workspace, wish, subjects: &subjects, points: &points, draw: &draw };
    let students = round.marks(&crew, &submissions, &sandbox)?;
    let course = record::course(&workspace.root, &subjects, "", "")?;
    if let Some(appeal) = appeal {
        let (told, is_same) = appeal.told(&students, &course, &wish.tasks)?;
        say(&told)?;
        return Ok(is_same);
    }
    let report = Report {
        sandbox: sandbox.told(),
        is_sandboxed: sandbox.is_on,
        is_hidden: !draw.is_empty(),
        course,
        students,
    };
    tell(&report, wish, look)
}

/// What the workers are told.
fn setup(wish: &Wish, subjects: &[Subject], workers: usize, draw: &str) -> Setup {
    let tests = subjects
        .iter()
        .map(|subject| (subject.exercise.name.clone(), subject.suite.binary().to_path_buf()));
    Setup {
        number: 1,
        takes_over: true,
        at_once: (cores() / workers).max(1),
        sandbox: wish.sandbox(),
        draw: draw.to_owned(),
        draws: wish.feedback.is_some(),
        tests: tests.collect(),
    }
}

/// Prints a report, in the form that is wished. Whether every verdict in it is about a submission.
fn tell(report: &Report, wish: &Wish, look: Look) -> Result<bool> {
    if let Some(form) = wish.form {
        form.fits(report.students.len())?;
    }
    if let Some(folder) = &wish.feedback {
        make(folder)?;
        let mut pages = report.students.iter();
        pages.try_for_each(|marked| feedback::write(folder, marked, report.is_sandboxed))?;
    }
    say(&wish.form.map_or_else(|| table::told(report, look), |form| form.told(report)))?;
    Ok(report.is_sound())
}

fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| Error::about(folder, &error))
}

/// What is graded: the submissions of a class, or this checkout.
fn submissions(workspace: &Workspace, wish: &Wish, sandbox: &Sandbox) -> Result<Vec<Submission>> {
    let Some(folder) = &wish.class else {
        return Ok(vec![intake::taken("this checkout", &workspace.root, workspace)]);
    };
    let place = env::temp_dir().join(format!("handoff-unpacked-{}", process::id()));
    let mut all = intake::class(folder, workspace, &Bench { sandbox, place })?;
    if let Some(path) = &wish.roster {
        let strangers = Roster::of(path)?.apply(&mut all);
        if !strangers.is_empty() {
            eprintln!("Not on the roster: {}.", strangers.join(", "));
        }
    }
    if let Some(part) = wish.part {
        let mut place = 0..;
        all.retain(|_| place.next().is_some_and(|place| part.has(place)));
    }
    only(all, &wish.students)
}

/// Grades what comes on standard input, for a grading that has started this process.
pub fn work(workspace: &Workspace) -> Result<bool> {
    crew::work(workspace)
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

/// One round of grading.
struct Round<'a> {
    workspace: &'a Workspace,
    wish: &'a Wish,
    subjects: &'a [Subject],
    points: &'a Points,
    draw: &'a str,
}

impl Round<'_> {
    /// The marks of all submissions, in their order.
    fn marks(
        &self,
        crew: &Crew<'_>,
        submissions: &[Submission],
        sandbox: &Sandbox,
    ) -> Result<Vec<Marked>> {
        let mut record = self.record(sandbox)?;
        let known =
            |submission| record.as_ref().and_then(|record| record.known(self.subjects, submission));
        let mut students: Vec<Option<Marked>> = submissions.iter().map(known).collect();
        let open: Vec<usize> = (0..students.len()).filter(|&at| students[at].is_none()).collect();
        let wanted: Vec<&Submission> = open.iter().map(|&at| &submissions[at]).collect();
        let (start, mut all, mut count) = (Instant::now(), Spent::default(), 0);
        crew.grade(&wanted, |number, marked, spent| {
            if let Some(record) = &mut record {
                record.keep(wanted[number], &marked)?;
            }
            all.add(spent);
            count += 1;
            status(&format!("{count} of {}: {} …", wanted.len(), marked.student));
            students[open[number]] = Some(marked);
            Ok(())
        })?;
        status("");
        eprintln!("{}", all.told(count, crew.len(), start.elapsed()));
        let mut students: Vec<Marked> = students.into_iter().flatten().collect();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        for (marked, submission) in students.iter_mut().zip(submissions) {
            self.weigh(marked, submission);
            if !self.wish.show_expected.is_so(submission.due, now.as_secs()) {
                hide_expected(marked);
            }
        }
        if let Some(mut record) = record {
            record.finish()?;
            eprint!("{}", record.changes(&students));
        }
        Ok(students)
    }

    fn record(&self, sandbox: &Sandbox) -> Result<Option<Record>> {
        let Some(folder) = &self.wish.record else { return Ok(None) };
        let course =
            record::course(&self.workspace.root, self.subjects, self.draw, &sandbox.told())?;
        let opened = Record::open(folder, course)?;
        if opened.done() > 0 {
            eprintln!("Goes on: {} were graded already.", opened.done());
        }
        Ok(Some(opened))
    }

    /// Says what each task is worth, and how much of that is left where a submission is late.
    fn weigh(&self, marked: &mut Marked, submission: &Submission) {
        let late = |by_s| Late { by_s, percent: self.points.percent(by_s) };
        marked.late = submission.late_s().map(late);
        for graded in &mut marked.tasks {
            let (exercise, name) = (&graded.exercise, graded.task.name());
            let subject = self.subjects.iter().find(|subject| subject.exercise.name == *exercise);
            let worth = subject.and_then(|subject| {
                let task = subject.tasks.iter().find(|task| task.name() == name)?;
                Some(self.points.of_task(&subject.exercise, task))
            });
            graded.most = worth.unwrap_or(0);
            graded.percent = marked.late.map_or(100, |late| late.percent);
        }
    }
}

/// Leaves out what a failed task should have printed: whoever sees that may print it as it stands.
fn hide_expected(marked: &mut Marked) {
    for graded in &mut marked.tasks {
        // A compiler expects nothing of what is printed.
        if graded.status != Status::BuildError {
            graded.message = graded.message.as_deref().map(shown::without_expected);
        }
    }
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
        subjects.push(Subject::of(exercise, suite)?);
    }
    Ok(subjects)
}

/// The tasks of an exercise's brief.
fn tasks(exercise: &Exercise) -> Result<Vec<Task>> {
    Ok(Brief::read(&exercise.brief_text()?).tasks)
}
