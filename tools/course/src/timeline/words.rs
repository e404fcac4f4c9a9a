//! What a reader is told of a block and of an event, in the words of the rehearsal's reports.

use super::{
    cast::short,
    model::{State, seconds},
    tape::Event,
};
use std::collections::BTreeMap;

/// What the words need to know of queues and locks.
#[derive(Debug, Default)]
pub(super) struct Words {
    queues: BTreeMap<u64, Queue>,
    /// Who holds a lock, from an instant on.
    holders: BTreeMap<u64, Vec<(u64, String)>>,
}

#[derive(Debug)]
struct Queue {
    place: String,
    capacity: Option<u64>,
}

impl Words {
    /// Learns of a queue or a lock; `who` is the name of who acts.
    pub(super) fn learn(&mut self, event: &Event, who: &str) {
        match (event.kind.as_str(), event.number("queue"), event.number("lock")) {
            ("queue", Some(queue), _) => {
                let place = event.text("place").to_owned();
                self.queues.insert(queue, Queue { place, capacity: event.number("capacity") });
            }
            ("lock", _, Some(lock)) => {
                let at = short(event.text("place"));
                let holder = format!("{who} holds it since {at}");
                self.holders.entry(lock).or_default().push((event.at, holder));
            }
            _ => {}
        }
    }

    fn queue(&self, number: Option<u64>) -> String {
        let known = number.and_then(|number| self.queues.get(&number));
        known.map_or("a queue".to_owned(), |queue| {
            format!("the queue made at {}", short(&queue.place))
        })
    }

    /// A wait that the tape tells. What comes behind it says which lock it was for.
    pub(super) fn wait(&self, wait: &Event, at: u64, next: Option<&Event>) -> String {
        let place = wait.text("place");
        let known = wait.number("queue").and_then(|number| self.queues.get(&number));
        let queue = self.queue(wait.number("queue"));
        let capacity = known.and_then(|queue| queue.capacity);
        let what = match (wait.text("on"), capacity) {
            ("recv", Some(0)) => format!("in recv(): nobody sends to {queue}, which holds nothing"),
            ("recv", _) => format!("in recv(): {queue} is empty"),
            ("send", Some(0)) => {
                format!("in send(): nobody receives from {queue}, which holds nothing")
            }
            ("send", Some(room)) => format!("in send(): {queue} is full, it has room for {room}"),
            ("send", None) => format!("in send(): {queue} takes nothing"),
            ("lock", _) => format!("for a lock{}", self.holder(at, next)),
            ("join" | "scope", _) => "for another to end".to_owned(),
            ("condvar", _) => "for a notification".to_owned(),
            ("park", _) => "to be unparked".to_owned(),
            ("future", _) => "for a future".to_owned(),
            ("closed", _) => "for a queue to be closed".to_owned(),
            ("core", _) => "for a core".to_owned(),
            ("spin", _) => "in a loop that asks again and again".to_owned(),
            ("select", _) => "in a select".to_owned(),
            (on, _) => format!("in {on}"),
        };
        format!("waits at {place} {what}")
    }

    fn holder(&self, at: u64, next: Option<&Event>) -> String {
        let lock = next.filter(|next| next.is("lock")).and_then(|next| next.number("lock"));
        let holders = lock.and_then(|lock| self.holders.get(&lock)).map_or(&[][..], Vec::as_slice);
        let until = holders.partition_point(|(since, _)| *since <= at);
        holders[..until].last().map(|(_, says)| format!(": {says}")).unwrap_or_default()
    }

    /// A sleep or a computation.
    pub(super) fn sleep(&self, sleep: &Event) -> String {
        let verb = if sleep.is("work") { "computes" } else { "sleeps" };
        let length = sleep.number("for_us").unwrap_or(0);
        let asked = sleep.number("asked_us").filter(|asked| *asked != length);
        let asked =
            asked.map(|asked| format!(" (asked for {})", seconds(asked))).unwrap_or_default();
        format!("{verb} at {} for {}{asked}", sleep.text("place"), seconds(length))
    }

    pub(super) fn timer(&self, wait: &Event) -> String {
        format!("waits at {} for a timer", wait.text("place"))
    }

    /// A wait that the tape does not tell.
    pub(super) fn guess(&self, state: State, next: Option<&Event>, is_real: bool) -> String {
        if is_real {
            return "not told: it runs, or waits where the tape does not see it".to_owned();
        }
        let at = next.map(|next| next.text("place")).filter(|place| !place.is_empty());
        let at = at.map(|place| format!(" at {place}")).unwrap_or_default();
        let queue = || self.queue(next.and_then(|next| next.number("queue")));
        let what = match state {
            State::Item => format!("waits{at} for an item from {}", queue()),
            State::Room => format!("waits{at} for room in {}", queue()),
            State::Lock => format!("waits{at} for a lock or a permit"),
            State::Signal => format!("waits{at} for a signal"),
            _ => {
                return "not told: it waits where the tape does not see it, or for its turn"
                    .to_owned();
            }
        };
        format!("{what} (known by what came next)")
    }

    /// What happened, as a sentence without its subject. Nothing for what a wait or a sleep says of itself twice.
    pub(super) fn event(&self, event: &Event, new: &str) -> Option<String> {
        let queue = || self.queue(event.number("queue"));
        let message =
            event.number("message").map(|number| format!(" message {number}")).unwrap_or_default();
        let depth = event
            .number("depth")
            .map(|depth| format!("; it holds {depth} now"))
            .unwrap_or_default();
        let count = |key: &str| event.number(key).unwrap_or(0);
        Some(match event.kind.as_str() {
            "spawn" => format!("spawns {new}, a {}", event.text("kind")),
            "queue" => match event.number("capacity") {
                Some(room) => format!("makes a queue with room for {room}"),
                None => "makes a queue without bound".to_owned(),
            },
            "send" => format!("sends{message} to {}{depth}", queue()),
            "recv" => format!("receives{message} from {}{depth}", queue()),
            "wait" if event.text("on") == "sleep" => return None,
            "wait" => self.wait(event, event.at, None),
            "sleep" | "work" => self.sleep(event),
            "lock" => format!("takes lock {}", count("lock")),
            "unlock" => format!("gives lock {} back", count("lock")),
            "acquire" => format!(
                "takes {} of semaphore {}; {} free now",
                count("permits"),
                count("lock"),
                count("free")
            ),
            "release" => format!(
                "gives {} to semaphore {}; {} free now",
                count("permits"),
                count("lock"),
                count("free")
            ),
            "notify" => format!("notifies signal {}", count("lock")),
            "notified" => format!("is notified by signal {}", count("lock")),
            "ask" => format!("asks in vain with {}, {} in a row", event.text("call"), count("nth")),
            "print" => format!("prints: {}", event.text("line")),
            "panic" => "panics".to_owned(),
            "end" => format!("has ended: {}", event.text("how")),
            "not awaited" => format!("drops {} before anybody awaits it", event.text("call")),
            "stuck" => format!("the program is stuck: {}", event.text("kind")),
            _ => return None,
        })
    }
}
