//! What a run was asked for: the shared flags and the variable `REHEARSAL`.
//!
//! They are read straight from the command line, before the program parses its own flags,
//! because `#[tokio::main]` builds the runtime before `main` begins.

pub(crate) use crate::pace::Pace;
mod agree;

use crate::{shrink::Token, stage::Picks};
use agree::agree;
use std::{
    fs,
    ops::Range,
    path::PathBuf,
    process,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How many times as long a schedule makes a sleep at most, unless `--stretch` says otherwise or somebody
/// is slow for the whole run.
pub(crate) const STRETCH: u32 = 5;

/// The virtual cores that [`work`](crate::work) runs on, unless `--cores` says otherwise.
pub(crate) const CORES: usize = 4;

/// Of so many waits, one is the last of a future that a schedule may drop.
pub(crate) const CANCELS_ONE_IN: usize = 8;

/// Many schedules that are to be played, one after the other.
pub(crate) struct Explore {
    pub(crate) schedules: Range<u64>,
    /// The file for what each of them did.
    pub(crate) list: Option<PathBuf>,
}

/// A schedule that is to be told in one sentence.
pub(crate) struct Shrink {
    pub(crate) schedule: u64,
    /// The file for what came of it.
    pub(crate) list: Option<PathBuf>,
}

pub(crate) struct Settings {
    pub(crate) pace: Pace,
    pub(crate) schedule: Option<u64>,
    /// Who is held, where the plain order is played.
    pub(crate) hold: Option<Token>,
    /// Where to keep what differs from the plain order.
    pub(crate) keep_holds: Option<PathBuf>,
    /// A schedule that is to be shrunk.
    pub(crate) shrink: Option<Shrink>,
    /// Many schedules in place of one.
    pub(crate) explore: Option<Explore>,
    /// How many times as long a schedule may make a sleep, where that was said.
    pub(crate) stretch: Option<u32>,
    pub(crate) tape: Option<PathBuf>,
    /// The list of choices to follow.
    pub(crate) choices: Option<PathBuf>,
    /// The choices that are made otherwise than in the plain order.
    pub(crate) choose: Option<Picks>,
    /// The choice at which the program ends, so that somebody can make it.
    pub(crate) ask: Option<u64>,
    /// Where to keep the choices that are made.
    pub(crate) keep_choices: Option<PathBuf>,
    /// The choices of an earlier run, which a schedule counts.
    pub(crate) counts: Option<PathBuf>,
    pub(crate) cores: usize,
    /// The threads that the program may have at one time beside main, if there is a limit.
    pub(crate) max_threads: Option<usize>,
    /// The steps that the program may take, if there is a limit.
    pub(crate) max_steps: Option<u64>,
    /// Of so many waits, a schedule drops a future that may be dropped at one; at none if it is 0.
    pub(crate) cancels_one_in: usize,
    /// Real time without a sign of life after which the watchdog speaks.
    pub(crate) patience: Duration,
    /// Real time that each schedule has, where many are played.
    pub(crate) limit: Duration,
}

impl Settings {
    /// Those of a program that was told nothing.
    pub(crate) fn usual(pace: Pace) -> Settings {
        Settings {
            pace,
            schedule: None,
            hold: None,
            keep_holds: None,
            shrink: None,
            explore: None,
            stretch: None,
            tape: None,
            choices: None,
            choose: None,
            ask: None,
            keep_choices: None,
            counts: None,
            cores: CORES,
            max_threads: None,
            max_steps: None,
            cancels_one_in: CANCELS_ONE_IN,
            patience: Duration::from_secs(5),
            limit: Duration::from_secs(10),
        }
    }
}

/// Whether this program talks to what has a time of its own: sockets, files, other processes.
static OUTSIDE: AtomicBool = AtomicBool::new(false);

/// Makes `real` the pace of a program that was not told one. To be called before the stage opens.
#[cfg(any(feature = "flags", feature = "outside"))]
pub(crate) fn go_outside() {
    OUTSIDE.store(true, Ordering::Relaxed);
}

/// The settings of this process.
static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// The settings of this process, read once.
pub(crate) fn settings() -> &'static Settings {
    SETTINGS.get_or_init(|| {
        // What is not UTF-8 is the program's own, but for a path after --tape, which is refused below.
        let args = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned());
        let outside = OUTSIDE.load(Ordering::Relaxed);
        read(args, |name| std::env::var(name).ok(), Pace::usual(outside))
            .unwrap_or_else(|complaint| refuse(&complaint))
    })
}

/// Gives this process its settings, in place of those that its arguments would say. To be called before the
/// stage opens.
pub(crate) fn install(settings: Settings) {
    assert!(SETTINGS.set(settings).is_ok(), "the settings are read once");
}

/// Whether this process has its settings already.
pub(crate) fn are_settled() -> bool {
    SETTINGS.get().is_some()
}

/// What the variables alone say.
pub(crate) fn of_variables(usual: Pace) -> Result<Settings, String> {
    let mut settings = Settings::usual(usual);
    read_variables(&mut settings, variable)?;
    Ok(settings)
}

/// A variable that is not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(crate) fn is_set(name: &str) -> bool {
    variable(name).is_some()
}

/// Ends the program because of bad input, in the words of the program's own flags.
pub(crate) fn refuse(complaint: &str) -> ! {
    eprintln!("error: {complaint}\n\nFor more information, try '--help'.");
    process::exit(2)
}

fn read(
    args: impl Iterator<Item = String>,
    variable: impl Fn(&str) -> Option<String>,
    usual: Pace,
) -> Result<Settings, String> {
    let mut settings = Settings::usual(usual);
    read_variables(&mut settings, |name| variable(name).filter(|value| !value.is_empty()))?;
    let given = read_flags(&mut settings, args)?;
    let has_no_stage = |flag: &String| match flag.as_str() {
        "--tape" => settings.pace == Pace::Off,
        "--schedule" | "--explore" | "--stretch" | "--cores" | "--max-threads" | "--choices"
        | "--keep-choices" | "--counts" | "--choose" | "--ask" | "--held" | "--keep-holds"
        | "--shrink" => !settings.pace.is_virtual(),
        _ => false,
    };
    if let Some(flag) = given.iter().find(|flag| has_no_stage(flag)) {
        let pace = settings.pace.name();
        return Err(format!(
            "'{flag}' can't be used on the pace {pace}: there the real crates decide"
        ));
    }
    agree(&mut settings, &given)?;
    Ok(settings)
}

/// What a flag says goes before a variable.
fn read_variables(
    settings: &mut Settings,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(), String> {
    if let Some(name) = variable("REHEARSAL") {
        settings.pace = Pace::named(&name)
            .ok_or_else(|| format!("invalid value '{name}' for the variable REHEARSAL\n  [possible values: live, instant, real, off]"))?;
    }
    if let Some(text) = variable("REHEARSAL_SCHEDULE") {
        settings.schedule = schedule_or_usual(&text, "the variable REHEARSAL_SCHEDULE")?;
    }
    if let Some(text) = variable("REHEARSAL_HOLD") {
        settings.hold = Some(hold(&text, "the variable REHEARSAL_HOLD")?);
    }
    if let Some(text) = variable("REHEARSAL_STRETCH") {
        settings.stretch = Some(stretch(&text, "the variable REHEARSAL_STRETCH")?);
    }
    if let Some(text) = variable("REHEARSAL_PATIENCE_S") {
        settings.patience = seconds(&text, "REHEARSAL_PATIENCE_S")?;
    }
    if let Some(text) = variable("REHEARSAL_LIMIT_S") {
        settings.limit = seconds(&text, "REHEARSAL_LIMIT_S")?;
    }
    Ok(())
}

fn seconds(text: &str, variable: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        format!("invalid value '{text}' for the variable {variable}: it is a number of seconds in 1..=3600")
    })
}

/// The flags that are read here.
pub(crate) const SHARED: [&str; 16] = [
    "--pace",
    "--schedule",
    "--held",
    "--keep-holds",
    "--shrink",
    "--explore",
    "--explored",
    "--stretch",
    "--tape",
    "--cores",
    "--max-threads",
    "--choices",
    "--choose",
    "--ask",
    "--keep-choices",
    "--counts",
];

/// Takes what the shared flags say; returns those that were given.
fn read_flags(
    settings: &mut Settings,
    args: impl Iterator<Item = String>,
) -> Result<Vec<String>, String> {
    let mut given = Vec::new();
    let mut args = args.take_while(|arg| arg != "--").peekable();
    while let Some(arg) = args.next() {
        let (flag, mut value) = match arg.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (arg, None),
        };
        if !SHARED.contains(&flag.as_str()) {
            continue;
        }
        if value.is_none() {
            value = args.next_if(|next| !next.starts_with("--"));
        }
        let value = value
            .ok_or_else(|| format!("a value is required for '{flag}' but none was supplied"))?;
        take(settings, &flag, value)?;
        given.push(flag);
    }
    Ok(given)
}

fn take(settings: &mut Settings, flag: &str, value: String) -> Result<(), String> {
    match flag {
        "--pace" => {
            settings.pace = Pace::named(&value).ok_or_else(|| {
                format!("invalid value '{value}' for '--pace <PACE>'\n  [possible values: live, instant, real, off]")
            })?;
        }
        "--schedule" => settings.schedule = Some(schedule(&value, "'--schedule <N>'")?),
        "--stretch" => settings.stretch = Some(stretch(&value, "'--stretch <N>'")?),
        "--cores" => {
            let cores = value.parse().ok().filter(|cores| (1..=1024).contains(cores));
            settings.cores = cores.ok_or_else(|| {
                format!("invalid value '{value}' for '--cores <N>': it is not in 1..=1024")
            })?;
        }
        "--max-threads" => {
            settings.max_threads = Some(value.parse().map_err(|_| {
                format!(
                    "invalid value '{value}' for '--max-threads <N>': it is a whole number from 0 on"
                )
            })?);
        }
        "--explore" => explore_in(settings).schedules = schedules(&value)?,
        "--choose" => {
            let wrong = |why| format!("invalid value '{value}' for '--choose <LIST>': {why}");
            settings.choose = Some(value.parse().map_err(wrong)?);
        }
        "--ask" => {
            let choice = value.parse().ok().filter(|choice| *choice > 0);
            settings.ask = Some(choice.ok_or_else(|| {
                format!("invalid value '{value}' for '--ask <CHOICE>': it is a number from 1 on")
            })?);
        }
        "--shrink" => {
            let schedule = schedule(&value, "'--shrink <N>'")?;
            settings.shrink = Some(Shrink { schedule, list: None });
        }
        _ if value.contains(char::REPLACEMENT_CHARACTER) => {
            return Err(format!("the value for '{flag} <FILE>' is not UTF-8"));
        }
        "--held" => settings.hold = Some(hold(&value, "'--held <STOPS>'")?),
        "--keep-holds" => settings.keep_holds = Some(value.into()),
        "--explored" => explore_in(settings).list = Some(value.into()),
        "--tape" => settings.tape = Some(value.into()),
        "--choices" => settings.choices = Some(value.into()),
        "--keep-choices" => settings.keep_choices = Some(value.into()),
        "--counts" => settings.counts = Some(value.into()),
        _ => unreachable!("the caller lets only the shared flags through"),
    }
    Ok(())
}

fn explore_in(settings: &mut Settings) -> &mut Explore {
    settings.explore.get_or_insert(Explore { schedules: 0..0, list: None })
}

fn schedules(text: &str) -> Result<Range<u64>, String> {
    let ends = text.split_once("..");
    let range = ends.and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    range.filter(|range| !range.is_empty()).ok_or_else(|| {
        format!(
            "invalid value '{text}' for '--explore <A..B>': it is like 0..100, which ends with 99"
        )
    })
}

fn schedule(text: &str, asked: &str) -> Result<u64, String> {
    let wrong = |_| format!("invalid value '{text}' for {asked}: it is a whole number from 0 on");
    text.parse().map_err(wrong)
}

/// A schedule's number, or the word for the usual order.
pub(crate) fn schedule_or_usual(text: &str, asked: &str) -> Result<Option<u64>, String> {
    if text == "usual" { Ok(None) } else { schedule(text, asked).map(Some) }
}

/// Who is held: a token, or with `@FILE` one in a file.
fn hold(text: &str, asked: &str) -> Result<Token, String> {
    let wrong = |complaint: &str| format!("invalid value '{text}' for {asked}: {complaint}");
    let token = match text.strip_prefix('@') {
        Some(path) => fs::read_to_string(path)
            .map_err(|error| wrong(&format!("the file can't be read: {error}")))?,
        None => text.to_owned(),
    };
    token.parse().map_err(|complaint: String| wrong(&complaint))
}

fn stretch(text: &str, asked: &str) -> Result<u32, String> {
    let times = text.parse().ok().filter(|times| (1..=100).contains(times));
    times.ok_or_else(|| format!("invalid value '{text}' for {asked}: it is not in 1..=100"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(args: &[&str], pace: &str) -> Result<Settings, String> {
        let args = args.iter().map(|arg| arg.to_string());
        read(args, |name| (name == "REHEARSAL").then(|| pace.to_owned()), Pace::usual(false))
    }

    #[test]
    fn a_flag_beats_the_variable() {
        assert_eq!(from(&[], "").unwrap().pace, Pace::Live);
        assert_eq!(from(&[], "off").unwrap().pace, Pace::Off);
        assert_eq!(from(&["--pace", "instant"], "off").unwrap().pace, Pace::Instant);
        assert_eq!(from(&["--pace=real"], "off").unwrap().pace, Pace::Real);
    }

    #[test]
    fn a_program_that_goes_outside_has_real_time_unless_told_otherwise() {
        let pace = |args: &[&str]| {
            let args = args.iter().map(|arg| arg.to_string());
            read(args, |_| None, Pace::usual(true)).unwrap().pace
        };
        assert_eq!(pace(&[]), Pace::Real);
        assert_eq!(pace(&["--pace", "instant"]), Pace::Instant);
    }

    #[test]
    fn the_programs_own_flags_are_left_alone() {
        let settings = from(&["--jobs", "3", "--schedule", "7", "-v", "--tape=a b.jsonl"], "");
        let settings = settings.unwrap();
        assert_eq!(settings.schedule, Some(7));
        assert_eq!(settings.tape, Some("a b.jsonl".into()));
    }

    #[test]
    fn what_follows_two_dashes_is_the_programs() {
        assert_eq!(from(&["--", "--pace", "nonsense"], "").unwrap().pace, Pace::Live);
    }

    #[test]
    fn a_flag_that_could_do_nothing_is_refused() {
        assert!(from(&["--schedule", "3", "--pace", "off"], "").is_err());
        assert!(from(&["--schedule", "3"], "real").is_err());
        assert!(from(&["--stretch", "3", "--pace", "real"], "").is_err());
        assert!(from(&["--max-threads", "3", "--pace", "off"], "").is_err());
        assert!(from(&["--keep-choices", "c", "--pace", "off"], "").is_err());
        assert!(from(&["--keep-choices", "c"], "").is_err());
        assert!(from(&["--counts", "c"], "").is_err());
        assert!(from(&["--counts", "c", "--schedule", "3"], "").is_ok());
        assert!(from(&["--choices", "c", "--schedule", "3"], "").is_err());
        assert!(from(&["--tape", "t", "--pace", "off"], "").is_err());
        assert!(from(&["--tape", "t", "--pace", "real"], "").is_ok());
    }

    #[test]
    fn many_schedules_are_played_without_the_waiting() {
        let settings = from(&["--explore", "3..7", "--explored=list"], "").unwrap();
        assert_eq!(settings.pace, Pace::Instant);
        let explore = settings.explore.unwrap();
        assert_eq!((explore.schedules, explore.list), (3..7, Some("list".into())));
        assert!(from(&["--explore", "3..7", "--pace", "off"], "").is_err());
    }

    #[test]
    fn a_bad_value_is_refused_by_name() {
        for (args, named) in [
            (&["--pace", "fast"][..], "'--pace <PACE>'"),
            (&["--pace"], "'--pace'"),
            (&["--schedule", "-1"], "'--schedule <N>'"),
            (&["--explore", "3"], "'--explore <A..B>'"),
            (&["--explore", "3..3"], "'--explore <A..B>'"),
            (&["--explore", "1..3", "--schedule", "3"], "'--schedule <N>'"),
            (&["--explore", "1..3", "--pace", "live"], "'--explore <A..B>'"),
            (&["--explored", "list"], "'--explore <A..B>'"),
            (&["--stretch", "0"], "'--stretch <N>'"),
            (&["--cores", "0"], "'--cores <N>'"),
            (&["--max-threads", "few"], "'--max-threads <N>'"),
        ] {
            let complaint = from(args, "").err().expect("it is refused");
            assert!(complaint.contains(named), "{complaint}");
        }
        assert!(from(&[], "fast").err().unwrap().contains("REHEARSAL"));
    }
}
