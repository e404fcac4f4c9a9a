//! The solution's controller in another program: it takes `job.rs` and `task.rs`, and nothing else.

#[path = "../src/job.rs"]
#[expect(dead_code, reason = "these jobs have no limit and are not cancelled")]
mod job;
#[path = "../src/task.rs"]
mod task;
mod two_jobs;

fn main() {
    two_jobs::main();
}
