//! Thirty phones call a server that answers five at a time, and those that it refuses try again.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::sync::{Arc, Mutex};
use rehearsal::tokio::sync::Semaphore;
use rehearsal::tokio::time::{Duration, Instant, sleep};
use rehearsal::{println, tokio};

/// How many milliseconds a phone pauses after its nth call; the first is number 0.
type Plan = fn(u32, &mut ChaCha8Rng) -> u64;

#[tokio::main]
async fn main() {
    play("always 0.2 s", |_, _| 200).await;
    play("doubled", |n, _| 200 << n).await;
    play("doubled, with jitter", |n, rng| rng.random_range(0..=200 << n)).await;
}

async fn play(name: &str, plan: Plan) {
    let start = Instant::now();
    let free = Arc::new(Semaphore::new(5));
    let calls = Arc::new(Mutex::new(Vec::new()));
    let phones: Vec<_> = (1..=30)
        .map(|seed| tokio::spawn(phone(seed, plan, start, free.clone(), calls.clone())))
        .collect();
    for phone in phones {
        phone.await.unwrap();
    }
    let (calls, end) = (calls.lock().unwrap(), start.elapsed().as_secs_f64());
    let within = |tenth| calls.iter().filter(|&&ms| ms / 100 == tenth).count();
    let tenths: Vec<_> = (0..12).map(|tenth| format!("{:2}", within(tenth))).collect();
    println!("{name:20}  {:3} calls, all served at {end:.2} s", calls.len());
    println!("  in each 0.1 s at first: {}", tenths.join(" "));
}

async fn phone(
    seed: u64,
    plan: Plan,
    start: Instant,
    free: Arc<Semaphore>,
    calls: Arc<Mutex<Vec<u128>>>,
) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for n in 0.. {
        calls.lock().unwrap().push(start.elapsed().as_millis());
        if let Ok(_line) = free.try_acquire() {
            sleep(Duration::from_millis(90)).await;
            return;
        }
        sleep(Duration::from_millis(plan(n, &mut rng))).await;
    }
}
