//! Right in another way: the work queue is an actor. Producers and consumers ask it, each with a channel for the reply,
//! and it keeps peak depth and waits as well.
//! in place of: job.rs

use crate::task::{JobResult, WorkTask, WorkTaskResult};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::{println, tokio};
use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinSet, spawn_blocking};
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

/// What the queue is asked.
enum Ask {
    /// Takes a task, and says so when it has room for it; false if it is closed.
    Put(Instant, WorkTask, oneshot::Sender<bool>),
    /// Gives a task when there is one; none if there never will be.
    Take(oneshot::Sender<Option<WorkTask>>),
    ProducerDone,
    Cancel(oneshot::Sender<()>),
    Numbers(oneshot::Sender<Numbers>),
}

struct Numbers {
    peak: usize,
    taken: usize,
    waited: Duration,
}

struct Desk {
    capacity: usize,
    producers: u32,
    is_closed: bool,
    queue: VecDeque<(Instant, WorkTask)>,
    putting: VecDeque<(Instant, WorkTask, oneshot::Sender<bool>)>,
    taking: VecDeque<oneshot::Sender<Option<WorkTask>>>,
    numbers: Numbers,
}

impl Desk {
    async fn serve(mut self, mut asked: mpsc::UnboundedReceiver<Ask>) {
        while let Some(ask) = asked.recv().await {
            match ask {
                Ask::Put(_, _, reply) if self.is_closed => drop(reply.send(false)),
                Ask::Put(since, task, reply) => self.putting.push_back((since, task, reply)),
                Ask::Take(reply) => self.taking.push_back(reply),
                Ask::ProducerDone => {
                    self.producers -= 1;
                    self.is_closed |= self.producers == 0;
                }
                Ask::Cancel(reply) => {
                    self.is_closed = true;
                    self.queue.clear();
                    for (_, _, put) in self.putting.drain(..) {
                        let _ = put.send(false);
                    }
                    let _ = reply.send(());
                }
                Ask::Numbers(reply) => {
                    let Numbers { peak, taken, waited } = self.numbers;
                    let _ = reply.send(Numbers { peak, taken, waited });
                    return;
                }
            }
            self.settle();
        }
    }

    fn settle(&mut self) {
        loop {
            if self.queue.len() < self.capacity
                && let Some((since, task, reply)) = self.putting.pop_front()
            {
                self.queue.push_back((since, task));
                self.numbers.peak = self.numbers.peak.max(self.queue.len());
                let _ = reply.send(true);
            } else if !self.queue.is_empty() && !self.taking.is_empty() {
                let (since, task) = self.queue.pop_front().unwrap();
                self.numbers.taken += 1;
                self.numbers.waited += since.elapsed();
                let _ = self.taking.pop_front().unwrap().send(Some(task));
            } else {
                break;
            }
        }
        if self.is_closed && self.queue.is_empty() && self.putting.is_empty() {
            for taker in self.taking.drain(..) {
                let _ = taker.send(None);
            }
        }
    }
}

type Asker = mpsc::UnboundedSender<Ask>;

impl JobController {
    pub(crate) async fn run(self) -> JobResult {
        println!("Starting Job {}", self.id);
        let (start, count) = (Instant::now(), self.tasks.len());
        let (desk, asked) = mpsc::unbounded_channel();
        let numbers = Numbers { peak: 0, taken: 0, waited: Duration::ZERO };
        let actor = Desk {
            capacity: self.capacity as usize,
            producers: self.producers,
            is_closed: false,
            queue: VecDeque::new(),
            putting: VecDeque::new(),
            taking: VecDeque::new(),
            numbers,
        };
        tokio::spawn(actor.serve(asked));
        let (result_queue, results) = async_channel::bounded(RESULT_QUEUE_MAX_SIZE);
        let (cancel, cancelled) = watch::channel(false);

        let (mut crew, mut consumers, mut handlers) =
            (JoinSet::new(), JoinSet::new(), JoinSet::new());
        for (id, batch) in (1..).zip(deal(self.tasks, self.producers)) {
            crew.spawn(produce(id, batch, desk.clone()));
        }
        for id in 1..=self.workers {
            let (limit, cancelled) = (self.limit, cancelled.clone());
            consumers.spawn(consume(id, desk.clone(), result_queue.clone(), limit, cancelled));
        }
        drop(result_queue);
        for _ in 1..=self.handlers {
            handlers.spawn(handle(self.id, results.clone(), self.on_task.clone()));
        }
        crew.spawn(cancel_after(self.cancel_after, cancel, desk.clone()));

        consumers.join_all().await;
        let mut result = JobResult::default();
        for part in handlers.join_all().await {
            result.add(part);
        }
        crew.shutdown().await;
        let (reply, numbers) = oneshot::channel();
        desk.send(Ask::Numbers(reply)).ok().unwrap();
        let Numbers { peak, taken, waited } = numbers.await.unwrap();
        let mean_wait = waited.as_secs_f64() / taken.max(1) as f64;
        println!("Queue: peak depth {peak}, mean wait {mean_wait:.3} s");
        result.not_begun = count - taken;
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

async fn cancel_after(time: Option<Duration>, cancel: watch::Sender<bool>, desk: Asker) {
    match time {
        Some(time) => sleep(time).await,
        None => pending().await,
    }
    // First the queue, then those at work.
    let (reply, closed) = oneshot::channel();
    desk.send(Ask::Cancel(reply)).ok().unwrap();
    closed.await.unwrap();
    cancel.send_replace(true);
}

async fn produce(id: u32, batch: Vec<WorkTask>, desk: Asker) {
    let mut count = 0;
    for task in batch {
        sleep(task.found_in).await;
        let (reply, has_room) = oneshot::channel();
        desk.send(Ask::Put(Instant::now(), task, reply)).ok().unwrap();
        if !has_room.await.unwrap() {
            return;
        }
        count += 1;
    }
    println!("[Producer-{id}] Done — added {count} tasks");
    desk.send(Ask::ProducerDone).ok().unwrap();
}

async fn consume(
    id: u32,
    desk: Asker,
    results: Sender<WorkTaskResult>,
    limit: Option<Duration>,
    mut cancelled: watch::Receiver<bool>,
) {
    loop {
        let (reply, task) = oneshot::channel();
        desk.send(Ask::Take(reply)).ok().unwrap();
        let Some(WorkTask { id: task_id, number, exec, .. }) = task.await.unwrap() else { return };
        let (name, start) = (exec.name, Instant::now());
        let mut own = JoinSet::new();
        own.spawn(exec.run());
        let over = async {
            match limit {
                Some(limit) => sleep(limit).await,
                None => pending().await,
            }
        };
        let outcome = tokio::select! {
            biased;
            Some(ended) = own.join_next() => Some(ended.unwrap_or_else(|_| Err("panicked".to_owned()))),
            () = over => Some(Err("over the limit".to_owned())),
            Ok(_) = cancelled.wait_for(|&is| is) => None,
        };
        drop(own);
        println!("[Consumer-{id}] Finished task {number}");
        let time = start.elapsed();
        results.send(WorkTaskResult { id: task_id, number, exec: name, time, outcome }).await.unwrap();
    }
}

async fn handle(job_id: Uuid, results: Receiver<WorkTaskResult>, on_task: TaskCallback) -> JobResult {
    let mut part = JobResult::default();
    while let Ok(result) = results.recv().await {
        match result.outcome {
            Some(Ok(_)) => part.done += 1,
            Some(Err(_)) => part.failed += 1,
            None => part.cut_short += 1,
        }
        let (on_task, copy) = (on_task.clone(), result.clone());
        if spawn_blocking(move || on_task(job_id, &copy)).await.is_err() {
            println!("Undelivered: {result}");
            part.undelivered += 1;
        }
    }
    part
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
