//! A packer who waits for two shoes at a time, and no longer than 0.1 seconds.

use rehearsal::async_channel::{Receiver, Sender, bounded};
use rehearsal::tokio::time::{Duration, sleep, timeout};
use rehearsal::{println, tokio};

#[tokio::main]
async fn main() {
    let (belt, shoes) = bounded(10);
    tokio::spawn(make(belt));
    loop {
        match timeout(Duration::from_millis(100), pair(&shoes)).await {
            Ok(Some((left, right))) => println!("[Packer] Packed: {left} and {right}"),
            Ok(None) => break,
            Err(_too_late) => println!("[Packer] No pair yet"),
        }
    }
    println!("[Packer] Done");
}

/// Takes a left shoe, and then a right one.
async fn pair(shoes: &Receiver<String>) -> Option<(String, String)> {
    let left = shoes.recv().await.ok()?;
    let right = shoes.recv().await.ok()?; // ended here, `left` is gone
    Some((left, right))
}

/// The right shoe of pair 2 is late.
async fn make(belt: Sender<String>) {
    for pair in 1..=4 {
        for side in ["left", "right"] {
            let is_late = side == "right" && pair == 2;
            sleep(Duration::from_millis(if is_late { 130 } else { 30 })).await;
            belt.send(format!("{side} {pair}")).await.unwrap();
        }
    }
}
