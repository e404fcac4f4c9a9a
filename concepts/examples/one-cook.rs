//! One cook, and three dishes that need little of her time.

use rehearsal::tokio::time::{Duration, Instant, sleep};
use rehearsal::{println, tokio};

#[tokio::main]
async fn main() {
    let start = Instant::now();
    let soup = tokio::spawn(cook("Soup", 300, start));
    let rice = tokio::spawn(cook("Rice", 200, start));
    let eggs = tokio::spawn(cook("Eggs", 100, start));
    for dish in [soup, rice, eggs] {
        dish.await.unwrap();
    }
}

async fn cook(dish: &str, needs_ms: u64, start: Instant) {
    println!("[{dish}] On the stove");
    sleep(Duration::from_millis(needs_ms)).await; // the cook goes to another pot
    println!("[{dish}] Ready at {:.1} s", start.elapsed().as_secs_f64());
}
