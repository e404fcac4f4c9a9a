//! How many schedules it takes to refuse a program that the usual order accepts: for authors, who choose how many of
//! them a test plays.

use super::{Court, Dice, Setting, Tasks};
use crate::Program;
use accord::{failure, settings};
use serde_json::json;

/// A setting, and how many schedules of it a test plays.
struct Crowd {
    setting: Setting,
    plays: u64,
    /// Whether the test plays it in the usual order too.
    is_usual: bool,
    /// Whether a failure may be that of another task's flags.
    is_drawn: bool,
}

impl Crowd {
    fn row(&self, hits: &[u64]) -> String {
        let told = json!({
            "flags": self.setting.typed().join(" "),
            "plays": self.plays,
            "hits": hits.len(),
            "first": hits.first(),
        });
        format!("\n  {:width$}  {told}", failure::SCHEDULES, width = failure::LABEL_WIDTH)
    }
}

impl<A> Court<'_, A> {
    /// Fails the test, with a row for each setting that is played under schedules. There is none where the usual order
    /// refuses the program in some setting. Where no schedule does, the test may go on: it may ask something else.
    pub(super) fn tell_odds(
        &self,
        program: &Program,
        tasks: Tasks,
        named: &[&str],
        schedules: u64,
    ) {
        let crowds = self.crowds_of(tasks, named);
        let refuses =
            |crowd: &Crowd| self.refuses(program, tasks, crowd.setting.clone(), crowd.is_drawn);
        let mut usual = crowds.iter().filter(|crowd| crowd.is_usual);
        if let Some(crowd) = usual.find(|crowd| refuses(crowd)) {
            panic!("{} with `{}`", failure::USUAL_REFUSES, crowd.setting.typed().join(" "));
        }
        let played = crowds.iter().filter(|crowd| crowd.plays > 0);
        let hits: Vec<(&Crowd, Vec<u64>)> =
            played.map(|crowd| (crowd, self.hits(program, tasks, crowd, schedules))).collect();
        if hits.iter().any(|(_, hits)| !hits.is_empty()) {
            let rows = hits.iter().map(|(crowd, hits)| crowd.row(hits));
            panic!("the usual order accepts it{}", rows.collect::<String>());
        }
    }

    /// All settings of a test, each once.
    fn crowds_of(&self, tasks: Tasks, named: &[&str]) -> Vec<Crowd> {
        let mut crowds: Vec<Crowd> = Vec::new();
        for typed in named {
            let setting = Setting::read(self.flags, typed);
            let is_usual = setting.schedule().is_none();
            let setting = setting.without_schedule();
            let is_same = |crowd: &Crowd| crowd.setting.typed() == setting.typed();
            let place = crowds.iter().position(is_same).unwrap_or(crowds.len());
            if place == crowds.len() {
                crowds.push(Crowd { setting, plays: 0, is_usual: false, is_drawn: false });
            }
            crowds[place].plays += u64::from(!is_usual);
            crowds[place].is_usual |= is_usual;
        }
        let mut dice = Dice::of(&settings::draw(tasks.asked));
        let drawn = self.chosen(tasks, &mut dice).into_iter().enumerate();
        let (number, schedules) = self.crowds;
        crowds.extend(drawn.map(|(place, setting)| {
            let plays = if place < number { schedules } else { 0 };
            Crowd { setting, plays, is_usual: true, is_drawn: true }
        }));
        crowds
    }

    /// The schedules from 1 on that refuse a program in a setting.
    fn hits(&self, program: &Program, tasks: Tasks, crowd: &Crowd, schedules: u64) -> Vec<u64> {
        let under_orders = program.under(schedules);
        let mut hits = Vec::new();
        for schedule in 1..=schedules {
            let setting = crowd.setting.with_schedule(schedule);
            // Whose failure it is, is asked of the first alone: it takes runs of its own.
            let may_be_of_others = crowd.is_drawn && hits.is_empty();
            if self.refuses(&under_orders, tasks, setting, may_be_of_others) {
                hits.push(schedule);
            }
        }
        hits
    }

    fn refuses(
        &self,
        program: &Program,
        tasks: Tasks,
        setting: Setting,
        may_be_of_others: bool,
    ) -> bool {
        let Some(broken) = self.broken(program, tasks, setting) else { return false };
        !may_be_of_others || self.its_own(&program.under(0), tasks, broken).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::blame::tests::{court, played, pool};
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// What is told of a program that fails in some settings.
    fn told(fails: impl Fn(&Setting) -> bool) -> String {
        let play = |_: &Program, _: &Tasks, setting: &Setting| Ok(played(!fails(setting)));
        let tasks = Tasks { asked: "fix-1", open: &[] };
        let named = ["--jobs 5 --schedule 1", "--jobs 5 --schedule 2", "--jobs 40", "--jobs 1"];
        let court = court(&play);
        let told = catch_unwind(AssertUnwindSafe(|| court.tell_odds(&pool(), tasks, &named, 6)));
        *told.expect_err("it is told by a panic").downcast::<String>().expect("it is in words")
    }

    #[test]
    fn the_schedules_that_refuse_a_program_are_counted_where_a_test_plays_some() {
        let told = told(|setting| setting.schedule().is_some_and(|schedule| schedule > 3));
        let (start, row) = told.split_once('\n').unwrap();
        assert_eq!(start, "the usual order accepts it");
        let (_, lines) = &failure::rows(row)[0];
        let told: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(told, json!({ "flags": "--jobs 5", "plays": 2, "hits": 3, "first": 4 }));
        assert_eq!(failure::rows(row).len(), 1);
    }

    #[test]
    fn a_program_that_the_usual_order_refuses_is_played_on_no_schedule() {
        // The test does not play 5 jobs in the usual order.
        let told = told(|setting| setting.number("--jobs") > 1 && setting.schedule().is_none());
        assert_eq!(told, "the usual order refuses it with `--jobs 40`");
    }
}
