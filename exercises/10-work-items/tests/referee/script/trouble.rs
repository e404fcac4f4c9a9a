//! What goes wrong in a script: consumers that are held at their work, killed, late, or die at a parcel.

use super::{Game, SECOND, seconds, typed};
use crate::referee::account::{When, Words, rows, said};
use crate::referee::world::{BILL, CONSUME, How, Item, State, Tally, World};
use exam::Running;
use std::time::Duration;

/// A consumer that is at work.
pub(super) struct Held {
    pub(super) consumer: Running,
    pub(super) how: How,
    /// What it has finished up to now.
    pub(super) tally: Tally,
    /// The places of those that it has.
    pub(super) taken: Vec<usize>,
    /// The place of the one that its work is held at.
    pub(super) place: usize,
}

/// The flag for a heart that does not get to beat while a script is played.
pub(super) fn idle(how: &How) -> String {
    format!(" --heartbeat {}", seconds(how.lease - SECOND))
}

impl Game {
    /// A consumer at work on a batch, and what may come then.
    pub(super) fn hold(&mut self) {
        let how = self.how("A");
        // The clock stands still here: a beat changes nothing.
        let more = if self.below(2) == 0 { idle(&how) } else { String::new() };
        let Some(held) = self.start_held(&how, &more) else { return };
        match self.below(if self.reports { 4 } else { 3 }) {
            0 => self.work_as("B", &how, When::Held),
            1 => {}
            2 => return self.hold_again(held),
            _ => self.report(),
        }
        self.go_on(held);
    }

    /// The same in the further step.
    pub(super) fn hold_bills(&mut self) {
        self.hand_on_to_bill();
        let how = How { step: BILL, next: "report", ..self.how("A") };
        let Some(held) = self.start_held(&how, "") else { return };
        match self.below(3) {
            0 => self.report_if_handed_on(),
            1 => return self.leave_to_others(held),
            _ => {}
        }
        self.go_on(held);
    }

    /// Sees to it that there is something for `bill`.
    pub(super) fn hand_on_to_bill(&mut self) {
        if self.world.free(BILL).is_empty() && !self.is_over {
            self.import_some(5);
            let how = How { next: BILL, ..self.how("A") };
            self.work(&how, "", When::Ended);
        }
    }

    pub(super) fn report_if_handed_on(&mut self) {
        if self.account.hands_on {
            self.report();
        }
    }

    /// The same consumer is held once more, in a later batch: who has failed comes behind the others there.
    fn hold_again(&mut self, mut held: Held) {
        let later = self.world.free(held.how.step);
        let Some(last) = later.last().copied() else { return self.go_on(held) };
        let place = if self.below(2) == 0 { last } else { later[self.below(later.len())] };
        self.desk.hold(self.world.of(held.how.step)[place].id);
        held.tally.add(self.world.finish(&held.how, &held.taken));
        if let Some(held) = self.until_held(held, place) {
            self.go_on(held);
        }
    }

    /// Starts a consumer whose work on one of the items is held.
    pub(super) fn start_held(&mut self, how: &How, more: &str) -> Option<Held> {
        let free = self.world.free(how.step);
        if free.is_empty() || self.is_over {
            return None;
        }
        let place = free[self.below(free.len())];
        self.start_held_at(place, how, more)
    }

    pub(super) fn start_held_at(&mut self, place: usize, how: &How, more: &str) -> Option<Held> {
        self.desk.hold(self.world.of(how.step)[place].id);
        let consumer = self.desk.start(&typed(how, &format!("{more} --hold hold")));
        let how = how.clone();
        let held = Held { consumer, how, tally: Tally::default(), taken: Vec::new(), place };
        self.until_held(held, place)
    }

    /// Waits until a consumer has come to an item, with all that it finishes before.
    fn until_held(&mut self, mut held: Held, place: usize) -> Option<Held> {
        let (name, item) = (&held.how.name, self.world.of(held.how.step)[place].id);
        let waits = format!("[{name}] waits with item {item} until hold is gone");
        if !held.consumer.until(&waits) {
            self.never_came(waits);
            return None;
        }
        held.place = place;
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
    pub(super) fn go_on(&mut self, held: Held) {
        let Held { consumer, how, mut tally, taken, .. } = held;
        tally.add(self.world.finish(&how, &taken));
        tally.add(self.world.consume(&how));
        if self.is_over {
            return;
        }
        self.desk.let_go();
        let run = self.desk.wait(consumer);
        self.hear(how.step, vec![(&how.name, run)], tally, Vec::new());
        self.look(When::Ended);
    }

    /// One that is killed at its work.
    pub(super) fn kill(&mut self) {
        let how = self.how("A");
        if let Some(held) = self.start_held(&how, &idle(&how)) {
            self.leave_to_others(held);
        }
    }

    /// Kills a consumer, whose items others find.
    fn leave_to_others(&mut self, held: Held) {
        if self.is_over {
            return;
        }
        self.desk.kill(held.consumer);
        self.disturb();
        self.desk.let_go();
        self.look(When::Ended);
        if self.below(2) == 0 {
            self.take_over(&held.how);
        }
    }

    /// One that comes by when the lease of a dead one is over, and finds its items beside new ones.
    fn take_over(&mut self, dead: &How) {
        if dead.step == CONSUME {
            self.import_some(3);
        }
        let time = [dead.lease, dead.lease + SECOND][self.below(2)];
        self.advance(time);
        let how = How { step: dead.step, next: dead.next, ..self.how("C") };
        if let Some(held) = self.start_held(&how, "") {
            self.go_on(held);
        }
    }

    /// One whose lease is over, and somebody else has done its batch when it goes on.
    pub(super) fn be_late(&mut self) {
        let how = self.how("A");
        let Some(held) = self.start_held(&how, &idle(&how)) else { return };
        self.advance(how.lease + SECOND);
        self.disturb();
        self.work_as("B", &held.how, When::Ended);
        self.come_too_late(held);
    }

    /// Lets a consumer go on that has lost all that it has.
    pub(super) fn come_too_late(&mut self, held: Held) {
        let Held { consumer, how, mut tally, taken, .. } = held;
        let items = self.world.of(how.step);
        let lost: Vec<u64> = taken.iter().map(|place| items[*place].id).collect();
        for id in &lost {
            *tally.took.entry(*id).or_default() += 1;
        }
        if self.is_over {
            return;
        }
        self.desk.let_go();
        let run = self.desk.wait(consumer);
        self.hear(how.step, vec![(&how.name, run)], tally, lost);
        self.look(When::Ended);
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
        let mut first =
            self.desk.start(&typed(&how, &format!("{} --hold-carrier hold", idle(&how))));
        let waits = format!("[the carrier] waits with item {item} until hold is gone");
        if !first.until(&waits) {
            return self.never_came(waits);
        }
        self.advance(how.lease + SECOND);
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
        self.hear(CONSUME, runs, wanted, Vec::new());
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
            self.hear(CONSUME, vec![(&how.name, run)], wanted, Vec::new());
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
        if self.below(2) == 0 && !self.is_over {
            self.take_over(&how);
        }
    }

    pub(super) fn disturb(&mut self) {
        self.world.is_disturbed = true;
        self.was_calm = false;
        self.gone += 1;
    }
}
