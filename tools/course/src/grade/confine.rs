//! Becoming a program that is shut in: limits and rights are given up, and what is left of this process is the
//! program. So it has the number that the test knows, and the test can wait for it, signal it and kill it.

use super::bounds::Bounds;
use crate::{Error, Result};
use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    Scope, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::{
    env,
    ffi::OsString,
    fs, io,
    os::unix::{fs::lchown, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

/// The newest rules that are asked for; an older kernel gives what it has.
const RULES: ABI = ABI::V6;

/// Becomes the program. It comes back only if that can't be, with the reason.
pub(crate) fn become_program(bounds: Bounds, program: &[OsString]) -> Error {
    match prepared(bounds, program) {
        Ok(mut command) => {
            let error = command.exec();
            Error::Failed(format!("{} can't be started: {error}", command.get_program().display()))
        }
        Err(error) => error,
    }
}

/// The program's command, once this process has given up what the program must not have.
fn prepared(mut bounds: Bounds, program: &[OsString]) -> Result<Command> {
    let (name, arguments) =
        program.split_first().ok_or_else(|| Error::Input("no program is named".to_owned()))?;
    let desk = desk(&bounds)?;
    bounds.write.extend(desk.clone());
    let folder = desk.clone().unwrap_or_else(|| bounds.folder.clone());
    if let (Some(user), Some(desk)) = (bounds.user, &desk) {
        hand_over(desk, user)?;
    }
    let mut command = Command::new(name);
    command.args(arguments).current_dir(folder).env_clear().envs(&bounds.set);
    command.envs(bounds.keep.iter().filter_map(|name| Some((name, env::var_os(name)?))));
    limit(&bounds)?;
    restrict(&bounds)?;
    if let Some(user) = bounds.user {
        command.uid(user).gid(user);
    }
    Ok(command)
}

/// The folder that a test has made for this run, if the program is to start in one.
fn desk(bounds: &Bounds) -> Result<Option<PathBuf>> {
    let here = env::current_dir().map_err(|error| Error::Failed(error.to_string()))?;
    let is_desk = |desks: &String| here.to_string_lossy().starts_with(desks.as_str());
    Ok(bounds.desks.iter().any(is_desk).then_some(here))
}

/// Gives a folder with all that is in it to a user. What a program has put there may be a link: that is not followed.
fn hand_over(place: &Path, user: u32) -> Result<()> {
    let about = |error: &io::Error| Error::about(place, error);
    let kind = fs::symlink_metadata(place).map_err(|error| about(&error))?.file_type();
    if !kind.is_dir() && !kind.is_file() {
        return Ok(());
    }
    lchown(place, Some(user), Some(user)).map_err(|error| about(&error))?;
    if kind.is_dir() {
        for entry in fs::read_dir(place).map_err(|error| about(&error))?.flatten() {
            match hand_over(&entry.path(), user) {
                // Another run that ends meanwhile takes its files along.
                Err(_) if !entry.path().exists() => {}
                done => done?,
            }
        }
    }
    Ok(())
}

fn limit(bounds: &Bounds) -> Result<()> {
    let limits = bounds.limits;
    for (resource, most) in [
        (Resource::Data, limits.memory),
        (Resource::As, limits.memory.saturating_mul(4)),
        (Resource::Fsize, limits.file),
        (Resource::Nproc, limits.processes),
        (Resource::Cpu, limits.seconds),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit)
            .map_err(|error| Error::Failed(format!("{resource:?} can't be limited: {error}")))?;
    }
    Ok(())
}

fn restrict(bounds: &Bounds) -> Result<()> {
    let failed = |what: String| Error::Failed(format!("Landlock: {what}"));
    let rules = |bounds: &Bounds| {
        let mut rules = Ruleset::default().handle_access(AccessFs::from_all(RULES))?;
        if !bounds.tcp {
            rules = rules.handle_access(AccessNet::from_all(RULES))?;
        }
        let rules = rules.scope(Scope::from_all(RULES))?.create()?;
        let rules = rules
            .add_rules(path_beneath_rules(&bounds.read, AccessFs::from_read(RULES)))?
            .add_rules(path_beneath_rules(&bounds.write, AccessFs::from_all(RULES)))?
            // What is written there is gone.
            .add_rules(path_beneath_rules(["/dev/null"], AccessFs::from_all(RULES)))?;
        rules.restrict_self()
    };
    let status =
        rules(bounds).map_err(|error: landlock::RulesetError| failed(error.to_string()))?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err(failed("this kernel does not enforce it".to_owned()));
    }
    Ok(())
}
