//! How many schedules refuse a wrong program that the usual order accepts, and whether its test plays enough of them.

use super::Found;
use crate::suite::Sitting;
use accord::failure;
use serde_json::Value;
use std::fmt::Write as _;

/// How likely it may be that a test plays no schedule that refuses a program which is as wrong as this one. Its
/// schedules are always the same, and yet drawn anew once the program or the rehearsal has changed. Of three times as
/// many as it takes on average, none refuses it as often as this.
const MOST_MISSED: f64 = 0.05;

/// Whether the schedules of this check's program are counted.
pub(super) fn is_counted(check: &str) -> bool {
    check.starts_with("wrong/")
}

/// What the tests of a wrong program's task have counted.
pub(super) fn found(sitting: &Sitting, tests: &[&String], schedules: u64) -> Found {
    if let Some(trouble) = &sitting.trouble {
        return Err(trouble.clone());
    }
    let messages: Vec<&String> =
        tests.iter().filter_map(|test| sitting.told.messages.get(*test)).collect();
    if messages.is_empty() {
        return Err(format!("no setting refuses it, and none of {schedules} schedules"));
    }
    let mut lines = messages.iter().flat_map(|message| message.lines());
    if let Some(line) = lines.find(|line| line.starts_with(failure::USUAL_REFUSES)) {
        return Ok(format!("needs no schedule: {line}"));
    }
    let crowds: Vec<Crowd> = messages.iter().flat_map(|message| crowds(message)).collect();
    if crowds.is_empty() {
        return Ok("needs no schedule: its test asks more than a referee does".to_owned());
    }
    odds(&crowds, schedules)
}

/// A setting that a test plays under schedules.
struct Crowd {
    flags: String,
    plays: u64,
    hits: u64,
    first: Option<u64>,
}

fn crowds(message: &str) -> Vec<Crowd> {
    let rows = failure::rows(message).into_iter();
    let rows = rows.filter(|(label, _)| *label == failure::SCHEDULES);
    rows.filter_map(|(_, lines)| Crowd::read(lines.first()?)).collect()
}

impl Crowd {
    fn read(line: &str) -> Option<Crowd> {
        let told: Value = serde_json::from_str(line).ok()?;
        let number = |key: &str| told[key].as_u64();
        let flags = told["flags"].as_str()?.to_owned();
        let (plays, hits, first) = (number("plays")?, number("hits")?, number("first"));
        Some(Crowd { flags, plays, hits, first })
    }
}

/// How many of those that its test plays are to be expected to refuse it, and how likely it is that none does.
fn odds(crowds: &[Crowd], schedules: u64) -> Found {
    let share = |crowd: &Crowd| crowd.hits as f64 / schedules as f64;
    let plays: u64 = crowds.iter().map(|crowd| crowd.plays).sum();
    let expected: f64 = crowds.iter().map(|crowd| crowd.plays as f64 * share(crowd)).sum();
    let missed: f64 =
        crowds.iter().map(|crowd| (1.0 - share(crowd)).powf(crowd.plays as f64)).product();
    let mut told = format!("needs a schedule. Its test plays {plays}, and ");
    let _ = match expected {
        0.0 => write!(told, "none of such refuses it"),
        _ => write!(told, "one in {:.1} of such refuses it", plays as f64 / expected),
    };
    let _ = write!(told, "; all miss it in {:.1} % of cases", 100.0 * missed);
    for Crowd { flags, plays, hits, first } in crowds.iter().filter(|crowd| crowd.hits > 0) {
        let first = first.map(|first| format!(", first {first}")).unwrap_or_default();
        let flags = if flags.is_empty() { "no flags" } else { flags };
        let _ = write!(told, "\n{hits} of {schedules}{first} (plays {plays}): {flags}");
    }
    if missed > MOST_MISSED {
        let most = 100.0 * MOST_MISSED;
        let _ = write!(told, "\nthat is more than {most} %: its test plays too few there");
        return Err(told);
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a program that so many of 400 schedules refuse, in two settings that a test plays.
    fn told(hits: [u64; 2]) -> Found {
        let row = |plays, hits| {
            let told =
                serde_json::json!({ "flags": "--a 1", "plays": plays, "hits": hits, "first": 7 });
            format!("  {:1$}  {told}\n", failure::SCHEDULES, failure::LABEL_WIDTH)
        };
        let message = format!("panicked:\nit is accepted\n{}{}", row(20, hits[0]), row(4, hits[1]));
        odds(&crowds(&message), 400)
    }

    #[test]
    fn a_test_plays_enough_where_hardly_ever_all_miss() {
        let enough = told([50, 200]).unwrap();
        let start = "needs a schedule. Its test plays 24, and one in 5.3 of such refuses it; all miss it in 0.4 % of cases\n";
        assert!(enough.starts_with(start), "{enough}");
        assert!(enough.ends_with("200 of 400, first 7 (plays 4): --a 1"), "{enough}");
        let few = told([50, 0]).unwrap_err();
        assert!(few.contains("in 6.9 % of cases") && few.contains("more than 5 %"), "{few}");
        assert!(
            told([0, 0]).unwrap_err().contains("none of such refuses it; all miss it in 100.0 %")
        );
    }

    #[test]
    fn a_program_that_the_usual_order_refuses_needs_no_schedule() {
        let test = "fix_1".to_owned();
        let mut sitting = Sitting::default();
        assert!(found(&sitting, &[&test], 400).is_err());
        sitting
            .told
            .messages
            .insert(test.clone(), "panicked:\nthe usual order refuses it with `--a`".to_owned());
        let told = "needs no schedule: the usual order refuses it with `--a`".to_owned();
        assert_eq!(found(&sitting, &[&test], 400), Ok(told));
    }
}
