//! A run in the terminal: a row for each lane, one for each queue, and the numbers.

use super::{
    model::{Lane, Queue, Run, SIGNS, State, seconds},
    rows::{MOST, Row, rows},
    sums,
};
use crate::look::{Look, Tone};
use accord::text;
use std::{collections::BTreeSet, fmt::Write as _};

/// Narrower than this nothing can be told apart.
pub(crate) const NARROWEST: usize = 60;

/// A name that is longer is cut.
const LONGEST_NAME: usize = 22;

/// More marks than this are counted.
const MOST_MARKS: usize = 12;

/// What stands behind a row: `  100%`, or `  max 10`.
const BEHIND: usize = 8;

/// What stands above the rows: the command, a gap and the axis.
const ABOVE: usize = 3;

/// Fewer rows than this show nothing of who does what.
const FEWEST_ROWS: usize = 3;

/// The room that a picture has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) columns: usize,
    /// Nothing where it may be as long as it is.
    pub(super) lines: Option<usize>,
}

/// A run, drawn on an axis up to `end`: two runs that are compared have the same one. Where lines are few, rows are
/// put together so that all of the chart has its place; what stands below it may still be too much.
pub(super) fn drawn(run: &Run, end: u64, room: Room, look: Look) -> String {
    let columns = room.columns.max(NARROWEST);
    let most = room.lines.map_or(MOST, |lines| {
        lines.saturating_sub(ABOVE + run.queues.len()).clamp(FEWEST_ROWS, MOST)
    });
    let (rows, left_out) = rows(run, most);
    let names = rows.iter().map(|row| row.name(&run.lanes));
    let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
    let margin = longest.clamp(7, LONGEST_NAME) + 2;
    let chart = Chart { run, end, look, margin, cells: columns - margin - BEHIND - 1 };
    let mut told = format!("{}, pace {}: {}\n\n", run.command, run.pace, seconds(run.end));
    told.push_str(&chart.axis());
    for row in &rows {
        told.push_str(&chart.row(row));
    }
    if left_out > 0 {
        let _ = writeln!(told, "(and {left_out} more)");
    }
    for (index, queue) in run.queues.iter().enumerate() {
        told.push_str(&chart.queue(index, queue));
    }
    told.push_str(&chart.marks());
    told.push('\n');
    told.push_str(&text::wrapped(&chart.sums(), Some(columns)));
    told.push_str(&chart.legend(&rows, columns));
    told
}

struct Chart<'a> {
    run: &'a Run,
    end: u64,
    look: Look,
    /// How wide the names are, with the gap behind them.
    margin: usize,
    cells: usize,
}

impl Chart<'_> {
    /// The instants, each above the cell that it begins.
    fn axis(&self) -> String {
        let step = step(self.end, self.cells / 10);
        let mut line = " ".repeat(self.margin);
        let mut at = 0;
        while step > 0 && at < self.end {
            let label = label(at);
            let place = self.margin + self.cell_of(at);
            if place + label.len() > self.margin + self.cells {
                break;
            }
            let filled = line.chars().count();
            line.push_str(&" ".repeat(place.saturating_sub(filled)));
            line.push_str(&label);
            at += step;
        }
        let filled = line.chars().count();
        let gap = (self.margin + self.cells + 1).saturating_sub(filled);
        line + &" ".repeat(gap) + "  work\n"
    }

    fn cell_of(&self, at: u64) -> usize {
        let cells = u128::try_from(self.cells).unwrap_or(0);
        let cell = u128::from(at) * cells / u128::from(self.end.max(1));
        usize::try_from(cell).unwrap_or(0)
    }

    /// From when to when a cell goes.
    fn span(&self, cell: usize) -> (u64, u64) {
        let cells = u64::try_from(self.cells).unwrap_or(1);
        let cell = u64::try_from(cell).unwrap_or(0);
        (self.end * cell / cells, self.end * (cell + 1) / cells)
    }

    fn named(&self, name: &str, cells: &str, behind: &str) -> String {
        let name: String = self.look.words(name).chars().take(self.margin - 2).collect();
        format!("{name:<width$}{cells}{behind}", width = self.margin).trim_end().to_owned() + "\n"
    }

    fn row(&self, row: &Row) -> String {
        let lanes = &self.run.lanes;
        match row {
            Row::One(lane) => {
                let lane = &lanes[*lane];
                let behind = format!("  {:>4}", sums::utilisation(self.run, lane));
                self.named(&lane.name, &self.lane(lane), &behind)
            }
            Row::Many(all) => {
                let behind = format!("   {:>4}", sums::together(self.run, all));
                self.named(&row.name(lanes), &self.crowd(all), &behind)
            }
        }
    }

    fn lane(&self, lane: &Lane) -> String {
        let mut cells: Vec<(Option<Tone>, char)> = vec![(None, ' '); self.cells + 1];
        let mut blocks = lane.blocks.iter().peekable();
        for (cell, drawn) in cells.iter_mut().take(self.cells).enumerate() {
            let (from, to) = self.span(cell);
            while blocks.next_if(|block| block.to <= from).is_some() {}
            let mut most: Option<(u64, State)> = None;
            for block in blocks.clone().take_while(|block| block.from < to) {
                let there = block.to.min(to) - block.from.max(from);
                if most.is_none_or(|(length, _)| there > length) {
                    most = Some((there, block.state));
                }
            }
            if let Some((_, state)) = most {
                *drawn = (Some(tone(state)), self.sign(state));
            }
        }
        if let Some(how) = &lane.how {
            let (from, _) = self.span(self.cell_of(lane.until));
            let cell = self.cell_of(lane.until) + usize::from(from < lane.until);
            cells[cell.min(self.cells)] = self.ending(how);
        } else if let Some((state, _)) = &lane.stands {
            let cell = self.cell_of(lane.until).min(self.cells);
            cells[cell] = (Some(Tone::Bad), self.sign(*state));
        }
        self.painted(&cells)
    }

    fn sign(&self, state: State) -> char {
        if self.look.ascii { state.sign().plain } else { state.sign().sign }
    }

    fn ending(&self, how: &str) -> (Option<Tone>, char) {
        match (how, self.look.ascii) {
            ("panicked", false) => (Some(Tone::Bad), '✗'),
            ("panicked", true) => (Some(Tone::Bad), 'x'),
            ("aborted", _) => (Some(Tone::Mind), 'X'),
            (_, false) => (None, '┤'),
            (_, true) => (None, '|'),
        }
    }

    /// Cells of one tone are painted together.
    fn painted(&self, cells: &[(Option<Tone>, char)]) -> String {
        let mut told = String::new();
        for same in cells.chunk_by(|one, other| one.0 == other.0) {
            let text: String = same.iter().map(|(_, sign)| sign).collect();
            told += &same[0].0.map_or(text.clone(), |tone| self.look.paint(tone, &text));
        }
        told
    }

    /// How many of many are at work, as a part of all of them.
    fn crowd(&self, lanes: &[usize]) -> String {
        let worked = |lane: &usize, from: u64, to: u64| -> u64 {
            let blocks = self.run.lanes[*lane].blocks.iter();
            let works = blocks.filter(|block| block.state.is_work());
            works.map(|block| block.to.min(to).saturating_sub(block.from.max(from))).sum()
        };
        let all = u64::try_from(lanes.len()).unwrap_or(1);
        let cell = |cell| {
            let (from, to) = self.span(cell);
            let sum = lanes.iter().map(|lane| worked(lane, from, to)).sum();
            self.bar(sum, all * (to - from))
        };
        (0..self.cells).map(cell).collect()
    }

    /// A bar as high as a part of the whole; none for nothing at all.
    fn bar(&self, part: u64, whole: u64) -> char {
        const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        const DIGITS: [char; 10] = ['.', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
        let bars = if self.look.ascii { &DIGITS[..] } else { &BARS[..] };
        let top = bars.len() - 1;
        let scaled = (part * u64::try_from(top).unwrap_or(1)).div_ceil(whole.max(1));
        bars[usize::try_from(scaled).unwrap_or(top).min(top)]
    }

    /// The most that a queue holds in the time of each cell.
    fn queue(&self, index: usize, queue: &Queue) -> String {
        let full = self.full(queue);
        let mut steps = queue.depth.iter().peekable();
        let mut now = 0;
        let cell = |cell| {
            let (from, to) = self.span(cell);
            let mut most = now;
            if from >= self.run.end && from > 0 {
                return ' ';
            }
            let is_last = cell + 1 == self.cells;
            while let Some(&(_, depth)) = steps.next_if(|(at, _)| *at < to || is_last) {
                now = depth;
                most = most.max(depth);
            }
            self.bar(most, full)
        };
        let cells: String = (0..self.cells).map(cell).collect();
        let behind = format!("   max {}", queue.most());
        self.named(&format!("queue {}", index + 1), &cells, &behind)
    }

    /// What a whole bar stands for.
    fn full(&self, queue: &Queue) -> u64 {
        let most = queue.most().max(1);
        if self.look.ascii && most <= 9 { 9 } else { queue.capacity.unwrap_or(most).max(most) }
    }

    fn marks(&self) -> String {
        let marks = &self.run.marks;
        if marks.is_empty() {
            return String::new();
        }
        let mut cells = vec![(None, ' '); self.cells + 1];
        for mark in marks {
            cells[self.cell_of(mark.at).min(self.cells)] = (Some(Tone::Bad), '!');
        }
        let mut told = self.named("marks", &self.painted(&cells), "");
        for mark in marks.iter().take(MOST_MARKS) {
            let name = &self.run.lanes[mark.lane].name;
            let _ = writeln!(told, "  ! {}  {name}: {}", seconds(mark.at), mark.says);
        }
        if marks.len() > MOST_MARKS {
            let _ = writeln!(told, "  ! and {} more", marks.len() - MOST_MARKS);
        }
        self.look.words(&told)
    }

    fn sums(&self) -> String {
        let of = |index| format!("queue {}  {}\n", index + 1, sums::of_queue(self.run, index));
        let told: String = (0..self.run.queues.len()).map(of).collect();
        told + &sums::unknown(self.run).map(|says| format!("{says}\n")).unwrap_or_default()
    }

    /// The signs that are there.
    fn legend(&self, rows: &[Row], columns: usize) -> String {
        let mut states = BTreeSet::new();
        for row in rows {
            let Row::One(lane) = row else { continue };
            let lane = &self.run.lanes[*lane];
            states.extend(lane.blocks.iter().map(|block| block.state));
            states.extend(lane.stands.iter().map(|(state, _)| *state));
        }
        let mut parts: Vec<String> = SIGNS
            .iter()
            .filter(|sign| states.contains(&sign.state))
            .map(|sign| format!("{} {}", self.sign(sign.state), sign.says))
            .collect();
        for (how, says) in
            [("finished", "finished"), ("panicked", "panicked"), ("aborted", "aborted")]
        {
            if self.run.lanes.iter().any(|lane| lane.how.as_deref() == Some(how)) {
                parts.push(format!("{} {says}", self.ending(how).1));
            }
        }
        if rows.iter().any(|row| matches!(row, Row::Many(_))) {
            parts.push("a bar: how many of them are at work".to_owned());
        }
        if self.run.stuck.is_some() {
            parts.push("at the end: how it stands, for ever".to_owned());
        }
        parts.push("work: how much of its life it was at work".to_owned());
        flowed(&parts, columns)
    }
}

/// The parts one behind the other, as many in a line as fit.
fn flowed(parts: &[String], columns: usize) -> String {
    let mut told = String::new();
    let mut filled = 0;
    for part in parts {
        let length = part.chars().count();
        if filled > 0 && filled + 3 + length > columns {
            told.push('\n');
            filled = 0;
        } else if filled > 0 {
            told.push_str("   ");
            filled += 3;
        }
        told.push_str(part);
        filled += length;
    }
    told + "\n"
}

fn tone(state: State) -> Tone {
    match state {
        State::Working | State::Computing => Tone::Good,
        State::Room | State::Lock | State::Core | State::Retrying | State::Held => Tone::Mind,
        _ => Tone::Quiet,
    }
}

/// The distance of the instants on an axis with room for so many: 1, 2 or 5, with as many noughts as it takes.
pub(super) fn step(end: u64, most: usize) -> u64 {
    let most = u64::try_from(most.max(1)).unwrap_or(1);
    let steps = (0..).flat_map(|noughts| [1, 2, 5].map(|digit| digit * 10_u64.pow(noughts)));
    if end == 0 { 0 } else { steps.take(54).find(|step| end / step < most).unwrap_or(end) }
}

/// An instant without the noughts that say nothing: `1.5 s`, `200 ms`.
pub(super) fn label(at: u64) -> String {
    let trimmed = |text: String| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    match at {
        0 => "0".to_owned(),
        1..1_000 => format!("{at} us"),
        1_000..1_000_000 => {
            format!("{} ms", trimmed(format!("{}.{:03}", at / 1_000, at % 1_000)))
        }
        _ => format!("{} s", trimmed(format!("{}.{:06}", at / 1_000_000, at % 1_000_000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_round_instants() {
        assert_eq!([step(4_900_000, 6), step(3_171_000, 7), step(9, 10)], [1_000_000, 500_000, 1]);
        assert_eq!(step(0, 5), 0);
        assert_eq!(
            [0, 5, 1_500, 20_000, 1_500_000].map(label),
            ["0", "5 us", "1.5 ms", "20 ms", "1.5 s"]
        );
    }
}
