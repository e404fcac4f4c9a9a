//! The starter's controller in another program: it takes `job.rs` and `task.rs`, and nothing else.

#[path = "../starter/job.rs"]
mod job;
#[path = "../starter/task.rs"]
mod task;
mod two_jobs;

fn main() {
    two_jobs::main();
}
