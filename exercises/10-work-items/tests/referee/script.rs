//! Scripts: commands that are played one after another, or at once, and what was seen after each.
//!
//! The clock is a file, and so is the end of an item's work, so a script does not depend on how fast the machine is.

mod heart;
mod trouble;

use super::account::{Account, Handed, LISTED, Look, Report, When, Words, reported, rows, said};
use super::desk::{Desk, START};
use super::rules;
use super::world::{self, BILL, CONSUME, How, Item, Tally, World};
use exam::referee::{Dice, Played, Setting, Tasks};
use exam::{Program, Run, Running};
use serde_json::Value;
use std::collections::BTreeMap;

/// How long a lease is by default, in milliseconds.
const LEASE: u64 = SECOND * 60;

const SECOND: u64 = 1000;

/// Longer than any lease.
const LONG: u64 = SECOND * 100_000;

/// Plays the script of a setting up to its end, or to where something is wrong.
pub(crate) fn play(program: &Program, setting: &Setting, tasks: &Tasks) -> Played<Account> {
    let mut game = Game::new(program, setting, tasks);
    match setting.text("--sheet") {
        Some(sheet) => game.produce(&format!("samples/{sheet}")),
        None => game.import(game.orders),
    }
    if let Some(more) = setting.maybe("--more") {
        game.import(more);
    }
    if game.reports {
        game.report();
    }
    let steps = setting.number("--steps");
    for nth in 0..steps {
        game.step(nth);
    }
    game.finish();
    let Game { desk, account, last, .. } = game;
    Played { run: last.expect("a script looks at what it did"), account, printed: desk.printed() }
}

/// Something that a script may do.
type Action = fn(&mut Game);

/// A script that is played.
struct Game {
    desk: Desk,
    dice: Dice,
    /// Which script it is.
    number: u64,
    world: World,
    account: Account,
    /// What the last look found: its story tells all that was done.
    last: Option<Run>,
    is_over: bool,
    was_calm: bool,
    files: usize,
    /// How often a consumer has died or come too late.
    gone: usize,
    orders: u64,
    batch: u64,
    attempts: u64,
    /// In milliseconds.
    lease: u64,
    /// What a script is about.
    bills: bool,
    beats: Option<heart::Beats>,
    crashes: bool,
    reports: bool,
}

impl Game {
    fn new(program: &Program, setting: &Setting, tasks: &Tasks) -> Game {
        let number = setting.number("--script");
        Game {
            desk: Desk::new(program),
            dice: Dice::of(&format!("script {number}")),
            number,
            world: World { now: START, ..World::default() },
            account: Account {
                sends_once: tasks.done("fix-2"),
                hands_on: tasks.done("alter-1"),
                ..Account::default()
            },
            last: None,
            is_over: false,
            was_calm: true,
            files: 0,
            gone: 0,
            orders: setting.number("--orders"),
            batch: setting.number("--batch"),
            attempts: setting.number("--attempts"),
            lease: millis(setting.text("--lease").expect("it has a default")),
            bills: setting.is_set("--bills"),
            beats: setting.text("--beats").map(heart::Beats::read),
            crashes: setting.is_set("--crashes"),
            reports: setting.is_set("--reports"),
        }
    }

    fn below(&mut self, end: usize) -> usize {
        self.dice.below(end)
    }

    /// What comes next: at first, and often later, something of what the script is about. Scripts of other numbers
    /// begin with other things, so that none is left to chance.
    fn step(&mut self, nth: u64) {
        if self.world.free(CONSUME).is_empty() && self.below(4) > 0 {
            self.import_some(self.orders);
        }
        let about = self.about();
        let usual: &[Action] = &[
            Game::consume,
            Game::hold,
            Game::hold,
            |game| game.import_some(3),
            Game::pass_time,
            Game::together,
            Game::retry,
        ];
        let is_about = !about.is_empty() && (nth == 0 || self.below(2) == 0);
        let action = if is_about {
            about[(self.number + nth) as usize % about.len()]
        } else {
            usual[self.below(usual.len())]
        };
        if !self.is_over {
            action(self);
        }
    }

    fn about(&self) -> Vec<Action> {
        let mut about: Vec<Action> = Vec::new();
        if self.reports {
            about.extend([
                Game::report,
                Game::lose_a_sheet,
                Game::come_in_later,
                Game::hold,
                Game::be_late,
            ] as [Action; 5]);
        }
        if self.batch > 1 {
            about.extend([Game::hold, Game::crash, Game::kill, Game::hold] as [Action; 4]);
        }
        if self.bills {
            about.extend([Game::bill, Game::hold_bills] as [Action; 2]);
        }
        if self.beats.is_some() {
            about.extend([Game::beat, Game::beat_for_another] as [Action; 2]);
        }
        if self.crashes {
            about.extend([Game::crash, Game::crash, Game::be_late, Game::together] as [Action; 4]);
            // Before Fix 2 nobody asks the carrier.
            about.extend(self.account.sends_once.then_some(Game::keep_at_carrier as Action));
        }
        about
    }

    /// Lets everything come to its end. Some orders come in late, behind the bills of others.
    fn finish(&mut self) {
        self.advance(LONG);
        self.consume();
        // Of a batch there is more to send at once.
        if self.crashes && self.account.sends_once && self.batch > 1 && self.below(2) == 0 {
            self.import(4);
            self.keep_at_carrier();
        }
        if self.bills {
            self.bill();
            self.import_some(3);
            self.consume();
        }
        if self.reports || self.bills {
            self.report_if_handed_on();
        }
        // Who was killed in the middle of a report begins anew.
        if self.reports {
            self.report();
        }
    }

    /// What a consumer is called: not as one that has died or is late, and whose items nobody renews.
    fn name(&self, name: &str) -> String {
        match self.gone {
            0 => name.to_owned(),
            gone => format!("{name}{}", gone + 1),
        }
    }

    /// A consumer of orders. Others may be called otherwise and take other batches.
    fn how(&mut self, name: &str) -> How {
        let batch = if self.below(3) == 0 { 1 } else { self.batch };
        let lease = if self.below(3) == 0 { LEASE } else { self.lease };
        let next = if self.bills && self.below(4) > 0 { BILL } else { "report" };
        let batch = usize::try_from(batch).expect("it is small");
        How {
            name: self.name(name),
            step: CONSUME,
            next,
            batch,
            attempts: self.attempts,
            lease,
            clock: "clock",
        }
    }

    fn import_some(&mut self, most: u64) {
        let count = self.below(usize::try_from(most).expect("it is small"));
        self.import(1 + count as u64);
    }

    /// So many new orders. Some read as others do, and are orders all the same.
    fn import(&mut self, count: u64) {
        if self.is_over {
            return;
        }
        let payloads = self.draw_orders(count, |_| true);
        self.bring(&payloads, "");
        self.find_orders(payloads);
    }

    /// Orders that come in behind `consume`: who imports them says that they were sent.
    fn come_in_later(&mut self) {
        if self.is_over {
            return;
        }
        let step = if self.bills && self.below(2) == 0 { BILL } else { "report" };
        let count = 1 + self.below(2) as u64;
        let payloads = self.draw_orders(count, world::can_be_sent);
        self.bring(&payloads, &format!(" --step {step}"));
        self.world.import_later(step, payloads);
        self.report();
    }

    fn draw_orders(&mut self, count: u64, fits: fn(&Value) -> bool) -> Vec<Value> {
        let mut payloads: Vec<Value> = Vec::new();
        while (payloads.len() as u64) < count {
            let known = payloads.len();
            let order = match self.below(4) {
                0 if known > 0 => payloads[self.below(known)].clone(),
                _ => world::order(&mut |end| self.dice.below(end)),
            };
            payloads.extend(fits(&order).then_some(order));
        }
        payloads
    }

    fn bring(&mut self, payloads: &[Value], more: &str) {
        let items: Vec<Value> =
            payloads.iter().map(|payload| serde_json::json!({ "payload": payload })).collect();
        self.files += 1;
        let file = format!("orders-{}.json", self.files);
        self.desk.write_items(&file, &Value::from(items).to_string());
        self.desk.prepare(&format!("import {file}{more}"));
    }

    /// The same from a sheet.
    fn produce(&mut self, sheet: &str) {
        self.desk.prepare(&format!("produce {sheet}"));
        let payloads = self.desk.exported(CONSUME);
        self.find_orders(payloads);
    }

    /// A sheet that comes in as an item, and is not there.
    fn lose_a_sheet(&mut self) {
        let item = r#"[{"payload": {}, "files": {"orders.xlsx": "nowhere.xlsx"}}]"#;
        self.desk.write_items("mail.json", item);
        self.desk.prepare("import mail.json --step produce");
        self.desk.prepare("produce --from-item --clock clock");
        self.report();
    }

    /// New orders have the numbers that the queue gave them.
    fn find_orders(&mut self, payloads: Vec<Value>) {
        let run = self.desk.look("list --clock clock");
        let known = self.world.orders.len();
        let orders = rows(&run).remove(CONSUME).unwrap_or_default();
        let ids = orders.into_iter().skip(known).map(|(id, _)| id).collect();
        self.world.import(ids, payloads);
        self.look_at(run, When::Ended, None);
    }

    fn consume(&mut self) {
        if self.is_over {
            return;
        }
        let how = self.how("A");
        let waits = self.below(3) == 0 && !self.world.orders.iter().any(Item::is_reserved);
        self.work(&how, if waits { " --wait" } else { "" }, When::Ended);
    }

    /// A consumer that nobody disturbs.
    fn work(&mut self, how: &How, more: &str, when: When) {
        if self.is_over {
            return;
        }
        let wanted = self.world.consume(how);
        let run = self.desk.run(&typed(how, more));
        self.hear(how.step, vec![(&how.name, run)], wanted, Vec::new());
        self.look(when);
    }

    /// Another one at the same step.
    fn work_as(&mut self, name: &str, like: &How, when: When) {
        let how = How { step: like.step, next: like.next, ..self.how(name) };
        self.work(&how, "", when);
    }

    /// Three consumers at once.
    fn together(&mut self) {
        let how = self.how("A");
        let wanted = self.world.consume(&how);
        let names = ["A", "B", "C"].map(|name| self.name(name));
        let consumers: Vec<Running> = names
            .each_ref()
            .map(|name| self.desk.start(&typed(&How { name: name.clone(), ..how.clone() }, "")))
            .into();
        let runs = consumers.into_iter().map(|consumer| self.desk.wait(consumer));
        let runs = names.iter().map(String::as_str).zip(runs).collect();
        self.hear(CONSUME, runs, wanted, Vec::new());
        self.look(When::Ended);
    }

    fn pass_time(&mut self) {
        let seconds = [1, 30, 59, 60, 61][self.below(5)];
        self.advance(seconds * SECOND);
    }

    fn advance(&mut self, time: u64) {
        if !self.is_over {
            self.world.now += time;
            self.desk.set_clock("clock", self.world.now);
        }
    }

    fn retry(&mut self) {
        self.world.retry();
        self.desk.prepare("retry");
        self.look(When::Ended);
    }

    fn report(&mut self) {
        if self.is_over {
            return;
        }
        let wanted = self.world.report();
        self.world.reported = self.world.to_report.len();
        let run = self.desk.run("report --clock clock");
        let printed = reported(&run);
        let last = run.stdout().lines().last().unwrap_or_default().to_owned();
        self.account.reports.push(Report { printed, last, wanted, code: run.code() });
        self.look(When::Ended);
    }

    /// The further step. No parcel is sent there, so nobody dies at one.
    fn bill(&mut self) {
        if self.is_over {
            return;
        }
        let how = How { step: BILL, next: "report", ..self.how("B") };
        let mut more = if self.below(3) == 0 { " --crash-before 1" } else { "" }.to_owned();
        // It waits for bills alone, and orders may be new.
        if self.below(3) == 0 && !self.world.bills.iter().any(Item::is_reserved) {
            more += " --wait";
        }
        if self.world.free(BILL).is_empty() {
            self.consume();
        }
        if self.is_over {
            return;
        }
        self.work(&how, &more, When::Ended);
        self.ask_what_came(&how);
    }

    fn ask_what_came(&mut self, how: &How) {
        if how.next == "report" && !self.is_over {
            let seen = self.desk.exported("report");
            let wanted = self.world.to_report.clone();
            self.account.handed.push(Handed { step: "report", seen, wanted });
            self.judge();
        }
    }

    /// What consumers said that have ended by themselves.
    fn hear(&mut self, step: &str, runs: Vec<(&str, Run)>, wanted: Tally, lost: Vec<u64>) {
        let said = runs.iter().map(|(name, run)| said(name, run)).collect();
        // Whoever ends by himself has sent what he found left to send.
        self.world.is_disturbed &= step != CONSUME;
        self.account.words.push(Words { said, wanted, lost, code: None, is_open: false });
    }

    fn look(&mut self, when: When) {
        if !self.is_over {
            let run = self.desk.look("list --clock clock");
            self.look_at(run, when, None);
        }
    }

    /// A consumer did not come to where it was to be held: so nobody knows what is to be shown now.
    fn never_came(&mut self, waits: String) {
        self.account.unheld = Some(waits);
        self.last = Some(self.desk.look("list --clock clock"));
        self.judge();
    }

    /// Takes in what `list` shows.
    fn look_at(&mut self, run: Run, when: When, sent: Option<usize>) {
        let rows = rows(&run);
        self.find_bills(&rows);
        let world = self.world.clone();
        let parcels = self.desk.parcels();
        let was_calm = self.was_calm;
        let places = ["all", "new", "reserved", "completed", "failed"];
        let counted =
            run.lines(LISTED).into_iter().map(|line| places.map(|p| line.get(p).to_owned()));
        let counted = counted.collect();
        self.account.looks.push(Look { world, when, rows, counted, parcels, sent, was_calm });
        self.last = Some(run);
        self.judge();
    }

    /// What was handed on to `bill` gets its numbers: those that the queue gave it.
    fn find_bills(&mut self, rows: &BTreeMap<String, Vec<(u64, String)>>) {
        let ids: Vec<u64> = rows
            .get(BILL)
            .into_iter()
            .flatten()
            .map(|(id, _)| *id)
            .skip(self.world.bills.len())
            .collect();
        if ids.len() != self.world.to_bill.len() || ids.is_empty() {
            return;
        }
        let seen = self.desk.exported(BILL).split_off(self.world.bills.len());
        let wanted = std::mem::take(&mut self.world.to_bill);
        let payloads = rules::matched(&seen, &wanted).unwrap_or_else(|| wanted.clone());
        let new = ids.into_iter().zip(payloads).map(|(id, payload)| Item::new(id, payload));
        self.world.bills.extend(new);
        self.account.handed.push(Handed { step: BILL, seen, wanted });
    }

    /// Ends the script where a rule is broken.
    fn judge(&mut self) {
        self.is_over = super::RULES.iter().any(|rule| (rule.check)(&self.account).is_err());
    }
}

/// The command of a consumer. What is as usual is not typed.
fn typed(how: &How, more: &str) -> String {
    let mut words = format!("consume --name {} --clock {}", how.name, how.clock);
    if how.step != CONSUME {
        words += &format!(" --step {}", how.step);
    }
    if how.next != "report" {
        words += &format!(" --next {}", how.next);
    }
    if how.batch != 1 {
        words += &format!(" --batch {}", how.batch);
    }
    if how.lease != LEASE {
        words += &format!(" --lease {}", seconds(how.lease));
    }
    if how.attempts != 3 {
        words += &format!(" --attempts {}", how.attempts);
    }
    words + more
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / SECOND as f64
}

/// What a flag says in seconds.
fn millis(seconds: &str) -> u64 {
    let seconds: f64 = seconds.parse().expect("a number of seconds");
    (seconds * SECOND as f64).round() as u64
}
