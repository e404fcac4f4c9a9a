//! A run of a program: what it printed, when, and who printed it; and the facts that can be asked of it.

use crate::{
    failure::{Brief, Failure},
    pattern::{self, Values},
    program::Program,
    tape::{Actor, Print, Tape},
};
use accord::{exercise, stuck};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    time::Duration,
};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By itself; `None` if a signal ended it.
    Exit(Option<i32>),
    /// It was killed when its time was up.
    TimeUp { limit: Duration, computes: Option<bool> },
    /// It was killed because it printed too much.
    Flood,
}

/// The exit code of a panic.
const PANIC: i32 = 101;

/// What a run printed, and when.
#[derive(Debug)]
pub struct Run {
    program: Program,
    stdout: String,
    stderr: String,
    ended: Ended,
    tape: Tape,
    lines: Vec<Line>,
}

/// A line of standard output or, where a program was asked for it, of standard error.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line.
    pub text: String,
    /// When it was printed, and by whom; none for a `println!` that is not the rehearsal's.
    pub told: Option<(Duration, Actor)>,
    values: Values,
}

impl Line {
    /// What a placeholder of the pattern stands for in this line.
    #[track_caller]
    pub fn get(&self, placeholder: &str) -> &str {
        self.values
            .get(placeholder)
            .unwrap_or_else(|| panic!("the pattern has no placeholder {placeholder}"))
    }

    /// The same as a number.
    #[track_caller]
    pub fn number(&self, placeholder: &str) -> Option<f64> {
        self.get(placeholder).parse().ok()
    }
}

/// A stretch of time in which something was worked on.
#[derive(Clone, Debug)]
pub struct Work {
    /// When it began.
    pub from: Duration,
    /// When it ended.
    pub to: Duration,
    /// The line that told its end.
    pub line: Line,
}

impl Run {
    pub(crate) fn new(
        program: Program,
        stdout: String,
        stderr: String,
        ended: Ended,
        tape: Tape,
    ) -> Run {
        let mut lines = timed(&stdout, &tape.prints);
        if program.reads_stderr {
            lines.extend(timed(&stderr, &tape.complaints));
        }
        Run { program, stdout, stderr, ended, tape, lines }
    }

    /// All of standard output.
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// All of standard error.
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// The lines that match a pattern as a whole: of standard output, and of standard error if the program
    /// was run [so](Program::with_stderr).
    ///
    /// In a pattern, `{name}` stands for any text; `{w}` is who did it, and is masked in a story.
    pub fn lines(&self, pattern: &str) -> Vec<Line> {
        let matched = self.lines.iter().filter_map(|line| {
            let values = pattern::matched(pattern, &line.text)?;
            Some(Line { values, ..line.clone() })
        });
        matched.collect()
    }

    /// Fails the task unless a fact holds; the words complete "it should …" and "it did …".
    #[track_caller]
    pub fn require(&self, holds: bool, should: impl Display, did: impl Display) {
        self.demand(holds, should, did, None);
    }

    /// The same, and says what the difference looks like.
    #[track_caller]
    pub fn require_or(
        &self,
        holds: bool,
        should: impl Display,
        did: impl Display,
        looks_like: impl Display,
    ) {
        self.demand(holds, should, did, Some(looks_like.to_string()));
    }

    fn demand(
        &self,
        holds: bool,
        should: impl Display,
        did: impl Display,
        looks_like: Option<String>,
    ) {
        if !holds {
            let looks_like = self.crash().or(looks_like);
            Failure { looks_like, ..self.failure(should, did) }.raise();
        }
    }

    fn failure(&self, should: impl Display, did: impl Display) -> Failure {
        Failure {
            command: self.program.story(),
            should: should.to_string(),
            did: did.to_string(),
            brief: Some(Brief::of(&self.program.exercise, &self.program.root)),
            ..Failure::default()
        }
    }

    /// Why the run can't be looked at, if it did not end by itself.
    pub(crate) fn stuck(&self) -> Option<Failure> {
        let (did, looks_like) = match self.ended {
            Ended::Exit(Some(stuck::EXIT_CODE)) => (self.report(), self.advice()),
            Ended::Exit(_) => return None,
            Ended::TimeUp { limit, computes } => {
                let how = match computes {
                    Some(true) => "a loop that computes and never ends",
                    // In real time nothing is rehearsed, and a long sleep is one too.
                    Some(false) if self.program.pace == "real" => {
                        "a wait that is too long or never ends: a lock, a queue, or a thread that sleeps and is joined"
                    }
                    Some(false) => {
                        "a wait that the rehearsal can't see: a lock, channel or sleep of std"
                    }
                    None => "a loop or a wait that never ends",
                };
                (
                    format!("still ran after {} seconds and was killed", limit.as_secs()),
                    Some(how.to_owned()),
                )
            }
            Ended::Flood => (
                "printed more than 256 KiB and was killed".to_owned(),
                Some("a loop that prints and never ends".to_owned()),
            ),
        };
        Some(Failure {
            looks_like,
            printed: self.printed_last(),
            ..self.failure("end by itself", did)
        })
    }

    /// The rehearsal's report, without what the program said before it and without its last lines.
    fn report(&self) -> String {
        let lines = self.stderr.split_inclusive('\n');
        let before = lines.take_while(|line| !stuck::begins_report(line));
        let start = before.map(str::len).sum::<usize>();
        let report = self.stderr.get(start..).filter(|report| !report.is_empty());
        let report = report.unwrap_or(&self.stderr).trim();
        let end = report
            .find("\n\nLook first")
            .or_else(|| report.find("\n(exit code"))
            .unwrap_or(report.len());
        report[..end].to_owned()
    }

    /// What the report says to look at first.
    fn advice(&self) -> Option<String> {
        let (_, advice) = self.stderr.split_once("Look first ")?;
        let end = advice.find("\n(exit code").unwrap_or(advice.len());
        Some(format!("a program that is stuck. Look first {}", advice[..end].trim()))
    }

    fn printed_last(&self) -> Option<String> {
        let last: Vec<&str> = self.stdout.lines().rev().take(3).collect();
        (!last.is_empty()).then(|| last.into_iter().rev().map(cut).collect::<Vec<_>>().join("\n"))
    }

    /// What a program that crashed said.
    fn crash(&self) -> Option<String> {
        // A program that goes on after a panic may have been asked to.
        if self.ended != Ended::Exit(Some(PANIC)) {
            return None;
        }
        let mut lines = self.stderr.lines().skip_while(|line| !line.contains("panicked at"));
        let place = lines.next()?;
        let place = place
            .split_once("panicked at ")
            .map_or(place, |(_, place)| place.trim_end_matches(':'));
        let place =
            place.split_once("/src/").map_or(place.to_owned(), |(_, file)| format!("src/{file}"));
        let message = lines.next().unwrap_or_default();
        Some(format!("a panic at {place}: {}", cut(message)))
    }

    /// The exit code.
    pub fn code(&self) -> Option<i32> {
        match self.ended {
            Ended::Exit(code) => code,
            _ => None,
        }
    }

    /// Asks for an exit code.
    #[track_caller]
    pub fn exits(&self, code: i32) {
        let did = match self.code() {
            Some(PANIC) => "panicked (exit code 101)".to_owned(),
            Some(other) => format!("ended with exit code {other}"),
            None => "was ended by a signal".to_owned(),
        };
        self.demand(self.code() == Some(code), format!("end with exit code {code}"), did, None);
    }

    /// Asks for exactly one line like this, and gives it.
    #[track_caller]
    pub fn one(&self, pattern: &str) -> Line {
        let lines = self.lines(pattern);
        let did = match lines.as_slice() {
            [one] => return one.clone(),
            [] => format!("printed no such line{}", self.nearly(pattern)),
            several => format!("printed {} of them", several.len()),
        };
        let failure = self.failure(format!("print one line `{pattern}`"), did);
        Failure { looks_like: self.crash(), ..failure }.raise()
    }

    /// Asks that no line is like this.
    #[track_caller]
    pub fn none(&self, pattern: &str) {
        let lines = self.lines(pattern);
        let did = lines.first().map(|line| format!("printed `{}`", line.text)).unwrap_or_default();
        self.demand(lines.is_empty(), format!("print no line `{pattern}`"), did, None);
    }

    /// Asks for so many lines like this, and gives them.
    #[track_caller]
    pub fn count(&self, pattern: &str, count: usize) -> Vec<Line> {
        let lines = self.lines(pattern);
        let did = format!(
            "printed {}{}",
            lines.len(),
            if lines.is_empty() { self.nearly(pattern) } else { String::new() }
        );
        self.demand(lines.len() == count, format!("print {count} lines `{pattern}`"), did, None);
        lines
    }

    /// A line that begins like the pattern: a slip of the pen is easily overlooked.
    fn nearly(&self, pattern: &str) -> String {
        if self.told_on_stderr(pattern) {
            return ", but such a line went to standard error".to_owned();
        }
        let start = pattern.split('{').next().unwrap_or_default();
        let near = self.lines.iter().find(|line| start.len() > 3 && line.text.starts_with(start));
        near.map(|line| format!(", the nearest is `{}`", cut(&line.text))).unwrap_or_default()
    }

    /// Whether a line went to standard error, where nobody looks for it.
    pub(crate) fn told_on_stderr(&self, pattern: &str) -> bool {
        self.stderr.lines().any(|line| pattern::matched(pattern, line).is_some())
    }

    /// Asks that a placeholder takes each of these values once, in any order.
    #[track_caller]
    pub fn each_once<T: Display>(
        &self,
        pattern: &str,
        placeholder: &str,
        expected: impl IntoIterator<Item = T>,
    ) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for line in self.lines(pattern) {
            *seen.entry(line.get(placeholder).to_owned()).or_default() += 1;
        }
        let expected: Vec<String> = expected.into_iter().map(|value| value.to_string()).collect();
        let should = format!("print `{pattern}` once for each of {}", listed(&expected));
        let lost: Vec<String> =
            expected.iter().filter(|value| !seen.contains_key(*value)).cloned().collect();
        let twice: Vec<String> =
            seen.iter().filter(|(_, times)| **times > 1).map(|(value, _)| value.clone()).collect();
        let strange: Vec<String> =
            seen.keys().filter(|value| !expected.contains(value)).cloned().collect();
        let missing = format!(
            "left out {}{}",
            listed(&lost),
            if seen.is_empty() { self.nearly(pattern) } else { String::new() }
        );
        let looks_like = if self.told_on_stderr(pattern) {
            "a line that goes to standard error: `println!` prints to standard output"
        } else {
            "an item that gets lost"
        };
        self.demand(lost.is_empty(), &should, missing, Some(looks_like.to_owned()));
        let again = format!("printed several for {}", listed(&twice));
        self.demand(
            twice.is_empty(),
            &should,
            again,
            Some("an item that is done twice".to_owned()),
        );
        self.demand(
            strange.is_empty(),
            &should,
            format!("printed it for {} too", listed(&strange)),
            None,
        );
    }

    /// The instant at which a line was printed.
    #[track_caller]
    pub fn at(&self, line: &Line) -> Duration {
        self.told(line).0
    }

    /// The instant at which a line was printed, and who printed it.
    #[track_caller]
    fn told(&self, line: &Line) -> (Duration, Actor) {
        line.told.unwrap_or_else(|| {
            let did = format!("printed `{}` at no instant", cut(&line.text));
            let advice = "a println! that is not the rehearsal's: `use rehearsal::println;`";
            let failure = self.failure("print on the rehearsal's clock", did);
            Failure { looks_like: Some(advice.to_owned()), ..failure }.raise()
        })
    }

    /// What was worked on, from when to when: each line like this tells the end of a work, which began with
    /// the last sleep (or computation) of whoever printed it that ended at that instant.
    ///
    /// A program may work in one task and print in another. Where it is known how long each work takes,
    /// [`works_lasting`](Run::works_lasting) doesn't mind.
    #[track_caller]
    pub fn works(&self, pattern: &str) -> Vec<Work> {
        let work = |line: Line| {
            let (to, actor) = self.told(&line);
            Work { from: self.slept_until(to, actor).unwrap_or(to), to, line }
        };
        self.lines(pattern).into_iter().map(work).collect()
    }

    /// What was worked on, where it is known how long the work of each line takes.
    #[track_caller]
    pub fn works_lasting(&self, pattern: &str, time: impl Fn(&Line) -> Duration) -> Vec<Work> {
        let work = |line: Line| {
            let to = self.at(&line);
            Work { from: to.saturating_sub(time(&line)), to, line }
        };
        self.lines(pattern).into_iter().map(work).collect()
    }

    /// Whether a thread slept for so long, up to an instant, as a call that blocks does. What a task slept
    /// does not count.
    pub fn a_thread_slept(&self, time: Duration, until: Duration) -> bool {
        self.tape.stretches.iter().any(|stretch| {
            !self.tape.tasks.contains(&stretch.actor)
                && near(stretch.to, until)
                && near(stretch.from, until.saturating_sub(time))
        })
    }

    /// When the sleep began that an actor woke from at an instant.
    fn slept_until(&self, to: Duration, actor: Actor) -> Option<Duration> {
        let stretches = self.tape.stretches.iter();
        let slept = stretches.filter(|stretch| stretch.actor == actor && near(stretch.to, to));
        slept.map(|stretch| stretch.from).rfind(|from| *from < to)
    }

    /// Asks for the most that are worked on at one time.
    #[track_caller]
    pub fn has_at_work(&self, works: &[Work], expected: usize) {
        let most = most_at_once(works.iter().map(|work| (work.from, work.to)));
        let looks_like = match most {
            0 | 1 => {
                "workers that work one after another: one alone, a lock held during the work, or a join at once"
            }
            _ if most < expected => "too few workers, or some that get nothing",
            _ => "more at work than there are workers: a task for each job",
        };
        self.require_or(
            most == expected,
            format!("have {expected} at work in its busiest moment"),
            format!("had {most}"),
            looks_like,
        );
    }

    /// Asks that nobody works on two things at a time, and that no two workers are the same actor in
    /// disguise: `{w}` in the pattern is the worker's name.
    #[track_caller]
    pub fn workers_are_real(&self, works: &[Work]) {
        let mut by_name: BTreeMap<&str, Vec<(Duration, Duration)>> = BTreeMap::new();
        let mut players: BTreeMap<Actor, BTreeSet<String>> = BTreeMap::new();
        for work in works {
            let name = work.line.get("w");
            by_name.entry(name).or_default().push((work.from, work.to));
            // One may print for all. But then it does not sleep until each line is due.
            let (at, actor) = self.told(&work.line);
            if self.slept_until(at, actor).is_some() {
                players.entry(actor).or_default().insert(name.to_owned());
            }
        }
        for (name, spans) in by_name {
            let most = most_at_once(spans.into_iter());
            self.require_or(
                most <= 1,
                "let each worker do one thing at a time",
                format!("had worker {name} at {most} at once"),
                "a task for each job, under the name of a worker",
            );
        }
        for names in players.into_values() {
            let names: Vec<String> = names.into_iter().collect();
            self.require_or(
                names.len() == 1,
                "have a thread or task of its own for each worker",
                format!("did the work of workers {} in one and the same", listed(&names)),
                "a loop that plays several workers",
            );
        }
    }

    /// Asks that whoever has nothing to do waits, and does not ask again and again without a pause.
    ///
    /// Such a loop keeps a core busy. The rehearsal moves the clock beside it, so the lines may all be right.
    #[track_caller]
    pub fn nobody_spins(&self) {
        let place = self.tape.spins.first().map_or("", String::as_str);
        self.require_or(
            self.tape.spins.is_empty(),
            "wait where there is nothing to do",
            format!("asked again and again at {place}"),
            "a loop around a call that does not wait, such as try_recv, try_send or try_lock",
        );
    }

    /// The names that were at work, in order.
    #[track_caller]
    pub fn names(&self, pattern: &str) -> Vec<String> {
        let names: BTreeSet<String> =
            self.lines(pattern).iter().map(|line| line.get("w").to_owned()).collect();
        names.into_iter().collect()
    }

    /// The anonymous story of the run: the lines like these with their instants, `{w}` masked, and the
    /// lines of one instant as a set. Right programs differ in who does what, and in nothing of this.
    #[track_caller]
    pub fn story(&self, patterns: &[&str]) -> String {
        let mut told: Vec<(Duration, String)> = Vec::new();
        for line in &self.lines {
            let matched = patterns
                .iter()
                .find_map(|pattern| Some((pattern, pattern::matched(pattern, &line.text)?)));
            if let Some((pattern, values)) = matched {
                told.push((self.told(line).0, pattern::anonymous(pattern, &values)));
            }
        }
        told.sort();
        told.iter().map(|(at, line)| format!("{:>9.3} {line}\n", at.as_secs_f64())).collect()
    }

    /// Compares the story with its snapshot.
    #[track_caller]
    pub fn tells(&self, snapshot: &str, patterns: &[&str]) {
        let story = format!("$ {}\n{}", self.program.command(), self.story(patterns));
        let Some(expected) = crate::snapshot::differing(&self.program, snapshot, &story) else {
            return;
        };
        let (should, did) = crate::snapshot::difference(&expected, &story);
        self.demand(false, should, did, self.stray_prints());
    }

    /// Compares the whole output with its snapshot.
    pub(crate) fn prints(&self, snapshot: &str) {
        let Some(expected) = crate::snapshot::differing(&self.program, snapshot, &self.stdout)
        else {
            return;
        };
        let (should, did) = crate::snapshot::difference(&expected, &self.stdout);
        self.demand(false, should, did, None);
    }

    /// What a reader sees of it: the command, all that it printed, and how it ended unless that was well.
    pub(crate) fn transcript(&self, flags: &str) -> String {
        let short = exercise::short(&self.program.exercise);
        let ending = match self.code() {
            Some(0) => String::new(),
            Some(code) => format!("(exit code {code})\n"),
            None => "(ended by a signal)\n".to_owned(),
        };
        format!("$ cargo {short} {flags}\n{}{}{ending}", self.stdout, self.stderr)
    }

    /// The same run with something else for what it printed: what several runs printed, say.
    pub(crate) fn having_printed(mut self, stdout: String) -> Run {
        self.stdout = stdout;
        self
    }

    fn stray_prints(&self) -> Option<String> {
        let stray = self.lines.iter().find(|line| line.told.is_none())?;
        Some(format!(
            "`{}` was printed by a println! that is not the rehearsal's",
            cut(&stray.text)
        ))
    }
}

/// Whether two instants are the same, as far as timers of whole milliseconds can tell.
fn near(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) <= Duration::from_millis(1)
}

/// Finds each line of an output on the tape. The tape has the same lines, and in virtual time in the same
/// order; on the pace real, two threads that print at once may come in one order here and in another there.
fn timed(output: &str, prints: &[Print]) -> Vec<Line> {
    let mut open: Vec<&Print> = prints.iter().collect();
    let line = |text: &str| {
        let place = open.iter().position(|print| print.line == text);
        let told = place.map(|place| open.remove(place)).map(|print| (print.at, print.actor));
        Line { text: text.to_owned(), told, values: Values::new() }
    };
    output.lines().map(line).collect()
}

/// The most that go on at one time, of things that begin and end. Where both come at one instant, the end
/// comes first.
pub fn most_at_once(spans: impl Iterator<Item = (Duration, Duration)>) -> usize {
    let mut changes: Vec<(Duration, i32)> =
        spans.flat_map(|(from, to)| [(from, 1), (to, -1)]).collect();
    changes.sort();
    let (mut now, mut most) = (0, 0);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    usize::try_from(most).unwrap_or(0)
}

/// `1, 2, 3`, and the first few of many.
fn listed(values: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = values.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if values.len() > SHOWN { format!("{shown} … ({} in all)", values.len()) } else { shown }
}

fn cut(line: &str) -> &str {
    const WIDTH: usize = 160;
    line.char_indices().nth(WIDTH).map_or(line, |(end, _)| &line[..end])
}
