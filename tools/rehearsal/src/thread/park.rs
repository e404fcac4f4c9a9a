//! Threads as others see them, and the token that a parked one waits for.

use crate::{
    place::Place,
    stage::{ActorId, Call, On},
    time::now,
};
use std::{thread::ThreadId, time::Duration};

/// A handle to a thread; the mirror of [`std::thread::Thread`].
///
/// ```
/// use rehearsal::thread::{self, Thread};
///
/// let worker = thread::spawn(thread::park);
/// let thread: Thread = worker.thread().clone();
/// thread.unpark();
/// worker.join().unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Thread {
    real: std::thread::Thread,
    actor: Option<ActorId>,
}

impl Thread {
    pub(super) fn of(real: &std::thread::Thread, actor: Option<ActorId>) -> Thread {
        Thread { real: real.clone(), actor }
    }

    /// The number of the thread.
    ///
    /// ```
    /// use rehearsal::thread;
    ///
    /// assert_eq!(thread::current().id(), thread::current().id());
    /// ```
    pub fn id(&self) -> ThreadId {
        self.real.id()
    }

    /// Its name, if it has one.
    ///
    /// ```
    /// let worker = rehearsal::thread::spawn(|| {});
    /// assert_eq!(worker.thread().name(), None);
    /// worker.join().unwrap();
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.real.name()
    }

    /// Lets the thread go on that is parked, or does not let it park the next time.
    ///
    /// ```
    /// use rehearsal::thread;
    ///
    /// thread::current().unpark();
    /// thread::park();
    /// ```
    #[track_caller]
    pub fn unpark(&self) {
        match Call::in_turn("unpark()", Place::here()).zip(self.actor) {
            None => self.real.unpark(),
            Some((call, parked)) => {
                call.switch_point();
                call.stage().unpark(parked);
            }
        }
    }
}

/// The thread that calls.
///
/// ```
/// use rehearsal::thread;
///
/// let worker = thread::spawn(|| thread::current().id());
/// assert_ne!(worker.join().unwrap(), thread::current().id());
/// ```
#[track_caller]
pub fn current() -> Thread {
    let call = Call::on_stage("current()", Place::here());
    Thread { real: std::thread::current(), actor: call.map(|call| call.me()) }
}

/// Waits until somebody calls [`Thread::unpark`] of this thread, or has done so since the last time.
///
/// ```
/// use rehearsal::thread;
///
/// let main = thread::current();
/// thread::spawn(move || main.unpark());
/// thread::park();
/// ```
#[track_caller]
pub fn park() {
    let place = Place::here();
    if !park_until(None, place) {
        let _noted = Call::on_stage("park()", place).map(|call| call.noted(On::Park));
        std::thread::park();
    }
}

/// The same, but no longer than `duration`.
///
/// ```
/// use rehearsal::{thread, time::{Duration, Instant}};
///
/// let (start, millisecond) = (Instant::now(), Duration::from_millis(1));
/// thread::park_timeout(millisecond);
/// assert!(start.elapsed() >= millisecond);
/// ```
#[track_caller]
pub fn park_timeout(duration: Duration) {
    let place = Place::here();
    if !park_until(Some(duration), place) {
        let _noted = Call::on_stage("park_timeout()", place).map(|call| call.noted(On::Park));
        std::thread::park_timeout(duration);
    }
}

/// Parks on the stage; false where no baton is in force.
fn park_until(most: Option<Duration>, place: Place) -> bool {
    let Some(call) = Call::in_turn("park()", place) else { return false };
    call.switch_point();
    call.parks(On::Park, most.map(|most| now().saturating_add(most)));
    true
}
