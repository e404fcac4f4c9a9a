//! What must hold, told as tests.

use exam::{Run, program, task};

const USED: &str = "[Consumer] Used item {item}";
const THREW_AWAY: &str = "[Consumer] Threw item {item} away";
const TOOK: &str = "It took {s} seconds";
const SUMMARY: &str = "Used {n} of {items} items";

exam::as_given!("{{name}}");
exam::finished!("{{name}}");

#[task("alter-1", "the program tells how many seconds it took")]
fn the_program_tells_how_long_it_took() {
    for (flags, items) in [("", 10), ("--items 25 --capacity 1", 25), ("--capacity 100", 10)] {
        let run = play(flags);
        uses_all(&run, items);
        tells_the_seconds(&run);
    }
}

#[task("fix-1", "a spoilt item is thrown away, and all others are used")]
fn a_spoilt_item_is_thrown_away() {
    for (spoilt, flags) in [(4, ""), (10, ""), (1, "--capacity 1")] {
        let run = play(&format!("--spoilt {spoilt} {flags}"));
        run.exits(0);
        run.each_once(USED, "item", (1..=10).filter(|item| *item != spoilt));
        run.each_once(THREW_AWAY, "item", [spoilt]);
        ends_with(&run, "Used 9 of 10 items");
    }
    // Nothing is thrown away that is not spoilt.
    let run = play("");
    run.none(THREW_AWAY);
    uses_all(&run, 10);
}

fn play(flags: &str) -> Run {
    program!("{{name}}").flags(flags).run()
}

fn uses_all(run: &Run, items: u32) {
    run.exits(0);
    run.each_once(USED, "item", 1..=items);
    ends_with(run, &format!("Used {items} of {items} items"));
}

/// The last item is used at the end, so that is what has to be told.
fn tells_the_seconds(run: &Run) {
    let last = run.lines(USED).pop().map_or(0.0, |line| run.at(&line).as_secs_f64());
    let told = run.one(TOOK);
    run.require(
        told.get("s") == format!("{last:.1}"),
        format!("print `It took {last:.1} seconds`"),
        format!("printed `{}`", told.text),
    );
}

/// The summary is the last line.
fn ends_with(run: &Run, summary: &str) {
    let last = run.stdout().lines().last().unwrap_or_default();
    run.require(
        last == summary && run.lines(SUMMARY).len() == 1,
        format!("end with the line `{summary}`, and print it once"),
        format!("ended with the line `{last}`"),
    );
}
