//! Waiting for several queues at once.

use super::{Receiver, Sender, Source, look, meet, real, recv_now};
use crate::{
    place::Place,
    stage::{Key, Meeting, On, QueueId, Side, Stage, Wait, Woke},
    time::{Duration, Instant, now},
};
use ::crossbeam_channel::{RecvError, SelectTimeoutError, SendError, TryRecvError, TrySelectError};
use std::fmt;

/// An operation that a selection waits for.
trait Operation {
    /// `None`: it is woken by the clock alone.
    fn key(&self) -> Option<Key>;
    fn is_ready(&self, stage: &Stage) -> bool;
    fn due(&self) -> Option<Duration>;
    /// Puts aside what makes it ready.
    fn claim(&self, stage: &Stage) -> Claim;
}

/// What a selection has put aside for the operation that it has chosen.
///
/// The program may do anything before it completes the operation, and let others act meanwhile.
enum Claim {
    /// Nothing: the other side of the queue is gone.
    Nothing,
    /// A message in the queue, or room in it.
    Share(QueueId, Side),
    /// The other half of a rendezvous.
    Rendezvous(Meeting),
    /// A message that came from the clock.
    Tick(Instant),
}

impl Claim {
    fn share(stage: &Stage, queue: QueueId, side: Side) -> Claim {
        stage.lock().claim(queue, side);
        Claim::Share(queue, side)
    }

    /// Gives a message or room back, for the one who is about to use it, or for others.
    fn release(&self, stage: &Stage) {
        if let Claim::Share(queue, side) = *self {
            stage.lock().release(queue, side);
        }
    }
}

impl<T> Operation for Receiver<T> {
    fn key(&self) -> Option<Key> {
        self.seat.as_ref().map(|seat| Key::Queue(seat.queue, Side::Receiving))
    }

    fn is_ready(&self, stage: &Stage) -> bool {
        match (&self.source, &self.seat) {
            (Source::Queue(real), Some(seat)) => {
                look(real, stage, seat) != Err(TryRecvError::Empty)
                    || (real.capacity() == Some(0)
                        && stage.lock().somebody_waits(Key::Queue(seat.queue, Side::Sending)))
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

    fn claim(&self, stage: &Stage) -> Claim {
        match (&self.source, &self.seat) {
            (Source::Timer(timer, _), _) => timer.try_recv().map_or(Claim::Nothing, Claim::Tick),
            (Source::Queue(real), Some(seat)) => {
                if look(real, stage, seat).is_ok() {
                    return Claim::share(stage, seat.queue, Side::Receiving);
                }
                let meeting = stage.engage(Key::Queue(seat.queue, Side::Sending));
                meeting.map_or(Claim::Nothing, Claim::Rendezvous)
            }
            _ => Claim::Nothing,
        }
    }
}

impl<T> Operation for Sender<T> {
    fn key(&self) -> Option<Key> {
        self.seat.as_ref().map(|seat| Key::Queue(seat.queue, Side::Sending))
    }

    fn is_ready(&self, stage: &Stage) -> bool {
        let Some(seat) = &self.seat else { return false };
        self.is_open(stage, seat)
            || (self.real.capacity() == Some(0)
                && stage.lock().somebody_waits(Key::Queue(seat.queue, Side::Receiving)))
    }

    fn due(&self) -> Option<Duration> {
        None
    }

    fn claim(&self, stage: &Stage) -> Claim {
        let Some(seat) = &self.seat else { return Claim::Nothing };
        if self.real.capacity() != Some(0) {
            return Claim::share(stage, seat.queue, Side::Sending);
        }
        let meeting = stage.engage(Key::Queue(seat.queue, Side::Receiving));
        meeting.map_or(Claim::Nothing, Claim::Rendezvous)
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
///
/// ```
/// use rehearsal::crossbeam_channel::{Select, SelectedOperation, unbounded};
///
/// let (queue, items) = unbounded();
/// queue.send(7).unwrap();
/// let mut select = Select::new();
/// select.recv(&items);
/// let ready: SelectedOperation = select.select();
/// assert_eq!(ready.recv(&items), Ok(7));
/// ```
#[must_use]
pub struct SelectedOperation<'a>(Option<Selected<'a>>);

enum Selected<'a> {
    Real(real::SelectedOperation<'a>),
    Virtual {
        index: usize,
        /// The address of the sender or receiver, which has to complete the operation.
        operand: usize,
        claim: Claim,
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
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::Select;
    ///
    /// assert!(Select::new().try_select().is_err());
    /// ```
    pub fn new() -> Select<'a> {
        Select::with(real::Select::new, false)
    }

    /// No operations yet. Among several that are ready, the first is taken.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// queue.send(7).unwrap();
    /// let mut select = Select::new_biased();
    /// let first = select.recv(&items);
    /// select.send(&queue);
    /// let ready = select.select();
    /// assert_eq!(ready.index(), first);
    /// assert_eq!(ready.recv(&items), Ok(7));
    /// ```
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
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// let mut select = Select::new();
    /// assert_eq!(select.send(&queue), 0);
    /// select.select().send(&queue, 7).unwrap();
    /// assert_eq!(items.recv(), Ok(7));
    /// ```
    pub fn send<T>(&mut self, sender: &'a Sender<T>) -> usize {
        match &mut self.0 {
            Inner::Real(select) => select.send(&sender.real),
            Inner::Virtual { operations, .. } => add(operations, sender),
        }
    }

    /// Adds a receive; returns its index.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// queue.send(7).unwrap();
    /// let mut select = Select::new();
    /// assert_eq!(select.recv(&items), 0);
    /// assert_eq!(select.select().recv(&items), Ok(7));
    /// ```
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
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// queue.send(7).unwrap();
    /// let mut select = Select::new();
    /// let arm = select.recv(&items);
    /// select.remove(arm);
    /// assert!(select.try_select().is_err());
    /// ```
    #[track_caller]
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
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// queue.send(7).unwrap();
    /// let mut select = Select::new();
    /// select.recv(&items);
    /// assert_eq!(select.select().recv(&items), Ok(7));
    /// ```
    #[track_caller]
    pub fn select(&mut self) -> SelectedOperation<'a> {
        let place = Place::here();
        match &mut self.0 {
            Inner::Real(select) => select.select().into(),
            Inner::Virtual { operations, .. } => {
                let some = operations.iter().any(Option::is_some);
                assert!(some, "no operations have been added to `Select`");
                self.selected(Patience::Endless, place).expect("endless patience")
            }
        }
    }

    /// Takes an operation that is ready now.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// let mut select = Select::new();
    /// select.recv(&items);
    /// assert!(select.try_select().is_err());
    /// queue.send(7).unwrap();
    /// assert_eq!(select.try_select().unwrap().recv(&items), Ok(7));
    /// ```
    #[track_caller]
    pub fn try_select(&mut self) -> Result<SelectedOperation<'a>, TrySelectError> {
        let place = Place::here();
        match &mut self.0 {
            Inner::Real(select) => select.try_select().map(SelectedOperation::from),
            Inner::Virtual { .. } => self.selected(Patience::None, place).ok_or(TrySelectError),
        }
    }

    /// Waits until an operation is ready, but no longer than `timeout`.
    ///
    /// ```
    /// use rehearsal::{crossbeam_channel::{Select, unbounded}, time::Duration};
    ///
    /// let (_queue, items) = unbounded::<u32>();
    /// let mut select = Select::new();
    /// select.recv(&items);
    /// assert!(select.select_timeout(Duration::from_millis(1)).is_err());
    /// ```
    #[track_caller]
    pub fn select_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        let place = Place::here();
        match &mut self.0 {
            Inner::Real(select) => select.select_timeout(timeout).map(SelectedOperation::from),
            Inner::Virtual { .. } => {
                let until = Patience::Until(now().saturating_add(timeout));
                self.selected(until, place).ok_or(SelectTimeoutError)
            }
        }
    }

    /// Waits until an operation is ready, but no longer than until `deadline`.
    ///
    /// ```
    /// use rehearsal::{crossbeam_channel::{Select, unbounded}, time::{Duration, Instant}};
    ///
    /// let (_queue, items) = unbounded::<u32>();
    /// let mut select = Select::new();
    /// select.recv(&items);
    /// assert!(select.select_deadline(Instant::now() + Duration::from_millis(1)).is_err());
    /// ```
    #[track_caller]
    pub fn select_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.select_timeout(deadline.0.saturating_sub(now()))
    }

    fn selected(&self, patience: Patience, place: Place) -> Option<SelectedOperation<'a>> {
        let Inner::Virtual { operations, biased } = &self.0 else {
            unreachable!("the caller has looked")
        };
        let arms: Vec<(usize, &dyn Operation)> = operations
            .iter()
            .enumerate()
            .filter_map(|(index, arm)| Some((index, (*arm)?)))
            .collect();
        let (nth, claim) = choose(&arms, *biased, patience, place)?;
        let (index, arm) = arms[nth];
        let operand = std::ptr::from_ref(arm).cast::<()>().addr();
        Some(SelectedOperation(Some(Selected::Virtual { index, operand, claim, place })))
    }
}

/// Waits for one of several operations; tells which of them, and what was put aside for it.
fn choose(
    arms: &[(usize, &dyn Operation)],
    biased: bool,
    patience: Patience,
    place: Place,
) -> Option<(usize, Claim)> {
    let stage = Stage::get().expect("a virtual selection is on a stage");
    let me = stage.me_at(place);
    stage.switch_point(me);
    let keyed: Vec<(usize, Key)> =
        (0..arms.len()).filter_map(|nth| Some((nth, arms[nth].1.key()?))).collect();
    let keys: Vec<Key> = keyed.iter().map(|(_, key)| *key).collect();
    let mut woken = false;
    loop {
        let mut ready: Vec<usize> =
            (0..arms.len()).filter(|nth| arms[*nth].1.is_ready(stage)).collect();
        if !ready.is_empty() {
            let nth = ready.remove(if biased { 0 } else { stage.lock().any_of(ready.len()) });
            let claim = arms[nth].1.claim(stage);
            if woken {
                // We may have been woken for another arm. Somebody else can have that one.
                for key in ready.iter().filter_map(|nth| arms[*nth].1.key()) {
                    stage.wake(key, 1);
                }
            }
            return Some((nth, claim));
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
            Woke::Chosen(key, meeting) => return Some((keyed[key].0, Claim::Rendezvous(meeting))),
            Woke::Event => woken = true,
            Woke::TimedOut | Woke::Paired => {}
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
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// let mut select = Select::new();
    /// let arm = select.send(&queue);
    /// let ready = select.select();
    /// assert_eq!(ready.index(), arm);
    /// ready.send(&queue, 7).unwrap();
    /// assert_eq!(items.recv(), Ok(7));
    /// ```
    pub fn index(&self) -> usize {
        match self.0.as_ref().expect(COMPLETED) {
            Selected::Real(selected) => selected.index(),
            Selected::Virtual { index, .. } => *index,
        }
    }

    /// Completes a send, with the sender that was selected.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// let mut select = Select::new();
    /// select.send(&queue);
    /// assert_eq!(select.select().send(&queue, 7), Ok(()));
    /// assert_eq!(items.recv(), Ok(7));
    /// ```
    #[track_caller]
    pub fn send<T>(mut self, sender: &Sender<T>, message: T) -> Result<(), SendError<T>> {
        self.is_of(sender, "passed a sender that wasn't selected");
        match self.0.take().expect(COMPLETED) {
            Selected::Real(selected) => selected.send(&sender.real, message),
            Selected::Virtual { claim, place, .. } => {
                let (stage, seat) = sender.virtually().expect(VIRTUAL);
                seat.used(stage, stage.me(), place);
                if let Claim::Rendezvous(meeting) = claim {
                    return sender.meet(stage, seat, meeting, message, CALL, place);
                }
                claim.release(stage);
                let sent = sender.send_now(stage, seat, message, CALL, place);
                sent.map_err(|error| SendError(error.into_inner()))
            }
        }
    }

    /// Completes a receive, with the receiver that was selected.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded::<u32>();
    /// drop(queue);
    /// let mut select = Select::new();
    /// select.recv(&items);
    /// assert!(select.select().recv(&items).is_err());
    /// ```
    #[track_caller]
    pub fn recv<T>(mut self, receiver: &Receiver<T>) -> Result<T, RecvError> {
        self.is_of(receiver, "passed a receiver that wasn't selected");
        match (self.0.take().expect(COMPLETED), &receiver.source) {
            (Selected::Real(selected), Source::Queue(real)) => selected.recv(real),
            (Selected::Real(selected), Source::RealTimer(real, deliver)) => {
                selected.recv(real).map(|instant| deliver(Instant::of_real(instant)))
            }
            (Selected::Virtual { claim, .. }, Source::Timer(_, deliver)) => match claim {
                Claim::Tick(instant) => Ok(deliver(instant)),
                _ => Err(RecvError),
            },
            (Selected::Virtual { claim, place, .. }, Source::Queue(real)) => {
                let (stage, seat) = receiver.virtually().expect(VIRTUAL);
                seat.used(stage, stage.me(), place);
                if let Claim::Rendezvous(meeting) = claim {
                    return meet(real, stage, seat, meeting, CALL, place);
                }
                claim.release(stage);
                recv_now(real, stage, seat, CALL, place).map_err(|_| RecvError)
            }
            _ => unreachable!("{VIRTUAL}"),
        }
    }

    #[track_caller]
    fn is_of<T>(&self, operand: &T, complaint: &str) {
        if let Some(Selected::Virtual { operand: selected, .. }) = self.0 {
            assert!(std::ptr::from_ref(operand).addr() == selected, "{complaint}");
        }
    }
}

const CALL: &str = "select";

const VIRTUAL: &str = "what is selected on a virtual pace was made on it";

impl fmt::Debug for SelectedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SelectedOperation { .. }")
    }
}

impl Drop for SelectedOperation<'_> {
    fn drop(&mut self) {
        let Some(Selected::Virtual { claim, .. }) = &self.0 else { return };
        if let (Some(stage), Claim::Share(queue, side)) = (Stage::get(), claim) {
            claim.release(stage);
            stage.wake(Key::Queue(*queue, *side), 1);
        }
        if !std::thread::panicking() {
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
