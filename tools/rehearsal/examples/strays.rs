//! What is not the rehearsal's, used beside it: as a program does whose `use` line is not the right one.

use rehearsal::{async_channel, println, sync, thread};
use std::sync::{Arc, Mutex};

fn main() {
    let case = std::env::args().nth(1).unwrap_or_default();
    println!("starts");
    match case.as_str() {
        "real_tokio" => real_tokio(),
        "real_tokio_prints" => real_tokio_prints(),
        "real_tokio_on_one_thread" => real_tokio_on_one_thread(),
        "real_main" => real_main(),
        "real_blocking_call" => real_blocking_call(),
        "prints_on_a_thread_of_std" => prints_on_a_thread_of_std(),
        "asks_a_lock_of_std" => asks_a_lock_of_std(),
        "asks_a_lock" => asks_a_lock(),
        "waits_at_a_real_queue" => waits_at_a_real_queue(),
        "a_receipt_is_missing" => a_receipt_is_missing(),
        "selects_a_closed_arm" => selects_a_closed_arm(),
        "selects_a_closed_arm_in_a_task" => selects_a_closed_arm_in_a_task(),
        "looks_in_a_task" => looks_in_a_task(),
        "tries_to_send" => tries_to_send(),
        "tries_to_lock" => tries_to_lock(),
        other => panic!("no case is called {other}"),
    }
}

fn real_tokio() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (queue, jobs) = async_channel::bounded(1);
        let worker = tokio::spawn(async move {
            jobs.recv().await // waits: real_tokio
        });
        queue.send(1).await.unwrap();
        worker.await.unwrap().unwrap();
    });
}

fn real_tokio_prints() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let worker = tokio::spawn(async {
            println!("never printed"); // waits: real_tokio_prints
        });
        worker.await.unwrap();
    });
}

fn real_tokio_on_one_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (_queue, jobs) = async_channel::bounded::<u32>(1);
        let _ = jobs.recv().await; // waits: real_tokio_on_one_thread
    });
}

#[tokio::main]
async fn real_main() {
    let worker = rehearsal::tokio::spawn(async {}); // waits: real_main
    worker.await.unwrap();
}

#[rehearsal::tokio::main]
async fn real_blocking_call() {
    let call = tokio::task::spawn_blocking(|| {
        println!("never printed"); // waits: real_blocking_call
    });
    call.await.unwrap();
}

fn prints_on_a_thread_of_std() {
    let stranger = std::thread::spawn(|| {
        let mut lines = vec!["never printed"];
        // The line is that of the closure, however deep in std it is called.
        lines.retain(|line| {
            println!("{line}"); // waits: prints_on_a_thread_of_std
            false
        });
    });
    stranger.join().unwrap();
}

fn asks_a_lock_of_std() {
    let done = Arc::new(Mutex::new(false));
    let sets = done.clone();
    let setter = thread::spawn(move || *sets.lock().unwrap() = true);
    while !*done.lock().unwrap() {}
    setter.join().unwrap();
}

fn asks_a_lock() {
    let done = sync::Mutex::new(false);
    while !*done.lock().unwrap() {} // waits: asks_a_lock
}

fn waits_at_a_real_queue() {
    let (_queue, jobs) = ::crossbeam_channel::bounded::<u32>(1);
    let _ = jobs.recv();
}

fn a_receipt_is_missing() {
    let (receipts, done) = async_channel::bounded(4);
    for worker in 1..=3 {
        let receipts = receipts.clone();
        thread::spawn(move || {
            if worker != 2 {
                receipts.send_blocking(worker).unwrap();
            }
            thread::park();
        });
    }
    for _ in 1..=3 {
        done.recv_blocking().unwrap(); // waits: a_receipt_is_missing
    }
}

fn selects_a_closed_arm() {
    let (queue, jobs) = rehearsal::crossbeam_channel::bounded::<u32>(1);
    let (_other, others) = rehearsal::crossbeam_channel::bounded::<u32>(1);
    drop(queue);
    loop {
        rehearsal::crossbeam_channel::select! { // waits: selects_a_closed_arm
            recv(jobs) -> job => assert!(job.is_err()),
            recv(others) -> job => assert!(job.is_err()),
        }
    }
}

#[rehearsal::tokio::main]
async fn selects_a_closed_arm_in_a_task() {
    let (queue, jobs) = async_channel::bounded::<u32>(1);
    let (_other, others) = async_channel::bounded::<u32>(1);
    drop(queue);
    loop {
        rehearsal::tokio::select! { // waits: selects_a_closed_arm_in_a_task
            biased;
            job = jobs.recv() => assert!(job.is_err()),
            job = others.recv() => assert!(job.is_err()),
        }
    }
}

#[rehearsal::tokio::main]
async fn looks_in_a_task() {
    let (_queue, jobs) = async_channel::bounded::<u32>(1);
    while jobs.is_empty() {} // waits: looks_in_a_task
}

fn tries_to_send() {
    let (queue, _jobs) = rehearsal::crossbeam_channel::bounded(1);
    queue.send(1).unwrap();
    while queue.try_send(2).is_err() {} // waits: tries_to_send
}

fn tries_to_lock() {
    let lock = sync::Mutex::new(());
    let _guard = lock.lock().unwrap();
    while lock.try_lock().is_err() {} // waits: tries_to_lock
}
