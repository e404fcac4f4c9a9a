//! Another program, and in it the controller as it is: two jobs beside each other on one runtime.

use crate::job::JobController;
use crate::task::{Exec, Outcome, WorkTask};
use rehearsal::clap::Parser;
use rehearsal::{println, thread, tokio};
use tokio::time::{Duration, sleep};
use uuid::Uuid;

/// The first job is over after 0.2 seconds, and its callback blocks for a second. The second one has tasks of
/// 0.3 seconds, one after another, all this time.
#[tokio::main]
pub(crate) async fn main() {
    Args::parse();
    let short = JobController::new(Uuid::from_u128(1), tasks([200])).on_job(|_, result| {
        thread::sleep(Duration::from_secs(1));
        println!("Short job: {result}");
    });
    // Nothing could go on with none of them, so there is one of each.
    let long = JobController::new(Uuid::from_u128(2), tasks([300; 5]))
        .producers(0)
        .workers(0)
        .capacity(0)
        .on_task(|_, result| println!("Long job: {result}"))
        .on_job(|_, result| println!("Long job: {result}"));
    let (short, long) = (tokio::spawn(short.run()), tokio::spawn(long.run()));
    let (short, long) = (short.await.unwrap(), long.await.unwrap());
    println!("Both: {}", short.all_is_well() && long.all_is_well());
}

fn tasks<const COUNT: usize>(millis: [u64; COUNT]) -> Vec<WorkTask> {
    let tasks = (1..).zip(millis).map(|(number, millis)| WorkTask {
        id: Uuid::from_u128(number.into()),
        number,
        exec: Exec::new("rest", rest, Duration::from_millis(millis)),
        found_in: Duration::ZERO,
    });
    tasks.collect()
}

async fn rest(time: Duration) -> Outcome {
    sleep(time).await;
    Ok("slept".into())
}

#[derive(Parser)]
struct Args {}
