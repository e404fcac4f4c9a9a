//! A clerk who needs 0.1 seconds for a customer, and customers who come more and more often.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::crossbeam_channel::unbounded;
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

const CUSTOMERS: u32 = 3_000;
const NEEDS: Duration = Duration::from_millis(100);

fn main() {
    for per_second in [5.0, 7.0, 8.0, 9.0, 9.5, 9.8] {
        play(per_second);
    }
}

/// Between two customers there is a random time: none, or up to twice the average.
fn play(per_second: f64) {
    let (queue, customers) = unbounded();
    let start = Instant::now();
    let street = thread::spawn(move || {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..CUSTOMERS {
            thread::sleep(Duration::from_secs_f64(rng.random_range(0.0..2.0 / per_second)));
            queue.send(Instant::now()).unwrap();
        }
    });
    let (mut waited, mut busy) = (Duration::ZERO, Duration::ZERO);
    for came in customers {
        waited += came.elapsed();
        let begin = Instant::now();
        thread::sleep(NEEDS);
        busy += begin.elapsed();
    }
    street.join().unwrap();
    let share = 100.0 * busy.as_secs_f64() / start.elapsed().as_secs_f64();
    let wait = (waited / CUSTOMERS).as_secs_f64();
    println!("{per_second:3.1} a second: busy {share:2.0}% of the time, average wait {wait:.2} s");
}
