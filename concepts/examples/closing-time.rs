//! A shop with three orders, closed in two ways.

use rehearsal::async_channel::{Receiver, Sender, unbounded};
use rehearsal::tokio::task::JoinHandle;
use rehearsal::tokio::time::{Duration, sleep};
use rehearsal::{println, tokio};

#[tokio::main]
async fn main() {
    println!("--- Graceful ---");
    let (queue, clerk) = open();
    sleep(Duration::from_millis(150)).await;
    drop(queue); // no new orders
    clerk.await.unwrap();

    println!("--- Abrupt ---");
    let (_queue, clerk) = open();
    sleep(Duration::from_millis(150)).await;
    clerk.abort();
    assert!(clerk.await.unwrap_err().is_cancelled());
    println!("The clerk is gone");
}

fn open() -> (Sender<u32>, JoinHandle<()>) {
    let (queue, orders) = unbounded();
    for order in 1..=3 {
        queue.try_send(order).unwrap();
    }
    (queue, tokio::spawn(serve(orders)))
}

async fn serve(orders: Receiver<u32>) {
    while let Ok(order) = orders.recv().await {
        println!("[Clerk] I take order {order}");
        sleep(Duration::from_millis(100)).await;
        println!("[Clerk] Order {order} is done");
    }
    println!("[Clerk] Good night");
}
