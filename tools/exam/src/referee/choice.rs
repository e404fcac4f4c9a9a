//! Which settings are played for a task: a few that bring much together, for each feature of another task some in which
//! it meets all of this one, for each number one that is large, and for each limit one without it.

use super::{
    Court, Tasks,
    setting::{Dice, Flag, Setting},
};
use std::collections::HashMap;

/// Of so many settings that are drawn some are chosen.
const CANDIDATES: usize = 200;

/// So often a feature of another task meets all flags of the task that is judged.
const MEETINGS: usize = 2;

/// So often a setting is drawn until one fits.
const TRIES: usize = 1000;

impl<A> Court<'_, A> {
    /// The settings for a task.
    pub(super) fn chosen(&self, tasks: Tasks, dice: &mut Dice) -> Vec<Setting> {
        let mut chosen = self.well_mixed(tasks, dice);
        let meetings = self.meetings(tasks, dice);
        chosen.extend(meetings);
        let large = self.large(tasks, dice, &chosen);
        chosen.extend(large);
        chosen.extend(self.without_limits(tasks));
        chosen
    }

    /// For each limit one setting without it, in which much comes together.
    fn without_limits(&self, tasks: Tasks) -> Vec<Setting> {
        let is_asked = |flag: &&Flag| flag.task().is_none_or(|of| of == tasks.asked);
        let limits = self.flags.iter().filter(is_asked);
        let without = limits.filter_map(|flag| Setting::without_limit(self.flags, flag));
        let handed_in = without.map(|setting| setting.with_flags_of(|of| tasks.done(of)));
        handed_in.filter(|setting| (self.fits)(setting, &tasks)).collect()
    }

    /// Of many settings that are drawn, those that bring together most that had not met yet. Faults hide where two
    /// features meet, so a few settings chosen like this see as much as many that are only drawn.
    fn well_mixed(&self, tasks: Tasks, dice: &mut Dice) -> Vec<Setting> {
        let mut left: Vec<Option<Setting>> =
            (0..CANDIDATES).map(|_| Some(self.draw(tasks, dice))).collect();
        let pairs: Vec<Vec<u32>> = left.iter().flatten().map(Setting::pairs).collect();
        let mut having: HashMap<u32, Vec<usize>> = HashMap::new();
        for (place, pairs) in pairs.iter().enumerate() {
            for pair in pairs {
                having.entry(*pair).or_default().push(place);
            }
        }
        // How many of a setting's pairs have not met yet.
        let mut new: Vec<usize> = pairs.iter().map(Vec::len).collect();
        let mut chosen = Vec::new();
        for _ in 0..self.drawn {
            let open = (0..left.len()).filter(|place| left[*place].is_some());
            // The first of those with the most: the last that `max_by_key` finds is the first from behind.
            let best = open.rev().max_by_key(|place| new[*place]);
            let best = best.expect("there are more candidates");
            for pair in &pairs[best] {
                for place in having.remove(pair).into_iter().flatten() {
                    new[place] -= 1;
                }
            }
            chosen.extend(left[best].take());
        }
        chosen
    }

    /// Each flag of another task, together with all of this one's. Two values may have met in a run that is too small to
    /// show it, or in one that a third flag's absence makes harmless, so here all others are as they are by default.
    fn meetings(&self, tasks: Tasks, dice: &mut Dice) -> Vec<Setting> {
        let is_other =
            |flag: &&Flag| flag.task().is_some_and(|of| of != tasks.asked && tasks.done(of));
        let mut meetings = Vec::new();
        for flag in self.flags.iter().filter(is_other) {
            let mut drawn =
                (0..TRIES).filter_map(|_| Setting::meeting(self.flags, flag, tasks, dice));
            for _ in 0..MEETINGS {
                meetings.extend(drawn.find(|setting| (self.fits)(setting, &tasks)));
            }
        }
        meetings
    }

    /// For each number that is large in none of these settings, one in which it is. A program may count in a byte, or
    /// have places for so many and no more, and small numbers never show it. The other flags are as they are by
    /// default, but for the task's own, so that the run is short.
    fn large(&self, tasks: Tasks, dice: &mut Dice, chosen: &[Setting]) -> Vec<Setting> {
        let is_asked = |flag: &&Flag| flag.task().is_none_or(|of| of == tasks.asked);
        let mut flags: Vec<&Flag> = self.flags.iter().filter(is_asked).collect();
        // Those first that bring others along, which then need no setting of their own.
        flags.sort_by_key(|flag| !flag.brings_others());
        let mut large: Vec<Setting> = Vec::new();
        for flag in flags {
            if chosen.iter().chain(&large).any(|setting| setting.is_large_in(flag)) {
                continue;
            }
            let mut drawn = (0..TRIES).filter_map(|_| {
                let setting = Setting::large(self.flags, flag, dice)?;
                Some(setting.with_flags_of(|of| tasks.done(of)).with_own_drawn(tasks, dice))
            });
            large.extend(drawn.find(|setting| (self.fits)(setting, &tasks)));
        }
        large
    }

    /// The numbers that are large for no task, though nothing says that they can't be.
    pub(super) fn numbers_that_stay_small(&self) -> Vec<String> {
        let chosen = |task| {
            let tasks = Tasks { asked: task, open: &[] };
            self.chosen(tasks, &mut Dice::of(task))
        };
        let settings: Vec<Setting> = self.tasks().into_iter().flat_map(chosen).collect();
        let stays = |flag: &&Flag| {
            flag.can_be_large() && !settings.iter().any(|setting| setting.is_large_in(flag))
        };
        let told = |flag: &Flag| format!("{} is never large, and no `up_to` says so", flag.name());
        self.flags.iter().filter(stays).map(told).collect()
    }

    pub(super) fn draw(&self, tasks: Tasks, dice: &mut Dice) -> Setting {
        let mut draws = (0..TRIES).map(|_| Setting::draw(self.flags, tasks, dice));
        draws.find(|setting| (self.fits)(setting, &tasks)).expect("some setting fits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::referee::Rule;

    const FLAGS: &[Flag] = &[
        Flag::value("--jobs", "20", &["1", "5"]),
        Flag::value("--capacity", "3", &["1", "2"]).beside("--jobs 300 --helpers 2"),
        Flag::value("--workers", "3", &["1", "2"]).up_to(70),
        Flag::value("--times", "3", &["1", "2"]).up_to(9),
        Flag::value("--work", "io", &["cpu"]),
        Flag::optional("--fail", &["1", "2"]).of("fix-1"),
        Flag::optional("--helpers", &["1"]).of("fix-2").up_to(9),
        Flag::optional("--room", &["1"]).up_to(9).left_out_with("--jobs 90"),
    ];

    fn chosen(open: &[&str], fits: fn(&Setting, &Tasks) -> bool) -> (Vec<Setting>, Vec<String>) {
        let rules: &[Rule<()>] = &[];
        let court = Court {
            flags: FLAGS,
            fits,
            play: &|_, _, _| unreachable!("nothing is played"),
            lines: &[],
            rules,
            ends: &[],
            frees: &[],
            drawn: 4,
            crowds: (0, 0),
            looks: 0,
        };
        let tasks = Tasks { asked: "fix-1", open };
        (court.chosen(tasks, &mut Dice::of("fix-1")), court.numbers_that_stay_small())
    }

    #[test]
    fn each_number_is_large_once_if_it_can_be() {
        let (chosen, small) = chosen(&["fix-2"], |_, _| true);
        let large = |flag, least| {
            let is_large = |setting: &&Setting| setting.maybe(flag).is_some_and(|n| n >= least);
            chosen.iter().filter(is_large).collect::<Vec<_>>()
        };
        let [capacity] = large("--capacity", 256)[..] else { panic!("one") };
        // Nobody has handed in what the helpers are for.
        assert_eq!((capacity.number("--jobs"), capacity.maybe("--helpers")), (300, None));
        // Its own setting would be one too many.
        assert_eq!(large("--jobs", 256).len(), 1);
        assert_eq!((large("--workers", 65).len(), large("--workers", 71).len()), (1, 0));
        assert_eq!((large("--times", 9).len(), large("--times", 10).len()), (1, 0));
        assert_eq!(large("--fail", 256).len(), 1);
        assert_eq!(chosen.len(), 4 + 5 + 1);
        assert!(small.is_empty(), "{small:?}");
    }

    #[test]
    fn a_number_that_stays_small_is_named_unless_it_says_so() {
        let (chosen, small) = chosen(&["fix-2"], |setting, _| setting.number("--workers") <= 9);
        assert_eq!(chosen.len(), 4 + 4 + 1);
        assert_eq!(small, ["--workers is never large, and no `up_to` says so"]);
    }

    #[test]
    fn a_feature_of_another_task_meets_this_one() {
        let meetings = |open: &[&str]| {
            let (chosen, _) = chosen(open, |_, _| true);
            let both = |setting: &&Setting| setting.is_set("--fail") && setting.is_set("--helpers");
            chosen[4..].iter().filter(both).map(|setting| setting.typed().len()).collect::<Vec<_>>()
        };
        // Nothing else is set in them.
        assert_eq!(meetings(&[]), [4, 4]);
        assert!(meetings(&["fix-2"]).is_empty());
    }

    #[test]
    fn a_limit_is_left_out_once_where_much_comes_together() {
        let (chosen, _) = chosen(&[], |_, _| true);
        let last = chosen.last().map(|setting| setting.typed().join(" "));
        assert_eq!(last.as_deref(), Some("--jobs 90"));
    }
}
