//! Plays a program up to a choice, or to its end. Each play is a new process from the start: so one can step back,
//! and nothing gets out of step.

use super::{picks::Picks, scene::Scene};
use crate::{
    Error, Result,
    child::{self, Ended, Outcome},
    explore,
    manifest::Scratch,
    source::{Sources, sources},
    timeline::tape::Tape,
    variant::{Shelf, Variant},
    workspace::Exercise,
};
use accord::settings::on_its_own;
use rehearsal::shrink::{Record, Token};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

/// What a program ends with that refuses its flags.
const BAD_INPUT: i32 = 2;

/// Which program is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The learner's own.
    Mine,
    /// As it was given.
    Starter,
    /// With the edit of a Break: its name.
    Break(String),
}

impl Whose {
    /// `mine`, `starter` or `breaks/1-name`.
    pub fn named(name: &str) -> Result<Whose> {
        match name {
            "mine" => Ok(Whose::Mine),
            "starter" => Ok(Whose::Starter),
            _ => match name.strip_prefix("breaks/") {
                Some(edit) if !edit.is_empty() => Ok(Whose::Break(edit.to_owned())),
                _ => Err(Error::Input(format!(
                    "'{name}' is no program here: mine, starter or breaks/NAME"
                ))),
            },
        }
    }

    /// What it is called in a sentence.
    pub(super) fn spoken(&self) -> String {
        match self {
            Whose::Mine => "your program".to_owned(),
            Whose::Starter => "the starter".to_owned(),
            Whose::Break(name) => format!("the starter with the edit {name}"),
        }
    }
}

/// A program that is built, and its flags.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) exercise: Exercise,
    pub(super) whose: Whose,
    pub(super) flags: Vec<OsString>,
    pub(super) sources: Sources,
    program: PathBuf,
}

/// What a whole run came to.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) tape: Tape,
    pub(super) outcome: Outcome,
    pub(super) record: Record,
}

impl Player {
    /// Builds a program.
    pub(super) fn built(exercise: &Exercise, whose: Whose, flags: &[OsString]) -> Result<Player> {
        let words: Vec<String> =
            flags.iter().map(|flag| flag.to_string_lossy().into_owned()).collect();
        refuse_what_is_ours(&words)?;
        if exercise.goes_outside()? && !words.iter().any(|word| word == "--stub") {
            let why = why_not_outside(&exercise.starter_sources()?);
            return Err(Error::Input(format!("{} has no order to choose: {why}", exercise.name)));
        }
        let (sources, program) = match &whose {
            Whose::Mine => (sources(&exercise.folder().join("src"))?, explore::built(exercise)?),
            Whose::Starter => with_edit(exercise, "starter", exercise.starter_sources()?)?,
            Whose::Break(name) => {
                let edit = Variant::find(exercise, &format!("{}/{name}", Shelf::Breaks.folder()))?;
                let sources = edit
                    .program(&exercise.starter_sources()?)
                    .map_err(|problem| Error::Failed(format!("breaks/{name}: {problem}")))?;
                with_edit(exercise, &format!("break-{name}"), sources)?
            }
        };
        Ok(Player { exercise: exercise.clone(), whose, flags: flags.to_vec(), sources, program })
    }

    /// The solution's program, for those who prove a challenge.
    pub(super) fn of_solution(exercise: &Exercise, flags: &[OsString]) -> Result<Player> {
        let (sources, program) = with_edit(exercise, "solution", exercise.solution_sources()?)?;
        let (exercise, flags) = (exercise.clone(), flags.to_vec());
        Ok(Player { exercise, whose: Whose::Mine, flags, sources, program })
    }

    /// What there is to see at a choice; or at the end, where there is no such choice.
    pub(super) fn scene(&self, picks: &Picks, at: u64) -> Result<Scene> {
        let run = self.play(&[
            "--choose".into(),
            picks.to_string().into(),
            "--ask".into(),
            at.to_string().into(),
        ])?;
        Ok(Scene::of(&run.tape, &run.outcome, &self.sources))
    }

    /// The run with these choices, to its end.
    pub(super) fn run(&self, picks: &Picks) -> Result<Run> {
        self.play(&["--choose".into(), picks.to_string().into()])
    }

    /// Refuses a list that says more than the program has there.
    pub(super) fn refuses_what_is_not_there(&self, picks: &Picks) -> Result<()> {
        let run = self.run(picks)?;
        let choices = run.tape.events.iter().filter(|event| event.is("choice"));
        let widths: BTreeMap<u64, usize> = choices
            .map(|it| (it.number("nth").unwrap_or(0), it.text("who").split(' ').count()))
            .collect();
        for (choice, nth) in picks.made() {
            let there = widths.get(choice).copied().unwrap_or(0);
            if *nth > there {
                let has = match there {
                    0 => "there is no such choice".to_owned(),
                    there => format!("there are {there} at choice {choice}"),
                };
                return Err(Error::Input(format!("{choice}:{nth} can't be chosen: {has}")));
            }
        }
        Ok(())
    }

    /// The run that a token tells.
    pub(super) fn held(&self, token: &Token) -> Result<Run> {
        self.play(&["--held".into(), token.to_string().into()])
    }

    fn play(&self, how: &[OsString]) -> Result<Run> {
        static PLAYED: AtomicUsize = AtomicUsize::new(0);
        let nth = PLAYED.fetch_add(1, Ordering::Relaxed);
        let file = |end: &str| {
            let name = format!("handoff-stage-{}-{nth}.{end}", std::process::id());
            std::env::temp_dir().join(name)
        };
        let (tape, holds) = (file("jsonl"), file("holds"));
        let mut command = Command::new(&self.program);
        command.args(&self.flags).args(["--pace", "instant"]).args(how);
        command.arg("--tape").arg(&tape).arg("--keep-holds").arg(&holds);
        on_its_own(command.env("RUST_BACKTRACE", "0"));
        let outcome = child::run(&mut command, child::time_limit()?);
        let text = fs::read_to_string(&tape).unwrap_or_default();
        let record = fs::read_to_string(&holds).unwrap_or_default();
        for path in [&tape, &holds] {
            // It may not be there: a program that refuses its flags writes none.
            let _ = fs::remove_file(path);
        }
        let outcome = outcome?;
        if outcome.ended == Ended::Code(BAD_INPUT) || text.is_empty() {
            let said = outcome.stderr.trim();
            let typed = self.typed(&[]);
            return Err(Error::Input(format!("{typed} can't be played:\n{said}")));
        }
        let record = Record::read(&record).unwrap_or_default();
        Ok(Run { tape: Tape::read(&text)?, outcome, record })
    }

    /// As it would be typed.
    pub(super) fn typed(&self, more: &[&str]) -> String {
        explore::command(&self.exercise, &self.flags, more)
    }
}

/// A copy with these sources, built.
fn with_edit(exercise: &Exercise, what: &str, sources: Sources) -> Result<(Sources, PathBuf)> {
    let name = format!("{}-stage-{what}", exercise.short());
    let scratch = Scratch::of_one(exercise, &name, &sources)?;
    let mut built = scratch.build(std::slice::from_ref(&name))?;
    match built.programs.remove(&name) {
        Some(program) => Ok((sources, program)),
        None => {
            let why = built.error(&name).map(ToString::to_string).or(built.trouble.clone());
            Err(Error::Failed(format!("{what} does not compile: {}", why.unwrap_or_default())))
        }
    }
}

/// Why a program that goes outside can't be played, and what to do instead.
fn why_not_outside(starter: &Sources) -> &'static str {
    let any = |words: &str| starter.values().any(|text| text.contains(words));
    match (any(" stub: bool,"), any("derive(Subcommand)")) {
        (true, _) => "it goes outside. With --stub it does not",
        (false, true) => {
            "its commands are processes of their own, and what they share is a file. Start two of them, and hold \
             one: its brief tells how"
        }
        (false, false) => "it goes outside, where nobody holds anything up",
    }
}

fn refuse_what_is_ours(words: &[String]) -> Result<()> {
    const OURS: [&str; 11] = [
        "--choose",
        "--ask",
        "--tape",
        "--explore",
        "--shrink",
        "--schedule",
        "--held",
        "--choices",
        "--keep-choices",
        "--keep-holds",
        "--pace",
    ];
    let flag = |word: &String| word.split('=').next().unwrap_or_default().to_owned();
    match words.iter().map(flag).find(|flag| OURS.contains(&flag.as_str())) {
        Some(flag) => {
            Err(Error::Input(format!("without {flag}: here you choose the order, at once")))
        }
        None => Ok(()),
    }
}
