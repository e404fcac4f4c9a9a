//! Whether the program still gets anywhere.

use crate::place::Place;
use std::time::Duration;

/// What counts for deciding that a program spins, ticks for nothing, or has gone silent.
#[derive(Default)]
pub(super) struct Progress {
    /// Calls to the stage so far: when they stop, the watchdog wakes up.
    pub(super) calls: u64,
    /// Operations of threads and polls of tasks so far, where they are counted.
    pub(super) steps: u64,
    /// The stage itself waits for real time: that is not a silence.
    pub(super) keeping_time: bool,
    /// Times that somebody was woken by the clock since the last progress.
    pub(super) idle_wakes: u32,
    at: Duration,
    /// How often there was progress.
    count: u64,
}

/// A number of one actor's that begins anew with each progress.
#[derive(Default)]
pub(super) struct Count {
    number: u32,
    progress: u64,
}

/// The fruitless tries of one actor since the last progress, or its looks.
#[derive(Default)]
pub(super) struct Tries {
    count: Count,
    at: Duration,
    round: Option<Round>,
}

/// Where a loop of tries began to go round, and what the world was like then.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Round {
    place: Place,
    world: World,
    tries: u32,
}

/// What has to be the same for a try to come to nothing again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct World {
    pub(super) now: Duration,
    pub(super) progress: u64,
    /// How often somebody else got the baton.
    pub(super) handed_on: u64,
}

/// Tries after which a loop counts as gone round that does not come back to where it began.
const ROUND: u32 = 100;

/// Fruitless tries after which a loop does not give way any more to other loops of tries.
pub(super) const FEW: u32 = 100;

/// Fruitless tries at one instant that an honest loop may make.
pub(super) const BOUNDED: u32 = 1_000;

/// Fruitless tries after which a loop is called a spin, when nobody is left who could end it.
pub(super) const HOPELESS_TRIES: u32 = 100_000;

/// Steps that an actor may make without ever waiting, before others go first and the clock moves.
pub(super) const STEPS: u32 = 10_000;

/// How often a task makes [`STEPS`] before the clock moves beneath it though no timer is known: it may look
/// at the clock itself.
pub(super) const MAY_LOOK_AT_THE_CLOCK: u32 = 10;

/// Looks after which a loop is called a spin, when nobody is left who could end it.
pub(super) const HOPELESS_LOOKS: u32 = 2_000_000;

/// Looks at the clock, without ever waiting, in which it moves by a millisecond.
pub(super) const GLANCES_A_MILLISECOND: u32 = 1_000;

/// Wake-ups by the clock after which an actor is not expected to do more at the next one.
const VAIN: u32 = 3;

/// Virtual time without progress, and wake-ups in it, after which a program "ticks for nothing".
/// Both have to be reached: a heartbeat beside one long sleep is no fault.
pub(super) const IDLE: Duration = Duration::from_secs(600);
const IDLE_WAKES: u32 = 20_000;

/// The steps of one task since all tasks waited.
#[derive(Default)]
pub(super) struct Busy {
    steps: u32,
    /// How often there were [`STEPS`] of them.
    times: u32,
    pauses: u64,
}

impl Busy {
    /// Counts steps; tells how often there were so many that the clock may have to move, if that is now.
    pub(super) fn has_taken(&mut self, steps: u32, pauses: u64) -> Option<u32> {
        if self.pauses != pauses {
            *self = Busy { pauses, ..Busy::default() };
        }
        self.steps += steps;
        if self.steps < STEPS {
            return None;
        }
        self.steps = 0;
        self.times = self.times.saturating_add(1);
        Some(self.times)
    }
}

impl Count {
    pub(super) fn add(&mut self, progress: &Progress) -> u32 {
        self.number = self.number(progress).saturating_add(1);
        self.progress = progress.count;
        self.number
    }

    pub(super) fn number(&self, progress: &Progress) -> u32 {
        if self.progress == progress.count { self.number } else { 0 }
    }

    pub(super) fn is_vain(&self, progress: &Progress) -> bool {
        self.number(progress) >= VAIN
    }
}

impl Tries {
    /// Counts one more; returns how many there were at this instant.
    ///
    /// Past [`BOUNDED`] the count goes on from instant to instant, because then it was the trying
    /// that moved the clock.
    pub(super) fn count(&mut self, now: Duration, progress: &Progress) -> u32 {
        if self.count.number <= BOUNDED && self.at != now {
            self.count.number = 0;
        }
        self.at = now;
        self.count.add(progress)
    }

    pub(super) fn number(&self, progress: &Progress) -> u32 {
        self.count.number(progress)
    }

    /// Whether a loop has come back to the same try, and nothing has happened meanwhile. Its other tries
    /// have come to nothing, too, then; before, one of them could still be what somebody waits for.
    pub(super) fn has_gone_round(&mut self, place: Place, world: World) -> bool {
        match &mut self.round {
            Some(round) if round.world == world => {
                round.tries += 1;
                let gone_round = round.place == place || round.tries > ROUND;
                if gone_round {
                    self.round = None;
                }
                gone_round
            }
            _ => {
                self.round = Some(Round { place, world, tries: 0 });
                false
            }
        }
    }
}

impl Progress {
    pub(super) fn made(&mut self, now: Duration) {
        self.idle_wakes = 0;
        self.at = now;
        self.count += 1;
    }

    pub(super) fn is_idle(&self, now: Duration) -> bool {
        self.idle_wakes >= IDLE_WAKES && self.is_stale(now)
    }

    /// Whether nothing has brought the program on for a long (virtual) time.
    pub(super) fn is_stale(&self, now: Duration) -> bool {
        now.saturating_sub(self.at) >= IDLE
    }

    /// How often there was progress.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// When there was progress for the last time.
    pub(super) fn last(&self) -> Duration {
        self.at
    }
}
