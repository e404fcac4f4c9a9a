//! Packages in the target folder, for programs that are no members of the checkout.
//!
//! Such a package is a workspace of its own with the checkout's versions and profiles, so that cargo
//! takes what is built already. It has the exercise's dependencies, and each of its programs has a `src`
//! folder: so a report names `src/main.rs:41`, as it does for a student.

use crate::{
    Error, Result,
    build::{self, Built},
    read,
    source::{self, Sources},
    status,
    workspace::Exercise,
    write_if_new,
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// What such a package stands on.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The top folder of the checkout.
    pub root: PathBuf,
    /// Its folder, below the course's in the target folder. Its last word is the package's name.
    pub name: String,
    /// A manifest with the dependencies of its programs.
    pub member: String,
}

impl Ground {
    /// That of an exercise's programs.
    pub(crate) fn of(exercise: &Exercise, name: &str) -> Result<Ground> {
        let member = read(&exercise.folder().join("Cargo.toml"))?;
        Ok(Ground { root: exercise.root().to_path_buf(), name: name.to_owned(), member })
    }
}

/// A package in the target folder.
#[derive(Clone, Debug)]
pub struct Scratch {
    root: PathBuf,
    target: PathBuf,
    folder: PathBuf,
    package: String,
    binaries: Vec<String>,
}

impl Scratch {
    /// Writes a package that is one program, which stands where a student's does.
    pub(crate) fn of_one(exercise: &Exercise, name: &str, sources: &Sources) -> Result<Scratch> {
        let files = sources.iter().map(|(file, text)| (format!("src/{file}"), text.clone()));
        let binaries = BTreeMap::from([(last(name).to_owned(), "src/main.rs".to_owned())]);
        Scratch::write(&Ground::of(exercise, name)?, &files.collect(), &binaries)
    }

    /// Writes a package with these files, and a binary for each of these names, of the file that is given
    /// for it.
    ///
    /// A file whose content stays keeps its time, so that nothing is built twice.
    pub(crate) fn write(
        ground: &Ground,
        files: &Sources,
        binaries: &BTreeMap<String, String>,
    ) -> Result<Scratch> {
        let Ground { root, name, member } = ground;
        let target = build::target_folder(root)?;
        let folder = target.join("course").join(name);
        let workspace = read(&root.join("Cargo.toml"))?;
        let mut manifest = manifest(root, &workspace, member, last(name));
        for (binary, path) in binaries {
            manifest.push_str(&format!("\n[[bin]]\nname = \"{binary}\"\npath = \"{path}\"\n"));
        }
        remove_others(&folder, files)?;
        for (file, text) in files {
            write_if_new(&folder.join(file), text)?;
        }
        let (package, binaries) = (package(last(name)), binaries.keys().cloned().collect());
        let scratch = Scratch { root: root.clone(), target, folder, package, binaries };
        scratch.lock(&manifest)?;
        write_if_new(&scratch.manifest(), &manifest)?;
        Ok(scratch)
    }

    /// Builds these programs in one go; those that don't compile do not stop the others.
    pub(crate) fn build(&self, programs: &[String]) -> Result<Built> {
        status(&format!("building {} …", self.folder.file_name().unwrap_or_default().display()));
        let mut arguments = vec!["build".to_owned(), "--keep-going".to_owned()];
        arguments.extend(self.place());
        for program in programs {
            arguments.extend(["--bin".to_owned(), program.clone()]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let built = build::build(&self.root, &arguments);
        status("");
        built
    }

    /// Removes what was built of the package itself: programs of which there are many soon fill a disk.
    pub fn clean(&self) -> Result<()> {
        let mut arguments = vec!["clean".to_owned(), "--package".to_owned(), self.package.clone()];
        arguments.extend(self.place());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // Where all was known already, nothing was built, and cargo would miss a program.
        if !self.binaries.is_empty() {
            build::run(&self.root, &arguments)?;
        }
        remove(&self.folder)?;
        // Cargo leaves what it keeps for the next build of a binary, hundreds of megabytes each.
        let kept = self.target.join("debug").join("incremental");
        for entry in fs::read_dir(&kept).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let of = name.rsplit_once('-').map_or("", |(of, _)| of);
            if self.binaries.iter().any(|binary| binary.replace('-', "_") == of) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Where cargo finds the package, and where it is built.
    fn place(&self) -> [String; 4] {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let (manifest, target) = (path(&self.manifest()), path(&self.target));
        ["--manifest-path".to_owned(), manifest, "--target-dir".to_owned(), target]
    }

    /// The package's folder, which is where its programs are to be run.
    ///
    /// A backtrace shortens the paths below the folder that a program runs in. Were that the checkout's,
    /// the rehearsal would not know its own files again, and a report would name its lines.
    #[must_use]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// An empty folder inside it, with a copy of the exercise's samples: for programs that work on files.
    pub(crate) fn desk(&self, exercise: &Exercise) -> Result<PathBuf> {
        let desk = self.folder.join("desk");
        remove(&desk)?;
        let bring = || -> io::Result<()> {
            fs::create_dir_all(&desk)?;
            let samples = exercise.samples();
            if samples.is_dir() {
                let inside = desk.join(samples.file_name().unwrap_or_default());
                fs::create_dir_all(&inside)?;
                for file in fs::read_dir(&samples)? {
                    let file = file?;
                    fs::copy(file.path(), inside.join(file.file_name()))?;
                }
            }
            Ok(())
        };
        bring().map_err(|error| Error::about(&desk, &error))?;
        Ok(desk)
    }

    fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    /// Copies the checkout's Cargo.lock when it or the manifest is new. Cargo then drops what it does
    /// not need, so a plain comparison of the two would never end.
    fn lock(&self, manifest: &str) -> Result<()> {
        let lock = read(&self.root.join("Cargo.lock")).unwrap_or_default();
        let seen = format!("{lock}{manifest}");
        let stamp = self.folder.join("Cargo.lock.from");
        let own = self.folder.join("Cargo.lock");
        if own.exists() && fs::read_to_string(&stamp).is_ok_and(|old| old == seen) {
            return Ok(());
        }
        if !lock.is_empty() {
            write_if_new(&own, &lock)?;
        }
        fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&stamp, seen))
            .map_err(|error| Error::about(&stamp, &error))
    }
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::about(folder, &error)),
        _ => Ok(()),
    }
}

/// Removes the sources of an earlier program that the new one has not.
fn remove_others(folder: &Path, wanted: &Sources) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for file in source::files(folder)? {
        if file.ends_with(".rs") && !wanted.contains_key(&file) {
            let path = folder.join(file);
            fs::remove_file(&path).map_err(|error| Error::about(&path, &error))?;
        }
    }
    Ok(())
}

/// `04-x` of `below/04-x`.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn package(name: &str) -> String {
    format!("course-{name}")
}

/// The Cargo.toml of such a package, without its programs.
fn manifest(root: &Path, workspace: &str, member: &str, name: &str) -> String {
    let root = root.to_string_lossy().replace('\\', "/");
    let mut text = String::from("# Written by `cargo course`.\n");
    for table in tables(workspace) {
        match table.name.as_str() {
            "workspace" => {
                text.push_str("[workspace]\n");
                let resolver = table.body.lines().find(|line| line.starts_with("resolver"));
                text.extend(resolver.map(|line| format!("{line}\n")));
            }
            "workspace.dependencies" => {
                let body = table.body.replace("path = \"", &format!("path = \"{root}/"));
                text.push_str(&format!("[{}]\n{body}", table.name));
            }
            "workspace.package" => text.push_str(&table.text()),
            // It names members of the checkout, of which there is none here.
            "profile.dev.package" => {}
            name if name.starts_with("profile.") => text.push_str(&table.text()),
            _ => {}
        }
    }
    // A member of the checkout has the lines of the places in its reports, and so it is here.
    if member.contains("rehearsal") {
        text.push_str("\n[profile.dev.package.rehearsal]\ndebug = \"line-tables-only\"\n");
    }
    // What is written here is built once, and then removed.
    text.push_str(&format!("\n[profile.dev.package.{}]\nincremental = false\n", package(name)));
    text.push_str(&format!(
        "\n[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition.workspace = true\npublish = false\n\
         autobins = false\n\n",
        package(name)
    ));
    for table in tables(member).into_iter().filter(|table| table.name.starts_with("dependencies")) {
        text.push_str(&table.text());
    }
    text
}

/// A part of a TOML file, from one `[name]` to the next.
pub(crate) struct Table {
    pub(crate) name: String,
    body: String,
}

impl Table {
    /// The text that a key is set to.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        let start = format!("{key} = \"");
        self.body.lines().find_map(|line| line.strip_prefix(&start)?.split('"').next())
    }

    fn text(&self) -> String {
        format!("[{}]\n{}", self.name, self.body)
    }
}

/// The tables of a manifest. A line with a bracket first begins one, as it does in all manifests here.
pub(crate) fn tables(text: &str) -> Vec<Table> {
    let mut found: Vec<Table> = Vec::new();
    for line in text.lines() {
        let heading = line.strip_prefix('[').and_then(|line| line.split_once(']'));
        match (heading, found.last_mut()) {
            (Some((name, _)), _) => {
                found.push(Table { name: name.trim().to_owned(), body: String::new() })
            }
            (None, Some(table)) => table.body.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    found
}

/// The name of the package that a manifest is for.
pub(crate) fn package_name(text: &str) -> Option<String> {
    let package = tables(text).into_iter().find(|table| table.name == "package")?;
    package.value("name").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_takes_versions_profiles_and_dependencies() {
        let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"exercises/*\"]\n\n[workspace.package]\nedition = \"2024\"\n
[workspace.dependencies]\nrehearsal = { path = \"tools/rehearsal\" }\n\n[workspace.lints.rust]\nunsafe_code = \"deny\"\n
[profile.dev]\ndebug = false\n\n[profile.dev.package.\"*\"]\ndebug = false\n\n[profile.dev.package]\nsol01-x.incremental = false\n";
        let member = "[package]\nname = \"ex\"\n\n[dependencies]\nrehearsal.workspace = true\n\n[dev-dependencies]\nexam.workspace = true\n\n[lints]\nworkspace = true\n";
        let text = manifest(Path::new("/a"), workspace, member, "01-x");
        for wanted in [
            "[workspace]\nresolver = \"3\"\n[workspace.package]",
            "rehearsal = { path = \"/a/tools/rehearsal\" }",
            "[profile.dev.package.\"*\"]\ndebug = false",
            "name = \"course-01-x\"",
            "[profile.dev.package.course-01-x]\nincremental = false",
            "[dependencies]\nrehearsal.workspace = true",
        ] {
            assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
        }
        for unwanted in ["members", "lints", "dev-dependencies", "sol01-x"] {
            assert!(!text.contains(unwanted), "{unwanted} is too much in:\n{text}");
        }
    }
}
