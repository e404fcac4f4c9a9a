//! What shuts the programs in that are graded, as far as this machine has it: found out by trying.
//!
//! Landlock takes the rights away to read and to write outside, to open TCP connections, and to signal others: from
//! each program alone, which stays the process that its test has started. Where bubblewrap works, it stands around the
//! tests with all their programs, and around the compiler: they have processes and a network of their own there. Where
//! it does not, they have a network of their own, if the system allows that.

use super::bounds::{Bounds, Limits};
use crate::{Error, Result, child};
use clap::ValueEnum;
use std::{
    env,
    ffi::OsString,
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// The command that becomes a program within bounds.
pub(crate) const CONFINED: &str = "confined";

/// What every program needs to read that is no part of the course: its libraries, and what tells of itself.
pub(crate) const OF_SYSTEM: [&str; 9] = [
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/proc",
    "/dev/urandom",
    "/dev/zero",
];

/// Whom the programs of the first worker become where the grader is root, and those of the others one after another.
/// Nobody else is called that.
const USERS: RangeInclusive<u32> = 64_119..=64_247;

/// What opens a network of its own with loopback alone, and goes on with what stands behind it.
const LOOPBACK: &str = "ip link set lo up && exec \"$0\" \"$@\"";

/// A machine of which all can be read, and nothing written but in memory; it ends with whoever has started it.
const BUBBLEWRAP: &str = "bwrap --die-with-parent --unshare-pid --unshare-net --unshare-ipc \
                          --ro-bind / / --dev /dev --proc /proc";

/// How long a trial may take.
const TRIAL: Duration = Duration::from_secs(20);

/// Which sandbox is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Bubblewrap around Landlock
    Bubblewrap,
    /// Landlock, and a network of its own where that can be had
    Landlock,
    /// No sandbox
    #[value(skip)]
    None,
}

impl Choice {
    const ALL: [Choice; 3] = [Choice::Bubblewrap, Choice::Landlock, Choice::None];

    pub(super) fn word(self) -> &'static str {
        match self {
            Choice::Bubblewrap => "bubblewrap",
            Choice::Landlock => "landlock",
            Choice::None => "none",
        }
    }

    pub(super) fn read(word: &str) -> Option<Choice> {
        Choice::ALL.into_iter().find(|choice| choice.word() == word)
    }
}

/// What stands around the tests and the compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Walls {
    None,
    /// The words that open a network of its own.
    Network(Vec<OsString>),
    Bubblewrap,
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Sandbox {
    /// Whether programs are shut in at all.
    pub(crate) is_on: bool,
    /// The user that a program becomes.
    pub(crate) user: Option<u32>,
    walls: Walls,
    own: PathBuf,
}

impl Sandbox {
    /// Tries what this machine can do, in a folder that may be written, for the worker of this number. Without a choice
    /// it takes the best that works. An error says why nothing can be graded.
    pub(crate) fn probe(folder: &Path, number: usize, choice: Option<Choice>) -> Result<Sandbox> {
        let own = env::current_exe().map_err(|error| Error::Failed(error.to_string()))?;
        let mut found = Sandbox { is_on: false, user: None, walls: Walls::None, own };
        if choice == Some(Choice::None) {
            return Ok(found);
        }
        found.is_on = true;
        found.try_files(folder).map_err(|why| {
            Error::Failed(format!(
                "no sandbox works here: {why}. \
                 --unsandboxed grades all the same: then each program can do what you can"
            ))
        })?;
        found.user = if is_root() { USERS.clone().nth(number - 1) } else { None };
        if choice != Some(Choice::Landlock) {
            let walled = Sandbox { walls: Walls::Bubblewrap, ..found.clone() };
            match walled.try_files(folder) {
                Ok(()) => return Ok(walled),
                Err(why) if choice == Some(Choice::Bubblewrap) => {
                    return Err(Error::Failed(format!("bubblewrap does not work here: {why}")));
                }
                Err(_) => {}
            }
        }
        found.walls = network_of_its_own().map_or(Walls::None, Walls::Network);
        Ok(found)
    }

    /// What was found, in a sentence for the report.
    pub(crate) fn told(&self) -> String {
        if !self.is_on {
            return "none (--unsandboxed): each program could do what the grader can".to_owned();
        }
        let walls = match self.walls {
            Walls::None => "no TCP (UDP is open, and TCP to programs that are their own server)",
            Walls::Network(_) => "a network of its own with loopback alone",
            Walls::Bubblewrap => {
                "bubblewrap for processes of its own and a network of its own with loopback alone"
            }
        };
        let user = if self.user.is_some() { ", a user of its own" } else { "" };
        let Limits { memory, file, processes, seconds } = Limits::default();
        format!(
            "Landlock for files and signals, {walls}{user}; at most {} MiB of memory, {} MiB in a file, \
             {processes} processes, {seconds} s of computing",
            memory >> 20,
            file >> 20,
        )
    }

    /// Whether TCP has to be forbidden to a program that uses none.
    pub(crate) fn has_own_network(&self) -> bool {
        self.walls != Walls::None
    }

    /// What stands before a command, so that it and all that it starts are apart from the rest of the machine. Where
    /// they may write is said, since otherwise they may write nowhere.
    pub(crate) fn apart(&self, write: &[PathBuf]) -> Vec<OsString> {
        match &self.walls {
            Walls::None => Vec::new(),
            Walls::Network(words) => words.clone(),
            Walls::Bubblewrap => {
                let fixed = BUBBLEWRAP.split_whitespace().map(OsString::from);
                let places =
                    write.iter().flat_map(|place| ["--bind".into(), place.into(), place.into()]);
                fixed.chain(places).chain(["--".into()]).collect()
            }
        }
    }

    /// The words that run a program within the bounds that stand in a file.
    pub(crate) fn words(&self, bounds: &Path) -> Vec<OsString> {
        vec![self.own.clone().into(), CONFINED.into(), bounds.into()]
    }

    /// A program that tries what it must not do, and what it must be able to do.
    fn try_files(&self, folder: &Path) -> std::result::Result<(), String> {
        let place = folder.join("trial");
        let (inside, outside) = (place.join("inside"), place.join("outside"));
        let secret = outside.join("secret");
        let made = fs::create_dir_all(&inside)
            .and_then(|()| fs::create_dir_all(&outside))
            .and_then(|()| fs::write(&secret, "secret\n"));
        made.map_err(|error| format!("{}: {error}", place.display()))?;
        let bounds = Bounds {
            read: OF_SYSTEM.map(PathBuf::from).to_vec(),
            write: vec![inside.clone()],
            folder: inside.clone(),
            set: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
            ..Bounds::default()
        };
        let file = place.join("bounds.json");
        fs::write(&file, bounds.text()).map_err(|error| format!("{}: {error}", file.display()))?;
        let script = format!(
            "cat '{}'; echo x > '{}'; echo x > mine; echo alive",
            secret.display(),
            outside.join("left").display()
        );
        let words = [self.apart(&bounds.write), self.words(&file)].concat();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["/bin/sh", "-c", &script]);
        let outcome = child::run(&mut command, TRIAL).map_err(|error| error.to_string())?;
        let (left, mine) = (outside.join("left").exists(), inside.join("mine").exists());
        let _ = fs::remove_dir_all(&place);
        match (outcome.stdout.as_str(), left, mine) {
            ("alive\n", false, true) => Ok(()),
            ("", ..) => Err(outcome.stderr.lines().next().unwrap_or("no answer").to_owned()),
            _ => Err("what was to be shut in read or wrote outside".to_owned()),
        }
    }
}

/// What opens a network of its own, if the system lets us.
fn network_of_its_own() -> Option<Vec<OsString>> {
    let user: &[&str] = if is_root() { &[] } else { &["--user", "--map-root-user"] };
    let words = [&["unshare"], user, &["--net", "--", "sh", "-c", LOOPBACK]].concat();
    let mut command = Command::new(words[0]);
    let outcome = child::run(command.args(&words[1..]).arg("true"), TRIAL).ok()?;
    (outcome.ended == child::Ended::Code(0)).then(|| words.iter().map(OsString::from).collect())
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
