//! Futures without a runtime: the mirror of the `block_on` that futures-lite, pollster and others have.

use crate::{
    place::Place,
    stage::{ActorId, Call, On, Stage},
};
use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

/// Plays a future on this thread, which waits where the future does.
///
/// ```
/// use rehearsal::{future::block_on, thread};
///
/// assert_eq!(block_on(async { 7 }), 7);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let place = Place::here();
    let mut future = pin!(future);
    let call = Call::in_turn("block_on()", place);
    let waker = match call {
        Some(call) => Waker::from(Arc::new(Unparks(call.me()))),
        None => Waker::from(Arc::new(ReallyUnparks(thread::current()))),
    };
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        match call {
            Some(call) => call.parks(On::Future, None),
            None => {
                let _noted = Call::on_stage("block_on()", place).map(|call| call.noted(On::Future));
                thread::park();
            }
        }
    }
}

/// Wakes an actor of the stage.
struct Unparks(ActorId);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        if let Some(stage) = Stage::get() {
            stage.unpark(self.0);
        }
    }
}

/// Wakes a thread, on the paces `real` and `off`.
struct ReallyUnparks(Thread);

impl Wake for ReallyUnparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
