//! The plain order, with a few who are held: what `--held` plays.

use super::{At, CLOCK, Candidate, Chooser, For, News, Pick, Who, log::Log, plain::Plain};
use crate::{
    shrink::{Cause, Token},
    stage::ActorId,
};
use std::time::Duration;

pub(super) struct Held {
    /// What has not come yet.
    causes: Vec<Cause>,
    holds: Vec<Hold>,
    plain: Plain,
    log: Log,
}

/// One who is not let until nobody else can go on.
struct Hold {
    actor: ActorId,
    /// How often others went on meanwhile.
    turns: u32,
}

/// How often others may go on while somebody is held. A bound, because they may wait for what is held.
const LONG: u32 = 10_000;

impl Held {
    pub(super) fn new(token: Token, log: Log) -> Held {
        Held { causes: token.causes, holds: Vec::new(), plain: Plain::default(), log }
    }

    /// Takes the first cause of which something holds.
    fn take(&mut self, is_meant: impl Fn(&Cause, &Plain) -> bool) -> Option<Cause> {
        let nth = self.causes.iter().position(|cause| is_meant(cause, &self.plain))?;
        Some(self.causes.remove(nth))
    }

    /// The one whose turn it is, of those who are not held; or the one who has been held longest.
    fn first(&mut self, ready: &[Candidate]) -> usize {
        let holds = &self.holds;
        let is_held =
            |actor: ActorId| holds.iter().any(|hold| hold.actor == actor && hold.turns < LONG);
        if let Some(nth) = self.plain.first(ready, is_held) {
            return nth;
        }
        let of = |hold: &Hold| ready.iter().position(|one| one.actor == hold.actor);
        holds.iter().find_map(of).unwrap_or_else(|| self.plain.any(ready))
    }

    fn chosen(&mut self, ready: &[Candidate]) -> usize {
        loop {
            let nth = self.first(ready);
            let actor = ready[nth].actor;
            if ready.len() < 2 || self.holds.iter().any(|hold| hold.actor == actor) {
                return nth;
            }
            let is_here = |cause: &Cause, plain: &Plain| matches!(cause, Cause::Held { at, .. } if at.actor == actor && plain.stands_at(at));
            let Some(cause) = self.take(is_here) else { return nth };
            let Cause::Held { goes, .. } = &cause else { return nth };
            match goes {
                None => self.holds.push(Hold { actor, turns: 0 }),
                Some(other) => {
                    let is_other = |one: &Candidate| one.actor == *other;
                    let Some(other) = ready.iter().position(is_other) else { continue };
                    self.log.tells(&self.plain, &cause, actor, &[]);
                    return other;
                }
            }
            self.log.tells(&self.plain, &cause, actor, &[]);
        }
    }
}

impl Chooser for Held {
    fn next(&mut self, ready: &[Candidate]) -> usize {
        let nth = self.chosen(ready);
        let actor = ready[nth].actor;
        self.holds.retain(|hold| hold.actor != actor);
        self.holds.iter_mut().for_each(|hold| hold.turns += 1);
        self.plain.goes(actor);
        self.log.goes(&self.plain, actor);
        nth
    }

    fn alone(&mut self, one: Candidate) {
        self.plain.goes(one.actor);
        self.log.goes(&self.plain, one.actor);
    }

    fn any_of(&mut self, pick: Pick<'_>) -> usize {
        let Pick { what, len, by } = pick;
        let Some((stop, usual)) = self.plain.pick(what, len, by) else { return 0 };
        let Some(cause) = self.take(|cause, _| !cause.is_preemption() && *cause.at() == stop)
        else {
            return usual;
        };
        let nth = match cause {
            Cause::Picks { nth, .. } if nth < len => nth,
            Cause::Happens { .. } if matches!(what, For::Nothing | For::Drop) => 0,
            _ => return usual,
        };
        self.log.tells(&self.plain, &cause, by, &numbers(what, nth, len));
        nth
    }

    fn steps_aside(&mut self, task: ActorId, _: usize) -> bool {
        let is_here = |cause: &Cause| matches!(cause, Cause::Held { at, .. } if at.actor == task && self.plain.stands_at(at));
        self.causes.iter().any(is_here)
    }

    fn stretched(&mut self, actor: ActorId, duration: Duration) -> Duration {
        let is_this = |cause: &Cause, plain: &Plain| matches!(cause, Cause::Sleeps { at, .. } if at.actor == actor && plain.stands_at(at));
        let Some(cause) = self.take(is_this) else { return duration };
        let Cause::Sleeps { micros, .. } = cause else { return duration };
        self.log.tells(&self.plain, &cause, actor, &[duration.as_micros() as u64]);
        Duration::from_micros(micros).max(duration)
    }

    fn comes_to(&mut self, actor: ActorId, at: At) {
        self.plain.comes_to(actor, at);
    }

    fn waits(&mut self, actor: ActorId, at: At) {
        self.plain.waits(actor, at);
    }

    fn is_polled(&mut self, task: ActorId) {
        self.plain.is_polled(task);
    }

    fn knows(&mut self, actor: ActorId, who: &Who) {
        self.log.knows(&mut self.plain, actor, who);
    }

    fn news(&mut self) -> Option<News> {
        self.log.news()
    }

    fn may_wait_for_the_clock(&self) -> bool {
        self.causes.iter().any(|cause| matches!(cause, Cause::Held { goes: Some(CLOCK), .. }))
    }

    fn interrupts(&self) -> bool {
        true
    }
}

/// What there is to tell of a choice: who is woken, and who would have been; or how many arms there are.
pub(super) fn numbers(what: For<'_>, nth: usize, len: usize) -> Vec<u64> {
    match what {
        For::Wake(waiting) => vec![waiting[nth], waiting[0]],
        For::Arm => vec![len as u64],
        For::Nothing | For::Drop | For::Turn => Vec::new(),
    }
}
