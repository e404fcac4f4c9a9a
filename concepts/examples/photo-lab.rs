//! Two workers develop six photos, and somebody has to tell the customers.

use rehearsal::crossbeam_channel::{Receiver, Sender, unbounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

fn main() {
    println!("--- The workers tell the customers ---");
    let (start, photos) = (Instant::now(), six_photos());
    thread::scope(|s| {
        for id in 1..=2 {
            let photos = photos.clone();
            s.spawn(move || work_in_line(id, photos, start));
        }
    });
    println!("All customers are told at {:.1} s", start.elapsed().as_secs_f64());

    println!("--- A clerk tells the customers ---");
    let (start, photos) = (Instant::now(), six_photos());
    let (results, developed) = unbounded();
    thread::scope(|s| {
        for id in 1..=2 {
            let (photos, results) = (photos.clone(), results.clone());
            s.spawn(move || work_by_queue(id, photos, results, start));
        }
        drop(results);
        for photo in developed {
            tell_customer(photo); // main is the clerk
        }
    });
    println!("All customers are told at {:.1} s", start.elapsed().as_secs_f64());
}

fn work_in_line(id: u32, photos: Receiver<u32>, start: Instant) {
    for photo in photos {
        develop(photo);
        tell_customer(photo);
    }
    println!("[Worker-{id}] No more photos at {:.1} s", start.elapsed().as_secs_f64());
}

fn work_by_queue(id: u32, photos: Receiver<u32>, results: Sender<u32>, start: Instant) {
    for photo in photos {
        develop(photo);
        results.send(photo).unwrap();
    }
    println!("[Worker-{id}] No more photos at {:.1} s", start.elapsed().as_secs_f64());
}

fn develop(_photo: u32) {
    thread::sleep(Duration::from_millis(200));
}

/// The callback: somebody else has written it, and it may take long.
fn tell_customer(_photo: u32) {
    thread::sleep(Duration::from_millis(100));
}

fn six_photos() -> Receiver<u32> {
    let (queue, photos) = unbounded();
    (1..=6).for_each(|photo| queue.send(photo).unwrap());
    photos
}
