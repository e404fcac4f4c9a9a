//! What a selection may wait for, and what it puts aside when it has chosen.

use super::{Receiver, Sender, receiver::Source, timer::Timer};
use crate::{
    stage::{Key, Meeting, Port, Share, Stage},
    time::{Duration, Instant},
};

/// An operation that a selection waits for. It knows nothing of the messages' type, so that a selection
/// can be handed to another thread.
#[derive(Clone)]
pub(super) struct Operation {
    source: Awaited,
    /// The address of the sender or receiver, which has to complete the operation.
    pub(super) operand: usize,
}

#[derive(Clone)]
enum Awaited {
    Port(Port),
    Timer(Timer),
}

/// What a selection has put aside for the operation that it has chosen.
///
/// The program may do anything before it completes the operation, and let others act meanwhile.
pub(super) enum Claim {
    /// Nothing: the other side of the queue is gone.
    Nothing,
    /// A message in the queue, or room in it.
    Share(Share),
    /// The other half of a rendezvous.
    Rendezvous(Meeting),
    /// A message that came from the clock.
    Tick(Instant),
}

const SEATED: &str = "what is made on a virtual pace has a seat on its stage";

impl Operation {
    pub(super) fn recv<T>(receiver: &Receiver<T>) -> Operation {
        let source = match &receiver.source {
            Source::Timer(timer, _) => Awaited::Timer(timer.clone()),
            _ => Awaited::Port(receiver.seat.as_ref().expect(SEATED).port()),
        };
        Operation { source, operand: std::ptr::from_ref(receiver).addr() }
    }

    pub(super) fn send<T>(sender: &Sender<T>) -> Operation {
        let port = sender.seat.as_ref().expect(SEATED).port();
        Operation { source: Awaited::Port(port), operand: std::ptr::from_ref(sender).addr() }
    }

    /// What wakes those who wait for it; none if the clock alone does.
    pub(super) fn key(&self) -> Option<Key> {
        match &self.source {
            Awaited::Port(port) => Some(port.key()),
            Awaited::Timer(_) => None,
        }
    }

    /// What wakes those who only want to know that it is ready.
    pub(super) fn watch_key(&self) -> Option<Key> {
        match &self.source {
            Awaited::Port(port) => Some(port.watch_key()),
            Awaited::Timer(_) => None,
        }
    }

    pub(super) fn is_ready(&self, stage: &Stage) -> bool {
        match &self.source {
            Awaited::Port(port) => port.is_ready(&stage.lock()),
            Awaited::Timer(timer) => timer.is_due(),
        }
    }

    pub(super) fn due(&self) -> Option<Duration> {
        match &self.source {
            Awaited::Port(_) => None,
            Awaited::Timer(timer) => timer.next(),
        }
    }

    /// Puts aside what makes it ready.
    pub(super) fn claim(&self, stage: &Stage) -> Claim {
        match &self.source {
            Awaited::Timer(timer) => timer.try_recv().map_or(Claim::Nothing, Claim::Tick),
            Awaited::Port(port) => {
                if let Some(share) = port.claim(stage) {
                    return Claim::Share(share);
                }
                let meeting = stage.engage(port.other_key());
                meeting.map_or(Claim::Nothing, Claim::Rendezvous)
            }
        }
    }
}
