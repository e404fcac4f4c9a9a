//! Programs so small that all their orders can be played; `tests/asked.rs` compares what they come to.
//!
//! The first argument says which. What an order comes to stands in the lines, in whatever order those come.

use rehearsal::{async_channel, crossbeam_channel as channel, println, thread, tokio};
use tokio::time::{Duration, Instant, sleep, timeout};

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    match name.as_str() {
        "threads" => threads(),
        "senders" => senders(),
        "keeps" => keeps(),
        "closes" => closes(),
        "leaves" => leaves(),
        "joins" => joins(),
        "clock" => clock(),
        "gives-up" => gives_up(),
        "lock" => lock(),
        "ended" => ended(),
        other => panic!("there is no program '{other}'"),
    }
}

/// Two threads send, and one of them may find the queue full.
fn threads() {
    let (queue, jobs) = channel::bounded(1);
    let theirs = queue.clone();
    let other = thread::spawn(move || println!("full: {}", theirs.try_send(2).is_err()));
    queue.send(1).unwrap();
    println!("first: {}", jobs.recv().unwrap());
    drop(queue);
    other.join().unwrap();
    println!("left: {:?}", jobs.recv());
}

/// Two tasks send into a queue of one.
#[tokio::main]
async fn senders() {
    let (queue, jobs) = async_channel::bounded(1);
    for job in [1, 2] {
        let queue = queue.clone();
        tokio::spawn(async move { queue.send(job).await.unwrap() });
    }
    drop(queue);
    println!("first: {}", jobs.recv().await.unwrap());
    println!("then: {:?}", (jobs.recv().await, jobs.recv().await));
}

/// Whoever has sent or taken keeps its end of the queue for a while.
#[tokio::main]
async fn keeps() {
    let (queue, jobs) = async_channel::bounded(2);
    let theirs = queue.clone();
    let other = tokio::spawn(async move {
        theirs.send(2).await.unwrap();
        sleep(Duration::from_millis(1)).await;
    });
    queue.send(1).await.unwrap();
    println!("first: {}", jobs.recv().await.unwrap());
    other.await.unwrap();
}

/// One adds without waiting, and another one closes the queue.
#[tokio::main]
async fn closes() {
    let (queue, jobs) = async_channel::bounded(1);
    let theirs = jobs.clone();
    let adds = tokio::spawn(async move {
        queue.send(1).await.ok();
        println!("full or closed: {:?}", queue.try_send(2));
    });
    let closes = tokio::spawn(async move {
        println!("there: {}", theirs.len());
        theirs.close();
    });
    closes.await.unwrap();
    println!("got: {:?}", jobs.try_recv());
    adds.await.unwrap();
}

/// How many others are left is looked at.
#[tokio::main]
async fn leaves() {
    let (queue, jobs) = async_channel::bounded::<u8>(1);
    let theirs = queue.clone();
    let leaves = tokio::spawn(async move {
        theirs.send(1).await.unwrap();
        drop(theirs);
    });
    let looks = tokio::spawn(async move { println!("senders: {}", queue.sender_count()) });
    println!("got: {:?}", jobs.recv().await);
    looks.await.unwrap();
    leaves.await.unwrap();
}

/// Whether somebody has ended yet is found out by a limit of no time at all.
#[tokio::main]
async fn joins() {
    let (queue, jobs) = async_channel::bounded::<u8>(2);
    let ends = tokio::spawn(async {});
    let sends = tokio::spawn(async move {
        queue.send(1).await.unwrap();
        queue.send(2).await.unwrap();
    });
    println!("got: {:?}", jobs.recv().await);
    println!("ended: {}", timeout(Duration::ZERO, ends).await.is_ok());
    sends.await.unwrap();
}

/// One sleeps, and another one looks at the clock when it has got something.
#[tokio::main]
async fn clock() {
    let start = Instant::now();
    let (queue, jobs) = async_channel::bounded(2);
    let theirs = queue.clone();
    tokio::spawn(async move {
        sleep(Duration::from_millis(2)).await;
        theirs.send("late").await.unwrap();
    });
    tokio::spawn(async move { queue.send("early").await.unwrap() });
    while let Ok(word) = jobs.recv().await {
        println!("{word} at {:?}", start.elapsed());
    }
}

/// One waits no longer than the other one sleeps.
#[tokio::main]
async fn gives_up() {
    let (queue, jobs) = async_channel::bounded(1);
    let theirs = jobs.clone();
    let waits = tokio::spawn(async move {
        println!("in time: {}", timeout(Duration::from_millis(2), theirs.recv()).await.is_ok());
    });
    sleep(Duration::from_millis(2)).await;
    queue.send(1).await.unwrap();
    waits.await.unwrap();
    println!("left: {:?}", jobs.try_recv());
}

/// Two tasks write what they have read before, under a lock of tokio's.
#[tokio::main]
async fn lock() {
    let sum = std::sync::Arc::new(tokio::sync::Mutex::new(0));
    let theirs = sum.clone();
    let adds = tokio::spawn(async move {
        let seen = *theirs.lock().await;
        *theirs.lock().await = seen + 1;
    });
    let seen = *sum.lock().await;
    *sum.lock().await = seen + 1;
    adds.await.unwrap();
    println!("sum: {}", sum.lock().await);
}

/// Somebody sleeps who is ended, and time may pass up to where nobody wakes.
#[tokio::main]
async fn ended() {
    let start = Instant::now();
    let sleeps = tokio::spawn(sleep(Duration::from_millis(9)));
    sleep(Duration::from_millis(1)).await;
    sleeps.abort();
    let other = tokio::spawn(async move { println!("soon: {}", start.elapsed().as_millis() < 9) });
    println!("ended: {}", sleeps.await.is_err());
    other.await.unwrap();
}
