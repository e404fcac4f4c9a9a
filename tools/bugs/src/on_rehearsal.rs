//! The bugs, compiled for the rehearsal.

#[path = "tasks/mod.rs"]
pub(crate) mod tasks;
#[path = "threads/mod.rs"]
pub(crate) mod threads;

mod world {
    pub(crate) use rehearsal::{sync, thread, tokio};

    pub(crate) fn play(program: impl Future<Output = ()>) {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(program);
    }
}
