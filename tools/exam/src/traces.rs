//! What the tape tells of a run that went wrong: who was cut off, what was left lying, who asked in vain.

use crate::tape::{Actor, Fields};
use std::{collections::BTreeMap, time::Duration};

/// Facts for whoever has to find a fault. Whether they are one depends on what was asked.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// The instant of the last event.
    last: Duration,
    players: BTreeMap<Actor, Player>,
    queues: BTreeMap<u64, Queue>,
    /// By place: futures that were never polled, and in which call they were made.
    not_awaited: BTreeMap<String, String>,
    /// By place: calls that came to nothing.
    asked: BTreeMap<String, Asked>,
    panics: Vec<(Actor, String)>,
}

#[derive(Debug, Default)]
struct Player {
    name: Option<String>,
    place: String,
    ended: Option<String>,
    /// Until when it sleeps or computes, and at which line.
    busy: Option<(Duration, String)>,
    /// Its fruitless calls in a row: where, and how many.
    asks: Option<(String, u64)>,
}

#[derive(Debug, Default)]
struct Queue {
    place: String,
    sent: u64,
    received: u64,
}

/// Calls at one place that came to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) call: String,
    pub(crate) place: String,
    /// At least so many.
    pub(crate) times: u64,
    /// The most in a row, without anything else that happened.
    pub(crate) in_a_row: u64,
}

impl Traces {
    /// Takes an event of the tape into account.
    pub(crate) fn take(&mut self, at: Duration, actor: Actor, kind: &str, event: &Fields) {
        self.last = self.last.max(at);
        let text = |key: &str| event.text(key).unwrap_or_default().to_owned();
        let number = |key: &str| event.number(key);
        let player = self.players.entry(actor).or_default();
        match kind {
            "spawn" => {
                (player.place, player.name) = (text("place"), event.text("name").map(str::to_owned))
            }
            "name" => player.name = Some(text("name")),
            "end" => player.ended = Some(text("how")),
            "panic" => self.panics.push((actor, text("place"))),
            "sleep" | "work" => {
                let until = at + Duration::from_micros(number("for_us").unwrap_or(0));
                player.busy = Some((until, text("place")));
            }
            "queue" => {
                self.queues.entry(number("queue").unwrap_or(0)).or_default().place = text("place")
            }
            "send" => {
                let queue = self.queues.entry(number("queue").unwrap_or(0)).or_default();
                queue.sent += 1;
                queue.received += u64::from(number("displaced").is_some());
            }
            "recv" => self.queues.entry(number("queue").unwrap_or(0)).or_default().received += 1,
            "not awaited" => drop(self.not_awaited.insert(text("place"), text("call"))),
            "awaited" => drop(self.not_awaited.remove(&text("place"))),
            "ask" => {
                self.take_asking(actor, text("call"), text("place"), number("nth").unwrap_or(1))
            }
            _ => {}
        }
    }

    /// The tape tells of the first, second, fourth … in a row. So the last of a row says how many there were.
    fn take_asking(&mut self, actor: Actor, call: String, place: String, nth: u64) {
        let player = self.players.entry(actor).or_default();
        let before = match &player.asks {
            Some((known, before)) if *known == place && *before < nth => *before,
            _ => 0,
        };
        player.asks = Some((place.clone(), nth));
        let asked = self.asked.entry(place.clone()).or_default();
        (asked.call, asked.place) = (call, place);
        asked.times += nth - before;
        asked.in_a_row = asked.in_a_row.max(nth);
    }

    /// What a reader calls an actor.
    pub(crate) fn title(&self, actor: Actor) -> String {
        let player = self.players.get(&actor);
        let name = player.and_then(|player| player.name.clone());
        let spawned = || player.map(|player| format!("the one spawned at {}", player.place));
        match actor {
            0 => "main".to_owned(),
            _ => name.or_else(spawned).unwrap_or_default(),
        }
    }

    /// Those who were in the middle of a sleep or a computation when the program ended, and at which line.
    pub(crate) fn cut_off(&self) -> Vec<(String, String)> {
        // A sleep of main's that was its last word has come to its end.
        let of_main = self.players.get(&0).and_then(|main| main.busy.as_ref());
        let end = of_main.map_or(self.last, |(until, _)| self.last.max(*until));
        let players = self.players.iter().filter(|(actor, player)| {
            let is_cut = player.ended.as_deref().is_none_or(|how| how == "aborted");
            **actor != 0 && is_cut
        });
        let busy = players.filter_map(|(actor, player)| {
            let (until, place) = player.busy.as_ref()?;
            (*until > end).then(|| (self.title(*actor), place.clone()))
        });
        busy.collect()
    }

    /// Queues that still held messages at the end: how many, and where each was made.
    pub(crate) fn left_lying(&self) -> Vec<(u64, String)> {
        let left = |queue: &Queue| queue.sent.saturating_sub(queue.received);
        let queues = self.queues.values().filter(|queue| left(queue) > 0);
        queues.map(|queue| (left(queue), queue.place.clone())).collect()
    }

    /// Where a queue was made.
    pub(crate) fn queue_place(&self, queue: u64) -> Option<&str> {
        self.queues.get(&queue).map(|queue| queue.place.as_str())
    }

    /// Calls whose futures nobody has awaited, and where.
    pub(crate) fn not_awaited(&self) -> Vec<(String, String)> {
        self.not_awaited.iter().map(|(place, call)| (call.clone(), place.clone())).collect()
    }

    /// Those who panicked, and where.
    pub(crate) fn panics(&self) -> Vec<(String, String)> {
        self.panics.iter().map(|(actor, place)| (self.title(*actor), place.clone())).collect()
    }

    /// The calls that came to nothing most often.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let mut all: Vec<Asked> = self.asked.values().cloned().collect();
        all.sort_by_key(|asked| std::cmp::Reverse(asked.times));
        all
    }
}

#[cfg(test)]
mod tests {
    use crate::tape::Tape;

    fn tape(lines: &[&str]) -> Tape {
        let lines = lines.iter().map(|line| format!("{{{line}}}\n"));
        Tape::read(&lines.collect::<String>())
    }

    #[test]
    fn who_is_cut_off_and_what_is_left_lying_is_known() {
        let tape = tape(&[
            r#""at_us":0,"event":"queue","actor":0,"queue":4,"place":"src/main.rs:2""#,
            r#""at_us":0,"event":"spawn","actor":1,"kind":"task","place":"src/main.rs:3","by":0"#,
            r#""at_us":0,"event":"spawn","actor":2,"kind":"task","place":"src/main.rs:3","by":0"#,
            r#""at_us":5,"event":"send","actor":0,"queue":4,"depth":1,"place":"src/main.rs:5""#,
            r#""at_us":5,"event":"send","actor":0,"queue":4,"depth":2,"place":"src/main.rs:5""#,
            r#""at_us":6,"event":"recv","actor":1,"queue":4,"depth":1,"place":"src/main.rs:8""#,
            r#""at_us":6,"event":"name","actor":1,"name":"Worker-1""#,
            r#""at_us":6,"event":"sleep","actor":1,"for_us":900,"place":"src/main.rs:9""#,
            r#""at_us":6,"event":"sleep","actor":2,"for_us":10,"place":"src/main.rs:9""#,
            r#""at_us":40,"event":"end","actor":2,"how":"finished""#,
            r#""at_us":50,"event":"end","actor":1,"how":"aborted""#,
        ]);
        let traces = tape.traces;
        let cut_off = ("Worker-1".to_owned(), "src/main.rs:9".to_owned());
        assert_eq!(traces.cut_off(), [cut_off]);
        assert_eq!(traces.left_lying(), [(1, "src/main.rs:2".to_owned())]);
        assert_eq!(traces.not_awaited(), []);
    }

    #[test]
    fn what_nobody_awaited_is_known() {
        let tape = tape(&[
            r#""at_us":0,"event":"not awaited","actor":1,"call":"send()","place":"src/main.rs:5""#,
            r#""at_us":0,"event":"not awaited","actor":1,"call":"recv()","place":"src/main.rs:6""#,
            r#""at_us":0,"event":"awaited","actor":1,"call":"recv()","place":"src/main.rs:6""#,
        ]);
        let expected = ("send()".to_owned(), "src/main.rs:5".to_owned());
        assert_eq!(tape.traces.not_awaited(), [expected]);
    }

    #[test]
    fn calls_in_vain_are_counted_from_the_powers_of_two() {
        let ask = |nth: u64| {
            format!(
                r#""at_us":1,"event":"ask","actor":1,"call":"try_recv()","nth":{nth},"place":"src/main.rs:5""#
            )
        };
        let lines: Vec<String> = [1, 2, 4, 8, 1, 1, 2].map(ask).into();
        let tape = tape(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let asked = &tape.traces.asked()[0];
        assert_eq!((asked.times, asked.in_a_row, asked.call.as_str()), (11, 8, "try_recv()"));
    }
}
