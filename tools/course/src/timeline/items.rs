//! What went through the queues: their depth, and the way of each message.

use super::{
    cast::{Cast, short},
    model::{Item, Queue, Taken},
    tape::{Event, Tape},
};
use std::collections::{BTreeMap, BTreeSet};

/// The queues and the items of a run.
#[derive(Debug, Default)]
pub(super) struct Goods {
    pub(super) queues: Vec<Queue>,
    pub(super) items: Vec<Item>,
    queue_of: BTreeMap<u64, usize>,
    item_of: BTreeMap<u64, usize>,
    /// Who has which items in hand, each as the item and the number of its taking.
    in_hand: BTreeMap<usize, Vec<(usize, usize)>>,
    waits_since: BTreeMap<usize, u64>,
    /// Whose last event was to send these: a line that comes now, may name them.
    just_sent: BTreeMap<usize, usize>,
}

impl Goods {
    pub(super) fn of(tape: &Tape, cast: &Cast) -> Goods {
        let mut goods = Goods::default();
        for event in tape.events.iter().filter(|event| !event.is_of_the_end()) {
            goods.take(event, cast.lane(event.actor));
        }
        for lane in goods.in_hand.keys().copied().collect::<Vec<_>>() {
            goods.lay_down(lane, tape.end());
        }
        goods.leave_out_the_unused();
        goods
    }

    fn take(&mut self, event: &Event, lane: usize) {
        match event.kind.as_str() {
            "queue" => self.make(event),
            "send" => self.send(event, lane),
            "recv" => self.receive(event, lane),
            "wait" if matches!(event.text("on"), "recv" | "select") => {
                self.lay_down(lane, event.at)
            }
            "wait" if event.text("on") == "send" => {
                self.waits_since.insert(lane, event.at);
            }
            "end" => self.lay_down(lane, event.at),
            "print" => self.print(event, lane),
            _ => {}
        }
        if !matches!(event.kind.as_str(), "print" | "send" | "name") {
            self.just_sent.remove(&lane);
        }
    }

    fn make(&mut self, event: &Event) {
        let Some(number) = event.number("queue") else { return };
        let place = short(event.text("place"));
        let same = |queue: &&Queue| queue.name.starts_with(&format!("queue of {place}"));
        let name = match self.queues.iter().filter(same).count() {
            0 => format!("queue of {place}"),
            before => format!("queue of {place} ({})", before + 1),
        };
        self.queue_of.insert(number, self.queues.len());
        let (capacity, made) = (event.number("capacity"), event.at);
        self.queues.push(Queue { name, capacity, made, depth: vec![(made, 0)] });
    }

    fn send(&mut self, event: &Event, lane: usize) {
        let since = self.waits_since.remove(&lane);
        self.deepen(event);
        let queue = event.number("queue").and_then(|number| self.queue_of.get(&number)).copied();
        let (Some(number), Some(queue)) = (event.number("message"), queue) else { return };
        if let Some(gone) = event.number("displaced").and_then(|gone| self.item_of.get(&gone)) {
            self.items[*gone].displaced_at = Some(event.at);
        }
        let held = self.in_hand.get(&lane).and_then(|held| held.last());
        let goes_on_from = held.map(|&(item, _)| self.items[item].number);
        let item = self.item(number, queue, event.at);
        self.just_sent.insert(lane, item);
        let item = &mut self.items[item];
        item.sender = lane;
        item.goes_on_from = goes_on_from;
        item.waited_for_room = since.map_or(0, |since| event.at - since);
    }

    /// The item of this number. Where it is handed over in person, whoever takes it may tell so first.
    fn item(&mut self, number: u64, queue: usize, sent: u64) -> usize {
        *self.item_of.entry(number).or_insert_with(|| {
            self.items.push(Item { number, queue, sent, ..Item::default() });
            self.items.len() - 1
        })
    }

    fn receive(&mut self, event: &Event, lane: usize) {
        self.deepen(event);
        self.lay_down(lane, event.at);
        let queue = event.number("queue").and_then(|number| self.queue_of.get(&number)).copied();
        let (Some(number), Some(queue)) = (event.number("message"), queue) else { return };
        let item = self.item(number, queue, event.at);
        let taken = &mut self.items[item].taken;
        taken.push(Taken { at: event.at, by: lane, until: event.at, lines: Vec::new() });
        let nth = taken.len() - 1;
        self.in_hand.entry(lane).or_default().push((item, nth));
    }

    fn print(&mut self, event: &Event, lane: usize) {
        let line = event.text("line");
        if let Some(&(item, nth)) = self.in_hand.get(&lane).and_then(|held| held.last()) {
            let item = &mut self.items[item];
            item.taken[nth].lines.push((event.at, line.to_owned()));
            item.line.get_or_insert_with(|| line.to_owned());
        }
        if let Some(item) = self.just_sent.remove(&lane) {
            let item = &mut self.items[item];
            item.line.get_or_insert_with(|| line.to_owned());
        }
    }

    /// Whoever asks for the next item has done with the one before.
    fn lay_down(&mut self, lane: usize, at: u64) {
        for (item, nth) in self.in_hand.remove(&lane).unwrap_or_default() {
            self.items[item].taken[nth].until = at;
        }
    }

    fn deepen(&mut self, event: &Event) {
        let queue = event.number("queue").and_then(|number| self.queue_of.get(&number));
        if let (Some(&queue), Some(depth)) = (queue, event.number("depth")) {
            self.queues[queue].depth.push((event.at, depth));
        }
    }

    /// A queue that nobody ever used is not drawn.
    fn leave_out_the_unused(&mut self) {
        let used: BTreeSet<usize> = self.items.iter().map(|item| item.queue).collect();
        let mut new_place = Vec::new();
        let mut kept = 0;
        for (index, queue) in self.queues.iter().enumerate() {
            let is_kept = queue.depth.len() > 1 || used.contains(&index);
            new_place.push(is_kept.then_some(kept));
            kept += usize::from(is_kept);
        }
        let mut places = new_place.iter();
        self.queues.retain(|_| places.next().is_some_and(Option::is_some));
        for item in &mut self.items {
            item.queue = new_place[item.queue].unwrap_or(0);
        }
    }
}
