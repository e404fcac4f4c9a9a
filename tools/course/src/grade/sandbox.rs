//! What shuts the programs in that are graded, as far as this machine has it: found out by trying.
//!
//! Landlock takes the rights away to read and to write outside, to open TCP connections, and to signal others.
//! Where the system allows a network of its own, nothing reaches the real one, whatever the protocol.

use super::bounds::{Bounds, Limits};
use crate::{Error, Result, child};
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

/// How long a trial may take.
const TRIAL: Duration = Duration::from_secs(20);

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Sandbox {
    /// Whether programs are shut in at all.
    pub(crate) is_on: bool,
    /// The user that a program becomes.
    pub(crate) user: Option<u32>,
    /// What stands before a command that is to have a network of its own. Empty where that can't be.
    apart: Vec<OsString>,
    own: PathBuf,
}

impl Sandbox {
    /// Tries what this machine can do, in a folder that may be written, for the worker of this number. An error says
    /// why nothing can be graded.
    pub(crate) fn probe(folder: &Path, number: usize, unsandboxed: bool) -> Result<Sandbox> {
        let own = env::current_exe().map_err(|error| Error::Failed(error.to_string()))?;
        let mut found = Sandbox { is_on: false, user: None, apart: Vec::new(), own };
        if unsandboxed {
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
        found.apart = network_of_its_own().unwrap_or_default();
        Ok(found)
    }

    /// What was found, in a sentence for the report.
    pub(crate) fn told(&self) -> String {
        if !self.is_on {
            return "none (--unsandboxed): each program could do what the grader can".to_owned();
        }
        let network = if self.apart.is_empty() {
            "no TCP (UDP is open, and TCP to programs that are their own server)"
        } else {
            "a network of its own with loopback alone"
        };
        let user = if self.user.is_some() { ", a user of its own" } else { "" };
        let Limits { memory, file, processes, seconds } = Limits::default();
        format!(
            "Landlock for files and signals, {network}{user}; at most {} MiB of memory, {} MiB in a file, \
             {processes} processes, {seconds} s of computing",
            memory >> 20,
            file >> 20,
        )
    }

    /// Whether TCP has to be forbidden to a program that uses none.
    pub(crate) fn has_own_network(&self) -> bool {
        !self.apart.is_empty()
    }

    /// What stands before a command, so that it and all that it starts have a network of their own.
    pub(crate) fn apart(&self) -> &[OsString] {
        &self.apart
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
        let words = self.words(&file);
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
