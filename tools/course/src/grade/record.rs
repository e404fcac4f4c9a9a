//! What was graded, kept in a folder: a line for each submission, written when it is graded. So a grading that was
//! killed goes on where it was, and one that is done again tells what has changed.

use super::{
    form,
    intake::Submission,
    judge::Subject,
    merged,
    report::{Marked, Status},
};
use crate::{Error, Result, source, sum};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// The grading that goes on, or that was done last.
const FILE: &str = "grading.jsonl";

/// A record that is being written.
#[derive(Debug)]
pub(super) struct Record {
    path: PathBuf,
    file: fs::File,
    /// What this grading has done already, by the sums of the submissions.
    done: BTreeMap<String, Value>,
    /// The students of the grading before it.
    before: Vec<Value>,
    /// The sum of what the marks stand on, but for the submission.
    course: String,
}

impl Record {
    /// Opens the record in a folder. One that was finished is kept beside it, and a new one begun.
    pub(super) fn open(folder: &Path, course: String) -> Result<Record> {
        let path = folder.join(FILE);
        let about = |error: &std::io::Error| Error::about(&path, error);
        fs::create_dir_all(folder).map_err(|error| about(&error))?;
        let mut lines = lines(&path)?;
        if lines.last().is_some_and(|line| line["complete"] == true) {
            fs::rename(&path, free_name(folder)).map_err(|error| about(&error))?;
            lines.clear();
        }
        let before = last_kept(folder).map_or(Ok(Vec::new()), |path| self::lines(&path))?;
        let students = |lines: Vec<Value>| lines.into_iter().filter(|line| line["sum"].is_string());
        // A line that was torn when the grader was killed is not taken along.
        let whole: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let new = path.with_extension("new");
        fs::write(&new, whole)
            .and_then(|()| fs::rename(&new, &path))
            .map_err(|error| about(&error))?;
        let file = fs::OpenOptions::new().append(true).open(&path);
        let file = file.map_err(|error| about(&error))?;
        let done = students(lines).map(|line| {
            (line["sum"].as_str().unwrap_or_default().to_owned(), line["student"].clone())
        });
        let before = students(before).map(|line| line["student"].clone()).collect();
        Ok(Record { done: done.collect(), path, file, before, course })
    }

    /// How many submissions are graded already.
    pub(super) fn done(&self) -> usize {
        self.done.len()
    }

    /// The marks of a submission that stand here.
    pub(super) fn known(&self, subjects: &[Subject], submission: &Submission) -> Option<Marked> {
        let marked = self.done.get(&self.sum(submission)).and_then(merged::student)?;
        is_about(&marked, subjects).then_some(marked)
    }

    /// Writes down what a submission came to.
    pub(super) fn keep(&mut self, submission: &Submission, marked: &Marked) -> Result<()> {
        // What went wrong with the grader is tried again.
        if marked.tasks.iter().any(|graded| graded.status == Status::GraderError) {
            return Ok(());
        }
        self.write(&json!({ "sum": self.sum(submission), "student": form::student(marked) }))
    }

    /// Says that all are graded.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.write(&json!({ "complete": true }))
    }

    /// What is not as in the grading before this one, in lines.
    pub(super) fn changes(&self, students: &[Marked]) -> String {
        let mut text = String::new();
        for marked in students {
            let Some(old) = self.before.iter().find(|old| old["student"] == *marked.student) else {
                continue;
            };
            for graded in &marked.tasks {
                let is_same = |task: &&Value| {
                    task["exercise"] == *graded.exercise && task["task"] == *graded.task.name()
                };
                let tasks = old["tasks"].as_array().map_or(&[][..], Vec::as_slice);
                let was = tasks.iter().find(is_same).and_then(|task| task["status"].as_str());
                let (name, is) = (graded.name(), graded.status.word());
                if let Some(was) = was.filter(|was| *was != is) {
                    let _ = writeln!(text, "{}, {name}: was {was}, is {is}", marked.student);
                }
            }
        }
        text
    }

    fn write(&mut self, line: &Value) -> Result<()> {
        let written = self.file.write_all(format!("{line}\n").as_bytes());
        written.map_err(|error| Error::about(&self.path, &error))
    }

    /// What the marks of a submission stand on.
    fn sum(&self, submission: &Submission) -> String {
        let more_time = submission.more_time.to_string();
        sum::of([&self.course, &submission.sum(), &more_time].map(String::as_str))
    }
}

/// The sum of what all marks stand on: the tests, the tools that they ask with and play on, and what draws their
/// settings.
pub(super) fn course(
    root: &Path,
    subjects: &[Subject],
    draw: &str,
    sandbox: &str,
) -> Result<String> {
    let mut texts = vec![draw.to_owned(), sandbox.to_owned()];
    let folders =
        ["exam", "accord", "rehearsal"].map(|tool| root.join("tools").join(tool).join("src"));
    let tests = subjects.iter().map(|subject| subject.exercise.folder().join("tests"));
    for folder in folders.into_iter().chain(tests).filter(|folder| folder.is_dir()) {
        texts.extend(source::sources(&folder)?.into_iter().flat_map(|(file, text)| [file, text]));
    }
    for subject in subjects {
        texts.push(subject.exercise.brief_text()?);
    }
    Ok(sum::of(texts.iter().map(String::as_str)))
}

/// Whether marks are about these tasks.
fn is_about(marked: &Marked, subjects: &[Subject]) -> bool {
    let tasks = subjects.iter().flat_map(|subject| {
        subject.tasks.iter().map(|task| (subject.exercise.name.as_str(), task.name()))
    });
    let told = marked.tasks.iter().map(|graded| (graded.exercise.as_str(), graded.task.name()));
    told.eq(tasks)
}

/// The lines of a record that can be read, up to the first that can't.
fn lines(path: &Path) -> Result<Vec<Value>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().map_while(|line| serde_json::from_str(line).ok()).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::about(path, &error)),
    }
}

fn kept(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("grading-{number}.jsonl"))
}

fn free_name(folder: &Path) -> PathBuf {
    let mut names = (1..).map(|number| kept(folder, number));
    names.find(|path| !path.exists()).expect("numbers do not end")
}

fn last_kept(folder: &Path) -> Option<PathBuf> {
    (1..).map(|number| kept(folder, number)).take_while(|path| path.exists()).last()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{brief::Brief, grade::report::Graded};

    fn marked(student: &str, status: Status) -> Marked {
        let [task] = <[_; 1]>::try_from(Brief::read("### Fix 1: it (5 min)\n").tasks).unwrap();
        let message = Some("why".to_owned());
        let graded = Graded {
            exercise: "01-x".to_owned(),
            task,
            status,
            most: 5,
            percent: 100,
            message,
            picture: None,
        };
        Marked { student: student.to_owned(), tasks: vec![graded], ..Marked::default() }
    }

    #[test]
    fn a_grading_goes_on_where_it_was_and_is_kept_when_it_is_done() {
        let folder = std::env::temp_dir().join(format!("handoff-record-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let open = || Record::open(&folder, "course".to_owned()).unwrap();
        let line = |record: &Record, student: &str, status| {
            let submission = Submission { student: student.to_owned(), ..Submission::default() };
            json!({ "sum": record.sum(&submission), "student": form::student(&marked(student, status)) })
        };
        let mut first = open();
        first.write(&line(&first, "ann", Status::Pass)).unwrap();
        first.file.write_all(b"{\"sum\": \"torn").unwrap();
        let mut again = open();
        assert_eq!(again.done(), 1, "what was torn is graded again");
        again.write(&line(&again, "bob", Status::Fail)).unwrap();
        again.finish().unwrap();
        let new = open();
        assert_eq!((new.done(), new.before.len()), (0, 2));
        let now =
            [marked("ann", Status::Pass), marked("bob", Status::Pass), marked("cy", Status::Pass)];
        assert_eq!(new.changes(&now), "bob, 01 fix-1: was fail, is pass\n");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn every_status_is_read_as_it_is_written() {
        for status in Status::ALL {
            assert_eq!(Status::read(status.word()), Some(status));
        }
        assert_eq!(Status::read("passed"), None);
    }
}
