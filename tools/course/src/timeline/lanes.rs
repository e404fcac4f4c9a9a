//! What each actor does from one of its events to the next.
//!
//! The tape says when a wait begins, and the actor's next event says that it is over. Time passes only where an
//! actor sleeps, computes or waits (but on the pace `real`), so what stands last before time passes is what it does.

use super::{
    cast::Cast,
    held::Holds,
    model::{Block, State},
    tape::{Event, Tape},
    words::Words,
};

/// Draws the blocks of all lanes.
pub(super) fn draw(tape: &Tape, cast: &mut Cast, words: &Words) {
    let mut acts: Vec<Vec<&Event>> = cast.lanes.iter().map(|_| Vec::new()).collect();
    let is_act = |event: &&Event| !event.is_of_the_end() && !event.is("name");
    for event in tape.events.iter().filter(is_act) {
        acts[cast.lane(event.actor)].push(event);
    }
    let mut drawn = Vec::new();
    for (index, acts) in acts.iter().enumerate() {
        let mut pen = Pen::of(acts, words, tape, cast, index);
        pen.draw(cast.lanes[index].from);
        drawn.push(pen.blocks);
    }
    let holds = Holds::of(tape, cast, &acts);
    for (index, blocks) in drawn.into_iter().enumerate() {
        cast.lanes[index].blocks = holds.shown(cast, index, blocks);
    }
}

/// A block, before it is known who is held up.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) block: Block,
    pub(super) known: Known,
}

/// How it is known what an actor does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The tape tells it.
    Told,
    /// The tape tells that it waits at this queue.
    AtQueue(u64),
    /// By what came next alone.
    Guessed,
}

/// Draws one lane.
struct Pen<'a> {
    acts: &'a [&'a Event],
    is_real: bool,
    is_task: bool,
    until: u64,
    words: &'a Words,
    /// Whether it sleeps again and again, and has to do with nobody.
    is_alone: bool,
    /// Its last `recv`.
    taken: Option<usize>,
    blocks: Vec<Drawn>,
}

impl Pen<'_> {
    fn of<'a>(
        acts: &'a [&'a Event],
        words: &'a Words,
        tape: &Tape,
        cast: &Cast,
        lane: usize,
    ) -> Pen<'a> {
        let deals = acts.iter().any(|act| is_deed(act) && !act.is("end"));
        let sleeps = acts.iter().filter(|act| act.is("sleep")).count();
        Pen {
            acts,
            is_real: tape.pace == "real",
            is_task: cast.is_task(lane),
            until: cast.lanes[lane].until,
            words,
            is_alone: !deals && sleeps > 1,
            taken: None,
            blocks: Vec::new(),
        }
    }

    fn draw(&mut self, from: u64) {
        let mut at = from;
        let mut done = 0;
        // Nothing may be told of it until a wait is over that the tape does not tell.
        loop {
            let next = self.acts[done..].iter().take_while(|act| act.at <= at).count() + done;
            let taken = self.acts[done..next].iter().rposition(|act| act.is("recv"));
            self.taken = taken.map(|nth| done + nth).or(self.taken);
            let until = self.acts.get(next).map_or(self.until, |act| act.at).min(self.until);
            if at < until {
                self.pause(at, until, done, next);
            }
            if next >= self.acts.len() {
                return;
            }
            (at, done) = (until.max(self.acts[next].at), next);
        }
    }

    /// Time passes. `acts[done..next]` is what the actor has done at this instant.
    fn pause(&mut self, from: u64, to: u64, done: usize, next: usize) {
        let before = &self.acts[done..next];
        let is_done = |act: &&Event| !act.is_pause();
        let begins = before.iter().rposition(is_done).map_or(0, |last| last + 1);
        let pauses = self.lasting(&before[begins..]);
        let is_wait = |act: &&&Event| act.is("wait") && act.text("on") != "sleep";
        let waits: Vec<&Event> = pauses.iter().filter(is_wait).copied().collect();
        let length = |act: &&Event| act.number("for_us").unwrap_or(0);
        let sleeps = pauses.iter().filter(|act| !act.is("wait")).copied();
        let sleep = sleeps.filter(|act| length(act) > 0).max_by_key(length);
        match (sleep, &waits[..]) {
            (Some(sleep), []) => {
                let end = to.min(from + length(&sleep));
                let (state, aside) = self.sleeping(sleep, done + begins, next);
                let why = self.words.sleep(sleep) + aside;
                self.add(Block { from, to: end, state, why }, Known::Told);
                self.guess(end, to, next);
            }
            (None, [wait]) => {
                let state = waiting(wait);
                let why = self.words.wait(wait, from, self.acts.get(next).copied());
                let known = wait.number("queue").map_or(Known::Told, Known::AtQueue);
                self.add(Block { from, to, state, why }, known);
            }
            (sleep, [_, ..]) => {
                let all: Vec<String> = waits
                    .iter()
                    .map(|wait| self.words.wait(wait, from, None))
                    .chain(sleep.map(|sleep| self.words.sleep(sleep)))
                    .collect();
                let (state, why) = (State::Several, one_of(&all));
                self.add(Block { from, to, state, why }, Known::Told);
            }
            (None, []) => {
                if let Some(timer) = pauses.iter().rfind(|act| act.is("wait")) {
                    let (state, why) = (State::Asleep, self.words.timer(timer));
                    self.add(Block { from, to, state, why }, Known::Told);
                } else {
                    self.guess(from, to, next);
                }
            }
        }
    }

    /// Those of its last pauses that are not over. A thread does one thing at a time, and so does a task whose waits
    /// are alike.
    fn lasting<'b>(&self, pauses: &'b [&'b Event]) -> &'b [&'b Event] {
        let is_timer = |act: &Event| act.is("wait") && act.text("on") == "sleep";
        let alike =
            |act: &Event| (act.kind.clone(), act.text("on").to_owned(), act.number("queue"));
        let all_alike = pauses.windows(2).all(|two| alike(two[0]) == alike(two[1]));
        let is_one = !self.is_task || all_alike && pauses.iter().all(|act| act.is("wait"));
        // A sleep of a thread is told twice: as a sleep, and as a wait for its timer.
        let last = match pauses {
            [.., _, timer] if is_timer(timer) => 2,
            _ => 1,
        };
        if is_one { &pauses[pauses.len().saturating_sub(last)..] } else { pauses }
    }

    /// The tape does not tell what the actor does: what ends it, tells what it has waited for.
    fn guess(&mut self, from: u64, to: u64, next: usize) {
        let next = self.acts.get(next).copied().filter(|_| !self.is_real);
        let state = match next.map(|act| act.kind.as_str()) {
            Some("recv") => State::Item,
            Some("send") => State::Room,
            Some("lock" | "acquire") => State::Lock,
            Some("notified") => State::Signal,
            _ => State::Unseen,
        };
        let why = self.words.guess(state, next, self.is_real);
        self.add(Block { from, to, state, why }, Known::Guessed);
    }

    /// What a sleep is, and what there is to say of that. It stands for work, unless the tape tells otherwise. Before
    /// `index` is what the actor has done, and `next` comes behind the sleep.
    fn sleeping(&self, sleep: &Event, index: usize, next: usize) -> (State, &'static str) {
        if sleep.is("work") {
            return (State::Computing, "");
        }
        let before = self.acts[..index].iter().rfind(|act| !act.is("print"));
        if before.is_some_and(|act| act.is("ask")) {
            return (State::Retrying, ", behind a try that came to nothing");
        }
        if self.goes_back(index, next) {
            return (State::Retrying, ", and then sends to the queue that its item came from");
        }
        if self.is_alone {
            return (State::Asleep, "; it has nothing to do with anybody");
        }
        (State::Working, "")
    }

    /// Whether what comes next is to send to the queue that the item in hand came from, and this is not the sleep that
    /// was its work. What else is sent there, as a crawler does with what it finds, mostly comes behind a line.
    fn goes_back(&self, index: usize, next: usize) -> bool {
        let Some(taken) = self.taken else { return false };
        let is_back = self.acts.get(next).is_some_and(|act| {
            act.is("send") && act.number("queue") == self.acts[taken].number("queue")
        });
        let since = &self.acts[taken..index];
        let has = |kind: &str| since.iter().any(|act| act.is(kind));
        is_back && has("sleep") && !has("send")
    }

    /// Adds a block. A wait that goes on as it was is not begun anew.
    fn add(&mut self, block: Block, known: Known) {
        if block.length() == 0 {
            return;
        }
        let goes_on = |last: &Block| {
            last.to == block.from && last.state == block.state && last.why == block.why
        };
        match self.blocks.last_mut() {
            Some(last) if goes_on(&last.block) && !block.state.is_work() => {
                last.block.to = block.to;
            }
            _ => self.blocks.push(Drawn { block, known }),
        }
    }
}

/// Whether it is more than a pause, or a word about what is done.
fn is_deed(act: &Event) -> bool {
    !act.is_pause() && !act.is("print")
}

fn waiting(wait: &Event) -> State {
    match wait.text("on") {
        "recv" => State::Item,
        "send" => State::Room,
        "lock" => State::Lock,
        "join" | "scope" => State::End,
        "condvar" | "park" | "future" | "closed" => State::Signal,
        "select" => State::Several,
        "core" => State::Core,
        "spin" => State::Retrying,
        _ => State::Unseen,
    }
}

/// What an actor does when the program is stuck.
pub(super) fn standing(stands: &Event) -> State {
    match stands.text("does") {
        "waits" | "holds up" if stands.text("on") == "unmirrored" => of_tokio(stands.text("says")),
        "waits" | "holds up" => waiting(stands),
        "spins" => State::Retrying,
        _ => State::Unseen,
    }
}

/// What tokio's own is waited for, by its name: `watch Receiver::wait_for()`.
fn of_tokio(name: &str) -> State {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["Mutex", "RwLock", "Semaphore"]) {
        State::Lock
    } else if has(&["Receiver"]) {
        State::Item
    } else if has(&["Sender"]) {
        State::Room
    } else if has(&["Notify", "Barrier", "OnceCell"]) {
        State::Signal
    } else {
        State::Unseen
    }
}

fn one_of(waits: &[String]) -> String {
    format!("waits for one of several, and the tape does not tell which: {}", waits.join("; or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tokios_own_is_known_by_its_name() {
        for (name, state) in [
            ("at src/main.rs:28 in watch Receiver::wait_for()", State::Item),
            ("at src/main.rs:30 in mpsc Sender::send()", State::Room),
            ("at src/main.rs:31 in Semaphore::acquire()", State::Lock),
            ("at src/main.rs:32 in Notify::notified()", State::Signal),
            ("at src/main.rs:33 for a future", State::Unseen),
        ] {
            assert_eq!(of_tokio(name), state, "{name}");
        }
    }
}
