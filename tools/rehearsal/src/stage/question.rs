//! What the tape is told of a choice, and the end of a program at one.

use super::{ActorId, CLOCK, Candidate, For, Pick, Question, State, exit};
use crate::{
    diagnosis::{Diagnosis, Stuck},
    tape::Line,
};

/// The exit code of a program that has ended because somebody is to choose.
pub(crate) const ASKED: i32 = 75;

impl State {
    /// Tells of a choice of who goes next.
    pub(super) fn asks_who(&mut self, question: &Question, ready: &[Candidate]) {
        let who: Vec<String> = question.order.iter().map(|nth| number(ready[*nth].actor)).collect();
        let first = ready[question.order[0]];
        let is_shared = first.uses.is_some_and(|object| !self.objects.is_output(object));
        self.tells_choice(question, "goes", first.actor, &who.join(" "), is_shared);
        if !question.is_asked {
            return;
        }
        for (nth, index) in question.order.iter().enumerate() {
            match ready[*index] {
                Candidate { actor: CLOCK, .. } => self.tells_clock(nth + 1),
                one => self.tells_option(nth + 1, one),
            }
        }
        self.ends_here();
    }

    /// Tells of a choice of one of several that are equally good.
    pub(super) fn asks_which(&mut self, question: &Question, pick: Pick<'_>) {
        let waiting = match pick.what {
            For::Wake(waiting) => Some(waiting),
            _ => None,
        };
        let word = if waiting.is_some() { "wake" } else { "arm" };
        let which = |nth: usize| waiting.map_or(nth as u64 + 1, |waiting| waiting[nth]);
        let who: Vec<String> = question.order.iter().map(|nth| which(*nth).to_string()).collect();
        self.tells_choice(question, word, pick.by, &who.join(" "), true);
        if !question.is_asked {
            return;
        }
        let place = self.chooser.stands(pick.by);
        for (nth, index) in question.order.iter().enumerate() {
            let title = waiting.map(|waiting| self.title(waiting[*index]));
            let actor = waiting.map_or(pick.by, |waiting| waiting[*index]);
            self.tell("option", actor, |line| {
                line.number("nth", nth + 1).text("call", word).number("by", pick.by);
                match title {
                    Some(title) => line.text("who", title),
                    None => line.number("arm", index + 1),
                };
                if let Some(at) = place {
                    line.place(at.place);
                }
            });
        }
        self.ends_here();
    }

    fn tells_choice(
        &mut self,
        question: &Question,
        word: &str,
        actor: ActorId,
        who: &str,
        is_shared: bool,
    ) {
        let state = self.trail.sum();
        self.tell("choice", actor, |line| {
            line.number("nth", question.nth).text("of", word).text("who", who);
            line.text("state", format_args!("{state:016x}"));
            if is_shared {
                line.number("shared", true);
            }
        });
    }

    fn tells_option(&mut self, nth: usize, one: Candidate) {
        let title = self.title(one.actor);
        let has_waited = self.cast.get(one.actor).is_some_and(|actor| !actor.waits.is_empty());
        let at = self.chooser.stands(one.actor);
        let queue = one.uses.and_then(|object| self.objects.queue_of(object));
        self.tell("option", one.actor, |line| {
            line.number("nth", nth).text("who", title);
            if let Some(at) = at {
                line.text("call", at.call);
            }
            if let Some(queue) = queue {
                line.number("queue", queue);
            }
            if has_waited {
                line.number("waited", true);
            }
            if let Some(at) = at {
                line.place(at.place);
            }
        });
    }

    /// Which of the tasks sleeps least long, only tokio knows.
    fn tells_clock(&mut self, nth: usize) {
        let mut line = Line::new(self.clock.now(), "option");
        line.number("nth", nth).text("call", "time");
        if let Some(at) = self.baton.next_due().filter(|_| !self.executor.is_playing()) {
            let due = self.baton.due_by(at).map_or_else(String::new, |id| self.title(id));
            line.duration("until_us", at).text("wakes", due);
        }
        self.tape.write(line);
    }

    fn title(&self, actor: ActorId) -> String {
        self.cast.get(actor).map_or_else(String::new, |actor| actor.who.title())
    }

    /// Tells what everybody does, and ends the program.
    fn ends_here(&mut self) {
        let diagnosis = Diagnosis::of(self, Stuck::Deadlock);
        diagnosis.tell_rows(&mut self.tape, self.clock.now());
        exit(ASKED)
    }
}

fn number(actor: ActorId) -> String {
    if actor == CLOCK { "time".to_owned() } else { actor.to_string() }
}
