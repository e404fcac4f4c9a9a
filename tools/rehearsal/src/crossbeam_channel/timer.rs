//! Receivers whose messages come from the clock.

use super::{Receiver, Source, real};
use crate::{
    place::Place,
    stage::{Call, On, Stage},
    time::{Duration, Instant},
};
use ::crossbeam_channel::{RecvTimeoutError, TryRecvError};
use std::{
    convert::identity,
    sync::{Arc, Mutex, PoisonError},
};

/// A source of instants, on the rehearsal's clock.
#[derive(Clone)]
pub(super) struct Timer {
    /// When the next message comes; none after the only one.
    next: Arc<Mutex<Option<Duration>>>,
    every: Option<Duration>,
    is_never: bool,
}

/// A receiver that gets one message after `duration`.
///
/// ```
/// use rehearsal::{crossbeam_channel::after, time::Duration};
///
/// let timeout = after(Duration::from_millis(5));
/// assert!(timeout.try_recv().is_err());
/// assert!(timeout.recv().is_ok());
/// ```
pub fn after(duration: Duration) -> Receiver<Instant> {
    match virtual_now() {
        Some(now) => virtually(Some(now.saturating_add(duration)), None),
        None => really(real::after(duration)),
    }
}

/// A receiver that gets one message at `instant`.
///
/// ```
/// use rehearsal::{crossbeam_channel::at, time::Instant};
///
/// let now = Instant::now();
/// assert_eq!(at(now).recv(), Ok(now));
/// ```
pub fn at(instant: Instant) -> Receiver<Instant> {
    match virtual_now() {
        Some(_) => virtually(Some(instant.0), None),
        None => really(real::at(instant.real())),
    }
}

/// A receiver that gets a message every `duration`.
///
/// ```
/// use rehearsal::{crossbeam_channel::tick, time::Duration};
///
/// let ticks = tick(Duration::from_millis(1));
/// assert_eq!(ticks.iter().take(3).count(), 3);
/// ```
pub fn tick(duration: Duration) -> Receiver<Instant> {
    match virtual_now() {
        Some(now) => virtually(Some(now.saturating_add(duration)), Some(duration)),
        None => really(real::tick(duration)),
    }
}

/// A receiver that never gets a message.
///
/// ```
/// use rehearsal::{crossbeam_channel::{Receiver, never}, time::Duration};
///
/// let nothing: Receiver<u32> = never();
/// assert!(nothing.recv_timeout(Duration::from_millis(1)).is_err());
/// ```
pub fn never<T>() -> Receiver<T> {
    match virtual_now() {
        Some(_) => {
            let timer = Timer { next: Arc::default(), every: None, is_never: true };
            Receiver {
                source: Source::Timer(timer, |_| unreachable!("it never sends")),
                seat: None,
            }
        }
        None => Receiver { source: Source::Queue(real::never()), seat: None },
    }
}

fn virtual_now() -> Option<Duration> {
    Stage::get().filter(|stage| stage.is_virtual()).map(Stage::now)
}

fn virtually(next: Option<Duration>, every: Option<Duration>) -> Receiver<Instant> {
    let timer = Timer { next: Arc::new(Mutex::new(next)), every, is_never: false };
    Receiver { source: Source::Timer(timer, identity), seat: None }
}

fn really(timer: real::Receiver<std::time::Instant>) -> Receiver<Instant> {
    Receiver { source: Source::RealTimer(timer, identity), seat: None }
}

impl Timer {
    /// When the next message comes.
    pub(super) fn next(&self) -> Option<Duration> {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_due(&self) -> bool {
        let now = virtual_now();
        self.next().zip(now).is_some_and(|(next, now)| next <= now)
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        // As the real ones say it: a timer holds one message, and never() none.
        Some(usize::from(!self.is_never))
    }

    pub(super) fn is_same(&self, other: &Timer) -> bool {
        Arc::ptr_eq(&self.next, &other.next) || (self.is_never && other.is_never)
    }

    pub(super) fn try_recv(&self) -> Result<Instant, TryRecvError> {
        let now = virtual_now().ok_or(TryRecvError::Empty)?;
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        match *next {
            Some(due) if due <= now => {
                // As the real tick does: the next one counts from when this one was taken.
                *next = self.every.map(|every| now.saturating_add(every));
                Ok(Instant(due))
            }
            _ => Err(TryRecvError::Empty),
        }
    }

    pub(super) fn recv(
        &self,
        until: Option<Duration>,
        name: &'static str,
        place: Place,
    ) -> Result<Instant, RecvTimeoutError> {
        let call = Call::in_turn(name, place).expect("a timer of the rehearsal is on a stage");
        call.switch_point();
        loop {
            if let Ok(instant) = self.try_recv() {
                return Ok(instant);
            }
            if until.is_some_and(|until| until <= call.stage().now()) {
                return Err(RecvTimeoutError::Timeout);
            }
            let next = match (self.next(), until) {
                (Some(next), Some(until)) => Some(next.min(until)),
                (next, until) => next.or(until),
            };
            call.wait(On::Timer(name), &[], next);
        }
    }
}
