//! What is taken from a submission: `exercises/*/src/**/*.rs` and `ANSWERS.md`, each a regular file. All else that it
//! brings is listed where it differs from the course, and used by nobody.

use super::archive::{self, Bench};
use crate::{Error, Result, source::Sources, sum, workspace::Workspace};
use accord::exercise;
use std::{
    collections::BTreeMap,
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// More entries than this are not looked at.
const MOST_ENTRIES: usize = 5_000;

/// How many files a program may have.
const MOST_FILES: usize = 200;

/// How large a file may be.
const LARGEST_FILE: u64 = 1 << 20;

/// How deep folders may lie in each other.
const DEEPEST: usize = 12;

/// Folders that hold what was built, or git's own.
const PASSED_OVER: [&str; 2] = ["target", ".git"];

/// What somebody handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Submission {
    /// Whose it is: the name of the folder.
    pub(crate) student: String,
    /// Why nothing of it can be graded.
    pub(crate) problem: Option<String>,
    /// The sources of each program, by the exercises' names.
    pub(crate) programs: BTreeMap<String, Sources>,
    /// The answers to each exercise.
    pub(crate) answers: BTreeMap<String, String>,
    /// What would have been taken, and why it was not.
    pub(crate) refused: Vec<String>,
    /// What differs from the course, and was not used.
    pub(crate) unused: Vec<String>,
    /// When it was handed in, in seconds since 1970: when the newest of its files was written, or its archive.
    pub(crate) handed_in: Option<u64>,
    /// Until when it was due.
    pub(crate) due: Option<u64>,
    /// How many percent of time its programs have beyond the usual.
    pub(crate) more_time: u32,
}

impl Submission {
    /// A sum over all that was taken, and over what is told of the rest.
    pub(crate) fn sum(&self) -> String {
        let mut texts = vec![self.student.as_str(), self.problem.as_deref().unwrap_or_default()];
        for (exercise, sources) in &self.programs {
            texts.push(exercise);
            texts.extend(sources.iter().flat_map(|(file, text)| [file.as_str(), text]));
        }
        texts.extend(self.answers.iter().flat_map(|(exercise, text)| [exercise.as_str(), text]));
        texts.extend(self.refused.iter().chain(&self.unused).map(String::as_str));
        sum::of(texts)
    }

    /// How many seconds after it was due it was handed in.
    pub(crate) fn late_s(&self) -> Option<u64> {
        self.handed_in?.checked_sub(self.due?).filter(|late| *late > 0)
    }

    /// One of which nothing can be graded.
    pub(crate) fn broken(student: &str, problem: String) -> Submission {
        Submission { student: student.to_owned(), problem: Some(problem), ..Submission::default() }
    }
}

/// The submissions of a class: the folders and archives in this one, in the order of their names.
pub(crate) fn class(
    folder: &Path,
    course: &Workspace,
    bench: &Bench<'_>,
) -> Result<Vec<Submission>> {
    let entries = fs::read_dir(folder).map_err(|error| Error::about(folder, &error))?;
    let mut found = BTreeMap::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let submission = handed_in(&entry.path(), &name, course, bench);
        let student = submission.student.clone();
        if found.insert(student.clone(), submission).is_some() {
            let folder = folder.display();
            return Err(Error::Input(format!("{folder}: there are two submissions of {student}")));
        }
    }
    if found.is_empty() {
        return Err(Error::Input(format!("{}: there are no submissions", folder.display())));
    }
    Ok(found.into_values().collect())
}

fn handed_in(path: &Path, name: &str, course: &Workspace, bench: &Bench<'_>) -> Submission {
    if path.is_symlink() {
        return Submission::broken(name, "is a link, and links are not followed".to_owned());
    }
    if path.is_dir() {
        return taken(name, path, course);
    }
    let Some(student) = archive::student(name) else {
        return Submission::broken(name, "is neither a folder nor an archive".to_owned());
    };
    match bench.unpacked(path) {
        Ok(folder) => Submission { handed_in: written(path), ..taken(student, &folder, course) },
        Err(why) => Submission::broken(student, why),
    }
}

/// What is taken from a folder.
pub(crate) fn taken(student: &str, folder: &Path, course: &Workspace) -> Submission {
    let Some(root) = root(folder) else {
        return Submission::broken(student, format!("has no folder {}/", exercise::EXERCISES));
    };
    let mut submission = Submission { student: student.to_owned(), ..Submission::default() };
    let mut walk = Walk { root: &root, entries: 0, found: Vec::new(), odd: Vec::new() };
    walk.through(Path::new(""), 0);
    if walk.entries > MOST_ENTRIES {
        let note = format!("more than {MOST_ENTRIES} files: the rest was not looked at");
        submission.unused.push(note);
    }
    for path in &walk.odd {
        let told = shown(path);
        let list =
            if place(path).is_some() { &mut submission.refused } else { &mut submission.unused };
        list.push(format!("{told}: is no regular file"));
    }
    for path in walk.found {
        match place(&path) {
            Some(place) => take(&mut submission, &root, &path, &place),
            None if differs(&root.join(&path), &course.root.join(&path)) => {
                submission.unused.push(shown(&path));
            }
            None => {}
        }
    }
    submission.unused.sort();
    submission
}

/// The folder that holds `exercises/`: this one, or the only one in it.
fn root(folder: &Path) -> Option<PathBuf> {
    let is_root = |folder: &Path| {
        let exercises = folder.join(exercise::EXERCISES);
        exercises.is_dir() && !exercises.is_symlink()
    };
    if is_root(folder) {
        return Some(folder.to_path_buf());
    }
    let inner: Vec<PathBuf> =
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    let mut roots = inner.into_iter().filter(|path| !path.is_symlink() && is_root(path));
    roots.next().filter(|_| roots.next().is_none())
}

/// What a file is to be taken for.
enum Place {
    Source { exercise: String, file: String },
    Answers { exercise: String },
}

fn place(path: &Path) -> Option<Place> {
    let words: Vec<&str> = path.iter().map(|word| word.to_str()).collect::<Option<_>>()?;
    match words.as_slice() {
        [exercise::EXERCISES, name, "ANSWERS.md"] => {
            Some(Place::Answers { exercise: (*name).to_owned() })
        }
        [exercise::EXERCISES, name, "src", inner @ ..]
            if inner.last().is_some_and(|file| file.ends_with(".rs")) =>
        {
            Some(Place::Source { exercise: (*name).to_owned(), file: inner.join("/") })
        }
        _ => None,
    }
}

fn take(submission: &mut Submission, root: &Path, path: &Path, place: &Place) {
    submission.handed_in = submission.handed_in.max(written(&root.join(path)));
    let mut refuse = |why: &str| submission.refused.push(format!("{}: {why}", shown(path)));
    let text = match text_of(&root.join(path)) {
        Ok(text) => text,
        Err(why) => return refuse(&why),
    };
    match place {
        Place::Answers { exercise } => {
            submission.answers.insert(exercise.clone(), text);
        }
        Place::Source { exercise, file } => {
            let sources = submission.programs.entry(exercise.clone()).or_default();
            if sources.len() >= MOST_FILES {
                return refuse(&format!("the program has more than {MOST_FILES} files"));
            }
            sources.insert(file.clone(), text);
        }
    }
}

/// When a file was written, in seconds since 1970.
fn written(path: &Path) -> Option<u64> {
    let time = fs::metadata(path).and_then(|file| file.modified()).ok()?;
    time.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// The text of a regular file that is not too large.
fn text_of(path: &Path) -> std::result::Result<String, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let length = file.take(LARGEST_FILE + 1).read_to_end(&mut bytes);
    let length = length.map_err(|error| error.to_string())?;
    if length as u64 > LARGEST_FILE {
        return Err(format!("is larger than {} KiB", LARGEST_FILE / 1024));
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not in UTF-8".to_owned())?;
    Ok(text.replace("\r\n", "\n"))
}

/// Whether a file is another one than that of the course.
fn differs(theirs: &Path, ours: &Path) -> bool {
    let read = |path: &Path| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
        bytes.retain(|byte| *byte != b'\r');
        Ok(bytes)
    };
    match (read(theirs), read(ours)) {
        (Ok(theirs), Ok(ours)) => theirs != ours,
        _ => true,
    }
}

fn shown(path: &Path) -> String {
    // Names are somebody else's words: a line of the report is a line.
    path.to_string_lossy().replace('\\', "/").replace(char::is_control, "?")
}

/// A walk through a folder, by the paths below it. Links are not followed.
struct Walk<'a> {
    root: &'a Path,
    entries: usize,
    found: Vec<PathBuf>,
    /// What is neither a file nor a folder.
    odd: Vec<PathBuf>,
}

impl Walk<'_> {
    fn through(&mut self, folder: &Path, depth: usize) {
        let Ok(entries) = fs::read_dir(self.root.join(folder)) else {
            return self.odd.push(folder.to_path_buf());
        };
        let mut names: Vec<_> = entries.flatten().take(MOST_ENTRIES + 1).collect();
        names.sort_by_key(fs::DirEntry::file_name);
        for entry in names {
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                return;
            }
            let path = folder.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_file() => self.found.push(path),
                Ok(kind) if kind.is_dir() => {
                    let is_built =
                        depth == 0 && PASSED_OVER.iter().any(|name| path.as_os_str() == *name);
                    if !is_built && depth < DEEPEST {
                        self.through(&path, depth + 1);
                    }
                }
                _ => self.odd.push(path),
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// An empty place for a test.
    fn place(name: &str) -> (Workspace, PathBuf) {
        let place =
            std::env::temp_dir().join(format!("handoff-intake-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&place);
        write(&place, "course/exercises/01-x/Cargo.toml", "[package]\n");
        (Workspace { root: place.join("course") }, place)
    }

    #[test]
    fn only_sources_and_answers_are_taken() {
        let (course, place) = place("taken");
        let theirs = place.join("ann");
        write(&theirs, "exercises/01-x/src/main.rs", "fn main() {}\r\n");
        write(&theirs, "exercises/01-x/src/inner/mod.rs", "");
        write(&theirs, "exercises/01-x/ANSWERS.md", "# Answers\n");
        write(&theirs, "exercises/01-x/Cargo.toml", "[package]\r\n");
        write(&theirs, "exercises/01-x/build.rs", "fn main() {}\n");
        write(&theirs, ".cargo/config.toml", "[build]\n");
        write(&theirs, "target/x", "");
        let found = taken("ann", &theirs, &course);
        let files: Vec<&String> = found.programs["01-x"].keys().collect();
        assert_eq!(files, ["inner/mod.rs", "main.rs"]);
        assert_eq!(found.programs["01-x"]["main.rs"], "fn main() {}\n");
        assert_eq!(found.answers["01-x"], "# Answers\n");
        assert_eq!(found.unused, [".cargo/config.toml", "exercises/01-x/build.rs"]);
        assert_eq!((found.problem, found.refused), (None, Vec::new()));
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn what_is_odd_is_refused_and_told() {
        let (course, place) = place("odd");
        let theirs = place.join("bob");
        write(&place, "secret.rs", "fn main() {}");
        write(&theirs, "exercises/01-x/src/latin.rs", [0x66, 0xe9]);
        write(&theirs, "exercises/01-x/src/large.rs", vec![b' '; 2 << 20]);
        symlink(place.join("secret.rs"), theirs.join("exercises/01-x/src/main.rs")).unwrap();
        symlink(&place, theirs.join("exercises/02-y")).unwrap();
        let found = taken("bob", &theirs, &course);
        assert!(found.programs.is_empty());
        assert_eq!(
            found.refused,
            [
                "exercises/01-x/src/main.rs: is no regular file",
                "exercises/01-x/src/large.rs: is larger than 1024 KiB",
                "exercises/01-x/src/latin.rs: is not in UTF-8",
            ]
        );
        assert_eq!(found.unused, ["exercises/02-y: is no regular file"]);
        fs::remove_dir_all(place).unwrap();
    }
}
