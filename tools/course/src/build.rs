//! Building with cargo, and understanding what it says.

use crate::{
    Error, Result,
    child::{Ended, Outcome},
    leash, status,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    io::{self, BufRead, BufReader, IsTerminal},
    iter::successors,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

/// The first thing that the compiler refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// Where: `exercises/04-producer-consumer/src/main.rs:41`. Empty if the compiler named no line.
    pub place: String,
    /// What: `mismatched types`.
    pub message: String,
    /// The compiler's number for it: `E0308`.
    pub code: Option<String>,
    /// All that the compiler says of it to a person, with the lines and its advice.
    pub told: String,
}

impl CompileError {
    /// The same, with its place as it is called inside a folder.
    #[must_use]
    pub fn inside(mut self, folder: &str) -> CompileError {
        self.place = below(self.place, folder);
        self
    }

    /// Whether it is the one that is meant: by its number, or by words of its message.
    #[must_use]
    pub fn is(&self, meant: &str) -> bool {
        self.code.as_deref() == Some(meant) || self.message.contains(meant)
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let gap = if self.place.is_empty() { "" } else { " " };
        write!(f, "{}{gap}{}", self.place, self.message)
    }
}

/// What the compiler warns of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where: `exercises/04-producer-consumer/src/main.rs:41`.
    pub place: String,
    /// What, with what the compiler explains of it.
    pub message: String,
}

impl Remark {
    /// The same, with its place as it is called inside a folder.
    #[must_use]
    pub fn inside(mut self, folder: &str) -> Remark {
        self.place = below(self.place, folder);
        self
    }
}

/// A place as it is called inside a folder.
fn below(place: String, folder: &str) -> String {
    let inside = place.strip_prefix(folder).map(|place| place.trim_start_matches('/').to_owned());
    inside.unwrap_or(place)
}

/// What came of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// The programs that were built, by the names of their targets.
    pub programs: BTreeMap<String, PathBuf>,
    /// The errors of each target that does not compile.
    pub errors: BTreeMap<String, Vec<CompileError>>,
    /// The warnings of each target.
    pub warnings: BTreeMap<String, Vec<Remark>>,
    /// Why cargo itself gave up, if it did.
    pub trouble: Option<String>,
}

impl Built {
    /// The first error of a target.
    #[must_use]
    pub fn error(&self, target: &str) -> Option<&CompileError> {
        self.errors.get(target).and_then(|errors| errors.first())
    }

    /// The first error of any target.
    #[must_use]
    pub fn any_error(&self) -> Option<&CompileError> {
        self.errors.values().flatten().next()
    }
}

/// The cargo that runs us, else the one on the path.
#[must_use]
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    // These were said to us, not to the cargo that we call.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_MAKEFLAGS"] {
        command.env_remove(name);
    }
    command
}

/// The version of cargo, and so of all that belongs to it.
pub fn version() -> Result<String> {
    let output = output(cargo().arg("--version"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The folder that the checkout builds into.
pub fn target_folder(root: &Path) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root);
    let output = output(&mut command)?;
    let metadata: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    let folder = metadata.as_ref().and_then(|metadata| metadata["target_directory"].as_str());
    folder.map(PathBuf::from).ok_or_else(|| Error::Failed(complaint(&output.stderr)))
}

/// What is said of a build that takes long.
const TAKES_LONG: &str = "building (the first time takes minutes) …";

/// Runs `cargo build` or `cargo test --no-run`, with these arguments, and reads its messages.
pub fn build(root: &Path, arguments: &[&str]) -> Result<Built> {
    let mut command = cargo();
    command.args(arguments).args(["--quiet", "--message-format=json"]).current_dir(root);
    let is_watched = io::stderr().is_terminal() || leash::is_held();
    let output = while_it_takes_long(TAKES_LONG, || {
        if is_watched { output_with_bar(&mut command, &tell_parts) } else { output(&mut command) }
    })?;
    let mut built = messages(&String::from_utf8_lossy(&output.stdout));
    if !output.status.success() && built.errors.is_empty() {
        built.trouble = Some(complaint(&output.stderr));
    }
    Ok(built)
}

/// What came of a build that somebody else has run, with `--message-format=json`.
pub(crate) fn told(outcome: &Outcome) -> Built {
    let mut built = messages(&outcome.stdout);
    if outcome.ended != Ended::Code(0) && built.errors.is_empty() {
        built.trouble = Some(complaint(outcome.stderr.as_bytes()));
    }
    built
}

/// Does something, and says what it is once that takes long: on a terminal soon, and in a line that goes again; in a
/// pipe later, and in one that stays.
fn while_it_takes_long<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let is_watched = io::stderr().is_terminal();
    // Whoever wants to hear nothing of a build says so to cargo.
    let is_quiet = leash::is_held() || env::var("CARGO_TERM_QUIET").is_ok_and(|set| set == "true");
    let long = Duration::from_millis(if is_watched { 500 } else { 3_000 });
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let teller = scope.spawn(move || {
            let is_long = is_done.recv_timeout(long) == Err(RecvTimeoutError::Timeout);
            if is_long && is_watched {
                status(what);
            } else if is_long && !is_quiet {
                eprintln!("{what}");
            }
            is_long
        });
        let came = work();
        drop(done);
        if teller.join().is_ok_and(|told| told) {
            status("");
        }
        came
    })
}

/// How wide cargo's bar is: nobody sees it, but without that there is none.
const BAR: [&str; 4] =
    ["--config", "term.progress.when='always'", "--config", "term.progress.width=60"];

/// Tells how many of how many parts are built.
fn tell_parts(done: usize, all: usize) {
    leash::tell(&json!({ "building": [done, all] }));
    status(&format!("building: {done} of {all} …"));
}

/// Runs cargo, and tells how many parts are built whenever it draws its bar.
fn output_with_bar(command: &mut Command, tell: &(dyn Fn(usize, usize) + Sync)) -> Result<Output> {
    let failed = |error: io::Error| Error::Failed(format!("cargo can't be started: {error}"));
    command.args(BAR).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let mut pipe = BufReader::new(child.stderr.take().expect("it is piped"));
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let (mut text, mut drawn) = (Vec::new(), Vec::new());
            // It ends each drawing with a carriage return, and draws over it.
            while let Ok(1..) = pipe.read_until(b'\r', &mut drawn) {
                match parts(&String::from_utf8_lossy(&drawn)) {
                    Some((done, all)) => tell(done, all),
                    None => text.append(&mut drawn),
                }
                drawn.clear();
            }
            text
        });
        let output = child.wait_with_output().map_err(failed)?;
        Ok(Output { stderr: reader.join().unwrap_or_default(), ..output })
    })
}

/// How many of how many, in what cargo draws: `[=====>    ] 12/68: syn, tokio…`.
fn parts(drawn: &str) -> Option<(usize, usize)> {
    let (_, counts) = drawn.strip_prefix('[')?.split_once("] ")?;
    let (done, rest) = counts.split_once('/')?;
    Some((done.trim().parse().ok()?, rest.split(':').next()?.trim().parse().ok()?))
}

/// Runs cargo for something else than building.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = cargo();
    command.args(arguments).arg("--quiet").current_dir(root);
    let output = output(&mut command)?;
    if output.status.success() { Ok(()) } else { Err(Error::Failed(complaint(&output.stderr))) }
}

pub(crate) fn output(command: &mut Command) -> Result<Output> {
    command.output().map_err(|error| Error::Failed(format!("cargo can't be started: {error}")))
}

/// The first error in what cargo wrote for a person.
pub(crate) fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let mut lines = text.lines().skip_while(|line| !line.starts_with("error"));
    let first = lines.next().unwrap_or("cargo failed and did not say why");
    let mut told = first.trim_start_matches("error: ").to_owned();
    // Of a chain of causes the last one says the most.
    let cause = text.lines().rev().find(|line| line.starts_with("  ") && !line.trim().is_empty());
    if let Some(cause) = cause.filter(|_| text.contains("Caused by:")) {
        told.push_str(": ");
        told.push_str(cause.trim());
    }
    told
}

/// Reads the messages of `--message-format=json`, one on each line.
fn messages(text: &str) -> Built {
    let mut built = Built::default();
    for line in text.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let target = message["target"]["name"].as_str().unwrap_or_default().to_owned();
        match message["reason"].as_str() {
            Some("compiler-artifact") => {
                if let Some(path) = message["executable"].as_str() {
                    built.programs.insert(target, PathBuf::from(path));
                }
            }
            Some("compiler-message") => {
                let message = &message["message"];
                if let Some(error) = error_in(message) {
                    built.errors.entry(target).or_default().push(error);
                } else if let Some(warning) = warning_in(message) {
                    built.warnings.entry(target).or_default().push(warning);
                }
            }
            _ => {}
        }
    }
    built
}

fn error_in(message: &Value) -> Option<CompileError> {
    if message["level"] != "error" {
        return None;
    }
    let text = message["message"].as_str()?;
    Some(CompileError {
        place: place_in(message).unwrap_or_default(),
        message: text.lines().next().unwrap_or_default().to_owned(),
        code: message["code"]["code"].as_str().map(str::to_owned),
        told: message["rendered"].as_str().unwrap_or_default().trim_end().to_owned(),
    })
}

/// A warning of a line. What sums up the others names none. What the workspace's own lints ask for is left
/// out: that is for its authors.
fn warning_in(message: &Value) -> Option<Remark> {
    if message["level"] != "warning" {
        return None;
    }
    let mut text = message["message"].as_str()?.to_owned();
    for child in message["children"].as_array()? {
        let note = child["message"].as_str().filter(|_| child["level"] == "note");
        if note.is_some_and(|note| note.contains("requested on the command line")) {
            return None;
        }
        // Which lint it is helps nobody to find the cause.
        if let Some(note) =
            note.filter(|note| !note.contains("on by default") && !note.contains('\n'))
        {
            text.push_str(": ");
            text.push_str(note);
        }
    }
    Some(Remark { place: place_in(message)?, message: text })
}

/// The file and the line that a message is about.
fn place_in(message: &Value) -> Option<String> {
    let spans = message["spans"].as_array()?;
    let span = who_wrote_it(spans.iter().find(|span| span["is_primary"] == true)?);
    let file = span["file_name"].as_str()?.replace('\\', "/");
    Some(format!("{file}:{}", span["line_start"]))
}

/// The innermost place that is not in a library: what a macro of others was given stands where it is called, and
/// there a reader looks.
fn who_wrote_it(primary: &Value) -> &Value {
    let callers = successors(Some(primary), |span| {
        Some(&span["expansion"]["span"]).filter(|caller| !caller.is_null())
    });
    let is_of_others = |span: &Value| {
        let file = span["file_name"].as_str().unwrap_or_default().replace('\\', "/");
        ["/rustc/", "/registry/src/", "tools/rehearsal/"].iter().any(|place| file.contains(place))
    };
    callers.into_iter().find(|span| !is_of_others(span)).unwrap_or(primary)
}

/// Cuts `exercises/04-producer-consumer/src/main.rs` to `src/main.rs`.
#[must_use]
pub fn within_package(path: &str) -> String {
    let path = path.replace('\\', "/");
    let start = ["/src/", "/tests/", "/examples/"].iter().filter_map(|dir| path.rfind(dir)).max();
    start.map_or(path.clone(), |start| path[start + 1..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_of_a_target_is_told() {
        let text = r#"{"reason":"compiler-message","target":{"name":"04-x"},"message":{"level":"warning","message":"unused","spans":[],"code":null}}
not json
{"reason":"compiler-message","target":{"name":"04-x"},"message":{"level":"error","message":"mismatched types\nmore","rendered":"error: mismatched types\n --> here\n\n","code":{"code":"E0308"},"spans":[{"file_name":"a.rs","line_start":1,"is_primary":false},{"file_name":"exercises\\04-x\\src\\main.rs","line_start":41,"is_primary":true}]}}
{"reason":"compiler-message","target":{"name":"04-x"},"message":{"level":"error","message":"aborting due to 1 previous error","code":null,"spans":[]}}
{"reason":"compiler-artifact","target":{"name":"04-tasks"},"executable":"/t/04_tasks-1"}
{"reason":"compiler-artifact","target":{"name":"lib"},"executable":null}"#;
        let built = messages(text);
        let error = built.error("04-x").unwrap().clone().inside("exercises/04-x");
        assert_eq!(error.to_string(), "src/main.rs:41 mismatched types");
        assert_eq!(built.errors["04-x"][0].code.as_deref(), Some("E0308"));
        assert_eq!(built.errors["04-x"][0].told, "error: mismatched types\n --> here");
        assert_eq!(built.programs.keys().collect::<Vec<_>>(), ["04-tasks"]);
        assert!(built.warnings.is_empty(), "a warning without a line is about nothing");
    }

    #[test]
    fn a_warning_is_told_with_what_explains_it() {
        let text = r##"{"reason":"compiler-message","target":{"name":"04-x"},"message":{"level":"warning","message":"unused implementer of `Future` that must be used","code":{"code":"unused_must_use"},"spans":[{"file_name":"a/src/main.rs","line_start":41,"is_primary":true}],"children":[{"level":"note","message":"futures do nothing unless you `.await` or poll them"},{"level":"note","message":"`#[warn(unused_must_use)]` on by default"},{"level":"help","message":"use `let _ = ...`"}]}}"##;
        let asked = text.replace(
            "`#[warn(unused_must_use)]` on by default",
            "requested on the command line with `-W x`",
        );
        assert!(messages(&asked).warnings.is_empty());
        let [warning] = messages(text).warnings["04-x"].clone().try_into().unwrap();
        let Remark { place, message } = warning.inside("a");
        assert_eq!(place, "src/main.rs:41");
        assert_eq!(
            message,
            "unused implementer of `Future` that must be used: futures do nothing unless you `.await` or poll them"
        );
    }

    #[test]
    fn an_error_within_a_macro_of_others_is_told_where_it_is_called() {
        let text = r#"{"reason":"compiler-message","target":{"name":"04-x"},"message":{"level":"error","message":"no rules expected `else`","code":null,"spans":[{"file_name":"tools/rehearsal/src/tokio/mod.rs","line_start":50,"is_primary":true,"expansion":{"span":{"file_name":"/h/registry/src/i/tokio-1.54.1/src/macros/select.rs","line_start":7,"expansion":{"span":{"file_name":"exercises/04-x/src/main.rs","line_start":67,"expansion":null}}}}}]}}"#;
        let error = messages(text).error("04-x").unwrap().clone().inside("exercises/04-x");
        assert_eq!(error.to_string(), "src/main.rs:67 no rules expected `else`");
    }

    #[cfg(unix)]
    #[test]
    fn what_cargo_draws_is_told_and_what_it_says_is_kept() {
        let told = std::sync::Mutex::new(Vec::new());
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "printf '[=> ] 1/12: syn, a…\\r[==> ] 2/12\\rerror: no\\r\\n  why\\n' >&2; echo {}",
        ]);
        let output =
            output_with_bar(&mut command, &|done, all| told.lock().unwrap().push((done, all)));
        let output = output.unwrap();
        assert_eq!(*told.lock().unwrap(), [(1, 12), (2, 12)]);
        assert_eq!(output.stdout, b"{}\n");
        assert_eq!(complaint(&output.stderr), "no");
    }

    #[test]
    fn an_error_is_known_by_its_number_or_its_words() {
        let error = |code: Option<&str>| CompileError {
            place: String::new(),
            message: "future cannot be sent between threads safely".to_owned(),
            code: code.map(str::to_owned),
            told: String::new(),
        };
        assert!(error(Some("E0382")).is("E0382"));
        assert!(!error(Some("E0308")).is("E0382"));
        assert!(error(None).is("cannot be sent between threads"));
    }

    #[test]
    fn cargo_says_why_it_gave_up() {
        let stderr = b"warning: x\nerror: failed to load manifest\n\nCaused by:\n  unknown key\n";
        assert_eq!(complaint(stderr), "failed to load manifest: unknown key");
        assert_eq!(complaint(b"error: no such command\n"), "no such command");
    }
}
