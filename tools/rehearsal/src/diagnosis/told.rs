//! A diagnosis on the tape: what each actor does, and in the last line how the program is stuck.

use super::{Awaited, Diagnosis, Does, Row, Someone, What};
use crate::{
    stage::{Side, Who},
    tape::{Line, Tape},
};
use std::time::Duration;

impl Diagnosis {
    /// Writes to the tape what each actor does, at this instant.
    pub(crate) fn tell_rows(&self, tape: &mut Tape, now: Duration) {
        for row in &self.rows {
            row.tell(tape, now);
        }
    }

    /// Writes it to the tape, with what a report says in words.
    pub(crate) fn tell(&self, tape: &mut Tape, findings: &str, advice: Option<&str>) {
        self.tell_rows(tape, self.since);
        let mut line = Line::new(self.since, "stuck");
        line.text("kind", self.kind.name()).text("report", findings);
        if let (Some(advice), Some(words)) = (&self.advice, advice) {
            line.text("advice", advice.name()).text("says", words);
        }
        tape.write(line);
    }
}

impl Row {
    fn tell(&self, tape: &mut Tape, at: Duration) {
        let stands = |does: &str| {
            let mut line = Line::new(at, "stands");
            line.actor(self.actor).text("who", self.who.title()).text("does", does);
            line
        };
        let line = match &self.does {
            Does::Ended(..) => return,
            Does::Waits { waits, holds_up } => {
                for wait in waits {
                    let mut line = stands(if *holds_up { "holds up" } else { "waits" });
                    wait.tell(&mut line);
                    tape.write(line);
                }
                return;
            }
            Does::Spins(place, what) => {
                let mut line = stands("spins");
                line.text("call", what).place(*place);
                line
            }
            Does::IsHeldUp => stands("is held up"),
            Does::WaitsUnseen => stands("waits unseen"),
            Does::IsReady => stands("is ready"),
        };
        tape.write(line);
    }
}

impl Awaited {
    fn tell(&self, line: &mut Line) {
        line.text("on", self.what.verb());
        match &self.what {
            What::Queue { call, queue, .. } => {
                line.text("call", call);
                if let Some(queue) = queue {
                    line.number("queue", queue.id).number("others", queue.others);
                }
            }
            What::Lock(call, holder) => {
                line.text("call", call);
                if let Some((holder, place)) = holder {
                    line.text("held_by", title(holder)).text("held_at", place);
                }
            }
            What::End(one) => {
                line.text("of", title(one));
            }
            What::NextEnd(some) | What::Scope(some) | What::LeftBehind(some) => {
                line.text("of", some.iter().map(title).collect::<Vec<_>>().join(", "));
            }
            What::Unmirrored(words) => {
                line.text("says", words);
                return;
            }
            _ => {}
        }
        line.place(self.place);
    }
}

impl What {
    /// The word for it on the tape.
    fn verb(&self) -> &'static str {
        match self {
            What::Queue { side: Side::Sending, .. } => "send",
            What::Queue { side: Side::Receiving, .. } => "recv",
            What::Select(_) => "select",
            What::Lock(..) => "lock",
            What::Signal => "condvar",
            What::Park => "park",
            What::Future => "future",
            What::End(_) | What::NextEnd(_) => "join",
            What::Scope(_) => "scope",
            What::LeftBehind(_) => "left behind",
            What::Sleep | What::Timer(_) => "sleep",
            What::Core => "core",
            What::Spin(_) => "spin",
            What::Closed(_) => "closed",
            What::Unmirrored(_) => "unmirrored",
        }
    }
}

fn title(who: &Someone) -> String {
    who.as_ref().map_or_else(|| "one that has ended".to_owned(), Who::title)
}
