//! The clock of the stage: its own, tokio's paused one, or the real one.

use crate::settings::Pace;
use std::time::{Duration, Instant};

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
    },
}

/// Real time may fall this far behind before it counts as held up.
const TOLERATED: Duration = Duration::from_millis(20);

impl Clock {
    pub(super) fn start(pace: Pace) -> Clock {
        let source = if pace.is_virtual() { Source::Own(Duration::ZERO) } else { Source::Real };
        Clock { source, wall: Instant::now() }
    }

    /// Continues the clock on tokio's paused one. To be called inside the runtime.
    #[cfg(feature = "tokio")]
    pub(crate) fn of_tokio(now: Duration) -> Clock {
        let zero = tokio::time::Instant::now() - now;
        Clock {
            source: Source::Tokio { handle: tokio::runtime::Handle::current(), zero },
            wall: Instant::now() - now,
        }
    }

    #[cfg(feature = "tokio")]
    pub(super) fn leave_tokio(&mut self, now: Duration) {
        if matches!(self.source, Source::Tokio { .. }) {
            self.source = Source::Own(now);
        }
    }

    pub(crate) fn now(&self) -> Duration {
        match &self.source {
            Source::Own(now) => *now,
            Source::Real => self.wall.elapsed(),
            #[cfg(feature = "tokio")]
            Source::Tokio { handle, zero } => {
                let _inside = handle.enter();
                zero.elapsed()
            }
        }
    }

    pub(super) fn advance_to(&mut self, instant: Duration) {
        match &mut self.source {
            Source::Own(now) => *now = instant.max(*now),
            Source::Real => {}
            #[cfg(feature = "tokio")]
            Source::Tokio { handle, zero } => {
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
