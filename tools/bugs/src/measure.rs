//! Plays each bug many times, as a child, and counts.

use crate::bug::Bug;
use serde_json::Value;
use std::{
    env, fs, iter,
    ops::Range,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

/// What a sampler found.
pub(crate) struct Found {
    pub(crate) sampler: String,
    /// In how many schedules each bug showed, in the order of the bugs.
    pub(crate) hits: Vec<usize>,
    pub(crate) schedules: usize,
    pub(crate) cpu: Duration,
}

impl Found {
    /// How many bugs are to be expected after so many schedules of each.
    pub(crate) fn expected(&self, after: i32) -> f64 {
        self.rates().map(|rate| 1.0 - (1.0 - rate).powi(after)).sum()
    }

    pub(crate) fn never(&self) -> usize {
        self.hits.iter().filter(|hits| **hits == 0).count()
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.hits.len() as f64 * self.schedules as f64 / self.cpu.as_secs_f64()
    }

    /// How often per CPU second a bug shows.
    pub(crate) fn hits_per_second(&self) -> f64 {
        self.hits.iter().sum::<usize>() as f64 / self.cpu.as_secs_f64()
    }

    pub(crate) fn rates(&self) -> impl Iterator<Item = f64> {
        self.hits.iter().map(|hits| *hits as f64 / self.schedules as f64)
    }
}

/// How the schedules of the rehearsal are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drawn {
    FromNothing,
    /// From how often each thread acts in a first run.
    FromCounts,
}

/// The ways that take turns with counts, by the schedule's number.
const BY_COUNTS: [&str; 3] = ["PCT", "URW", "SURW"];

/// Plays them on the rehearsal, each as a flood of schedules.
///
/// With counts, there is a line for each of the ways beside the one for all.
pub(crate) fn on_rehearsal(
    set: &str,
    bugs: &[Bug],
    right: bool,
    schedules: Range<u64>,
    drawn: Drawn,
) -> Vec<Found> {
    let before = cpu_of_children();
    let first = env::temp_dir().join(format!("bugs-{}-first.choices", std::process::id()));
    let failed: Vec<Vec<u64>> = bugs
        .iter()
        .map(|bug| {
            let play = || {
                let mut command = of_child();
                command.args(["play", set, bug.name]).args(right.then_some("--right"));
                command
            };
            let mut flood = play();
            if drawn == Drawn::FromCounts {
                let mut command = play();
                command
                    .args(["--pace", "instant", "--schedule", "0", "--keep-choices"])
                    .arg(&first);
                let ran = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
                ran.unwrap_or_else(|error| panic!("{}: {error}", bug.name));
                flood.arg("--counts").arg(&first);
            }
            let Range { start, end } = schedules;
            let ends = explored(flood.args(["--explore", &format!("{start}..{end}")]), bug.name);
            // The usual order has no number.
            let failed = ends.iter().filter(|end| end["exit"] != 0);
            failed.filter_map(|end| end["schedule"].as_u64()).collect()
        })
        .collect();
    // What is left over says nothing.
    let _ = fs::remove_file(&first);
    let cpu = cpu_of_children() - before;
    let found = |sampler: String, of: &dyn Fn(u64) -> bool| {
        let count = schedules.clone().filter(|schedule| of(*schedule)).count();
        let hits = failed.iter().map(|failed| failed.iter().filter(|hit| of(**hit)).count());
        let share = cpu * count as u32 / schedules.clone().count() as u32;
        Found { sampler, hits: hits.collect(), schedules: count, cpu: share }
    };
    if drawn == Drawn::FromNothing {
        return vec![found("rehearsal".to_owned(), &|_| true)];
    }
    let all = found("rehearsal with counts".to_owned(), &|_| true);
    let ways = (0..)
        .zip(BY_COUNTS)
        .map(|(way, name)| found(format!("of which {name}"), &|schedule| schedule % 3 == way));
    iter::once(all).chain(ways).collect()
}

/// This program, to be started again.
pub(crate) fn of_child() -> Command {
    Command::new(this_program())
}

/// What a child writes to the file that `--explored` names, line by line.
pub(crate) fn explored(command: &mut Command, name: &str) -> Vec<Value> {
    let list = env::temp_dir().join(format!("bugs-{}.jsonl", std::process::id()));
    command.arg("--explored").arg(&list);
    let status = command.env("RUST_BACKTRACE", "0").stdout(Stdio::null()).status();
    let status = status.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(status.code().is_some_and(|code| code < 2), "{name}: {status}");
    let text = fs::read_to_string(&list).expect("the list was written");
    // What is left over says nothing.
    let _ = fs::remove_file(&list);
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

/// The same for a scheduler of shuttle's, all in one child, which prints a number for each bug.
#[cfg(feature = "shuttle")]
pub(crate) fn on_shuttle(scheduler: &str, bugs: &[Bug], right: bool, schedules: usize) -> Found {
    let before = cpu_of_children();
    let mut command = Command::new(this_program());
    command.args(["shuttle", scheduler, &schedules.to_string()]).args(right.then_some("--right"));
    command.args(bugs.iter().map(|bug| bug.name));
    // It tells each failure at length.
    let output = command.stderr(Stdio::null()).output().expect("it can be started again");
    let text = String::from_utf8_lossy(&output.stdout);
    let hits: Vec<usize> = text.lines().filter_map(|line| line.parse().ok()).collect();
    assert!(hits.len() == bugs.len(), "shuttle's {scheduler} has played them all: {text}");
    let sampler = format!("shuttle {scheduler}");
    Found { sampler, hits, schedules, cpu: cpu_of_children() - before }
}

fn this_program() -> PathBuf {
    env::current_exe().expect("a program knows its own path")
}

/// The CPU time of the children that have ended, and of theirs.
fn cpu_of_children() -> Duration {
    /// What the kernel counts here, whatever its clock is.
    const PER_SECOND: u64 = 100;
    let stat = fs::read_to_string("/proc/self/stat").expect("CPU time is read on Linux alone");
    // "pid (name) state …": the name may hold anything, so from its end.
    let fields = stat.rsplit_once(") ").expect("it has a name").1.split(' ');
    let ticks: u64 = fields.skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1000 / PER_SECOND)
}
