//! What goes wrong in a script: consumers that are held at their work, killed, late, or die at a parcel.

#![allow(
    clippy::disallowed_methods,
    reason = "a test has real time, as the program that it looks at"
)]

use super::{Game, LEASE, typed};
use crate::referee::account::{When, Words, rows, said};
use crate::referee::world::{CONSUME, How, Item, State, Tally, World};
use exam::Running;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A consumer that is at work.
struct Held {
    consumer: Running,
    how: How,
    /// What it has finished up to now.
    tally: Tally,
    /// The places of those that it has.
    taken: Vec<usize>,
}

impl Game {
    /// A consumer at work on a batch, and what may come then.
    pub(super) fn hold(&mut self) {
        let how = self.how("A");
        let Some(held) = self.start_held(&how, " --heartbeat 59") else { return };
        match self.below(if self.reports { 4 } else { 3 }) {
            0 => self.find_the_rest(),
            1 => {}
            2 => return self.hold_again(held),
            _ => self.report(),
        }
        self.go_on(held);
    }

    /// Another consumer finds what nobody has.
    fn find_the_rest(&mut self) {
        let other = self.how("B");
        let wanted = self.world.consume(&other);
        let run = self.desk.run(&typed(&other, ""));
        self.hear(vec![(&other.name, run)], wanted, Vec::new());
        self.look(When::Held);
    }

    /// The same consumer is held once more, in a later batch: who has failed comes behind the others there.
    fn hold_again(&mut self, mut held: Held) {
        let later = self.world.free(held.how.step);
        let Some(last) = later.last().copied() else { return self.go_on(held) };
        let place = if self.below(2) == 0 { last } else { later[self.below(later.len())] };
        self.desk.hold(self.world.orders[place].id);
        held.tally.add(self.world.finish(&held.how, &held.taken));
        if let Some(held) = self.until_held(held, place) {
            self.go_on(held);
        }
    }

    /// Starts a consumer whose work on one of the items is held.
    fn start_held(&mut self, how: &How, more: &str) -> Option<Held> {
        let free = self.world.free(how.step);
        if free.is_empty() {
            return None;
        }
        let place = free[self.below(free.len())];
        self.desk.hold(self.world.orders[place].id);
        let consumer = self.desk.start(&typed(how, &format!("{more} --hold hold")));
        let how = how.clone();
        let held = Held { consumer, how, tally: Tally::default(), taken: Vec::new() };
        self.until_held(held, place)
    }

    /// Waits until a consumer has come to an item, with all that it finishes before.
    fn until_held(&mut self, mut held: Held, place: usize) -> Option<Held> {
        let (name, item) = (&held.how.name, self.world.orders[place].id);
        let waits = format!("[{name}] waits with item {item} until hold is gone");
        if !held.consumer.until(&waits) {
            self.account.unheld = Some(waits);
            self.look(When::Held);
            return None;
        }
        held.taken = loop {
            let taken = self.world.take(&held.how);
            if taken.is_empty() || taken.contains(&place) {
                break taken;
            }
            held.tally.add(self.world.finish(&held.how, &taken));
        };
        self.look(When::Held);
        (!self.is_over).then_some(held)
    }

    /// Lets a consumer come to its end.
    fn go_on(&mut self, held: Held) {
        let Held { consumer, how, mut tally, taken } = held;
        tally.add(self.world.finish(&how, &taken));
        tally.add(self.world.consume(&how));
        if self.is_over {
            return;
        }
        self.desk.let_go();
        let run = self.desk.wait(consumer);
        self.hear(vec![(&how.name, run)], tally, Vec::new());
        self.look(When::Ended);
    }

    /// One that is killed at its work.
    pub(super) fn kill(&mut self) {
        let how = self.how("A");
        let Some(held) = self.start_held(&how, " --heartbeat 59") else { return };
        self.desk.kill(held.consumer);
        self.disturb();
        self.desk.let_go();
        self.look(When::Ended);
    }

    /// One whose lease is over, and somebody else has done its batch when it goes on.
    pub(super) fn be_late(&mut self) {
        let how = self.how("A");
        let Some(held) = self.start_held(&how, " --heartbeat 59") else { return };
        let Held { consumer, mut tally, taken, .. } = held;
        self.advance(LEASE + 1);
        self.disturb();
        let other = self.how("B");
        let wanted = self.world.consume(&other);
        let run = self.desk.run(&typed(&other, ""));
        self.hear(vec![(&other.name, run)], wanted, Vec::new());
        self.look(When::Ended);
        let lost: Vec<u64> = taken.iter().map(|place| self.world.orders[*place].id).collect();
        for id in &lost {
            *tally.took.entry(*id).or_default() += 1;
        }
        if self.is_over {
            return;
        }
        self.desk.let_go();
        let run = self.desk.wait(consumer);
        self.hear(vec![(&how.name, run)], tally, lost);
        self.look(When::Ended);
    }

    /// One that renews its leases.
    pub(super) fn beat(&mut self) {
        let how = self.how("A");
        let Some(held) = self.start_held(&how, " --heartbeat 0.01") else { return };
        for _ in 0..1 + self.below(3) {
            self.advance(50);
            self.await_renewal(&how);
            if self.is_over {
                return;
            }
            let until = self.world.now + LEASE;
            for place in &held.taken {
                self.world.orders[*place].state =
                    State::Reserved { owner: how.name.clone(), until };
            }
        }
        if self.below(2) == 0 {
            self.desk.kill(held.consumer);
            self.disturb();
            self.desk.let_go();
            self.advance(LEASE - 1);
            self.consume();
            self.advance(2);
            return self.consume();
        }
        self.find_the_rest();
        self.go_on(held);
    }

    /// Waits until the leases of all that a consumer has end 60 seconds from now again.
    fn await_renewal(&mut self, how: &How) {
        let start = Instant::now();
        let pattern = format!("item {{item}}, consume: RESERVED by {}, {{s}} s left", how.name);
        loop {
            let run = self.desk.look("list --clock clock");
            let lines = run.lines(&pattern);
            let late = lines.iter().find(|line| line.get("s") != "60.0");
            if !lines.is_empty() && late.is_none() {
                return;
            }
            if start.elapsed() > Duration::from_secs(5) {
                let late = late
                    .map_or(format!("the items are no longer those of {}", how.name), |line| {
                        line.text.clone()
                    });
                self.account.unrenewed = Some(late);
                self.last = Some(run);
                return self.judge();
            }
            sleep(Duration::from_millis(10));
        }
    }

    /// One that is with the carrier still when its lease is over, and another one that comes by.
    pub(super) fn keep_at_carrier(&mut self) {
        let how = self.how("A");
        let free = self.world.free(CONSUME);
        let fit = free.iter().map(|place| &self.world.orders[*place]);
        let fit: Vec<u64> = fit.filter(|item| World::is_fit(item)).map(|item| item.id).collect();
        // Who was left by the dead may have its parcel, and then nobody asks the carrier.
        if fit.is_empty()
            || self.world.is_disturbed
            || self.world.orders.iter().any(Item::is_reserved)
        {
            return;
        }
        let item = fit[self.below(fit.len())];
        self.desk.hold(item);
        let mut first = self.desk.start(&typed(&how, " --heartbeat 59 --hold-carrier hold"));
        let waits = format!("[the carrier] waits with item {item} until hold is gone");
        if !first.until(&waits) {
            self.account.unheld = Some(waits);
            return self.look(When::Held);
        }
        self.advance(LEASE + 1);
        let other = How { name: self.name("B"), ..how.clone() };
        let mut second = self.desk.start(&typed(&other, ""));
        // Whoever is right waits here; whoever is wrong needs some time to show it, once it has begun.
        second.within("--- Consume ---", Duration::from_secs(2));
        second.within("Consumed {n} items: {rest}", Duration::from_millis(300));
        self.desk.let_go();
        let runs = vec![
            (how.name.as_str(), self.desk.wait(first)),
            (other.name.as_str(), self.desk.wait(second)),
        ];
        let wanted = self.world.consume(&how);
        self.hear(runs, wanted, Vec::new());
        self.account.words.last_mut().expect("it was heard").is_open = true;
        self.look(When::Ended);
    }

    /// One that dies at a parcel.
    pub(super) fn crash(&mut self) {
        let batch = usize::try_from(self.batch).expect("it is small");
        let how = How { batch, ..self.how("A") };
        // Of a batch, between two of its parcels.
        let nth = if batch > 1 { 2 + self.below(3) } else { 1 + self.below(4) };
        let is_before = self.below(2) == 0;
        let (parcels, once) = (self.desk.parcels(), self.account.sends_once);
        let is_sent = |item: &Item| {
            parcels.iter().any(|line| line.starts_with(&format!("item {}:", item.id)))
        };
        // What is done and not sent yet, in a program that sends when it has committed.
        let left = |item: &&Item| item.state == State::Completed && !is_sent(item);
        let mut asked = self.world.orders.iter().filter(left).count();
        let (mut wanted, mut world, mut may_be) =
            (Tally::default(), self.world.clone(), Vec::new());
        if asked >= nth {
            may_be.push(world.clone());
        }
        loop {
            let taken = world.take(&how);
            let fit = taken.iter().map(|place| &world.orders[*place]);
            asked += fit.filter(|item| World::is_fit(item) && !(once && is_sent(item))).count();
            if asked >= nth {
                may_be.push(world.clone());
                world.finish(&how, &taken);
                may_be.push(world);
                break;
            }
            if taken.is_empty() {
                break;
            }
            wanted.add(world.finish(&how, &taken));
            self.world = world.clone();
        }
        let at = if is_before { "before" } else { "after" };
        let run = self.desk.run(&typed(&how, &format!(" --crash-{at} {nth}")));
        if may_be.is_empty() {
            self.hear(vec![(&how.name, run)], wanted, Vec::new());
            return self.look(When::Ended);
        }
        let said = vec![said(&how.name, &run)];
        let words = Words {
            said,
            wanted: Tally::default(),
            lost: Vec::new(),
            code: Some(137),
            is_open: false,
        };
        self.account.words.push(words);
        self.disturb();
        let sent = parcels.len() + nth - usize::from(is_before);
        // Whoever commits first may have a list of what is to be sent.
        let listed = self.desk.look("list --clock clock");
        let rows = rows(&listed);
        let fits = |world: &&World| {
            let seen = rows.get(CONSUME).map_or(&[][..], Vec::as_slice);
            let pairs = world.orders.iter().zip(seen);
            pairs
                .into_iter()
                .all(|(item, (id, shown))| item.id == *id && item.may_show(shown, world.now))
        };
        let found = may_be.iter().find(fits).unwrap_or(&may_be[0]).clone();
        self.world = World { is_disturbed: true, ..found };
        self.look_at(listed, When::Crashed, Some(sent));
    }

    fn disturb(&mut self) {
        self.world.is_disturbed = true;
        self.was_calm = false;
        self.gone += 1;
    }
}
