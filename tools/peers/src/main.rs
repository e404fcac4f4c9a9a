//! Plays the tests that other crates publish with themselves on the rehearsal, and says which differ.
//!
//!     cargo run -p peers              a part, within two minutes
//!     cargo run -p peers -- all       all of it, on 20 schedules
//!     cargo run -p peers -- tokio     all of one suite
//!     cargo run -p peers -- zero::    the tests with this in their name, all of it
//!
//! Nobody who wrote the rehearsal wrote these tests, so they look where its authors did not.

mod kept;
mod package;
mod play;
mod source;
mod suite;

use kept::{Expected, Kept};
use package::{Built, Workspace};
use play::{Outcome, Test, World};
use std::{collections::BTreeSet, process::ExitCode};
use suite::{SUITES, Suite};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [] => told(run(&Plan::QUICK, "")),
        [all] if all == "all" => told(run(&Plan::WHOLE, "")),
        [part] if !part.starts_with('-') => told(run(&Plan::WHOLE, part)),
        _ => {
            eprintln!("error: this takes nothing, `all`, or a part of a test's name");
            ExitCode::from(2)
        }
    }
}

fn told(verdict: Result<bool, String>) -> ExitCode {
    match verdict {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is played.
struct Plan {
    /// Whether what the list says of tests that don't compile is taken for true.
    believes: bool,
    worlds: &'static [World],
    /// Tests with one of these words in their name are left out: they play for long.
    without: &'static [&'static str],
}

impl Plan {
    const QUICK: Plan = Plan {
        believes: true,
        worlds: &[World::Instant, World::Schedules(1)],
        without: &[
            "chan::main",
            "chan_test::test_chan",
            "doubleselect",
            "stress",
            "drops",
            "linearizable",
            "mpmc",
            "spsc",
            "fairness",
            "reuse",
            "::len",
            "multi_consumer",
            "select2",
        ],
    };
    const WHOLE: Plan = Plan {
        believes: false,
        worlds: &[World::Instant, World::Schedules(20), World::Off],
        without: &[],
    };
}

/// Plays every suite; false if a test differs from what the kept list says.
fn run(plan: &Plan, part: &str) -> Result<bool, String> {
    let kept = Kept::read(include_str!("../differ.toml"))?;
    let workspace = Workspace::look_up()?;
    let mut as_kept = true;
    let (suites, part): (Vec<&Suite>, &str) =
        match SUITES.iter().find(|suite| suite.package == part) {
            Some(suite) => (vec![suite], ""),
            None => (SUITES.iter().collect(), part),
        };
    for suite in suites {
        let fails = |test: &str| kept.expects(suite.package, test, "compile") == Expected::Fail;
        let built = workspace.build(suite, plan.believes.then_some(&fails))?;
        as_kept &= play(suite, &built, &kept, plan, part)?;
    }
    Ok(as_kept)
}

/// What was found of a suite.
#[derive(Default)]
struct Found {
    tests: BTreeSet<String>,
    /// What differs from the kept list.
    surprises: Vec<String>,
}

fn play(
    suite: &Suite,
    built: &Built,
    kept: &Kept,
    plan: &Plan,
    part: &str,
) -> Result<bool, String> {
    let mut found = Found::default();
    let mut tests = Vec::new();
    for (file, executable) in &built.executables {
        let listed = Test::listed(file, executable)?;
        tests.extend(listed.into_iter().filter(|test| test.path().contains(part)));
    }
    for (test, compiles) in (tests.iter().map(|test| (test.path(), true)))
        .chain(built.cut.iter().cloned().map(|test| (test, false)))
        .filter(|(test, _)| test.contains(part))
    {
        found.compare(suite, kept, &test, "compile", compiles, "does not compile");
        found.tests.insert(test);
    }
    let is_played = |test: &&Test| !plan.without.iter().any(|word| test.path().contains(word));
    let plays: Vec<(Test, World)> = (plan.worlds.iter())
        .flat_map(|world| tests.iter().filter(is_played).map(move |test| (test.clone(), *world)))
        .collect();
    let outcomes = play::all(&plays);

    println!("{}: {} tests, {} compile", suite.package, found.tests.len(), tests.len());
    for world in plan.worlds {
        let of_world = outcomes.iter().filter(|((_, other), _)| other == world);
        let passed = of_world.clone().filter(|(_, outcome)| **outcome == Outcome::Passed).count();
        println!("  {:10} {passed} pass", world.name());
        for ((test, _), outcome) in of_world {
            let passes = *outcome == Outcome::Passed;
            found.compare(suite, kept, test, world.name(), passes, &outcome.to_string());
        }
    }
    if part.is_empty() {
        let stale = kept.stale(suite.package, &found.tests);
        found.surprises.extend(stale.iter().map(|name| format!("{name}: there is no such test")));
        for (why, tests) in kept.reasons(suite.package, &found.tests) {
            println!("  {tests:4} differ: {why}");
        }
    }
    for surprise in &found.surprises {
        println!("  NOT AS KEPT: {surprise}");
    }
    Ok(found.surprises.is_empty())
}

impl Found {
    fn compare(
        &mut self,
        suite: &Suite,
        kept: &Kept,
        test: &str,
        world: &str,
        passes: bool,
        how: &str,
    ) {
        match (kept.expects(suite.package, test, world), passes) {
            (Expected::Pass, false) => self.surprises.push(format!("{test} ({world}) {how}")),
            (Expected::Fail, true) => {
                self.surprises
                    .push(format!("{test} ({world}) passes, and the list says it does not"));
            }
            _ => {}
        }
    }
}
