//! Plays a Break task on a copy of the starter: the prediction first, then the edit, then what happens.

use crate::{
    Error, Result,
    answers::{Answers, today},
    brief::{Brief, Kind, Task},
    child::{self, Started},
    edit::{Edit, Step, ends, short_command},
    look::{Look, Tone},
    manifest::Scratch,
    read, say,
    workspace::Exercise,
};
use std::{
    collections::BTreeMap,
    io::{self, BufRead, IsTerminal},
    path::Path,
    process::Command,
};

/// A Break task, ready to be played.
#[derive(Debug)]
pub struct Break {
    exercise: Exercise,
    task: Task,
    edits: Vec<Edit>,
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
        let edits: Vec<Edit> =
            Edit::all(&exercise)?.into_iter().filter(|edit| edit.number == task.number).collect();
        if edits.is_empty() {
            let folder = format!("solutions/{}/breaks", exercise.name);
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
        answers.add("Break", self.task.number, &self.task.title, &when, &prediction);
        answers.write(&path)?;
        say(&format!("Kept in exercises/{}/ANSWERS.md.\n\n", self.exercise.name))?;
        Ok(())
    }

    fn show(&self, edit: &Edit) -> Result<()> {
        if edit.diff.trim().is_empty() {
            say("No edit: the program as given, with other flags.\n\n")?;
            return Ok(());
        }
        say(&format!("The edit, in src/{}:\n\n", edit.file()))?;
        for line in edit.shown() {
            let tone = match line.chars().next() {
                Some('+') => Tone::Good,
                Some('-') => Tone::Bad,
                Some('@') => Tone::Quiet,
                _ => {
                    say(&format!("  {line}\n"))?;
                    continue;
                }
            };
            say(&format!("  {}\n", self.look.paint(tone, line)))?;
        }
        say("\n")
    }

    /// Builds the copy and plays it, each run after the other.
    fn run(&self, edit: &Edit, pace: &str) -> Result<()> {
        let sources = edit.apply(&self.exercise.starter_sources()?).map_err(|problem| {
            Error::Failed(format!(
                "{}: {problem}",
                edit.pinned_path().with_extension("diff").display()
            ))
        })?;
        let name = format!("{}-break-{}", self.exercise.short(), edit.name);
        let programs = BTreeMap::from([(name.clone(), sources)]);
        let scratch = Scratch::write(&self.exercise, &name, &programs)?;
        let built = scratch.build(std::slice::from_ref(&name))?;
        if let Some(error) = built.errors.get(&name) {
            // Where it is expected, the message is what there is to see.
            say(&format!("It does not compile: {error}\n\n{}\n\n", error.told))?;
        } else if let Some(program) = built.programs.get(&name) {
            self.run_all(edit, program, &scratch, pace)?;
        } else {
            let why =
                built.trouble.or_else(|| built.errors.values().next().map(ToString::to_string));
            return Err(Error::Failed(format!("it can't be built: {}", why.unwrap_or_default())));
        }
        for line in &edit.explanation {
            say(&format!("{}\n", self.look.words(line)))?;
        }
        say("\n")
    }

    fn run_all(&self, edit: &Edit, program: &Path, scratch: &Scratch, pace: &str) -> Result<()> {
        let outside = self.exercise.goes_outside()?;
        let folder =
            if outside { scratch.desk(&self.exercise)? } else { scratch.folder().to_path_buf() };
        let command = |run: &[String]| {
            let mut command = Command::new(program);
            command.current_dir(&folder);
            command.args(run).env("RUST_BACKTRACE", "0").env_remove("REHEARSAL");
            if Edit::needs_pace(run, outside) {
                command.args(["--pace", pace]);
            }
            command
        };
        let heading = |text: &str| say(&format!("{}\n", self.look.paint(Tone::Quiet, text)));
        let mut beside = Vec::new();
        for step in &edit.steps {
            let Step::Run(run) = step else {
                heading(&step.of_files(&folder).transpose()?.unwrap_or_default())?;
                continue;
            };
            heading(&format!("$ {}", short_command(&self.exercise, run)))?;
            if let Some(flags) = Edit::beside(run) {
                let mut started = Started::start(&mut command(flags), child::time_limit()?)?;
                // Its title, and that it has begun.
                started.until_lines(2);
                say("(goes on)\n\n")?;
                beside.push((flags, started));
                continue;
            }
            let status = command(run).status().map_err(|error| {
                Error::Failed(format!("{} can't be started: {error}", program.display()))
            })?;
            say(&format!("({})\n\n", child::ending(status)))?;
        }
        for (flags, started) in beside {
            heading(&ends(&short_command(&self.exercise, flags)))?;
            let outcome = started.wait()?;
            say(&format!("{}{}({})\n\n", outcome.stdout, outcome.stderr, outcome.ended))?;
        }
        for file in &edit.shows {
            heading(&format!("$ cat {file}"))?;
            say(&format!(
                "{}\n",
                read(&folder.join(file)).unwrap_or_else(|error| error.to_string())
            ))?;
        }
        Ok(())
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
