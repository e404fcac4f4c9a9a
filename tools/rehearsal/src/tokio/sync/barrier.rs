//! A barrier for tasks.

use crate::{
    place::Place,
    stage::{At, Numbered},
    tokio::turn::in_turn,
};
use ::tokio::sync::{self as real, BarrierWaitResult};
use std::future::Future;

/// A place where tasks wait until so many have come; the mirror of
/// [`tokio::sync::Barrier`](real::Barrier).
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let barrier = tokio::sync::Barrier::new(2);
/// let (one, other) = tokio::join!(barrier.wait(), barrier.wait());
/// assert!(one.is_leader() != other.is_leader());
/// # }
/// ```
#[derive(Debug)]
pub struct Barrier {
    real: real::Barrier,
    thing: Numbered,
}

impl Barrier {
    /// A barrier for `n` tasks; one for none lets each through, as one for one does.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// tokio::sync::Barrier::new(0).wait().await;
    /// # }
    /// ```
    #[track_caller]
    pub fn new(n: usize) -> Barrier {
        Barrier { real: real::Barrier::new(n), thing: Numbered::new() }
    }

    /// Waits until all have come. One of them is told that it is the leader.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// assert!(tokio::sync::Barrier::new(1).wait().await.is_leader());
    /// # }
    /// ```
    #[track_caller]
    pub fn wait(&self) -> impl Future<Output = BarrierWaitResult> {
        let place = Place::here();
        in_turn(&self.thing, At { call: "wait", place }, self.real.wait())
    }
}
