//! What the rehearsal's tape tells of a run.

mod event;

use crate::traces::Traces;
pub(crate) use event::Fields;
use std::{collections::BTreeSet, mem, ops::Deref, time::Duration};

/// The number of a thread or task on the tape; `main` is 0.
pub type Actor = u64;

/// The tape of a run.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    pub(crate) prints: Prints,
    /// The same on standard error.
    pub(crate) complaints: Prints,
    /// Stretches of time in which an actor slept or computed: that is what work is made of here.
    pub(crate) stretches: Vec<Stretch>,
    /// Those that are tasks. All others are threads, or calls that `spawn_blocking` gave to one.
    pub(crate) tasks: BTreeSet<Actor>,
    /// Places at which a loop asked again and again, at one instant.
    pub(crate) spins: Vec<String>,
    /// All that happened, but for what was printed.
    pub(crate) events: Vec<Event>,
    /// What else is worth knowing of a run that went wrong.
    pub(crate) traces: Traces,
    /// Why the rehearsal ended it, if it did.
    pub(crate) stuck: Option<Stuck>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: Duration,
    /// Who did it.
    pub actor: Actor,
    /// What.
    pub what: What,
}

/// What happened: the events of the tape that judges ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A sleep or a computation began.
    Sleep {
        /// How long the program asked for.
        asked: Duration,
        /// How long it takes: more, where a schedule stretches it.
        takes: Duration,
    },
    /// A wait with a limit began, of tokio's.
    Timeout,
    /// A queue was made.
    Queue {
        /// Its number.
        queue: u64,
        /// How much it holds; unbounded without.
        capacity: Option<u64>,
    },
    /// A message went into a queue.
    Send {
        /// The queue.
        queue: u64,
        /// The message's number.
        message: Option<u64>,
        /// How many the queue holds now.
        depth: u64,
        /// Whether another one was thrown out for it, as where only the newest is kept.
        displaces: bool,
    },
    /// A message came out of a queue.
    Receive {
        /// The queue.
        queue: u64,
        /// The message's number.
        message: Option<u64>,
        /// How many the queue holds now.
        depth: u64,
    },
    /// The actor can't go on: at `send`, `recv`, `lock`, `spin` and so on.
    Wait {
        /// What it waits for, in the tape's word.
        on: String,
        /// The line of the source.
        place: String,
    },
    /// An actor was spawned by this one.
    Spawn {
        /// The new actor.
        new: Actor,
        /// Whether it is a task.
        is_task: bool,
    },
    /// A panic began.
    Panic,
    /// The actor ended.
    End {
        /// `finished`, `panicked` or `aborted`.
        how: String,
    },
}

impl What {
    fn read(event: &Fields, kind: &str) -> Option<What> {
        let number = |key: &str| event.number(key);
        let text = |key: &str| event.text(key).unwrap_or_default().to_owned();
        let micros = |key: &str| number(key).map(Duration::from_micros);
        Some(match kind {
            "sleep" | "work" => {
                let takes = micros("for_us").unwrap_or_default();
                What::Sleep { asked: micros("asked_us").unwrap_or(takes), takes }
            }
            "timeout" => What::Timeout,
            "queue" => What::Queue { queue: number("queue")?, capacity: number("capacity") },
            "send" | "recv" => {
                let (queue, message) = (number("queue")?, number("message"));
                let depth = number("depth").unwrap_or(0);
                if kind == "send" {
                    let displaces = number("displaced").is_some();
                    What::Send { queue, message, depth, displaces }
                } else {
                    What::Receive { queue, message, depth }
                }
            }
            "wait" => What::Wait { on: text("on"), place: text("place") },
            "spawn" => What::Spawn { new: number("actor")?, is_task: is_task(event) },
            "panic" => What::Panic,
            "end" => What::End { how: text("how") },
            _ => return None,
        })
    }
}

fn is_task(spawn: &Fields) -> bool {
    spawn.text("kind") == Some("task")
}

/// What the rehearsal found out of a program that is stuck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    /// Who waits where, and for what.
    pub(crate) report: String,
    /// What to look at first, where that can be known.
    pub(crate) advice: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Print {
    pub(crate) at: Duration,
    pub(crate) actor: Actor,
    pub(crate) line: String,
}

/// The lines of a stream.
#[derive(Debug, Default)]
pub(crate) struct Prints {
    lines: Vec<Print>,
    /// Whether the last one has not ended yet.
    goes_on: bool,
}

impl Prints {
    /// A line that comes in pieces is printed when the last of them is, by whoever prints that.
    fn take(&mut self, at: Duration, actor: Actor, event: &Fields) {
        let mut before = match self.goes_on {
            true => self.lines.pop().map(|piece| piece.line).unwrap_or_default(),
            false => String::new(),
        };
        for line in event.text("line").unwrap_or_default().split('\n') {
            self.lines.push(Print { at, actor, line: mem::take(&mut before) + line });
        }
        self.goes_on = event.number("goes_on").is_some();
    }
}

impl Deref for Prints {
    type Target = [Print];

    fn deref(&self) -> &[Print] {
        &self.lines
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    pub(crate) actor: Actor,
    pub(crate) from: Duration,
    pub(crate) to: Duration,
}

impl Tape {
    /// Reads what there is. A program that was killed leaves whole lines; a broken one is passed over.
    pub(crate) fn read(text: &str) -> Tape {
        let mut tape = Tape::default();
        let mut event = Fields::default();
        for line in text.lines() {
            if event.read(line) {
                tape.take(&event);
            }
        }
        tape
    }

    fn take(&mut self, event: &Fields) {
        let number = |key: &str| event.number(key);
        let (Some(micros), Some(kind)) = (number("at_us"), event.text("event")) else { return };
        let at = Duration::from_micros(micros);
        let actor = number("actor").unwrap_or(0);
        if let Some(what) = What::read(event, kind) {
            // Who is new has not done it: it was spawned by somebody.
            let by = if kind == "spawn" { number("by").unwrap_or(0) } else { actor };
            self.events.push(Event { at, actor: by, what });
        }
        self.traces.take(at, actor, kind, event);
        match kind {
            "print" => {
                let prints = if event.text("stream") == Some("stderr") {
                    &mut self.complaints
                } else {
                    &mut self.prints
                };
                prints.take(at, actor, event);
            }
            "sleep" | "work" => {
                let length = Duration::from_micros(number("for_us").unwrap_or(0));
                self.stretches.push(Stretch { actor, from: at, to: at + length });
            }
            "spawn" if is_task(event) => {
                self.tasks.insert(actor);
            }
            "wait" if event.text("on") == Some("spin") => {
                self.spins.push(event.text("place").unwrap_or_default().to_owned());
            }
            "stuck" => {
                let text = |key: &str| event.text(key).map(str::to_owned);
                let report = text("report").unwrap_or_default();
                self.stuck = Some(Stuck { report, advice: text("says") });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_come_in_pieces_and_several_in_one() {
        let tape = Tape::read(
            r#"{"at_us":1,"event":"print","actor":1,"stream":"stdout","line":"a\nb, ","goes_on":1}
{"at_us":1,"event":"print","actor":1,"stream":"stderr","line":"x"}
{"at_us":2,"event":"print","actor":1,"stream":"stdout","line":"c","goes_on":1}
{"at_us":3,"event":"print","actor":2,"stream":"stdout","line":""}
{"at_us":4,"event":"print","actor":1,"stream":"stdout","line":"d"}"#,
        );
        let lines = tape.prints.iter().map(|print| (print.line.as_str(), print.at.as_micros()));
        assert_eq!(lines.collect::<Vec<_>>(), [("a", 1), ("b, c", 3), ("d", 4)]);
        assert_eq!((tape.prints[1].actor, tape.complaints.len()), (2, 1));
    }

    #[test]
    fn a_tape_is_read_and_what_is_unknown_is_passed_over() {
        let tape = Tape::read(
            r#"{"at_us":0,"event":"start","format":1,"pace":"instant"}
{"at_us":0,"event":"spawn","actor":1,"kind":"task","place":"src/main.rs:3","by":0}
{"at_us":0,"event":"spawn","actor":2,"kind":"blocking call","place":"src/main.rs:4","by":1}
{"at_us":0,"event":"queue","actor":0,"queue":4,"capacity":2,"place":"src/main.rs:2"}
{"at_us":5000,"event":"sleep","actor":1,"for_us":20000,"place":"src/main.rs:9"}
{"at_us":6000,"event":"send","actor":1,"queue":4,"depth":1,"place":"src/main.rs:9"}
{"at_us":7000,"event":"wait","actor":1,"on":"recv","queue":4,"place":"src/main.rs:9"}
{"at_us":7000,"event":"wait","actor":2,"on":"spin","place":"src/main.rs:12"}
{"at_us":7000,"event":"from a later version"}
{"at_us":25000,"event":"print","actor":1,"stream":"stdout","line":"[A] say \"b\""}
{"at_us":25500,"event":"print","actor":2,"stream":"stderr","line":"lost: c"}
{"at_us":26000,"event":"stuck","kind":"deadlock","report":"DEADLOCK\n  [A] waits","advice":"no room","says":"Look first at [A]."}
{"at_us":26000,"event":"pri"#,
        );
        assert_eq!(tape.prints.len(), 1);
        assert_eq!(tape.prints[0].line, "[A] say \"b\"");
        assert_eq!((tape.complaints[0].actor, tape.complaints[0].line.as_str()), (2, "lost: c"));
        assert_eq!(tape.stretches[0].to, Duration::from_millis(25));
        assert_eq!(tape.tasks, BTreeSet::from([1]));
        assert_eq!(tape.spins, ["src/main.rs:12"]);
        let advice = Some("Look first at [A].".to_owned());
        assert_eq!(tape.stuck, Some(Stuck { report: "DEADLOCK\n  [A] waits".to_owned(), advice }));
    }
}
