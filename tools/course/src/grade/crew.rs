//! The workers of a grading. Each is a process with a place of its own to build and to run programs: so what a program
//! has left behind is ended by its own worker, and nothing of another one.

use super::{
    intake::Submission,
    judge::{Spent, Subject},
    orphans,
    passed::{self, Setup},
    report::{Graded, Marked, Status},
    stage::Stage,
};
use crate::{Error, Result, child, grade::judge::Judge, workspace::Workspace};
use serde_json::json;
use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

/// The command of a worker.
const GRADER: &str = "grader";

/// All workers.
#[derive(Debug)]
pub(super) struct Crew<'a> {
    workers: Vec<Mutex<Worker>>,
    subjects: &'a [Subject],
}

impl<'a> Crew<'a> {
    /// Starts so many workers, and waits until each has its place.
    pub(super) fn start(
        setup: &Setup,
        subjects: &'a [Subject],
        workspace: &Workspace,
        workers: usize,
    ) -> Result<Crew<'a>> {
        let numbers = setup.number..setup.number + workers;
        let start = |number| Worker::start(&Setup { number, ..setup.clone() }, workspace);
        let mut workers = numbers.map(start).collect::<Result<Vec<Worker>>>()?;
        workers.iter_mut().try_for_each(Worker::is_ready)?;
        Ok(Crew { workers: workers.into_iter().map(Mutex::new).collect(), subjects })
    }

    pub(super) fn len(&self) -> usize {
        self.workers.len()
    }

    /// Grades all of these, and hands each to `done` as it comes, with its place among them.
    pub(super) fn grade(
        &self,
        submissions: &[&Submission],
        mut done: impl FnMut(usize, Marked, Spent) -> Result<()>,
    ) -> Result<()> {
        let next = AtomicUsize::new(0);
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            for worker in &self.workers {
                let (tell, next) = (tell.clone(), &next);
                scope.spawn(move || {
                    let mut worker = worker.lock().unwrap_or_else(PoisonError::into_inner);
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(submission) = submissions.get(number) else { break };
                        let (marked, spent) = self.mark(&mut worker, submission);
                        // Nobody listens any more where an error has ended it all.
                        if tell.send((number, marked, spent)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(tell);
            let result =
                told.iter().try_for_each(|(number, marked, spent)| done(number, marked, spent));
            drop(told);
            result
        })
    }

    /// The marks of one submission. What goes wrong with a worker is a status too, so that the others are graded.
    fn mark(&self, worker: &mut Worker, submission: &Submission) -> (Marked, Spent) {
        match worker.mark(submission) {
            Ok(marked) => marked,
            Err(why) => {
                let _ = worker.restart();
                (lost(submission, self.subjects, &why.to_string()), Spent::default())
            }
        }
    }
}

/// A submission whose worker is gone.
fn lost(submission: &Submission, subjects: &[Subject], why: &str) -> Marked {
    let tasks = subjects.iter().flat_map(|subject| {
        subject.tasks.iter().map(|task| {
            let message = Some(format!("its worker ended: {why}"));
            Graded::new(&subject.exercise.name, task, Status::GraderError, message)
        })
    });
    Marked::of(submission, tasks.collect())
}

/// A process that grades one submission after another.
#[derive(Debug)]
struct Worker {
    setup: Setup,
    workspace: Workspace,
    child: Child,
    /// Closed, it tells the worker to end.
    ask: Option<ChildStdin>,
    told: BufReader<ChildStdout>,
}

impl Worker {
    fn start(setup: &Setup, workspace: &Workspace) -> Result<Worker> {
        let failed =
            |error: io::Error| Error::Failed(format!("a worker can't be started: {error}"));
        let own = env::current_exe().map_err(failed)?;
        let mut command = Command::new(own);
        command.arg(GRADER).current_dir(&workspace.root);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let ask = child.stdin.take();
        let told = BufReader::new(child.stdout.take().expect("it is piped"));
        let (setup, workspace) = (setup.clone(), workspace.clone());
        let mut worker = Worker { setup, workspace, child, ask, told };
        let line = worker.setup.line();
        worker.ask(&line)?;
        Ok(worker)
    }

    /// Waits until it has its place.
    fn is_ready(&mut self) -> Result<()> {
        let line = self.line()?;
        passed::read(&line, |line| (line["ready"] == true).then_some(()))
    }

    fn restart(&mut self) -> Result<()> {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let setup = Setup { takes_over: false, ..self.setup.clone() };
        let mut new = Worker::start(&setup, &self.workspace)?;
        new.is_ready()?;
        *self = new;
        Ok(())
    }

    fn mark(&mut self, submission: &Submission) -> Result<(Marked, Spent)> {
        self.ask(&passed::submission(submission))?;
        let line = self.line()?;
        passed::read(&line, passed::read_answer)
    }

    fn ask(&mut self, line: &serde_json::Value) -> Result<()> {
        let mut ask = self.ask.as_ref().expect("it is closed at the end");
        let told = ask.write_all(format!("{line}\n").as_bytes());
        told.map_err(|_| self.complaint())
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.told.read_line(&mut line) {
            Ok(1..) => Ok(line),
            _ => Err(self.complaint()),
        }
    }

    /// Why it has ended, in its own words if it had any.
    fn complaint(&mut self) -> Error {
        // What it has started may hold the pipe: only when it is gone nothing more comes.
        let _ = self.child.kill();
        let ended = self.child.wait().map(child::ending);
        let mut said = [0; 4096];
        let length = self.child.stderr.as_mut().map_or(Ok(0), |stderr| stderr.read(&mut said));
        let said = String::from_utf8_lossy(&said[..length.unwrap_or(0)]).into_owned();
        let said = said.lines().collect::<Vec<_>>().join(" ");
        let said = said.trim().trim_start_matches("error: ");
        match ended {
            _ if !said.is_empty() => Error::Failed(said.to_owned()),
            Ok(ended) => Error::Failed(ended.to_string()),
            Err(error) => Error::Failed(error.to_string()),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.ask.take());
        // Whatever it still does, it ends before another grading takes its place.
        let _ = self.child.wait();
    }
}

/// Grades what comes on standard input, until that ends.
pub(super) fn work(workspace: &Workspace) -> Result<bool> {
    let mut lines = io::stdin().lines();
    let mut next = || lines.next().transpose().map_err(|error| Error::Failed(error.to_string()));
    let Some(first) = next()? else { return Ok(true) };
    let setup = passed::read(&first, Setup::read)?;
    let stage = Stage::open(&workspace.root, setup.number, setup.sandbox)?;
    if setup.takes_over {
        stage.take_over()?;
    }
    let subjects = setup.subjects(workspace)?;
    orphans::adopt();
    let judge = Judge {
        stage: &stage,
        subjects: &subjects,
        draw: &setup.draw,
        at_once: setup.at_once,
        draws: setup.draws,
    };
    tell(&json!({ "ready": true }))?;
    while let Some(line) = next()? {
        let submission = passed::read(&line, passed::read_submission)?;
        let (marked, spent) = judge.mark(&submission)?;
        tell(&passed::answer(&marked, spent))?;
    }
    Ok(true)
}

fn tell(line: &serde_json::Value) -> Result<()> {
    crate::say(&format!("{line}\n"))
}
