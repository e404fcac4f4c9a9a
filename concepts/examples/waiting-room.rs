//! A night with one doctor and thirty patients, played three times: the urgent ones get another head start.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::tokio::sync::Semaphore;
use rehearsal::tokio::time::{Duration, Instant, sleep};
use rehearsal::{println, tokio};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex};

const PATIENTS: u32 = 30;

/// From which minute on a patient counts, in which one they came, and whether they are urgent.
type Patient = (i64, i64, bool);

/// A heap gives the greatest first, and `Reverse` turns that round: the smallest minute goes first.
type Room = Mutex<BinaryHeap<Reverse<Patient>>>;

#[tokio::main]
async fn main() {
    play("First come, first served", 0).await;
    play("Urgent 30 minutes ahead", 30).await;
    play("Urgent always first", 10_000).await;
}

async fn play(title: &str, head_start: i64) {
    let (room, tokens) = (Arc::new(Room::default()), Arc::new(Semaphore::new(0)));
    let nurse = tokio::spawn(let_in(room.clone(), tokens.clone(), head_start));
    let (start, mut urgent, mut others) = (Instant::now(), 0, 0);
    for _ in 0..PATIENTS {
        tokens.acquire().await.unwrap().forget();
        let Reverse((_, came, is_urgent)) = room.lock().unwrap().pop().unwrap();
        let longest = if is_urgent { &mut urgent } else { &mut others };
        *longest = (minutes_since(start) - came).max(*longest);
        minutes(10).await;
    }
    nurse.await.unwrap();
    println!("{title:24}  longest wait: urgent {urgent:2} min, others {others:3} min");
}

async fn let_in(room: Arc<Room>, tokens: Arc<Semaphore>, head_start: i64) {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let start = Instant::now();
    for _ in 0..PATIENTS {
        minutes(rng.random_range(1..=17)).await;
        let (came, is_urgent) = (minutes_since(start), rng.random_bool(0.6));
        let counts_from = if is_urgent { came - head_start } else { came };
        room.lock().unwrap().push(Reverse((counts_from, came, is_urgent)));
        tokens.add_permits(1);
    }
}

/// A minute is played in ten milliseconds.
async fn minutes(count: u64) {
    sleep(Duration::from_millis(10 * count)).await;
}

fn minutes_since(start: Instant) -> i64 {
    start.elapsed().as_millis() as i64 / 10
}
