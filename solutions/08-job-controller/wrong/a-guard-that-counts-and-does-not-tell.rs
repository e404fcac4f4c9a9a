//! A guard counts a task off even when it panics, so nothing hangs; but there is no result, and the consumer is gone.
//! in place of: job.rs
//! refused by: fix-1

use crate::Args;
use crate::task::{JobResult, WorkTask, WorkTaskResult};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::{println, tokio};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep};
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
    pub(crate) async fn run(self) -> JobResult {
        println!("Starting Job {}", self.id);
        let (start, args, count) = (Instant::now(), self.args, self.tasks.len());

        let (queue, tasks) = async_channel::bounded(args.capacity as usize);
        let (open, mut join) = watch::channel(count);
        let mut crew = JoinSet::new();
        for (id, batch) in (1..).zip(deal(self.tasks, args.producers)) {
            crew.spawn(Producer { id, batch, queue: queue.clone() }.produce());
        }
        for id in 1..=args.workers {
            let (tasks, on_task, open) = (tasks.clone(), self.on_task.clone(), open.clone());
            crew.spawn(Consumer { id, job_id: self.id, tasks, on_task, open }.consume());
        }

        join.wait_for(|&open| open == 0).await.unwrap();
        // The consumers wait for tasks that never come.
        crew.shutdown().await;

        let result = JobResult { done: count, elapsed: start.elapsed(), ..JobResult::default() };
        (self.on_job)(self.id, &result);
        result
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
            let receipt = Receipt(self.open.clone());
            let result = self.run(task).await;
            println!("[Consumer-{}] Finished task {}", self.id, result.number);
            self.call_back(result).await.unwrap();
            drop(receipt);
        }
    }

    async fn run(&self, task: WorkTask) -> WorkTaskResult {
        let WorkTask { id, number, exec, .. } = task;
        let (name, start) = (exec.name, Instant::now());
        let value = exec.run().await.unwrap();
        WorkTaskResult { id, number, exec: name, time: start.elapsed(), outcome: Some(Ok(value)) }
    }

    /// Calls back on a thread of its own: a callback may block, and no task may wait for it.
    async fn call_back(&self, result: WorkTaskResult) -> Result<(), JoinError> {
        let (on_task, job_id) = (self.on_task.clone(), self.job_id);
        spawn_blocking(move || on_task(job_id, &result)).await
    }
}

/// Counts a task off, however it ends.
struct Receipt(watch::Sender<usize>);

impl Drop for Receipt {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
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
