//! Who was there: a lane for each actor, with its name, its life and the lines that it came to.

use super::{
    model::Lane,
    tape::{Event, Tape},
};
use std::collections::BTreeMap;

/// The lanes of a run, without their blocks, and which actor is in which of them.
#[derive(Debug, Default)]
pub(super) struct Cast {
    pub(super) lanes: Vec<Lane>,
    by_actor: BTreeMap<u64, usize>,
}

impl Cast {
    /// Those that the tape tells of. `main` is there without being told.
    pub(super) fn of(tape: &Tape) -> Cast {
        let mut cast = Cast::default();
        let (kind, end) = ("thread".to_owned(), tape.end());
        cast.add(0, Lane { name: "main".to_owned(), kind, until: end, ..Lane::default() });
        for event in &tape.events {
            match event.kind.as_str() {
                "spawn" => cast.spawn(event, end),
                "name" => cast.named(event.actor, event.text("name")),
                // A report has names for those who never said theirs.
                "stands" => cast.named(event.actor, event.text("who")),
                "end" => {
                    if let Some(&lane) = cast.by_actor.get(&event.actor) {
                        cast.lanes[lane].until = event.at;
                        cast.lanes[lane].how = Some(event.text("how").to_owned());
                    }
                }
                _ => {}
            }
            cast.step(event);
        }
        cast.name_the_others();
        cast
    }

    /// The lane of an actor. Whoever the tape has not introduced is taken for `main`.
    pub(super) fn lane(&self, actor: u64) -> usize {
        self.by_actor.get(&actor).copied().unwrap_or(0)
    }

    /// The lane of whoever has this name.
    pub(super) fn named_lane(&self, name: &str) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.name == name)
    }

    /// Whether a lane is a task. Where there are tasks, `main` is most likely a future too.
    pub(super) fn is_task(&self, lane: usize) -> bool {
        let is_task = |lane: &Lane| lane.kind == "task";
        is_task(&self.lanes[lane]) || lane == 0 && self.lanes.iter().any(is_task)
    }

    fn add(&mut self, actor: u64, lane: Lane) {
        self.by_actor.insert(actor, self.lanes.len());
        self.lanes.push(lane);
    }

    fn spawn(&mut self, event: &Event, end: u64) {
        let Some(actor) = event.number("actor") else { return };
        let text = |key: &str| event.text(key).to_owned();
        let lane = Lane {
            name: text("name"),
            kind: text("kind"),
            place: text("place"),
            from: event.at,
            until: end,
            ..Lane::default()
        };
        self.add(actor, lane);
    }

    fn named(&mut self, actor: u64, name: &str) {
        if let Some(&lane) = self.by_actor.get(&actor) {
            let known = &mut self.lanes[lane].name;
            if known.is_empty() {
                name.clone_into(known);
            }
        }
    }

    /// Notes the line that an actor has come to.
    fn step(&mut self, event: &Event) {
        let place = event.text("place");
        if place.is_empty() {
            return;
        }
        let lane = self.lane(event.actor);
        let steps = &mut self.lanes[lane].steps;
        if steps.last().is_none_or(|(_, known)| known != place) {
            steps.push((event.at, place.to_owned()));
        }
    }

    /// Whoever never said a name is called by where it was spawned.
    fn name_the_others(&mut self) {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for lane in &mut self.lanes {
            let nth = count.entry(lane.place.clone()).or_default();
            *nth += 1;
            if lane.name.is_empty() {
                // `blocking call` is long for a name.
                let kind = lane.kind.split(' ').next_back().unwrap_or_default();
                lane.name = format!("{kind} {nth} ({})", short(&lane.place));
            }
        }
    }
}

/// `line 41` of the main file, `pool.rs:41` of another one.
pub(crate) fn short(place: &str) -> String {
    match place.strip_prefix("src/main.rs:") {
        Some(line) => format!("line {line}"),
        None => place.strip_prefix("src/").unwrap_or(place).to_owned(),
    }
}
