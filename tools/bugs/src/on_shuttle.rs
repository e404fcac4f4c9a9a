//! The bugs of threads, compiled for shuttle, and its schedulers.

#[path = "threads/mod.rs"]
mod threads;

mod world {
    pub(crate) use shuttle::{sync, thread};
}

use shuttle::{
    Config, FailurePersistence, Runner,
    scheduler::{
        PctScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId, UrwRandomScheduler,
    },
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

/// Its schedulers, by the names that [`hits`] knows.
pub const SCHEDULERS: [&str; 3] = ["random", "PCT 3", "URW"];

/// In how many of so many schedules the bug of this name shows.
#[must_use]
pub fn hits(scheduler: &str, name: &str, right: bool, schedules: usize) -> usize {
    const SEED: u64 = 7;
    // One more than are counted: the first is what a scheduler learns from.
    let times = schedules + 1;
    let scheduler: Box<dyn Scheduler + Send> = match scheduler {
        "random" => Box::new(RandomScheduler::new_from_seed(SEED, times)),
        "PCT 3" => Box::new(PctScheduler::new_from_seed(SEED, 3, times)),
        "URW" => Box::new(UrwRandomScheduler::new_from_seed(SEED, times)),
        other => panic!("no scheduler is called {other}"),
    };
    let scheduler = Arc::new(Mutex::new(scheduler));
    let bug = threads::BUGS.iter().find(|bug| bug.name == name);
    let play = bug.unwrap_or_else(|| panic!("no bug is called {name}")).play;
    let shows = |_: &usize| {
        let mut config = Config::new();
        config.failure_persistence = FailurePersistence::None;
        let once = Once { scheduler: scheduler.clone(), is_over: false };
        let runner = Runner::new(once, config);
        catch_unwind(AssertUnwindSafe(|| runner.run(move || play(right)))).is_err()
    };
    shows(&0);
    (0..schedules).filter(shows).count()
}

/// One schedule of a scheduler that is kept: shuttle's runner ends with the first schedule that fails.
struct Once {
    scheduler: Arc<Mutex<Box<dyn Scheduler + Send>>>,
    is_over: bool,
}

impl Once {
    fn kept(&self) -> std::sync::MutexGuard<'_, Box<dyn Scheduler + Send>> {
        self.scheduler.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Scheduler for Once {
    fn new_execution(&mut self) -> Option<Schedule> {
        if std::mem::replace(&mut self.is_over, true) {
            return None;
        }
        self.kept().new_execution()
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        self.kept().next_task(runnable, current, is_yielding)
    }

    fn next_u64(&mut self) -> u64 {
        self.kept().next_u64()
    }
}
