//! Plays tests, each in a process of its own.

use std::{
    collections::BTreeMap,
    fmt,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How the tests are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum World {
    /// On the instant pace, in its usual order.
    Instant,
    /// On the instant pace, on so many schedules: all of them have to pass.
    Schedules(u64),
    /// On the real crates, through the mirrors.
    Off,
}

impl World {
    pub(crate) fn name(self) -> &'static str {
        match self {
            World::Instant => "instant",
            World::Schedules(_) => "schedules",
            World::Off => "off",
        }
    }
}

/// What came of a test in a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// How it ended, on which schedule, and what it said.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Passed => f.write_str("passes"),
            Outcome::Failed(how) => write!(f, "fails: {how}"),
        }
    }
}

/// A test of a suite: the file that it stands in, its own path there, and what plays it.
#[derive(Clone)]
pub(crate) struct Test {
    pub(crate) file: String,
    pub(crate) name: String,
    pub(crate) executable: PathBuf,
}

impl Test {
    pub(crate) fn path(&self) -> String {
        format!("{}::{}", self.file, self.name)
    }

    /// The tests of an executable that are not ignored.
    pub(crate) fn listed(file: &str, executable: &Path) -> Result<Vec<Test>, String> {
        let names = |more: &[&str]| -> Result<Vec<String>, String> {
            let output =
                Command::new(executable).args(["--list", "--format", "terse"]).args(more).output();
            let output = output.map_err(|error| format!("{}: {error}", executable.display()))?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            Ok(text
                .lines()
                .filter_map(|line| Some(line.strip_suffix(": test")?.to_owned()))
                .collect())
        };
        let ignored = names(&["--ignored"])?;
        let tests = names(&[])?.into_iter().filter(|name| !ignored.contains(name));
        let test = |name| Test { file: file.to_owned(), name, executable: executable.to_owned() };
        Ok(tests.map(test).collect())
    }

    pub(crate) fn play(&self, world: World) -> Outcome {
        let schedules: Vec<Option<u64>> = match world {
            World::Schedules(n) => (0..n).map(Some).collect(),
            World::Instant | World::Off => vec![None],
        };
        for schedule in schedules {
            if let Outcome::Failed(how) = self.play_once(world, schedule) {
                let on = schedule.map(|n| format!("schedule {n}: ")).unwrap_or_default();
                return Outcome::Failed(format!("{on}{how}"));
            }
        }
        Outcome::Passed
    }

    fn play_once(&self, world: World, schedule: Option<u64>) -> Outcome {
        let mut command = Command::new(&self.executable);
        command.args(["--exact", &self.name, "--test-threads=1", "--nocapture"]);
        let pace = if world == World::Off { "off" } else { "instant" };
        command
            .env("REHEARSAL", pace)
            .env("REHEARSAL_PATIENCE_S", PATIENCE_S)
            .env("RUST_BACKTRACE", "0");
        match schedule {
            // Many of these tests order what they do by sleeps, which a schedule would stretch.
            Some(schedule) => command
                .env("REHEARSAL_SCHEDULE", schedule.to_string())
                .env("REHEARSAL_STRETCH", "1"),
            None => command.env_remove("REHEARSAL_SCHEDULE"),
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match command.spawn() {
            Ok(child) => end_of(child),
            Err(error) => Outcome::Failed(format!("it can't be started: {error}")),
        }
    }
}

/// Real time in which nothing is heard of a test. A test that is held up on a busy machine is not silent.
const PATIENCE_S: &str = "60";

/// Real time after which a test is ended. Most take less than a second, and nothing is to fail for the load.
const LIMIT: Duration = Duration::from_secs(300);

/// What is kept of what a test says.
const HEARD: usize = 64 * 1024;

fn end_of(mut child: Child) -> Outcome {
    let start = Instant::now();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let said = scope.spawn(move || heard(stdout));
        let complained = scope.spawn(move || heard(stderr));
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if start.elapsed() < LIMIT => thread::sleep(pause(start.elapsed())),
                _ => {
                    // It has ended, or it will have.
                    let _ = child.kill().and_then(|()| child.wait());
                    break None;
                }
            }
        };
        let said = said.join().unwrap_or_default() + &complained.join().unwrap_or_default();
        match status {
            Some(status) if status.success() => Outcome::Passed,
            Some(status) => Outcome::Failed(format!("{status}: {}", gist(&said))),
            None => Outcome::Failed(format!("it did not end within {LIMIT:?}")),
        }
    })
}

/// A child is looked at often at first, because most end at once.
fn pause(so_far: Duration) -> Duration {
    (so_far / 8).clamp(Duration::from_millis(1), Duration::from_millis(50))
}

fn heard(pipe: Option<impl Read>) -> String {
    let mut text = Vec::new();
    if let Some(mut pipe) = pipe {
        let mut chunk = [0; 8192];
        while let Ok(length @ 1..) = pipe.read(&mut chunk) {
            let room = HEARD.saturating_sub(text.len());
            text.extend(&chunk[..length.min(room)]);
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The line that says most: of a report its first, of a panic what follows its place.
fn gist(said: &str) -> String {
    const REPORTS: [&str; 5] =
        ["DEADLOCK", "STILL TICKING", "SPINNING", "SILENT", "FOREIGN THREAD"];
    let report = said.lines().find(|line| REPORTS.iter().any(|word| line.starts_with(word)));
    let panic = || said.lines().skip_while(|line| !line.contains("panicked at")).nth(1);
    report.or_else(panic).or_else(|| said.lines().last()).unwrap_or_default().to_owned()
}

/// Plays tests side by side, as many as there are cores.
pub(crate) fn all(plays: &[(Test, World)]) -> BTreeMap<(String, World), Outcome> {
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some((test, world)) = plays.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = test.play(*world);
                    let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                    outcomes.insert((test.path(), *world), outcome);
                }
            });
        }
    });
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
}
