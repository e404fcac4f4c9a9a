//! Without a stage, what is mirrored is the real thing: the compiler takes the one for the other. With a stage it
//! is not, so the package's tests do without this.

#![cfg(compared)]

/// Each takes what stands under a mirror's name, and gives it back as the real crate's.
pub fn threads(
    queue: rehearsal::crossbeam_channel::Sender<u8>,
    lock: rehearsal::sync::Mutex<u8>,
    thread: rehearsal::thread::JoinHandle<u8>,
    instant: rehearsal::time::Instant,
) -> (
    crossbeam_channel::Sender<u8>,
    std::sync::Mutex<u8>,
    std::thread::JoinHandle<u8>,
    std::time::Instant,
) {
    (queue, lock, thread, instant)
}

/// The same for tasks.
pub fn tasks(
    queue: rehearsal::tokio::sync::mpsc::Sender<u8>,
    task: rehearsal::tokio::task::JoinHandle<u8>,
    sleep: rehearsal::tokio::time::Sleep,
    other: rehearsal::async_channel::Receiver<u8>,
) -> (
    tokio::sync::mpsc::Sender<u8>,
    tokio::task::JoinHandle<u8>,
    tokio::time::Sleep,
    async_channel::Receiver<u8>,
) {
    (queue, task, sleep, other)
}

/// What is in place of nothing has a meaning without a stage, too.
#[rehearsal::tokio::main(crate = "rehearsal::tokio", flavor = "current_thread")]
pub async fn the_rest() -> Option<u8> {
    rehearsal::work(std::time::Duration::ZERO);
    let _ = (rehearsal::Pace::Off, rehearsal::STUCK);
    let dropped = rehearsal::cancel::by_schedule(async { 7 }).await;
    rehearsal::cancel::at(3, std::future::ready(dropped)).await?
}
