//! Plays a Break task on a copy of the starter: the prediction first, then the edit, then what happens.

use crate::{
    Error, Result,
    answers::{Answers, today},
    brief::{Brief, Kind, Task},
    child::{Ended, Outcome},
    look::{Look, Tone},
    manifest::Scratch,
    play::{Player, Run, Scene},
    prose, say,
    variant::{Shelf, Variant},
    workspace::Exercise,
};
use accord::{exercise, stuck};
use std::{
    cell::Cell,
    io::{self, BufRead, IsTerminal},
};

/// A Break task, ready to be played.
#[derive(Debug)]
pub struct Break {
    exercise: Exercise,
    task: Task,
    edits: Vec<Variant>,
    look: Look,
    /// Nothing: at once, and shortened where it is long.
    pace: Option<&'static str>,
}

/// The Breaks of an exercise, and how one is played.
pub fn list(exercise: &Exercise) -> Result<String> {
    let short = exercise.short();
    let brief = Brief::read(&exercise.brief_text()?);
    let row = |task: &Task| {
        let command = format!("cargo course break {short} {}", task.number);
        let minutes = task.minutes.map(|minutes| format!(" ({minutes} min)")).unwrap_or_default();
        format!("{command}  {}{minutes}\n", task.title)
    };
    let rows: String = brief.of(Kind::Break).map(row).collect();
    let none = || Error::Failed(format!("{} has no Break", exercise.name));
    (!rows.is_empty()).then_some(rows).ok_or_else(none)
}

impl Break {
    /// Finds the Break with this number, to be played at this pace; without one at once, and without the
    /// middle of what is long.
    pub fn find(
        exercise: Exercise,
        number: &str,
        pace: Option<&'static str>,
        look: Look,
    ) -> Result<Break> {
        let brief = Brief::read(&exercise.brief_text()?);
        let numbers: Vec<String> =
            brief.of(Kind::Break).map(|task| task.number.to_string()).collect();
        let task = brief.of(Kind::Break).find(|task| number.parse() == Ok(task.number)).cloned();
        let task = task.ok_or_else(|| {
            let there = if numbers.is_empty() { "none".to_owned() } else { numbers.join(", ") };
            Error::Input(format!("{} has no Break {number}; there are: {there}", exercise.name))
        })?;
        let mut edits = Variant::all(&exercise, Shelf::Breaks)?;
        edits.retain(|edit| edit.number() == task.number);
        if edits.is_empty() {
            let folder = format!("{}/breaks", exercise::solution(&exercise.name));
            return Err(Error::Failed(format!("{folder} has no edit for Break {number}")));
        }
        Ok(Break { exercise, task, edits, look, pace })
    }

    /// For each edit of the task: what is asked, the prediction, the edit, what happens, and why.
    pub fn play(&self) -> Result<()> {
        let Task { number, title, .. } = &self.task;
        say(&format!("{}, Break {number}: {title}\n\n", self.exercise.name))?;
        let asked = self.asked();
        let parts = self.edits.len();
        for (index, (edit, text)) in self.edits.iter().zip(asked).enumerate() {
            if parts > 1 {
                let heading = format!("--- part {} of {parts} ---", index + 1);
                say(&format!("{}\n\n", self.look.paint(Tone::Mind, &heading)))?;
            }
            if !text.is_empty() {
                say(&format!("{}\n\n", prose::shown(&text, self.look)))?;
            }
            let prediction = self.predict(index + 1)?;
            self.show(edit)?;
            self.run(edit)?;
            self.compare(prediction.as_deref(), edit)?;
        }
        say(&self.look.fit("What is next: cargo course next\n"))
    }

    /// What the brief asks for each edit. If its text has other parts than there are edits, it stands before
    /// the first.
    fn asked(&self) -> Vec<String> {
        let parts = prose::parts(&self.task.text);
        if parts.len() == self.edits.len() {
            return parts;
        }
        let mut whole = vec![String::new(); self.edits.len()];
        whole[0].clone_from(&self.task.text);
        whole
    }

    /// Asks, and keeps the answer. Without one it plays all the same, for whoever wants to see.
    fn predict(&self, part: usize) -> Result<Option<String>> {
        say(&self.look.fit("What do you expect? (One line or several; an empty line ends it.)\n"))?;
        let mut prediction = ask()?;
        if prediction.is_empty() {
            say(&self
                .look
                .fit("Without a prediction there is less to learn. A word is enough:\n"))?;
            prediction = ask()?;
        }
        if prediction.is_empty() {
            say("No prediction is kept.\n\n")?;
            return Ok(None);
        }
        let path = self.exercise.answers();
        let mut answers = Answers::read(&path)?;
        let parts = self.edits.len();
        let when = if parts > 1 { format!("{}, part {part} of {parts}", today()) } else { today() };
        answers.add(Kind::Break.title(), self.task.number, &self.task.title, &when, &prediction);
        answers.write(&path)?;
        say(&format!("Kept in {}.\n\n", exercise::answers(&self.exercise.name)))?;
        Ok(Some(prediction))
    }

    fn show(&self, edit: &Variant) -> Result<()> {
        let parts = edit.change.shown();
        if parts.is_empty() {
            return say("No edit: the program as given, with other flags.\n\n");
        }
        for (file, lines) in parts {
            say(&format!("The edit, in src/{file}:\n\n{}\n", self.look.diff(&lines)))?;
        }
        Ok(())
    }

    /// Builds the copy and plays it, each run after the other.
    fn run(&self, edit: &Variant) -> Result<()> {
        let sources = edit.program(&self.exercise.starter_sources()?).map_err(|problem| {
            Error::Failed(format!("{}: {problem}", edit.diff_path(&self.exercise).display()))
        })?;
        let name = format!("{}-break-{}", self.exercise.short(), edit.name);
        let scratch = Scratch::of_one(&self.exercise, &name, &sources)?;
        let built = scratch.build(std::slice::from_ref(&name))?;
        if let Some(error) = built.error(&name) {
            // Where it is expected, the message is what there is to see.
            say(&format!("It does not compile: {error}\n\n{}\n\n", error.told))?;
        } else if let Some(program) = built.programs.get(&name) {
            let (exercise, notes) = (&self.exercise, &edit.notes);
            let (pace, scratch) = (self.pace.unwrap_or(AT_ONCE), &scratch);
            let watched = self.pace.is_some();
            let player = Player { exercise, notes, program, scratch, pace, watched };
            let left_out = Cell::new(0);
            player.play(&mut |scene| self.tell(&scene, &left_out))?;
            self.tell_left_out(left_out.get())?;
        } else {
            let why = built.any_error().map(ToString::to_string);
            let why = built.trouble.or(why).unwrap_or_default();
            return Err(Error::Failed(format!("it can't be built: {why}")));
        }
        Ok(())
    }

    /// What was expected once more, beside what is to be said of what happened.
    fn compare(&self, prediction: Option<&str>, edit: &Variant) -> Result<()> {
        if let Some(prediction) = prediction {
            let lines = prediction.lines().map(|line| format!("  {line}\n")).collect::<String>();
            say(&self.look.fit(&format!("You expected:\n\n{lines}\n")))?;
        }
        if !edit.notes.explanation.is_empty() {
            say("What was to be seen:\n\n")?;
        }
        for line in &edit.notes.explanation {
            say(&self.look.fit(&format!("  {}\n", self.look.words(line))))?;
        }
        say("\n")
    }

    fn tell(&self, scene: &Scene<'_>, left_out: &Cell<usize>) -> Result<()> {
        say(&match scene {
            Scene::Typed(text) => format!("{}\n", self.look.paint(Tone::Quiet, text)),
            Scene::GoesOn => "(goes on)\n\n".to_owned(),
            Scene::Ended(run) => {
                let (told, more) = self.printed(run);
                left_out.set(left_out.get() + more);
                format!("{told}{}\n", end(run))
            }
            Scene::File(text) => format!("{text}\n"),
        })
    }

    /// What a run printed, standard error behind standard output, and how many lines of it are not shown.
    fn printed(&self, run: &Run<'_>) -> (String, usize) {
        let Outcome { stdout, stderr, .. } = &run.outcome;
        if self.pace.is_some() {
            return (format!("{stdout}{stderr}"), 0);
        }
        let (text, left_out) = prose::shortened(stdout);
        let report = prose::with_whole_advice(stderr);
        (self.look.words(&text) + &self.look.fit(&report), left_out)
    }

    fn tell_left_out(&self, lines: usize) -> Result<()> {
        if lines == 0 {
            return Ok(());
        }
        let again = format!("cargo course break {} {}", self.exercise.short(), self.task.number);
        // Commands stay in one line each, so that they can be pasted.
        say(&format!(
            "{lines} lines are left out.\n  all, at once   {again} --pace instant\n  \
             to watch it    {again} --pace live\n\n"
        ))
    }
}

/// How fast a Break is played where nothing is said.
const AT_ONCE: &str = "instant";

/// How a run ended; nothing if its last line says so, which is that of the report of a stuck program.
fn end(run: &Run<'_>) -> String {
    let ended = run.outcome.ended;
    let is_told = ended == Ended::Code(stuck::EXIT_CODE);
    if is_told { String::new() } else { format!("({ended})\n") }
}

/// Asks, and reads the answer.
fn ask() -> Result<String> {
    say("> ")?;
    let stdin = io::stdin();
    let text = answer(&mut stdin.lock())?;
    // Where nobody types, nobody ends the line.
    if !stdin.is_terminal() {
        say("\n")?;
    }
    Ok(text)
}

/// Reads lines up to an empty one or the end.
fn answer(input: &mut impl BufRead) -> Result<String> {
    let mut lines: Vec<String> = Vec::new();
    loop {
        let mut bytes = Vec::new();
        let read = input.read_until(b'\n', &mut bytes);
        read.map_err(|error| Error::Failed(format!("the answer can't be read: {error}")))?;
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        if line.is_empty() {
            return Ok(lines.join("\n"));
        }
        lines.push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_with_an_empty_line() {
        let mut input = io::Cursor::new("they wait\r\nfor ever\n\nmore\n");
        assert_eq!(answer(&mut input).unwrap(), "they wait\nfor ever");
        assert_eq!(answer(&mut input).unwrap(), "more");
        assert_eq!(answer(&mut input).unwrap(), "");
    }
}
