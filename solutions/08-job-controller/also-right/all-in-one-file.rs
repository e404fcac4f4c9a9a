//! Right in another way: all in one file. The sign of a cancellation is a channel that is closed, the limit is a
//! timeout around the task, and the result queue has room for all of the tasks.

use crate::job::JobController;
use crate::task::{Exec, JobResult, WorkTask, WorkTaskResult};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::{println, thread, tokio};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::time::{Duration, sleep};
use uuid::{Builder, Uuid};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Job controller ---");
    let controller = JobController {
        id: random_id(0, args),
        tasks: (1..=args.tasks).map(|number| work_task(number, args)).collect(),
        on_task: Arc::new(move |job_id, result| task_completed(job_id, result, args)),
        on_job: Arc::new(job_completed),
        args,
    };
    if controller.run().await.all_is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Called back for each task. A slow callback holds up its thread, as a write to a disk does.
fn task_completed(job_id: Uuid, result: &WorkTaskResult, args: Args) {
    thread::sleep(Duration::from_millis(args.slow_callback));
    if every(args.panic_callback, result.number) {
        panic!("the callback of task {} went wrong", result.number);
    }
    println!("Task job id={job_id}: {result}");
}

/// Called back once, when the job is over.
fn job_completed(job_id: Uuid, result: &JobResult) {
    let how = if result.was_cancelled() { "cancelled" } else { "completed" };
    println!("Job {job_id} {how}: {result}");
}

/// A task may call any async function. Here are four.
fn work_task(number: u32, args: Args) -> WorkTask {
    let time = random_time(200..=900, number, args);
    let exec = match number {
        _ if every(args.panic, number) => Exec::new("crash", crash, time),
        _ if every(args.fail, number) => Exec::new("refuse", refuse, time),
        _ if number.is_multiple_of(3) => Exec::new("price", price, (number, time)),
        _ => Exec::new("sleep", rest, time),
    };
    let found_in = random_time(3..=11, number, args);
    WorkTask { id: random_id(number, args), number, exec, found_in }
}

async fn rest(time: Duration) -> Result<String, String> {
    sleep(time).await;
    Ok("slept".into())
}

async fn price((car, time): (u32, Duration)) -> Result<String, String> {
    sleep(time).await;
    Ok(format!("{} EUR", 7500 + 137 * car))
}

async fn refuse(time: Duration) -> Result<String, String> {
    sleep(time).await;
    Err("no answer".into())
}

async fn crash(time: Duration) -> Result<String, String> {
    sleep(time).await;
    panic!("the task went wrong");
}

fn every(nth: Option<u32>, number: u32) -> bool {
    nth.is_some_and(|nth| number.is_multiple_of(nth))
}

/// Random, and yet always the same for a seed, a task and a range: whoever takes the task, and when.
fn random_time(millis: RangeInclusive<u64>, number: u32, args: Args) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(args.seed) + millis.end());
    rng.set_stream(number.into());
    Duration::from_millis(rng.random_range(millis))
}

/// The same every time, so that we can talk about it. Elsewhere this is `Uuid::new_v4()`.
fn random_id(number: u32, args: Args) -> Uuid {
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed.into());
    rng.set_stream(number.into());
    Builder::from_random_bytes(rng.random()).into_uuid()
}

/// A job of many tasks: producers, consumers, and a controller that joins them.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// How many tasks the job has
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    tasks: u32,
    /// How many producers put them into the queue
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    producers: u32,
    /// How many workers there are: each is a consumer
    #[arg(long, default_value_t = job::NUM_WORKERS, value_parser = clap::value_parser!(u32).range(1..=1000))]
    workers: u32,
    /// How many tasks the queue holds
    #[arg(long, default_value_t = job::WORK_QUEUE_MAX_SIZE, value_parser = clap::value_parser!(u32).range(1..=1000))]
    capacity: u32,
    /// How many handlers call back
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    handlers: u32,
    /// Every K-th task fails
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    fail: Option<u32>,
    /// Every K-th task panics
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    panic: Option<u32>,
    /// The callback of every K-th task panics
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    panic_callback: Option<u32>,
    /// How long each task's callback takes
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    slow_callback: u64,
    /// How long a task may take
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    limit: Option<u64>,
    /// When the job is cancelled
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    cancel_after: Option<u64>,
    /// Other seeds give other times and ids
    #[arg(long, default_value_t = 102)]
    seed: u32,
}

mod job {
    use crate::Args;
    use crate::task::{JobResult, WorkTask, WorkTaskResult};
    use rehearsal::async_channel::{self, Receiver, Sender};
    use rehearsal::{println, tokio};
    use std::future::pending;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::task::{JoinError, JoinHandle, JoinSet, spawn_blocking};
    use tokio::time::{Duration, Instant, sleep, timeout};
    use uuid::Uuid;

    pub(crate) const NUM_WORKERS: u32 = 25;
    pub(crate) const WORK_QUEUE_MAX_SIZE: u32 = 100;

    pub(crate) type TaskCallback = Arc<dyn Fn(Uuid, &WorkTaskResult) + Send + Sync>;
    pub(crate) type JobCallback = Arc<dyn Fn(Uuid, &JobResult) + Send + Sync>;

    /// Starts all the others, and knows when the job is over.
    pub(crate) struct JobController {
        pub(crate) id: Uuid,
        pub(crate) tasks: Vec<WorkTask>,
        pub(crate) on_task: TaskCallback,
        pub(crate) on_job: JobCallback,
        pub(crate) args: Args,
    }

    impl JobController {
        /// Nobody counts what is open. The last producer's end closes the first queue, the last consumer's
        /// end the second, and when the handlers have emptied that one, the job is over.
        pub(crate) async fn run(self) -> JobResult {
            println!("Starting Job {}", self.id);
            let (start, args, count) = (Instant::now(), self.args, self.tasks.len());

            let (queue, tasks) = async_channel::bounded(args.capacity as usize);
            let (result_queue, results) = async_channel::bounded(args.tasks as usize + 100);
            // Nothing is ever sent: the end of this channel is the sign.
            let (cancel, cancelled) = async_channel::bounded(1);
            let peak_depth = Arc::new(AtomicUsize::new(0));
            let (mut crew, mut consumers, mut handlers) =
                (JoinSet::new(), JoinSet::new(), JoinSet::new());
            for (id, batch) in (1..).zip(deal(self.tasks, args.producers)) {
                let (queue, peak_depth) = (queue.clone(), peak_depth.clone());
                crew.spawn(Producer { id, batch, queue, peak_depth }.produce());
            }
            for id in 1..=args.workers {
                let (tasks, results, cancelled) =
                    (tasks.clone(), result_queue.clone(), cancelled.clone());
                consumers.spawn(Consumer { id, args, tasks, results, cancelled }.consume());
            }
            for _ in 1..=args.handlers {
                let (results, on_task) = (results.clone(), self.on_task.clone());
                handlers.spawn(ResultHandler { job_id: self.id, results, on_task }.handle());
            }
            crew.spawn(cancel_after(args.cancel_after, cancel, tasks));
            drop((queue, result_queue));

            let waited: Duration = consumers.join_all().await.into_iter().sum();
            let mut result = JobResult::default();
            handlers.join_all().await.into_iter().for_each(|part| result.add(part));
            // Who cancels may still wait, and a producer whose job was cancelled may still look for a task.
            crew.shutdown().await;

            let begun = result.done + result.failed + result.cut_short;
            let mean_wait = waited.as_secs_f64() / begun.max(1) as f64;
            let peak_depth = peak_depth.load(Ordering::Relaxed);
            println!("Queue: peak depth {peak_depth}, mean wait {mean_wait:.3} s");
            result.not_begun = count - begun;
            result.elapsed = start.elapsed();
            let (job_id, on_job, told) = (self.id, self.on_job, result.clone());
            let _ = spawn_blocking(move || on_job(job_id, &told)).await;
            result
        }
    }

    /// Cancels the job: what is at work is cut short, and what is in the queue is not begun.
    async fn cancel_after(time: Option<u64>, cancel: Sender<()>, tasks: Receiver<Queued>) {
        sleep_or_never(time).await;
        // The queue comes first: a consumer whose task is cut short must not find another one there.
        tasks.close();
        while tasks.try_recv().is_ok() {}
        cancel.close();
    }

    async fn sleep_or_never(time: Option<u64>) {
        match time {
            Some(millis) => sleep(Duration::from_millis(millis)).await,
            None => pending().await,
        }
    }

    /// A task, and since when it waits for a consumer.
    type Queued = (Instant, WorkTask);

    /// Puts a batch of tasks into the queue.
    struct Producer {
        id: u32,
        batch: Vec<WorkTask>,
        queue: Sender<Queued>,
        peak_depth: Arc<AtomicUsize>,
    }

    impl Producer {
        async fn produce(self) {
            let mut count = 0;
            for task in self.batch {
                sleep(task.found_in).await;
                if self.queue.send((Instant::now(), task)).await.is_err() {
                    break;
                }
                self.peak_depth.fetch_max(self.queue.len(), Ordering::Relaxed);
                count += 1;
            }
            println!("[Producer-{}] Done — added {count} tasks", self.id);
        }
    }

    /// Takes tasks from the queue, one after another, runs them, and hands their results on.
    struct Consumer {
        id: u32,
        args: Args,
        tasks: Receiver<Queued>,
        results: Sender<WorkTaskResult>,
        cancelled: Receiver<()>,
    }

    impl Consumer {
        /// Tells how long its tasks had waited.
        async fn consume(mut self) -> Duration {
            let mut waited = Duration::ZERO;
            while let Ok((since, task)) = self.tasks.recv().await {
                waited += since.elapsed();
                let result = self.run(task).await;
                if result.outcome.is_some() {
                    println!("[Consumer-{}] Finished task {}", self.id, result.number);
                }
                self.results.send(result).await.unwrap();
            }
            waited
        }

        /// Whatever a task does, there is a result: it runs in a tokio task of its own, which may panic.
        async fn run(&mut self, task: WorkTask) -> WorkTaskResult {
            let WorkTask { id, number, exec, .. } = task;
            let (name, start) = (exec.name, Instant::now());
            let mut own = Ended(tokio::spawn(exec.run()));
            // Longer than any task takes.
            let limit = Duration::from_millis(self.args.limit.unwrap_or(86_400_000));
            let outcome = tokio::select! {
                biased;
                ended = timeout(limit, &mut own.0) => Some(match ended {
                    Ok(Ok(outcome)) => outcome,
                    Ok(Err(_)) => Err("panicked".into()),
                    Err(_) => Err("over the limit".into()),
                }),
                Err(_) = self.cancelled.recv() => None,
            };
            WorkTaskResult { id, number, exec: name, time: start.elapsed(), outcome }
        }
    }

    /// Ends a task when nobody waits for it any more.
    struct Ended<T>(JoinHandle<T>);

    impl<T> Drop for Ended<T> {
        fn drop(&mut self) {
            self.0.abort();
        }
    }

    /// Takes results from their queue, one after another, and calls back.
    struct ResultHandler {
        job_id: Uuid,
        results: Receiver<WorkTaskResult>,
        on_task: TaskCallback,
    }

    impl ResultHandler {
        /// Tells what became of the tasks that came by.
        async fn handle(self) -> JobResult {
            let mut part = JobResult::default();
            while let Ok(result) = self.results.recv().await {
                match &result.outcome {
                    Some(Ok(_)) => part.done += 1,
                    Some(Err(_)) => part.failed += 1,
                    None => part.cut_short += 1,
                }
                if self.call_back(result.clone()).await.is_err() {
                    println!("Undelivered: {result}");
                    part.undelivered += 1;
                }
            }
            part
        }

        /// Calls back on a thread of its own: a callback may block, and no task may wait for it.
        async fn call_back(&self, result: WorkTaskResult) -> Result<(), JoinError> {
            let (on_task, job_id) = (self.on_task.clone(), self.job_id);
            spawn_blocking(move || on_task(job_id, &result)).await
        }
    }

    /// Deals the tasks out like cards.
    fn deal(tasks: Vec<WorkTask>, hands: u32) -> Vec<Vec<WorkTask>> {
        let mut batches: Vec<_> = (0..hands).map(|_| Vec::new()).collect();
        for (hand, task) in (0..batches.len()).cycle().zip(tasks) {
            batches[hand].push(task);
        }
        batches
    }
}

mod task {
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
        /// None: it was cut short.
        pub(crate) outcome: Option<Outcome>,
    }

    impl fmt::Display for WorkTaskResult {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let WorkTaskResult { id, number, exec, time, outcome } = self;
            let secs = time.as_secs_f64();
            write!(
                f,
                "WorkTaskResult(id={id}, number={number}, exec={exec}, time_secs={secs:.3}, "
            )?;
            match outcome {
                Some(Ok(value)) => write!(f, "outcome={value})"),
                Some(Err(reason)) => write!(f, "outcome=failed ({reason}))"),
                None => write!(f, "outcome=cut short)"),
            }
        }
    }

    /// What became of a job.
    #[derive(Clone, Default)]
    pub(crate) struct JobResult {
        pub(crate) done: usize,
        pub(crate) failed: usize,
        pub(crate) undelivered: usize,
        pub(crate) cut_short: usize,
        pub(crate) not_begun: usize,
        pub(crate) elapsed: Duration,
    }

    impl JobResult {
        /// Adds what one handler counted.
        pub(crate) fn add(&mut self, part: JobResult) {
            self.done += part.done;
            self.failed += part.failed;
            self.undelivered += part.undelivered;
            self.cut_short += part.cut_short;
        }

        pub(crate) fn was_cancelled(&self) -> bool {
            self.cut_short + self.not_begun > 0
        }

        pub(crate) fn all_is_well(&self) -> bool {
            self.failed + self.undelivered == 0 && !self.was_cancelled()
        }
    }

    impl fmt::Display for JobResult {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let JobResult { done, failed, undelivered, cut_short, not_begun, elapsed } = self;
            write!(f, "{done} done, {failed} failed, {undelivered} undelivered, ")?;
            if self.was_cancelled() {
                write!(f, "{cut_short} cut short, {not_begun} not begun, ")?;
            }
            write!(f, "elapsed_secs={:.3}", elapsed.as_secs_f64())
        }
    }
}
