//! Stands for easy-parallel: its threads, as the rehearsal's.

use rehearsal::thread;
use std::panic::resume_unwind;

#[must_use]
pub struct Parallel<'a, T> {
    jobs: Vec<Box<dyn FnOnce() -> T + Send + 'a>>,
}

impl<'a, T: Send + 'a> Parallel<'a, T> {
    pub fn new() -> Parallel<'a, T> {
        Parallel { jobs: Vec::new() }
    }

    pub fn add(mut self, f: impl FnOnce() -> T + Send + 'a) -> Parallel<'a, T> {
        self.jobs.push(Box::new(f));
        self
    }

    pub fn each<A: Send + 'a>(
        mut self,
        items: impl IntoIterator<Item = A>,
        f: impl FnOnce(A) -> T + Clone + Send + 'a,
    ) -> Parallel<'a, T> {
        for item in items {
            let f = f.clone();
            self.jobs.push(Box::new(move || f(item)));
        }
        self
    }

    pub fn run(self) -> Vec<T> {
        thread::scope(|scope| {
            let threads: Vec<_> = self.jobs.into_iter().map(|job| scope.spawn(job)).collect();
            let ends: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
            ends.into_iter().map(|end| end.unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
    }
}
