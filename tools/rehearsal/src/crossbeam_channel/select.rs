//! Waiting for several queues at once.

use super::{
    Receiver, Sender,
    operation::{Claim, Operation},
    real,
    receiver::Source,
    selected::{Selected, SelectedOperation},
};
use crate::{
    place::Place,
    stage::{Call, For, Key, On, Stage, Woke},
    time::{Duration, Instant, now},
};
use ::crossbeam_channel::{ReadyTimeoutError, SelectTimeoutError, TryReadyError, TrySelectError};
use std::fmt;

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
#[derive(Clone)]
pub struct Select<'a>(Inner<'a>);

#[derive(Clone)]
enum Inner<'a> {
    Real(real::Select<'a>),
    Virtual { operations: Vec<Option<Operation>>, biased: bool },
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
            Inner::Virtual { operations, .. } => add(operations, Operation::send(sender)),
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
            Inner::Virtual { operations, .. } => add(operations, Operation::recv(receiver)),
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

    /// An operation that would not wait now; its index.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// let mut select = Select::new();
    /// let arm = select.recv(&items);
    /// assert!(select.try_ready().is_err());
    /// queue.send(7).unwrap();
    /// assert_eq!(select.try_ready(), Ok(arm));
    /// assert_eq!(items.try_recv(), Ok(7));
    /// ```
    #[track_caller]
    pub fn try_ready(&mut self) -> Result<usize, TryReadyError> {
        let place = Place::here();
        match &mut self.0 {
            Inner::Real(select) => select.try_ready(),
            Inner::Virtual { .. } => self.watched(Patience::None, place).ok_or(TryReadyError),
        }
    }

    /// Waits until an operation would not wait; its index. By then somebody else may have been faster.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{Select, unbounded};
    ///
    /// let (queue, items) = unbounded();
    /// queue.send(7).unwrap();
    /// let mut select = Select::new();
    /// let arm = select.recv(&items);
    /// assert_eq!(select.ready(), arm);
    /// assert_eq!(items.try_recv(), Ok(7));
    /// ```
    #[track_caller]
    pub fn ready(&mut self) -> usize {
        let place = Place::here();
        match &mut self.0 {
            Inner::Real(select) => select.ready(),
            Inner::Virtual { operations, .. } => {
                let some = operations.iter().any(Option::is_some);
                assert!(some, "no operations have been added to `Select`");
                self.watched(Patience::Endless, place).expect("endless patience")
            }
        }
    }

    /// Waits until an operation would not wait, but no longer than `timeout`.
    ///
    /// ```
    /// use rehearsal::{crossbeam_channel::{Select, unbounded}, time::Duration};
    ///
    /// let (_queue, items) = unbounded::<u32>();
    /// let mut select = Select::new();
    /// select.recv(&items);
    /// assert!(select.ready_timeout(Duration::from_millis(1)).is_err());
    /// ```
    #[track_caller]
    pub fn ready_timeout(&mut self, timeout: Duration) -> Result<usize, ReadyTimeoutError> {
        let place = Place::here();
        match &mut self.0 {
            Inner::Real(select) => select.ready_timeout(timeout),
            Inner::Virtual { .. } => {
                let until = Patience::Until(now().saturating_add(timeout));
                self.watched(until, place).ok_or(ReadyTimeoutError)
            }
        }
    }

    /// Waits until an operation would not wait, but no longer than until `deadline`.
    ///
    /// ```
    /// use rehearsal::{crossbeam_channel::{Select, unbounded}, time::{Duration, Instant}};
    ///
    /// let (_queue, items) = unbounded::<u32>();
    /// let mut select = Select::new();
    /// select.recv(&items);
    /// assert!(select.ready_deadline(Instant::now() + Duration::from_millis(1)).is_err());
    /// ```
    #[track_caller]
    pub fn ready_deadline(&mut self, deadline: Instant) -> Result<usize, ReadyTimeoutError> {
        self.ready_timeout(deadline.0.saturating_sub(now()))
    }

    fn selected(&self, patience: Patience, place: Place) -> Option<SelectedOperation<'a>> {
        let choice = self.choice("select", "select with a default", patience, place);
        let (nth, claim) = choice.select()?;
        let (index, arm) = choice.arms[nth];
        let operand = arm.operand;
        Some(SelectedOperation(Some(Selected::Virtual { index, operand, claim, place })))
    }

    fn watched(&self, patience: Patience, place: Place) -> Option<usize> {
        let choice = self.choice("ready()", "try_ready()", patience, place);
        Some(choice.arms[choice.watch()?].0)
    }

    fn choice(
        &self,
        name: &'static str,
        try_name: &'static str,
        patience: Patience,
        place: Place,
    ) -> Choice<'_> {
        let Inner::Virtual { operations, biased } = &self.0 else {
            unreachable!("the caller has looked")
        };
        let arms = operations.iter().enumerate();
        let arms = arms.filter_map(|(index, arm)| Some((index, arm.as_ref()?))).collect();
        let name = if let Patience::None = patience { try_name } else { name };
        let call = Call::in_turn(name, place).expect("a virtual selection is on a stage");
        Choice { arms, biased: *biased, patience, call }
    }
}

/// A selection that is about to be made.
struct Choice<'a> {
    /// The operations, each with its index in the selection.
    arms: Vec<(usize, &'a Operation)>,
    biased: bool,
    patience: Patience,
    call: Call,
}

impl Choice<'_> {
    /// Waits for one of the operations; tells which of them, and what was put aside for it.
    fn select(&self) -> Option<(usize, Claim)> {
        let stage = self.call.stage();
        self.call.switch_point();
        let (keyed, keys) = self.keys(Operation::key);
        let mut woken = false;
        loop {
            let mut ready = self.ready();
            if !ready.is_empty() {
                let nth = ready.remove(self.any_of(ready.len()));
                let claim = self.arms[nth].1.claim(stage);
                if woken {
                    // We may have been woken for another arm. Somebody else can have that one.
                    for key in ready.iter().filter_map(|nth| self.arms[*nth].1.key()) {
                        stage.wake(key, 1);
                    }
                }
                return Some((nth, claim));
            }
            match self.call.wait(On::Select(keys.clone()), &keys, self.until()?) {
                Woke::Chosen(key, meeting) => {
                    return Some((keyed[key], Claim::Rendezvous(meeting)));
                }
                Woke::Event => woken = true,
                Woke::TimedOut | Woke::Paired(_) => {}
            }
        }
    }

    /// Waits until one of the operations would not wait; tells which.
    fn watch(&self) -> Option<usize> {
        self.call.switch_point();
        let (_, keys) = self.keys(Operation::watch_key);
        loop {
            let ready = self.ready();
            if !ready.is_empty() {
                return Some(ready[self.any_of(ready.len())]);
            }
            self.call.wait(On::Select(keys.clone()), &keys, self.until()?);
        }
    }

    /// The keys of the operations that have one, and whose they are.
    fn keys(&self, key: impl Fn(&Operation) -> Option<Key>) -> (Vec<usize>, Vec<Key>) {
        let keyed = self.arms.iter().enumerate();
        keyed.filter_map(|(nth, (_, arm))| Some((nth, key(arm)?))).unzip()
    }

    fn ready(&self) -> Vec<usize> {
        let stage = self.call.stage();
        (0..self.arms.len()).filter(|nth| self.arms[*nth].1.is_ready(stage)).collect()
    }

    fn any_of(&self, len: usize) -> usize {
        if self.biased { 0 } else { self.call.stage().lock().any_of(For::Arm, len) }
    }

    /// When a wait has to end, if ever; `None` if nobody waits any more.
    fn until(&self) -> Option<Option<Duration>> {
        let until = match self.patience {
            Patience::None => {
                self.call.fruitless();
                return None;
            }
            Patience::Until(until) if until <= self.call.stage().now() => return None,
            Patience::Until(until) => Some(until),
            Patience::Endless => None,
        };
        Some(self.arms.iter().filter_map(|(_, arm)| arm.due()).chain(until).min())
    }
}

fn add(operations: &mut Vec<Option<Operation>>, operation: Operation) -> usize {
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
