//! A run as a drawing, for a README or a slide. It asks for nothing but itself, and has a dark form where the reader
//! likes that.

use super::{
    model::{Block, Lane, Run, SIGNS, State},
    page::escaped,
    rows::{MOST, Row, rows},
    sums,
    terminal::{label, step},
};
use std::{collections::BTreeSet, fmt::Write as _};

const WIDTH: u64 = 960;
const LEFT: u64 = 150;
const RIGHT: u64 = 70;
const CHART: u64 = WIDTH - LEFT - RIGHT;
const ROW: u64 = 20;
const QUEUE: u64 = 40;
const AXIS: u64 = 50;
const LEGEND: u64 = 18;

const STYLE: &str = include_str!("page/svg.css");

/// The whole file.
pub(super) fn drawing(run: &Run) -> String {
    let (rows, left_out) = rows(run, MOST);
    let mut pen = Pen { run, top: AXIS, told: String::new() };
    for row in &rows {
        pen.row(row);
    }
    if left_out > 0 {
        pen.text("name", 4, pen.top + 14, &format!("and {left_out} more"));
        pen.top += ROW;
    }
    for index in 0..run.queues.len() {
        pen.queue(index);
    }
    let chart_end = pen.top;
    pen.marks(chart_end);
    pen.legend(&rows);
    let high = pen.top + 8;
    let axis = axis(run, chart_end);
    let title = escaped(&format!("{}, pace {}", run.command, run.pace));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {high}\" role=\"img\" \
         aria-labelledby=\"title says\">\n<title id=\"title\">{title}</title>\n<desc id=\"says\">{}</desc>\n\
         <style>\n{STYLE}</style>\n<rect class=\"ground\" width=\"{WIDTH}\" height=\"{high}\"/>\n\
         <text class=\"title\" x=\"4\" y=\"18\">{title}</text>\n{axis}{}</svg>\n",
        escaped(&said(run)),
        pen.told
    )
}

/// What a reader is told who doesn't see it.
fn said(run: &Run) -> String {
    let lanes = run.lanes.iter().map(|lane| {
        format!("{} was at work for {} of its life.", lane.name, sums::utilisation(run, lane))
    });
    let queues = (0..run.queues.len()).map(|index| sums::of_queue(run, index) + ".");
    lanes.chain(queues).collect::<Vec<_>>().join(" ")
}

/// Tenths of a unit: what is short is still to be seen.
fn x(run: &Run, at: u64) -> String {
    let tenths = 10 * LEFT
        + u64::try_from(u128::from(at) * u128::from(10 * CHART) / u128::from(run.end.max(1)))
            .unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// How wide a stretch is, in units.
fn wide(run: &Run, block: &Block) -> u64 {
    block.length() * CHART / run.end.max(1)
}

fn axis(run: &Run, bottom: u64) -> String {
    let step = step(run.end, 10);
    let mut told = String::new();
    let mut at = 0;
    while step > 0 && at <= run.end {
        let x = x(run, at);
        let _ = writeln!(told, "<path class=\"line\" d=\"M{x} {}V{bottom}\"/>", AXIS - 4);
        let _ = writeln!(
            told,
            "<text class=\"faint\" x=\"{x}\" y=\"{}\">{}</text>",
            AXIS - 10,
            label(at)
        );
        at += step;
    }
    told
}

struct Pen<'a> {
    run: &'a Run,
    top: u64,
    told: String,
}

impl Pen<'_> {
    fn text(&mut self, class: &str, x: u64, y: u64, text: &str) {
        let _ = writeln!(
            self.told,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>",
            escaped(text)
        );
    }

    fn row(&mut self, row: &Row) {
        let (run, top) = (self.run, self.top);
        self.text("name", 4, top + 14, &row.name(&run.lanes));
        match row {
            Row::One(lane) => {
                let lane = &run.lanes[*lane];
                self.text("faint right", WIDTH - 4, top + 14, &sums::utilisation(run, lane));
                self.lane(lane);
            }
            // So many lie one above the other: where many work, it is dense.
            Row::Many(all) => {
                self.text("faint right", WIDTH - 4, top + 14, &sums::together(run, all));
                for &lane in all {
                    for block in run.lanes[lane].blocks.iter().filter(|block| block.state.is_work())
                    {
                        self.block(
                            block,
                            15,
                            &format!("crowd\" opacity=\"{:.3}", 1.5 / all.len() as f64),
                        );
                    }
                }
            }
        }
        self.top += ROW;
    }

    fn lane(&mut self, lane: &Lane) {
        for block in &lane.blocks {
            let sign = block.state.sign();
            let high = if block.state.is_work() { 15 } else { 4 };
            self.block(block, high, sign.word);
            if !block.state.is_work() && wide(self.run, block) > 18 {
                let middle = x(self.run, block.from.midpoint(block.to));
                let _ = writeln!(
                    self.told,
                    "<text class=\"sign {}\" x=\"{middle}\" y=\"{}\">{}</text>",
                    sign.word,
                    self.top + 15,
                    sign.sign
                );
            }
        }
        let (end, sign) = match (lane.how.as_deref(), &lane.stands) {
            (Some("panicked"), _) => ("bad", "✗"),
            (Some("aborted"), _) => ("bad", "X"),
            (Some(_), _) => ("end-of-it", ""),
            (None, Some((state, _))) => ("bad", &*state.sign().sign.to_string()),
            (None, None) => return,
        };
        let x = x(self.run, lane.until);
        let (top, told) = (self.top, &mut self.told);
        let _ = writeln!(told, "<path class=\"{end}\" d=\"M{x} {}v16\"/>", top + 2);
        let _ = writeln!(
            told,
            "<text class=\"{end}-sign\" x=\"{x}\" y=\"{}\" dx=\"5\">{sign}</text>",
            top + 15
        );
    }

    fn block(&mut self, block: &Block, high: u64, class: &str) {
        let wide = (block.length() * CHART) as f64 / self.run.end.max(1) as f64;
        // A gap between two that are alike.
        let wide = if wide > 3.0 { wide - 0.8 } else { wide };
        let (x, y) = (x(self.run, block.from), self.top + (ROW - high) / 2);
        let _ = writeln!(
            self.told,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{wide:.1}\" height=\"{high}\"><title>{}</title></rect>",
            escaped(&block.why)
        );
    }

    fn queue(&mut self, index: usize) {
        let (run, queue) = (self.run, &self.run.queues[index]);
        let bottom = self.top + QUEUE - 4;
        let most = queue.most().max(1);
        let full = queue.capacity.unwrap_or(0).max(most);
        let y = |depth: u64| bottom - depth * (QUEUE - 10) / full;
        self.text("name", 4, self.top + 16, &queue.name);
        let room =
            queue.capacity.map_or("without bound".to_owned(), |room| format!("room for {room}"));
        self.text("faint", 4, self.top + 30, &room);
        self.text("faint right", WIDTH - 4, self.top + 24, &format!("max {}", queue.most()));
        let mut path = format!("M{} {bottom}", x(run, queue.made));
        for &(at, depth) in &queue.depth {
            let _ = write!(path, "H{}V{}", x(run, at), y(depth));
        }
        let end = x(run, run.end);
        let _ = writeln!(self.told, "<path class=\"queue\" d=\"{path}H{end}V{bottom}Z\"/>");
        if let Some(room) = queue.capacity.filter(|room| *room > 0) {
            let _ = writeln!(self.told, "<path class=\"full\" d=\"M{LEFT} {}h{CHART}\"/>", y(room));
        }
        self.top += QUEUE;
    }

    fn marks(&mut self, bottom: u64) {
        for mark in &self.run.marks {
            let x = x(self.run, mark.at);
            let _ = writeln!(
                self.told,
                "<path class=\"mark\" d=\"M{x} {}V{bottom}\"><title>{}</title></path>",
                AXIS - 4,
                escaped(&mark.says)
            );
        }
    }

    /// The signs that are there.
    fn legend(&mut self, rows: &[Row]) {
        let mut states: BTreeSet<State> = BTreeSet::new();
        for row in rows {
            if let Row::One(lane) = row {
                states.extend(self.run.lanes[*lane].blocks.iter().map(|block| block.state));
            }
        }
        self.top += 6;
        let (mut left, wide) = (LEFT, CHART / 2);
        for sign in SIGNS.iter().filter(|sign| states.contains(&sign.state)) {
            if left + wide > WIDTH {
                (left, self.top) = (LEFT, self.top + LEGEND);
            }
            self.text(
                &format!("sign {}", sign.word),
                left + 8,
                self.top + 14,
                &sign.sign.to_string(),
            );
            self.text("faint", left + 22, self.top + 14, sign.says);
            left += wide;
        }
        self.top += LEGEND;
        let mut asides = Vec::new();
        if rows.iter().any(|row| matches!(row, Row::Many(_))) {
            asides.push("many in one row: the denser, the more of them are at work");
        }
        if self.run.stuck.is_some() {
            asides.push("red at the end: how it stands, for ever");
        }
        for aside in asides {
            self.text("faint", LEFT + 22, self.top + 14, aside);
            self.top += LEGEND;
        }
    }
}
