//! An operation that a selection has chosen, and that has to be completed.

use super::{
    Receiver, Sender,
    operation::Claim,
    real,
    receiver::{Source, recv_now},
};
use crate::{
    place::Place,
    stage::{QueueCall, Stage},
    time::Instant,
};
use ::crossbeam_channel::{RecvError, SendError};
use std::fmt;

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
pub struct SelectedOperation<'a>(pub(super) Option<Selected<'a>>);

pub(super) enum Selected<'a> {
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
                let call = QueueCall::in_turn(sender.seat.as_ref(), CALL, place).expect(VIRTUAL);
                match claim {
                    Claim::Rendezvous(meeting) => {
                        return call.meet(meeting, || sender.real.send(message));
                    }
                    Claim::Share(share) => share.release(call.stage()),
                    Claim::Nothing | Claim::Tick(_) => {}
                }
                let sent = sender.send_now(&call, message);
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
                let call = QueueCall::in_turn(receiver.seat.as_ref(), CALL, place).expect(VIRTUAL);
                match claim {
                    Claim::Rendezvous(meeting) => return call.meet(meeting, || real.recv()),
                    Claim::Share(share) => share.release(call.stage()),
                    Claim::Nothing | Claim::Tick(_) => {}
                }
                recv_now(real, &call).map_err(|_| RecvError)
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
        if let (Some(stage), Claim::Share(share)) = (Stage::get(), claim) {
            share.give_up(stage);
        }
        if !std::thread::panicking() {
            panic!("dropped `SelectedOperation` without completing the operation");
        }
    }
}
