//! What is known of a job before it runs: its flags, its tasks, their times and ids, as the plumbing makes them.

use exam::referee::{Setting, Tasks};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::ops::RangeInclusive;
use std::time::Duration;
use uuid::Builder;

/// How long a producer may need to find a task, in milliseconds.
const SEARCH: RangeInclusive<u64> = 3..=11;
/// How long a task may take.
const TIME: RangeInclusive<u64> = 200..=900;

pub(crate) struct Flags {
    tasks: u64,
    seed: u64,
    fail: Option<u64>,
    panic: Option<u64>,
    panic_callback: Option<u64>,
    pub(super) producers: u64,
    pub(super) workers: usize,
    pub(super) capacity: usize,
    pub(super) handlers: usize,
    /// Whether results go through a queue of their own. Without it, a consumer calls back itself.
    pub(super) has_handlers: bool,
    pub(super) slow: Duration,
    pub(super) limit: Option<Duration>,
    pub(super) cancel: Option<Duration>,
    /// Whether a schedule stretches the times.
    pub(super) is_stretched: bool,
}

/// A task before it runs.
pub(crate) struct Plan {
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) exec: &'static str,
    pub(super) search: Duration,
    pub(super) time: Duration,
    /// What becomes of it if nobody ends it.
    pub(super) fate: Fate,
    pub(super) panics_callback: bool,
}

/// What becomes of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    Refused,
    Panicked,
    OverLimit,
    Cut,
    NotBegun,
}

impl Fate {
    pub(super) fn is_failed(self) -> bool {
        matches!(self, Fate::Refused | Fate::Panicked | Fate::OverLimit)
    }
}

impl Flags {
    pub(super) fn of(setting: &Setting, tasks: &Tasks) -> Flags {
        let count = |flag| usize::try_from(setting.number(flag)).expect("it is a small number");
        let millis = |flag| setting.maybe(flag).map(Duration::from_millis);
        Flags {
            tasks: setting.number("--tasks"),
            seed: setting.number("--seed"),
            fail: setting.maybe("--fail"),
            panic: setting.maybe("--panic"),
            panic_callback: setting.maybe("--panic-callback"),
            producers: setting.number("--producers"),
            workers: count("--workers"),
            capacity: count("--capacity"),
            handlers: count("--handlers"),
            has_handlers: tasks.done("alter-1"),
            slow: Duration::from_millis(setting.number("--slow-callback")),
            limit: millis("--limit"),
            cancel: millis("--cancel-after"),
            is_stretched: setting.schedule().is_some(),
        }
    }

    pub(super) fn job_id(&self) -> String {
        random_id(self.seed, 0)
    }

    /// The numbers of the tasks that a producer is dealt.
    pub(super) fn batch(&self, producer: u64) -> Vec<usize> {
        let all = usize::try_from(producer).unwrap_or(0)..=usize::try_from(self.tasks).unwrap_or(0);
        all.step_by(usize::try_from(self.producers).unwrap_or(1)).collect()
    }

    pub(super) fn plans(&self) -> Vec<Plan> {
        (1..=self.tasks).map(|number| self.plan(number)).collect()
    }

    fn plan(&self, number: u64) -> Plan {
        let every = |nth: Option<u64>| nth.is_some_and(|nth| number.is_multiple_of(nth));
        let (exec, fate) = match number {
            _ if every(self.panic) => ("crash", Fate::Panicked),
            _ if every(self.fail) => ("refuse", Fate::Refused),
            _ if number.is_multiple_of(3) => ("price", Fate::Done),
            _ => ("sleep", Fate::Done),
        };
        Plan {
            number,
            id: random_id(self.seed, number),
            exec,
            search: random_time(self.seed, SEARCH, number),
            time: random_time(self.seed, TIME, number),
            fate,
            panics_callback: every(self.panic_callback),
        }
    }
}

impl Plan {
    /// What a line says that becomes of it.
    pub(super) fn outcome(&self, fate: Fate) -> String {
        match fate {
            Fate::Done if self.exec == "price" => format!("{} EUR", 7500 + 137 * self.number),
            Fate::Done => "slept".to_owned(),
            Fate::Refused => "failed (no answer)".to_owned(),
            Fate::Panicked => "failed (panicked)".to_owned(),
            Fate::OverLimit => "failed (over the limit)".to_owned(),
            Fate::Cut => "cut short".to_owned(),
            Fate::NotBegun => "not begun".to_owned(),
        }
    }
}

pub(super) fn is_a_search(asked: Duration) -> bool {
    SEARCH.map(Duration::from_millis).any(|time| time == asked)
}

/// What may become of a task that works from one instant to another, and when it ends. What falls on one instant may
/// come in either order.
pub(super) fn ends(
    own: Fate,
    from: Duration,
    to: Duration,
    limit: Option<Duration>,
    cancel: Option<Duration>,
) -> (Vec<Fate>, Option<Duration>) {
    let mut ways = vec![(to, own)];
    ways.extend(limit.map(|limit| (from + limit, Fate::OverLimit)));
    ways.extend(cancel.map(|cancel| (cancel.max(from), Fate::Cut)));
    let end = ways.iter().map(|(at, _)| *at).min().expect("it ends by itself");
    (ways.into_iter().filter(|(at, _)| *at == end).map(|(_, fate)| fate).collect(), Some(end))
}

/// As the plumbing has it.
fn random_time(seed: u64, millis: RangeInclusive<u64>, number: u64) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(seed + millis.end());
    rng.set_stream(number);
    Duration::from_millis(rng.random_range(millis))
}

/// As the plumbing has it.
fn random_id(seed: u64, number: u64) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    Builder::from_random_bytes(rng.random()).into_uuid().to_string()
}
