//! Which of the processes of a test this is, and what they have in common.
//!
//! The variable `REHEARSAL_PART` tells a process that was started by another one: `series 1 FOLDER`, or
//! `part 1 17 told plain FOLDER`. The first number says which call of `explore` in the test is meant.

use super::{Part, passing, told::Verdict};
use std::{
    cell::Cell,
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{self, Command},
    thread,
};

const VARIABLE: &str = "REHEARSAL_PART";

const USUAL: &str = "usual";

thread_local! {
    /// The calls of `explore` on this thread so far.
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

/// Which process this is, as seen from one call of `explore`.
pub(super) enum Role {
    /// A test among others, with this name.
    Test(String),
    /// A program that explores in its `main`.
    Main(Again),
    /// The binary, started again to make the children of this call.
    Series(Scratch),
    /// A child of this call that is not a copy.
    Part(Part, Scratch),
    /// This process was started for a later call of the same test.
    ForAnotherCall,
}

impl Role {
    #[track_caller]
    pub(super) fn of_this_call() -> Role {
        assert!(!super::child::is_playing(), "explore() was called within explore()");
        let nth = CALLS.get() + 1;
        CALLS.set(nth);
        match env::var(VARIABLE).ok().filter(|part| !part.is_empty()) {
            Some(part) => match Given::read(&part) {
                Some(given) if given.call == nth => given.role,
                Some(_) => Role::ForAnotherCall,
                None => panic!("rehearsal: the variable {VARIABLE} is its own, and holds '{part}'"),
            },
            None => Role::of_a_first_process(nth),
        }
    }

    #[track_caller]
    fn of_a_first_process(call: usize) -> Role {
        let thread = thread::current();
        match thread.name() {
            Some("main") => {
                Role::Main(Again { call, test: None, is_ignored: false, is_counted: false })
            }
            Some(name) => Role::Test(name.to_owned()),
            None => panic!(
                "explore() was called on a thread that is neither a test's nor that of `main`: the test \
                 can't be found again"
            ),
        }
    }
}

/// What the variable says.
struct Given {
    call: usize,
    role: Role,
}

impl Given {
    fn read(text: &str) -> Option<Given> {
        let (kind, rest) = text.split_once(' ')?;
        let (call, rest) = rest.split_once(' ')?;
        let call = call.parse().ok()?;
        let role = match kind {
            "series" => Role::Series(Scratch::lent(rest)),
            "part" => {
                let [order, told, kept, folder] = parts(rest)?;
                let (is_told, is_kept) = (told == "told", kept == "kept");
                let part = Part { is_told, is_kept, ..in_order(order)? };
                let scratch = Scratch::lent(folder);
                let record = is_kept.then(|| File::create(scratch.kept()).ok()).flatten();
                Role::Part(Part { record, ..part }, scratch)
            }
            _ => return None,
        };
        Some(Given { call, role })
    }
}

/// The parts of a text between blanks. The last one may hold some.
fn parts<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.splitn(N, ' ').collect::<Vec<_>>().try_into().ok()
}

/// The word for the order of a part.
fn order(part: &Part) -> String {
    match (&part.hold, part.schedule) {
        (Some(token), _) => token.to_string(),
        (None, Some(schedule)) => schedule.to_string(),
        (None, None) => USUAL.to_owned(),
    }
}

/// A part in the order that the word stands for.
fn in_order(word: &str) -> Option<Part> {
    if word == USUAL {
        return Some(Part::default());
    }
    match word.parse() {
        Ok(schedule) => Some(Part::of_schedule(Some(schedule))),
        Err(_) => Some(Part::held(&word.parse().ok()?)),
    }
}

/// How this binary is started again, so that it comes to the same call of `explore`.
#[derive(Clone, Debug)]
pub(super) struct Again {
    call: usize,
    /// Without one it is a program, and gets its arguments once more.
    test: Option<String>,
    /// It may be one that is ignored: those were asked for.
    is_ignored: bool,
    /// A schedule is drawn by the counts of the first one.
    is_counted: bool,
}

impl Again {
    /// This call, in this test.
    pub(super) fn of_test(name: &str) -> Again {
        let is_asked = |arg| arg == "--ignored" || arg == "--include-ignored";
        let is_ignored = env::args_os().any(is_asked);
        let test = Some(name.to_owned());
        Again { call: CALLS.get(), test, is_ignored, is_counted: false }
    }

    /// The same, of schedules that are drawn so.
    pub(super) fn counted(self, is_counted: bool) -> Again {
        Again { is_counted, ..self }
    }

    /// Whether a schedule is drawn by the counts of the first one.
    pub(super) fn is_counted(&self) -> bool {
        self.is_counted
    }

    /// As a series of schedules.
    pub(super) fn as_series(&self, scratch: &Scratch) -> std::io::Result<Command> {
        self.command(&format!("series {} {}", self.call, scratch.shown()))
    }

    /// As one schedule.
    pub(super) fn as_part(&self, part: &Part, scratch: &Scratch) -> std::io::Result<Command> {
        let told = if part.is_told { "told" } else { "quiet" };
        let kept = if part.is_kept { "kept" } else { "plain" };
        let order = order(part);
        self.command(&format!("part {} {order} {told} {kept} {}", self.call, scratch.shown()))
    }

    fn command(&self, part: &str) -> std::io::Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        match &self.test {
            Some(name) => command
                .args([name, "--exact", "--nocapture", "--test-threads=1"])
                .args(self.is_ignored.then_some("--include-ignored")),
            None => command.args(env::args_os().skip(1)),
        };
        command.env(VARIABLE, part);
        Ok(command)
    }

    /// Whether ignored tests were asked for where it comes from.
    pub(super) fn is_ignored(&self) -> bool {
        self.is_ignored
    }

    /// The test's name, if it is one.
    pub(super) fn test(&self) -> Option<&str> {
        self.test.as_deref()
    }
}

/// A folder of one call of `explore`, for what its processes tell each other. It goes with who made it.
pub(super) struct Scratch {
    folder: PathBuf,
    /// The process that removes it.
    owner: Option<u32>,
}

impl Scratch {
    pub(super) fn new() -> Scratch {
        let folder = passing("test");
        if let Err(error) = fs::create_dir(&folder) {
            panic!("rehearsal: exploring needs the folder {}: {error}", folder.display());
        }
        Scratch { folder, owner: Some(process::id()) }
    }

    fn lent(folder: &str) -> Scratch {
        Scratch { folder: folder.into(), owner: None }
    }

    fn shown(&self) -> impl std::fmt::Display {
        self.folder.display()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What a child that is no copy writes down of itself.
    pub(super) fn kept(&self) -> PathBuf {
        self.file("kept")
    }

    /// The choices of the first schedule, by which the others are drawn.
    pub(super) fn counts(&self) -> PathBuf {
        self.file("counts")
    }

    /// Stands there where the body used nothing of the rehearsal's.
    pub(super) fn idle(&self) -> PathBuf {
        self.file("idle")
    }

    /// Stands there where one thread alone has used something: all orders are the same.
    pub(super) fn single(&self) -> PathBuf {
        self.file("single")
    }

    fn verdict(&self) -> PathBuf {
        self.file("verdict")
    }

    /// Leaves the verdict of a series to the test that has started it, and ends.
    pub(super) fn leave(&self, verdict: &Verdict) -> ! {
        let left = fs::write(self.verdict(), verdict.as_text());
        process::exit(i32::from(left.is_err()))
    }

    /// What a series has left, if it came to its end.
    pub(super) fn found(&self) -> Option<Verdict> {
        Verdict::read(&fs::read_to_string(self.verdict()).ok()?)
    }

    pub(super) fn holds(file: &Path) -> bool {
        file.exists()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A copy of the process that made it must leave it to that one.
        if self.owner == Some(process::id()) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
