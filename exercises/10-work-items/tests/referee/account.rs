//! What was seen of a script: what `list`, the carrier's book, consumers and reports told, and what they had to.

use super::world::{Tally, World};
use exam::{Line, Run};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const TOOK: &str = "[{w}] took item {item}";
pub(super) const DID: &str = "[{w}] did item {item}";
pub(super) const FAILED: &str = "[{w}] item {item} failed: {error}";
pub(super) const AGAIN: &str = "[{w}] item {item} is to be tried again: {error}";
pub(super) const LOST: &str = "[{w}] lost item {item}";
pub(super) const CONSUMED: &str = "Consumed {n} items: {done} done, {failed} failed";
pub(super) const COUNTED: &str = "{product}: {count}";
pub(super) const ORDER_FAILED: &str = "failed: item {item} ({error})";
pub(super) const REPORTED: &str =
    "Reported {all} orders: {shipped} shipped, {failed} failed, {open} open";
pub(super) const LISTED: &str =
    "Listed {all} items: {new} new, {reserved} reserved, {completed} completed, {failed} failed";
pub(super) const ITEM: &str = "item {item}, {step}: {state}";

/// All that was seen.
#[derive(Default)]
pub(crate) struct Account {
    pub(super) looks: Vec<Look>,
    pub(super) words: Vec<Words>,
    pub(super) reports: Vec<Report>,
    /// What was handed on to a step, and what had to be.
    pub(super) handed: Vec<Handed>,
    /// What should have come within a time, and did not.
    pub(super) unheld: Option<String>,
    pub(super) unrenewed: Option<Unrenewed>,
    pub(super) sends_once: bool,
    pub(super) hands_on: bool,
}

/// A lease that was not renewed.
pub(super) struct Unrenewed {
    /// What `list` tells of one that was, and what it told to the last.
    pub(super) whole: String,
    pub(super) told: String,
}

/// What `list` and the carrier's book show at a moment, and what they have to.
pub(super) struct Look {
    pub(super) world: World,
    pub(super) when: When,
    /// The items of each step: their numbers and states.
    pub(super) rows: BTreeMap<String, Vec<(u64, String)>>,
    /// How many items `list` counts: all, then those in each state.
    pub(super) counted: Vec<[String; 5]>,
    pub(super) parcels: Vec<String>,
    /// How many parcels there have to be, where that is known.
    pub(super) sent: Option<usize>,
    /// Whether nobody has died or come too late up to now.
    pub(super) was_calm: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// A consumer is at work on a batch.
    Held,
    /// One has crashed between two parcels.
    Crashed,
    Ended,
}

/// What consumers said that worked at one time, and what they had to say together.
pub(super) struct Words {
    pub(super) said: Vec<Said>,
    pub(super) wanted: Tally,
    /// Those that they came too late with.
    pub(super) lost: Vec<u64>,
    /// The exit code, if it does not follow from what they did.
    pub(super) code: Option<i32>,
    /// Whether it is open who took what, and who came too late with it.
    pub(super) is_open: bool,
}

pub(super) struct Said {
    pub(super) tally: Tally,
    pub(super) lost: Vec<u64>,
    pub(super) counted: Vec<Line>,
    pub(super) code: Option<i32>,
}

pub(super) struct Report {
    pub(super) printed: Vec<String>,
    /// The last of all lines.
    pub(super) last: String,
    pub(super) wanted: Vec<String>,
    pub(super) code: Option<i32>,
}

pub(super) struct Handed {
    pub(super) step: &'static str,
    pub(super) seen: Vec<Value>,
    pub(super) wanted: Vec<Value>,
}

/// What a report says below its title.
pub(super) fn reported(run: &Run) -> Vec<String> {
    let mut lines: BTreeMap<usize, String> = BTreeMap::new();
    for line in run.lines(COUNTED) {
        lines.insert(line.place, format!("{}: {}", line.get("product"), line.get("count")));
    }
    for line in run.lines(ORDER_FAILED) {
        let told = format!("failed: item {} ({})", line.get("item"), line.get("error"));
        lines.insert(line.place, told);
    }
    for line in run.lines(REPORTED) {
        let [all, shipped, failed, open] =
            ["all", "shipped", "failed", "open"].map(|place| line.get(place));
        let told =
            format!("Reported {all} orders: {shipped} shipped, {failed} failed, {open} open");
        lines.insert(line.place, told);
    }
    lines.into_values().collect()
}

/// The items that `list` shows: of each step their numbers and states.
pub(super) fn rows(run: &Run) -> BTreeMap<String, Vec<(u64, String)>> {
    let mut rows: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for line in run.lines(ITEM) {
        let row = (line.get("item").parse().unwrap_or(0), line.get("state").to_owned());
        rows.entry(line.get("step").to_owned()).or_default().push(row);
    }
    rows
}

/// What a consumer of this name said.
pub(super) fn said(name: &str, run: &Run) -> Said {
    let lines = |pattern: &str| {
        let mut lines = run.lines(pattern);
        lines.retain(|line| line.get("w") == name);
        lines
    };
    let id = |line: &Line| line.get("item").parse().unwrap_or(0);
    let with_error = |pattern: &str| -> Vec<(u64, String)> {
        lines(pattern).iter().map(|line| (id(line), line.get("error").to_owned())).collect()
    };
    let mut took = BTreeMap::new();
    for line in lines(TOOK) {
        *took.entry(id(&line)).or_default() += 1;
    }
    let did = lines(DID).iter().map(id).collect();
    let mut tally = Tally::default();
    tally.add(Tally { took, did, failed: with_error(FAILED), again: with_error(AGAIN) });
    let lost = lines(LOST).iter().map(id).collect();
    Said { tally, lost, counted: run.lines(CONSUMED), code: run.code() }
}
