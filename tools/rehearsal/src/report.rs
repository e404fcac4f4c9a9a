//! What a diagnosis says in words, written for somebody who sees a report for the first time.

mod advice;
mod rows;

use crate::{
    diagnosis::{Diagnosis, Stranger, Stuck},
    explore,
    stage::{Activity, Locked, Stage, Who, exit},
    text,
};
use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Reports and ends the process with [`STUCK`](crate::STUCK).
pub(crate) fn stop(state: Locked<'_>, kind: Stuck) -> ! {
    let kind = kind.as_seen_in(&state);
    let at = kind.since(&state);
    drop(state);
    static BEGUN: AtomicBool = AtomicBool::new(false);
    if BEGUN.swap(true, Ordering::Relaxed) {
        // Somebody else is about to end the program, and one report is enough.
        loop {
            std::thread::park();
        }
    }
    if explore::is_unread() {
        // A report takes longer than the whole run, and of many runs one is looked at: it is played again.
        let (kind, at) = (kind.name().to_uppercase(), seconds(at));
        say(&format!("\n{kind} at {at} (its report: the same with --schedule)"));
        exit(crate::STUCK);
    }
    let stage = Stage::get().expect("a report is made by the stage");
    stage.catch_up_to(at);
    let mut state = stage.lock();
    let diagnosis = Diagnosis::of(&state, kind);
    let advice = diagnosis.advice.as_ref().map(advice::in_words);
    diagnosis.tell(state.tape_mut(), findings(&diagnosis).trim(), advice.as_deref());
    // The state stays locked to the end, so that nobody goes on meanwhile.
    let code = crate::STUCK;
    let report = report(&diagnosis);
    say(&format!("{report}(exit code {code}; how to read this report: {})", guide()));
    exit(code)
}

/// Where it is written how to read a report. A download has no folders of a workspace around it.
fn guide() -> &'static str {
    guide_of(Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn guide_of(package: &Path) -> &'static str {
    let is_at_home = package.ends_with("tools/rehearsal");
    if is_at_home { "tools/rehearsal/README.md" } else { "the README of the crate rehearsal" }
}

/// Prints a report, in lines that fit the terminal. If nobody listens any more (`program 2>&1 | head`), there is nothing more to do; std's
/// `eprintln!` would panic.
pub(crate) fn say(report: &str) {
    let report = text::wrapped(report, text::width_on(&io::stderr()));
    let _ = writeln!(io::stderr(), "{report}");
}

/// Tells of a silence, and lets the program go on.
pub(crate) fn note(state: Locked<'_>, kind: Stuck) {
    let diagnosis = Diagnosis::of(&state, kind);
    say(&format!("{}(rehearsal lets it go on; Ctrl-C ends it)", report(&diagnosis)));
}

/// On the pace `real`: who waits where, after a long time without a sign of life.
///
/// The rehearsal can't see sockets, files and other programs there, so it does not call it a deadlock
/// and does not end it.
pub(crate) fn note_standstill(state: Locked<'_>, silent: Duration) {
    let mut text =
        format!("STANDSTILL: nothing was heard for {} of real time.\n\n", seconds(silent));
    text.push_str(&rows::of(&Diagnosis::of(&state, Stuck::Deadlock)));
    say(&format!(
        "{text}\n(rehearsal lets it go on: on the pace real it can't see sockets, files and other programs)"
    ));
}

fn report(diagnosis: &Diagnosis) -> String {
    let mut text = findings(diagnosis);
    if let Some(advice) = &diagnosis.advice {
        let gap = if matches!(diagnosis.kind, Stuck::Foreign(..)) { "" } else { "\n" };
        let advice = advice::in_words(advice);
        let is_shown = text::width_on(&io::stderr()).is_some();
        let _ = writeln!(text, "{gap}{}", if is_shown { whole(&advice) } else { advice });
    }
    text
}

/// The advice without its breaks, for a terminal that sets its own; what stands further in keeps its line.
fn whole(advice: &str) -> String {
    let mut lines = advice.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |whole, line| {
        let gap = if line.starts_with(' ') { '\n' } else { ' ' };
        format!("{whole}{gap}{line}")
    })
}

/// What is known, without what to look at first.
fn findings(diagnosis: &Diagnosis) -> String {
    let mut text = format!("\n{}\n", headline(diagnosis));
    match diagnosis.kind {
        Stuck::Silent { who, .. } => {
            let row = diagnosis.row(who);
            let name = title(row.map(|row| &row.who));
            let _ = match row.and_then(|row| row.last) {
                Some(place) => writeln!(text, "  {name} was last heard of at {place}"),
                None => writeln!(text, "  {name} has made no call that the rehearsal knows"),
            };
        }
        Stuck::Foreign(..) => {}
        _ => text.push_str(&rows::of(diagnosis)),
    }
    text
}

/// How the program is stuck, and since when.
fn headline(diagnosis: &Diagnosis) -> String {
    let (now, since) = (seconds(diagnosis.now), seconds(diagnosis.since));
    let name = |who| title(diagnosis.row(who).map(|row| &row.who));
    match diagnosis.kind {
        Stuck::Deadlock => format!("DEADLOCK at {since}: nothing can happen any more.\n"),
        Stuck::LeftBehind => format!(
            "LEFT BEHIND at {since}: the test is over, and what it has started can't come to its end.\n"
        ),
        Stuck::TooLong { steps } => {
            format!("TOO LONG at {now}: {steps} steps were taken, and no more are allowed.\n")
        }
        Stuck::Ticking => format!(
            "STILL TICKING, but nothing gets done: since {since} nothing was printed, sent or received, \
             and the clock has come to {now}.\n"
        ),
        Stuck::Spinning { who, .. } => format!(
            "SPINNING at {now}: {} tries again and again, and nothing can change any more.\n",
            name(who)
        ),
        Stuck::Silent { who, activity, silent } => {
            let doing = match activity {
                Activity::Computing => "computes",
                Activity::Blocked => "is blocked in a call that the rehearsal can't see",
                Activity::Unknown => {
                    "computes, or is blocked in a call that the rehearsal can't see"
                }
            };
            format!(
                "SILENT for {}: {} {doing}, and nobody else can act meanwhile.\n",
                seconds(silent),
                name(who)
            )
        }
        Stuck::Foreign(place, stranger) => {
            let at = place.map_or_else(
                || ", at a line that can't be known".to_owned(),
                |place| format!(" at {place}"),
            );
            match stranger {
                Stranger::Thread => format!(
                    "FOREIGN THREAD{at}: this thread was not started by the rehearsal, so it has no turn.\n"
                ),
                Stranger::Runtime => format!(
                    "FOREIGN THREAD{at}: this is a thread of real tokio, which the rehearsal does not play.\n"
                ),
            }
        }
    }
}

fn title(who: Option<&Who>) -> String {
    who.map_or_else(|| "somebody".to_owned(), Who::title)
}

/// `4.2 s`, and finer where that would say `0.0 s`.
fn seconds(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis.is_multiple_of(100) {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{:.3} s", duration.as_secs_f64()).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{guide_of, whole};
    use std::path::Path;

    #[test]
    fn the_guide_is_one_that_is_there() {
        assert_eq!(guide_of(Path::new("/course/tools/rehearsal")), "tools/rehearsal/README.md");
        let download = guide_of(Path::new("/registry/src/rehearsal-0.1.0"));
        assert_eq!(download, "the README of the crate rehearsal");
    }

    #[test]
    fn an_advice_is_whole_but_for_what_stands_further_in() {
        assert_eq!(
            whole("Look first\nat main:\n  one\n  two"),
            "Look first at main:\n  one\n  two"
        );
    }
}
