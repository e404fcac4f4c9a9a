//! The pattern: producers, consumers, and the controller that joins them.

use crate::task::{JobResult, WorkTask, WorkTaskResult};
use async_channel::{Receiver, Sender};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

pub(crate) const NUM_WORKERS: u32 = 25;
pub(crate) const WORK_QUEUE_MAX_SIZE: u32 = 100;

type TaskCallback = Arc<dyn Fn(Uuid, &WorkTaskResult) + Send + Sync>;
type JobCallback = Arc<dyn Fn(Uuid, &JobResult) + Send + Sync>;

/// Starts all the others, and knows when the job is over.
pub(crate) struct JobController {
    id: Uuid,
    tasks: Vec<WorkTask>,
    producers: u32,
    workers: u32,
    capacity: u32,
    on_task: TaskCallback,
    on_job: JobCallback,
}

impl JobController {
    pub(crate) async fn run(self) -> JobResult {
        println!("Starting Job {}", self.id);
        let (start, count) = (Instant::now(), self.tasks.len());

        let (queue, tasks) = async_channel::bounded(self.capacity as usize);
        let (open, mut join) = watch::channel(count);
        let mut crew = JoinSet::new();
        for (id, batch) in (1..).zip(deal(self.tasks, self.producers)) {
            crew.spawn(Producer { id, batch, queue: queue.clone() }.produce());
        }
        for id in 1..=self.workers {
            let (tasks, on_task, open) = (tasks.clone(), self.on_task.clone(), open.clone());
            crew.spawn(Consumer { id, job_id: self.id, tasks, on_task, open }.consume());
        }

        // TODO(alter-3): nobody cancels the job.
        join.wait_for(|&open| open == 0).await.unwrap();
        // The consumers wait for tasks that never come.
        crew.shutdown().await;

        // TODO(alter-2): nobody knows how many tasks waited in the queue, and how long.
        let result = JobResult { done: count, elapsed: start.elapsed(), ..JobResult::default() };
        let (job_id, on_job) = (self.id, self.on_job);
        // This callback may block as well, and the program may have more to do than this job.
        let called_back = spawn_blocking(move || {
            on_job(job_id, &result);
            result
        });
        called_back.await.unwrap()
    }
}

/// Puts a batch of tasks into the queue.
struct Producer {
    id: u32,
    batch: Vec<WorkTask>,
    queue: Sender<WorkTask>,
}

impl Producer {
    async fn produce(self) {
        let count = self.batch.len();
        for task in self.batch {
            sleep(task.found_in).await;
            self.queue.send(task).await.unwrap();
        }
        println!("[Producer-{}] Done — added {count} tasks", self.id);
    }
}

/// Takes tasks from the queue, one after another, runs them, and calls back.
struct Consumer {
    id: u32,
    job_id: Uuid,
    tasks: Receiver<WorkTask>,
    on_task: TaskCallback,
    /// How many tasks of the job are not done yet.
    open: watch::Sender<usize>,
}

impl Consumer {
    async fn consume(self) {
        while let Ok(task) = self.tasks.recv().await {
            let result = self.run(task).await;
            println!("[Consumer-{}] Finished task {}", self.id, result.number);
            // TODO(alter-1): while the callback lasts, this consumer takes no task.
            // TODO(fix-2): a callback that panics takes this consumer along.
            self.call_back(result).await.unwrap();
            self.open.send_modify(|open| *open -= 1);
        }
    }

    async fn run(&self, task: WorkTask) -> WorkTaskResult {
        let WorkTask { id, number, exec, .. } = task;
        let (name, start) = (exec.name, Instant::now());
        // TODO(fix-1): a task that fails or panics takes this consumer along.
        let value = exec.run().await.unwrap();
        WorkTaskResult { id, number, exec: name, time: start.elapsed(), outcome: Ok(value) }
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
