//! What becomes of a queue and of the carrier's book where a disk is full, or nobody may write.

#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test has real time, as the program that it looks at"
)]

#[path = "../../../exercises/10-work-items/examples/sheets/sheets.rs"]
#[allow(dead_code, reason = "a part of what the exercise makes is wanted here")]
mod sheets;

use exam::{Folder, program};
use rusqlite::Connection;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sol10-work-items");

/// How many orders the sheet all-good.xlsx has.
const GOOD: u32 = 6;

#[test]
fn a_line_that_does_not_fit_was_not_sent() {
    const LIMIT: usize = 1 << 20;
    let folder = with("all-good.xlsx");
    // One more line fits into the book, and a part of the next one.
    let filler = "item 4711: an old line\n";
    let mut book = filler.repeat((LIMIT - 50) / filler.len());
    book.insert_str(0, &format!("{}\n", "x".repeat(LIMIT - 41 - book.len())));
    folder.write("parcels.txt", &book);

    let output = limited(LIMIT, &folder, "consume --clock clock");
    refused(&output, "parcels.txt: File too large (os error 27)");
    let written = folder.read("parcels.txt").unwrap();
    assert_eq!(&written[book.len()..], "item 1: Chair for Ada, 1011\n");
    assert_eq!(completed(&folder), 1);
    goes_on(&folder, &folder.path().join("parcels.txt"));
}

#[test]
fn half_a_line_was_not_sent() {
    for half in ["item 1: Ch", "item 1: Chair for Ada, 101", "i"] {
        let folder = with("all-good.xlsx");
        folder.write("parcels.txt", format!("item 4711: an old line\n{half}"));
        goes_on(&folder, &folder.path().join("parcels.txt"));
        let lines = folder.read("parcels.txt").unwrap();
        assert_eq!(lines.lines().nth(1), Some("item 1: Chair for Ada, 1011"), "{half}");
    }
}

#[test]
fn a_full_disk_loses_no_parcel() {
    let folder = with("all-good.xlsx");
    let Some(disk) = Disk::mount("64k") else { return };
    let book = disk.0.join("parcels.txt");
    // The line of item 1 begins in the last block that there is.
    let filler = format!("{}\n", "x".repeat(4096 - 10 - 1));
    fs::write(&book, filler).unwrap();
    disk.fill();
    let consume = format!("consume --clock clock --batch 6 --parcels {}", book.display());
    let output = run(&folder, &consume);
    refused(&output, &format!("{}: No space left on device (os error 28)", book.display()));
    assert_eq!(fs::metadata(&book).unwrap().len(), 4096 - 10);
    assert_eq!(completed(&folder), 0);
    disk.empty();
    goes_on(&folder, &book);
}

#[test]
fn a_full_disk_loses_no_item() {
    let folder = with("all-good.xlsx");
    let Some(disk) = Disk::mount("256k") else { return };
    // A name that an address would take apart.
    let queue = disk.0.join("work%20?x=1#y.db");
    fs::copy(folder.path().join("work.db"), &queue).unwrap();
    disk.fill();
    let on_disk = |command: &str| {
        run(&folder, &format!("{command} --clock clock --queue {}", queue.display()))
    };
    for command in ["consume", "produce all-good.xlsx"] {
        let output = on_disk(command);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.starts_with(&format!("error: {}: ", queue.display())), "{told}");
        assert!(told.contains("disk") && told.lines().count() == 1, "{told}");
    }
    // Looking takes no room.
    let listed = text(&on_disk("list"));
    assert!(
        listed.ends_with("Listed 6 items: 6 new, 0 reserved, 0 completed, 0 failed\n"),
        "{listed}"
    );
    let reported = text(&on_disk("report"));
    assert!(reported.ends_with("Reported 6 orders: 0 shipped, 0 failed, 6 open\n"), "{reported}");
    disk.empty();
    let consumed = text(&on_disk("consume"));
    assert!(consumed.ends_with("Consumed 6 items: 6 done, 0 failed\n"), "{consumed}");
    assert_eq!(parcels(&folder.path().join("parcels.txt")), (1..=GOOD).collect::<Vec<_>>());
}

#[test]
fn a_queue_that_can_not_grow_loses_nothing() {
    // A few commits fill it: each waits for the disk, which others may use too.
    const LIMIT: usize = 64 << 10;
    let folder = with("all-good.xlsx");
    sheets::write_many(&folder.path().join("many.xlsx"), 1000).unwrap();
    let produce = limited(LIMIT, &folder, "produce many.xlsx");
    refused(&produce, "work.db: disk I/O error: a write failed");
    // The sheet came in as a whole, or not at all; a second try is the first one.
    let listed = text(&run(&folder, "list"));
    assert!(
        listed.ends_with("Listed 6 items: 6 new, 0 reserved, 0 completed, 0 failed\n"),
        "{listed}"
    );

    sheets::write_many(&folder.path().join("some.xlsx"), 34).unwrap();
    run(&folder, "produce some.xlsx");
    // Each commit makes the log longer, and so does each renewal of a lease.
    refused(
        &limited(LIMIT, &folder, "consume --clock clock --work 0.3 --heartbeat 0.001"),
        "work.db: disk I/O error: a write failed",
    );
    folder.write("clock", "1061");
    refused(
        &limited(LIMIT, &folder, "consume --clock clock"),
        "work.db: disk I/O error: a write failed",
    );
    let done = completed(&folder);
    assert!((1..40).contains(&done), "{done}");
    folder.write("clock", "1122");
    run(&folder, "consume --clock clock --batch 100");
    assert_eq!(completed(&folder), 40);
    assert_eq!(parcels(&folder.path().join("parcels.txt")), (1..=40).collect::<Vec<_>>());
    let queue = Connection::open(folder.path().join("work.db")).unwrap();
    let sound: String = queue.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

#[test]
fn a_queue_that_nobody_may_write_can_be_looked_at() {
    for (of_folder, of_file) in [(0o555, 0o444), (0o777, 0o444), (0o555, 0o666)] {
        let folder = with("some-fail.xlsx");
        if !is_bound(&folder) {
            return;
        }
        run(&folder, "consume");
        let kept = names(&folder);
        let allow = |of_folder, of_file| {
            let queue = folder.path().join("work.db");
            fs::set_permissions(queue, Permissions::from_mode(of_file)).unwrap();
            fs::set_permissions(folder.path(), Permissions::from_mode(of_folder)).unwrap();
        };
        allow(of_folder, of_file);
        let list = as_nobody(&folder, "list");
        let report = as_nobody(&folder, "report");
        let export = as_nobody(&folder, "export --failed");
        let consume = as_nobody(&folder, "consume --parcels /dev/null");
        allow(0o777, 0o666);
        let case = format!("{of_folder:o} {of_file:o}");
        assert!(
            text(&list).ends_with("Listed 10 items: 3 new, 0 reserved, 3 completed, 4 failed\n"),
            "{case}: {list:?}"
        );
        // The report tells what there is, and leaves its items as they are.
        assert!(
            text(&report).ends_with("Reported 7 orders: 3 shipped, 4 failed, 0 open\n"),
            "{case}: {report:?}"
        );
        assert_eq!(text(&export).lines().count(), 6, "{case}: {export:?}");
        refused(&consume, "work.db: the file or its folder can't be written");
        assert_eq!(names(&folder), kept, "{case}");
    }
}

#[test]
fn newer_commits_are_never_passed_over() {
    let folder = with("all-good.xlsx");
    if !is_bound(&folder) {
        return;
    }
    // Who was killed leaves its commits in the log.
    run(&folder, "consume --clock clock --crash-after 2");
    assert!(fs::metadata(folder.path().join("work.db-wal")).unwrap().len() > 0);
    fs::remove_file(folder.path().join("work.db-shm")).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    let list = as_nobody(&folder, "list");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    refused(
        &list,
        "work.db: the newest commits can't be read, because its folder can't be written: copy it and work.db-wal",
    );
    assert_eq!(completed(&folder), 1);
}

/// A queue with the orders of a sample, and a clock.
fn with(sheet: &str) -> Folder {
    let folder = Folder::new();
    folder.bring(&program!("10-work-items").samples().join(sheet));
    folder.write("clock", "1000");
    let output = run(&folder, &format!("produce {sheet}"));
    assert!(output.status.success(), "{output:?}");
    folder
}

/// Consumes what is left, and asks for one parcel for each order.
#[track_caller]
fn goes_on(folder: &Folder, book: &Path) {
    folder.write("clock", "1061");
    let output =
        run(folder, &format!("consume --clock clock --batch 6 --parcels {}", book.display()));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(completed(folder), GOOD);
    assert_eq!(parcels(book), (1..=GOOD).collect::<Vec<_>>());
}

/// The items that have a parcel, in order; old lines are left out.
fn parcels(book: &Path) -> Vec<u32> {
    let text = fs::read_to_string(book).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    let item = |line: &str| line.strip_prefix("item ")?.split_once(": ")?.0.parse().ok();
    let mut items: Vec<u32> = text.lines().filter_map(item).filter(|item| *item != 4711).collect();
    items.sort_unstable();
    items
}

fn completed(folder: &Folder) -> u32 {
    let listed = text(&run(folder, "list --step consume --clock clock"));
    listed.lines().filter(|line| line.ends_with(": COMPLETED")).count() as u32
}

fn run(folder: &Folder, flags: &str) -> Output {
    ended(Command::new(PROGRAM).args(flags.split(' ')).current_dir(folder.path()))
}

/// Runs the program so that no file may grow beyond so many bytes.
fn limited(bytes: usize, folder: &Folder, flags: &str) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", bytes / 512);
    let mut shell = Command::new("sh");
    ended(shell.args(["-c", &script, PROGRAM]).args(flags.split(' ')).current_dir(folder.path()))
}

/// Runs the program as somebody who is bound by the rights of files, which root is not.
fn as_nobody(folder: &Folder, flags: &str) -> Output {
    ended(nobody(folder).args(flags.split(' ')))
}

fn nobody(folder: &Folder) -> Command {
    const NOBODY: u32 = 65534;
    let mut command = Command::new(PROGRAM);
    if fs::metadata(folder.path()).unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir(folder.path());
    command
}

/// Whether such a one can come to the program and to its folder; below /root nobody can.
fn is_bound(folder: &Folder) -> bool {
    let can = nobody(folder).arg("--help").output().is_ok_and(|output| output.status.success());
    if !can {
        println!("not tried here: root is bound by no rights, and nobody else can come here");
    }
    can
}

/// Waits for the end, and not for ever.
fn ended(command: &mut Command) -> Output {
    const LIMIT: Duration = Duration::from_secs(60);
    let pipes = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    let start = Instant::now();
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let [out, err] = [read(out), read(err)];
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("{command:?} did not end");
        }
        sleep(Duration::from_millis(5));
    };
    Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}

fn read(mut pipe: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn refused(output: &Output, complaint: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*told), (Some(2), &*format!("error: {complaint}\n")));
}

fn names(folder: &Folder) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let all = fs::read_dir(folder.path()).unwrap().map(name);
    let mut all: Vec<_> = all.map(|name| name.to_string_lossy().into_owned()).collect();
    all.sort();
    all
}

/// A small file system of its own, where one can be mounted.
struct Disk(PathBuf, #[expect(dead_code, reason = "it is removed after the file system")] Folder);

impl Disk {
    fn mount(size: &str) -> Option<Disk> {
        let folder = Folder::new();
        let place = folder.path().join("disk");
        fs::create_dir(&place).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(&place);
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Disk(place, folder));
        }
        println!("not tried here: no file system can be mounted");
        None
    }

    fn fill(&self) {
        let mut filler = File::create(self.0.join("filler")).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        drop(filler);
        let mut rest = OpenOptions::new().append(true).open(self.0.join("filler")).unwrap();
        while rest.write_all(&[0]).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "{}", self.0.display());
    }
}
