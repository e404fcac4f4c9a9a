//! Tasks share a thread: while one of them computes, or makes a call that blocks, no other one goes on.

use super::{
    cast::Cast,
    lanes::{Drawn, Known},
    model::{Block, State},
    tape::{Event, Tape},
};
use std::collections::BTreeMap;

/// When tasks block the thread of all, and what could have gone on meanwhile.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// In the order of their instants.
    all: Vec<Hold>,
    queues: BTreeMap<u64, Queue>,
}

#[derive(Debug)]
struct Hold {
    from: u64,
    to: u64,
    by: usize,
    place: String,
}

#[derive(Debug, Default)]
struct Queue {
    capacity: Option<u64>,
    depth: Vec<(u64, u64)>,
}

impl Holds {
    pub(super) fn of(tape: &Tape, cast: &Cast, acts: &[Vec<&Event>]) -> Holds {
        let mut holds = Holds::default();
        for (by, acts) in acts.iter().enumerate().filter(|(by, _)| cast.is_task(*by)) {
            holds.all.extend(acts.windows(2).filter_map(|pair| hold(by, pair)));
        }
        holds.all.sort_by_key(|hold| hold.from);
        for event in &tape.events {
            let Some(number) = event.number("queue") else { continue };
            let queue = holds.queues.entry(number).or_default();
            if event.is("queue") {
                queue.capacity = event.number("capacity");
            }
            queue.depth.extend(event.number("depth").map(|depth| (event.at, depth)));
        }
        holds
    }

    /// The blocks of a lane, with those stretches told in which another task holds it up: where the tape tells
    /// nothing else, or where the queue that it waits at has let it go on.
    pub(super) fn shown(&self, cast: &Cast, lane: usize, drawn: Vec<Drawn>) -> Vec<Block> {
        let mut blocks = Vec::new();
        for Drawn { block, known } in drawn {
            let mut from = block.from;
            let others = self.all.iter().filter(|hold| hold.by != lane && cast.is_task(lane));
            for hold in others.take_while(|hold| hold.from < block.to) {
                let (begins, ends) = (hold.from.max(from), hold.to.min(block.to));
                if begins >= ends || !self.could_go_on(&known, block.state, hold.from) {
                    continue;
                }
                let before = Block { from, to: begins, ..block.clone() };
                blocks.extend(Some(before).filter(|block| block.length() > 0));
                let name = &cast.lanes[hold.by].name;
                let why =
                    format!("held up: {name} blocks the thread of all tasks at {}", hold.place);
                blocks.push(Block { from: begins, to: ends, state: State::Held, why });
                from = ends;
            }
            let rest = Block { from, ..block };
            blocks.extend(Some(rest).filter(|block| block.length() > 0));
        }
        blocks
    }

    fn could_go_on(&self, known: &Known, state: State, at: u64) -> bool {
        let number = match known {
            Known::Guessed => return true,
            Known::Told => return false,
            Known::AtQueue(number) => number,
        };
        let Some(queue) = self.queues.get(number) else { return false };
        let until = queue.depth.partition_point(|(since, _)| *since <= at);
        let depth = queue.depth[..until].last().map_or(0, |step| step.1);
        match state {
            State::Item => depth > 0,
            State::Room => queue.capacity.is_none_or(|room| depth < room),
            _ => false,
        }
    }
}

/// A pause that blocks: one that lets others go on is not told as a wait as well.
fn hold(by: usize, pair: &[&Event]) -> Option<Hold> {
    let [pause, wait] = pair else { return None };
    let is_one = matches!(pause.kind.as_str(), "sleep" | "work");
    let blocks = wait.is("wait") && wait.text("on") == "sleep" && wait.at == pause.at;
    let (from, place) = (pause.at, pause.text("place").to_owned());
    let to = from + pause.number("for_us").unwrap_or(0);
    (is_one && blocks).then_some(Hold { from, to, by, place })
}
