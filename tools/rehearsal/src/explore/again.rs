//! A child that is the program, started again: where the system can't copy a process, or must not.

use super::{Ending, Streams, exited, tape_of};
use crate::settings::Settings;
use std::{
    ffi::OsString,
    io,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How often to look whether the child has ended.
const LOOKS_EVERY: Duration = Duration::from_millis(2);

/// Starts a program and waits for its end.
pub(super) fn play(
    command: io::Result<Command>,
    streams: &Streams,
    limit: Duration,
) -> io::Result<Ending> {
    let mut command = command?;
    let [stdout, stderr] = &streams.0;
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

/// The arguments of this process, with a schedule in place of many.
pub(super) fn of_schedule(
    args: impl Iterator<Item = OsString>,
    schedule: Option<u64>,
    settings: &Settings,
) -> Vec<OsString> {
    let mut own = Vec::new();
    if let Some(schedule) = schedule {
        own.extend(["--schedule".into(), schedule.to_string().into()]);
    }
    if let Some(path) = &settings.tape {
        own.extend(["--tape".into(), tape_of(path, schedule).into_os_string()]);
    }
    let mut args = args.peekable();
    let mut kept: Vec<OsString> = Vec::new();
    let mut ours = true;
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy().into_owned();
        ours &= text != "--";
        let flag = text.split_once('=').map_or(text.as_str(), |(flag, _)| flag);
        if !ours || !["--explore", "--explored", "--tape"].contains(&flag) {
            kept.push(arg);
        } else if flag == text {
            args.next_if(|next| !next.to_string_lossy().starts_with("--"));
        }
    }
    // Behind a `--` they would be the program's: so they stand before it.
    let at = kept.iter().position(|arg| arg == "--").unwrap_or(kept.len());
    kept.splice(at..at, own);
    kept
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
            let args = of_schedule(args, schedule, settings);
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
    }
}
