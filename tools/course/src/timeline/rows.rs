//! Which lanes have a row of their own. Of very many, those that were spawned at one place share one.

use super::{
    cast::short,
    model::{Lane, Run},
};

/// More rows than this are not looked at one by one.
pub(super) const MOST: usize = 30;

/// What a row shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Row {
    One(usize),
    /// Several that were spawned at one place.
    Many(Vec<usize>),
}

impl Row {
    pub(super) fn name(&self, lanes: &[Lane]) -> String {
        match self {
            Row::One(lane) => lanes[*lane].name.clone(),
            Row::Many(all) => {
                let first = &lanes[all[0]];
                let kind = first.kind.split(' ').next_back().unwrap_or_default();
                format!("{} {kind}s ({})", all.len(), short(&first.place))
            }
        }
    }
}

/// The rows of a run, so many at most, and how many lanes are in none of them.
pub(super) fn rows(run: &Run, most: usize) -> (Vec<Row>, usize) {
    let mut rows: Vec<Row> = (0..run.lanes.len()).map(Row::One).collect();
    let mut groups = groups(run);
    // The largest first, until the rest fits.
    groups.sort_by_key(Vec::len);
    while rows.len() > most {
        let Some(group) = groups.pop().filter(|group| group.len() > 1) else { break };
        let first = Row::One(group[0]);
        let at = rows.iter().position(|row| *row == first).unwrap_or(0);
        rows.retain(|row| !matches!(row, Row::One(lane) if group.contains(lane)));
        rows.insert(at, Row::Many(group));
    }
    let left_out = rows.split_off(rows.len().min(most));
    let lanes = |row: &Row| if let Row::Many(lanes) = row { lanes.len() } else { 1 };
    (rows, left_out.iter().map(lanes).sum())
}

/// The lanes that were spawned at one place, in the order of their first.
fn groups(run: &Run) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, lane) in run.lanes.iter().enumerate() {
        let is_same = |group: &&mut Vec<usize>| {
            let first = &run.lanes[group[0]];
            first.place == lane.place && first.kind == lane.kind
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(places: &[(&str, usize)]) -> Run {
        let lane = |place: &str| Lane { place: place.to_owned(), ..Lane::default() };
        let all = places.iter().flat_map(|(place, count)| (0..*count).map(|_| lane(place)));
        Run { lanes: all.collect(), ..Run::default() }
    }

    #[test]
    fn few_have_a_row_each() {
        let (rows, left_out) = rows(&run(&[("", 1), ("a:1", 29)]), MOST);
        assert_eq!((rows.len(), left_out), (30, 0));
        assert!(rows.iter().all(|row| matches!(row, Row::One(_))));
    }

    #[test]
    fn the_largest_group_is_folded_first() {
        let (rows, left_out) = rows(&run(&[("", 1), ("a:1", 4), ("b:1", 100), ("c:1", 3)]), MOST);
        assert_eq!((rows.len(), left_out), (9, 0));
        assert_eq!(rows[5], Row::Many((5..105).collect()));
        assert_eq!(rows[6], Row::One(105));
        let lane = Lane {
            kind: "blocking call".to_owned(),
            place: "src/a.rs:1".to_owned(),
            ..Lane::default()
        };
        assert_eq!(Row::Many(vec![0, 0]).name(&[lane]), "2 calls (a.rs:1)");
    }

    #[test]
    fn what_no_place_holds_together_is_counted() {
        let places: Vec<String> = (0..40).map(|number| format!("a:{number}")).collect();
        let places: Vec<(&str, usize)> = places.iter().map(|place| (place.as_str(), 1)).collect();
        let (rows, left_out) = rows(&run(&places), MOST);
        assert_eq!((rows.len(), left_out), (30, 10));
    }

    #[test]
    fn where_there_is_less_room_fewer_have_a_row_of_their_own() {
        let (rows, left_out) = rows(&run(&[("", 1), ("a:1", 4), ("b:1", 3)]), 5);
        assert_eq!((rows.len(), left_out), (5, 0));
        assert_eq!(rows[1], Row::Many((1..5).collect()));
    }
}
