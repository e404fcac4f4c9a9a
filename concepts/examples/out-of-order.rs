//! Two workers finish pages in another order than they took them; a binder puts them back.

use rehearsal::crossbeam_channel::{bounded, unbounded};
use rehearsal::time::Duration;
use rehearsal::{println, thread};
use std::collections::BTreeSet;

fn main() {
    let (queue, pages) = bounded(2);
    let (printed, prints) = unbounded();
    for worker in 1..=2 {
        let (pages, printed) = (pages.clone(), printed.clone());
        thread::spawn(move || {
            for page in pages {
                // Page 2 has a large picture on it.
                thread::sleep(Duration::from_millis(if page == 2 { 350 } else { 100 } + worker));
                println!("[Worker-{worker}] Printed page {page}");
                printed.send(page).unwrap();
            }
        });
    }
    drop((pages, printed));
    thread::spawn(move || (1..=6).for_each(|page| queue.send(page).unwrap()));

    let (mut next, mut early) = (1, BTreeSet::new());
    for page in prints {
        early.insert(page);
        while early.remove(&next) {
            println!("[Binder] Bound page {next}");
            next += 1;
        }
    }
}
