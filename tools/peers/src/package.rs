//! A package of the published tests, built against the rehearsal.

use crate::{
    source::{Source, Spot, with_paths_changed},
    suite::Suite,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What was built of a suite.
pub(crate) struct Built {
    /// The executable of each file.
    pub(crate) executables: BTreeMap<String, PathBuf>,
    /// The tests that do not compile: `file::name`.
    pub(crate) cut: BTreeSet<String>,
}

/// After so many rounds of cutting, something other than a missing name is wrong.
const ROUNDS: usize = 25;

/// Where the packages are in cargo's registry, and where this workspace builds.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    packages: BTreeMap<String, PathBuf>,
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

impl Workspace {
    pub(crate) fn look_up() -> Result<Workspace, String> {
        let output = cargo()
            .args(["metadata", "--format-version", "1", "--locked"])
            .stderr(Stdio::inherit())
            .output();
        let output = output.map_err(|error| format!("cargo can't be started: {error}"))?;
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("`cargo metadata` says nothing that can be read: {error}"))?;
        let path = |value: &Value| PathBuf::from(value.as_str().unwrap_or_default());
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let packages = packages.filter_map(|package| {
            let manifest = path(&package["manifest_path"]);
            Some((package["name"].as_str()?.to_owned(), manifest.parent()?.to_owned()))
        });
        Ok(Workspace {
            root: path(&metadata["workspace_root"]),
            target: path(&metadata["target_directory"]),
            packages: packages.collect(),
        })
    }

    /// The folder with a suite's published package.
    fn published(&self, suite: &Suite) -> Result<&Path, String> {
        let folder = self.packages.get(suite.package);
        folder.map(PathBuf::as_path).ok_or_else(|| format!("no package {} is used", suite.package))
    }

    /// Copies a suite's tests below the target folder, and builds those that compile.
    ///
    /// Those that are `known` not to are cut at once. If that is all, nothing is checked before.
    pub(crate) fn build(
        &self,
        suite: &Suite,
        known: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<Built, String> {
        let published = self.published(suite)?;
        let folder = self.target.join("peers").join(suite.package);
        // Two packages: one that is cut, and one that is built, which changes only where the outcome does.
        let (draft, fair) = (folder.join("draft"), folder.join("fair"));
        for package in [&draft, &fair] {
            self.write_manifest(suite, package)?;
            self.write_mirrors(suite, package)?;
        }
        let mut files = Files::of(suite, &published.join("tests"))?;
        let mut cut = BTreeSet::new();
        if let Some(is_known) = known {
            cut = files.cut_tests(is_known);
            files.write(&fair)?;
            let messages = self.compile(&fair, &["build"])?;
            if complaints(&messages).is_empty() {
                return Ok(Built { executables: executables(&messages), cut });
            }
        }
        for _ in 0..ROUNDS {
            files.write(&draft)?;
            let messages = self.compile(&draft, &["check"])?;
            let spots = complaints(&messages);
            if spots.is_empty() {
                files.write(&fair)?;
                let executables = executables(&self.compile(&fair, &["build"])?);
                return Ok(Built { executables, cut });
            }
            for (file, spots) in spots {
                cut.extend(files.cut(&file, &spots)?);
            }
        }
        Err(format!("{} does not compile after {ROUNDS} rounds of cutting", suite.package))
    }

    fn write_manifest(&self, suite: &Suite, folder: &Path) -> Result<(), String> {
        let rehearsal = self.root.join("tools/rehearsal");
        let features = suite.features.join("\", \"");
        let mut manifest = format!(
            "[package]\nname = \"peers-{}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
             autobins = false\n\n[workspace]\n\n\
             [features]\ndefault = [\"full\"]\n\
             full = [\"std\", \"rt\", \"macros\", \"sync\", \"time\", \"test-util\", \"rt-multi-thread\"]\n\
             std = []\nrt = []\nmacros = []\nsync = []\ntime = []\ntest-util = []\nrt-multi-thread = []\n\n\
             [profile.dev]\ndebug = false\nincremental = false\n\n\
             [dependencies]\nrehearsal = {{ path = {rehearsal:?}, features = [\"{features}\"] }}\n",
            suite.package
        );
        for (name, _) in suite.mirrors {
            manifest.push_str(&format!(
                "{name} = {{ path = \"mirrors/{name}\", package = \"mirror-{name}\" }}\n"
            ));
        }
        for dependency in suite.dependencies {
            manifest.push_str(&format!("{dependency}\n"));
        }
        write(&folder.join("src/lib.rs"), "")?;
        write(&folder.join("Cargo.toml"), &manifest)?;
        // So that what is shared has the workspace's versions.
        let lock = folder.join("Cargo.lock");
        if !lock.exists() {
            fs::copy(self.root.join("Cargo.lock"), &lock).map_err(told(&lock))?;
        }
        Ok(())
    }

    fn write_mirrors(&self, suite: &Suite, folder: &Path) -> Result<(), String> {
        let rehearsal = self.root.join("tools/rehearsal");
        for (name, text) in suite.mirrors {
            let folder = folder.join("mirrors").join(name);
            let real = match *name {
                "futures_lite" => {
                    "futures_lite_real = { package = \"futures-lite\", version = \"=2.6.1\" }\n"
                }
                _ => "",
            };
            let features = suite.features.join("\", \"");
            let manifest = format!(
                "[package]\nname = \"mirror-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                 [lib]\nname = \"{name}\"\n\n\
                 [dependencies]\n{real}\
                 rehearsal = {{ path = {rehearsal:?}, features = [\"{features}\"] }}\n",
            );
            write(&folder.join("Cargo.toml"), &manifest)?;
            write(&folder.join("src/lib.rs"), text)?;
        }
        Ok(())
    }

    /// Runs cargo in a package; returns what it says, one JSON object each.
    fn compile(&self, folder: &Path, command: &[&str]) -> Result<Vec<Value>, String> {
        let output = cargo()
            .args(command)
            .args(["--quiet", "--tests", "--keep-going", "--message-format=json"])
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", self.target.join("peers/target"))
            .stderr(Stdio::piped())
            .output();
        let output = output.map_err(|error| format!("cargo can't be started: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let messages: Vec<Value> =
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if !output.status.success() && complaints(&messages).is_empty() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            return Err(format!("in {}: {complaint}", folder.display()));
        }
        Ok(messages)
    }
}

/// The test files of a suite.
struct Files {
    sources: BTreeMap<String, Source>,
    /// Modules that several files share, by their path.
    shared: BTreeMap<PathBuf, String>,
}

impl Files {
    fn of(suite: &Suite, from: &Path) -> Result<Files, String> {
        let mut files = Files { sources: BTreeMap::new(), shared: BTreeMap::new() };
        for path in entries(from)? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                for shared in entries(&path)? {
                    let place = Path::new(&name).join(shared.file_name().unwrap_or_default());
                    files.shared.insert(place, read(&shared, suite)?);
                }
            } else if suite.files.is_empty() || suite.files.contains(&&*name) {
                files.sources.insert(name, Source::of(&read(&path, suite)?));
            }
        }
        Ok(files)
    }

    fn write(&self, package: &Path) -> Result<(), String> {
        let tests = package.join("tests");
        for (name, source) in &self.sources {
            write(&tests.join(format!("{name}.rs")), &source.text())?;
        }
        for (path, text) in &self.shared {
            write(&tests.join(path), text)?;
        }
        Ok(())
    }

    /// Cuts tests of which something holds: `file::name`.
    fn cut_tests(&mut self, is_cut: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let mut cut = BTreeSet::new();
        for (file, source) in &mut self.sources {
            let lost = source.cut_tests(|name| is_cut(&format!("{file}::{name}")));
            cut.extend(lost.into_iter().map(|name| format!("{file}::{name}")));
        }
        cut
    }

    /// Cuts what the compiler complains of out of a file; returns the tests that are gone.
    fn cut(&mut self, file: &str, spots: &BTreeSet<Spot>) -> Result<Vec<String>, String> {
        let source = self.sources.get_mut(file);
        let source = source.ok_or_else(|| format!("the shared module {file} does not compile"))?;
        // From the end, so that nothing is cut twice.
        let lost: Vec<String> = spots.iter().rev().flat_map(|spot| source.cut(*spot)).collect();
        Ok(lost.into_iter().map(|test| format!("{file}::{test}")).collect())
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(told(folder))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

fn read(path: &Path, suite: &Suite) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(told(path))?;
    Ok(with_paths_changed(&text, suite.kept))
}

/// Where the compiler found errors, by file.
fn complaints(messages: &[Value]) -> BTreeMap<String, BTreeSet<Spot>> {
    let mut spots: BTreeMap<String, BTreeSet<Spot>> = BTreeMap::new();
    for message in messages.iter().map(|line| &line["message"]).filter(|m| m["level"] == "error") {
        let spans = message["spans"].as_array().into_iter().flatten();
        for span in spans.filter(|span| span["is_primary"] == true).filter_map(in_a_test) {
            let file = Path::new(span["file_name"].as_str().unwrap_or_default());
            let file = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let number = |key: &str| span[key].as_u64().unwrap_or(1) as usize;
            let spot = Spot { line: number("line_start"), column: number("column_start") };
            spots.entry(file).or_default().insert(spot);
        }
    }
    spots
}

/// The outermost place in a test file that a complaint is about: of a macro, where it is called.
fn in_a_test(span: &Value) -> Option<&Value> {
    let is_test =
        |span: &Value| span["file_name"].as_str().is_some_and(|file| file.starts_with("tests"));
    let (mut at, mut found) = (span, is_test(span).then_some(span));
    while let Some(outer) = at.get("expansion").and_then(|expansion| expansion.get("span")) {
        if is_test(outer) {
            found = Some(outer);
        }
        at = outer;
    }
    found
}

fn executables(messages: &[Value]) -> BTreeMap<String, PathBuf> {
    let built = messages.iter().filter(|message| message["target"]["kind"][0] == "test");
    let named = built.filter_map(|message| {
        Some((
            message["target"]["name"].as_str()?.to_owned(),
            message["executable"].as_str()?.into(),
        ))
    });
    named.collect()
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(told(folder))?;
    }
    // An unchanged file keeps its age, so that nothing is built again for it.
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    fs::write(path, text).map_err(told(path))
}

fn told(path: &Path) -> impl Fn(std::io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}
