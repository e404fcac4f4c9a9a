//! The pattern: producers, consumers, result handlers, and the controller that joins them.

use crate::task::{JobResult, WorkTask, WorkTaskResult};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::{println, tokio};
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet, spawn_blocking};
use tokio::time::{Duration, Instant, sleep};
use uuid::Uuid;

pub(crate) const NUM_WORKERS: u32 = 25;
pub(crate) const WORK_QUEUE_MAX_SIZE: u32 = 100;
const NUM_HANDLERS: u32 = 5;
/// When the handlers are too slow for long, the consumers wait in the end, and the memory does not fill up.
const RESULT_QUEUE_MAX_SIZE: usize = 100;

type TaskCallback = Arc<dyn Fn(Uuid, &WorkTaskResult) + Send + Sync>;
type JobCallback = Arc<dyn Fn(Uuid, &JobResult) + Send + Sync>;

/// Starts all the others, and knows when the job is over.
pub(crate) struct JobController {
    id: Uuid,
    tasks: Vec<WorkTask>,
    producers: u32,
    workers: u32,
    capacity: u32,
    handlers: u32,
    limit: Option<Duration>,
    cancel_after: Option<Duration>,
    on_task: TaskCallback,
    on_job: JobCallback,
}

impl JobController {
    /// Nobody counts what is open. The last producer's end closes the first queue, the last consumer's
    /// end the second, and when the handlers have emptied that one, the job is over.
    pub(crate) async fn run(self) -> JobResult {
        println!("Starting Job {}", self.id);
        let (start, count) = (Instant::now(), self.tasks.len());

        let (queue, tasks) = async_channel::bounded(self.capacity as usize);
        let (result_queue, results) = async_channel::bounded(RESULT_QUEUE_MAX_SIZE);
        let (cancel, cancelled) = watch::channel(false);
        let peak_depth = Arc::new(AtomicUsize::new(0));
        let (mut crew, mut consumers, mut handlers) =
            (JoinSet::new(), JoinSet::new(), JoinSet::new());
        for (id, batch) in (1..).zip(deal(self.tasks, self.producers)) {
            let (queue, peak_depth) = (queue.clone(), peak_depth.clone());
            crew.spawn(Producer { id, batch, queue, peak_depth }.produce());
        }
        for id in 1..=self.workers {
            let (tasks, results, limit, cancelled) =
                (tasks.clone(), result_queue.clone(), self.limit, cancelled.clone());
            consumers.spawn(Consumer { id, limit, tasks, results, cancelled }.consume());
        }
        for _ in 1..=self.handlers {
            let (results, on_task) = (results.clone(), self.on_task.clone());
            handlers.spawn(ResultHandler { job_id: self.id, results, on_task }.handle());
        }
        crew.spawn(cancel_after(self.cancel_after, cancel, tasks));
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
        let (job_id, on_job) = (self.id, self.on_job);
        // This callback may block as well, and the program may have more to do than this job.
        let called_back = spawn_blocking(move || {
            on_job(job_id, &result);
            result
        });
        called_back.await.unwrap()
    }
}

/// Cancels the job: what is at work is cut short, and what is in the queue is not begun.
async fn cancel_after(
    time: Option<Duration>,
    cancel: watch::Sender<bool>,
    tasks: Receiver<Queued>,
) {
    sleep_or_never(time).await;
    // The queue comes first: a consumer whose task is cut short must not find another one there.
    tasks.close();
    while tasks.try_recv().is_ok() {}
    cancel.send_replace(true);
}

async fn sleep_or_never(time: Option<Duration>) {
    match time {
        Some(time) => sleep(time).await,
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
    limit: Option<Duration>,
    tasks: Receiver<Queued>,
    results: Sender<WorkTaskResult>,
    cancelled: watch::Receiver<bool>,
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
        // Whoever is still in the set when it is dropped is ended.
        let mut own = JoinSet::new();
        own.spawn(exec.run());
        let outcome = tokio::select! {
            biased;
            Some(ended) = own.join_next() => Some(ended.unwrap_or(Err("panicked".into()))),
            () = sleep_or_never(self.limit) => Some(Err("over the limit".into())),
            Ok(_) = self.cancelled.wait_for(|&cancelled| cancelled) => None,
        };
        WorkTaskResult { id, number, exec: name, time: start.elapsed(), outcome }
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

/// How a job is set up. What is not said is as `new` has it, and each number is 1 at least.
impl JobController {
    pub(crate) fn new(id: Uuid, tasks: Vec<WorkTask>) -> JobController {
        JobController {
            id,
            tasks,
            producers: 2,
            workers: NUM_WORKERS,
            capacity: WORK_QUEUE_MAX_SIZE,
            handlers: NUM_HANDLERS,
            limit: None,
            cancel_after: None,
            on_task: Arc::new(|_, _| ()),
            on_job: Arc::new(|_, _| ()),
        }
    }

    /// How many producers put the tasks into the queue.
    pub(crate) fn producers(self, producers: u32) -> JobController {
        JobController { producers: producers.max(1), ..self }
    }

    /// How many tasks are at work at one time: each worker is a consumer.
    pub(crate) fn workers(self, workers: u32) -> JobController {
        JobController { workers: workers.max(1), ..self }
    }

    /// How many tasks the queue holds.
    pub(crate) fn capacity(self, capacity: u32) -> JobController {
        JobController { capacity: capacity.max(1), ..self }
    }

    /// How many callbacks run at one time.
    pub(crate) fn handlers(self, handlers: u32) -> JobController {
        JobController { handlers: handlers.max(1), ..self }
    }

    /// How long a task may take.
    pub(crate) fn limit(self, limit: Option<Duration>) -> JobController {
        JobController { limit, ..self }
    }

    /// When the job is cancelled, if it is not over by then.
    pub(crate) fn cancel_after(self, cancel_after: Option<Duration>) -> JobController {
        JobController { cancel_after, ..self }
    }

    /// What is called with the result of each task.
    pub(crate) fn on_task(
        self,
        callback: impl Fn(Uuid, &WorkTaskResult) + Send + Sync + 'static,
    ) -> JobController {
        JobController { on_task: Arc::new(callback), ..self }
    }

    /// What is called once, when the job is over.
    pub(crate) fn on_job(
        self,
        callback: impl Fn(Uuid, &JobResult) + Send + Sync + 'static,
    ) -> JobController {
        JobController { on_job: Arc::new(callback), ..self }
    }
}
