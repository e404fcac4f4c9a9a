//! A series: the usual order and the schedules, one after the other, until one fails.

use super::{
    Explorer, Sampler, Scratch, Settings,
    child::{BEGIN, Part},
    role::Again,
    told::{self, Verdict},
};
use crate::explore::{self, Ending, Fork, Streams, again, can_fork, forked};
use std::{
    env,
    io::{self, Write as _},
    process::Stdio,
    time::Instant,
};

/// Which of two processes this is.
pub(super) enum Side {
    /// A copy that is to play this.
    Child(Part),
    Parent(Verdict),
}

/// Plays the series in a process of its own, or here where there is no fork.
pub(super) fn elsewhere(explorer: &Explorer, variables: &Settings, test: &str) -> Verdict {
    let scratch = Scratch::new();
    let again = Again::of_test(test);
    if !cfg!(target_os = "linux") {
        return match play(explorer, variables, &scratch, Some(again)) {
            Side::Parent(verdict) => verdict,
            Side::Child(_) => unreachable!("there is no fork"),
        };
    }
    let ended = again.as_series(&scratch).and_then(|mut command| {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).output()
    });
    match ended {
        Ok(ended) => scratch.found().unwrap_or_else(|| told::never_came(test, &ended)),
        Err(error) => Verdict::Failed(format!("the test can't be started again: {error}")),
    }
}

/// Plays one after the other in children of this process. `again` says how it was started, if that is known:
/// else the variables do.
pub(super) fn play(
    explorer: &Explorer,
    variables: &Settings,
    scratch: &Scratch,
    again: Option<Again>,
) -> Side {
    let streams = match Streams::new() {
        Ok(streams) => streams,
        Err(error) => {
            let folder = env::temp_dir();
            let told = format!("exploring needs files in {}: {error}", folder.display());
            return Side::Parent(Verdict::Failed(told));
        }
    };
    let again =
        again.unwrap_or_else(|| Again::of_test(std::thread::current().name().unwrap_or("")));
    let can_fork = can_fork(&threads_beside());
    Series { explorer, variables, scratch, streams, again, can_fork }.play()
}

/// The harness's own thread: it is the first of the process, and waits for the test.
fn threads_beside() -> Vec<u32> {
    let is_first = std::thread::current().name() == Some("main");
    if is_first { Vec::new() } else { vec![std::process::id()] }
}

struct Series<'a> {
    explorer: &'a Explorer,
    variables: &'a Settings,
    scratch: &'a Scratch,
    streams: Streams,
    again: Again,
    can_fork: bool,
}

/// One that was played.
pub(super) struct Played {
    pub(super) part: Part,
    pub(super) end: explore::End,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// A copy has to leave the series at once; what else ends one is told.
enum Leaves {
    AsChild(Part),
    Failing(String),
}

impl Series<'_> {
    fn play(mut self) -> Side {
        match self.all() {
            Ok(verdict) => Side::Parent(verdict),
            Err(Leaves::AsChild(part)) => Side::Child(part),
            Err(Leaves::Failing(told)) => Side::Parent(Verdict::Failed(told)),
        }
    }

    fn all(&mut self) -> Result<Verdict, Leaves> {
        if let Some(asked) = told::asked_for().map_err(Leaves::Failing)? {
            return self.one(asked);
        }
        let Explorer { seed: first, schedules: count, .. } = *self.explorer;
        let begun = Instant::now();
        let parent = parent();
        let mut played = 0;
        for schedule in [None].into_iter().chain((first..first.saturating_add(count)).map(Some)) {
            let is_over = |budget| begun.elapsed() >= budget;
            if played > 1 && self.explorer.budget.is_some_and(is_over) || parent != self::parent() {
                break;
            }
            let one = self.part(Part { schedule, is_told: false })?;
            if one.end.fails_a_test() {
                return self.failed(&one, played);
            }
            if Scratch::holds(&self.scratch.idle()) {
                return Ok(Verdict::Failed(told::NOTHING.to_owned()));
            }
            played += 1;
        }
        Ok(Verdict::Passed(told::passed(played)))
    }

    /// Plays the one schedule that was asked for, with its report.
    fn one(&mut self, schedule: Option<u64>) -> Result<Verdict, Leaves> {
        self.count(schedule)?;
        let played = self.part(Part { schedule, is_told: true })?;
        Ok(match played.end.fails_a_test() {
            true => Verdict::Failed(told::failed(&played, self.scratch, &self.again, None)),
            false => Verdict::Passed(told::transcript(&played)),
        })
    }

    /// Has the first schedule counted, where another one is drawn by that.
    fn count(&mut self, schedule: Option<u64>) -> Result<(), Leaves> {
        let first = self.explorer.seed;
        let needs_counts = self.explorer.sampler == Sampler::Counts
            && schedule.is_some_and(|schedule| schedule != first);
        if needs_counts {
            self.part(Part { schedule: Some(first), is_told: false })?;
        }
        Ok(())
    }

    /// Plays one that failed once more, so that its report can be read.
    fn failed(&mut self, quiet: &Played, before: u64) -> Result<Verdict, Leaves> {
        let told = self.part(Part { is_told: true, ..quiet.part })?;
        Ok(Verdict::Failed(match told.end == quiet.end {
            true => told::failed(&told, self.scratch, &self.again, Some(before)),
            false => told::differs(quiet, &told, &self.again),
        }))
    }

    fn part(&mut self, part: Part) -> Result<Played, Leaves> {
        let limit = self.explorer.limit(self.variables);
        // What stands in a buffer would be written by each child.
        let _ = io::stdout().flush();
        let side = match self.can_fork {
            true => forked(&self.streams, limit),
            false => Fork::Parent(again::play(
                self.again.as_part(part, self.scratch),
                &self.streams.printed,
                limit,
            )),
        };
        let Fork::Parent(ending) = side else { return Err(Leaves::AsChild(part)) };
        let [stdout, stderr] = self.streams.take();
        let ending: Ending = ending.map_err(|error| {
            Leaves::Failing(format!("no further schedule can be played: {error}"))
        })?;
        let played =
            explore::Played { schedule: part.schedule, ending, stdout, stderr, holds: Vec::new() };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let stdout = text(&played.stdout);
        let own = stdout.split_once(BEGIN).map_or(stdout.as_str(), |(_, own)| own);
        Ok(Played {
            part,
            end: explore::End::of(&played),
            stdout: own.to_owned(),
            stderr: text(&played.stderr),
        })
    }
}

/// The process that waits for this one; when it is gone, nobody does.
fn parent() -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::process::parent_id());
    #[cfg(not(unix))]
    None
}
