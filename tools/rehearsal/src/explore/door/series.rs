//! A series: the usual order and the schedules, one after the other, until one fails.

use super::{
    Explorer, Leaves, Part, Played, Player, Sampler, Scratch, Settings,
    role::Again,
    shrunk,
    told::{self, Needs, Verdict},
};
use std::{
    io,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Telling what a failure needs takes so long at most, beside the replay that has begun.
const SHRINKS_FOR: Duration = Duration::from_secs(10);

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
    let again =
        again.unwrap_or_else(|| Again::of_test(std::thread::current().name().unwrap_or("")));
    let again = again.counted(explorer.sampler == Sampler::Counts);
    let limit = explorer.limit(variables);
    let as_part = |part: &Part| again.as_part(part, scratch);
    let played =
        Player::new(limit, &threads_beside(), scratch.kept(), as_part).map_err(Leaves::Failing);
    let played = played.and_then(|player| {
        let mut series = Series { explorer, scratch, player, again: &again, parent: parent() };
        match told::asked_for(variables).map_err(Leaves::Failing)? {
            Some(asked) => series.one(asked),
            None => series.all(),
        }
    });
    match played {
        Ok(verdict) => Side::Parent(verdict),
        Err(Leaves::AsChild(part)) => Side::Child(part),
        Err(Leaves::Failing(told)) => Side::Parent(Verdict::Failed(told)),
    }
}

/// The harness's own thread: it is the first of the process, and waits for the test.
fn threads_beside() -> Vec<u32> {
    let is_first = std::thread::current().name() == Some("main");
    if is_first { Vec::new() } else { vec![std::process::id()] }
}

struct Series<'a, A> {
    explorer: &'a Explorer,
    scratch: &'a Scratch,
    player: Player<A>,
    again: &'a Again,
    parent: Option<u32>,
}

impl<A: Fn(&Part) -> io::Result<Command>> Series<'_, A> {
    fn all(&mut self) -> Result<Verdict, Leaves> {
        let Explorer { seed: first, schedules: count, budget, .. } = *self.explorer;
        let begun = Instant::now();
        let mut played = 0;
        for schedule in [None].into_iter().chain((first..first.saturating_add(count)).map(Some)) {
            let is_over = budget.is_some_and(|budget| begun.elapsed() >= budget);
            if played > 1 && is_over || self.is_orphan() {
                break;
            }
            let one = self.player.play(Part::of_schedule(schedule))?;
            if one.end().fails_a_test() {
                return self.failed(&one, played);
            }
            if Scratch::holds(&self.scratch.idle()) {
                return Ok(Verdict::Failed(told::NOTHING.to_owned()));
            }
            if Scratch::holds(&self.scratch.single()) {
                return Ok(Verdict::Passed(told::ONE_ORDER.to_owned()));
            }
            played += 1;
        }
        Ok(Verdict::Passed(told::passed(played)))
    }

    /// Plays the one part that was asked for, with its report.
    fn one(&mut self, asked: Part) -> Result<Verdict, Leaves> {
        let first = self.count(asked.schedule)?;
        let played = self.player.play(asked)?;
        if !played.end().fails_a_test() {
            return Ok(told::did_not_fail(&played, first));
        }
        let needs = self.needs(&played)?;
        Ok(Verdict::Failed(told::failed(&played, self.again, None, &needs)))
    }

    /// Has the first schedule counted, where another one is drawn by that. It tells which that is.
    fn count(&mut self, schedule: Option<u64>) -> Result<Option<u64>, Leaves> {
        let first = self.explorer.seed;
        let needs_counts = self.explorer.sampler == Sampler::Counts
            && schedule.is_some_and(|schedule| schedule != first);
        if needs_counts {
            self.player.play(Part::of_schedule(Some(first)))?;
        }
        Ok(needs_counts.then_some(first))
    }

    /// Plays one that failed once more, so that its report can be read.
    fn failed(&mut self, quiet: &Played, before: u64) -> Result<Verdict, Leaves> {
        let again = Part { is_told: true, ..Part::of_schedule(quiet.part.schedule) };
        let told = self.player.play(again)?;
        if told.end() != quiet.end() {
            return Ok(Verdict::Failed(told::differs(quiet, &told, self.again)));
        }
        let needs = self.needs(&told)?;
        Ok(Verdict::Failed(told::failed(&told, self.again, Some(before), &needs)))
    }

    /// What a schedule that failed needs to fail. The usual order and what is left of a schedule tell that
    /// themselves.
    fn needs(&mut self, told: &Played) -> Result<Needs, Leaves> {
        let Some(schedule) = told.part.schedule else { return Ok(Needs::Nothing) };
        let begun = Instant::now();
        let failed = self.player.play(Part::kept(schedule))?;
        if failed.end() != told.end() {
            return Ok(Needs::DoesNotReplay);
        }
        let (limit, parent) = (self.player.limit, self.parent);
        let is_over = || begun.elapsed() >= SHRINKS_FOR || parent != self::parent();
        let shrunk = shrunk(&mut self.player, &failed, || !is_over())?;
        self.player.limit = limit;
        Ok(match shrunk {
            Some(shrunk) => Needs::Shrunk(shrunk),
            None if is_over() => Needs::TakesTooLong,
            None => Needs::DoesNotReplay,
        })
    }

    /// Whether the process that waits for this one is gone.
    fn is_orphan(&self) -> bool {
        self.parent != parent()
    }
}

/// The process that waits for this one.
fn parent() -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::process::parent_id());
    #[cfg(not(unix))]
    None
}
