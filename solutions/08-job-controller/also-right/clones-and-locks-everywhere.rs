//! Right in another way, as a beginner may write it: tokio's mpsc behind a lock for both queues, counts behind locks, and
//! everything is cloned.
//! in place of: job.rs

use crate::task::{JobResult, WorkTask, WorkTaskResult};
use rehearsal::{println, tokio};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
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

type Shared<T> = Arc<tokio::sync::Mutex<mpsc::Receiver<T>>>;

#[derive(Clone, Default)]
struct Numbers {
    peak: usize,
    waited: Duration,
    taken: usize,
}

impl JobController {
    pub(crate) async fn run(self) -> JobResult {
        println!("Starting Job {}", self.id);
        let start = Instant::now();
        let count = self.tasks.len();
        let counts = Arc::new(Mutex::new(JobResult::default()));
        let numbers = Arc::new(Mutex::new(Numbers::default()));
        let (queue, tasks) = mpsc::channel::<(Instant, WorkTask)>(self.capacity as usize);
        let (result_queue, results) = mpsc::channel::<WorkTaskResult>(RESULT_QUEUE_MAX_SIZE);
        let tasks: Shared<(Instant, WorkTask)> = Arc::new(tokio::sync::Mutex::new(tasks));
        let results: Shared<WorkTaskResult> = Arc::new(tokio::sync::Mutex::new(results));
        let (cancel, cancelled) = watch::channel(false);

        let mut producers = Vec::new();
        let mut number = 1;
        for batch in deal(self.tasks, self.producers) {
            let queue = queue.clone();
            let numbers = numbers.clone();
            let cancelled = cancelled.clone();
            producers.push(tokio::spawn(produce(number, batch, queue, numbers, cancelled)));
            number += 1;
        }
        drop(queue);

        let mut consumers = Vec::new();
        for number in 1..=self.workers {
            let tasks = tasks.clone();
            let result_queue = result_queue.clone();
            let cancelled = cancelled.clone();
            let limit = self.limit;
            let numbers = numbers.clone();
            consumers.push(tokio::spawn(async move {
                consume(number, tasks, result_queue, limit, cancelled, numbers).await;
            }));
        }
        drop(result_queue);

        let mut handlers = Vec::new();
        for _ in 0..self.handlers {
            let results = results.clone();
            let counts = counts.clone();
            let on_task = self.on_task.clone();
            let job_id = self.id;
            handlers.push(tokio::spawn(async move {
                handle(job_id, results, counts, on_task).await;
            }));
        }

        let alarm = self.cancel_after.map(|time| {
            tokio::spawn(async move {
                sleep(time).await;
                let _ = cancel.send(true);
            })
        });

        for consumer in consumers {
            consumer.await.unwrap();
        }
        for handler in handlers {
            handler.await.unwrap();
        }
        if let Some(alarm) = alarm {
            alarm.abort();
        }
        for producer in producers {
            producer.await.unwrap();
        }
        let numbers = numbers.lock().unwrap().clone();
        let mean_wait = numbers.waited.as_secs_f64() / numbers.taken.max(1) as f64;
        println!("Queue: peak depth {}, mean wait {mean_wait:.3} s", numbers.peak);
        let mut result = JobResult::default();
        result.add(std::mem::take(&mut *counts.lock().unwrap()));
        result.not_begun = count - numbers.taken;
        result.elapsed = start.elapsed();
        JobController::finish(self.on_job, self.id, result).await
    }

    /// Tells what became of the job, and calls back.
    async fn finish(on_job: JobCallback, job_id: Uuid, result: JobResult) -> JobResult {
        let called_back = spawn_blocking(move || {
            on_job(job_id, &result);
            result
        });
        called_back.await.unwrap()
    }
}

async fn produce(
    id: u32,
    batch: Vec<WorkTask>,
    queue: mpsc::Sender<(Instant, WorkTask)>,
    numbers: Arc<Mutex<Numbers>>,
    cancelled: watch::Receiver<bool>,
) {
    let mut count = 0;
    for task in batch {
        let mut cancelled = cancelled.clone();
        let put = async {
            sleep(task.found_in).await;
            let since = Instant::now();
            queue.send((since, task)).await.is_ok()
        };
        let is_put = tokio::select! {
            biased;
            Ok(_) = cancelled.wait_for(|cancelled| *cancelled) => false,
            is_put = put => is_put,
        };
        if !is_put {
            return;
        }
        let depth = queue.max_capacity() - queue.capacity();
        let mut numbers = numbers.lock().unwrap();
        numbers.peak = numbers.peak.max(depth);
        count += 1;
    }
    println!("[Producer-{id}] Done — added {count} tasks");
}

async fn consume(
    id: u32,
    tasks: Shared<(Instant, WorkTask)>,
    results: mpsc::Sender<WorkTaskResult>,
    limit: Option<Duration>,
    mut cancelled: watch::Receiver<bool>,
    numbers: Arc<Mutex<Numbers>>,
) {
    loop {
        let next = async {
            let mut tasks = tasks.lock().await;
            tasks.recv().await
        };
        let next = tokio::select! {
            biased;
            Ok(_) = cancelled.wait_for(|cancelled| *cancelled) => None,
            next = next => next,
        };
        let Some((since, task)) = next else { return };
        {
            let mut numbers = numbers.lock().unwrap();
            numbers.waited += since.elapsed();
            numbers.taken += 1;
        }
        let task_id = task.id;
        let number = task.number;
        let name = task.exec.name;
        let start = Instant::now();
        let mut work = tokio::spawn(task.exec.run());
        let outcome = if let Some(limit) = limit {
            tokio::select! {
                biased;
                ended = &mut work => Some(ended.unwrap_or(Err("panicked".to_string()))),
                () = sleep(limit) => Some(Err("over the limit".to_string())),
                Ok(_) = cancelled.wait_for(|cancelled| *cancelled) => None,
            }
        } else {
            tokio::select! {
                biased;
                ended = &mut work => Some(ended.unwrap_or(Err("panicked".to_string()))),
                Ok(_) = cancelled.wait_for(|cancelled| *cancelled) => None,
            }
        };
        work.abort();
        if outcome.is_some() {
            println!("[Consumer-{id}] Finished task {number}");
        }
        let time = start.elapsed();
        let result = WorkTaskResult { id: task_id, number, exec: name, time, outcome };
        results.send(result).await.unwrap();
    }
}

async fn handle(
    job_id: Uuid,
    results: Shared<WorkTaskResult>,
    counts: Arc<Mutex<JobResult>>,
    on_task: TaskCallback,
) {
    loop {
        let next = {
            let mut results = results.lock().await;
            results.recv().await
        };
        let Some(result) = next else { return };
        let copy = result.clone();
        let on_task = on_task.clone();
        let is_delivered = spawn_blocking(move || on_task(job_id, &copy)).await.is_ok();
        if !is_delivered {
            println!("Undelivered: {result}");
        }
        let mut counts = counts.lock().unwrap();
        match result.outcome {
            Some(Ok(_)) => counts.done += 1,
            Some(Err(_)) => counts.failed += 1,
            None => counts.cut_short += 1,
        }
        if !is_delivered {
            counts.undelivered += 1;
        }
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
