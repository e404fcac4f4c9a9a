//! Where a lock of tokio's stands that a constant can hold, and that owned guards can have a share of.

use crate::stage::Stage;
use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// A lock, made from what is `given` when it is used for the first time: a constant can't make an `Arc`.
pub(super) struct Shelf<L, G> {
    lock: OnceLock<Arc<L>>,
    given: Mutex<Option<G>>,
    make: fn(G) -> L,
}

impl<L, G> Shelf<L, G> {
    pub(super) const fn new(given: G, make: fn(G) -> L) -> Shelf<L, G> {
        Shelf { lock: OnceLock::new(), given: Mutex::new(Some(given)), make }
    }

    pub(super) fn lock(&self) -> &Arc<L> {
        self.lock.get_or_init(|| {
            Stage::loses_sight();
            let given = self.given.lock().unwrap_or_else(PoisonError::into_inner).take();
            Arc::new((self.make)(given.expect("what was given is taken once")))
        })
    }

    /// The lock, for one who has all of it: no guard lives on.
    pub(super) fn get_mut(&mut self) -> &mut L {
        self.lock();
        let lock = self.lock.get_mut().and_then(Arc::get_mut);
        lock.expect("an owned guard keeps the whole lock alive")
    }

    pub(super) fn into_inner(self) -> L {
        self.lock();
        let lock = self.lock.into_inner().and_then(Arc::into_inner);
        lock.expect("an owned guard keeps the whole lock alive")
    }
}

impl<L: fmt::Debug, G> fmt::Debug for Shelf<L, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lock().fmt(f)
    }
}
