//! Challenges: an order is asked for in which something goes wrong, or the finding that there is none.
//!
//! They stand in `exercises/NN-name/challenges.toml`; the README tells the keys. Whether an order exists stands with
//! the solution, and the proof looks for it.

use super::{
    picks::Picks,
    player::{Player, Run, Whose},
    search::{self, Found},
};
use crate::{
    Error, Result,
    child::Ended,
    look::{Look, Tone},
    manifest::{Table, tables},
    progress::Progress,
    proof::Fact,
    read,
    same::thousands,
    workspace::Exercise,
};
use accord::stuck;
use std::{ffi::OsString, fmt::Write as _};

/// The file's name, in the exercise's folder and in that of its solution.
const FILE: &str = "challenges.toml";

/// An order that is asked for.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Its name: `lose-an-item`.
    pub name: String,
    /// What is asked for.
    pub says: String,
    /// The program.
    pub whose: Whose,
    /// Its flags.
    pub flags: Vec<OsString>,
    goal: Goal,
    /// So many things may differ from the usual order at most.
    most: Option<usize>,
}

/// What is to come of it. All that is said has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Goal {
    ends: Option<Ends>,
    /// Words that a printed line has to hold.
    prints: Option<String>,
    /// Words that no printed line may hold.
    lacks: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Stuck,
    Panicked,
    Well,
}

impl Goal {
    fn of(table: &Table) -> std::result::Result<Goal, String> {
        let text = |key: &str| table.value(key).map(str::to_owned);
        let ends = match table.value("ends") {
            None => None,
            Some("stuck") => Some(Ends::Stuck),
            Some("panicked") => Some(Ends::Panicked),
            Some("well") => Some(Ends::Well),
            Some(other) => {
                return Err(format!("ends = \"{other}\" is not stuck, panicked or well"));
            }
        };
        let goal = Goal { ends, prints: text("prints"), lacks: text("lacks") };
        let is_empty = goal.ends.is_none() && goal.prints.is_none() && goal.lacks.is_none();
        if is_empty {
            Err("it asks for nothing: ends, prints or lacks".to_owned())
        } else {
            Ok(goal)
        }
    }

    fn is_met(&self, run: &Run) -> bool {
        let outcome = &run.outcome;
        let ends = self.ends.is_none_or(|ends| match ends {
            Ends::Stuck => outcome.ended == Ended::Code(stuck::EXIT_CODE),
            Ends::Panicked => outcome.stderr.contains(" panicked at "),
            Ends::Well => outcome.ended == Ended::Code(0),
        });
        let holds = |words: &String| outcome.stdout.lines().any(|line| line.contains(words));
        ends && self.prints.as_ref().is_none_or(holds) && !self.lacks.as_ref().is_some_and(holds)
    }
}

/// The line of a test that asks for a good end. Whoever is stuck or panics says so there.
pub(super) const ENDS_WELL: &str = "assert_eq!(run.stderr(), \"\");";

impl Challenge {
    /// Those of an exercise; none where it has no file for them.
    pub fn all(exercise: &Exercise) -> Result<Vec<Challenge>> {
        let path = exercise.folder().join(FILE);
        if !path.is_file() {
            return Ok(Vec::new());
        }
        let wrong =
            |name: &str, why: String| Error::Failed(format!("{}, [{name}]: {why}", path.display()));
        let challenge = |table: Table| Challenge::of(&table).map_err(|why| wrong(&table.name, why));
        tables(&read(&path)?).into_iter().map(challenge).collect()
    }

    /// One of them.
    pub fn find(exercise: &Exercise, name: &str) -> Result<Challenge> {
        let all = Challenge::all(exercise)?;
        let names: Vec<String> = all.iter().map(|one| one.name.clone()).collect();
        all.into_iter().find(|one| one.name == name).ok_or_else(|| {
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Error::Input(format!("{} has no challenge {name}; there are: {there}", exercise.name))
        })
    }

    fn of(table: &Table) -> std::result::Result<Challenge, String> {
        let says = table.value("says").ok_or("it has no says = \"…\"")?.to_owned();
        let on = table.value("on").ok_or("it has no on = \"…\"")?;
        let whose = Whose::named(on).map_err(|error| error.to_string())?;
        let flags = table.value("flags").unwrap_or_default();
        let most = table
            .value("most")
            .map(|most| most.parse().map_err(|_| format!("most = \"{most}\" is no number")));
        Ok(Challenge {
            name: table.name.clone(),
            says,
            whose,
            flags: flags.split_whitespace().map(OsString::from).collect(),
            goal: Goal::of(table)?,
            most: most.transpose()?,
        })
    }

    /// Whether a run is what is asked for.
    pub(super) fn is_met(&self, run: &Run) -> bool {
        self.goal.is_met(run)
    }

    /// Whether so many choices are few enough.
    pub(super) fn allows(&self, picks: &Picks) -> bool {
        self.most.is_none_or(|most| picks.count() <= most)
    }

    /// What is asked for, with what limits it.
    pub(super) fn spoken(&self) -> String {
        let most = self.most.map(|most| {
            let times = match most {
                1 => "once".to_owned(),
                2 => "twice".to_owned(),
                most => format!("{most} times"),
            };
            format!(" Depart from the usual order at most {times} (1 is the usual).")
        });
        let counts = match self.whose {
            Whose::Mine => " If it holds in --search, that counts.",
            _ => "",
        };
        format!("{}{}{counts}", self.says, most.unwrap_or_default())
    }

    /// The line of a test that refuses what is asked for.
    pub(super) fn requirement(&self) -> String {
        let quoted = |words: &String| format!("run.stdout().contains({words:?})");
        match (&self.goal.prints, &self.goal.lacks) {
            (Some(words), _) => format!("assert!(!{});", quoted(words)),
            (None, Some(words)) => format!("assert!({});", quoted(words)),
            (None, None) => ENDS_WELL.to_owned(),
        }
    }
}

/// The challenges of an exercise, and which of them are solved.
pub fn list(exercise: &Exercise, look: Look) -> Result<String> {
    let all = Challenge::all(exercise)?;
    if all.is_empty() {
        return Err(Error::Failed(format!("{} has no challenge", exercise.name)));
    }
    let progress = Progress::of(exercise.root())?;
    let mut told = String::new();
    for one in &all {
        let sign = match progress.solved_by(&exercise.name, &one.name) {
            Some(order) => {
                look.paint(Tone::Good, &format!("{} {}", look.passed(), how(order, &one.whose)))
            }
            None => look.paint(Tone::Quiet, look.open()),
        };
        let _ = writeln!(told, "{sign} {}: {}", one.name, one.spoken());
        let command = format!("cargo course stage {} --challenge {}", exercise.short(), one.name);
        let _ = writeln!(told, "  On {}: {command}", one.whose.spoken());
    }
    let _ = writeln!(
        told,
        "\nYou choose who goes on, and --search looks for you. Some are impossible: --search can prove it."
    );
    Ok(look.words(&look.fit(&told)))
}

/// In which way a challenge is solved.
fn how(order: &str, whose: &Whose) -> String {
    match (order, order.strip_prefix(NOT_IN), whose) {
        (_, Some(orders), Whose::Mine) => format!("held in {} orders", spelt(orders)),
        (_, Some(orders), _) => format!("looked for in {} orders", spelt(orders)),
        ("none", None, Whose::Mine) => "held".to_owned(),
        ("none", None, _) => "impossible".to_owned(),
        _ => "solved".to_owned(),
    }
}

/// Digits with a comma for each thousand.
fn spelt(digits: &str) -> String {
    digits.parse().map_or(digits.to_owned(), thousands)
}

/// What stands before the number of orders in the progress, where there were more.
pub(super) const NOT_IN: &str = "not in ";

/// How many challenges are solved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// So many are solved.
    pub solved: usize,
    /// So many there are.
    pub all: usize,
    /// The first exercise with one that is not; if all are, the first that has one.
    pub at: Option<String>,
}

/// How many of the challenges of some exercises are solved.
pub fn count(exercises: &[Exercise], progress: &Progress) -> Result<Count> {
    let mut count = Count::default();
    let mut first = None;
    for exercise in exercises {
        for one in Challenge::all(exercise)? {
            count.all += 1;
            first.get_or_insert_with(|| exercise.short().to_owned());
            if progress.has_solved(&exercise.name, &one.name) {
                count.solved += 1;
            } else {
                count.at.get_or_insert_with(|| exercise.short().to_owned());
            }
        }
    }
    count.at = count.at.or(first);
    Ok(count)
}

/// Orders that the proof looks through where the answer is that all were seen, and where it is that none was found.
const MOST: [usize; 2] = [3_000, 200];

/// Whether each challenge is as the solution's file says: an order that solves it, or none.
pub fn facts(exercise: &Exercise, is_wanted: impl Fn(&str) -> bool) -> Vec<Fact> {
    let told = Challenge::all(exercise).map_err(|error| error.to_string());
    let told = told.and_then(|all| Ok((answers(exercise, &all)?, all)));
    let (answers, all) = match told {
        Ok(told) => told,
        Err(why) => return vec![Fact::of("challenges", Err(why))],
    };
    let wanted = all.iter().zip(&answers).filter(|(one, _)| is_wanted(&check(one)));
    let prove = |(one, answer): (&Challenge, &String)| {
        let found = proved(exercise, one, answer).unwrap_or_else(|error| Err(error.to_string()));
        Fact::of(&check(one), found)
    };
    wanted.map(prove).collect()
}

/// The names of those checks.
pub(crate) fn names(exercise: &Exercise) -> Vec<String> {
    let all = Challenge::all(exercise).unwrap_or_default();
    all.iter().map(check).collect()
}

/// The name of its check.
fn check(one: &Challenge) -> String {
    format!("challenge/{}", one.name)
}

fn answers(exercise: &Exercise, all: &[Challenge]) -> std::result::Result<Vec<String>, String> {
    let path = exercise.solution().join(FILE);
    let text =
        if all.is_empty() { String::new() } else { read(&path).map_err(|e| e.to_string())? };
    let tables = tables(&text);
    let unknown = tables.iter().find(|table| all.iter().all(|one| one.name != table.name));
    if let Some(table) = unknown {
        return Err(format!("{FILE} of the solution has an answer to {}", table.name));
    }
    let answer = |one: &Challenge| {
        let table = tables.iter().find(|table| table.name == one.name);
        let answer = table.and_then(|table| table.value("order")).map(str::to_owned);
        answer.ok_or_else(|| format!("{FILE} of the solution has no order for {}", one.name))
    };
    all.iter().map(answer).collect()
}

/// An answer is a list of choices; `none` where all orders have been seen; `not found` where they are too many.
fn proved(
    exercise: &Exercise,
    one: &Challenge,
    answer: &str,
) -> Result<std::result::Result<String, String>> {
    // Whoever has solved all tasks has this as their own.
    let player = match one.whose {
        Whose::Mine => Player::of_solution(exercise, &one.flags)?,
        _ => Player::built(exercise, one.whose.clone(), &one.flags)?,
    };
    if answer != "none" && answer != "not found" {
        let picks: Picks = answer.parse()?;
        let run = player.run(&picks)?;
        return Ok(match (one.is_met(&run), one.allows(&picks)) {
            (true, true) => Ok(format!("solved by {picks}")),
            (true, false) => Err(format!("{picks} departs too often from the usual order")),
            (false, _) => Err(format!("{picks} does not do what is asked for")),
        });
    }
    let found = search::search(&player, one, MOST[usize::from(answer == "not found")], |_| ())?;
    Ok(match (found, answer) {
        (Found::Order(picks, _), _) => Err(format!("{picks} does what should not be possible")),
        (Found::Impossible(orders), "none") => {
            Ok(format!("impossible: all {orders} orders were seen"))
        }
        (Found::NotIn(orders), "not found") => Ok(format!("not in {orders} orders")),
        (Found::Impossible(orders), _) => Err(format!("say none: all {orders} orders were seen")),
        (Found::NotIn(orders), _) => Err(format!("say not found: not in {orders} orders")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(body: &str) -> std::result::Result<Challenge, String> {
        Challenge::of(&tables(&format!("[a]\n{body}")).remove(0))
    }

    #[test]
    fn how_one_is_solved_is_told_apart() {
        for (order, whose, wanted) in [
            ("2:2", Whose::Starter, "solved"),
            ("none", Whose::Starter, "impossible"),
            ("none", Whose::Mine, "held"),
            ("not in 200", Whose::Mine, "held in 200 orders"),
            ("not in 2000", Whose::Starter, "looked for in 2,000 orders"),
        ] {
            assert_eq!(how(order, &whose), wanted);
        }
    }

    #[test]
    fn what_is_wrong_with_a_challenge_is_told() {
        let whole = "says = \"Lose it.\"\non = \"starter\"\nends = \"stuck\"\nmost = \"2\"\n";
        let one = challenge(whole).unwrap();
        let spoken = "Lose it. Depart from the usual order at most twice (1 is the usual).";
        assert_eq!(one.spoken(), spoken);
        assert!(one.allows(&"3:2,4:2".parse().unwrap()));
        assert!(!one.allows(&"3:2,4:2,5:2".parse().unwrap()));
        for (from, to) in [
            ("says", "said"),
            ("on", "at"),
            ("starter", "other"),
            ("stuck", "badly"),
            ("ends", "end"),
            ("\"2\"", "\"two\""),
        ] {
            assert!(challenge(&whole.replace(from, to)).is_err(), "{to}");
        }
    }
}
