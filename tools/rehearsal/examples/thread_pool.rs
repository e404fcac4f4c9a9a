//! A thread pool, and its tests: is every job done, does the end come, does a panic take the pool down?
//!
//! ```text
//! cargo test -p rehearsal --example thread_pool
//! cargo run -p rehearsal --example thread_pool -- --schedule 3
//! ```

use rehearsal::{
    crossbeam_channel::{Receiver, Sender, unbounded},
    println,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Job = Box<dyn FnOnce() + Send>;

/// Threads that do jobs, in no order that was promised.
struct Pool {
    /// None when the pool is ending.
    queue: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
    panics: Arc<AtomicUsize>,
}

impl Pool {
    fn of(workers: usize) -> Pool {
        let (queue, jobs) = unbounded();
        let panics = Arc::new(AtomicUsize::new(0));
        let worker = |_| {
            let (jobs, panics) = (jobs.clone(), panics.clone());
            thread::spawn(move || work(jobs, &panics))
        };
        let workers = (0..workers).map(worker).collect();
        Pool { queue: Some(queue), workers, panics }
    }

    fn run(&self, job: impl FnOnce() + Send + 'static) {
        let queue = self.queue.as_ref().expect("the pool is not ending");
        queue.send(Box::new(job)).expect("a worker never leaves before the queue is closed");
    }

    /// Waits until all jobs are done; returns how many panicked.
    fn end(mut self) -> usize {
        self.queue = None;
        for worker in self.workers.drain(..) {
            worker.join().expect("a job's panic is caught");
        }
        self.panics.load(Ordering::SeqCst)
    }
}

fn work(jobs: Receiver<Job>, panics: &AtomicUsize) {
    for job in jobs {
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            panics.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn main() {
    let pool = Pool::of(3);
    for id in 1..=5 {
        pool.run(move || println!("[Job-{id}] done"));
    }
    println!("{} jobs panicked", pool.end());
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal::sync::Mutex;

    #[rehearsal::test(schedules = 200)]
    fn every_job_is_done_once() {
        let pool = Pool::of(2);
        let done = Arc::new(Mutex::new(Vec::new()));
        for id in 1..=4 {
            let done = done.clone();
            pool.run(move || done.lock().unwrap().push(id));
        }
        assert_eq!(pool.end(), 0);
        let mut done = done.lock().unwrap().clone();
        done.sort_unstable();
        assert_eq!(done, [1, 2, 3, 4]);
    }

    #[rehearsal::test(schedules = 100)]
    fn a_panic_takes_no_other_job_with_it() {
        let pool = Pool::of(1);
        let done = Arc::new(AtomicUsize::new(0));
        let theirs = done.clone();
        pool.run(|| panic!("this job fails"));
        pool.run(move || theirs.store(1, Ordering::SeqCst));
        assert_eq!(pool.end(), 1);
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }

    /// What a pool does that is dropped without `end`: its workers wait for ever, as their queue stays open.
    #[rehearsal::test]
    #[should_panic(expected = "LEFT BEHIND")]
    fn a_pool_that_is_forgotten_leaves_its_workers_behind() {
        std::mem::forget(Pool::of(2));
    }

    /// Jobs of a pool may overtake each other; a test that expects their order finds that on some schedule.
    #[rehearsal::test(schedules = 200)]
    #[should_panic(expected = "in the order in which they came")]
    fn jobs_are_not_done_in_their_order() {
        let pool = Pool::of(2);
        let done = Arc::new(Mutex::new(Vec::new()));
        for id in 1..=2 {
            let done = done.clone();
            pool.run(move || done.lock().unwrap().push(id));
        }
        pool.end();
        assert_eq!(*done.lock().unwrap(), [1, 2], "in the order in which they came");
    }
}
