//! The search for the fewest causes.

use super::{Cause, Record, Token};
use std::collections::BTreeMap;

/// How often a program is replayed at most, unless somebody says otherwise.
///
/// ```
/// assert_eq!(rehearsal::shrink::MOST_REPLAYS, 150);
/// ```
pub const MOST_REPLAYS: usize = 150;

/// What is left of a failing run.
///
/// ```
/// # use rehearsal::shrink::{Record, Shrunk, shrink};
/// let shrunk: Option<Shrunk> = shrink(&Record::default(), 10, |_| None);
/// assert!(shrunk.is_none(), "it does not fail any more");
/// ```
#[derive(Clone, Debug)]
pub struct Shrunk {
    token: Token,
    pub(super) record: Record,
    replays: usize,
}

impl Shrunk {
    /// What `--held` takes. It was played, and failed in the same way.
    ///
    /// ```
    /// # use rehearsal::shrink::{Record, shrink};
    /// let shrunk = shrink(&Record::default(), 10, |_| Some(Record::default())).unwrap();
    /// assert_eq!(shrunk.token().to_string(), "nothing");
    /// ```
    #[must_use]
    pub fn token(&self) -> Token {
        self.token.clone()
    }

    /// How often the program was replayed for it.
    ///
    /// ```
    /// # use rehearsal::shrink::{Record, shrink};
    /// let shrunk = shrink(&Record::default(), 10, |_| Some(Record::default())).unwrap();
    /// assert_eq!(shrunk.replays(), 1);
    /// ```
    #[must_use]
    pub fn replays(&self) -> usize {
        self.replays
    }
}

/// Drops what a failing run does not need to fail.
///
/// `failed` is what it has written down of itself. `replay` plays a token, and gives what that run has
/// written down, if it failed in the same way. It is asked `most` times at most. `None` says that not even
/// the whole token fails in that way, so there is nothing to tell but the number of the schedule.
///
/// ```
/// use rehearsal::shrink::{Record, Token, shrink};
///
/// let line = |cause: &str| format!("cause\t{cause}\tsend\tsrc/main.rs:43\trecv\tsrc/main.rs:41\t\n");
/// let record = |token: &Token| {
///     let lines = token.causes.iter().map(|cause| line(&cause.to_string()));
///     Record::read(&lines.collect::<String>()).unwrap()
/// };
/// let failed = record(&"1@recv#1>2,2@send#1>1,2@send#2>1".parse().unwrap());
/// // It fails whenever actor 2 is held at its first send.
/// let fails = |token: &Token| token.to_string().contains("2@send#1");
/// let shrunk = shrink(&failed, 100, |token| fails(token).then(|| record(token))).unwrap();
/// assert_eq!(shrunk.token().to_string(), "2@send#1>1");
/// assert!(shrunk.sentence().contains("between src/main.rs:41 (recv) and src/main.rs:43 (send)"));
/// ```
pub fn shrink(
    failed: &Record,
    most: usize,
    replay: impl FnMut(&Token) -> Option<Record>,
) -> Option<Shrunk> {
    let mut search = Search { replay, best: None, replays: 0, most, tried: BTreeMap::new() };
    let all = failed.token().causes;
    if !search.tries(all.clone()) {
        return None;
    }
    search.keeps_preemptions_alone();
    search.drops_from(search.causes());
    search.holds_for_longer(&all);
    search.drops_from(search.causes());
    search.into_shrunk()
}

struct Search<F> {
    replay: F,
    /// What was played, and what it has written down.
    best: Option<(Token, Record)>,
    replays: usize,
    most: usize,
    /// Each token, and whether it failed.
    tried: BTreeMap<String, bool>,
}

impl<F: FnMut(&Token) -> Option<Record>> Search<F> {
    /// Whether a run with these causes alone fails.
    fn tries(&mut self, causes: Vec<Cause>) -> bool {
        self.fails(causes).is_some()
    }

    /// The causes that have come in a run with these alone, if it fails and was not played before.
    fn fails(&mut self, causes: Vec<Cause>) -> Option<Vec<Cause>> {
        let token = Token { causes };
        let record = self.replayed(&token)?;
        let come = record.token().causes;
        if self.best.as_ref().is_none_or(|(_, best)| cost(&record) < cost(best)) {
            self.best = Some((token, record));
        }
        Some(come)
    }

    /// What a token's run has written down, if it fails and was not played before.
    fn replayed(&mut self, token: &Token) -> Option<Record> {
        let text = token.to_string();
        if self.replays >= self.most || self.tried.contains_key(&text) {
            return None;
        }
        self.replays += 1;
        let record = (self.replay)(token);
        self.tried.insert(text, record.is_some());
        record
    }

    /// What came of it. Some causes of the best may not have come in its run: they are left out where the
    /// rest has failed too.
    fn into_shrunk(mut self) -> Option<Shrunk> {
        let (mut token, mut record) = self.best.take()?;
        let short = record.token();
        if self.tried.get(&short.to_string()) == Some(&true) {
            token = short;
        } else if let Some(shorter) = self.replayed(&short) {
            (token, record) = (short, shorter);
        }
        Some(Shrunk { token, record, replays: self.replays })
    }

    fn causes(&self) -> Vec<Cause> {
        self.best.as_ref().map(|(_, best)| best.token().causes).unwrap_or_default()
    }

    fn preemptions(&self) -> usize {
        Token { causes: self.causes() }.preemptions()
    }

    /// Drops everything; or else all that is no preemption, or each kind of that.
    fn keeps_preemptions_alone(&mut self) {
        if self.tries(Vec::new()) {
            return;
        }
        let mut without = |kept: fn(&Cause) -> bool| {
            let causes = self.causes().into_iter().filter(kept).collect();
            self.tries(causes)
        };
        if without(Cause::is_preemption) {
            return;
        }
        without(|cause| !cause.is_preemption());
        without(|cause| cause.is_preemption() || !matches!(cause, Cause::Held { .. }));
        without(|cause| !matches!(cause, Cause::Sleeps { .. }));
        without(|cause| !matches!(cause, Cause::Picks { .. }));
        without(|cause| !matches!(cause, Cause::Happens { .. }));
    }

    /// Drops stretches of causes, long ones first, and the last ones first: what comes after the failure has
    /// become certain is not needed.
    fn drops_from(&mut self, mut causes: Vec<Cause>) {
        let mut length = causes.len().div_ceil(2);
        while length > 0 {
            let mut end = causes.len();
            while end > 0 {
                end = end.min(causes.len());
                let start = end.saturating_sub(length);
                let mut fewer = causes.clone();
                fewer.drain(start..end);
                if let Some(left) = self.fails(fewer) {
                    causes = left;
                }
                end = start;
            }
            length = if length == 1 { 0 } else { length.div_ceil(2) };
        }
    }

    /// Holds somebody until nobody else can go on, in place of all short holds: one, then as many as it takes,
    /// then two.
    fn holds_for_longer(&mut self, all: &[Cause]) {
        let (holds, others): (Vec<Cause>, Vec<Cause>) =
            self.causes().into_iter().partition(Cause::is_preemption);
        let with = |held: &[Cause]| [held, &others].concat();
        let (left, all) = (longer(&holds), longer(all));
        for hold in &left {
            if self.preemptions() < 2 || self.tries(with(std::slice::from_ref(hold))) {
                return;
            }
        }
        self.strengthens();
        if self.preemptions() > 2
            && let Some(left) = self.fails(with(&all))
        {
            self.drops_from(left);
        }
        for hold in &all {
            if self.preemptions() < 2 || self.tries(with(std::slice::from_ref(hold))) {
                return;
            }
        }
        let pairs = left.iter().enumerate().flat_map(|(nth, one)| {
            left[nth + 1..].iter().map(move |other| [one.clone(), other.clone()])
        });
        for pair in pairs {
            if self.preemptions() < 3 || self.tries(with(&pair)) {
                return;
            }
        }
    }

    /// Makes one hold after another one of those that last until nobody else can go on. The others may not be
    /// needed then.
    fn strengthens(&mut self) {
        let mut causes = self.causes();
        for long in longer(&causes) {
            let is_short = |cause: &Cause| cause.is_preemption() && cause.at() == long.at();
            let Some(first) = causes.iter().position(is_short) else { continue };
            let mut stronger = causes.clone();
            stronger.retain(|cause| !is_short(cause));
            stronger.insert(first, long.clone());
            if let Some(left) = self.fails(stronger) {
                causes = left;
            }
        }
        self.drops_from(causes);
    }
}

/// What is to be small: first that which a sentence tells, then the token.
fn cost(record: &Record) -> (usize, usize) {
    let token = record.token();
    let others = token.causes.iter().filter(|cause| !cause.is_preemption()).count();
    (token.preemptions() + others, token.causes.len())
}

/// Holds at the same stops, each until nobody else can go on.
fn longer(holds: &[Cause]) -> Vec<Cause> {
    let mut longer: Vec<Cause> = Vec::new();
    for hold in holds.iter().filter(|cause| cause.is_preemption()) {
        let hold = Cause::Held { at: hold.at().clone(), goes: None };
        if !longer.contains(&hold) {
            longer.push(hold);
        }
    }
    longer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(token: &Token) -> Record {
        let line = |cause: &Cause| format!("cause\t{cause}\tsend\tsrc/main.rs:3\t\t\t\n");
        Record::read(&token.causes.iter().map(line).collect::<String>()).expect("it can be read")
    }

    /// What is left of a token, in a program that fails where `fails` says so, and how often it was replayed.
    fn left(all: &str, most: usize, fails: impl Fn(&str) -> bool) -> Option<(String, usize)> {
        let failed = record(&all.parse().expect("a token"));
        let replay = |token: &Token| fails(&token.to_string()).then(|| record(token));
        shrink(&failed, most, replay).map(|shrunk| (shrunk.token().to_string(), shrunk.replays()))
    }

    const MANY: &str =
        "1@recv#1>2,2@sleep#1=50us,2@send#1>1,main@wake#1/2,1@recv#2>2,2@send#2>1,1@recv#3>2";

    #[test]
    fn what_is_not_needed_is_dropped() {
        let needs = |parts: &'static [&str]| {
            let fails = |token: &str| parts.iter().all(|part| token.contains(part));
            left(MANY, 150, fails).expect("it fails with all").0
        };
        assert_eq!(needs(&[]), "nothing");
        assert_eq!(needs(&["1@recv#2>2"]), "1@recv#2>2");
        assert_eq!(needs(&["2@sleep#1"]), "2@sleep#1=50us");
        assert_eq!(
            needs(&["1@recv#1>2", "wake", "2@send#2>1"]),
            "1@recv#1>2,main@wake#1/2,2@send#2>1"
        );
    }

    #[test]
    fn one_long_hold_stands_for_several_short_ones() {
        let is_long = |token: &str| token.split(',').any(|cause| cause == "2@send#1");
        let fails = |token: &str| is_long(token) || token.matches('>').count() >= 3;
        assert_eq!(left(MANY, 150, fails).expect("it fails").0, "2@send#1");
    }

    #[test]
    fn the_program_is_replayed_so_often_and_no_more() {
        let (token, replays) =
            left(MANY, 4, |token| token.contains("2@send#1>1")).expect("it fails");
        assert!(token.contains("2@send#1>1"), "{token}");
        assert_eq!(replays, 4);
    }

    #[test]
    fn what_does_not_fail_again_is_not_told() {
        assert_eq!(left(MANY, 150, |_| false), None);
    }
}
