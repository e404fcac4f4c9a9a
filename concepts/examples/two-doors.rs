//! A clerk with two doors: whoever stands at the first one is served before all others.

use rehearsal::async_channel::{Receiver, unbounded};
use rehearsal::{println, tokio};

#[tokio::main]
async fn main() {
    let (first, urgent) = unbounded();
    let (second, ordinary) = unbounded();
    for letter in ["A", "B"] {
        second.try_send(letter).unwrap();
    }
    first.try_send("fire").unwrap();
    let clerk = tokio::spawn(serve(urgent, ordinary));
    drop(first); // nobody comes to the first door any more
    drop(second);
    clerk.await.unwrap();
}

async fn serve(urgent: Receiver<&'static str>, ordinary: Receiver<&'static str>) {
    loop {
        let letter = tokio::select! {
            biased;
            Ok(letter) = urgent.recv() => letter,
            Ok(letter) = ordinary.recv() => letter,
            else => break,
        };
        println!("[Clerk] I take {letter}");
    }
    println!("[Clerk] Both doors are closed");
}
