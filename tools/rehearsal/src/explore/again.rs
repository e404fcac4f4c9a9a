//! A child that is the program, started again: where the system can't copy a process, or must not.

use super::{
    Part,
    player::{Ending, exited},
    tape_of,
};
use crate::settings::Settings;
use std::{
    env,
    ffi::OsString,
    fs::File,
    io,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How often to look whether the child has ended.
const LOOKS_EVERY: Duration = Duration::from_millis(2);

/// This program, for one run of many.
pub(super) fn program(part: &Part, kept: &Path, settings: &Settings) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(of_part(env::args_os().skip(1), part, kept, settings));
    command.env("REHEARSAL", "instant");
    command.env_remove("REHEARSAL_SCHEDULE").env_remove("REHEARSAL_HOLD");
    Ok(command)
}

/// Starts a program and waits for its end.
pub(super) fn play(
    command: io::Result<Command>,
    printed: &[File; 2],
    limit: Duration,
) -> io::Result<Ending> {
    let mut command = command?;
    let [stdout, stderr] = printed;
    command.stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    let mut child = command.spawn()?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(exited(status));
        }
        if start.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(Ending::TimeUp);
        }
        thread::sleep(LOOKS_EVERY);
    }
}

/// The arguments of this process, with one run in place of many.
fn of_part(
    args: impl Iterator<Item = OsString>,
    part: &Part,
    kept: &Path,
    settings: &Settings,
) -> Vec<OsString> {
    let mut own: Vec<OsString> = Vec::new();
    let schedule = part.schedule;
    if let Some(schedule) = schedule {
        own.extend(["--schedule".into(), schedule.to_string().into()]);
    }
    if let Some(token) = &part.hold {
        own.extend(["--held".into(), token.to_string().into()]);
    }
    if part.is_kept {
        own.extend(["--keep-holds".into(), kept.into()]);
    }
    if let Some(path) = &settings.tape {
        own.extend(["--tape".into(), tape_of(path, schedule).into_os_string()]);
    }
    let mut args = args.peekable();
    let mut left: Vec<OsString> = Vec::new();
    let mut ours = true;
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy().into_owned();
        ours &= text != "--";
        let flag = text.split_once('=').map_or(text.as_str(), |(flag, _)| flag);
        if !ours || !["--explore", "--explored", "--shrink", "--tape"].contains(&flag) {
            left.push(arg);
        } else if flag == text {
            args.next_if(|next| !next.to_string_lossy().starts_with("--"));
        }
    }
    // Behind a `--` they would be the program's: so they stand before it.
    let at = left.iter().position(|arg| arg == "--").unwrap_or(left.len());
    left.splice(at..at, own);
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Explore;

    #[test]
    fn a_schedule_stands_in_place_of_many() {
        let explore = Explore { schedules: 1..9, list: None };
        let settings = Settings { explore: Some(explore), ..Settings::usual(crate::Pace::Live) };
        let of = |line: &str, settings: &Settings, schedule| {
            let args = line.split(' ').map(OsString::from);
            let part = Part { schedule, ..Part::default() };
            let args = of_part(args, &part, Path::new("kept"), settings);
            let words: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
            words.join(" ")
        };
        let told = of("--jobs 3 --explore 1..9 -v", &settings, Some(7));
        assert_eq!(told, "--jobs 3 -v --schedule 7");
        assert_eq!(of("--explore=1..9 -v", &settings, None), "-v");
        let told = of("--explore 1..9 -- --explore 2", &settings, Some(7));
        assert_eq!(told, "--schedule 7 -- --explore 2");
        let settings = Settings { tape: Some("t.jsonl".into()), ..settings };
        let told = of("--tape t.jsonl --explored l --explore 1..9", &settings, Some(7));
        assert_eq!(told, "--schedule 7 --tape t.7.jsonl");
        let part = Part { hold: "2@send#1".parse().ok(), is_kept: true, ..Part::default() };
        let args = ["--shrink", "7", "-v"].map(OsString::from).into_iter();
        let told = of_part(args, &part, Path::new("kept"), &Settings::usual(crate::Pace::Live));
        assert_eq!(told, ["-v", "--held", "2@send#1", "--keep-holds", "kept"].map(OsString::from));
    }
}
