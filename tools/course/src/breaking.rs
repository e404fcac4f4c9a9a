//! Plays a Break task on a copy of the starter: the prediction first, then the edit, then what happens.

use crate::{
    Error, Result,
    answers::{Answers, today},
    brief::{Brief, Kind, Task},
    look::{Look, Tone},
    manifest::Scratch,
    play::{Player, Scene},
    say,
    variant::{Shelf, Variant},
    workspace::Exercise,
};
use accord::exercise;
use std::io::{self, BufRead, IsTerminal};

/// A Break task, ready to be played.
#[derive(Debug)]
pub struct Break {
    exercise: Exercise,
    task: Task,
    edits: Vec<Variant>,
    look: Look,
}

impl Break {
    /// Finds the Break with this number.
    pub fn find(exercise: Exercise, number: &str, look: Look) -> Result<Break> {
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
        Ok(Break { exercise, task, edits, look })
    }

    /// Asks for a prediction and plays, for each edit of the task.
    pub fn play(&self, pace: &str) -> Result<()> {
        let Task { number, title, text, .. } = &self.task;
        say(&format!("{}, Break {number}: {title}\n\n", self.exercise.name))?;
        say(&format!("{}\n\n", self.look.words(text)))?;
        let parts = self.edits.len();
        for (index, edit) in self.edits.iter().enumerate() {
            if parts > 1 {
                say(&format!(
                    "{}\n",
                    self.look
                        .paint(Tone::Mind, &format!("--- part {} of {parts} ---\n", index + 1))
                ))?;
            }
            self.predict(index + 1)?;
            self.show(edit)?;
            self.run(edit, pace)?;
        }
        Ok(())
    }

    /// Asks, and keeps the answer. Without one it plays all the same, for whoever wants to see.
    fn predict(&self, part: usize) -> Result<()> {
        say("What do you expect? (One line or several; an empty line ends it.)\n")?;
        let mut prediction = ask()?;
        if prediction.is_empty() {
            say("Without a prediction there is less to learn. A word is enough:\n")?;
            prediction = ask()?;
        }
        if prediction.is_empty() {
            say("No prediction is kept.\n\n")?;
            return Ok(());
        }
        let path = self.exercise.answers();
        let mut answers = Answers::read(&path)?;
        let parts = self.edits.len();
        let when = if parts > 1 { format!("{}, part {part} of {parts}", today()) } else { today() };
        answers.add(Kind::Break.title(), self.task.number, &self.task.title, &when, &prediction);
        answers.write(&path)?;
        say(&format!("Kept in {}.\n\n", exercise::answers(&self.exercise.name)))?;
        Ok(())
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
    fn run(&self, edit: &Variant, pace: &str) -> Result<()> {
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
            let player =
                Player { exercise, notes, program, scratch: &scratch, pace, watched: true };
            player.play(&mut |scene| self.tell(&scene))?;
        } else {
            let why = built.any_error().map(ToString::to_string);
            let why = built.trouble.or(why).unwrap_or_default();
            return Err(Error::Failed(format!("it can't be built: {why}")));
        }
        for line in &edit.notes.explanation {
            say(&format!("{}\n", self.look.words(line)))?;
        }
        say("\n")
    }

    fn tell(&self, scene: &Scene<'_>) -> Result<()> {
        say(&match scene {
            Scene::Typed(text) => format!("{}\n", self.look.paint(Tone::Quiet, text)),
            Scene::GoesOn => "(goes on)\n\n".to_owned(),
            Scene::Ended(run) => format!("{}\n\n", run.told()),
            Scene::File(text) => format!("{text}\n"),
        })
    }
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
