//! Stands for futures-lite: its own, but for a `block_on` that waits on the rehearsal's locks.

pub use futures_lite_real::{prelude, ready, stream};

pub mod future {
    pub use futures_lite_real::future::*;
    use rehearsal::sync::{Arc, Condvar, Mutex};
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Wake, Waker},
    };

    #[derive(Default)]
    struct Bell {
        rung: Mutex<bool>,
        signal: Condvar,
    }

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            *self.rung.lock().unwrap() = true;
            self.signal.notify_one();
        }
    }

    pub fn block_on<T>(future: impl Future<Output = T>) -> T {
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(bell.clone());
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return value;
            }
            let mut rung = bell.rung.lock().unwrap();
            while !std::mem::take(&mut *rung) {
                rung = bell.signal.wait(rung).unwrap();
            }
        }
    }
}
