//! A command that runs for another one, and ends with it.
//!
//! The other one holds the end of a pipe. When that is closed, whoever closed it and why, the command ends with all
//! that it has started: so a terminal that is closed leaves no process behind.

use serde_json::Value;
use std::{
    env, fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    thread,
};

/// Set for a command that is held.
const HELD: &str = "HANDOFF_HELD";

/// Makes a command one that is held, in a process group of its own.
pub fn held(command: &mut Command) {
    command.env(HELD, "1").stdin(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Whether this process is held.
#[must_use]
pub fn is_held() -> bool {
    env::var_os(HELD).is_some()
}

/// Lets this process end with whoever holds it.
pub fn heed() {
    if !is_held() {
        return;
    }
    thread::spawn(|| {
        let mut byte = [0];
        // Nothing is ever written there: it comes back when the other end is closed.
        while let Ok(1..) = io::stdin().read(&mut byte) {}
        end_all();
    });
}

/// Tells whoever holds this process something, in a line.
pub fn tell(what: &Value) {
    if is_held() {
        println!("{what}");
    }
}

/// What is removed when this process ends because nobody holds it any more.
static LEFT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Lets a file go with this process.
pub(crate) fn leaves(file: &Path) {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner).push(file.to_owned());
}

/// Ends this process with all that it has started.
fn end_all() {
    for file in &*LEFT.lock().unwrap_or_else(PoisonError::into_inner) {
        // It may be gone already.
        let _ = fs::remove_file(file);
    }
    #[cfg(unix)]
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::KILL);
    #[cfg(windows)]
    let _ = Command::new("taskkill")
        .args(["/T", "/F", "/PID", &std::process::id().to_string()])
        .status();
    std::process::exit(1);
}

/// Whether a command that is held has ended by itself. It stays there until [`end`], so that nobody else gets its
/// number meanwhile.
pub(crate) fn has_ended(child: &mut Child) -> bool {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(Pid::from_child(child)), how), Ok(None))
    }
    #[cfg(not(unix))]
    {
        !matches!(child.try_wait(), Ok(None))
    }
}

/// Ends a command that is held, with all that it has started, and waits until it is gone.
pub(crate) fn end(mut child: Child) -> io::Result<ExitStatus> {
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(
        rustix::process::Pid::from_child(&child),
        rustix::process::Signal::KILL,
    );
    drop(child.stdin.take());
    child.wait()
}
