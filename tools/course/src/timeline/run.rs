//! Makes a run of its tape.

use super::{
    cast::Cast,
    items::Goods,
    lanes,
    model::{Mark, Run, State, Stuck, Told},
    tape::{Event, Tape},
    words::Words,
};

impl Run {
    /// The run that a tape tells. A line that holds one of `wanted` is a mark.
    pub(super) fn of(tape: &Tape, command: String, wanted: &[String]) -> Run {
        let mut cast = Cast::of(tape);
        let mut words = Words::default();
        for event in &tape.events {
            words.learn(event, &cast.lanes[cast.lane(event.actor)].name);
        }
        lanes::draw(tape, &mut cast, &words);
        let goods = Goods::of(tape, &cast);
        let stuck = stuck(tape, &mut cast);
        Run {
            command,
            pace: tape.pace.clone(),
            end: tape.end(),
            left_out: tape.left_out,
            events: events(tape, &cast, &words),
            marks: marks(tape, &cast, wanted),
            queues: goods.queues,
            items: goods.items,
            stuck,
            lanes: cast.lanes,
        }
    }
}

fn events(tape: &Tape, cast: &Cast, words: &Words) -> Vec<Told> {
    let told = |event: &Event| {
        let new = event.number("actor").map_or("", |actor| &cast.lanes[cast.lane(actor)].name);
        let says = words.event(event, new)?;
        let place = event.text("place").to_owned();
        let depth = event.number("depth").unwrap_or(0);
        let deed = format!("{} {} {} {depth}", event.kind, event.text("on"), event.text("line"));
        Some(Told { at: event.at, lane: cast.lane(event.actor), says, place, deed })
    };
    tape.events.iter().filter_map(told).collect()
}

fn marks(tape: &Tape, cast: &Cast, wanted: &[String]) -> Vec<Mark> {
    let mark = |event: &Event| {
        let line = event.text("line");
        let says = match event.kind.as_str() {
            "panic" => format!("panics at {}", event.text("place")),
            "not awaited" => format!("drops {} before anybody awaits it", event.text("call")),
            "stuck" => format!("the program is stuck: {}", event.text("kind")),
            "print" if wanted.iter().any(|word| line.contains(word)) => line.to_owned(),
            _ => return None,
        };
        Some(Mark { at: event.at, lane: cast.lane(event.actor), says })
    };
    tape.events.iter().filter_map(mark).collect()
}

/// What the rehearsal has found out. Whoever waits in the end, waits in the report's own words.
fn stuck(tape: &Tape, cast: &mut Cast) -> Option<Stuck> {
    let event = tape.events.iter().rfind(|event| event.is("stuck"))?;
    let report = event.text("report");
    let mut waits_for = Vec::new();
    for stands in tape.events.iter().filter(|event| event.is("stands")) {
        let lane = cast.lane(stands.actor);
        let Some(row) = row_of(report, &cast.lanes[lane].name) else { continue };
        for name in whom(stands, &row) {
            if let Some(other) = cast.named_lane(&name).filter(|other| *other != lane) {
                waits_for.push((lane, other, row.clone()));
            }
        }
        let state = lanes::standing(stands);
        // Nothing was told of it since: so it has waited for that all the time.
        let last = cast.lanes[lane].blocks.last_mut();
        if let Some(block) = last.filter(|block| block.state == State::Unseen) {
            (block.state, block.why) = (state, row.clone());
        }
        cast.lanes[lane].stands = Some((state, row));
    }
    waits_for.dedup();
    Some(Stuck {
        kind: event.text("kind").to_owned(),
        report: report.to_owned(),
        says: event.text("says").replace('\n', " "),
        waits_for,
    })
}

/// The row of an actor in the report, as one line.
fn row_of(report: &str, name: &str) -> Option<String> {
    let is_begun = |line: &&str| {
        let row = line.strip_prefix("  ").and_then(|row| row.strip_prefix(name));
        // Behind a long name the row goes on in the next line.
        row.is_some_and(|rest| rest.is_empty() || rest.starts_with("  "))
    };
    let mut lines = report.lines().skip_while(|line| !is_begun(line));
    let first = lines.next()?.trim().strip_prefix(name)?.trim();
    let more = lines.take_while(|line| line.starts_with("   ")).map(str::trim);
    let parts: Vec<&str> =
        [first].into_iter().chain(more).filter(|part| !part.is_empty()).collect();
    Some(parts.join(" "))
}

/// Whom an actor waits for: for the end of, for the lock of, or for a queue whose other side was last used by.
fn whom(stands: &Event, row: &str) -> Vec<String> {
    let names = |text: &str| text.split(", ").map(str::to_owned).collect::<Vec<_>>();
    let (of, held_by) = (stands.text("of"), stands.text("held_by"));
    if !of.is_empty() {
        return names(of);
    }
    if !held_by.is_empty() {
        return names(held_by);
    }
    let users = row.split("last used by ").skip(1);
    users.filter_map(|user| Some(user.split_once(" at ")?.0.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::row_of;

    #[test]
    fn a_row_of_a_report_is_read_as_one_line() {
        let report = "DEADLOCK at 0.0 s\n\n  main  waits for the end of A\n  A     finished\n  1st thread spawned at line 16\n        waits in lock(): main\n        has it\n  A-2   waits";
        let rows =
            ["main", "1st thread spawned at line 16", "A-2", "B"].map(|name| row_of(report, name));
        let expected = ["waits for the end of A", "waits in lock(): main has it", "waits"];
        assert_eq!(rows[..3], expected.map(|row| Some(row.to_owned())));
        assert_eq!(rows[3], None);
    }
}
