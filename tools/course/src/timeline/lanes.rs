//! What each actor does from one of its events to the next.
//!
//! The tape says when a wait begins, and the actor's next event says that it is over. Time passes only where an
//! actor sleeps, computes or waits (but on the pace `real`), so what stands last before time passes is what it does.

use super::{
    cast::Cast,
    model::{Block, State},
    tape::{Event, Tape},
    words::Words,
};

/// Draws the blocks of all lanes.
pub(super) fn draw(tape: &Tape, cast: &mut Cast, words: &mut Words) {
    let mut acts: Vec<Vec<&Event>> = cast.lanes.iter().map(|_| Vec::new()).collect();
    let is_act = |event: &&Event| !event.is_of_the_end() && !event.is("name");
    for event in tape.events.iter().filter(is_act) {
        acts[cast.lane(event.actor)].push(event);
    }
    let is_real = tape.pace == "real";
    // Where there are tasks, `main` is most likely a future too.
    let has_tasks = cast.lanes.iter().any(|lane| lane.kind == "task");
    let mut drawn = Vec::new();
    for (index, (lane, acts)) in cast.lanes.iter().zip(&acts).enumerate() {
        let is_task = lane.kind == "task" || index == 0 && has_tasks;
        let until = lane.until;
        let mut pen = Pen { acts, is_real, is_task, until, words, blocks: Vec::new() };
        pen.draw(lane.from);
        drawn.push(pen.blocks);
    }
    for (lane, blocks) in cast.lanes.iter_mut().zip(drawn) {
        lane.blocks = blocks;
    }
}

/// Draws one lane.
struct Pen<'a> {
    acts: &'a [&'a Event],
    is_real: bool,
    is_task: bool,
    until: u64,
    words: &'a mut Words,
    blocks: Vec<Block>,
}

impl Pen<'_> {
    fn draw(&mut self, from: u64) {
        let mut at = from;
        let mut done = 0;
        // Nothing may be told of it until a wait is over that the tape does not tell.
        loop {
            let next = self.acts[done..].iter().take_while(|act| act.at <= at).count() + done;
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
        let pauses = &before[begins..];
        let is_wait = |act: &&&Event| act.is("wait") && act.text("on") != "sleep";
        let mut waits: Vec<&Event> = pauses.iter().filter(is_wait).copied().collect();
        // A thread does one thing at a time. And of waits that are alike, those before the last one are over.
        let alike = |wait: &Event| (wait.text("on").to_owned(), wait.number("queue"));
        let is_alike = waits.windows(2).all(|pair| alike(pair[0]) == alike(pair[1]));
        if !self.is_task || is_alike {
            waits.drain(..waits.len().saturating_sub(1));
        }
        let is_over = |wait: &&Event| pauses.last().is_none_or(|last| !std::ptr::eq(*wait, *last));
        if !self.is_task && pauses.iter().any(|act| act.is("sleep")) {
            waits.retain(|wait| !is_over(wait));
        }
        let length = |act: &&Event| act.number("for_us").unwrap_or(0);
        let sleeps = pauses.iter().filter(|act| !act.is("wait")).copied();
        let sleep = sleeps.filter(|act| length(act) > 0).max_by_key(length);
        let sleep = sleep.filter(|_| self.is_task || waits.is_empty());
        match (sleep, &waits[..]) {
            (Some(sleep), []) => {
                let end = to.min(from + length(&sleep));
                let state = self.sleeping(sleep, done + begins, next);
                let why = self.words.sleep(sleep, state);
                self.add(from, end, state, why);
                self.guess(end, to, next);
            }
            (None, [wait]) => {
                let state = waiting(wait);
                let why = self.words.wait(wait, from, self.acts.get(next).copied());
                self.add(from, to, state, why);
            }
            (sleep, [_, ..]) => {
                let all: Vec<String> = waits
                    .iter()
                    .map(|wait| self.words.wait(wait, from, None))
                    .chain(sleep.map(|sleep| self.words.sleep(sleep, State::Several)))
                    .collect();
                self.add(from, to, State::Several, first_of(&all));
            }
            (None, []) => {
                if let Some(timer) = pauses.iter().rfind(|act| act.is("wait")) {
                    let why = self.words.timer(timer);
                    self.add(from, to, State::Asleep, why);
                } else {
                    self.guess(from, to, next);
                }
            }
        }
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
        self.add(from, to, state, why);
    }

    /// A sleep stands for work, unless the tape tells otherwise.
    fn sleeping(&self, sleep: &Event, index: usize, next: usize) -> State {
        if sleep.is("work") {
            return State::Computing;
        }
        let deeds = || self.acts[..index].iter().rev().filter(|act| !act.is("print"));
        if deeds().next().is_some_and(|act| act.is("ask")) {
            return State::Retrying;
        }
        let is_deed = |act: &&&Event| !act.is_pause() && !act.is("print");
        let goes = self.acts[next..].iter().find(is_deed).filter(|act| act.is("send"));
        let came = deeds().find(|act| act.is("recv"));
        let queue = |act: &&&Event| act.number("queue");
        let since = deeds().take_while(|act| !act.is("recv"));
        let is_second = since.clone().any(|act| act.is("sleep"));
        let is_back =
            goes.is_some() && goes.as_ref().and_then(queue) == came.as_ref().and_then(queue);
        let has_sent = since.clone().any(|act| act.is("send"));
        if is_back && is_second && !has_sent {
            return State::Retrying;
        }
        let sleeps = self.acts.iter().filter(|act| act.is("sleep")).count();
        let deals = self.acts.iter().any(|act| is_deed(&act) && !act.is("end"));
        if !deals && sleeps > 1 { State::Asleep } else { State::Working }
    }

    /// Adds a block. One that goes on as it was is not begun anew.
    fn add(&mut self, from: u64, to: u64, state: State, why: String) {
        if from >= to {
            return;
        }
        match self.blocks.last_mut() {
            Some(last)
                if last.to == from
                    && last.state == state
                    && last.why == why
                    && !state.is_work() =>
            {
                last.to = to;
            }
            _ => self.blocks.push(Block { from, to, state, why }),
        }
    }
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
        "waits" | "holds up" => waiting(stands),
        "spins" => State::Retrying,
        _ => State::Unseen,
    }
}

fn first_of(waits: &[String]) -> String {
    format!("waits for one of several, and the tape does not tell which: {}", waits.join("; or "))
}
