//! Small wrong programs, and how soon the rehearsal's schedules find what is wrong.

mod measure;
mod on_rehearsal;
mod shrunk;
mod table;

use bugs::bug::{self, Bug};
#[cfg(feature = "shuttle")]
use bugs::on_shuttle;
use clap::Parser;
use measure::Drawn;
use on_rehearsal::{tasks, threads};

/// Plays wrong programs under many schedules, and tells how often they fail
#[derive(Parser)]
struct Args {
    /// How many schedules of each
    #[arg(long, value_name = "N", default_value_t = 1000)]
    schedules: usize,

    /// The first of the rehearsal's schedules
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,

    /// Only those with this in their name or their kind
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,

    /// Lists each bug too
    #[arg(long)]
    each: bool,

    /// Plays the same programs without their bugs, and counts false alarms
    #[arg(long)]
    right: bool,

    /// Shrinks the first schedule that fails, of each, and tells how little is left
    #[arg(long, conflicts_with = "right")]
    shrink: bool,
}

/// The set of bugs by each name, as a child is told it.
const SETS: [(&str, &[Bug]); 2] = [("threads", threads::BUGS), ("tasks", tasks::BUGS)];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["play", set, name, ref rest @ ..] => play(set, name, rest.contains(&"--right")),
        #[cfg(feature = "shuttle")]
        ["shuttle", scheduler, schedules, ref rest @ ..] => shuttle(scheduler, schedules, rest),
        _ => measure(&Args::parse()),
    }
}

/// One bug, on the rehearsal, with the flags that all its programs share.
fn play(set: &str, name: &str, right: bool) {
    let bugs = SETS.iter().find(|(other, _)| *other == set).map(|(_, bugs)| bugs);
    let bug = bugs.and_then(|bugs| bugs.iter().find(|bug| bug.name == name));
    (bug.unwrap_or_else(|| panic!("no bug of {set} is called {name}")).play)(right);
}

/// Prints how often each of these bugs shows.
#[cfg(feature = "shuttle")]
fn shuttle(scheduler: &str, schedules: &str, rest: &[&str]) {
    let schedules = schedules.parse().expect("a number");
    for name in rest.iter().filter(|word| **word != "--right") {
        println!("{}", on_shuttle::hits(scheduler, name, rest.contains(&"--right"), schedules));
    }
}

fn measure(args: &Args) {
    for (set, bugs) in SETS {
        let is_meant = |bug: &&Bug| bug.name.contains(&args.only) || bug.kind.contains(&args.only);
        let bugs: Vec<Bug> = bugs.iter().filter(is_meant).copied().collect();
        if bugs.is_empty() {
            continue;
        }
        if args.shrink {
            table::shrunk(set, &shrunk::of(set, &bugs, args.from, args.schedules), args.each);
            continue;
        }
        let schedules = args.from..args.from + args.schedules as u64;
        let on_rehearsal =
            |drawn| measure::on_rehearsal(set, &bugs, args.right, schedules.clone(), drawn);
        let found: Vec<_> =
            [Drawn::FromNothing, Drawn::FromCounts].into_iter().flat_map(on_rehearsal).collect();
        #[cfg(feature = "shuttle")]
        let found: Vec<_> = found.into_iter().chain(beside(set, &bugs, args)).collect();
        if args.right {
            found.iter().for_each(|found| table::false_alarms(&bugs, found));
            continue;
        }
        table::samplers(set, &found);
        table::kinds(&bugs, &found);
        if args.each {
            table::each(&bugs, &found);
        }
    }
}

/// What shuttle's schedulers find. It has no tasks on a clock.
#[cfg(feature = "shuttle")]
fn beside(set: &str, bugs: &[Bug], args: &Args) -> Vec<measure::Found> {
    let schedulers = on_shuttle::SCHEDULERS.iter().filter(|_| set == "threads");
    let found = schedulers
        .map(|scheduler| measure::on_shuttle(scheduler, bugs, args.right, args.schedules));
    found.collect()
}
