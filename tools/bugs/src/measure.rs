//! Plays each bug many times, as a child, and counts.

use crate::bug::Bug;
use serde_json::Value;
use std::{
    env, fs,
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

/// Plays them on the rehearsal, each as a flood of schedules.
pub(crate) fn on_rehearsal(
    set: &str,
    bugs: &[Bug],
    right: bool,
    from: u64,
    schedules: usize,
) -> Found {
    let before = cpu_of_children();
    let hits = bugs.iter().map(|bug| {
        let to = from + schedules as u64;
        let mut command = of_child();
        command.args(["play", set, bug.name]).args(right.then_some("--right"));
        let ends = explored(command.args(["--explore", &format!("{from}..{to}")]), bug.name);
        // The first line is the usual order.
        ends.iter().skip(1).filter(|end| end["exit"] != 0).count()
    });
    let hits = hits.collect();
    Found { sampler: "rehearsal".to_owned(), hits, schedules, cpu: cpu_of_children() - before }
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
