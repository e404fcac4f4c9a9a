//! What cargo knows of the checkout's packages.

use crate::{Error, Result, build};
use serde_json::Value;
use std::path::Path;

/// What `cargo metadata` says: of the members alone, or of all that they stand on as well.
pub(crate) fn metadata(root: &Path, members_alone: bool) -> Result<Value> {
    let mut command = build::cargo();
    command.args(["metadata", "--format-version", "1"]).current_dir(root);
    if members_alone {
        command.arg("--no-deps");
    } else {
        command.arg("--locked");
    }
    let output = command
        .output()
        .map_err(|error| Error::Failed(format!("cargo can't be started: {error}")))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::Failed(format!("cargo metadata: {why}")));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Error::Failed(format!("cargo metadata says what can't be read: {error}")))
}

/// The edition of a member.
pub(crate) fn edition(root: &Path, package: &str) -> Result<String> {
    let metadata = metadata(root, true)?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let member = packages.iter().find(|member| member["name"] == package);
    let edition = member.and_then(|member| member["edition"].as_str());
    let edition = edition.ok_or_else(|| Error::Failed(format!("cargo knows no {package}")))?;
    Ok(edition.to_owned())
}

/// Brings Cargo.lock up to date. No version changes, so no registry has to be asked, where all have been before.
pub(crate) fn lock(root: &Path) -> Result<()> {
    let update = |more: &[&str]| {
        let mut cargo = build::cargo();
        cargo.args(["update", "--workspace", "--quiet"]).args(more).current_dir(root);
        build::output(&mut cargo)
    };
    if update(&["--offline"])?.status.success() {
        return Ok(());
    }
    let output = update(&[])?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Failed(format!("Cargo.lock can't be brought up to date: {why}")))
}
