//! Threads that borrow from their surroundings.

use super::{Builder, Packet, Result, Thread, is_finished, take, wait_for_end};
use crate::{
    place::Place,
    stage::{ActorId, Call, Key, Noted, On},
};
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

/// Runs threads that borrow from their surroundings and end before it returns;
/// the mirror of [`std::thread::scope`].
///
/// ```
/// use rehearsal::thread;
///
/// let numbers = [1, 2, 3];
/// let sum = thread::scope(|s| {
///     let halves = numbers.chunks(2).map(|half| s.spawn(|| half.iter().sum::<i32>()));
///     halves.map(|half| half.join().unwrap()).sum::<i32>()
/// });
/// assert_eq!(sum, 6);
/// ```
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let place = Place::here();
    std::thread::scope(|real| {
        let scope = Scope::of(real);
        let result = catch_unwind(AssertUnwindSafe(|| f(scope)));
        let _noted = scope.wait_for_all(place);
        result.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// A scope to spawn threads in; the mirror of [`std::thread::Scope`].
///
/// ```
/// use rehearsal::thread::{self, Scope};
///
/// fn start<'scope>(scope: &'scope Scope<'scope, '_>) {
///     scope.spawn(|| assert_eq!(1 + 1, 2));
/// }
/// thread::scope(|s| start(s));
/// ```
#[repr(transparent)]
pub struct Scope<'scope, 'env: 'scope> {
    pub(super) real: std::thread::Scope<'scope, 'env>,
}

impl<'scope, 'env> Scope<'scope, 'env> {
    /// std hands out the real scope for `'scope`, and ours must live as long: so it is the same, in our type.
    #[expect(unsafe_code, reason = "a reference cast that std offers no safe way for")]
    fn of(real: &'scope std::thread::Scope<'scope, 'env>) -> &'scope Scope<'scope, 'env> {
        // SAFETY: `Scope` is a transparent wrapper around the real one, so both have the same layout.
        unsafe { &*std::ptr::from_ref(real).cast::<Scope<'scope, 'env>>() }
    }

    pub(super) fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Starts a thread in the scope.
    ///
    /// ```
    /// let name = String::from("queue");
    /// rehearsal::thread::scope(|s| {
    ///     s.spawn(|| assert_eq!(name.len(), 5));
    /// });
    /// ```
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Builder::new().spawn_scoped(self, f).expect("failed to spawn thread")
    }

    /// Waits until all threads of the scope have left the stage.
    #[must_use]
    fn wait_for_all(&self, place: Place) -> Option<Noted> {
        let call = Call::on_stage("scope()", place)?;
        loop {
            // Again and again, because a thread of the scope may start another one there.
            let open = call.stage().lock().cast().in_scope(self.key());
            let first = *open.first()?;
            let on = On::Scope(open);
            let noted =
                call.wait_for(on, &[Key::Ended(first)], |state| state.cast().has_ended(first));
            if noted.is_some() {
                return noted;
            }
        }
    }
}

/// A handle to a thread of a scope; the mirror of [`std::thread::ScopedJoinHandle`].
///
/// ```
/// let sum = rehearsal::thread::scope(|s| s.spawn(|| 1 + 2).join().unwrap());
/// assert_eq!(sum, 3);
/// ```
pub struct ScopedJoinHandle<'scope, T> {
    pub(super) real: std::thread::ScopedJoinHandle<'scope, ()>,
    pub(super) thread: Thread,
    pub(super) actor: Option<ActorId>,
    pub(super) packet: Packet<T>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for the thread to end. A panic in it comes back as `Err`.
    ///
    /// ```
    /// let failed = rehearsal::thread::scope(|s| {
    ///     let worker = s.spawn(|| if true { panic!("out of paper") });
    ///     worker.join().is_err()
    /// });
    /// assert!(failed);
    /// ```
    #[track_caller]
    pub fn join(self) -> Result<T> {
        let _noted = wait_for_end(self.actor, Place::here());
        self.real.join()?;
        Ok(take(&self.packet))
    }

    /// Whether the thread has ended.
    ///
    /// ```
    /// use rehearsal::{sync::Mutex, thread};
    ///
    /// let paper = Mutex::new(());
    /// thread::scope(|s| {
    ///     let guard = paper.lock();
    ///     let worker = s.spawn(|| drop(paper.lock()));
    ///     assert!(!worker.is_finished());
    ///     drop(guard);
    /// });
    /// ```
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        is_finished(self.actor, || self.real.is_finished())
    }

    /// The thread behind the handle.
    ///
    /// ```
    /// rehearsal::thread::scope(|s| {
    ///     let worker = s.spawn(|| {});
    ///     assert_eq!(worker.thread().name(), None);
    /// });
    /// ```
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
