//! The programs of `mirror/programs.rs` on the real crates.

#[path = "../mirror/programs.rs"]
mod programs;

mod world {
    #[allow(unused_imports, reason = "the names are those of the other world")]
    pub(crate) use ::{async_channel, tokio};
    pub(crate) use ::crossbeam_channel as channel;
    pub(crate) use std::time::{Duration, Instant};
    pub(crate) use std::{sync, thread};
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
