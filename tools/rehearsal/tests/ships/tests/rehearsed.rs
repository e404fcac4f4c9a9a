//! Tests of a package that ships on the real crates. One of them fails, and is to.

use rehearsal::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread, tokio,
};

#[rehearsal::test(schedules = 50)]
fn a_count_is_lost() {
    let count = Arc::new(AtomicUsize::new(0));
    let add = |count: &AtomicUsize| {
        let seen = count.load(Ordering::SeqCst);
        count.store(seen + 1, Ordering::SeqCst);
    };
    let theirs = count.clone();
    let worker = thread::spawn(move || add(&theirs));
    add(&count);
    worker.join().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[rehearsal::test(schedules = 50)]
async fn an_hour_is_over_at_once() -> Result<(), tokio::task::JoinError> {
    tokio::spawn(tokio::time::sleep(std::time::Duration::from_secs(3600))).await
}
