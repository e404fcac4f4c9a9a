//! One setting under many schedules, played by one process ahead of the questions.
//!
//! The rehearsal plays a schedule in a copy of its process (`--explore`), which costs a third of starting the
//! program once more. What it tells is taken for a run that ended by itself. Any other is played alone, as if nobody had
//! explored: the report of a program that is stuck is written only there.

use crate::{
    program::{Program, TapeFile},
    run::{Ended, MOST_OUTPUT, Run},
    running::{Running, time_limit},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    fs,
    sync::{Arc, Mutex, PoisonError},
};

/// The runs of one setting, by their schedules. They are played when the first of them is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Flood(Arc<Mutex<Ahead>>);

#[derive(Debug)]
struct Ahead {
    schedules: u64,
    /// None, as long as nothing is played.
    runs: Option<HashMap<Option<u64>, Run>>,
}

impl Flood {
    /// The usual order, and the schedules from 1 on.
    pub(crate) fn of(schedules: u64) -> Flood {
        Flood(Arc::new(Mutex::new(Ahead { schedules, runs: None })))
    }

    /// A run that was played ahead; each can be had once.
    pub(crate) fn take(&self, program: &Program) -> Option<Run> {
        let Ahead { schedules, runs } = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = runs.get_or_insert_with(|| played(program, *schedules).unwrap_or_default());
        let run = runs.remove(&program.schedule)?;
        Some(run.of(program.clone()))
    }
}

/// All runs that can be taken for what the program does alone; none, where it does not explore.
fn played(program: &Program, schedules: u64) -> Option<HashMap<Option<u64>, Run>> {
    let mut program = program.clone();
    (program.schedule, program.flood) = (None, None);
    let (tape, list) = (TapeFile::new(), TapeFile::new());
    let tapes: Vec<TapeFile> = (1..=schedules).map(|schedule| tape.of_schedule(schedule)).collect();
    let mut command = program.prepared(&tape);
    command.args(["--explore", &format!("1..{}", schedules + 1), "--explored"]).arg(list.path());
    command.env("REHEARSAL_LIMIT_S", time_limit().as_secs().to_string());
    let child = command.spawn().ok()?;
    let all = Running::of(program.clone(), child, tape).watch();
    // Anything else was printed before the stage opened, so no child has printed it.
    let tells_itself = all.stdout().starts_with(&format!("{schedules} schedule"));
    if !tells_itself || !all.stderr().is_empty() {
        return None;
    }
    let text = fs::read_to_string(list.path()).ok()?;
    let mut lines = text.lines().map(serde_json::from_str::<Value>);
    let mut runs = HashMap::new();
    if let Some((stdout, stderr, ended)) = by_itself(&lines.next()?.ok()?) {
        runs.insert(None, Run::new(program.clone(), stdout, stderr, ended, all.into_tape()));
    }
    for (line, tape) in lines.zip(&tapes) {
        let line = line.ok()?;
        if let Some((stdout, stderr, ended)) = by_itself(&line) {
            let run = Run::new(program.clone(), stdout, stderr, ended, tape.read());
            runs.insert(Some(line["schedule"].as_u64()?), run);
        }
    }
    Some(runs)
}

/// What a run printed, if it ended by itself.
fn by_itself(line: &Value) -> Option<(String, String, Ended)> {
    let text = |stream: &str| line[stream].as_str().unwrap_or_default().replace("\r\n", "\n");
    let (stdout, stderr) = (text("stdout"), text("stderr"));
    let code = i32::try_from(line["exit"].as_i64()?).ok()?;
    let is_plain = code != accord::stuck::EXIT_CODE && stdout.len() + stderr.len() <= MOST_OUTPUT;
    is_plain.then_some((stdout, stderr, Ended::Exit(Some(code))))
}
