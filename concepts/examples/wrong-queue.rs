//! A task that waits in a queue made for threads.

use rehearsal::crossbeam_channel::bounded;
use rehearsal::{println, tokio};

#[tokio::main]
async fn main() {
    let (queue, jobs) = bounded(3);
    let worker = tokio::spawn(async move {
        println!("[Worker] I wait for a job");
        let job: u32 = jobs.recv().unwrap();
        println!("[Worker] Did job {job}");
    });
    let producer = tokio::spawn(async move { queue.send(1).unwrap() });
    producer.await.unwrap();
    worker.await.unwrap();
}
