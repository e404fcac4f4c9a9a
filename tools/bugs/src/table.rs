//! What was found, as tables.

use crate::{
    bug::Bug,
    measure::Found,
    shrunk::{Left, Shrunk},
};

/// After how many schedules the bugs are counted.
const AFTER: [i32; 3] = [20, 100, 1000];

/// How many bugs each sampler is to be expected to have found, and what that costs.
pub(crate) fn samplers(set: &str, all: &[Found]) {
    let (count, schedules) = (all[0].hits.len(), all[0].schedules);
    println!("\n{count} bugs of {set}, {schedules} schedules of each\n");
    println!("| | after 20 | 100 | 1,000 | never | schedules / CPU-s | hits / CPU-s |");
    println!("|---|---|---|---|---|---|---|");
    for found in all {
        let expected = AFTER.map(|after| format!("{:.1}", found.expected(after))).join(" | ");
        println!(
            "| {} | {expected} | {} | {:.0} | {:.0} |",
            found.sampler,
            found.never(),
            found.per_second(),
            found.hits_per_second()
        );
    }
}

/// The hits in percent, by kind.
pub(crate) fn kinds(bugs: &[Bug], all: &[Found]) {
    let samplers: Vec<_> = all.iter().map(|found| found.sampler.as_str()).collect();
    println!("\n| hits in percent, mean of a kind | bugs | {} |", samplers.join(" | "));
    println!("|---|---|{}", "---|".repeat(all.len()));
    let mut kinds: Vec<&str> = bugs.iter().map(|bug| bug.kind).collect();
    kinds.dedup();
    for kind in kinds {
        let count = bugs.iter().filter(|bug| bug.kind == kind).count();
        let percents = all.iter().map(|found| {
            let of_kind = found.rates().zip(bugs).filter(|(_, bug)| bug.kind == kind);
            let sum: f64 = of_kind.map(|(rate, _)| rate).sum();
            format!("{:.1}", 100.0 * sum / count as f64)
        });
        println!("| {kind} | {count} | {} |", percents.collect::<Vec<_>>().join(" | "));
    }
}

/// The hits in percent, of each bug.
pub(crate) fn each(bugs: &[Bug], all: &[Found]) {
    for (at, bug) in bugs.iter().enumerate() {
        let rates = all.iter().map(|found| {
            format!("{:>6.1}", 100.0 * found.hits[at] as f64 / found.schedules as f64)
        });
        println!("{:<50}{}", bug.name, rates.collect::<String>());
    }
}

/// How often the programs failed that have no bug.
pub(crate) fn false_alarms(bugs: &[Bug], found: &Found) {
    let runs = found.hits.len() * found.schedules;
    println!(
        "\n{}: {} false alarms in {runs} runs",
        found.sampler,
        found.hits.iter().sum::<usize>()
    );
    for (bug, hits) in bugs.iter().zip(&found.hits).filter(|(_, hits)| **hits > 0) {
        println!("  {}: {hits}", bug.name);
    }
}

/// How little is left of the schedules that failed.
pub(crate) fn shrunk(set: &str, all: &[Shrunk], each: bool) {
    let left: Vec<&Left> = all.iter().filter_map(|shrunk| shrunk.left.as_ref()).collect();
    let few = left.iter().filter(|left| left.preemptions <= 3).count();
    println!("\n| {set} | median | most |\n|---|---|---|");
    for (what, numbers) in [
        ("preemptions of the schedule", all.iter().map(|shrunk| shrunk.before).collect()),
        ("preemptions left", left.iter().map(|left| left.preemptions).collect()),
        ("all that is left", left.iter().map(|left| left.causes).collect()),
        ("replays", left.iter().map(|left| left.replays).collect::<Vec<u64>>()),
    ] {
        let mut numbers: Vec<u64> = numbers;
        numbers.sort_unstable();
        let most = numbers.last().copied().unwrap_or_default();
        println!(
            "| {what} | {} | {most} |",
            numbers.get(numbers.len() / 2).copied().unwrap_or_default()
        );
    }
    let percent = 100.0 * few as f64 / all.len().max(1) as f64;
    println!(
        "\nAt most 3 preemptions: {few} of {} bugs that a schedule showed ({percent:.0} %)",
        all.len()
    );
    for Shrunk { name, schedule, before, left } in all.iter().filter(|_| each) {
        let Some(left) = left else {
            println!("\n{name}, schedule {schedule}: is told by its number");
            continue;
        };
        let Left { preemptions, replays, hold, sentence, .. } = left;
        println!(
            "\n{name}, schedule {schedule}: {before} preemptions, {preemptions} left after {replays} replays"
        );
        println!("  {sentence}\n  --held {hold}");
    }
}
