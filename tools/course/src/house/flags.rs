//! Whether the program of each exercise, and that of each solution, begins.
//!
//! The rehearsal has flags that all programs share, and a program that has one of them for itself does not begin: it
//! ends with the name of the flag. The tests of an exercise would tell that of each task; here it is told once.

use crate::{
    Result, build,
    child::{self, Ended},
    workspace::{Exercise, Workspace},
};
use accord::settings::on_its_own;
use std::{path::Path, process::Command};

/// The name of the check.
pub(super) const NAME: &str = "flags";

/// Asks each program for its help.
pub(super) fn look(root: &Path) -> Result<std::result::Result<String, String>> {
    let exercises = Workspace { root: root.to_path_buf() }.exercises()?;
    let packages: Vec<(&Exercise, String)> = exercises.iter().flat_map(packages).collect();
    let mut arguments = vec!["build", "--bins"];
    arguments.extend(packages.iter().flat_map(|(_, package)| ["--package", package]));
    let built = build::build(root, &arguments)?;
    let mut faults: Vec<String> = built.trouble.into_iter().collect();
    for (exercise, package) in &packages {
        // What does not compile is told by other checks.
        let Some(program) = built.programs.get(exercise.program(package)) else { continue };
        faults.extend(fault(package, program)?);
    }
    if faults.is_empty() {
        let programs = if packages.len() == 1 { "program has" } else { "programs have" };
        return Ok(Ok(format!("{} {programs} none of the shared ones", packages.len())));
    }
    Ok(Err(faults.join("\n")))
}

/// The packages of an exercise that are there: a checkout for students has no solutions.
fn packages(exercise: &Exercise) -> Vec<(&Exercise, String)> {
    let mut packages = vec![(exercise, exercise.package())];
    if exercise.solution().join("Cargo.toml").is_file() {
        packages.push((exercise, exercise.solution_package()));
    }
    packages
}

fn fault(package: &str, program: &Path) -> Result<Option<String>> {
    let mut started = Command::new(program);
    on_its_own(started.arg("--help").env("RUST_BACKTRACE", "0"));
    let outcome = child::run(&mut started, child::time_limit()?)?;
    Ok((outcome.ended != Ended::Code(0)).then(|| {
        format!(
            "{package} does not tell its --help ({}):\n{}",
            outcome.ended,
            outcome.stderr.trim()
        )
    }))
}
