//! Consumers that renew their leases as long as their work lasts.

#![allow(
    clippy::disallowed_methods,
    reason = "a test has real time, as the program that it looks at"
)]

use super::trouble::{Held, idle};
use super::{Game, SECOND, millis, seconds};
use crate::referee::account::{Unrenewed, When};
use crate::referee::world::{BILL, How, State, left};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What the clock goes on by: a time that no number of seconds rounds.
const TICK: u64 = SECOND / 4;

/// A heartbeat that shows at once.
const QUICK: u64 = 20;

/// A lease, and how often it is renewed: by the flag, or by default.
#[derive(Clone, Copy)]
pub(super) struct Beats {
    lease: u64,
    every: Option<u64>,
}

impl Beats {
    /// Reads `60/0.01`, which is a lease and a heartbeat, or `0.9`, which is a lease alone.
    pub(super) fn read(text: &str) -> Beats {
        let mut parts = text.split('/').map(millis);
        let lease = parts.next().expect("a lease");
        Beats { lease, every: parts.next() }
    }

    /// What passes between two beats.
    fn pause(self) -> Duration {
        Duration::from_millis(self.every.unwrap_or(self.lease / 3))
    }

    fn typed(self) -> String {
        self.every.map_or(String::new(), |every| format!(" --heartbeat {}", seconds(every)))
    }

    /// The last tick at which the lease is not over.
    fn last_tick(self) -> u64 {
        (self.lease - 1) / TICK * TICK
    }
}

impl Game {
    /// A consumer at work whose lease is renewed, while the clock goes on by less than a lease each time.
    pub(super) fn beat(&mut self) {
        let beats = self.beats.expect("the script is about it");
        let Some(mut held) = self.start_beating(beats, "clock") else { return };
        for _ in 0..1 + self.below(3) {
            let time = [TICK, beats.last_tick()][self.below(2)];
            self.advance(time);
            self.await_renewal(&mut held, beats);
            if self.is_over {
                return;
            }
        }
        if self.below(2) == 0 {
            self.desk.kill(held.consumer);
            self.disturb();
            self.desk.let_go();
            self.advance(beats.last_tick());
            self.work_as("C", &held.how, When::Ended);
            self.advance(TICK);
            return self.work_as("C", &held.how, When::Ended);
        }
        self.work_as("B", &held.how, When::Held);
        self.go_on(held);
    }

    fn start_beating(&mut self, beats: Beats, clock: &'static str) -> Option<Held> {
        let mut how = How { lease: beats.lease, clock, ..self.how("A") };
        if self.bills && self.below(2) == 0 {
            self.hand_on_to_bill();
            how = How { step: BILL, next: "report", ..how };
        }
        self.start_held(&how, &beats.typed())
    }

    /// Waits until the leases of all that a consumer has are as long as at first again.
    fn await_renewal(&mut self, held: &mut Held, beats: Beats) {
        let start = Instant::now();
        let How { name, step, lease, .. } = &held.how;
        let pattern = format!("item {{item}}, {step}: RESERVED by {name}, {{left}}");
        let whole = left(*lease);
        loop {
            let run = self.desk.look("list --clock clock");
            let lines = run.lines(&pattern);
            let late = lines.iter().find(|line| line.get("left") != whole);
            if !lines.is_empty() && late.is_none() {
                break;
            }
            if start.elapsed() > Duration::from_secs(5) {
                let told = late
                    .map_or(format!("the items are no longer those of {name}"), |line| {
                        line.text.clone()
                    });
                self.account.unrenewed = Some(Unrenewed { whole, told });
                self.last = Some(run);
                return self.judge();
            }
            sleep((beats.pause() / 6).max(Duration::from_millis(10)));
        }
        let until = self.world.now + lease;
        for place in &held.taken {
            self.world.of_mut(step)[*place].state = State::Reserved { owner: name.clone(), until };
        }
    }

    /// A consumer whose clock is behind has lost its items and does not know it: its heart beats on. Another one has
    /// them then, dies, and leaves them to a third.
    pub(super) fn beat_for_another(&mut self) {
        self.desk.set_clock("slow", self.world.now);
        let beats = self.beats.expect("the script is about it");
        let beats = Beats { every: Some(QUICK), ..beats };
        let Some(first) = self.start_beating(beats, "slow") else { return };
        self.advance(beats.last_tick() + TICK);
        self.disturb();
        let how = How { clock: "clock", ..first.how.clone() };
        let how = How { name: self.name("B"), lease: how.lease.max(60 * SECOND), ..how };
        let Some(second) = self.start_held_at(first.place, &how, &idle(&how)) else { return };
        self.desk.kill(second.consumer);
        self.disturb();
        self.advance(SECOND);
        self.desk.set_clock("slow", self.world.now);
        // Whoever is wrong needs some time to show it.
        for _ in 0..3 {
            sleep(Duration::from_millis(50));
            self.look(When::Ended);
        }
        self.advance(how.lease);
        self.work_as("C", &how, When::Ended);
        self.come_too_late(first);
    }
}
