//! What the rehearsal costs: the same loops on the mirrors and on the real crates, in one run.
//!
//!     cargo bench -p rehearsal --bench handover
//!     cargo bench -p rehearsal --bench handover -- tasks     the lines that name it
//!
//! Only the ratios say something about another machine.

use std::{
    env,
    time::{Duration, Instant},
};

const ITEMS: u32 = 20_000;
const REPEATS: usize = 7;

/// The loops, once for each world.
macro_rules! loops {
    ($world:ident, $channel:path, $thread:path, $tokio:path, $queues:path) => {
        mod $world {
            use super::ITEMS;
            use $channel as channel;
            use $queues as async_channel;
            use $thread as thread;
            use $tokio as tokio;

            /// One thread sends, another receives.
            pub(super) fn threads(capacity: usize) {
                let (queue, items) = channel::bounded(capacity);
                let producer =
                    thread::spawn(move || (0..ITEMS).for_each(|item| queue.send(item).unwrap()));
                assert_eq!(items.iter().count(), ITEMS as usize);
                producer.join().unwrap();
            }

            /// Twenty threads that start, sleep for no time and end.
            pub(super) fn spawns() {
                for _ in 0..20 {
                    thread::spawn(|| ()).join().unwrap();
                }
            }

            /// One task sends, another receives.
            #[tokio::main(flavor = "current_thread")]
            pub(super) async fn tasks(capacity: usize) {
                let (queue, items) = async_channel::bounded(capacity);
                let producer = tokio::spawn(async move {
                    for item in 0..ITEMS {
                        queue.send(item).await.unwrap();
                    }
                });
                let mut count = 0;
                while items.recv().await.is_ok() {
                    count += 1;
                }
                assert_eq!(count, ITEMS);
                producer.await.unwrap();
            }
        }
    };
}

loops!(
    rehearsed,
    rehearsal::crossbeam_channel,
    rehearsal::thread,
    rehearsal::tokio,
    rehearsal::async_channel
);
loops!(real, ::crossbeam_channel, ::std::thread, ::tokio, ::async_channel);

fn main() {
    println!("{:34} {:>12} {:>12} {:>8}", "", "rehearsal", "real", "ratio");
    let per_item = |capacity, rehearsed: fn(usize), real: fn(usize), what: &str| {
        let name = format!("{what}, capacity {capacity}");
        compare(&name, ITEMS, || rehearsed(capacity), || real(capacity));
    };
    for capacity in [0, 1, 100] {
        per_item(capacity, rehearsed::threads, real::threads, "an item between two threads");
    }
    for capacity in [1, 100] {
        per_item(capacity, rehearsed::tasks, real::tasks, "an item between two tasks");
    }
    compare("a thread that starts and ends", 20, rehearsed::spawns, real::spawns);
}

/// Measures both in turn, so that a slow moment of the machine hits both; prints the medians.
fn compare(what: &str, times: u32, rehearsed: impl Fn(), real: impl Fn()) {
    let asked: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if !asked.is_empty() && !asked.iter().any(|word| what.contains(word.as_str())) {
        return;
    }
    let mut measured: [Vec<Duration>; 2] = Default::default();
    for _ in 0..REPEATS {
        for (side, play) in measured.iter_mut().zip([&rehearsed as &dyn Fn(), &real]) {
            let start = Instant::now();
            play();
            side.push(start.elapsed() / times);
        }
    }
    let [rehearsed, real] = measured.map(|mut times| {
        times.sort_unstable();
        times[REPEATS / 2].as_nanos()
    });
    let ratio = rehearsed as f64 / real.max(1) as f64;
    println!("{what:34} {rehearsed:>9} ns {real:>9} ns {ratio:>8.1}");
}
