//! Futures without a runtime: the mirror of the `block_on` that futures-lite, pollster and others have.

#[cfg(feature = "stage")]
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
    #[cfg(feature = "stage")]
    let place = Place::here();
    #[cfg(feature = "stage")]
    if let Some(call) = Call::in_turn("block_on()", place) {
        return play(call, future);
    }
    let waker = Waker::from(Arc::new(ReallyUnparks(thread::current())));
    wait_for(future, &waker, || {
        #[cfg(feature = "stage")]
        let _noted = Call::on_stage("block_on()", place).map(|call| call.noted(On::Future));
        thread::park();
    })
}

/// Plays a future on this thread of the stage, as a call that blocks.
#[cfg(feature = "stage")]
pub(crate) fn play<F: Future>(call: Call, future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unparks(call.me())));
    wait_for(future, &waker, || call.parks(On::Future, None))
}

fn wait_for<F: Future>(future: F, waker: &Waker, park: impl Fn()) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        park();
    }
}

/// Wakes an actor of the stage.
#[cfg(feature = "stage")]
struct Unparks(ActorId);

#[cfg(feature = "stage")]
impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        if let Some(stage) = Stage::get() {
            stage.unpark(self.0);
        }
    }
}

/// Wakes a thread, without a stage and on the paces `real` and `off`.
struct ReallyUnparks(Thread);

impl Wake for ReallyUnparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
