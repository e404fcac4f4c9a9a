//! The programs of `programs.rs` on the rehearsal.

mod programs;

mod world {
    pub(crate) use rehearsal::time::{Duration, Instant};
    pub(crate) use rehearsal::{async_channel, crossbeam_channel as channel, sync, thread, tokio};
}

fn main() {
    let wanted = std::env::args().nth(1);
    for (name, program) in programs::PROGRAMS {
        if wanted.as_deref().is_none_or(|wanted| wanted.starts_with("--") || wanted == *name) {
            println!("{name}");
            program().iter().for_each(|line| println!("  {line}"));
        }
    }
}
