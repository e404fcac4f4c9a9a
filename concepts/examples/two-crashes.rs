//! A consumer dies at work on item 2, and another one takes over.

use rehearsal::println;
use std::collections::BTreeSet;

#[derive(Clone, Copy)]
enum Act {
    Send,
    Acknowledge,
}

fn main() {
    println!("--- Acknowledge, then send ---");
    play([Act::Acknowledge, Act::Send]);
    println!("--- Send, then acknowledge ---");
    play([Act::Send, Act::Acknowledge]);
}

fn play(acts: [Act; 2]) {
    let mut queue = BTreeSet::from([1, 2, 3]); // outlives its consumers
    consume("A", acts, &mut queue, Some(2));
    consume("B", acts, &mut queue, None);
}

fn consume(name: &str, acts: [Act; 2], queue: &mut BTreeSet<u32>, dies_at: Option<u32>) {
    while let Some(item) = queue.first().copied() {
        for act in acts {
            match act {
                Act::Send => println!("[{name}] Sent parcel {item}"),
                Act::Acknowledge => assert!(queue.remove(&item)),
            }
            if dies_at == Some(item) {
                println!("[{name}] Died between the two");
                return;
            }
        }
    }
}
