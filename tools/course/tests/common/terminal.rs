//! A terminal of a test's own: what is typed, and what is to be seen.

#![allow(dead_code, reason = "each test file uses another part of it")]

use crate::common::Small;
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize},
};
use std::{
    fs::{self, File},
    io::{Read, Write},
    path::Path,
    process::{Child, Command, ExitStatus},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// On a busy machine a build takes its time.
const PATIENCE: Duration = Duration::from_secs(240);

/// A program in a terminal.
pub(crate) struct Terminal {
    master: Option<File>,
    slave: File,
    child: Child,
    seen: Arc<(Mutex<Vec<u8>>, Condvar)>,
    is_closed: Arc<AtomicBool>,
}

impl Terminal {
    /// Runs `cargo course` in a terminal of 100 columns.
    pub(crate) fn course(small: &Small, arguments: &str) -> Terminal {
        let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
        command.args(arguments.split_whitespace()).current_dir(&small.root);
        command.env("CARGO_TARGET_DIR", small.root.join("target")).env("CARGO_NET_OFFLINE", "true");
        Terminal::running(&command)
    }

    /// Runs this in such a terminal.
    pub(crate) fn running(wanted: &Command) -> Terminal {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = File::options().read(true).write(true).open(name).unwrap();
        let end = || slave.try_clone().unwrap();
        // setsid gives it this terminal as its own, so that it is told when the terminal is closed.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(wanted.get_program()).args(wanted.get_args());
        command.current_dir(wanted.get_current_dir().expect("it has a folder"));
        command.envs(wanted.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("TERM", "xterm").env_remove("COLUMNS");
        command.env_remove("NO_COLOR").stdin(end()).stdout(end()).stderr(end());
        let master = File::from(master);
        resize(&master, 100, 30);
        let child = command.spawn().unwrap();
        drop(command);
        let seen = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let is_closed = Arc::new(AtomicBool::new(false));
        let (mut reader, kept) = (master.try_clone().unwrap(), Arc::clone(&seen));
        let is_over = Arc::clone(&is_closed);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut chunk) {
                kept.0.lock().unwrap().extend(&chunk[..length]);
                kept.1.notify_all();
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        Terminal { master: Some(master), slave, child, seen, is_closed }
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.master.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        resize(self.master.as_ref().unwrap(), columns, rows);
    }

    /// Waits until what has come behind so many bytes holds one of these words.
    #[track_caller]
    pub(crate) fn until_behind(&self, bytes: usize, words: &[&str]) {
        let start = Instant::now();
        let mut seen = self.seen.0.lock().unwrap();
        loop {
            let news = String::from_utf8_lossy(&seen[bytes.min(seen.len())..]).into_owned();
            if words.iter().any(|word| news.contains(word)) {
                return;
            }
            let left = PATIENCE.checked_sub(start.elapsed());
            let left = left.unwrap_or_else(|| panic!("none of {words:?} ever came:\n{news}"));
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until the window holds all of these words, and gives what it shows then.
    #[track_caller]
    pub(crate) fn until(&self, words: &[&str]) -> String {
        self.until_it(|window| words.iter().all(|word| window.contains(word)))
            .unwrap_or_else(|window| panic!("{words:?} never came:\n{window}"))
    }

    /// Waits until the window is as it is to be; an error is what it shows when the time is up.
    pub(crate) fn until_it(&self, is: impl Fn(&str) -> bool) -> Result<String, String> {
        let start = Instant::now();
        let mut seen = self.seen.0.lock().unwrap();
        loop {
            let window = window(&String::from_utf8_lossy(&seen));
            if is(&window) {
                return Ok(window);
            }
            let Some(left) = PATIENCE.checked_sub(start.elapsed()) else { return Err(window) };
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// All that was ever written to the window.
    pub(crate) fn all(&self) -> String {
        String::from_utf8_lossy(&self.seen.0.lock().unwrap()).into_owned()
    }

    /// Whether the terminal shows what is typed and waits for whole lines, as a shell finds it.
    pub(crate) fn is_as_before(&self) -> bool {
        let modes = tcgetattr(&self.slave).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Waits until the program has ended.
    pub(crate) fn ends(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end:\n{}", window(&self.all()));
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// How long its threads have had a core up to now.
    pub(crate) fn computed(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().flatten();
        let times = threads.filter_map(|thread| {
            let told = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            told.split(' ').next()?.parse().ok()
        });
        times.map(Duration::from_nanos).sum()
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, signal).unwrap();
    }

    /// Closes the terminal, as a window that is closed does.
    pub(crate) fn close(&mut self) {
        // Whoever reads holds it open too, until something comes: what is drawn in another size.
        self.is_closed.store(true, Ordering::SeqCst);
        self.resize(90, 30);
        self.master = None;
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn resize(master: &File, columns: u16, rows: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(master, size).unwrap();
}

/// What stands in the window since it was cleared, without what sets colours.
fn window(all: &str) -> String {
    let last = all.rsplit("\x1b[2J").next().unwrap_or_default();
    let mut text = String::new();
    let mut rest = last;
    while let Some((before, after)) = rest.split_once('\x1b') {
        text.push_str(before);
        let end = after.find(|letter: char| letter.is_ascii_alphabetic());
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    (text + rest).replace('\r', "")
}

/// Waits until no process works below a folder.
#[track_caller]
pub(crate) fn until_nobody_works_in(folder: &Path) {
    let start = Instant::now();
    loop {
        let there = who_works_in(folder);
        if there.is_empty() {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "still there: {there:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The processes that work below a folder.
pub(crate) fn who_works_in(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let works = processes.filter(|process| {
        fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    });
    works
        .map(|process| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).replace('\0', " ")
        })
        .filter(|line| !line.is_empty())
        .collect()
}
