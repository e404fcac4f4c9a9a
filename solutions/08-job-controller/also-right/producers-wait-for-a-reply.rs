//! Right in another way: producers tell one loop what they have found, and wait for its reply that there is room.
//! in place of: job.rs

use crate::task::{JobResult, Outcome, WorkTask, WorkTaskResult};
use rehearsal::{println, tokio};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{Id, JoinSet, spawn_blocking};
use tokio::time::{Duration, Instant, sleep, sleep_until, timeout};
use uuid::Uuid;

pub(crate) const NUM_WORKERS: u32 = 25;
pub(crate) const WORK_QUEUE_MAX_SIZE: u32 = 100;
const NUM_HANDLERS: u32 = 5;
const MOST_RESULTS: usize = 100;

type TaskCallback = Arc<dyn Fn(Uuid, &WorkTaskResult) + Send + Sync>;
type JobCallback = Arc<dyn Fn(Uuid, &JobResult) + Send + Sync>;

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

/// A task that a producer has found, when, and where to say that it lies in the queue.
struct Found(WorkTask, Instant, oneshot::Sender<()>);

#[derive(Default)]
struct State {
    queue: VecDeque<(WorkTask, Instant)>,
    /// Producers that wait for room.
    at_the_door: VecDeque<Found>,
    idle: VecDeque<u32>,
    results: VecDeque<WorkTaskResult>,
    /// Consumers that wait for room in the result queue.
    stuck: VecDeque<(u32, WorkTaskResult)>,
    calling: usize,
    at_work: usize,
    peak: usize,
    waited: Duration,
    begun: usize,
    is_cancelled: bool,
}

/// What a task was, so that there is a result if it is lost.
#[derive(Clone)]
struct Known {
    id: Uuid,
    number: u32,
    exec: &'static str,
    consumer: u32,
    start: Instant,
}

impl JobController {
    pub(crate) async fn run(self) -> JobResult {
        println!("Starting Job {}", self.id);
        let (start, count) = (Instant::now(), self.tasks.len());
        let (inbox, mut found) = mpsc::unbounded_channel();
        let mut producers = JoinSet::new();
        for (id, batch) in (1..).zip(deal(self.tasks, self.producers)) {
            producers.spawn(produce(id, batch, inbox.clone()));
        }
        drop(inbox);

        let mut state = State { idle: (1..=self.workers).collect(), ..State::default() };
        let mut work = JoinSet::new();
        let mut at_work: Vec<(Id, Known)> = Vec::new();
        let mut calls = JoinSet::new();
        let mut called: Vec<(Id, WorkTaskResult)> = Vec::new();
        let mut total = JobResult::default();
        let cancel_at = self.cancel_after.map(|time| start + time);

        loop {
            // Whoever can go on goes on.
            while state.queue.len() < self.capacity as usize
                && let Some(Found(task, since, reply)) = state.at_the_door.pop_front()
            {
                state.queue.push_back((task, since));
                state.peak = state.peak.max(state.queue.len());
                let _ = reply.send(());
                start_work(&mut state, self.limit, &mut work, &mut at_work);
            }
            start_work(&mut state, self.limit, &mut work, &mut at_work);
            if !state.at_the_door.is_empty() && state.queue.len() < self.capacity as usize {
                continue;
            }
            while state.calling < self.handlers as usize
                && let Some(result) = state.results.pop_front()
            {
                state.calling += 1;
                let (on_task, id, copy) = (self.on_task.clone(), self.id, result.clone());
                let handle = calls.spawn_blocking(move || on_task(id, &copy));
                called.push((handle.id(), result));
            }
            if state.results.len() < MOST_RESULTS
                && let Some((consumer, result)) = state.stuck.pop_front()
            {
                state.results.push_back(result);
                state.idle.push_back(consumer);
                continue;
            }
            let nothing_comes = state.begun == count || state.is_cancelled;
            if nothing_comes && work.is_empty() && state.results.is_empty() && calls.is_empty() {
                break;
            }

            tokio::select! {
                biased;
                Some(ended) = work.join_next_with_id(), if !work.is_empty() => {
                    let (id, outcome) = match ended {
                        Ok((id, outcome)) => (id, Some(outcome)),
                        Err(error) if error.is_panic() => (error.id(), Some(Err("panicked".to_owned()))),
                        Err(error) => (error.id(), None),
                    };
                    let at = at_work.iter().position(|(other, _)| *other == id).unwrap();
                    let (_, known) = at_work.swap_remove(at);
                    state.at_work -= 1;
                    if outcome.is_some() {
                        println!("[Consumer-{}] Finished task {}", known.consumer, known.number);
                    }
                    match &outcome {
                        Some(Ok(_)) => total.done += 1,
                        Some(Err(_)) => total.failed += 1,
                        None => total.cut_short += 1,
                    }
                    let result = WorkTaskResult {
                        id: known.id,
                        number: known.number,
                        exec: known.exec,
                        time: known.start.elapsed(),
                        outcome,
                    };
                    state.stuck.push_back((known.consumer, result));
                }
                Some(ended) = calls.join_next_with_id(), if !calls.is_empty() => {
                    let (id, is_well) = match ended {
                        Ok((id, ())) => (id, true),
                        Err(error) => (error.id(), false),
                    };
                    let at = called.iter().position(|(other, _)| *other == id).unwrap();
                    let (_, result) = called.swap_remove(at);
                    state.calling -= 1;
                    if !is_well {
                        println!("Undelivered: {result}");
                        total.undelivered += 1;
                    }
                }
                Some(found) = found.recv(), if !state.is_cancelled => state.at_the_door.push_back(found),
                () = sleep_until(cancel_at.unwrap_or(start)), if cancel_at.is_some() && !state.is_cancelled => {
                    state.is_cancelled = true;
                    state.queue.clear();
                    state.at_the_door.clear();
                    producers.abort_all();
                    work.abort_all();
                }
            }
        }
        let mean = state.waited.as_secs_f64() / state.begun.max(1) as f64;
        println!("Queue: peak depth {}, mean wait {mean:.3} s", state.peak);
        total.not_begun = count - state.begun;
        total.elapsed = start.elapsed();
        let (id, on_job) = (self.id, self.on_job);
        spawn_blocking(move || {
            on_job(id, &total);
            total
        })
        .await
        .unwrap()
    }
}

fn start_work(
    state: &mut State,
    limit: Option<Duration>,
    work: &mut JoinSet<Outcome>,
    at_work: &mut Vec<(Id, Known)>,
) {
    while !state.is_cancelled
        && !state.queue.is_empty()
        && let Some(consumer) = state.idle.pop_front()
    {
        let Some((task, since)) = state.queue.pop_front() else { break };
        state.waited += since.elapsed();
        state.begun += 1;
        state.at_work += 1;
        let WorkTask { id, number, exec, .. } = task;
        let known = Known { id, number, exec: exec.name, consumer, start: Instant::now() };
        let handle = work.spawn(async move {
            let Some(limit) = limit else { return exec.run().await };
            timeout(limit, exec.run()).await.unwrap_or(Err("over the limit".into()))
        });
        at_work.push((handle.id(), known));
    }
}

async fn produce(id: u32, batch: Vec<WorkTask>, inbox: mpsc::UnboundedSender<Found>) {
    let mut count = 0;
    for task in batch {
        sleep(task.found_in).await;
        let (reply, in_queue) = oneshot::channel();
        let is_sent = inbox.send(Found(task, Instant::now(), reply)).is_ok();
        if !is_sent || in_queue.await.is_err() {
            break;
        }
        count += 1;
    }
    println!("[Producer-{id}] Done — added {count} tasks");
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
