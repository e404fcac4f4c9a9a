//! Who waits at an instant, and at which line of the program; how much room a queue has, and where it was made. A
//! rule that finds too little done asks for them, so that a learner has a line to begin at.

use super::Run;
use crate::{Actor, What};
use std::{collections::BTreeMap, time::Duration};

/// So many are told at one time. More would hide the failure itself.
const MOST: usize = 3;

impl Run {
    /// Who waits once all is done that happens at this instant: a fact for each, and of many the first.
    pub(crate) fn waits_at(&self, at: Duration) -> Vec<String> {
        let mut last: BTreeMap<Actor, (Duration, &What)> = BTreeMap::new();
        for event in self.events().iter().filter(|event| event.at <= at) {
            last.insert(event.actor, (event.at, &event.what));
        }
        let waits = last.into_iter().filter_map(|(actor, (since, what))| {
            let What::Wait { on, place } = what else { return None };
            let (name, since) = (self.tape.traces.title(actor), since.as_secs_f64());
            Some(format!("{name} waits since {since:.3} s at {place}, {}", waits(on)))
        });
        waits.take(MOST).collect()
    }

    /// A queue: where it was made, and for how many.
    pub(crate) fn room_of(&self, number: u64) -> Option<String> {
        let capacity = self.events().iter().find_map(|event| match event.what {
            What::Queue { queue, capacity } if queue == number => Some(capacity),
            _ => None,
        })?;
        let room = capacity.map_or("any number".to_owned(), |capacity| capacity.to_string());
        let place = self.tape.traces.queue_place(number)?;
        Some(format!("the queue made at {place} has room for {room}"))
    }
}

/// The tape's word for a wait, as it goes on after "waits at src/main.rs:41".
fn waits(on: &str) -> String {
    match on {
        "join" | "scope" => "for another to end".to_owned(),
        "spin" => "in a loop that asks again and again".to_owned(),
        "condvar" => "for a notification".to_owned(),
        "future" => "for a future".to_owned(),
        "core" => "for a core".to_owned(),
        "closed" => "for a queue to be closed".to_owned(),
        call => format!("in {call}()"),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Program, Run, run::Ended, tape::Tape};
    use std::time::Duration;

    fn run() -> Run {
        let tape = r#"{"at_us":0,"event":"queue","actor":0,"queue":4,"capacity":2,"place":"src/main.rs:2"}
{"at_us":0,"event":"spawn","actor":1,"kind":"task","place":"src/main.rs:3","by":0}
{"at_us":0,"event":"wait","actor":0,"on":"join","place":"src/main.rs:9"}
{"at_us":5000,"event":"wait","actor":1,"on":"recv","queue":4,"place":"src/main.rs:12"}
{"at_us":7000,"event":"name","actor":1,"name":"Worker-1"}
{"at_us":7000,"event":"recv","actor":1,"queue":4,"depth":0,"place":"src/main.rs:12"}
"#;
        let program = Program::of("99-pool", env!("CARGO_MANIFEST_DIR"), Some("pool"), None);
        let (nothing, ended) = (String::new(), Ended::Exit(Some(0)));
        Run::new(program, nothing.clone(), nothing, ended, Tape::read(tape))
    }

    #[test]
    fn who_waits_is_told_with_the_line() {
        let main = "main waits since 0.000 s at src/main.rs:9, for another to end";
        let worker = "Worker-1 waits since 0.005 s at src/main.rs:12, in recv()";
        assert_eq!(run().waits_at(Duration::from_millis(6)), [main, worker]);
        assert_eq!(run().waits_at(Duration::from_millis(7)), [main]);
    }

    #[test]
    fn a_queue_is_told_with_its_room() {
        let told = "the queue made at src/main.rs:2 has room for 2";
        assert_eq!(run().room_of(4).as_deref(), Some(told));
        assert_eq!(run().room_of(5), None);
    }
}
