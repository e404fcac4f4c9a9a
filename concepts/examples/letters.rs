//! Letters are fetched, translated and stored: one after another, and in a pipeline.

use rehearsal::crossbeam_channel::{Receiver, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

const LETTERS: u32 = 20;
const FETCH: Duration = Duration::from_millis(50);
const TRANSLATE: Duration = Duration::from_millis(120);
const STORE: Duration = Duration::from_millis(30);

fn main() {
    let start = Instant::now();
    for _ in 1..=LETTERS {
        thread::sleep(FETCH + TRANSLATE + STORE);
    }
    println!("one after another           {:.2} s", start.elapsed().as_secs_f64());

    for translators in 1..=4 {
        let start = Instant::now();
        let (queue, letters) = bounded(2);
        thread::spawn(move || (1..=LETTERS).for_each(|letter| queue.send(letter).unwrap()));
        let fetched = step(1, FETCH, letters);
        let translated = step(translators, TRANSLATE, fetched);
        let stored = step(1, STORE, translated);
        assert_eq!(stored.iter().count(), LETTERS as usize);
        println!("pipeline, {translators} at translating  {:.2} s", start.elapsed().as_secs_f64());
    }
}

/// Starts the workers of a step: they take from one queue, and put into the next.
fn step(workers: u32, takes: Duration, letters: Receiver<u32>) -> Receiver<u32> {
    let (queue, next) = bounded(2);
    for _ in 0..workers {
        let (letters, queue) = (letters.clone(), queue.clone());
        thread::spawn(move || {
            for letter in letters {
                thread::sleep(takes);
                queue.send(letter).unwrap();
            }
        });
    }
    next // the workers have the only senders now
}
