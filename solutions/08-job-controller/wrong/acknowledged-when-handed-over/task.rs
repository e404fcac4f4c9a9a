//! What a task is, and what comes out of it and out of the whole job.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;
use uuid::Uuid;

/// Each async function has a future of a type of its own. In a box, they are all of one type.
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A value, or why there is none.
pub(crate) type Outcome = Result<String, String>;

/// One piece of work.
pub(crate) struct WorkTask {
    pub(crate) id: Uuid,
    pub(crate) number: u32,
    pub(crate) exec: Exec,
    /// How long its producer looks for it.
    pub(crate) found_in: Duration,
}

/// An async function, its name, and its parameters.
pub(crate) struct Exec {
    pub(crate) name: &'static str,
    call: Box<dyn FnOnce() -> BoxFuture<Outcome> + Send>,
}

impl Exec {
    /// Keeps any async function with the parameters that it is to be called with.
    pub(crate) fn new<P, F>(
        name: &'static str,
        function: impl FnOnce(P) -> F + Send + 'static,
        params: P,
    ) -> Exec
    where
        P: Send + 'static,
        F: Future<Output = Outcome> + Send + 'static,
    {
        Exec { name, call: Box::new(move || Box::pin(function(params))) }
    }

    /// Calls the function.
    pub(crate) fn run(self) -> BoxFuture<Outcome> {
        (self.call)()
    }
}

/// What became of a task.
#[derive(Clone)]
pub(crate) struct WorkTaskResult {
    pub(crate) id: Uuid,
    pub(crate) number: u32,
    pub(crate) exec: &'static str,
    pub(crate) time: Duration,
    pub(crate) outcome: Outcome,
}

impl fmt::Display for WorkTaskResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WorkTaskResult { id, number, exec, time, outcome } = self;
        let secs = time.as_secs_f64();
        write!(f, "WorkTaskResult(id={id}, number={number}, exec={exec}, time_secs={secs:.3}, ")?;
        match outcome {
            Ok(value) => write!(f, "outcome={value})"),
            Err(reason) => write!(f, "outcome=failed ({reason}))"),
        }
    }
}

/// What became of a job.
#[derive(Default)]
pub(crate) struct JobResult {
    pub(crate) done: usize,
    pub(crate) failed: usize,
    pub(crate) undelivered: usize,
    pub(crate) elapsed: Duration,
}

impl JobResult {
    pub(crate) fn all_is_well(&self) -> bool {
        self.failed + self.undelivered == 0
    }
}

impl fmt::Display for JobResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JobResult { done, failed, undelivered, elapsed } = self;
        write!(f, "{done} done, {failed} failed, {undelivered} undelivered, ")?;
        write!(f, "elapsed_secs={:.3}", elapsed.as_secs_f64())
    }
}
