//! The crates that a checkout needs, in a folder of it: for rooms without a network.

use crate::{Error, Result, build, status};
use std::{fs, io, path::Path};

/// Where they are.
const FOLDER: &str = "vendor";

/// The file that tells cargo so.
pub(super) const CONFIG: &str = ".cargo/config.toml";

/// Brings all of them into a checkout. What is in cargo's cache already is not asked of the network.
pub(super) fn bring(root: &Path) -> Result<()> {
    status("bringing the crates …");
    let brought = vendor(root, true).or_else(|_| vendor(root, false));
    status("");
    brought
}

fn vendor(root: &Path, offline: bool) -> Result<()> {
    let mut command = build::cargo();
    command.args(["vendor", "--quiet", "--locked", FOLDER]).current_dir(root);
    if offline {
        command.arg("--offline");
    }
    let output = build::output(&mut command)?;
    if output.status.success() {
        return Ok(());
    }
    let why = build::complaint(&output.stderr);
    Err(Error::Failed(format!("the crates can't be brought along: {why}")))
}

/// The configuration of cargo, with them as its only source.
pub(super) fn config(config: &str) -> String {
    format!(
        "{}\n\n# The crates are in the folder `{FOLDER}`, so no network is needed.\n[source.crates-io]\nreplace-with = \"vendored-sources\"\n\n[source.vendored-sources]\ndirectory = \"{FOLDER}\"\n",
        config.trim_end()
    )
}

/// Takes them from another checkout. Tells whether that one has them.
pub(crate) fn copied(from: &Path, to: &Path) -> Result<bool> {
    let (from, to) = (from.join(FOLDER), to.join(FOLDER));
    if !from.is_dir() {
        return Ok(false);
    }
    let fresh = to.with_extension("fresh");
    let remove = |folder: &Path| match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    remove(&fresh)
        .and_then(|()| copy(&from, &fresh))
        .and_then(|()| remove(&to))
        .and_then(|()| fs::rename(&fresh, &to))
        .map_err(|error| Error::about(&to, &error))?;
    Ok(true)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
