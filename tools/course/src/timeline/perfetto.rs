//! A run in the Chrome trace event format, which Perfetto opens: "Trace Event Format", the JSON object form.
//!
//! - `M`, metadata: the names of the process and of its threads, in the order of the lanes.
//! - `X`, complete events: the blocks, each with why it is one.
//! - `C`, counters: the depth of the queues.
//! - `s` and `f`, a flow: from where an item was sent to where it was taken.
//! - `i`, instants: what was printed, and the marks.

use super::model::Run;
use serde_json::{Value, json};

/// All is one process.
const PROCESS: u64 = 1;

/// The number of a lane's thread. That of `main` is the process's own, and none is 0, which a kernel has.
fn thread(lane: usize) -> u64 {
    lane as u64 + PROCESS
}

/// The whole file.
pub(super) fn trace(run: &Run) -> String {
    let mut events = names(run);
    events.extend(blocks(run));
    events.extend(depths(run));
    events.extend(flows(run));
    events.extend(instants(run));
    let trace = json!({
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {"command": run.command, "pace": run.pace},
    });
    trace.to_string() + "\n"
}

fn names(run: &Run) -> Vec<Value> {
    let meta = |name: &str, lane: usize, arguments: Value| json!({"ph": "M", "name": name, "pid": PROCESS, "tid": thread(lane), "args": arguments});
    let mut events = vec![meta("process_name", 0, json!({"name": run.command}))];
    for (index, lane) in run.lanes.iter().enumerate() {
        events.push(meta("thread_name", index, json!({"name": lane.name})));
        events.push(meta("thread_sort_index", index, json!({"sort_index": index})));
    }
    events
}

fn blocks(run: &Run) -> impl Iterator<Item = Value> {
    run.lanes.iter().enumerate().flat_map(|(index, lane)| {
        lane.blocks.iter().map(move |block| {
            json!({
                "ph": "X",
                "name": block.state.sign().says,
                "cat": block.state.sign().word,
                "ts": block.from,
                "dur": block.length(),
                "pid": PROCESS,
                "tid": thread(index),
                "args": {"why": block.why},
            })
        })
    })
}

fn depths(run: &Run) -> impl Iterator<Item = Value> {
    run.queues.iter().flat_map(|queue| {
        queue.depth.iter().map(|&(at, depth)| {
            json!({"ph": "C", "name": queue.name, "ts": at, "pid": PROCESS, "args": {"depth": depth}})
        })
    })
}

fn flows(run: &Run) -> Vec<Value> {
    let mut events = Vec::new();
    let taken = run.items.iter().flat_map(|item| item.taken.iter().map(move |taken| (item, taken)));
    for (id, (item, taken)) in taken.enumerate() {
        let queue = &run.queues[item.queue].name;
        let end = |phase: &str, at: u64, lane: usize| json!({"ph": phase, "name": queue, "cat": "item", "id": id, "ts": at, "pid": PROCESS, "tid": thread(lane)});
        events.push(end("s", item.sent, item.sender));
        let mut arrival = end("f", taken.at, taken.by);
        // It ends at the block that it comes in.
        arrival["bp"] = json!("e");
        events.push(arrival);
    }
    events
}

fn instants(run: &Run) -> impl Iterator<Item = Value> {
    let instant = |name: &str, category: &str, at: u64, lane: usize| json!({"ph": "i", "s": "t", "name": name, "cat": category, "ts": at, "pid": PROCESS, "tid": thread(lane)});
    let prints = run.events.iter().filter(|event| event.says.starts_with("prints: "));
    let prints = prints.map(move |event| instant(&event.says, "print", event.at, event.lane));
    prints.chain(run.marks.iter().map(move |mark| instant(&mark.says, "mark", mark.at, mark.lane)))
}
