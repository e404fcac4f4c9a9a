//! Two workers look into folders, and put what they find into the queue that they take from.

use rehearsal::crossbeam_channel::bounded;
use rehearsal::{println, thread};

fn main() {
    let (queue, folders) = bounded(4);
    queue.send(1).unwrap();
    let workers: Vec<_> = (1..=2)
        .map(|worker| {
            let (queue, folders) = (queue.clone(), folders.clone());
            thread::spawn(move || {
                for folder in folders {
                    println!("[Worker-{worker}] Looks into folder {folder}");
                    for found in inside(folder) {
                        queue.send(found).unwrap();
                    }
                }
            })
        })
        .collect();
    drop((queue, folders));
    for worker in workers {
        worker.join().unwrap();
    }
}

/// Folder 1 holds 2, 3 and 4, folder 2 holds 5, 6 and 7, and so on up to 40.
fn inside(folder: u32) -> impl Iterator<Item = u32> {
    (3 * folder - 1..=3 * folder + 1).filter(|found| *found <= 40)
}
