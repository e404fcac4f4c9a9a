//! The clock of the stage: its own, tokio's paused one, or the real one.

use crate::settings::Pace;
use std::{
    cell::Cell,
    time::{Duration, Instant},
};

pub(crate) struct Clock {
    source: Source,
    /// When virtual time 0 was, in real time. It moves on when the program was held up by the real
    /// world (a read from the terminal, say), so that what waits does not burst out at once.
    wall: Instant,
}

enum Source {
    Own(Duration),
    Real,
    #[cfg(feature = "tokio")]
    Tokio {
        handle: tokio::runtime::Handle,
        zero: tokio::time::Instant,
        /// What it showed last: tokio does not answer a thread that is being taken down.
        seen: Cell<Duration>,
    },
}

#[cfg(feature = "tokio")]
fn tokio_answers() -> bool {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => true,
        Err(error) => !error.is_thread_local_destroyed(),
    }
}

/// Real time may fall this far behind before it counts as held up.
const TOLERATED: Duration = Duration::from_millis(20);

impl Clock {
    pub(super) fn start(pace: Pace) -> Clock {
        let source = if pace.is_virtual() { Source::Own(Duration::ZERO) } else { Source::Real };
        Clock { source, wall: Instant::now() }
    }

    /// Continues the clock on tokio's paused one. To be called inside the runtime.
    ///
    /// It stays there when the runtime has ended, for those who still look at tokio's clock.
    #[cfg(feature = "tokio")]
    pub(crate) fn follow_tokio(&mut self) {
        if matches!(self.source, Source::Real) {
            return;
        }
        let now = self.now();
        let zero = tokio::time::Instant::now() - now;
        let handle = tokio::runtime::Handle::current();
        self.source = Source::Tokio { handle, zero, seen: Cell::new(now) };
    }

    /// Shows tokio's clock to this thread too, until it ends: its `Instant::now()` would be real elsewhere.
    #[cfg(feature = "tokio")]
    pub(super) fn show_to_this_thread(&self) {
        if let Source::Tokio { handle, .. } = &self.source {
            std::mem::forget(handle.enter());
        }
    }

    /// Whether it moves as the stage has it, and not by itself.
    pub(super) fn is_virtual(&self) -> bool {
        !matches!(self.source, Source::Real)
    }

    pub(crate) fn now(&self) -> Duration {
        match &self.source {
            Source::Own(now) => *now,
            Source::Real => self.wall.elapsed(),
            #[cfg(feature = "tokio")]
            Source::Tokio { zero, seen, .. } if super::whoami::in_runtime() => {
                seen.set(zero.elapsed());
                seen.get()
            }
            #[cfg(feature = "tokio")]
            Source::Tokio { handle, zero, seen } => {
                if tokio_answers() {
                    let _inside = handle.enter();
                    seen.set(zero.elapsed());
                }
                seen.get()
            }
        }
    }

    /// What it showed last. A panic may have come from within tokio, which must not be asked then.
    pub(super) fn last_seen(&self) -> Duration {
        match &self.source {
            #[cfg(feature = "tokio")]
            Source::Tokio { seen, .. } => seen.get(),
            _ => self.now(),
        }
    }

    /// When instant 0 was, in real time.
    pub(crate) fn wall(&self) -> Instant {
        self.wall
    }

    pub(crate) fn advance_to(&mut self, instant: Duration) {
        match &mut self.source {
            Source::Own(now) => *now = instant.max(*now),
            Source::Real => {}
            #[cfg(feature = "tokio")]
            Source::Tokio { handle, zero, seen } => {
                seen.set(instant.max(seen.get()));
                if !tokio_answers() {
                    return;
                }
                let _inside = handle.enter();
                let step = instant.saturating_sub(zero.elapsed());
                // The first poll moves the clock; the rest of it would only yield.
                let mut advance = std::pin::pin!(tokio::time::advance(step));
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                let _ = std::future::Future::poll(advance.as_mut(), &mut context);
            }
        }
    }

    /// How far a virtual instant is ahead of real time.
    pub(super) fn ahead_of_the_wall(&mut self, now: Duration) -> Duration {
        let real = self.wall.elapsed();
        let late = real.saturating_sub(now);
        if late > TOLERATED {
            self.wall += late;
        }
        now.saturating_sub(real)
    }
}
