//! Programs that a submission has left behind. They come to the grader, whoever has started them, and it ends them.

/// Makes the grader the one that all programs come to whose parents are gone.
#[cfg(target_os = "linux")]
pub(crate) fn adopt() {
    // Where this is refused, nothing comes, and the limits of time and computing still hold.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Ends all processes below this one. No other may run meanwhile.
#[cfg(target_os = "linux")]
pub(crate) fn end() {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};
    // Who is killed may have started another one just before.
    loop {
        let found = below(std::process::id());
        if found.is_empty() {
            return;
        }
        for id in found {
            let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
            // It may have ended by itself.
            let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
        }
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        std::thread::yield_now();
    }
}

/// All processes that descend from this one.
#[cfg(target_os = "linux")]
fn below(id: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // A program may be called anything, but behind its last bracket stand its state and its parent.
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        if let Some(parent) = rest.split(' ').nth(1).and_then(|word| word.parse::<u32>().ok()) {
            parents.push((child, parent));
        }
    }
    let mut found = vec![id];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        next += 1;
    }
    found.split_off(1)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn adopt() {}

#[cfg(not(target_os = "linux"))]
pub(crate) fn end() {}
