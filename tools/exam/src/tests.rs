//! What `exam` says of programs that are right, and of programs that are wrong in the usual ways.

use crate::{Folder, Program, Run};
use accord::stuck::{EXIT_CODE, REPORTS};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::Duration,
};

const DID: &str = "[Worker-{w}] did {item}";

/// The program of `examples/pool.rs`, in one of its versions.
pub(crate) fn pool(how: &str) -> Program {
    let test = env::current_exe().expect("a test knows its own path");
    let debug = test.parent().and_then(Path::parent).expect("a test lies in target/debug/deps");
    let path = debug.join("examples").join(format!("pool{}", env::consts::EXE_SUFFIX));
    let path = path.to_str().expect("the path of a checkout is text");
    Program::of("99-pool", env!("CARGO_MANIFEST_DIR"), Some(path), None)
        .sourceless()
        .flag("--how", how)
}

/// Whether a question about a run is passed.
fn passes(ask: impl FnOnce() + std::panic::UnwindSafe) -> bool {
    catch_unwind(ask).is_ok()
}

/// What is said of a program that does not come to its end.
fn stuck(how: &str) -> String {
    told_of(pool(how).start().watch())
}

/// The same of a program that the watchdog finds silent, with a watchdog of less patience.
fn silent(how: &str) -> String {
    told_of(pool(how).patience(1).start().watch())
}

fn told_of(run: Run) -> String {
    run.stuck().expect("it does not end by itself").to_string()
}

#[test]
fn a_right_program_passes() {
    let run = pool("right").run();
    run.exits(0);
    run.each_once(DID, "item", 1..=6);
    run.has_at_work(&run.works(DID), 3);
    run.workers_are_real(&run.works(DID));
    run.one("all done");
    run.none("lost: {item}");
    run.nobody_spins();
    assert_eq!(run.story(&[DID]).lines().next(), Some("    0.100 [Worker-*] did 1"));
    assert_eq!(run.names(DID), ["1", "2", "3"]);
    let [short, long] = [100, 200].map(Duration::from_millis);
    assert!(run.a_thread_slept(short, long));
    assert!(!run.a_thread_slept(long, long));
}

#[test]
fn wrong_mechanisms_are_refused() {
    assert!(!passes(|| pool("lost").run().each_once(DID, "item", 1..=6)));
    assert!(!passes(|| pool("asks").run().nobody_spins()));
    let at_work = |program: Program, expected| {
        passes(move || {
            let run = program.run();
            run.has_at_work(&run.works(DID), expected);
        })
    };
    assert!(at_work(pool("locked"), 1));
    assert!(!at_work(pool("locked"), 3));
    assert!(!at_work(pool("right").flag("--workers", 2), 3));
    let are_real = |program: Program| {
        passes(move || {
            let run = program.run();
            run.workers_are_real(&run.works(DID));
        })
    };
    assert!(are_real(pool("locked")));
    assert!(!are_real(pool("simulated")));
    assert!(!passes(|| pool("crash").run().exits(0)));
    assert!(!passes(|| {
        let run = pool("stray").run();
        run.works("stray {item}");
    }));
}

#[test]
fn a_story_on_standard_error_is_read_if_asked_for() {
    pool("told on stderr").run().none(DID);
    let run = pool("told on stderr").with_stderr().run();
    run.each_once(DID, "item", 1..=6);
    run.has_at_work(&run.works(DID), 3);
    run.one("all done");
}

#[test]
fn lines_that_went_to_stderr_are_noticed() {
    let run = pool("told on stderr").run();
    assert!(run.told_on_stderr(DID), "{}", run.stderr());
    assert!(!run.told_on_stderr("all done"));
    assert!(!passes(AssertUnwindSafe(|| run.each_once(DID, "item", 1..=6))));
}

#[test]
fn a_deadlock_is_told_with_its_report() {
    let told = stuck("deadlock");
    assert!(told.contains("DEADLOCK at 0.0 s"), "{told}");
    assert!(told.contains("for the end of"), "{told}");
    assert!(told.contains("  read              concepts/how-it-ends.md\n"), "{told}");
    // What the program said before belongs to the report no more than what it printed.
    assert!(!told.contains("about to wait"), "{told}");
}

/// What is told of a question that is not passed.
fn refused(how: &str, ask: impl FnOnce(&Run) + std::panic::UnwindSafe) -> String {
    crate::failure::told_by(|| ask(&pool(how).run()))
}

#[test]
fn lines_that_are_missing_are_told_with_what_the_tape_knows() {
    let told = refused("leaves too early", |run| run.each_once(DID, "item", 1..=6));
    assert!(told.contains("left out "), "{told}");
    assert!(
        told.contains(
            "the program ended in the middle of what Worker-5 and 1 more did at examples/pool.rs:"
        ),
        "{told}"
    );
    let told = refused("leaves some lying", |run| run.each_once(DID, "item", 1..=6));
    assert!(
        told.contains("6 messages were still in the queue made at examples/pool.rs:"),
        "{told}"
    );
    // What nobody can know is not told.
    let told = refused("lost", |run| run.each_once(DID, "item", 1..=6));
    assert!(told.contains("left out ") && !told.contains("this looks like"), "{told}");
}

#[test]
fn a_loop_that_asks_is_told_with_its_number_of_calls() {
    for how in ["asks", "asks now and then"] {
        let told = refused(how, |run| run.waits_at_the_queue(12));
        assert!(told.contains("wait at the queue, as recv() does"), "{told}");
        assert!(told.contains("times for nothing, with try_recv() at examples/pool.rs:"), "{told}");
        assert!(passes(AssertUnwindSafe(|| pool("right").run().waits_at_the_queue(0))));
    }
}

#[test]
fn an_exit_code_that_is_not_the_right_one_is_told_by_what_it_says() {
    let told = refused("crash", |run| run.exits(0));
    assert!(told.contains("a panic at tools/exam/examples/pool.rs:"), "{told}");
}

/// The rehearsal can be used without the course, and so has its own word on how a stuck program ends.
#[test]
fn a_stuck_program_ends_as_agreed() {
    const PROGRAMS: [&str; REPORTS.len()] =
        ["deadlock", "ticks", "asks for ever", "hangs", "foreign"];
    for (how, report) in PROGRAMS.into_iter().zip(REPORTS) {
        let run = pool(how).start().watch();
        assert_eq!(run.code(), Some(EXIT_CODE), "{how}: {}", run.stderr());
        assert!(run.stderr().starts_with("about to wait\n"), "{how}: {}", run.stderr());
        let told = run.stuck().expect("it does not end by itself").did;
        assert!(told.starts_with(report), "{how}: {told}");
    }
}

#[test]
fn a_program_that_prints_for_ever_is_killed() {
    let told = stuck("floods");
    assert!(told.contains("printed more than 256 KiB"), "{told}");
    assert!(told.contains("  it printed last   "), "{told}");
}

// The rehearsal's own watchdog is quicker than the limit of a run.

#[test]
fn a_program_that_computes_for_ever_is_told() {
    let told = silent("spins");
    assert!(told.contains("SILENT for 1.0 s: main"), "{told}");
    if cfg!(target_os = "linux") {
        assert!(told.contains("main computes"), "{told}");
    }
}

#[test]
fn a_program_that_waits_unseen_is_told() {
    let told = silent("hangs");
    assert!(told.contains("SILENT for 1.0 s: main"), "{told}");
    if cfg!(target_os = "linux") {
        assert!(told.contains("is blocked in a call that the rehearsal can't see"), "{told}");
    }
}

#[test]
fn a_test_of_a_program_that_spins_does_not_go_on_for_minutes() {
    let limit = Duration::from_secs(10);
    let run = pool("asks").run();
    assert!(run.spins_away(limit, limit).is_none());
    let told = run.spins_away(limit * 3, limit).expect("it spins").to_string();
    assert!(told.contains("asked again and again at examples/pool.rs:"), "{told}");
    assert!(told.contains("it has run for 30 seconds by now, and was not run any more"), "{told}");
    assert!(pool("right").run().spins_away(limit * 3, limit).is_none());
}

#[test]
fn the_command_can_be_pasted() {
    let program = pool("right").flags("--workers 2").schedule(7);
    assert_eq!(program.command(), "cargo 99 --how right --workers 2 --pace instant --schedule 7");
}

#[test]
fn each_schedule_is_played_and_asked() {
    let orders = RefCell::new(BTreeSet::new());
    pool("right").explore(1..=20, |run| {
        run.each_once(DID, "item", 1..=6);
        orders.borrow_mut().insert(run.stdout().to_owned());
    });
    assert!(orders.into_inner().len() > 10, "the schedules hardly differ");

    let told = crate::failure::told_by(|| {
        pool("lost").explore(1..=20, |run| run.each_once(DID, "item", 1..=6));
    });
    assert!(told.contains("--pace instant --schedule 1\n"), "the first that fails: {told}");
}

/// Whatever becomes of a run: those that can't be played ahead are played alone.
#[test]
fn what_is_played_ahead_is_what_is_played_alone() {
    let known = |run: Run| {
        let events = format!("{:?}", run.events());
        // A panic tells the number of the thread, another one each time.
        let is_told = |line: &&str| !line.contains(" panicked at ");
        let stderr: Vec<String> = run.stderr().lines().filter(is_told).map(str::to_owned).collect();
        (run.stdout().to_owned(), stderr, run.code(), events, run.stuck())
    };
    for how in ["right", "stray", "deadlock", "crash", "early"] {
        let ahead = pool(how).under(6);
        for schedule in [None].into_iter().chain((1..=6).map(Some)) {
            let of = |mut program: Program| {
                program.schedule = schedule;
                program.played()
            };
            let (flooded, alone) = (known(of(ahead.clone())), known(of(pool(how))));
            assert_eq!(format!("{flooded:?}"), format!("{alone:?}"), "{how} on {schedule:?}");
        }
    }
}

#[test]
fn a_setting_under_many_schedules_is_one_process() {
    let ahead = pool("right").under(6);
    let flood = ahead.flood.clone().expect("it is played ahead");
    assert!((1..=6).all(|schedule| flood.take(&ahead.clone().schedule(schedule)).is_some()));
    assert!(flood.take(&ahead.clone().schedule(6)).is_none(), "each can be had once");
    let stuck = pool("deadlock").under(3);
    let flood = stuck.flood.clone().expect("it is played ahead");
    assert!(flood.take(&stuck).is_none(), "its report is written where it is played alone");
}

#[test]
fn another_pace_is_played_if_asked_for() {
    for pace in ["real", "off"] {
        let run = pool("right").pace(pace).run();
        run.exits(0);
        run.each_once(DID, "item", 1..=6);
        // On the pace off there is no tape, and so nobody knows when a line was printed.
        assert_eq!(run.one("all done").told.is_some(), pace == "real");
    }
}

#[test]
fn a_program_plays_in_a_folder_with_arguments_as_they_are() {
    let folder = Folder::new();
    folder.write("two words.txt", "here\n");
    let program = pool("reads").folder(&folder).flag("--file", "two words.txt");
    assert_eq!(program.command(), "cargo 99 --how reads --file 'two words.txt' --pace instant");
    program.run().one("read: here");
    let path = folder.path().to_path_buf();
    drop(folder);
    assert!(!path.exists());
}

#[test]
fn a_program_that_runs_is_watched_and_killed() {
    let folder = Folder::new();
    folder.write("gate", "");
    let start = || pool("gate").pace("real").folder(&folder).flag("--file", "gate").start();
    let (mut one, mut other) = (start(), start());
    assert!(one.until("waits") && other.until("waits"));
    assert!(!one.within("all done", Duration::from_millis(20)) && !one.has_ended());
    let killed = one.kill();
    assert_ne!(killed.code(), Some(0));
    killed.none("all done");
    folder.remove("gate");
    assert!(other.until("all done"));
    other.wait().exits(0);
}

#[test]
fn who_waits_for_a_line_that_never_comes_is_told_so() {
    assert!(!pool("right").start().until("nobody prints this"));
}

#[test]
fn what_was_done_before_is_told_with_a_failure() {
    let steps = ["echo 1 > gate".to_owned(), "cargo 99 --how gate &".to_owned()];
    let told = pool("deadlock").after(&steps).start().watch();
    let told = told.stuck().expect("it does not end by itself").to_string();
    let told: Vec<&str> = told.lines().map(str::trim).collect();
    let first = told.iter().position(|line| line.ends_with("echo 1 > gate")).unwrap();
    assert_eq!(
        told[first + 1..first + 3],
        ["cargo 99 --how gate &", "cargo 99 --how deadlock --pace instant"]
    );
}
