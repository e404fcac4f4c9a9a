//! What sets a run apart from the plain order, written down while it is played.

use super::{
    At, CLOCK, Candidate, Chooser, For, News, Pick, Question, Who, held::numbers, plain::Plain,
};
use crate::{
    shrink::{Cause, cause_line, goes_line, name_line},
    stage::ActorId,
};
use std::{
    collections::{BTreeSet, VecDeque},
    fs::File,
    io::Write,
    time::Duration,
};

/// The file for it, and the tape.
#[derive(Default)]
pub(super) struct Log {
    file: Option<File>,
    told: usize,
    /// Those who are held, each by which cause, and who has gone on meanwhile.
    held: Vec<(usize, ActorId, BTreeSet<ActorId>)>,
    named: BTreeSet<ActorId>,
    news: VecDeque<News>,
}

impl Log {
    pub(super) fn to(file: Option<File>) -> Log {
        Log { file, ..Log::default() }
    }

    pub(super) fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    fn write(&mut self, line: &str) {
        if let Some(file) = &mut self.file {
            // A file that can't be written any more ends where it stands; the program goes on.
            let _ = file.write_all(line.as_bytes());
        }
    }

    fn names(&mut self, plain: &Plain, actor: ActorId) {
        if self.named.insert(actor) {
            if actor == CLOCK {
                return self.write(&name_line(actor, "the clock"));
            }
            self.write(&name_line(actor, &plain.title(actor)));
        }
    }

    pub(super) fn tells(&mut self, plain: &Plain, cause: &Cause, actor: ActorId, numbers: &[u64]) {
        let Some((here, after, times)) = plain.calls(actor) else { return };
        let numbers = if cause.is_preemption() { &[times] } else { numbers };
        self.news.push_back(News { actor, place: here.place, hold: cause.to_string() });
        self.names(plain, actor);
        if let (Cause::Picks { .. }, [woken, instead]) = (cause, numbers) {
            [*woken, *instead].into_iter().for_each(|actor| self.names(plain, actor));
        }
        let spot = |at: At| (at.call, at.place);
        self.write(&cause_line(cause, spot(here), after.map(spot), numbers));
        if cause.is_preemption() {
            self.held.push((self.told, actor, BTreeSet::new()));
        }
        self.told += 1;
    }

    /// It is somebody's turn.
    pub(super) fn goes(&mut self, plain: &Plain, actor: ActorId) {
        self.held.retain(|(_, held, _)| *held != actor);
        let mut lines = Vec::new();
        for (nth, _, gone) in &mut self.held {
            if gone.insert(actor) {
                lines.push(goes_line(*nth, actor));
            }
        }
        if !lines.is_empty() {
            self.names(plain, actor);
            self.write(&lines.concat());
        }
    }

    /// A name has come, or has changed.
    pub(super) fn knows(&mut self, plain: &mut Plain, actor: ActorId, who: &Who) {
        let first = plain.knows(actor, who);
        for actor in [Some(actor), first].into_iter().flatten() {
            if self.named.contains(&actor) {
                self.write(&name_line(actor, &plain.title(actor)));
            }
        }
    }

    pub(super) fn news(&mut self) -> Option<News> {
        self.news.pop_front()
    }
}

/// Writes down where another chooser differs from the plain order.
pub(super) struct Compared {
    pub(super) chooser: Box<dyn Chooser>,
    plain: Plain,
    log: Log,
    /// The tasks that have stepped aside.
    aside: BTreeSet<ActorId>,
}

impl Compared {
    pub(super) fn new(chooser: Box<dyn Chooser>, log: Log) -> Compared {
        Compared { chooser, plain: Plain::default(), log, aside: BTreeSet::new() }
    }
}

impl Chooser for Compared {
    fn next(&mut self, ready: &[Candidate]) -> usize {
        let nth = self.chooser.next(ready);
        let first = self.plain.first(ready, |_| false).unwrap_or_else(|| self.plain.any(ready));
        let (usual, actor) = (ready[first].actor, ready[nth].actor);
        // A task that has stepped aside is asked once more, and that may show.
        let is_aside = self.aside.remove(&usual);
        if (usual != actor || is_aside)
            && let Some(at) = self.plain.stop(usual)
        {
            let cause = Cause::Held { at, goes: Some(actor) };
            self.log.tells(&self.plain, &cause, usual, &[]);
        }
        self.plain.goes(actor);
        self.log.goes(&self.plain, actor);
        nth
    }

    fn alone(&mut self, one: Candidate) {
        self.chooser.alone(one);
        self.plain.goes(one.actor);
        self.log.goes(&self.plain, one.actor);
    }

    fn any_of(&mut self, pick: Pick<'_>) -> usize {
        let nth = self.chooser.any_of(pick);
        let Pick { what, len, by } = pick;
        let Some((at, usual)) = self.plain.pick(what, len, by) else { return nth };
        let cause = match what {
            For::Wake(_) | For::Arm if nth != usual => Cause::Picks { at, nth },
            For::Nothing | For::Drop if nth == 0 => Cause::Happens { at },
            _ => return nth,
        };
        self.log.tells(&self.plain, &cause, by, &numbers(what, nth, len));
        nth
    }

    fn steps_aside(&mut self, task: ActorId, one_in: usize) -> bool {
        let aside = self.chooser.steps_aside(task, one_in);
        if aside {
            self.aside.insert(task);
        }
        aside
    }

    fn stretched(&mut self, actor: ActorId, duration: Duration) -> Duration {
        let stretched = self.chooser.stretched(actor, duration);
        if stretched != duration
            && let Some(at) = self.plain.stop(actor)
        {
            let micros = stretched.as_micros() as u64;
            let cause = Cause::Sleeps { at, micros };
            self.log.tells(&self.plain, &cause, actor, &[duration.as_micros() as u64]);
        }
        stretched
    }

    fn comes_to(&mut self, actor: ActorId, at: At) {
        self.plain.comes_to(actor, at);
        self.chooser.comes_to(actor, at);
    }

    fn waits(&mut self, actor: ActorId, at: At) {
        self.plain.waits(actor, at);
        self.chooser.waits(actor, at);
    }

    fn is_polled(&mut self, task: ActorId) {
        self.plain.is_polled(task);
        self.chooser.is_polled(task);
    }

    fn knows(&mut self, actor: ActorId, who: &Who) {
        self.log.knows(&mut self.plain, actor, who);
        self.chooser.knows(actor, who);
    }

    fn question(&mut self, ready: &[Candidate]) -> Option<Question> {
        self.chooser.question(ready)
    }

    fn question_of(&mut self, pick: Pick<'_>) -> Option<Question> {
        self.chooser.question_of(pick)
    }

    fn stands(&self, actor: ActorId) -> Option<At> {
        self.chooser.stands(actor)
    }

    fn may_wait_for_the_clock(&self) -> bool {
        self.chooser.may_wait_for_the_clock()
    }

    fn interrupts(&self) -> bool {
        self.chooser.interrupts()
    }
}
