//! Plays an exercise's own program under many schedules, and shows the first that goes wrong beside the usual order.

mod difference;
mod shrunk;

use crate::{
    Error, Result, build, child,
    child::Ended,
    look::{Look, Tone},
    say, status,
    workspace::Exercise,
};
use accord::{settings::on_its_own, stuck};
use serde_json::Value;
use shrunk::Shrunk;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What a program ends with that refuses its flags.
const BAD_INPUT: i64 = 2;

/// What is played.
#[derive(Clone, Debug)]
pub struct Trip {
    /// The first schedule.
    pub from: u64,
    /// How many schedules.
    pub schedules: u64,
    /// The program's own flags.
    pub flags: Vec<OsString>,
}

/// What one order did.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Played {
    schedule: Option<u64>,
    /// How it ended, in words.
    end: String,
    /// Whether that is wrong, as the rehearsal sees it.
    fails: bool,
    /// Whether it has something to say of that: its report, or its panic.
    is_told: bool,
    code: Option<i64>,
    stdout: String,
    stderr: String,
}

/// Plays an exercise's own program, as it stands, and tells what came. Tells whether nothing went wrong.
pub fn run(exercise: &Exercise, trip: &Trip, look: Look) -> Result<bool> {
    if trip.schedules == 0 {
        return Err(Error::Input(
            "no schedule is no exploring: --schedules is 1 or more".to_owned(),
        ));
    }
    let program = built(exercise)?;
    status(&format!("playing {} schedules …", trip.schedules));
    let played = explored(exercise, &program, trip)?;
    status("");
    let [usual, others @ ..] = &played[..] else {
        return Err(Error::Failed(format!("{} has played nothing", exercise.name)));
    };
    if usual.code == Some(BAD_INPUT) {
        let typed = command(exercise, &trip.flags, &[]);
        let said = usual.stderr.trim();
        return Err(Error::Input(format!("{typed} ends with exit code 2, for bad input:\n{said}")));
    }
    say(&look.fit(&summary(exercise, trip, usual, others)))?;
    let failed = others.iter().find(|other| other.fails);
    let (shown, told) = match failed {
        Some(failed) => (failed, look.paint(Tone::Bad, "The first that goes wrong")),
        None => {
            let Some(other) = others.iter().find(|other| other.stdout != usual.stdout) else {
                say(&look.fit("\nAll orders print the same, in the same order.\n"))?;
                return Ok(true);
            };
            (other, "None goes wrong. The first that differs".to_owned())
        }
    };
    let number = shown.schedule.unwrap_or_default();
    let again =
        command(exercise, &trip.flags, &["--pace", "instant", "--schedule", &number.to_string()]);
    say(&look.fit(&look.words(&format!("\n{told}: schedule {number} {}.\n\n", shown.end))))?;
    say(&look.words(&difference::told(&usual.stdout, &shown.stdout, number, look)))?;
    if shown.is_told {
        let report = alone(&program, trip, number)?;
        say(&format!("\n{}\n", report.trim()))?;
    }
    let timeline = format!("cargo course timeline {} -- ", exercise.short());
    let drawn = again.replacen(&format!("cargo {} ", exercise.short()), &timeline, 1);
    say(&look.fit(&format!("\nPlay it again: {again}\nSee it drawn: {drawn}\n")))?;
    if failed.is_some() {
        status("asking what it needs to go wrong …");
        let shrunk = shrunk::shrunk(&program, trip, number)?;
        status("");
        if let Some(Shrunk { sentence, hold }) = shrunk {
            let hold = format!("'{hold}'");
            let alone = command(exercise, &trip.flags, &["--pace", "instant", "--held", &hold]);
            say(&look.fit(&format!("\n{sentence}\n\nPlay that alone: {alone}\n")))?;
        }
    }
    Ok(failed.is_none())
}

/// The exercise's own program, as it stands.
pub(crate) fn built(exercise: &Exercise) -> Result<PathBuf> {
    let (name, package) = (&exercise.name, exercise.package());
    status(&format!("building {package} …"));
    let mut built =
        build::build(exercise.root(), &["build", "--package", &package, "--bin", name])?;
    status("");
    built.programs.remove(name).ok_or_else(|| {
        let why = built.error(name).map(ToString::to_string).or(built.trouble.clone());
        Error::Failed(format!("{name} does not compile: {}", why.unwrap_or_default()))
    })
}

/// As it would be typed: `cargo 04 --workers 10 --schedule 7`.
pub(crate) fn command(exercise: &Exercise, flags: &[OsString], more: &[&str]) -> String {
    let own = flags.iter().map(|flag| flag.to_string_lossy().into_owned());
    let words = ["cargo".to_owned(), exercise.short().to_owned()].into_iter().chain(own);
    words.chain(more.iter().map(|word| (*word).to_owned())).collect::<Vec<_>>().join(" ")
}

/// The usual order, and then the schedules.
fn explored(exercise: &Exercise, program: &Path, trip: &Trip) -> Result<Vec<Played>> {
    let list = std::env::temp_dir().join(format!("handoff-explored-{}.jsonl", std::process::id()));
    let limit = child::time_limit()?;
    let mut started = Command::new(program);
    let range = format!("{}..{}", trip.from, trip.from.saturating_add(trip.schedules));
    started.args(&trip.flags).args(["--explore", &range, "--explored"]).arg(&list);
    on_its_own(started.env("RUST_BACKTRACE", "0"));
    started.env("REHEARSAL_LIMIT_S", limit.as_secs().to_string());
    let times = u32::try_from(trip.schedules).unwrap_or(u32::MAX).saturating_add(1);
    let outcome = child::run(&mut started, limit.saturating_mul(times))?;
    let text = fs::read_to_string(&list).unwrap_or_default();
    // It may not be there: a program that refuses its flags writes none.
    let _ = fs::remove_file(&list);
    // 1 says that some schedule went wrong.
    if text.is_empty() || !matches!(outcome.ended, Ended::Code(0 | 1)) {
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        let typed = command(exercise, &trip.flags, &["--explore", &range]);
        return Err(Error::Failed(format!(
            "{typed} can't be explored ({}):\n{}",
            outcome.ended,
            said.trim_end()
        )));
    }
    text.lines().map(read).collect()
}

/// What the rehearsal tells of one order. Whether that is wrong is for it to say: `--explore`, `--shrink` and the
/// tests that explore go by the same.
fn read(line: &str) -> Result<Played> {
    let line: Value = serde_json::from_str(line)
        .map_err(|error| Error::Failed(format!("a line of --explored can't be read: {error}")))?;
    let text = |key: &str| line[key].as_str().unwrap_or_default();
    let stderr = text("stderr");
    let code = line["exit"].as_i64();
    Ok(Played {
        schedule: line["schedule"].as_u64(),
        end: text("end").to_owned(),
        fails: line["fails"].as_bool().unwrap_or_default(),
        is_told: code.is_none_or(|code| code == i64::from(stuck::EXIT_CODE))
            || stderr.contains(" panicked at "),
        code,
        stdout: text("stdout").replace("\r\n", "\n"),
        stderr: stderr.to_owned(),
    })
}

fn summary(exercise: &Exercise, trip: &Trip, usual: &Played, others: &[Played]) -> String {
    let last = trip.from + trip.schedules - 1;
    let mut told = format!(
        "{}: the usual order, and schedules {} to {last}\n\n",
        command(exercise, &trip.flags, &[]),
        trip.from
    );
    let transcripts: BTreeSet<&str> = others.iter().map(|other| other.stdout.as_str()).collect();
    let sets: BTreeSet<Vec<&str>> = others.iter().map(|other| sorted(&other.stdout)).collect();
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    others.iter().for_each(|other| *ends.entry(&other.end).or_default() += 1);
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    for (count, what, more) in [
        (transcripts.len(), "distinct transcript", ""),
        (sets.len(), "distinct set", " of lines, whatever their order"),
    ] {
        let _ = writeln!(told, "{count:>6}  {what}{}{more}", plural(count));
    }
    for (end, count) in ends {
        let _ = writeln!(told, "{count:>6}  {end}");
    }
    let _ = writeln!(told, "        (the usual order {})", usual.end);
    told
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

/// What a schedule says on standard error when it is played alone: its report, or its panic.
fn alone(program: &Path, trip: &Trip, schedule: u64) -> Result<String> {
    let mut started = Command::new(program);
    started.args(&trip.flags).args(["--pace", "instant", "--schedule", &schedule.to_string()]);
    on_its_own(started.env("RUST_BACKTRACE", "0"));
    Ok(child::run(&mut started, child::time_limit()?)?.stderr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_its_schedule_ended() {
        let line = r#"{"schedule":1,"killed":"time","stdout":"a\r\n","stderr":"","end":"was killed","fails":true}"#;
        let played = read(line).unwrap();
        assert_eq!((&*played.end, &*played.stdout, played.code), ("was killed", "a\n", None));
        assert!(played.fails && played.is_told);
        let line =
            r#"{"schedule":null,"exit":0,"stdout":"","stderr":"","end":"ends well","fails":false}"#;
        let played = read(line).unwrap();
        assert!(!played.fails && !played.is_told);
        assert!(read("no JSON").is_err());
    }
}
