//! A schedule: anybody who is ready, by dice that a number replays.

use super::{Candidate, Chooser, Pick, focus::Focus, ranks::Ranks};
use crate::{dice::Dice, settings::STRETCH, stage::ActorId};
use std::time::Duration;

pub(super) struct Chance {
    schedule: u64,
    dice: Dice,
    way: Way,
    /// How many times as long a sleep may become, where that was said.
    stretch: Option<u32>,
    /// How much longer all sleeps of slow actors have become together.
    slowed: Duration,
}

/// Of so many actors, one is slow for the whole run.
const SLOW: u64 = 4;

/// How many times as long a sleep of a slow one may become.
const SLOWEST: u32 = 64;

/// How much longer a run may become because somebody in it is slow. Who watches a schedule at its natural
/// speed should not have to wait for minutes; and what a sleep in place of a join overlooks shows within
/// that time, or is as rare as before.
const MOST_SLOWED: Duration = Duration::from_secs(10);

/// What a schedule sees best no other one sees. So they differ in how they choose.
enum Way {
    Evenly,
    Focus(Focus),
    Ranks(Ranks),
}

impl Way {
    /// Of seven schedules three choose evenly, three have a focus, and one goes by ranks.
    fn of(schedule: u64, dice: &mut Dice) -> Way {
        match Dice::mixed(schedule, 0x3A1) % 7 {
            0..=2 => Way::Evenly,
            3..=5 => Way::Focus(Focus::of(schedule)),
            _ => Way::Ranks(Ranks::drawn(dice)),
        }
    }
}

impl Chance {
    pub(super) fn new(schedule: u64, stretch: Option<u32>) -> Chance {
        let mut dice = Dice::new(schedule);
        let way = Way::of(schedule, &mut dice);
        Chance { schedule, dice, way, stretch, slowed: Duration::ZERO }
    }

    /// How many times as long the sleeps of an actor are; 1 for most.
    fn slowness(&self, actor: ActorId) -> u32 {
        let drawn = Dice::mixed(self.schedule ^ 0x510E, actor);
        if !drawn.is_multiple_of(SLOW) {
            return 1;
        }
        let times = SLOWEST >> ((drawn / SLOW) % 6);
        self.stretch.map_or(times, |most| most.min(times))
    }
}

impl Chooser for Chance {
    fn next(&mut self, ready: &[Candidate]) -> usize {
        match &mut self.way {
            Way::Focus(focus) if ready.len() > 1 => focus.next(&mut self.dice, ready),
            Way::Ranks(ranks) => ranks.next(&mut self.dice, ready),
            _ => self.dice.below(ready.len()),
        }
    }

    fn any_of(&mut self, pick: Pick<'_>) -> usize {
        self.dice.below(pick.len)
    }

    fn stretched(&mut self, actor: ActorId, duration: Duration) -> Duration {
        let stretched = self.dice.jitter(duration, self.stretch.unwrap_or(STRETCH));
        let slowness = self.slowness(actor);
        if slowness == 1 {
            return stretched;
        }
        let left = MOST_SLOWED.saturating_sub(self.slowed);
        let slow = duration.saturating_mul(slowness).min(stretched.saturating_add(left));
        self.slowed += slow.saturating_sub(stretched);
        slow.max(stretched)
    }

    fn interrupts(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn longest(stretch: Option<u32>, asked: Duration) -> Duration {
        let of = |schedule| {
            let mut chance = Chance::new(schedule, stretch);
            (0..4).map(|actor| chance.stretched(actor, asked)).max().expect("of four")
        };
        (0..1_000).map(of).max().expect("of many")
    }

    #[test]
    fn one_in_four_is_slow_for_the_whole_run() {
        let slow = (0..1_000).filter(|actor| Chance::new(7, None).slowness(*actor) > 1).count();
        assert!((200..300).contains(&slow), "{slow}");
        let most = (0..1_000).map(|actor| Chance::new(7, None).slowness(actor)).max();
        assert_eq!(most, Some(SLOWEST));
    }

    #[test]
    fn no_sleep_becomes_longer_than_was_allowed() {
        assert_eq!(longest(Some(1), SECOND), SECOND);
        assert!(longest(Some(3), SECOND) <= 3 * SECOND);
        let short = Duration::from_millis(10);
        assert!(longest(None, short) > 50 * short);
    }

    #[test]
    fn a_run_does_not_become_longer_without_bound() {
        assert!(longest(None, SECOND) <= 5 * SECOND + MOST_SLOWED);
    }
}
