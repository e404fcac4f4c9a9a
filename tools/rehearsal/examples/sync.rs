//! Programs that use `tokio::sync` and `sync::mpsc`: `tests/sync.rs` plays them.

use rehearsal::{
    println,
    sync::mpsc as threads_mpsc,
    thread,
    tokio::{
        self,
        sync::{Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch},
        task::spawn_blocking,
        time::{Duration, sleep},
    },
};
use std::sync::Arc;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("messages") => messages(),
        Some("permits") => permits(),
        Some("blocking_calls") => blocking_calls(),
        Some("blocked_for_ever") => blocked_for_ever(),
        Some("blocking_in_a_task") => blocking_in_a_task(),
        Some("std_queues") => std_queues(),
        Some("std_forgotten") => std_forgotten(),
        other => panic!("there is no case {other:?}"),
    }
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A message of each kind of channel goes from hand to hand.
#[tokio::main]
async fn messages() {
    let (queue, mut jobs) = mpsc::channel(2);
    let worker = tokio::spawn(async move {
        let mut batch = Vec::new();
        jobs.recv_many(&mut batch, 1).await;
        while let Some(job) = jobs.recv().await {
            batch.push(job);
        }
        batch
    });
    for job in 1..=3 {
        queue.send(job).await.unwrap();
    }
    queue.reserve_owned().await.unwrap().send(4);
    println!("mpsc {:?}", worker.await.unwrap());

    let (reply, answer) = oneshot::channel();
    reply.send("yes").unwrap();
    println!("oneshot {:?}", answer.await);

    let (state, mut seen) = watch::channel(0);
    state.send(1).unwrap();
    state.send(2).unwrap();
    seen.changed().await.unwrap();
    println!("watch {}", *seen.borrow_and_update());

    let (news, mut one) = broadcast::channel(2);
    let mut other = news.subscribe();
    news.send("rain").unwrap();
    println!("broadcast {:?} {:?}", one.recv().await, other.recv().await);
    for day in ["sun", "fog", "snow"] {
        news.send(day).unwrap();
    }
    println!("late {:?} {:?}", one.recv().await, one.recv().await);
}

/// Each lock is taken and given back.
#[tokio::main]
async fn permits() {
    let permits = Arc::new(Semaphore::new(3));
    let two = permits.clone().acquire_many_owned(2).await.unwrap();
    drop(permits.acquire().await.unwrap());
    permits.try_acquire().unwrap().forget();
    drop(two);
    println!("{} free", permits.available_permits());

    let count = Arc::new(Mutex::new(0));
    *count.lock().await += 1;
    *count.clone().lock_owned().await += 1;
    println!("{count:?}");

    let price = RwLock::new(1);
    let mut writer = price.write().await;
    *writer += 1;
    drop(writer.downgrade());

    let bell = Notify::new();
    bell.notify_one();
    bell.notified().await;
}

/// Threads wait at what tasks use.
#[tokio::main]
async fn blocking_calls() {
    let (queue, mut jobs) = mpsc::channel(1);
    let producer =
        spawn_blocking(move || (1..=5).for_each(|job| queue.blocking_send(job).unwrap()));
    let (done, mut results) = mpsc::unbounded_channel();
    let worker = thread::spawn(move || {
        while let Some(job) = jobs.blocking_recv() {
            done.send(job * 10).unwrap();
        }
    });
    let mut sum = 0;
    while let Some(result) = results.recv().await {
        sum += result;
    }
    producer.await.unwrap();
    worker.join().unwrap();
    println!("{sum}");

    let permits = Arc::new(Semaphore::new(1));
    let count = Arc::new(Mutex::new(0));
    let permit = permits.clone().acquire_owned().await.unwrap();
    let (theirs, shared) = (permits.clone(), count.clone());
    let (reply, answer) = oneshot::channel();
    let caller = thread::spawn(move || {
        let answer: u32 = answer.blocking_recv().unwrap();
        let _permit = theirs.blocking_acquire().unwrap();
        *shared.blocking_lock() += answer;
    });
    reply.send(7).unwrap();
    sleep(ms(20)).await;
    println!("{}", *count.lock().await);
    drop(permit);
    let _permit = permits.acquire().await.unwrap();
    caller.join().unwrap();
    println!("{}", *count.lock().await);
}

#[tokio::main]
async fn blocked_for_ever() {
    let (queue, mut jobs) = mpsc::channel::<u32>(1);
    let call = spawn_blocking(move || {
        println!("[Caller] waits");
        jobs.blocking_recv() // waits: blocked_for_ever
    });
    call.await.unwrap(); // waits: its end
    drop(queue);
}

#[tokio::main]
async fn blocking_in_a_task() {
    let (_queue, mut jobs) = mpsc::channel::<u32>(1);
    jobs.blocking_recv();
}

/// std's own queues: without a limit, with one, and a rendezvous.
fn std_queues() {
    let (queue, items) = threads_mpsc::channel();
    let (bounded, rest) = threads_mpsc::sync_channel(2);
    let (hand, other_hand) = threads_mpsc::sync_channel(0);
    let producer = thread::spawn(move || (1..=9).for_each(|item| queue.send(item).unwrap()));
    let doubler = thread::spawn(move || {
        for item in items {
            bounded.send(item * 2).unwrap();
        }
    });
    let filter = thread::spawn(move || {
        while let Ok(item) = rest.recv() {
            hand.send(item + 1).unwrap();
        }
    });
    let all: Vec<i32> = other_hand.iter().collect();
    println!("{all:?}");
    for worker in [producer, doubler, filter] {
        worker.join().unwrap();
    }

    let (hand, other_hand) = threads_mpsc::sync_channel(0);
    println!("{:?}", hand.try_send(1));
    println!("{:?}", other_hand.recv_timeout(ms(5)));
    let waiting = thread::spawn(move || other_hand.recv());
    while hand.try_send(2).is_err() {
        thread::yield_now();
    }
    println!("{:?}", waiting.join().unwrap());
    println!("{:?}", hand.send(3));
}

fn std_forgotten() {
    let (queue, items) = threads_mpsc::channel::<u32>(); // made: std_forgotten
    println!("waits");
    let _ = items.recv(); // waits: std_forgotten
    drop(queue);
}
