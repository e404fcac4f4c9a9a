//! Waiting for several queues at once.

use super::{Receiver, Sender, Source, real, recv_now, recv_paired};
use crate::{
    place::Place,
    stage::{Key, On, Side, Stage, Wait, Woke},
    time::{Duration, Instant},
};
use ::crossbeam_channel::{RecvError, SelectTimeoutError, SendError, TrySelectError};
use std::fmt;

/// An operation that a selection waits for.
trait Operation {
    /// `None`: it is woken by the clock alone.
    fn key(&self) -> Option<Key>;
    fn is_ready(&self, stage: &Stage) -> bool;
    fn due(&self) -> Option<Duration>;
}

impl<T> Operation for Receiver<T> {
    fn key(&self) -> Option<Key> {
        self.seat.as_ref().map(|seat| Key::Queue(seat.queue, Side::Receiving))
    }

    fn is_ready(&self, stage: &Stage) -> bool {
        match (&self.source, &self.seat) {
            (Source::Queue(real), Some(seat)) => {
                let state = stage.lock();
                !real.is_empty()
                    || state.is_deserted(seat.queue, Side::Sending)
                    || (real.capacity() == Some(0)
                        && state.somebody_waits(Key::Queue(seat.queue, Side::Sending)))
            }
            (Source::Timer(timer, _), _) => timer.is_due(),
            _ => false,
        }
    }

    fn due(&self) -> Option<Duration> {
        match &self.source {
            Source::Timer(timer, _) => timer.next(),
            _ => None,
        }
    }
}

impl<T> Operation for Sender<T> {
    fn key(&self) -> Option<Key> {
        self.seat.as_ref().map(|seat| Key::Queue(seat.queue, Side::Sending))
    }

    fn is_ready(&self, stage: &Stage) -> bool {
        let Some(seat) = &self.seat else { return false };
        let state = stage.lock();
        let has_room = match self.real.capacity() {
            Some(0) => state.somebody_waits(Key::Queue(seat.queue, Side::Receiving)),
            _ => !self.real.is_full(),
        };
        has_room || state.is_deserted(seat.queue, Side::Receiving)
    }

    fn due(&self) -> Option<Duration> {
        None
    }
}

/// Waits for one of several operations whose number is known only when the program runs;
/// the mirror of [`crossbeam_channel::Select`](real::Select).
///
/// ```
/// use rehearsal::crossbeam_channel::{Select, unbounded};
///
/// let (queue, items) = unbounded();
/// queue.send(7).unwrap();
/// let mut select = Select::new();
/// let arm = select.recv(&items);
/// let ready = select.select();
/// assert_eq!(ready.index(), arm);
/// assert_eq!(ready.recv(&items), Ok(7));
/// ```
pub struct Select<'a>(Inner<'a>);

enum Inner<'a> {
    Real(real::Select<'a>),
    Virtual { operations: Vec<Option<&'a dyn Operation>>, biased: bool },
}

/// An operation that is ready and has to be completed;
/// the mirror of [`crossbeam_channel::SelectedOperation`](real::SelectedOperation).
#[must_use]
pub struct SelectedOperation<'a>(Option<Selected<'a>>);

enum Selected<'a> {
    Real(real::SelectedOperation<'a>),
    /// `paired`: the other half of a rendezvous stands ready.
    Virtual {
        index: usize,
        paired: bool,
        place: Place,
    },
}

impl<'a> From<real::SelectedOperation<'a>> for SelectedOperation<'a> {
    fn from(selected: real::SelectedOperation<'a>) -> SelectedOperation<'a> {
        SelectedOperation(Some(Selected::Real(selected)))
    }
}

/// When a selection is to be given up.
#[derive(Clone, Copy)]
enum Patience {
    Endless,
    Until(Duration),
    None,
}

impl<'a> Select<'a> {
    /// No operations yet. Among several that are ready, any may be taken.
    pub fn new() -> Select<'a> {
        Select::with(real::Select::new, false)
    }

    /// No operations yet. Among several that are ready, the first is taken.
    pub fn new_biased() -> Select<'a> {
        Select::with(real::Select::new_biased, true)
    }

    fn with(real: impl FnOnce() -> real::Select<'a>, biased: bool) -> Select<'a> {
        match Stage::get() {
            Some(stage) if stage.is_virtual() => {
                Select(Inner::Virtual { operations: Vec::new(), biased })
            }
            _ => Select(Inner::Real(real())),
        }
    }

    /// Adds a send; returns its index.
    pub fn send<T>(&mut self, sender: &'a Sender<T>) -> usize {
        match &mut self.0 {
            Inner::Real(select) => select.send(&sender.real),
            Inner::Virtual { operations, .. } => add(operations, sender),
        }
    }

    /// Adds a receive; returns its index.
    pub fn recv<T>(&mut self, receiver: &'a Receiver<T>) -> usize {
        match &mut self.0 {
            Inner::Real(select) => match &receiver.source {
                Source::Queue(real) => select.recv(real),
                Source::RealTimer(real, _) => select.recv(real),
                Source::Timer(..) => unreachable!("a virtual timer is made on a virtual pace"),
            },
            Inner::Virtual { operations, .. } => add(operations, receiver),
        }
    }

    /// Takes an operation out again.
    pub fn remove(&mut self, index: usize) {
        match &mut self.0 {
            Inner::Real(select) => select.remove(index),
            Inner::Virtual { operations, .. } => {
                let operation = operations.get_mut(index).expect("index out of bounds");
                assert!(operation.take().is_some(), "no operation with this index");
            }
        }
    }

    /// Waits until an operation is ready.
    #[track_caller]
    pub fn select(&mut self) -> SelectedOperation<'a> {
        let place = Place::here();
        match &mut self.0 {
            Inner::Real(select) => select.select().into(),
            Inner::Virtual { .. } => {
                self.selected(Patience::Endless, place).expect("endless patience")
            }
        }
    }

    /// Takes an operation that is ready now.
    #[track_caller]
    pub fn try_select(&mut self) -> Result<SelectedOperation<'a>, TrySelectError> {
        let place = Place::here();
        match &mut self.0 {
            Inner::Real(select) => select.try_select().map(SelectedOperation::from),
            Inner::Virtual { .. } => self.selected(Patience::None, place).ok_or(TrySelectError),
        }
    }

    /// Waits until an operation is ready, but no longer than `timeout`.
    #[track_caller]
    pub fn select_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        let place = Place::here();
        match &mut self.0 {
            Inner::Real(select) => select.select_timeout(timeout).map(SelectedOperation::from),
            Inner::Virtual { .. } => {
                let until = Patience::Until(Instant::now().0.saturating_add(timeout));
                self.selected(until, place).ok_or(SelectTimeoutError)
            }
        }
    }

    /// Waits until an operation is ready, but no longer than until `deadline`.
    #[track_caller]
    pub fn select_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.select_timeout(deadline.saturating_duration_since(Instant::now()))
    }

    fn selected(&self, patience: Patience, place: Place) -> Option<SelectedOperation<'a>> {
        let (index, paired) = self.wait(patience, place)?;
        Some(SelectedOperation(Some(Selected::Virtual { index, paired, place })))
    }

    /// Waits for an operation; tells its index and whether the other half of a rendezvous stands ready.
    fn wait(&self, patience: Patience, place: Place) -> Option<(usize, bool)> {
        let Inner::Virtual { operations, biased } = &self.0 else {
            unreachable!("the caller has looked")
        };
        let stage = Stage::get().expect("a virtual selection is on a stage");
        let me = stage.me();
        stage.switch_point(me);
        let arms: Vec<(usize, &dyn Operation)> = operations
            .iter()
            .enumerate()
            .filter_map(|(index, arm)| Some((index, (*arm)?)))
            .collect();
        let keyed: Vec<(usize, Key)> =
            arms.iter().filter_map(|(index, arm)| Some((*index, arm.key()?))).collect();
        let keys: Vec<Key> = keyed.iter().map(|(_, key)| *key).collect();
        let mut woken = false;
        loop {
            let mut ready: Vec<(usize, &dyn Operation)> =
                arms.iter().filter(|(_, arm)| arm.is_ready(stage)).copied().collect();
            if !ready.is_empty() {
                let chosen = if *biased { 0 } else { stage.lock().any_of(ready.len()) };
                let (index, _) = ready.swap_remove(chosen);
                if woken {
                    // We may have been woken for another arm. Somebody else can have that one.
                    for key in ready.iter().filter_map(|(_, arm)| arm.key()) {
                        stage.wake(key, 1);
                    }
                }
                return Some((index, false));
            }
            let until = match patience {
                Patience::None => {
                    stage.fruitless(me, place, "select with a default");
                    return None;
                }
                Patience::Until(until) if until <= stage.now() => return None,
                Patience::Until(until) => Some(until),
                Patience::Endless => None,
            };
            let due = arms.iter().filter_map(|(_, arm)| arm.due()).chain(until).min();
            let wait = Wait { on: On::Select(keys.clone()), place };
            match stage.wait(me, &keys, due, wait) {
                Woke::Paired(index) => return Some((keyed[index].0, true)),
                Woke::Event => woken = true,
                Woke::TimedOut => {}
            }
        }
    }
}

fn add<'a>(operations: &mut Vec<Option<&'a dyn Operation>>, operation: &'a dyn Operation) -> usize {
    operations.push(Some(operation));
    operations.len() - 1
}

impl Default for Select<'_> {
    fn default() -> Self {
        Select::new()
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Select { .. }")
    }
}

const COMPLETED: &str = "an operation is completed once";

impl<'a> SelectedOperation<'a> {
    /// The index of the operation.
    pub fn index(&self) -> usize {
        match self.0.as_ref().expect(COMPLETED) {
            Selected::Real(selected) => selected.index(),
            Selected::Virtual { index, .. } => *index,
        }
    }

    /// Completes a send.
    pub fn send<T>(mut self, sender: &Sender<T>, message: T) -> Result<(), SendError<T>> {
        match self.0.take().expect(COMPLETED) {
            Selected::Real(selected) => selected.send(&sender.real, message),
            Selected::Virtual { paired, place, .. } => {
                let (stage, seat) = sender.virtually().expect(VIRTUAL);
                seat.used(stage, stage.me(), place);
                if paired {
                    sender.send_paired(stage, message, place)
                } else {
                    let sent = sender.send_now(stage, seat, message, place);
                    sent.map_err(|error| SendError(error.into_inner()))
                }
            }
        }
    }

    /// Completes a receive.
    pub fn recv<T>(mut self, receiver: &Receiver<T>) -> Result<T, RecvError> {
        match (self.0.take().expect(COMPLETED), &receiver.source) {
            (Selected::Real(selected), Source::Queue(real)) => selected.recv(real),
            (Selected::Real(selected), Source::RealTimer(real, deliver)) => {
                selected.recv(real).map(|instant| deliver(Instant::of_real(instant)))
            }
            (Selected::Virtual { .. }, Source::Timer(timer, deliver)) => {
                timer.try_recv().map(deliver).map_err(|_| RecvError)
            }
            (Selected::Virtual { paired, place, .. }, Source::Queue(real)) => {
                let (stage, seat) = receiver.virtually().expect(VIRTUAL);
                seat.used(stage, stage.me(), place);
                if paired {
                    recv_paired(real, stage, seat, place)
                } else {
                    recv_now(real, stage, seat, place).map_err(|_| RecvError)
                }
            }
            _ => unreachable!("{VIRTUAL}"),
        }
    }
}

const VIRTUAL: &str = "what is selected on a virtual pace was made on it";

impl fmt::Debug for SelectedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SelectedOperation { .. }")
    }
}

impl Drop for SelectedOperation<'_> {
    fn drop(&mut self) {
        if let Some(Selected::Virtual { .. }) = self.0 {
            panic!("dropped `SelectedOperation` without completing the operation");
        }
    }
}

/// What `select!` calls: without a timeout, with one (`default(d)`), or with zero (`default`).
#[doc(hidden)]
#[track_caller]
pub fn go<'a>(select: &mut Select<'a>, timeout: Option<Duration>) -> Option<SelectedOperation<'a>> {
    match timeout {
        None => Some(select.select()),
        Some(Duration::ZERO) => select.try_select().ok(),
        Some(timeout) => select.select_timeout(timeout).ok(),
    }
}

/// Waits for one of several operations on queues; the mirror of [`crossbeam_channel::select!`](real::select).
///
/// ```
/// use rehearsal::{crossbeam_channel::{select, unbounded}, time::Duration};
///
/// let (_queue, items) = unbounded::<u32>();
/// let (urgent, orders) = unbounded();
/// urgent.send("stop").unwrap();
/// let first = select! {
///     recv(items) -> item => format!("item {item:?}"),
///     recv(orders) -> order => format!("order {}", order.unwrap()),
///     default(Duration::from_millis(5)) => String::from("nothing"),
/// };
/// assert_eq!(first, "order stop");
/// ```
#[macro_export]
macro_rules! select {
    ($($arms:tt)*) => {{
        #[allow(unused_mut, reason = "a selection may consist of its default alone")]
        let mut select = $crate::crossbeam_channel::Select::new();
        $crate::__select!(select [] [(::core::option::Option::None) ::core::unreachable!()] $($arms)*)
    }};
}

/// Like [`select!`](crate::select), and takes the first of several operations that are ready.
///
/// ```
/// use rehearsal::crossbeam_channel::{select_biased, unbounded};
///
/// let (urgent, orders) = unbounded();
/// let (queue, items) = unbounded();
/// queue.send("item").unwrap();
/// urgent.send("order").unwrap();
/// let first = select_biased! {
///     recv(orders) -> order => order,
///     recv(items) -> item => item,
/// };
/// assert_eq!(first, Ok("order"));
/// ```
#[macro_export]
macro_rules! select_biased {
    ($($arms:tt)*) => {{
        #[allow(unused_mut, reason = "a selection may consist of its default alone")]
        let mut select = $crate::crossbeam_channel::Select::new_biased();
        $crate::__select!(select [] [(::core::option::Option::None) ::core::unreachable!()] $($arms)*)
    }};
}

/// Takes the arms one by one: `selection [arms so far] [(timeout) default] rest…`.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    // A comma after a block.
    ($s:ident [$($arms:tt)*] [$($default:tt)*] , $($rest:tt)*) => {
        $crate::__select!($s [$($arms)*] [$($default)*] $($rest)*)
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] recv($r:expr) -> $p:pat => $body:block $($rest:tt)*) => {{
        let operand: &$crate::crossbeam_channel::Receiver<_> = &$r;
        let index = $s.recv(operand);
        $crate::__select!($s [$($arms)* {recv index operand () $p => $body}] [$($default)*] $($rest)*)
    }};
    ($s:ident [$($arms:tt)*] [$($default:tt)*] recv($r:expr) -> $p:pat => $body:expr $(, $($rest:tt)*)?) => {{
        let operand: &$crate::crossbeam_channel::Receiver<_> = &$r;
        let index = $s.recv(operand);
        $crate::__select!($s [$($arms)* {recv index operand () $p => $body}] [$($default)*] $($($rest)*)?)
    }};
    ($s:ident [$($arms:tt)*] [$($default:tt)*] send($r:expr, $m:expr) -> $p:pat => $body:block $($rest:tt)*) => {{
        let operand: &$crate::crossbeam_channel::Sender<_> = &$r;
        let index = $s.send(operand);
        $crate::__select!($s [$($arms)* {send index operand ($m) $p => $body}] [$($default)*] $($rest)*)
    }};
    ($s:ident [$($arms:tt)*] [$($default:tt)*] send($r:expr, $m:expr) -> $p:pat => $body:expr $(, $($rest:tt)*)?) => {{
        let operand: &$crate::crossbeam_channel::Sender<_> = &$r;
        let index = $s.send(operand);
        $crate::__select!($s [$($arms)* {send index operand ($m) $p => $body}] [$($default)*] $($($rest)*)?)
    }};
    ($s:ident [$($arms:tt)*] [$($default:tt)*] default => $body:block $($rest:tt)*) => {
        $crate::__select!($s [$($arms)*] [(::core::option::Option::Some(::core::time::Duration::ZERO)) $body] $($rest)*)
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] default => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select!($s [$($arms)*] [(::core::option::Option::Some(::core::time::Duration::ZERO)) $body] $($($rest)*)?)
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] default($t:expr) => $body:block $($rest:tt)*) => {
        $crate::__select!($s [$($arms)*] [(::core::option::Option::Some($t)) $body] $($rest)*)
    };
    ($s:ident [$($arms:tt)*] [$($default:tt)*] default($t:expr) => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select!($s [$($arms)*] [(::core::option::Option::Some($t)) $body] $($($rest)*)?)
    };
    ($s:ident [$({$kind:ident $index:ident $operand:ident ($($m:expr)?) $p:pat => $body:expr})*] [($t:expr) $default:expr]) => {
        match $crate::crossbeam_channel::go(&mut $s, $t) {
            ::core::option::Option::None => $default,
            $(::core::option::Option::Some(selected) if selected.index() == $index => {
                let $p = selected.$kind($operand $(, $m)?);
                $body
            })*
            ::core::option::Option::Some(_) => ::core::unreachable!("each operation has an arm"),
        }
    };
}
