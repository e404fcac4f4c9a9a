//! The numbers of a run, as every picture tells them.

use super::model::{Item, Lane, Queue, Run, State, percent, seconds};

/// What is not known of a run, where that is so.
pub(super) fn unknown(run: &Run) -> Option<String> {
    let mut says = Vec::new();
    if run.pace == "real" {
        says.push(
            "On the pace real the tape gives messages no numbers, so the way of no item is known, nor how long it \
             waited. Nor does it tell who computes: what is not seen may be work."
                .to_owned(),
        );
    }
    if run.left_out > 0 {
        says.push(format!(
            "The run went on: {} more events are on its tape, and not drawn.",
            run.left_out
        ));
    }
    (!says.is_empty()).then(|| says.join(" "))
}

/// How much of its life a lane was at work. On the pace `real` some of what is not seen may be work.
pub(super) fn utilisation(run: &Run, lane: &Lane) -> String {
    if run.pace == "real" && lane.blocks.iter().any(|block| block.state == State::Unseen) {
        return "?".to_owned();
    }
    format!("{}%", lane.utilisation())
}

/// The same of several lanes together.
pub(super) fn together(run: &Run, lanes: &[usize]) -> String {
    let all = || lanes.iter().map(|lane| &run.lanes[*lane]);
    if all().any(|lane| utilisation(run, lane) == "?") {
        return "?".to_owned();
    }
    let (worked, lived) = (all().map(Lane::worked).sum(), all().map(Lane::lived).sum());
    format!("{}%", percent(worked, lived))
}

/// What there is to say of a queue.
pub(super) fn of_queue(run: &Run, index: usize) -> String {
    let queue = &run.queues[index];
    let room = match queue.capacity {
        Some(0) => "holds nothing".to_owned(),
        Some(room) => format!("room for {room}"),
        None => "without bound".to_owned(),
    };
    let said = format!("{}, {room}", queue.name);
    if queue.depth.len() <= 1 {
        return format!("{said}; the tape does not tell how much is in it");
    }
    format!(
        "{said}; most {}, on average {}{}",
        queue.most(),
        mean(queue, run.end),
        waits(run, index)
    )
}

/// What a queue held on average: `3.07`.
pub(super) fn mean(queue: &Queue, end: u64) -> String {
    let mean = queue.mean_in_hundredths(end);
    format!("{}.{:02}", mean / 100, mean % 100)
}

fn waits(run: &Run, index: usize) -> String {
    let items: Vec<&Item> = run.items.iter().filter(|item| item.queue == index).collect();
    let waited: Vec<u64> = items.iter().filter_map(|item| item.waited()).collect();
    let is_left = |item: &&&Item| item.taken.is_empty() && item.displaced_at.is_none();
    let left = items.iter().filter(is_left).count();
    let mut said = String::new();
    if let Some(longest) = waited.iter().max() {
        let mean = waited.iter().sum::<u64>() / u64::try_from(waited.len()).unwrap_or(1);
        let plural = if waited.len() == 1 { "" } else { "s" };
        said = format!(
            "; {} message{plural} waited {} on average, {} at most",
            waited.len(),
            seconds(mean),
            seconds(*longest)
        );
    }
    if left > 0 {
        said += &format!("; {left} still in it at the end");
    }
    said
}
