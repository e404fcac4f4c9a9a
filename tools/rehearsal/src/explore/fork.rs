//! A child that is a copy of this process.

use super::player::{Ending, Fork, exited};
use std::{
    ffi::{c_int, c_uint, c_ulong},
    fs::{self, File},
    io,
    os::{fd::AsRawFd, unix::process::ExitStatusExt},
    process::ExitStatus,
    thread,
    time::{Duration, Instant},
};

/// The most bytes that a child writes to one file. A program that prints without end stops here.
const MOST_BYTES: c_ulong = 16 << 20;

/// Makes a copy of this process, and waits for its end. To be called while there is one thread.
pub(super) fn play(printed: &[File; 2], limit: Duration) -> Fork {
    match system::fork() {
        -1 => Fork::Parent(Err(io::Error::last_os_error())),
        0 => {
            become_child(printed, limit);
            Fork::Child
        }
        child => Fork::Parent(end_of(child)),
    }
}

/// How long to wait until a thread beside this one sleeps.
const FALLS_ASLEEP: Duration = Duration::from_secs(2);

/// Whether this process has no thread but this one and some that sleep. They may have begun to wait a moment
/// ago, so they have some time to fall asleep.
pub(super) fn has_no_thread_but(beside: &[u32]) -> bool {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return false };
    if threads.count() != 1 + beside.len() {
        return false;
    }
    let begun = Instant::now();
    while !beside.iter().all(|thread| sleeps(*thread)) {
        if begun.elapsed() > FALLS_ASLEEP {
            return false;
        }
        thread::yield_now();
    }
    true
}

fn sleeps(thread: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
    // "pid (name) state …": the name may hold anything, so from its end.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S'))
}

/// Limits what this process can do, and sends what it prints to its parent's files.
fn become_child(printed: &[File; 2], limit: Duration) {
    let _ = system::alarm(c_uint::try_from(limit.as_secs()).unwrap_or(c_uint::MAX));
    let most = system::Limit { soft: MOST_BYTES, hard: MOST_BYTES };
    let _ = system::setrlimit(system::RLIMIT_FSIZE, &most);
    // A child would read on where the last one stopped.
    if let Ok(nothing) = File::open("/dev/null") {
        let _ = system::dup2(nothing.as_raw_fd(), 0);
    }
    for (file, stream) in printed.iter().zip(1..) {
        let _ = system::dup2(file.as_raw_fd(), stream);
    }
}

fn end_of(child: c_int) -> io::Result<Ending> {
    let mut status = 0;
    while system::waitpid(child, &mut status, 0) == -1 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    let status = ExitStatus::from_raw(status);
    Ok(match status.signal() {
        Some(system::SIGALRM) => Ending::TimeUp,
        Some(system::SIGXFSZ) => Ending::TooMuch,
        Some(signal) => Ending::Signal(signal),
        None => exited(status),
    })
}

/// Five calls of the C library, which std links anyway: a crate that declares them would be one more for every
/// exercise to build.
#[expect(unsafe_code, reason = "std has no fork, and none of these calls with it")]
mod system {
    use std::ffi::{c_int, c_uint, c_ulong};

    pub(super) const RLIMIT_FSIZE: c_int = 1;
    pub(super) const SIGALRM: c_int = 14;
    pub(super) const SIGXFSZ: c_int = 25;

    #[repr(C)]
    pub(super) struct Limit {
        pub(super) soft: c_ulong,
        pub(super) hard: c_ulong,
    }

    // SAFETY: the signatures are those of Linux, where `rlim_t` is an unsigned long. All take and give
    // numbers, or one reference that is not kept, so no call can go wrong in memory. `fork` alone asks for
    // more: a copy of a process with several threads could do next to nothing. The caller makes sure that
    // there is one. `dup2` closes what had the number before: that is 0, 1 or 2, which nothing here owns.
    unsafe extern "C" {
        pub(super) safe fn fork() -> c_int;
        pub(super) safe fn waitpid(child: c_int, status: &mut c_int, options: c_int) -> c_int;
        pub(super) safe fn dup2(old: c_int, new: c_int) -> c_int;
        pub(super) safe fn alarm(seconds: c_uint) -> c_uint;
        pub(super) safe fn setrlimit(resource: c_int, limit: &Limit) -> c_int;
    }
}
