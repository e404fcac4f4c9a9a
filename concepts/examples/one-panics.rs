//! Three workers, and one of them panics.

use rehearsal::crossbeam_channel::{Receiver, unbounded};
use rehearsal::time::Duration;
use rehearsal::{println, thread};

fn main() {
    let (queue, pictures) = unbounded();
    (1..=6).for_each(|picture| queue.send(picture).unwrap());
    drop(queue);
    let workers: Vec<_> = (1..=3)
        .map(|id| {
            let pictures = pictures.clone();
            thread::spawn(move || work(id, pictures))
        })
        .collect();
    let mut sum = 0;
    for (worker, id) in workers.into_iter().zip(1..) {
        match worker.join() {
            Ok(done) => sum += done,
            Err(_) => println!("Worker-{id} died"),
        }
    }
    println!("{sum} pictures are small now");
}

fn work(id: u32, pictures: Receiver<u32>) -> u32 {
    let mut done = 0;
    for picture in pictures {
        thread::sleep(Duration::from_millis(100 + 10 * u64::from(picture)));
        assert!(picture != 5, "picture 5 is broken");
        println!("[Worker-{id}] Made picture {picture} small");
        done += 1;
    }
    done
}
