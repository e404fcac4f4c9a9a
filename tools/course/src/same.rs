//! Runs a program many times, and tells whether it prints the same bytes each time.
//!
//! The first half has the machine to itself, as far as we can say. The second half may run beside a busy
//! loop on every core, and then two at a time: so threads are held up at places where they never are
//! otherwise.

use crate::{
    Error, Result, build,
    child::{Ended, Started},
    look::{Look, Tone},
    say, status,
    workspace::Exercise,
};
use accord::settings::on_its_own;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt::Write as _,
    hint,
    ops::Range,
    path::Path,
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A program that prints more than this is not looked at.
const MOST_OUTPUT: usize = 1024 * 1024;

/// How much is shown of a difference, and of a run that went wrong.
const LINES_SHOWN: usize = 20;

/// How many run at one time beside the busy loops.
const AT_A_TIME: usize = 2;

/// What is run, and how often.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The program's arguments.
    pub arguments: Vec<OsString>,
    /// How many runs, 2 at least.
    pub runs: usize,
    /// Whether the second half runs beside a busy loop on every core.
    pub busy: bool,
    /// What each run has to end with.
    pub exit_code: i32,
    /// How long a run may take.
    pub limit: Duration,
}

/// Plays an exercise's own program, as it stands, and tells whether it is the same every time.
pub fn run(exercise: &Exercise, trial: &Trial, look: Look) -> Result<bool> {
    let (name, package) = (&exercise.name, exercise.package());
    status(&format!("building {package} …"));
    let mut built =
        build::build(exercise.root(), &["build", "--package", &package, "--bin", name])?;
    status("");
    let Some(program) = built.programs.remove(name) else {
        let error = built.error(name).map(ToString::to_string);
        let why = error.or(built.trouble).unwrap_or_default();
        return Err(Error::Failed(format!("{name} does not compile: {why}")));
    };
    let found = trial.play(&program)?;
    let (tone, sign) = match found {
        Ok(_) => (Tone::Good, look.passed()),
        Err(_) => (Tone::Bad, look.failed()),
    };
    let (Ok(told) | Err(told)) = &found;
    let sign = look.paint(tone, sign);
    say(&format!("{sign} {}: {told}\n", short_command(exercise, &trial.arguments)))?;
    Ok(found.is_ok())
}

/// As it would be typed: `04 --workers 10 --pace instant`.
fn short_command(exercise: &Exercise, arguments: &[OsString]) -> String {
    let words = arguments.iter().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(exercise.short().to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// With `--pace instant`, unless they choose a pace themselves.
#[must_use]
pub fn with_pace(mut flags: Vec<OsString>) -> Vec<OsString> {
    let is_pace = |flag: &OsString| {
        let flag = flag.to_string_lossy();
        flag == "--pace" || flag.starts_with("--pace=")
    };
    if !flags.iter().any(is_pace) {
        flags.extend(["--pace", "instant"].map(OsString::from));
    }
    flags
}

/// What the runs printed: how many times each text came, and in which run first.
type Printed = BTreeMap<Vec<u8>, Times>;

#[derive(Clone, Copy, Debug)]
struct Times {
    count: usize,
    first: usize,
}

impl Trial {
    /// What was found, in words: the runs are the same, or not. An error is for a program that can't be
    /// started.
    pub fn play(&self, program: &Path) -> Result<std::result::Result<String, String>> {
        if self.runs < 2 {
            let told = "one run has nothing to be compared with: 2 runs or more are wanted";
            return Err(Error::Input(told.to_owned()));
        }
        let start = Instant::now();
        let quiet = if self.busy { self.runs / 2 } else { self.runs };
        let all = Mutex::new(All::default());
        self.some(program, 1..quiet + 1, 1, &all)?;
        let loops = if self.busy { cores() } else { 0 };
        beside_busy_loops(loops, || self.some(program, quiet + 1..self.runs + 1, AT_A_TIME, &all))?;
        let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(problem) = all.problem {
            return Ok(Err(problem));
        }
        Ok(verdict(&all.printed, loops, start.elapsed()))
    }

    /// Makes these runs, so many at a time, until one goes wrong or they are all different.
    fn some(
        &self,
        program: &Path,
        runs: Range<usize>,
        at_a_time: usize,
        all: &Mutex<All>,
    ) -> Result<()> {
        let next = AtomicUsize::new(runs.start);
        let lane = || -> Result<()> {
            loop {
                let run = next.fetch_add(1, Ordering::Relaxed);
                let lock = || all.lock().unwrap_or_else(PoisonError::into_inner);
                if run >= runs.end || lock().is_enough(self.runs) {
                    return Ok(());
                }
                let found = self.once(program, run)?;
                lock().add(run, found);
            }
        };
        thread::scope(|scope| {
            let lanes: Vec<_> = (0..at_a_time).map(|_| scope.spawn(lane)).collect();
            // All of them end before the first error is told.
            let ends: Vec<Result<()>> =
                lanes.into_iter().map(|lane| lane.join().expect("it does not panic")).collect();
            ends.into_iter().collect()
        })
    }

    /// What one run prints on standard output, or what is wrong with it.
    fn once(&self, program: &Path, run: usize) -> Result<std::result::Result<Vec<u8>, String>> {
        let mut command = Command::new(program);
        // The rehearsal can be set from outside too, which must not change what is looked at.
        on_its_own(command.args(&self.arguments));
        let (outcome, stdout) = Started::start(&mut command, self.limit)?.wait_exactly()?;
        let problem = match outcome.ended {
            _ if stdout.len() > MOST_OUTPUT => format!("printed more than {MOST_OUTPUT} bytes"),
            Ended::TimeUp(limit) => format!("did not end within {} s", limit.as_secs_f64()),
            Ended::Code(code) if code == self.exit_code => {
                if !stdout.is_empty() {
                    return Ok(Ok(stdout));
                }
                "printed nothing on stdout".to_owned()
            }
            ended => format!("ended with {ended}, not with exit code {}", self.exit_code),
        };
        let mut told = format!("run {} {problem}", thousands(run));
        for (name, text) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
            if !text.is_empty() {
                let _ = write!(told, "\nthe end of its {name}:\n{}", the_end(text));
            }
        }
        Ok(Err(told))
    }
}

/// What all runs came to so far.
#[derive(Debug, Default)]
struct All {
    printed: Printed,
    problem: Option<String>,
}

impl All {
    /// Nothing is learnt from a thousand different ones.
    fn is_enough(&self, runs: usize) -> bool {
        self.problem.is_some() || self.printed.len() > runs / 10 + 10
    }

    fn add(&mut self, run: usize, found: std::result::Result<Vec<u8>, String>) {
        match found {
            Ok(stdout) => {
                let times = self.printed.entry(stdout).or_insert(Times { count: 0, first: run });
                times.count += 1;
                times.first = times.first.min(run);
            }
            Err(problem) => drop(self.problem.get_or_insert(problem)),
        }
    }
}

fn verdict(printed: &Printed, loops: usize, took: Duration) -> std::result::Result<String, String> {
    let runs: usize = printed.values().map(|times| times.count).sum();
    let each = took.as_secs_f64() * 1000.0 / runs.max(1) as f64;
    let beside = match loops {
        0 => String::new(),
        1 => ", the second half beside a busy loop".to_owned(),
        loops => format!(", the second half beside {loops} busy loops"),
    };
    let told = format!("{} runs{beside}, {each:.1} ms each", thousands(runs));
    let mut texts: Vec<(&Vec<u8>, &Times)> = printed.iter().collect();
    texts.sort_by_key(|(_, times)| (std::cmp::Reverse(times.count), times.first));
    match texts[..] {
        [(one, _), (other, times), ..] => Err(format!(
            "{told}, did not all print the same: {} transcripts, the second one first in run {}\n{}",
            thousands(texts.len()),
            thousands(times.first),
            difference(one, other)
        )),
        [(one, _)] => Ok(format!("{told}, print the same {} bytes", thousands(one.len()))),
        [] => Err("nothing was run".to_owned()),
    }
}

/// The first lines of a unified diff.
fn difference(one: &[u8], other: &[u8]) -> String {
    let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    if one == other {
        return "(they differ in bytes that are no text)".to_owned();
    }
    let patch = diffy::DiffOptions::new()
        .set_context_len(1)
        .set_original_filename("most runs")
        .set_modified_filename("the next most")
        .create_patch(&one, &other)
        .to_string();
    let lines: Vec<&str> = patch.lines().collect();
    let more = lines.len().saturating_sub(LINES_SHOWN);
    let mut shown = lines[..lines.len() - more].join("\n");
    if more > 0 {
        let _ = write!(shown, "\n… {more} lines more");
    }
    shown
}

fn the_end(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let shown = &lines[lines.len().saturating_sub(LINES_SHOWN)..];
    shown.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// `1000` as `1,000`.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

pub(crate) fn beside_busy_loops<T>(loops: usize, work: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..loops {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    hint::spin_loop();
                }
            });
        }
        // Ends the loops even if the work panics, or the scope would wait for them for ever.
        let _over = Over(&is_over);
        work()
    })
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn play(trial: &Trial) -> std::result::Result<String, String> {
        trial.play(Path::new("sh")).unwrap()
    }

    fn trial(script: &str, runs: usize) -> Trial {
        Trial {
            arguments: ["-c", script, "program"].map(OsString::from).into(),
            runs,
            busy: false,
            exit_code: 0,
            limit: Duration::from_secs(20),
        }
    }

    #[test]
    fn the_same_is_the_same() {
        let told = play(&trial("echo hi; echo aside >&2", 30)).unwrap();
        assert!(told.starts_with("30 runs, "), "{told}");
        assert!(told.ends_with(" ms each, print the same 3 bytes"), "{told}");
    }

    #[test]
    fn the_second_half_runs_beside_busy_loops() {
        let busy = Trial { busy: true, ..trial("echo hi", 11) };
        let told = play(&busy).unwrap();
        assert!(told.starts_with("11 runs, the second half beside "), "{told}");
    }

    #[test]
    fn busy_loops_keep_a_core_busy_and_end() {
        let is_held_up = beside_busy_loops(1, || thread::available_parallelism().is_ok());
        assert!(is_held_up);
        // A panic in the work ends them as well.
        let panics = std::panic::catch_unwind(|| beside_busy_loops(2, || panic!("on purpose")));
        assert!(panics.is_err());
    }

    #[test]
    fn what_differs_is_found_and_shown() {
        let told = play(&trial("echo same; echo pid $$", 30)).unwrap_err();
        for words in
            ["did not all print the same: ", "\n--- most runs\n", "\n same\n-pid ", "\n+pid "]
        {
            assert!(told.contains(words), "{words} is missing in: {told}");
        }
        // After 14 different ones it is clear.
        assert!(told.starts_with("14 runs"), "{told}");
    }

    /// A script whose first run does something else than the others.
    fn once(name: &str, first: &str, others: &str) -> (std::path::PathBuf, Trial) {
        let mark = std::env::temp_dir().join(format!("handoff-{name}-{}", std::process::id()));
        let script =
            format!("if mkdir '{}' 2>/dev/null; then {first}; else {others}; fi", mark.display());
        (mark, trial(&script, 50))
    }

    #[test]
    fn one_that_differs_among_many_is_found() {
        let (mark, once) = once("odd", "echo odd", "echo even");
        let told = play(&once).unwrap_err();
        std::fs::remove_dir(&mark).unwrap();
        assert!(told.contains("2 transcripts, the second one first in run 1\n"), "{told}");
        assert!(told.contains("-even\n+odd"), "{told}");
    }

    #[test]
    fn bytes_count_even_where_they_are_no_text() {
        let (mark, once) = once("bytes", "printf '\\377'", "printf '\\376'");
        let told = play(&once).unwrap_err();
        std::fs::remove_dir(&mark).unwrap();
        assert!(
            told.contains("2 transcripts") && told.contains("bytes that are no text"),
            "{told}"
        );
    }

    #[test]
    fn a_run_that_goes_wrong_is_told() {
        for (script, words) in [
            ("true", "run 1 printed nothing on stdout"),
            (
                "echo 1; echo why >&2; exit 3",
                "run 1 ended with exit code 3, not with exit code 0\nthe end of its stdout:\n  1\nthe end of its stderr:\n  why",
            ),
            ("echo 1; kill -9 $$", "run 1 ended with signal 9, not with exit code 0"),
            ("echo 1; while :; do :; done", "run 1 did not end within 0.5 s"),
            ("head -c 1100000 /dev/zero", "run 1 printed more than 1048576 bytes"),
        ] {
            let limit = if script.contains("while") { 500 } else { 20_000 };
            let trial = Trial { limit: Duration::from_millis(limit), ..trial(script, 30) };
            let told = play(&trial).unwrap_err();
            assert!(told.starts_with(words), "{told}");
        }
    }

    #[test]
    fn another_exit_code_can_be_asked_for() {
        let stuck = Trial { exit_code: 70, ..trial("echo 1; exit 70", 10) };
        assert!(play(&stuck).is_ok());
    }

    #[test]
    fn one_run_is_not_enough_and_no_program_is_an_error() {
        assert!(matches!(trial("echo hi", 1).play(Path::new("sh")), Err(Error::Input(_))));
        let nothing = trial("", 2).play(Path::new("no-such-program"));
        assert!(matches!(nothing, Err(Error::Failed(why)) if why.contains("can't be started")));
    }

    #[test]
    fn a_pace_is_added_where_none_is_chosen() {
        let with = |flags: &[&str]| {
            let flags = with_pace(flags.iter().map(OsString::from).collect());
            flags
                .iter()
                .map(|flag| flag.to_string_lossy().into_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(with(&["--workers", "3"]), "--workers 3 --pace instant");
        assert_eq!(with(&["--pace", "live"]), "--pace live");
        assert_eq!(with(&["--pace=off"]), "--pace=off");
    }

    #[test]
    fn large_numbers_are_readable() {
        assert_eq!([1, 999, 1000, 1_048_576].map(thousands), ["1", "999", "1,000", "1,048,576"]);
    }
}
