//! What a run was asked for: the shared flags and the variable `REHEARSAL`.
//!
//! They are read straight from the command line, before the program parses its own flags,
//! because `#[tokio::main]` builds the runtime before `main` begins.

use std::{
    path::PathBuf,
    process,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How time passes in a run.
///
/// ```
/// use rehearsal::Pace;
///
/// assert_eq!(format!("{:?}", [Pace::Live, Pace::Instant]), "[Live, Instant]");
/// assert_ne!(Pace::Real, Pace::Off);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// One fixed order, played at its natural speed.
    Live,
    /// The same order and the same lines, without the waiting.
    Instant,
    /// Real time and real I/O. Waits are named; nothing else is promised.
    Real,
    /// The real crates alone: true parallelism, another order each time.
    Off,
}

impl Pace {
    /// Whether the clock is the rehearsal's own.
    pub(crate) fn is_virtual(self) -> bool {
        matches!(self, Pace::Live | Pace::Instant)
    }

    /// The pace of a program that was not told one.
    fn usual(outside: bool) -> Pace {
        if outside { Pace::Real } else { Pace::Live }
    }

    pub(crate) const ALL: [Pace; 4] = [Pace::Live, Pace::Instant, Pace::Real, Pace::Off];

    fn named(name: &str) -> Option<Pace> {
        Pace::ALL.into_iter().find(|pace| pace.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Pace::Live => "live",
            Pace::Instant => "instant",
            Pace::Real => "real",
            Pace::Off => "off",
        }
    }
}

/// How far a schedule stretches sleeps, unless `--stretch` says otherwise.
pub(crate) const STRETCH: u32 = 5;

/// The virtual cores that [`work`](crate::work) runs on, unless `--cores` says otherwise.
pub(crate) const CORES: usize = 4;

pub(crate) struct Settings {
    pub(crate) pace: Pace,
    pub(crate) schedule: Option<u64>,
    /// How many times as long a schedule may make a sleep, at most; 1 leaves them as they are.
    pub(crate) stretch: u32,
    pub(crate) tape: Option<PathBuf>,
    pub(crate) cores: usize,
    /// The threads that the program may have at one time beside main, if there is a limit.
    pub(crate) max_threads: Option<usize>,
    /// Real time without a sign of life after which the watchdog speaks.
    pub(crate) patience: Duration,
}

/// Whether this program talks to what has a time of its own: sockets, files, other processes.
static OUTSIDE: AtomicBool = AtomicBool::new(false);

/// Makes `real` the pace of a program that was not told one. To be called before the stage opens.
pub(crate) fn go_outside() {
    OUTSIDE.store(true, Ordering::Relaxed);
}

/// The settings of this process, read once.
pub(crate) fn settings() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(|| {
        // What is not UTF-8 is the program's own, but for a path after --tape, which is refused below.
        let args = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned());
        let outside = OUTSIDE.load(Ordering::Relaxed);
        read(args, |name| std::env::var(name).ok(), Pace::usual(outside))
            .unwrap_or_else(|complaint| refuse(&complaint))
    })
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
    let mut settings = Settings {
        pace: usual,
        schedule: None,
        stretch: STRETCH,
        tape: None,
        cores: CORES,
        max_threads: None,
        patience: Duration::from_secs(5),
    };
    read_variables(&mut settings, |name| variable(name).filter(|value| !value.is_empty()))?;
    let given = read_flags(&mut settings, args)?;
    let has_no_stage = |flag: &String| match flag.as_str() {
        "--tape" => settings.pace == Pace::Off,
        "--schedule" | "--stretch" | "--cores" | "--max-threads" => !settings.pace.is_virtual(),
        _ => false,
    };
    if let Some(flag) = given.iter().find(|flag| has_no_stage(flag)) {
        let pace = settings.pace.name();
        return Err(format!(
            "'{flag}' can't be used on the pace {pace}: there the real crates decide"
        ));
    }
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
        settings.schedule = Some(schedule(&text, "the variable REHEARSAL_SCHEDULE")?);
    }
    if let Some(text) = variable("REHEARSAL_STRETCH") {
        settings.stretch = stretch(&text, "the variable REHEARSAL_STRETCH")?;
    }
    if let Some(text) = variable("REHEARSAL_PATIENCE_S") {
        let seconds = text.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
        let seconds = seconds.ok_or_else(|| {
            format!("invalid value '{text}' for the variable REHEARSAL_PATIENCE_S: it is a number of seconds in 1..=3600")
        })?;
        settings.patience = Duration::from_secs(seconds);
    }
    Ok(())
}

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
        if !matches!(
            flag.as_str(),
            "--pace" | "--schedule" | "--stretch" | "--tape" | "--cores" | "--max-threads"
        ) {
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
        "--stretch" => settings.stretch = stretch(&value, "'--stretch <N>'")?,
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
        "--tape" if value.contains(char::REPLACEMENT_CHARACTER) => {
            return Err("the value for '--tape <FILE>' is not UTF-8".to_owned());
        }
        "--tape" => settings.tape = Some(value.into()),
        _ => unreachable!("the caller lets only the shared flags through"),
    }
    Ok(())
}

fn schedule(text: &str, asked: &str) -> Result<u64, String> {
    let wrong = |_| format!("invalid value '{text}' for {asked}: it is a whole number from 0 on");
    text.parse().map_err(wrong)
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
        assert!(from(&["--tape", "t", "--pace", "off"], "").is_err());
        assert!(from(&["--tape", "t", "--pace", "real"], "").is_ok());
    }

    #[test]
    fn a_bad_value_is_refused_by_name() {
        for (args, named) in [
            (&["--pace", "fast"][..], "'--pace <PACE>'"),
            (&["--pace"], "'--pace'"),
            (&["--schedule", "-1"], "'--schedule <N>'"),
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
