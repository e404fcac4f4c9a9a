//! What the environment sets, for the tests and for the tools alike.

use std::{env, ops::RangeInclusive, path::PathBuf, process::Command, time::Duration};

/// Names the program that the tests are to judge, in place of the package's own.
pub const PROGRAM: &str = "HANDOFF_PROGRAM";

/// What sets the rehearsal from outside: a program that is judged, or compared, is started without it.
pub const OF_REHEARSAL: [&str; 10] = [
    "REHEARSAL",
    "REHEARSAL_HOLD",
    "REHEARSAL_LIMIT_S",
    "REHEARSAL_PART",
    "REHEARSAL_PATIENCE_S",
    "REHEARSAL_SCHEDULE",
    "REHEARSAL_SCHEDULES",
    "REHEARSAL_SEED",
    "REHEARSAL_STRETCH",
    "REHEARSAL_TAPE",
];

/// Starts a program without what sets the rehearsal from outside.
pub fn on_its_own(command: &mut Command) -> &mut Command {
    for name in OF_REHEARSAL {
        command.env_remove(name);
    }
    command
}
/// Names the folder with that program's source, as far as it is not the package's own.
pub const SOURCE: &str = "HANDOFF_SOURCE";

/// Names the tasks that are not handed in with that program, one beside another with a blank between them.
pub const OPEN: &str = "HANDOFF_OPEN";

/// The tasks that are not handed in with the program that is judged, if that is said.
#[must_use]
pub fn open() -> Option<Vec<String>> {
    let names = env::var(OPEN).ok()?;
    Some(names.split_whitespace().map(str::to_owned).collect())
}

/// Set to some words, a referee draws other settings than those that everybody can see: for a grader.
pub const DRAW: &str = "HANDOFF_DRAW";

/// The words that the settings of a task are drawn by.
#[must_use]
pub fn draw(task: &str) -> String {
    match env::var(DRAW) {
        Ok(words) if !words.is_empty() => format!("{task} {words}"),
        _ => task.to_owned(),
    }
}

/// Set, a failure names all rules that refuse the run: for the proof, which shows what each rule is good for.
pub const EVERY_RULE: &str = "HANDOFF_EVERY_RULE";

/// Raises the limit of a program's run, for slow machines and for whoever needs it.
pub const TIME_LIMIT: &str = "HANDOFF_TIME_LIMIT_S";

/// How long a program may run where nothing is set.
const SECONDS: u64 = 10;

/// What can be set.
const RANGE_S: RangeInclusive<u64> = 1..=3600;

/// The program that the tests are to judge, if it is not the package's own.
#[must_use]
pub fn program() -> Option<PathBuf> {
    env::var_os(PROGRAM).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The folder with the source of that program.
#[must_use]
pub fn source() -> Option<PathBuf> {
    env::var_os(SOURCE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// How long a program may run before it is killed. An error says in a line what is wrong with the setting.
pub fn time_limit() -> Result<Duration, String> {
    let set = env::var(TIME_LIMIT).ok().filter(|text| !text.is_empty());
    set.map_or(Ok(Duration::from_secs(SECONDS)), |text| limit_in(&text))
}

/// Names another program, which the one that is judged has to tell the same as.
pub const LIKE: &str = "HANDOFF_LIKE";

/// The program that the judged one has to tell the same as, if there is one.
#[must_use]
pub fn like() -> Option<PathBuf> {
    env::var_os(LIKE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Set, a setting that fails is told as it was found, and not made smaller: nobody reads it.
pub const AS_FOUND: &str = "HANDOFF_AS_FOUND";

/// Names a file that a test writes when the settings that the brief names hold, before it draws others: so whoever
/// waits hears that first.
pub const NAMED_HOLD: &str = "HANDOFF_NAMED_HOLD";

/// Tells whoever waits that the settings that the brief names hold. Where nobody can be told, nothing is lost.
pub fn tell_named_hold() {
    if let Some(path) = env::var_os(NAMED_HOLD).filter(|path| !path.is_empty()) {
        let _ = std::fs::write(path, "");
    }
}

/// How many settings a right program is judged with, and under how many schedules each.
pub const DRAWN: &str = "HANDOFF_SETTINGS";

/// How many settings are drawn for each task to judge a right program, and how many schedules play each: `200x3`.
/// A few, where nothing is set.
pub fn drawn() -> Result<(usize, u64), String> {
    let set = env::var(DRAWN).ok().filter(|text| !text.is_empty());
    set.map_or(Ok((3, 1)), |text| drawn_in(&text))
}

/// Set to a number, a program that the usual order accepts is played on so many schedules wherever its test plays some,
/// and how many refuse it is told: for the proof.
pub const SCHEDULES: &str = "HANDOFF_SCHEDULES";

/// On how many schedules a wrong program is played, if they are to be counted.
#[must_use]
pub fn schedules() -> Option<u64> {
    env::var(SCHEDULES).ok().and_then(|text| text.parse().ok())
}

fn drawn_in(text: &str) -> Result<(usize, u64), String> {
    let parts = text.split_once('x');
    let numbers =
        parts.and_then(|(drawn, orders)| Some((drawn.parse().ok()?, orders.parse().ok()?)));
    numbers.ok_or_else(|| {
        format!("{DRAWN} is '{text}': it is like 200x3, settings and schedules of each")
    })
}

fn limit_in(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| RANGE_S.contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        format!("{TIME_LIMIT} is '{text}': it is a number of seconds in {RANGE_S:?}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs};

    /// The rehearsal stands on nothing of the course's, so it has its own word on its variables.
    #[test]
    fn every_variable_of_the_rehearsal_is_known() {
        let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../rehearsal/src")];
        let mut found = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
                if entry.is_dir() {
                    folders.push(entry);
                    continue;
                }
                let text = fs::read_to_string(entry).unwrap();
                let words = text.split('"').filter(|word| word.starts_with("REHEARSAL"));
                let is_name =
                    |word: &&str| word.chars().all(|c| c == '_' || c.is_ascii_uppercase());
                found.extend(words.filter(is_name).map(str::to_owned));
            }
        }
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), OF_REHEARSAL);
    }

    #[test]
    fn a_program_on_its_own_is_told_nothing_about_its_pace() {
        let mut command = Command::new("program");
        on_its_own(command.env("REHEARSAL", "off"));
        let kept: Vec<_> = command.get_envs().filter(|(_, value)| value.is_some()).collect();
        assert!(kept.is_empty(), "{kept:?}");
    }

    #[test]
    fn settings_and_schedules_are_two_numbers() {
        assert_eq!(drawn_in("200x3"), Ok((200, 3)));
        for text in ["200", "x", "200x", "200x-1", "a lot"] {
            assert!(drawn_in(text).is_err_and(|why| why.contains(text)), "{text}");
        }
    }

    #[test]
    fn a_limit_is_a_number_of_seconds_in_a_range() {
        assert_eq!(limit_in("1"), Ok(Duration::from_secs(1)));
        assert_eq!(limit_in("3600"), Ok(Duration::from_secs(3600)));
        for text in ["0", "3601", "-1", "1.5", "soon"] {
            let why =
                format!("HANDOFF_TIME_LIMIT_S is '{text}': it is a number of seconds in 1..=3600");
            assert_eq!(limit_in(text), Err(why));
        }
    }
}
