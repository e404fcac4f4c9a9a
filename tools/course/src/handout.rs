//! `cargo course student`: a checkout for students, without the solutions and what is for authors alone.
//!
//! What it holds is named in the top Cargo.toml. A form for answers is given empty and a program as its starter,
//! whatever somebody has made of them here.

mod ledger;
mod links;
mod members;
mod rules;
mod vendor;

pub(crate) use ledger::{Ledger, Sums};
pub(crate) use vendor::copied as copy_vendored;

use crate::{
    Error, Result, answers, build,
    manifest::{self, tables},
    packages,
};
use accord::exercise;
use rules::Rules;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

/// What stands in the place of the solutions.
const INSTEAD: &str = include_str!("handout/solutions.md");

const MANIFEST: &str = "Cargo.toml";

/// What cargo has resolved. It brings that up to date by itself.
pub(crate) const LOCK: &str = "Cargo.lock";

/// All files of a checkout for students.
#[derive(Clone, Debug)]
pub(crate) struct Handout {
    /// The version of the course.
    pub(crate) version: String,
    /// What stands in each file, by its path from the top folder.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Handout {
    /// What a checkout of the course has for students.
    pub(crate) fn of(root: &Path) -> Result<Handout> {
        let metadata = packages::metadata(root, true)?;
        let rules = Rules::of(&metadata["metadata"]["student"], root)?;
        let given = rules.files(root)?;
        let mut files = BTreeMap::new();
        for (path, from) in sources(given) {
            let file = root.join(&from);
            let bytes = fs::read(&file).map_err(|error| Error::about(&file, &error))?;
            files.insert(path, bytes);
        }
        let manifest = text(&files, MANIFEST)?;
        let version = version(&manifest).ok_or_else(|| {
            Error::Failed(format!("{} names no version", root.join(MANIFEST).display()))
        })?;
        let mut handout = Handout { version, files };
        handout.fit(&manifest)?;
        let is_there = |path: &str| root.join(path).exists();
        links::without_dead_ones(&mut handout.files, &is_there);
        Ok(handout)
    }

    /// Leaves out of each file what others need that are not here.
    fn fit(&mut self, manifest: &str) -> Result<()> {
        let forms: Vec<String> = self.files.keys().filter(|it| is_answers(it)).cloned().collect();
        for path in forms {
            let form = answers::Answers::of(&text(&self.files, &path)?).blank();
            self.files.insert(path, form.into_bytes());
        }
        let (folders, packages) = self.members();
        let manifest = members::left(manifest, &folders, &packages);
        self.files.insert(MANIFEST.to_owned(), manifest.into_bytes());
        self.files.insert("solutions/README.md".to_owned(), INSTEAD.as_bytes().to_vec());
        Ok(())
    }

    /// The folders and the names of the packages in it.
    fn members(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let manifests = self.files.iter().filter_map(|(path, bytes)| {
            let folder = path.strip_suffix(MANIFEST)?.strip_suffix('/')?;
            let text = String::from_utf8_lossy(bytes);
            Some((folder.to_owned(), manifest::package_name(&text)?))
        });
        manifests.unzip()
    }

    /// The files of a folder, by their paths from the top folder.
    pub(crate) fn below<'a>(
        &'a self,
        folder: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Vec<u8>)> {
        self.files.iter().filter(move |(path, _)| is_below(path, folder))
    }

    /// A text of it; nothing if there is no such file.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        self.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Takes its crates from the folder beside it, and not from the network.
    pub(crate) fn take_vendored(&mut self) -> Result<()> {
        let config = text(&self.files, vendor::CONFIG).unwrap_or_default();
        self.files.insert(vendor::CONFIG.to_owned(), vendor::config(&config).into_bytes());
        Ok(())
    }
}

/// Whether a path lies in a folder.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a path is that of a form for answers.
pub(crate) fn is_answers(path: &str) -> bool {
    name_in(path).is_some_and(|name| path == exercise::answers(name))
}

/// The exercise whose folder a path lies in.
pub(crate) fn name_in(path: &str) -> Option<&str> {
    path.strip_prefix(exercise::EXERCISES)?.strip_prefix('/')?.split_once('/').map(|(name, _)| name)
}

/// Where each file comes from: a program is given as its starter.
fn sources(given: Vec<String>) -> BTreeMap<String, String> {
    let starters: BTreeSet<String> = given
        .iter()
        .filter_map(|path| name_in(path))
        .filter(|name| given.iter().any(|path| is_below(path, &exercise::starter(name))))
        .map(str::to_owned)
        .collect();
    let mut sources = BTreeMap::new();
    for path in given {
        let program = |name: &str| format!("{}/src", exercise::folder(name));
        if name_in(&path)
            .is_some_and(|name| starters.contains(name) && is_below(&path, &program(name)))
        {
            continue;
        }
        for name in &starters {
            if let Some(file) = path.strip_prefix(&exercise::starter(name)) {
                sources.insert(format!("{}{file}", program(name)), path.clone());
            }
        }
        sources.insert(path.clone(), path);
    }
    sources
}

fn text(files: &BTreeMap<String, Vec<u8>>, path: &str) -> Result<String> {
    let bytes = files.get(path).ok_or_else(|| {
        Error::Failed(format!("{path} is missing, or is not among what students are given"))
    })?;
    Ok(String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
}

/// The version of the course, as the top Cargo.toml names it.
pub(crate) fn version(manifest: &str) -> Option<String> {
    let package = tables(manifest).into_iter().find(|table| table.name == "workspace.package")?;
    package.value("version").map(str::to_owned)
}

/// Makes a checkout for students in a folder that does not exist yet, or is empty.
pub fn make(root: &Path, folder: &Path, vendored: bool) -> Result<String> {
    let folder = std::path::absolute(folder).map_err(|error| Error::about(folder, &error))?;
    is_free(root, &folder)?;
    let mut handout = Handout::of(root)?;
    let was_there = folder.is_dir();
    let written = write(&mut handout, &folder, vendored);
    if written.is_err() {
        take_back(&folder, was_there);
    }
    written?;
    Ok(told(&handout, &folder, vendored))
}

fn write(handout: &mut Handout, folder: &Path, vendored: bool) -> Result<()> {
    fs::create_dir_all(folder)
        .map_err(|error| Error::Input(format!("{} can't be made: {error}", folder.display())))?;
    for (path, bytes) in &handout.files {
        write_file(folder, path, bytes)?;
    }
    packages::lock(folder)?;
    if vendored {
        vendor::bring(folder)?;
        handout.take_vendored()?;
        write_file(folder, vendor::CONFIG, &handout.files[vendor::CONFIG])?;
    }
    Ledger::of(handout, vendored).write(folder)
}

/// Writes a file, with the folders that it lies in.
pub(crate) fn write_file(folder: &Path, path: &str, bytes: &[u8]) -> Result<()> {
    let file = folder.join(path);
    let parent = file.parent().map_or(Ok(()), fs::create_dir_all);
    parent.and_then(|()| fs::write(&file, bytes)).map_err(|error| Error::about(&file, &error))
}

/// Nothing is written over, and nothing is put where cargo would take it for a part of the course.
fn is_free(root: &Path, folder: &Path) -> Result<()> {
    let shown = folder.display();
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => {
            return Err(Error::Input(format!("{shown} is not empty: name a new folder")));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Error::Input(format!("{shown} can't be used: {error}")));
        }
        _ => {}
    }
    let is_inside = |root: &Path| folder.ancestors().any(|above| above == root);
    if is_inside(root) && !is_inside(&build::target_folder(root)?) {
        return Err(Error::Input(format!(
            "{shown} lies in this checkout, and cargo would take it for a part of it: name a folder outside"
        )));
    }
    Ok(())
}

/// What was not finished is of no use. The folder was empty before.
fn take_back(folder: &Path, was_there: bool) {
    let _ = fs::remove_dir_all(folder);
    if was_there {
        let _ = fs::create_dir(folder);
    }
}

fn told(handout: &Handout, folder: &Path, vendored: bool) -> String {
    let crates = if vendored { ", with all crates that it needs" } else { "" };
    format!(
        "{}: {} files of version {}{crates}.\n\
         It has no solutions. Students begin there with: cargo course\n\
         A later version is brought in there with: cargo course update FOLDER-OR-ADDRESS\n",
        folder.display(),
        handout.files.len(),
        handout.version,
    )
}
