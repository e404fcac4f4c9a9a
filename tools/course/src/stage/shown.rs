//! A scene as text: the source with a letter at the line of each who is there, and below it who does what.

use super::scene::{Scene, Stands};
use crate::{
    look::{Look, Tone},
    source::Sources,
    timeline::model::seconds,
};
use accord::{stuck, text};
use std::collections::{BTreeMap, BTreeSet};

/// From so many columns on, the source stands beside the rest.
const WIDE: usize = 120;

/// So many of the lines that were printed last are shown.
const PRINTED: usize = 4;

/// So many rows of the source are shown, however much else there is.
const LEAST_SOURCE: usize = 3;

/// More rows of the source than this help nobody.
const MOST_SOURCE: usize = 24;

/// How large the picture may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) columns: usize,
    /// How many rows; nothing where there is no end.
    pub(super) rows: Option<usize>,
}

/// What stands above a picture.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) title: String,
    /// What is asked for.
    pub(super) task: Option<String>,
}

/// The whole picture. `head` stands above it, and `keys` below.
pub(super) fn picture(
    scene: &Scene,
    sources: &Sources,
    head: &Head,
    keys: &str,
    size: Size,
    look: Look,
) -> String {
    let is_wide = size.columns >= WIDE;
    let half = if is_wide { (size.columns - 3) / 2 } else { size.columns };
    let title = text::wrapped(&head.title, Some(size.columns));
    let task = head.task.as_ref().map(|task| text::wrapped(task, Some(size.columns)) + "\n");
    let task = task.unwrap_or_default();
    let foot = text::wrapped(keys, Some(size.columns));
    let gap = usize::from(!foot.is_empty());
    let frame = title.lines().count() + task.lines().count() + foot.lines().count() + gap;
    let room = size.rows.map_or(MOST_SOURCE, |rows| rows.saturating_sub(frame));
    let is_seen = |one: &Stands| !one.has_ended && one.place.starts_with("src/");
    let is_free = is_wide || !scene.actors.iter().any(is_seen);
    let room_for_told = if is_free { room } else { room.saturating_sub(LEAST_SOURCE + 1) };
    let told = told(scene, half, size.rows.map(|_| room_for_told), look);
    let room_for_source = if is_wide { room } else { room.saturating_sub(told.len() + 1) };
    let source = source(scene, sources, room_for_source.min(MOST_SOURCE), half, look);
    let body = if is_wide {
        beside(&source, &told, half)
    } else {
        [source, vec![String::new()], told].concat()
    };
    let body: String = body.iter().map(|line| format!("{}\n", line.trim_end())).collect();
    let foot = if foot.is_empty() { String::new() } else { format!("\n{foot}") };
    format!("{}\n{task}{body}{foot}", look.paint(Tone::Quiet, title.trim_end()))
}

/// Two columns, of which the first has no more than so many letters in a row.
fn beside(left: &[String], right: &[String], width: usize) -> Vec<String> {
    let rows = left.len().max(right.len());
    let of = |lines: &[String], nth: usize| lines.get(nth).cloned().unwrap_or_default();
    let row = |nth| {
        let first = of(left, nth);
        let gap = " ".repeat(width.saturating_sub(seen(&first)) + 3);
        format!("{first}{gap}{}", of(right, nth))
    };
    (0..rows).map(row).collect()
}

/// How many letters of a line are to be seen.
fn seen(line: &str) -> usize {
    let mut is_sign = false;
    let letters = line.chars().filter(|letter| {
        let was = is_sign;
        is_sign = *letter == '\x1b' || is_sign && !letter.is_ascii_alphabetic();
        !was && !is_sign
    });
    letters.count()
}

/// Who does what, what the queues hold, what was printed last; in so many rows, if there is an end.
fn told(scene: &Scene, width: usize, room: Option<usize>, look: Look) -> Vec<String> {
    let queues = scene.queues.iter().flat_map(|queue| lines(queue, width, look));
    let below: Vec<String> = queues.chain(printed(scene, width, look)).collect();
    let mut rows = Vec::new();
    let mut report = Vec::new();
    if let Some((how, said)) = &scene.ended {
        rows.extend(folded(how, 0, Some(Tone::Mind), width, look));
        let is_whole = !said.lines().any(stuck::begins_report);
        let said = if is_whole { said.lines().map(str::to_owned).collect() } else { joined(said) };
        report = said.iter().flat_map(|line| lines(line, width, look)).collect();
    }
    for (nth, open) in scene.options.iter().enumerate() {
        let usual = if nth == 0 { " (as usual)" } else { "" };
        let letter = open.actor.and_then(|actor| letter(scene, actor)).unwrap_or(' ');
        let says = format!("{}) {letter} {}{usual}", nth + 1, open.says);
        rows.extend(folded(&says, 5, Some(Tone::Mind), width, look));
    }
    // A report tells of everybody, and more of them.
    if report.is_empty() {
        rows.extend(others(scene, width, look));
    }
    let gap = |rows: &Vec<String>| if rows.is_empty() { Vec::new() } else { vec![String::new()] };
    let (first, last) = (gap(&below), gap(&report));
    let room = room.unwrap_or(usize::MAX);
    let needed = rows.len() + below.len() + report.len();
    let with_gaps = needed + first.len() + last.len() <= room;
    let (first, last) = if with_gaps { (first, last) } else { Default::default() };
    let left = room.saturating_sub(rows.len() + first.len() + last.len());
    let report = told_in(report, left.saturating_sub(below.len()), look);
    // The last that was printed tells most.
    let kept = left.saturating_sub(report.len()).max(1);
    let below = below[below.len().saturating_sub(kept)..].to_vec();
    rows = short_of(rows, room.saturating_sub(below.len() + report.len()), look);
    [rows, first, below, last, report].concat()
}

/// As many rows as there is room for.
fn short_of(mut rows: Vec<String>, room: usize, look: Look) -> Vec<String> {
    if rows.len() > room {
        let kept = room.saturating_sub(1);
        let more = rows.len() - kept;
        rows.truncate(kept);
        rows.push(look.words(&format!("… {more} more lines: a higher window shows them")));
    }
    rows
}

/// A report in as many rows as there is room for: where it is too long, its beginning and its advice.
fn told_in(mut report: Vec<String>, room: usize, look: Look) -> Vec<String> {
    if report.len() <= room {
        return report;
    }
    report.retain(|line| !line.starts_with(EXPLAINED));
    let advice = report.iter().rposition(|line| line.starts_with(ADVICE)).unwrap_or(report.len());
    let advice = report.split_off(advice);
    if advice.len() + 2 > room {
        return short_of([report, advice].concat(), room, look);
    }
    let above = short_of(report, room - advice.len(), look);
    [above, advice].concat()
}

/// How the advice of a report begins.
const ADVICE: &str = "Look first at ";

/// How its last line begins.
const EXPLAINED: &str = "(exit code ";

/// The lines that were printed last.
fn printed(scene: &Scene, width: usize, look: Look) -> Vec<String> {
    let from = scene.printed.len().saturating_sub(PRINTED);
    let row = |line: &String| look.paint(Tone::Quiet, &cut(&format!("| {line}"), width, look));
    scene.printed[from..].iter().map(row).collect()
}

/// The lines of a report, where a sentence that it has broken is whole again: so it is broken once. What a panic has
/// said before it stays as it is.
fn joined(said: &str) -> Vec<String> {
    /// A line that is set in less is one of a table.
    const SET_IN: usize = 8;
    /// std's own, and no news here.
    const BACKTRACE: &str = "note: run with `RUST_BACKTRACE=";
    let mut is_report = false;
    let mut lines: Vec<String> = Vec::new();
    for line in said.lines().filter(|line| !line.starts_with(BACKTRACE)) {
        is_report |= stuck::begins_report(line);
        let words = line.trim_start();
        let indent = line.len() - words.len();
        let goes_on =
            is_report && words.starts_with(char::is_lowercase) && (indent == 0 || indent > SET_IN);
        match lines.last_mut().filter(|last| goes_on && !last.is_empty()) {
            Some(last) => {
                last.push(' ');
                last.push_str(words);
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Those who can't be chosen, and what they do.
fn others(scene: &Scene, width: usize, look: Look) -> Vec<String> {
    let mut rows = Vec::new();
    let is_open = |actor: u64| scene.options.iter().any(|open| open.actor == Some(actor));
    for one in scene.actors.iter().filter(|one| !one.has_ended && !is_open(one.actor)) {
        if !one.says.is_empty() {
            let says = format!("   {} {}: {}", one.letter, one.name, one.says);
            rows.extend(folded(&says, 5, None, width, look));
        }
    }
    let ended = scene.actors.iter().filter(|one| one.has_ended);
    let ended: Vec<String> = ended.map(|one| format!("{} ({})", one.name, one.says)).collect();
    if !ended.is_empty() {
        let says = format!("     ended: {}", ended.join(", "));
        rows.extend(folded(&says, 5, Some(Tone::Quiet), width, look));
    }
    rows
}

/// A text in as many rows as it takes; the further ones are set in.
fn folded(text: &str, indent: usize, tone: Option<Tone>, width: usize, look: Look) -> Vec<String> {
    let (lead, text) = (text.len() - text.trim_start().len(), text.trim_start());
    let folded = text::wrapped(text, Some(width.saturating_sub(indent.max(lead))));
    let row = |(nth, line): (usize, &str)| {
        let blank = " ".repeat(if nth > 0 { indent } else { lead });
        let line = look.words(&format!("{blank}{}", line.trim()));
        tone.map_or(line.clone(), |tone| look.paint(tone, &line))
    };
    folded.lines().enumerate().map(row).collect()
}

fn lines(text: &str, width: usize, look: Look) -> Vec<String> {
    text::wrapped(text, Some(width)).lines().map(|line| look.words(line)).collect()
}

fn letter(scene: &Scene, actor: u64) -> Option<char> {
    scene.actors.iter().find(|one| one.actor == actor).map(|one| one.letter)
}

/// What fits in a row.
fn cut(line: &str, width: usize, look: Look) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let sign = if look.ascii { "..." } else { "…" };
    let kept: String = line.chars().take(width.saturating_sub(sign.chars().count())).collect();
    kept + sign
}

/// A line of the source, and who stands there.
type Marked = BTreeMap<(String, usize), Vec<(char, bool)>>;

/// The lines at which somebody stands, with what is around them as far as there is room.
fn source(scene: &Scene, sources: &Sources, room: usize, width: usize, look: Look) -> Vec<String> {
    let open: BTreeSet<u64> = scene.options.iter().filter_map(|open| open.actor).collect();
    let mut marked = Marked::new();
    for one in scene.actors.iter().filter(|one| !one.has_ended) {
        let place = one.place.strip_prefix("src/").and_then(|place| place.rsplit_once(':'));
        let Some((file, Ok(line))) = place.map(|(file, line)| (file, line.parse())) else {
            continue;
        };
        let is_open = open.contains(&one.actor);
        marked.entry((file.to_owned(), line)).or_default().push((one.letter, is_open));
    }
    let around = [8, 5, 3, 2, 1, 0].into_iter().map(|around| rows(&marked, sources, around));
    let chosen = around.map(|rows| (rows.len(), rows));
    let mut fitting = chosen.skip_while(|(count, _)| *count > room);
    let rows = fitting.next().map_or_else(
        || {
            let only_open =
                marked.iter().filter(|(_, who)| who.iter().any(|(_, is_open)| *is_open));
            let only_open = only_open.map(|(place, who)| (place.clone(), who.clone())).collect();
            rows(&only_open, sources, 0)
        },
        |(_, rows)| rows,
    );
    rows.iter().take(room).map(|row| drawn(row, width, look)).collect()
}

/// A row of the source; a gap where there is no number.
struct Row {
    who: Vec<(char, bool)>,
    number: Option<usize>,
    code: String,
}

fn rows(marked: &Marked, sources: &Sources, around: usize) -> Vec<Row> {
    let mut shown: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (file, line) in marked.keys() {
        let lines = line.saturating_sub(around).max(1)..=line + around;
        shown.entry(file).or_default().extend(lines);
    }
    let mut rows = Vec::new();
    let gap = |code: &str| Row { who: Vec::new(), number: None, code: code.to_owned() };
    for (file, lines) in shown {
        let Some(text) = sources.get(file) else { continue };
        if file != "main.rs" {
            rows.push(gap(&format!("src/{file}")));
        }
        let mut last = None;
        for number in lines {
            let Some(code) = text.lines().nth(number - 1) else { continue };
            if last.is_some_and(|last| last + 1 < number) {
                rows.push(gap("…"));
            }
            last = Some(number);
            let who = marked.get(&(file.to_owned(), number)).cloned().unwrap_or_default();
            rows.push(Row { who, number: Some(number), code: code.to_owned() });
        }
    }
    rows
}

fn drawn(row: &Row, width: usize, look: Look) -> String {
    let mut letters: String = row.who.iter().map(|(letter, _)| *letter).collect();
    if letters.chars().count() > 4 {
        letters = letters.chars().take(3).chain(['+']).collect();
    }
    let number = row.number.map_or(String::new(), |number| number.to_string());
    let sign = if row.who.is_empty() { ' ' } else { '>' };
    let line =
        look.words(&cut(&format!("{letters:>4}{sign}{number:>4}  {}", row.code), width, look));
    match row.who.iter().any(|(_, is_open)| *is_open) {
        true => look.paint(Tone::Mind, &line),
        false if row.who.is_empty() => look.paint(Tone::Quiet, &line),
        false => line,
    }
}

/// The first line of a picture.
pub(super) fn title(scene: &Scene, typed: &str, changed: &str) -> String {
    let at = scene.choice.map_or("the end".to_owned(), |nth| format!("choice {nth}"));
    let changed =
        if changed == "nothing" { String::new() } else { format!(" | changed: {changed}") };
    format!("{at} | {}{changed} | {typed}", seconds(scene.clock))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::scene::Open;

    fn scene() -> Scene {
        let stands = |actor, letter, line: usize| Stands {
            actor,
            letter,
            name: format!("Worker-{actor}"),
            says: "waits for a very long time in recv() for what never comes".to_owned(),
            place: format!("src/main.rs:{line}"),
            has_ended: false,
        };
        Scene {
            choice: Some(3),
            options: vec![Open { actor: Some(1), says: "Worker-1: recv()".to_owned() }],
            actors: vec![stands(1, 'B', 2), stands(2, 'C', 30)],
            queues: vec!["queue of line 3  1 of 3: #1".to_owned()],
            printed: vec![
                "a line that was printed, and is long enough to be cut somewhere".to_owned(),
            ],
            ..Scene::default()
        }
    }

    #[test]
    fn no_row_is_too_long_or_too_low() {
        let code: String =
            (1..40).map(|n| format!("    let number = {n}; // {}\n", "long ".repeat(40))).collect();
        let sources = Sources::from([("main.rs".to_owned(), code)]);
        for (columns, rows) in [(60, 24), (80, 24), (140, 40)] {
            for ascii in [false, true] {
                let look = Look { ascii, ..Look::default() };
                let size = Size { columns, rows: Some(rows) };
                let head = Head { title: "title".to_owned(), task: Some("Do it.".to_owned()) };
                let text = picture(&scene(), &sources, &head, "q quit", size, look);
                let widest = text.lines().map(|line| line.chars().count()).max();
                assert!(widest <= Some(columns), "{text}");
                assert!(text.lines().count() <= rows, "{columns}x{rows}:\n{text}");
                assert!(text.contains("1) B Worker-1: recv() (as usual)"), "{text}");
                assert!(text.contains("B>   2  ") && text.contains("C>  30  "), "{text}");
                assert!(!ascii || text.is_ascii(), "{text}");
            }
        }
    }

    #[test]
    fn a_low_window_shows_the_last_line_and_a_report_is_broken_once() {
        let said = "DEADLOCK at 2 s: nothing can happen any more.\n  main  waits at line 3\n\
                    Either one that was to come was never sent, or the queue was\nto be closed.\n";
        let said = format!("{said}{}", "One more line.\n".repeat(20));
        let printed = (1..9).map(|nth| format!("line {nth}")).collect();
        let ended = Some(("It is stuck: DEADLOCK.".to_owned(), said));
        let scene = Scene { ended, choice: None, options: Vec::new(), printed, ..scene() };
        let sources = Sources::from([("main.rs".to_owned(), "one\n".repeat(40))]);
        let head = Head { title: "title".to_owned(), task: Some("Do it.".to_owned()) };
        let size = Size { columns: 80, rows: Some(24) };
        let text = picture(&scene, &sources, &head, "q quit", size, Look::default());
        for wanted in ["| line 8\n", "the queue was to be closed.\n", "more lines: a higher window"]
        {
            assert!(text.contains(wanted), "{wanted:?} is missing:\n{text}");
        }
        assert_eq!(text.lines().count(), 24, "{text}");
    }

    #[test]
    fn a_low_window_shows_what_to_look_at_first() {
        let said = "\nthread 'main' (7) panicked at src/main.rs:77:5:\nthe task went wrong\n\
                    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\
                    DEADLOCK at 2 s: nothing can happen any more.\n";
        let rows = "  main  waits at line 3 in recv()\n".repeat(20);
        let said =
            format!("{said}{rows}Look first at main: it waits.\n(exit code 70; how to read it)\n");
        let ended = Some(("It is stuck: DEADLOCK.".to_owned(), said));
        let scene = Scene { ended, choice: None, options: Vec::new(), ..scene() };
        let head = Head { title: "title".to_owned(), task: None };
        let size = Size { columns: 80, rows: Some(24) };
        let text = picture(&scene, &Sources::new(), &head, "q quit", size, Look::default());
        for wanted in [
            "77:5:\nthe task went wrong\nDEADLOCK at 2 s",
            "more lines: a higher window shows them\nLook first at main: it waits.\n",
        ] {
            assert!(text.contains(wanted), "{wanted:?} is missing:\n{text}");
        }
        assert!(text.lines().count() <= 24 && !text.contains("exit code"), "{text}");
    }

    #[test]
    fn the_task_is_not_dim() {
        let look = Look { colour: true, ..Look::default() };
        let head = Head { title: "title".to_owned(), task: Some("Do it.".to_owned()) };
        let size = Size { columns: 80, rows: Some(24) };
        let text = picture(&scene(), &Sources::new(), &head, "q quit", size, look);
        assert!(text.starts_with("\x1b[2mtitle\x1b[0m\nDo it.\n"), "{text}");
    }

    #[test]
    fn colours_take_no_room() {
        let look = Look { colour: true, ..Look::default() };
        assert_eq!(seen(&look.paint(Tone::Mind, "abc")), 3);
    }
}
