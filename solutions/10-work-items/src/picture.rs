//! The process as a picture: each step, and before it the queue with the items that it takes.

use crate::item::{BILL, PRODUCE, STEPS};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many items a step has in a state.
type Counts = BTreeMap<(String, String), i64>;

const STATES: [(&str, &str); 4] =
    [("NEW", "#0550ae"), ("RESERVED", "#7d4e00"), ("COMPLETED", "#116329"), ("FAILED", "#a40e26")];

const HEIGHT: u32 = 150;
const MIDDLE: u32 = 72;
const BOX: u32 = 96;
const QUEUE: u32 = 136;
const ARROW: u32 = 44;
const EDGE: u32 = 20;

/// The picture as SVG, on a white ground so that it can be seen in a dark window too.
pub(crate) fn of(counts: &Counts) -> String {
    let count = |step: &str, state: &str| {
        counts.get(&(step.to_owned(), state.to_owned())).copied().unwrap_or_default()
    };
    let (mut parts, mut words, mut x) = (String::new(), Vec::new(), EDGE);
    for step in STEPS {
        let counted = STATES.map(|(state, colour)| (state, colour, count(step, state)));
        let all: i64 = counted.iter().map(|(.., count)| count).sum();
        let is_first = step == PRODUCE;
        // The first step has a queue if sheets came in as items, and the bills are a task's.
        if all == 0 && step == BILL {
            continue;
        }
        if all > 0 || !is_first {
            if x > EDGE {
                x = arrow(&mut parts, x);
            }
            x = arrow_after_queue(&mut parts, x, &counted);
            let told = counted.map(|(state, _, count)| format!("{count} {}", state.to_lowercase()));
            words.push(format!("{all} items for {step}: {}", told.join(", ")));
        }
        x = step_box(&mut parts, x, step);
    }
    let width = x + EDGE;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" font-family="sans-serif" font-size="15">
  <title>The steps, and the items that each of them takes</title>
  <desc>{}</desc>
  <rect width="{width}" height="{HEIGHT}" rx="8" fill="#ffffff" stroke="#d0d7de"/>
{parts}</svg>
"##,
        words.join("; ")
    )
}

fn step_box(parts: &mut String, x: u32, step: &str) -> u32 {
    let (top, middle) = (MIDDLE - 22, x + BOX / 2);
    draw(
        parts,
        format_args!(
            r##"<rect x="{x}" y="{top}" width="{BOX}" height="44" rx="8" fill="#f6f8fa" stroke="#1f2328" stroke-width="1.5"/><text x="{middle}" y="{}" text-anchor="middle" fill="#1f2328">{step}</text>"##,
            MIDDLE + 5
        ),
    );
    x + BOX
}

/// A queue, open at both ends, with a line for each state, and the arrow to who takes from it.
fn arrow_after_queue(parts: &mut String, x: u32, counted: &[(&str, &str, i64)]) -> u32 {
    let (top, bottom, middle) = (MIDDLE - 48, MIDDLE + 48, x + QUEUE / 2);
    draw(
        parts,
        format_args!(
            r##"<path d="M{x} {top}h{QUEUE}M{x} {bottom}h{QUEUE}" stroke="#1f2328" stroke-width="1.5"/>"##
        ),
    );
    for (line, (state, colour, count)) in (0..).zip(counted) {
        // What is not there stays in the background.
        let colour = if *count == 0 { "#6e7781" } else { colour };
        let (y, state) = (top + 22 + line * 22, state.to_lowercase());
        draw(
            parts,
            format_args!(
                r##"<text x="{middle}" y="{y}" text-anchor="middle" fill="{colour}">{count} {state}</text>"##
            ),
        );
    }
    arrow(parts, x + QUEUE)
}

fn arrow(parts: &mut String, x: u32) -> u32 {
    let (start, length) = (x + 6, ARROW - 12);
    draw(
        parts,
        format_args!(
            r##"<path d="M{start} {MIDDLE}h{length}m-9-6l9 6l-9 6" fill="none" stroke="#1f2328" stroke-width="1.5"/>"##
        ),
    );
    x + ARROW
}

fn draw(parts: &mut String, part: std::fmt::Arguments<'_>) {
    writeln!(parts, "  {part}").expect("a string takes everything");
}
