//! Two runs, event by event.

use super::model::{Run, seconds};

/// What one of two runs does where they part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parting {
    pub(super) at: u64,
    pub(super) says: String,
}

/// The first event that the other run does not have in its place, in each of both; nothing where they are the same.
///
/// An event is the same if the same lane does the same, wherever that stands in the source and however long it takes.
pub(super) fn parting(runs: [&Run; 2]) -> Option<[Parting; 2]> {
    let deed = |run: &Run, index: usize| {
        run.events.get(index).map(|event| (event.lane, event.deed.clone()))
    };
    let most = runs.iter().map(|run| run.events.len()).max().unwrap_or(0);
    let first = (0..most).find(|&index| deed(runs[0], index) != deed(runs[1], index))?;
    Some(runs.map(|run| match run.events.get(first) {
        Some(event) => {
            let says = format!("{} {}", run.lanes[event.lane].name, event.says);
            Parting { at: event.at, says }
        }
        None => Parting { at: run.end, says: "the run is over".to_owned() },
    }))
}

/// How long both took, and where they part.
pub(super) fn told(runs: [&Run; 2]) -> String {
    let Some(parting) = parting(runs) else { return "Both runs do the same.\n".to_owned() };
    let [one, other] = runs.map(|run| seconds(run.end));
    let parts = parting.map(|parting| format!("  {}  {}\n", seconds(parting.at), parting.says));
    format!(
        "They took {one} and {other}. They do the same, in the same order, until\n{}",
        parts.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::{
        super::model::{Lane, Told},
        *,
    };

    fn run(deeds: &[(u64, usize, &str)]) -> Run {
        let event = |&(at, lane, deed): &(u64, usize, &str)| Told {
            at,
            lane,
            says: format!("does {deed} at {at}"),
            place: String::new(),
            deed: deed.to_owned(),
        };
        let lane = |name: &str| Lane { name: name.to_owned(), ..Lane::default() };
        let (lanes, events) = (vec![lane("main"), lane("A")], deeds.iter().map(event).collect());
        Run { end: 9_000_000, lanes, events, ..Run::default() }
    }

    #[test]
    fn runs_part_where_somebody_does_something_else() {
        let one = run(&[(1, 0, "x"), (2, 1, "y"), (3_000_000, 0, "z")]);
        assert_eq!(parting([&one, &run(&[(5, 0, "x"), (6, 1, "y"), (7, 0, "z")])]), None);
        let other = run(&[(5, 0, "x"), (6, 1, "y"), (7_000_000, 1, "z")]);
        let expected = "They took 9.000 s and 9.000 s. They do the same, in the same order, until
  3.000 s  main does z at 3000000
  7.000 s  A does z at 7000000
";
        assert_eq!(told([&one, &other]), expected);
        let shorter = run(&[(1, 0, "x")]);
        let [here, there] = parting([&one, &shorter]).unwrap();
        assert_eq!((here.at, there.at, there.says.as_str()), (2, 9_000_000, "the run is over"));
    }
}
