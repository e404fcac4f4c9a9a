//! A task that should speak every 0.1 seconds, and another one that computes.

use rehearsal::tokio::time::{Duration, Instant, sleep, sleep_until};
use rehearsal::{println, tokio, work};

#[tokio::main]
async fn main() {
    let pulse = tokio::spawn(pulse());
    let report = tokio::spawn(async {
        sleep(Duration::from_millis(150)).await;
        println!("[Report] I add up the year");
        work(Duration::from_millis(330)); // there is no `.await` in it
        println!("[Report] Done");
    });
    pulse.await.unwrap();
    report.await.unwrap();
}

async fn pulse() {
    let start = Instant::now();
    for beat in 1..=6 {
        let due = start + Duration::from_millis(100) * beat;
        sleep_until(due).await;
        println!("[Pulse] Beat {beat}, {:.2} s late", due.elapsed().as_secs_f64());
    }
}
