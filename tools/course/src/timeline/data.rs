//! A run as JSON, for the page. All times are microseconds on the run's own clock.
//!
//! ```text
//! {
//!   "format": 1,
//!   "states": [{"word": "working", "says": "working: …", "sign": "█", "works": true}],
//!   "runs": [RUN],                        one, or two that are compared
//!   "difference": [[AT, SAYS], [AT, SAYS]] or null    the first event that differs, in each run
//! }
//! ```
//!
//! A run has texts, and everywhere else stands a text's place among them. Lists of many are flat.
//!
//! | key | what it holds |
//! |---|---|
//! | `command`, `pace`, `end` | what was typed, its pace, and the instant of its last event |
//! | `unknown` | what is not known of it, in a sentence (or `null`) |
//! | `texts` | the texts |
//! | `sources` | the program's files by name: `src/main.rs`; `null` where they are the first run's |
//! | `lanes` | for each thread or task: `name`, `kind`, `place`, `from`, `until`, `how` it ended (or `null`), `work` (`"97%"`, or `"?"`), `blocks` (from, to, state, text; and so on), `steps` (instant, text of the line that it has come to; and so on), `stands` (state, text, where the program is stuck; or `null`) |
//! | `queues` | `name`, `says`, `capacity` (or `null`), `most`, `mean`, `depth` (instant, what it holds from then on; and so on) |
//! | `items` | `number`, `queue`, `sent`, `sender`, `room` (how long the sender waited for room), `gone` (when another one took its place, or `null`), `from` (the item that its sender had in hand, or `null`), `line` (text that names it, or `null`), `taken` (a list of instant, lane, until, and then the lines printed meanwhile: instant, text; and so on) |
//! | `events` | instant, lane, text, text of the place; and so on |
//! | `marks` | instant, lane, text; and so on |
//! | `stuck` | `null`, or `kind`, `report`, `says`, and `waits_for`: who, whom, text; and so on |

use super::{
    compared,
    model::{Item, Lane, Queue, Run, SIGNS},
    sums,
};
use accord::files::Sources;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The runs, each with the sources of its program.
pub(super) fn of(runs: &[(&Run, Option<&Sources>)]) -> Value {
    let states = SIGNS.iter().map(|sign| {
        json!({"word": sign.word, "says": sign.says, "sign": sign.sign, "works": sign.state.is_work()})
    });
    let all: Vec<Value> = runs.iter().map(|(run, sources)| of_run(run, *sources)).collect();
    let difference = match runs {
        [(one, _), (other, _)] => compared::parting([one, other]),
        _ => None,
    };
    let difference = difference.map(|both| both.map(|part| json!([part.at, part.says])));
    json!({
        "format": 1,
        "states": states.collect::<Vec<_>>(),
        "runs": all,
        "difference": difference,
    })
}

/// Texts, each once.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    known: HashMap<String, usize>,
}

impl Texts {
    fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.known.get(text) {
            return *place;
        }
        let place = self.all.len();
        self.all.push(text.to_owned());
        self.known.insert(text.to_owned(), place);
        place
    }
}

fn of_run(run: &Run, sources: Option<&Sources>) -> Value {
    let mut texts = Texts::default();
    let lanes: Vec<Value> = run.lanes.iter().map(|lane| of_lane(run, lane, &mut texts)).collect();
    let items: Vec<Value> = run.items.iter().map(|item| of_item(item, &mut texts)).collect();
    let events = run.events.iter().flat_map(|event| {
        let (says, place) = (texts.place(&event.says), texts.place(&event.place));
        [json!(event.at), json!(event.lane), json!(says), json!(place)]
    });
    let events: Vec<Value> = events.collect();
    let marks = run
        .marks
        .iter()
        .flat_map(|mark| [json!(mark.at), json!(mark.lane), json!(texts.place(&mark.says))]);
    let marks: Vec<Value> = marks.collect();
    let stuck = run.stuck.as_ref().map(|stuck| {
        let waits = stuck
            .waits_for
            .iter()
            .flat_map(|(who, whom, why)| [json!(who), json!(whom), json!(texts.place(why))]);
        let waits: Vec<Value> = waits.collect();
        json!({"kind": stuck.kind, "report": stuck.report, "says": stuck.says, "waits_for": waits})
    });
    let named = |sources: &Sources| {
        let named = sources.iter().map(|(name, text)| (format!("src/{name}"), json!(text)));
        Value::Object(named.collect())
    };
    json!({
        "command": run.command,
        "pace": run.pace,
        "end": run.end,
        "unknown": sums::unknown(run),
        "texts": texts.all,
        "sources": sources.map(named),
        "lanes": lanes,
        "queues": (0..run.queues.len()).map(|index| of_queue(run, index)).collect::<Vec<_>>(),
        "items": items,
        "events": events,
        "marks": marks,
        "stuck": stuck,
    })
}

fn of_lane(run: &Run, lane: &Lane, texts: &mut Texts) -> Value {
    let mut blocks = Vec::new();
    for block in &lane.blocks {
        let (state, why) = (block.state as u64, texts.place(&block.why) as u64);
        blocks.extend([block.from, block.to, state, why]);
    }
    let steps = lane.steps.iter();
    let steps: Vec<u64> = steps.flat_map(|(at, place)| [*at, texts.place(place) as u64]).collect();
    let stands = lane.stands.as_ref().map(|(state, why)| [*state as usize, texts.place(why)]);
    json!({
        "name": lane.name,
        "kind": lane.kind,
        "place": lane.place,
        "from": lane.from,
        "until": lane.until,
        "how": lane.how,
        "work": sums::utilisation(run, lane),
        "blocks": blocks,
        "steps": steps,
        "stands": stands,
    })
}

fn of_queue(run: &Run, index: usize) -> Value {
    let queue: &Queue = &run.queues[index];
    json!({
        "name": queue.name,
        "says": sums::of_queue(run, index),
        "capacity": queue.capacity,
        "most": queue.most(),
        "mean": sums::mean(queue, run.end),
        "depth": queue.depth.iter().flat_map(|&(at, depth)| [at, depth]).collect::<Vec<_>>(),
    })
}

fn of_item(item: &Item, texts: &mut Texts) -> Value {
    let taken = item.taken.iter().map(|taken| {
        let mut list = vec![taken.at, taken.by as u64, taken.until];
        for (at, line) in &taken.lines {
            list.extend([*at, texts.place(line) as u64]);
        }
        list
    });
    let taken: Vec<Vec<u64>> = taken.collect();
    json!({
        "number": item.number,
        "queue": item.queue,
        "sent": item.sent,
        "sender": item.sender,
        "room": item.waited_for_room,
        "gone": item.displaced_at,
        "from": item.goes_on_from,
        "line": item.line.as_ref().map(|line| texts.place(line)),
        "taken": taken,
    })
}
