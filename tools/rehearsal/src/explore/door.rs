//! The door for tests: a body is played on many schedules, each in a process of its own.
//!
//! A test harness has threads, and a copy of a process must have none but the one that copies. So there are
//! three generations. The *test* starts its own binary again, for this one test. That process, the
//! [series](series), has the harness's thread, which sleeps, and the test's, which makes a [child](child) for
//! each schedule. A child plays the body once and ends. Where there is no fork, and where other threads run,
//! a child is the binary, started once more.
//!
//! All of them come to the same call of `explore`, and [role] tells which they are.

mod child;
mod role;
mod series;
mod told;

use super::{Leaves, PANICKED, Part, Played, Player, passing, shrunk::shrunk};
use crate::settings::{self, Pace, Settings};
use child::May;
use role::{Role, Scratch};
use std::{
    process::{ExitCode, Termination},
    time::Duration,
};

/// Plays a test's body in the usual order and on 100 schedules, and panics with a report if it fails on one.
///
/// It is short for [`Explorer::new()`](Explorer::new)`.explore(body)`, and says there what a failure is.
///
/// ```
/// use rehearsal::{sync::{Arc, Mutex}, thread};
///
/// rehearsal::explore(|| {
///     let count = Arc::new(Mutex::new(0));
///     let theirs = count.clone();
///     let worker = thread::spawn(move || *theirs.lock().unwrap() += 1);
///     *count.lock().unwrap() += 1;
///     worker.join().unwrap();
///     assert_eq!(*count.lock().unwrap(), 2);
/// });
/// ```
#[track_caller]
pub fn explore<T: Termination>(body: impl FnOnce() -> T) {
    Explorer::new().explore(body);
}

/// How the schedules of a test are drawn.
///
/// ```
/// use rehearsal::Sampler;
///
/// assert_ne!(Sampler::Focus, Sampler::Counts);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampler {
    /// Anybody who is ready, by chance; two schedules of three hold actors back at some of the queues, locks
    /// and atomics. It is what `--schedule N` plays.
    #[default]
    Focus,
    /// By how often each acted on the first schedule: PCT, URW and SURW take turns, as with `--counts`.
    Counts,
}

/// What a test asks for: how many schedules, which, and within which bounds.
///
/// ```
/// use rehearsal::{Explorer, thread};
/// use std::time::Duration;
///
/// Explorer::new().schedules(20).seed(7).time_budget(Duration::from_secs(5)).explore(|| {
///     let worker = thread::spawn(|| 7);
///     assert_eq!(worker.join().unwrap(), 7);
/// });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is played before `explore`"]
pub struct Explorer {
    schedules: u64,
    seed: u64,
    budget: Option<Duration>,
    limit: Option<Duration>,
    sampler: Sampler,
    stretch: Option<u32>,
    max_steps: Option<u64>,
    max_threads: Option<usize>,
    cores: Option<usize>,
    cancels_one_in: Option<usize>,
    may: May,
}

impl Default for Explorer {
    fn default() -> Explorer {
        Explorer {
            schedules: 100,
            seed: 0,
            budget: None,
            limit: None,
            sampler: Sampler::default(),
            stretch: None,
            max_steps: None,
            max_threads: None,
            cores: None,
            cancels_one_in: None,
            may: May::default(),
        }
    }
}

impl Explorer {
    /// The usual order and 100 schedules.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// Explorer::new().explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn new() -> Explorer {
        Explorer::default()
    }

    /// How many schedules are played, after the usual order. The variable `REHEARSAL_SCHEDULES` goes before it.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// Explorer::new().schedules(5).explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn schedules(mut self, schedules: u64) -> Explorer {
        self.schedules = schedules;
        self
    }

    /// The number of the first schedule, 0 if nothing is said: each number plays another order, and the same
    /// in each run. The variable `REHEARSAL_SEED` goes before it.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// // It plays the schedules 1000 to 1004.
    /// Explorer::new().schedules(5).seed(1_000).explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn seed(mut self, seed: u64) -> Explorer {
        self.seed = seed;
        self
    }

    /// The real time after which no further schedule is begun. At least the usual order and one schedule are
    /// played.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    /// use std::time::Duration;
    ///
    /// let explorer = Explorer::new().schedules(1_000_000).time_budget(Duration::from_millis(50));
    /// explorer.explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn time_budget(mut self, budget: Duration) -> Explorer {
        self.budget = Some(budget);
        self
    }

    /// The real time that each schedule has, in whole seconds; one that runs for longer fails. It is 10 seconds
    /// if nothing is said, and the variable `REHEARSAL_LIMIT_S` goes before it.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    /// use std::time::Duration;
    ///
    /// let explorer = Explorer::new().schedules(5).time_limit(Duration::from_secs(60));
    /// explorer.explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn time_limit(mut self, limit: Duration) -> Explorer {
        self.limit = Some(limit);
        self
    }

    /// The steps that each schedule has; one that takes more fails. A step is an operation of a thread, or a
    /// poll of a task. Without this there is no bound but that of real time.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// let explorer = Explorer::new().schedules(5).max_steps(1_000);
    /// explorer.explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn max_steps(mut self, steps: u64) -> Explorer {
        self.max_steps = Some(steps);
        self
    }

    /// How the schedules are drawn.
    ///
    /// ```
    /// use rehearsal::{Explorer, Sampler, thread};
    ///
    /// let explorer = Explorer::new().schedules(5).sampler(Sampler::Counts);
    /// explorer.explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn sampler(mut self, sampler: Sampler) -> Explorer {
        self.sampler = sampler;
        self
    }

    /// How many times as long a schedule may make a sleep, at most 100; 1 leaves sleeps as they are. Unless this says
    /// otherwise it is 5, and 64 for the few that are slow.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// Explorer::new().schedules(5).stretch(1).explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn stretch(mut self, times: u32) -> Explorer {
        self.stretch = Some(times.clamp(1, 100));
        self
    }

    /// How many virtual cores [`work`](crate::work()) shares: 4 if nothing is said, and at least one.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// Explorer::new().schedules(5).cores(2).explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn cores(mut self, cores: usize) -> Explorer {
        self.cores = Some(cores.max(1));
        self
    }

    /// How many threads the virtual machine allows beside the test's own. `thread::Builder::spawn` gives an
    /// error for a further one.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// Explorer::new().schedules(5).max_threads(1).explore(|| {
    ///     let first = thread::spawn(|| thread::park());
    ///     assert!(thread::Builder::new().spawn(|| ()).is_err());
    ///     first.thread().unpark();
    ///     first.join().unwrap();
    /// });
    /// ```
    pub fn max_threads(mut self, threads: usize) -> Explorer {
        self.max_threads = Some(threads);
        self
    }

    /// How often `rehearsal::cancel::by_schedule` drops its future: at one wait in `waits`, never if that
    /// is 0. If nothing is said, it is one in 8.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// let explorer = Explorer::new().schedules(5).cancel_one_in(2);
    /// explorer.explore(|| thread::spawn(|| ()).join().unwrap());
    /// ```
    pub fn cancel_one_in(mut self, waits: usize) -> Explorer {
        self.cancels_one_in = Some(waits);
        self
    }

    /// Whether threads may be left behind: else they have to come to their end when the body has.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// Explorer::new().schedules(5).may_leak_threads(true).explore(|| {
    ///     thread::spawn(|| thread::park());
    /// });
    /// ```
    pub fn may_leak_threads(mut self, may: bool) -> Explorer {
        self.may.leak_threads = may;
        self
    }

    /// Whether a thread or a task may panic without anybody asking for its result: else that fails the test,
    /// although nothing in the body has noticed.
    ///
    /// ```
    /// use rehearsal::{Explorer, thread};
    ///
    /// Explorer::new().schedules(5).may_lose_panics(true).explore(|| {
    ///     thread::spawn(|| panic!("nobody joins this thread"));
    /// });
    /// ```
    pub fn may_lose_panics(mut self, may: bool) -> Explorer {
        self.may.lose_panics = may;
        self
    }

    /// Plays the body in the usual order and on the schedules, each in a process of its own, until it fails.
    ///
    /// It fails where it panics, returns an error, is stuck, leaves a thread behind that can't end, loses the
    /// panic of a thread or a task, runs into a bound, or ends the process otherwise. This call then panics: with the schedule, what of that it needs to
    /// fail, what it printed, its report, and the commands that play it again. It panics too where the body uses nothing of the
    /// rehearsal's, because then there is nothing to explore.
    ///
    /// It is to be called on a test's own thread, or in `main` before there is another one. What stands before
    /// it is played in each of the processes that start the program again.
    ///
    /// With the variable `REHEARSAL_SCHEDULE=N` (or `usual`) that schedule alone is played, with `REHEARSAL_HOLD=STOPS`
    /// what is [left of one](crate::shrink), and `REHEARSAL_TAPE=FILE` then writes all that happens to a file. With `REHEARSAL=off` the body is played once, in this process, by the operating system.
    ///
    /// ```should_panic
    /// use rehearsal::{Explorer, crossbeam_channel::unbounded, thread};
    ///
    /// Explorer::new().explore(|| {
    ///     let (results, done) = unbounded();
    ///     for worker in 1..=2 {
    ///         let results = results.clone();
    ///         thread::spawn(move || results.send(worker).unwrap());
    ///     }
    ///     // Not on every schedule.
    ///     assert_eq!(done.recv(), Ok(1));
    /// });
    /// ```
    #[track_caller]
    pub fn explore<T: Termination>(self, body: impl FnOnce() -> T) {
        let variables = settings::of_variables(Pace::Instant)
            .unwrap_or_else(|complaint| panic!("rehearsal: {complaint}"));
        if variables.pace == Pace::Off {
            let ended = body().report();
            assert!(ended == ExitCode::SUCCESS, "the test returned an error");
            return;
        }
        let explorer = self.with_variables();
        let role = Role::of_this_call();
        assert!(
            matches!(role, Role::Test(_) | Role::ForAnotherCall) || !settings::are_settled(),
            "something of the rehearsal's was used before explore(): it belongs into the body"
        );
        match role {
            Role::ForAnotherCall => {}
            Role::Part(part, scratch) => explorer.play(&variables, part, &scratch, body),
            Role::Series(scratch) => match series::play(&explorer, &variables, &scratch, None) {
                series::Side::Child(part) => explorer.play(&variables, part, &scratch, body),
                series::Side::Parent(verdict) => scratch.leave(&verdict),
            },
            Role::Main(again) => {
                let scratch = Scratch::new();
                match series::play(&explorer, &variables, &scratch, Some(again)) {
                    series::Side::Child(part) => explorer.play(&variables, part, &scratch, body),
                    series::Side::Parent(verdict) => verdict.told(),
                }
            }
            Role::Test(name) => series::elsewhere(&explorer, &variables, &name).told(),
        }
    }

    /// What variables say goes before what the test says.
    #[track_caller]
    fn with_variables(mut self) -> Explorer {
        for (variable, number) in
            [("REHEARSAL_SCHEDULES", &mut self.schedules), (told::SEED, &mut self.seed)]
        {
            let Some(text) = settings::variable(variable) else { continue };
            *number = text.parse().unwrap_or_else(|_| {
                panic!("rehearsal: invalid value '{text}' for the variable {variable}: it is a whole number from 0 on")
            });
        }
        self
    }

    /// Plays the body on one schedule, in this process, and ends it.
    #[track_caller]
    fn play<T: Termination>(
        &self,
        variables: &Settings,
        part: Part,
        scratch: &Scratch,
        body: impl FnOnce() -> T,
    ) -> ! {
        settings::install(self.settings(variables, &part, scratch));
        child::play(part, scratch, self.may, body)
    }

    /// The settings of a child.
    fn settings(&self, variables: &Settings, part: &Part, scratch: &Scratch) -> Settings {
        let is_counted = self.sampler == Sampler::Counts && part.schedule.is_some();
        let keeps_counts = is_counted && part.schedule == Some(self.seed);
        Settings {
            pace: Pace::Instant,
            stretch: variables.stretch.or(self.stretch),
            keep_choices: keeps_counts.then(|| scratch.counts()),
            tape: settings::variable(told::TAPE).filter(|_| part.is_told).map(Into::into),
            counts: (is_counted && !keeps_counts).then(|| scratch.counts()),
            cores: self.cores.unwrap_or(settings::CORES),
            max_threads: self.max_threads,
            max_steps: self.max_steps,
            cancels_one_in: self.cancels_one_in.unwrap_or(settings::CANCELS_ONE_IN),
            patience: variables.patience,
            limit: self.limit(variables),
            ..Settings::usual(Pace::Instant)
        }
    }

    /// The real time that a schedule has.
    fn limit(&self, variables: &Settings) -> Duration {
        match self.limit {
            Some(limit) if !settings::is_set("REHEARSAL_LIMIT_S") => {
                // What ends a child counts whole seconds.
                Duration::from_secs(limit.as_secs_f64().ceil().clamp(1.0, 3600.0) as u64)
            }
            _ => variables.limit,
        }
    }
}
