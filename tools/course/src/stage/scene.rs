//! What there is to see at a choice: who stands where and does what, what the queues hold, what could happen next.
//!
//! All of it is read from the tape.

use crate::{
    child::{Ended, Outcome},
    source::Sources,
    timeline::{
        cast::short,
        model::seconds,
        tape::{Event, Tape},
    },
};
use accord::stuck;
use rehearsal::shrink::ordinal;
use std::collections::{BTreeMap, VecDeque};

/// What there is to see.
#[derive(Debug, Default)]
pub(super) struct Scene {
    /// The choice that is to be made; none where the program has ended.
    pub(super) choice: Option<u64>,
    pub(super) clock: u64,
    pub(super) options: Vec<Open>,
    pub(super) actors: Vec<Stands>,
    pub(super) queues: Vec<String>,
    pub(super) printed: Vec<String>,
    /// How it ended, and what it said then.
    pub(super) ended: Option<(String, String)>,
}

/// Something that could happen next.
#[derive(Debug)]
pub(super) struct Open {
    /// Who; nobody where time passes.
    pub(super) actor: Option<u64>,
    pub(super) says: String,
}

/// One who is there.
#[derive(Debug)]
pub(super) struct Stands {
    pub(super) actor: u64,
    /// A letter that marks its line in the source.
    pub(super) letter: char,
    pub(super) name: String,
    pub(super) says: String,
    /// The line of the source: `src/main.rs:41`.
    pub(super) place: String,
    pub(super) has_ended: bool,
}

impl Scene {
    pub(super) fn of(tape: &Tape, outcome: &Outcome, sources: &Sources) -> Scene {
        let mut book = Book { sources: sources.clone(), ..Book::default() };
        for event in &tape.events {
            book.note(event);
        }
        let is_asked = tape.events.iter().any(|event| event.is("option"));
        let choice = tape.events.iter().rfind(|event| event.is("choice"));
        let choice = choice.filter(|_| is_asked).and_then(|choice| choice.number("nth"));
        Scene {
            choice,
            clock: tape.events.iter().rfind(|event| !event.is_of_the_end()).map_or(0, |it| it.at),
            options: tape.events.iter().filter_map(|event| book.option(event)).collect(),
            actors: book.stands(tape),
            queues: book.queues.values().map(Queue::says).collect(),
            printed: book.printed,
            ended: choice.is_none().then(|| ended(outcome)),
        }
    }
}

/// How a program ended, and what it said.
pub(super) fn ended(outcome: &Outcome) -> (String, String) {
    let said = outcome.stderr.trim();
    let how = match outcome.ended {
        Ended::Code(0) => "It has ended well.".to_owned(),
        Ended::Code(stuck::EXIT_CODE) => {
            let title = said.lines().find(|line| stuck::begins_report(line));
            let word = title.and_then(|line| line.split([':', ',']).next());
            format!("It is stuck: {}.", word.unwrap_or("exit code 70"))
        }
        ended => format!("It has ended with {ended}."),
    };
    (how, said.to_owned())
}

/// What the tape has told so far.
#[derive(Debug, Default)]
struct Book {
    sources: Sources,
    queues: BTreeMap<u64, Queue>,
    actors: BTreeMap<u64, Known>,
    printed: Vec<String>,
    /// Whether the last line that was printed has not ended yet.
    goes_on: bool,
}

#[derive(Debug)]
struct Queue {
    place: String,
    capacity: Option<u64>,
    depth: u64,
    messages: VecDeque<u64>,
}

/// What is known of an actor.
#[derive(Debug, Default)]
struct Known {
    name: String,
    spawned: String,
    place: String,
    asleep_until: Option<u64>,
    holds: Option<u64>,
    ended: Option<String>,
}

impl Queue {
    fn says(&self) -> String {
        let room = match self.capacity {
            Some(0) => "hands over in person".to_owned(),
            Some(room) => format!("{} of {room}", self.depth),
            None => format!("{}, no limit", self.depth),
        };
        let items: Vec<String> = self.messages.iter().map(ordinal).collect();
        let items = match items.len() {
            0 => String::new(),
            1 => format!(": {} message", items[0]),
            _ => format!(": {} messages", items.join(", ")),
        };
        format!("queue of {}  {room}{items}", self.place)
    }
}

impl Book {
    fn prints(&mut self, event: &Event) {
        let before = if self.goes_on { self.printed.pop() } else { None };
        self.printed.push(before.unwrap_or_default() + event.text("line"));
        self.goes_on = event.number("goes_on").is_some();
    }

    fn note(&mut self, event: &Event) {
        let new = event.number("actor").unwrap_or(0);
        match event.kind.as_str() {
            "spawn" => {
                let known = self.actors.entry(new).or_default();
                (known.name, known.spawned) =
                    (event.text("name").to_owned(), event.text("place").to_owned());
                known.place.clone_from(&known.spawned);
            }
            "name" => self.actor(event).name = event.text("name").to_owned(),
            "queue" => {
                let queue = Queue {
                    place: short(event.text("place")),
                    capacity: event.number("capacity"),
                    depth: 0,
                    messages: VecDeque::new(),
                };
                self.queues.insert(event.number("queue").unwrap_or(0), queue);
            }
            "send" | "recv" => self.moves(event),
            "sleep" | "work" => {
                self.actor(event).asleep_until =
                    Some(event.at + event.number("for_us").unwrap_or(0));
            }
            "wait" if event.text("on") != "sleep" => self.actor(event).asleep_until = None,
            "print" => self.prints(event),
            "end" => self.actor(event).ended = Some(event.text("how").to_owned()),
            _ => {}
        }
        if matches!(event.text("on"), "recv" | "select") || event.is("end") {
            self.actor(event).holds = None;
        }
        let is_aside = event.is_of_the_end() || matches!(event.kind.as_str(), "queue" | "spawn");
        if !event.text("place").is_empty() && !is_aside && !event.is("option") {
            self.actor(event).place = event.text("place").to_owned();
        }
    }

    fn actor(&mut self, event: &Event) -> &mut Known {
        self.actors.entry(event.actor).or_default()
    }

    fn moves(&mut self, event: &Event) {
        let message = event.number("message");
        if event.is("recv") {
            self.actor(event).holds = message;
        }
        let queue = event.number("queue").and_then(|queue| self.queues.get_mut(&queue));
        let Some(queue) = queue else { return };
        queue.depth = event.number("depth").unwrap_or(0);
        if let Some(gone) = event.number("displaced") {
            queue.messages.retain(|number| *number != gone);
        }
        match message {
            Some(number) if event.is("send") && queue.depth > 0 => queue.messages.push_back(number),
            Some(number) => queue.messages.retain(|other| *other != number),
            None => {}
        }
    }

    fn queue(&self, event: &Event) -> Option<String> {
        let queue = self.queues.get(&event.number("queue")?)?;
        Some(format!("the queue of {}", queue.place))
    }

    fn name(&self, actor: u64, title: &str) -> String {
        let known = self.actors.get(&actor).map_or("", |known| &known.name);
        match (actor, known) {
            (0, "") => "main".to_owned(),
            (_, "") => called(title),
            (_, name) => name.to_owned(),
        }
    }

    fn option(&self, event: &Event) -> Option<Open> {
        if !event.is("option") {
            return None;
        }
        let call = event.text("call");
        if call == "time" {
            let says = match (event.number("until_us"), event.text("wakes")) {
                (Some(until), wakes) => {
                    format!("Time passes up to {}: {} wakes", seconds(until), called(wakes))
                }
                (None, _) => "Time passes up to the next that sleeps".to_owned(),
            };
            return Some(Open { actor: None, says });
        }
        let name = self.name(event.actor, event.text("who"));
        let says = match call {
            "wake" => format!("{name} is woken"),
            "arm" => format!("{name}: arm {} goes first", event.number("arm").unwrap_or(0)),
            _ => format!("{name}: {}", self.about_to(event)),
        };
        Some(Open { actor: Some(event.actor), says })
    }

    /// What one is about to do.
    fn about_to(&self, event: &Event) -> String {
        let call = event.text("call");
        let holds = self.actors.get(&event.actor).and_then(|known| known.holds);
        let holds = holds
            .map(|number| format!(", holds the {} message", ordinal(&number)))
            .unwrap_or_default();
        let what = match (call, self.queue(event)) {
            ("start", _) => return format!("begins, spawned at {}", short(event.text("place"))),
            ("sleep", _) => "goes on after its sleep".to_owned(),
            ("join", _) => {
                let how = if self.awaits(event) { ".await" } else { "join()" };
                let does = if event.has("waited") { "goes on after" } else { "calls" };
                format!("{does} {how}")
            }
            ("spawn", _) => "goes on after spawn()".to_owned(),
            ("locked", _) => "goes on with the lock".to_owned(),
            ("println!" | "print" | "eprintln!", _) => "prints".to_owned(),
            ("loop", Some(queue)) => format!("takes the next from {queue}"),
            (call, Some(queue)) if call.contains("recv") => format!("{call}() from {queue}"),
            (call, Some(queue)) if call.contains("send") => format!("{call}() to {queue}"),
            (call, Some(queue)) => format!("{call}() of {queue}"),
            (call, None) => format!("{call}()"),
        };
        format!("{what}, {}{holds}", short(event.text("place")))
    }

    /// Whether the line at which one stands awaits, and does not call.
    fn awaits(&self, event: &Event) -> bool {
        let place = event.text("place");
        let line = place.strip_prefix("src/").and_then(|place| place.rsplit_once(':'));
        let line = line.and_then(|(file, line)| {
            let line: usize = line.parse().ok()?;
            self.sources.get(file)?.lines().nth(line.checked_sub(1)?)
        });
        line.is_some_and(|line| line.contains(".await"))
    }

    /// Everybody, by what the last lines of the tape say.
    fn stands(&self, tape: &Tape) -> Vec<Stands> {
        let mut actors: BTreeMap<u64, Stands> = BTreeMap::new();
        let letters = ('A'..='Z').chain('a'..='z').chain(std::iter::repeat('?'));
        for ((&actor, known), letter) in [(&0, &Known::default())]
            .into_iter()
            .filter(|_| !self.actors.contains_key(&0))
            .chain(&self.actors)
            .zip(letters)
        {
            let title = format!("thread {actor} ({})", short(&known.spawned));
            let has_ended = known.ended.is_some();
            let says = known.ended.as_ref().map_or("", String::as_str).to_owned();
            let (name, place) = (self.name(actor, &title), known.place.clone());
            actors.insert(actor, Stands { actor, letter, name, says, place, has_ended });
        }
        for event in tape.events.iter().filter(|event| event.is("stands") || event.is("option")) {
            let Some(row) = actors.get_mut(&event.actor).filter(|row| !row.has_ended) else {
                continue;
            };
            if !event.text("who").is_empty() {
                row.name = self.name(event.actor, event.text("who"));
            }
            if event.is("option") {
                continue;
            }
            let says = self.waits(event);
            if !event.text("place").is_empty() {
                event.text("place").clone_into(&mut row.place);
            }
            row.says = if row.says.is_empty() { says } else { format!("{}, {says}", row.says) };
        }
        let opens =
            tape.events.iter().filter(|event| event.is("option") && event.text("call") != "time");
        for event in opens {
            if let Some(row) = actors.get_mut(&event.actor) {
                row.says = self.about_to(event);
                if !event.text("place").is_empty() {
                    event.text("place").clone_into(&mut row.place);
                }
            }
        }
        actors.into_values().collect()
    }

    /// What one waits for.
    fn waits(&self, event: &Event) -> String {
        let known = self.actors.get(&event.actor);
        let asleep = known.and_then(|known| known.asleep_until);
        let sleeps =
            || asleep.map_or("waits".to_owned(), |at| format!("sleeps until {}", seconds(at)));
        let at = short(event.text("place"));
        let call = event.text("call");
        let of = || called_all(event.text("of"));
        let what = match (event.text("does"), event.text("on")) {
            ("is ready", _) => return "is ready".to_owned(),
            ("waits unseen", _) => return sleeps(),
            (_, "sleep") => sleeps(),
            (_, "recv" | "send") => {
                let queue = self.queue(event).unwrap_or("a queue".to_owned());
                let why = if event.text("on") == "recv" { "is empty" } else { "has no room" };
                format!("waits in {call}: {queue} {why}")
            }
            (_, "lock") => {
                format!("waits in {call}: {} has the lock", called(event.text("held_by")))
            }
            (_, "join" | "scope" | "left behind") => format!("waits for the end of {}", of()),
            (_, "") => event.text("does").to_owned(),
            (_, "unmirrored") => return format!("waits {}", event.text("says")),
            (_, on) => format!("waits in {on}"),
        };
        let holds = known
            .and_then(|known| known.holds)
            .map(|number| format!(", holds the {} message", ordinal(&number)));
        format!("{what}, {at}{}", holds.unwrap_or_default())
    }
}

fn called_all(titles: &str) -> String {
    titles.split(", ").map(called).collect::<Vec<_>>().join(", ")
}

/// A title in fewer words: `2nd thread spawned at line 31` is `thread 2 (line 31)`.
fn called(title: &str) -> String {
    let read = || {
        let (first, place) = title.split_once(" spawned at ")?;
        let (nth, kind) = first.split_once(' ')?;
        let nth: String = nth.chars().take_while(char::is_ascii_digit).collect();
        (!nth.is_empty()).then(|| format!("{kind} {nth} ({})", short(place)))
    };
    read().unwrap_or_else(|| title.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_told_in_fewer_words() {
        assert_eq!(called("2nd thread spawned at line 31"), "thread 2 (line 31)");
        assert_eq!(called("Worker-2"), "Worker-2");
        assert_eq!(called_all("1st task spawned at line 3, A"), "task 1 (line 3), A");
    }
}
