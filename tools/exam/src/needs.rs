//! What a schedule needs to go wrong, in one sentence.

use crate::{
    program::{Program, TapeFile},
    running::{is_long, spent, time_limit},
};
use rehearsal::shrink::{MOST_REPLAYS, Record, Shrunk, shrink};
use std::fs;

/// What is left of a program's schedule, when all is dropped that it does not need to fail. `fails` plays a program,
/// and tells whether it goes wrong in the same way; the first that it is given is this one, and the others have
/// no schedule. Nothing where that can't be told, or takes too long.
pub(crate) fn shrunk(program: &Program, fails: impl Fn(&Program) -> bool) -> Option<Shrunk> {
    let failed = record(program, &fails)?;
    shrink(&failed, MOST_REPLAYS, |token| {
        if is_long(spent(), time_limit()) {
            return None;
        }
        record(&program.held(token.to_string()), &fails)
    })
}

/// The sentence, and what a reader types to play that alone.
pub(crate) fn told(program: &Program, shrunk: &Shrunk) -> [String; 2] {
    let sentence = shrunk.sentence();
    let when = sentence.strip_prefix("It fails when ").unwrap_or(&sentence);
    let when = when.strip_suffix('.').unwrap_or(when).to_owned();
    [when, program.held(shrunk.token().to_string()).story()]
}

/// What a failing run has written down of itself.
fn record(program: &Program, fails: impl Fn(&Program) -> bool) -> Option<Record> {
    let file = TapeFile::new();
    if !fails(&program.keeps_holds(file.path())) {
        return None;
    }
    Record::read(&fs::read_to_string(file.path()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Run,
        failure::{sit, told_by},
        referee::{Referee, Rule, require},
        tests::pool,
    };

    fn is_lost(run: &Run) -> bool {
        run.stdout().contains("sum 1\n")
    }

    /// The program of a lost update, on the first schedule that shows it.
    fn lost_update() -> Program {
        let mut schedules = (0..100).map(|schedule| pool("races").schedule(schedule));
        let shows = |program: &Program| is_lost(&program.clone().run());
        schedules.find(shows).expect("a schedule shows it")
    }

    #[test]
    fn a_schedule_is_shrunk_to_what_it_needs() {
        let program = lost_update();
        let shrunk = shrunk(&program, |program| is_lost(&program.clone().run())).unwrap();
        assert_eq!(shrunk.token().preemptions(), 1, "{}", shrunk.token());
        let [when, command] = told(&program, &shrunk);
        assert!(when.contains(" is held between examples/pool.rs:"), "{when}");
        assert!(when.ends_with(" on"), "{when}");
        assert!(command.contains("--pace instant --held "), "{command}");
        assert!(is_lost(&program.held(shrunk.token().to_string()).run()));
    }

    #[test]
    fn what_can_not_be_played_again_is_told_by_its_number() {
        let once = std::cell::Cell::new(true);
        assert!(shrunk(&lost_update(), |_| once.replace(false)).is_none());
    }

    const RULES: &[Rule<bool>] = &[Rule::new("all is counted", "All is counted.", |lost| {
        require(!lost, "count all", "lost one")
    })];

    #[test]
    fn a_failed_task_tells_what_its_schedule_needs() {
        let referee = Referee {
            flags: &[],
            fits: |_, _| true,
            account: |run, _, _| is_lost(run),
            lines: &[],
            rules: RULES,
            ends: &[],
            frees: &[],
            drawn: 1,
            crowds: (1, 100),
        };
        let judge = || sit("fix-1", "all is counted", &[], || referee.judge(&pool("races"), &[]));
        let told = told_by(std::panic::AssertUnwindSafe(judge));
        let [run, when, alone] = ["this was run", "it fails when", "play that alone"]
            .map(|label| told.lines().find(|line| line.trim_start().starts_with(label)));
        assert!(run.is_some_and(|line| line.contains("--schedule ")), "{told}");
        assert!(when.is_some_and(|line| line.contains(" is held between ")), "{told}");
        assert!(alone.is_some_and(|line| line.contains("--held ")), "{told}");
    }

    #[test]
    fn a_question_about_many_schedules_tells_it_too() {
        let ask = || pool("races").explore(0..100, |run| run.none("sum 1"));
        let told = told_by(std::panic::AssertUnwindSafe(ask));
        assert!(told.contains("it fails when     "), "{told}");
    }
}
