//! A call: one operation of the program's, from its first look to its end.
//!
//! Every mirrored operation goes through one. So there is one place that says what an operation costs: a
//! switch point before it, a line on the tape, a note for the report, and a watch over loops of them.

use super::{
    ActorId, At, For, Key, Meeting, Noted, Numbered, On, Seat, Stage, State, Uses, Wait, Woke,
    queue::Moved, trail::Touch, whoami,
};
use crate::{place::Place, tape::Line};
use std::{ops::Deref, time::Duration};

/// Of so many operations that may come to nothing, a schedule has one do so.
const SPURIOUS: usize = 4;

/// Who calls what, and where.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    stage: &'static Stage,
    me: ActorId,
    name: &'static str,
    place: Place,
}

/// A call on one of the two sides of a queue.
#[derive(Clone, Copy)]
pub(crate) struct QueueCall<'a> {
    call: Call,
    seat: &'a Seat,
}

impl Call {
    /// A call on any pace that has a stage.
    pub(crate) fn on_stage(name: &'static str, place: Place) -> Option<Call> {
        let stage = Stage::get()?;
        Some(Call { stage, me: stage.me_at(place), name, place })
    }

    /// A call where the baton is in force.
    pub(crate) fn in_turn(name: &'static str, place: Place) -> Option<Call> {
        Stage::get().filter(|stage| stage.is_virtual())?;
        Call::on_stage(name, place)
    }

    /// A call of one who acts where the baton is in force; none of anybody else's, which is let be.
    pub(crate) fn of_actor(name: &'static str, place: Place) -> Option<Call> {
        let me = whoami::me()?;
        let stage = Stage::get().filter(|stage| stage.is_virtual())?;
        Some(Call { stage, me, name, place })
    }

    pub(crate) fn stage(&self) -> &'static Stage {
        self.stage
    }

    pub(crate) fn me(&self) -> ActorId {
        self.me
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }

    fn at(&self) -> At {
        At { call: self.name, place: self.place }
    }

    pub(crate) fn is_virtual(&self) -> bool {
        self.stage.is_virtual()
    }

    /// Whether it is made by a task, or by the runtime itself.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_on_executor(&self) -> bool {
        whoami::on_executor()
    }

    /// Somebody else may go first here.
    pub(crate) fn switch_point(&self) {
        self.stage.switch_point(self.me, Uses::Unknown, self.at());
    }

    /// The same, before something is done with a lock, a signal or an atomic.
    pub(crate) fn switch_before(&self, thing: &Numbered) {
        self.stage.switch_point(self.me, Uses::Thing(thing), self.at());
    }

    /// The same, before a queue is looked at.
    pub(crate) fn switch_before_queue(&self, seat: &Seat) {
        self.stage.switch_point(self.me, Uses::Queue(seat.queue()), self.at());
    }

    /// Whether a schedule has an operation come to nothing that may do so at any time: a wait for a signal, or
    /// the weak exchange of an atomic.
    pub(crate) fn comes_to_nothing(&self) -> bool {
        self.stage.note_asked();
        let mut state = self.stage.lock();
        if !state.is_interrupted() {
            return false;
        }
        state.chooser.waits(self.me, self.at());
        state.any_of(For::Nothing, SPURIOUS) == 0
    }

    /// Waits for the end of the first of those whom a test's body has left behind.
    pub(crate) fn waits_for_last(&self, open: Vec<ActorId>) {
        let Some(first) = open.first().copied() else { return };
        let ended = [Key::Ended(first)];
        self.wait_for(On::LeftBehind(open), &ended, |state| state.cast().has_ended(first));
    }

    /// Waits, as `on` says, until one of `keys` is woken or the clock reaches `until`.
    pub(crate) fn wait(&self, on: On, keys: &[Key], until: Option<Duration>) -> Woke {
        self.stage.wait(self.me, keys, until, Wait { on, place: self.place })
    }

    /// Waits until `done`; on the pace `real` this is only noted, while what comes back is kept.
    pub(crate) fn wait_for(
        &self,
        on: On,
        keys: &[Key],
        done: impl Fn(&State) -> bool,
    ) -> Option<Noted> {
        self.stage.wait_for(keys, Wait { on, place: self.place }, done)
    }

    /// Sleeps for `duration`, of which the tape is told.
    pub(crate) fn sleep(&self, event: &str, asked: Duration) {
        let duration =
            self.stage.stretched(self.me, At { call: "sleep", place: self.place }, asked);
        self.tell(event, |line| {
            line.duration("for_us", duration).duration("asked_us", asked);
        });
        let until = self.stage.now().saturating_add(duration);
        self.wait(On::Sleep, &[], Some(until));
    }

    /// Notes the wait of a real call, while what comes back is kept.
    pub(crate) fn noted(&self, on: On) -> Noted {
        self.stage.note_wait(self.me, Wait { on, place: self.place })
    }

    /// It came to nothing; others go first.
    pub(crate) fn fruitless(&self) {
        self.stage.fruitless(self.me, self.place, self.name);
    }

    /// It looks at something, and changes nothing.
    pub(crate) fn looks(&self) {
        self.stage.notice_look(self.me, self.place, self.name);
    }

    /// It found the other side gone.
    pub(crate) fn finds_the_end(&self) {
        self.stage.notice_end(self.me, self.place, self.name);
    }

    /// Tells the tape, with the line that calls.
    pub(crate) fn tell(&self, event: &str, fill: impl FnOnce(&mut Line)) {
        self.stage.lock().tell(event, self.me, |line| {
            fill(line);
            line.place(self.place);
        });
    }
}

/// What threads that park need.
impl Call {
    /// Waits until somebody leaves a token for the caller, if nobody has yet, and takes it.
    pub(crate) fn parks(&self, on: On, until: Option<Duration>) {
        let takes_token = || std::mem::take(&mut self.stage.lock().cast.one(self.me).token);
        if !takes_token() && self.wait(on, &[Key::Parked(self.me)], until) != Woke::TimedOut {
            takes_token();
        }
    }
}

impl Stage {
    /// Leaves a token for an actor, which goes on if it is parked.
    pub(crate) fn unpark(&self, parked: ActorId) {
        let mut state = self.lock();
        let open = state.cast.get_mut(parked).filter(|actor| actor.ended.is_none());
        let Some(actor) = open else { return };
        actor.token = true;
        state.trail.touches(Touch::Everything);
        if state.somebody_waits(Key::Parked(parked)) {
            state.made_progress();
        }
        state.wake(Key::Parked(parked), 1);
    }
}

impl<'a> QueueCall<'a> {
    /// A call on any pace that has a stage; it notes that the handle is used.
    pub(crate) fn on_stage(
        seat: Option<&'a Seat>,
        name: &'static str,
        place: Place,
    ) -> Option<QueueCall<'a>> {
        let (call, seat) = Call::on_stage(name, place).zip(seat)?;
        seat.used(call.stage, call.me, place);
        Some(QueueCall { call, seat })
    }

    /// A call where the baton is in force.
    pub(crate) fn in_turn(
        seat: Option<&'a Seat>,
        name: &'static str,
        place: Place,
    ) -> Option<QueueCall<'a>> {
        Stage::get().filter(|stage| stage.is_virtual())?;
        QueueCall::on_stage(seat, name, place)
    }

    /// Somebody else may go first here, before this one uses the queue.
    pub(crate) fn switch_point(&self) {
        self.switch_before_queue(self.seat);
    }

    pub(crate) fn seat(&self) -> &'a Seat {
        self.seat
    }

    /// Waits on this side of the queue.
    pub(crate) fn wait(&self, until: Option<Duration>) -> Woke {
        self.call.wait(self.on(), &[self.seat.key()], until)
    }

    /// Tries until something comes of it; `None` when the clock has reached `until`.
    ///
    /// `attempt` is handed the rendezvous whose other half is being made, if there is one: then it makes
    /// the real call, beside it.
    pub(crate) fn try_until<R>(
        &self,
        until: Option<Duration>,
        mut attempt: impl FnMut(Option<Meeting>) -> Option<R>,
    ) -> Option<R> {
        self.switch_point();
        let mut time_is_up = false;
        loop {
            let result = attempt(None);
            if result.is_some() || time_is_up {
                return result;
            }
            match self.wait(until) {
                // As the real call does: one more look, in case that it could be done at this very instant.
                Woke::TimedOut => time_is_up = true,
                Woke::Paired(meeting) => return attempt(Some(meeting)),
                Woke::Event | Woke::Chosen(..) => {}
            }
        }
    }

    /// Notes the wait of a real call.
    pub(crate) fn noted(&self) -> Noted {
        self.call.noted(self.on())
    }

    /// Keeps the wait of a future noted while it is pending.
    #[cfg(feature = "tokio")]
    pub(crate) fn keep_noted(&self, noted: &mut Option<Noted>) {
        Noted::keep(noted, self.place, || self.on());
    }

    fn on(&self) -> On {
        self.seat.on(self.name)
    }

    /// A message went through; the queue holds `depth` now.
    pub(crate) fn moved(&self, depth: usize) {
        self.note_moved(Moved { depth, meeting: None, displaces: false });
    }

    /// A message changed hands in a rendezvous.
    pub(crate) fn handed_over(&self, meeting: Meeting) {
        self.note_moved(Moved { depth: 0, meeting: Some(meeting), displaces: false });
    }

    /// A message went in and took the place of the oldest.
    #[cfg(feature = "tokio")]
    pub(crate) fn displaced(&self, depth: usize) {
        self.note_moved(Moved { depth, meeting: None, displaces: true });
    }

    fn note_moved(&self, moved: Moved) {
        self.seat.moved(self.stage, moved, self.me, self.place);
    }

    /// Puts somebody aside who waits on the other side of a queue that holds nothing.
    pub(crate) fn engage(&self) -> Option<Meeting> {
        self.stage.engage(self.seat.other_key())
    }

    /// Our half of a rendezvous.
    pub(crate) fn meet<T, E>(
        &self,
        meeting: Meeting,
        half: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let wait = Wait { on: self.on(), place: self.place };
        let result = self.stage.meet(self.me, meeting, wait, half);
        if result.is_ok() {
            self.handed_over(meeting);
        }
        result
    }

    /// The half of one who was woken because the other half is being made.
    pub(crate) fn met<T, E>(
        &self,
        meeting: Meeting,
        half: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let result = self.stage.met(self.me, half);
        if result.is_ok() {
            self.handed_over(meeting);
        }
        result
    }

    /// Wakes one who waits on the other side.
    pub(crate) fn wake_other_side(&self) {
        self.stage.wake(self.seat.other_key(), 1);
    }
}

impl Deref for QueueCall<'_> {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}
