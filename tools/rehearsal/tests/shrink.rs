//! A failing schedule is told in a sentence, and what the sentence says is played again.

mod common;

use common::{Program, Run, STUCK, line, run};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shrink-{name}"))
}

/// The first schedules that fail.
#[track_caller]
fn failing(example: &str, program: &str) -> Vec<u64> {
    const SOME: usize = 5;
    let list = file(&format!("{example}-{program}.jsonl"));
    let explore = Program::bare(example, &format!("{program} --explore 0..200"));
    let explored = explore.arg("--explored").arg(&list).run();
    let lines = fs::read_to_string(&list).expect("a list is written");
    let number = |line: &str| line.split_once(r#""schedule":"#)?.1.split(',').next()?.parse().ok();
    let fails = |line: &&str| !line.contains(r#","exit":0,"#);
    let numbers: Vec<u64> = lines.lines().filter(fails).filter_map(number).take(SOME).collect();
    assert!(!numbers.is_empty(), "no schedule fails: {explored}");
    numbers
}

/// What is said of the one of them that needs least, and what `--held` takes.
#[track_caller]
fn shrunk(example: &str, program: &str) -> (String, String) {
    let each = failing(example, program).into_iter().map(|schedule| {
        let told = Program::bare(example, &format!("{program} --shrink {schedule}")).run();
        told.ends_with(1);
        let line = |start: &str| told.stdout.lines().find(|line| line.starts_with(start));
        let sentence = line("It fails when ").unwrap_or_else(|| panic!("no sentence: {told}"));
        let hold = line("Play it again: --held '").and_then(|line| line.split('\'').nth(1));
        (sentence.to_owned(), hold.unwrap_or_else(|| panic!("no token: {told}")).to_owned())
    });
    each.min_by_key(|(sentence, _)| sentence.matches("and then").count()).expect("some fail")
}

#[track_caller]
fn held(example: &str, program: &str, hold: &str) -> Run {
    run(example, &format!("{program} --held {hold}"), "instant")
}

/// A program of `examples/rare.rs`, what its sentence says, and the exit code of the failure.
#[track_caller]
fn is_told(program: &str, says: &[&str], code: i32) -> String {
    let (sentence, hold) = shrunk("rare", program);
    for part in says {
        assert!(sentence.contains(part), "'{part}' is not in: {sentence}");
    }
    assert!(!sentence.contains("and then"), "one thing is enough: {sentence}");
    held("rare", program, &hold).ends_with(code);
    hold
}

#[test]
fn a_check_and_an_act_apart_need_one_preemption() {
    is_told("check-then-act", &[" is held between examples/rare.rs:", " (lock) and ", " on."], 101);
    is_told("load-then-store", &[" (atomic) and ", ", while "], 101);
}

#[test]
fn a_signal_that_nobody_hears_needs_one_preemption() {
    is_told("lost-wake-up", &[" is held between ", "while main goes on."], STUCK);
}

#[test]
fn who_is_woken_is_told_where_that_is_the_cause() {
    let hold = is_told("wrong-waiter", &["main at examples/rare.rs:", " (notify) wakes "], STUCK);
    assert!(hold.starts_with("main@wake#"), "{hold}");
}

#[test]
fn a_wait_that_ends_for_nothing_is_told() {
    let hold = is_told("wait-without-loop", &[" (wait) comes back for nothing."], 101);
    assert!(hold.ends_with('!'), "{hold}");
}

#[test]
fn a_sleep_that_takes_longer_is_told() {
    let hold =
        is_told("sleep-for-join", &[" sleeps at examples/rare.rs:", " in place of 0.01 s."], 101);
    assert!(hold.contains("@sleep#") && hold.ends_with("us"), "{hold}");
}

#[test]
fn tasks_are_held_too() {
    let act = format!("examples/rare.rs:{} (lock)", line("rare", "writes what it has seen"));
    is_told("two-tasks-write", &[" is held between ", &act, " task spawned at "], 101);
    is_told("a-late-notice", &[" is held ", " goes on."], STUCK);
}

#[test]
fn a_stop_is_found_by_its_call_and_by_its_line() {
    let (_, hold) = shrunk("rare", "two-tasks-write");
    let (stop, rest) = hold.split_once('>').expect("somebody goes on");
    let (actor, _) = stop.split_once('@').expect("it is a stop");
    let by_line = format!("{actor}@{}#1>{rest}", line("rare", "writes what it has seen"));
    held("rare", "two-tasks-write", &by_line).ends_with(101);
    held("rare", "two-tasks-write", &format!("{actor}@1#1>{rest}")).ends_well();
}

#[test]
fn a_token_holds_while_other_lines_come() {
    let (_, hold) = shrunk("rare", "check-then-act");
    run("rare", "check-then-act-edited", "instant").ends_well();
    let edited = held("rare", "check-then-act-edited", &hold);
    edited.ends_with(101);
    assert!(edited.stdout.contains("[Buyer-1] asks\n"), "{edited}");
}

#[test]
fn the_token_comes_from_a_variable_or_a_file_too() {
    let (_, hold) = shrunk("rare", "check-then-act");
    let program = || Program::example("rare", "check-then-act", "instant");
    program().run().ends_well();
    program().env("REHEARSAL_HOLD", &hold).run().ends_with(101);
    let path = file("token");
    fs::write(&path, format!("{}\n", hold.replace(',', "\n"))).expect("it can be written");
    program().arg("--held").arg(format!("@{}", path.display())).run().ends_with(101);
    // A flag goes before a variable.
    Program::example("rare", "check-then-act --held nothing", "instant")
        .env("REHEARSAL_HOLD", &hold)
        .run()
        .ends_well();
}

#[test]
fn the_tape_tells_who_is_held() {
    let (_, hold) = shrunk("rare", "check-then-act");
    let tape = file("tape.jsonl");
    let program = Program::example("rare", &format!("check-then-act --held {hold}"), "instant");
    program.arg("--tape").arg(&tape).run().ends_with(101);
    let text = fs::read_to_string(&tape).expect("a tape is written");
    assert!(
        text.lines().next().is_some_and(|start| start.contains(&format!("\"hold\":\"{hold}\"")))
    );
    let held = text.lines().find(|line| line.contains(r#""event":"held""#));
    assert!(held.is_some_and(|line| line.contains(&format!("\"hold\":\"{hold}\""))), "{text}");
}

/// Where a process has other threads it is started again, in place of being copied.
#[test]
fn a_program_with_another_thread_is_shrunk_too() {
    let (copied, hold) = shrunk("threads", "crossed_locks");
    let (again, same) = shrunk("threads", "early_stranger_and_crossed_locks");
    assert_eq!((copied, &hold), (again, &same));
    held("threads", "crossed_locks", &hold).ends_with(STUCK);
}

#[test]
fn the_kept_file_plays_the_schedule_again() {
    let schedule = failing("rare", "reorder-4")[0];
    let path = file("kept");
    let args = format!("reorder-4 --schedule {schedule} --keep-holds {}", path.display());
    run("rare", &args, "instant").ends_with(101);
    let text = fs::read_to_string(&path).expect("it was kept");
    let record = rehearsal::shrink::Record::read(&text).expect("it can be read");
    assert!(record.token().preemptions() > 3, "{text}");
    held("rare", "reorder-4", &record.token().to_string()).ends_with(101);
}

#[test]
fn where_nothing_goes_wrong_there_is_nothing_to_tell() {
    let told = Program::bare("threads", "right_counts --shrink 7").run();
    told.ends_well();
    assert_eq!(told.stdout, "Schedule 7 ends well: nothing goes wrong.\n", "{told}");
}

#[test]
fn the_readme_shows_what_is_told() {
    let readme = fs::read_to_string("docs/programs.md").expect("the page is there");
    let told = Program::bare("rare", "check-then-act --shrink 57").run();
    assert!(
        readme.contains(&format!("check-then-act --shrink 57\n{}```", told.stdout)),
        "the README shows this:\n{told}"
    );
}

#[test]
fn what_can_not_be_held_or_shrunk_is_refused() {
    for (args, why) in [
        ("pool --shrink x", "'--shrink <N>'"),
        ("pool --shrink 1 --schedule 1", "'--shrink <N>' can't be used with '--schedule'"),
        ("pool --shrink 1 --pace live", "can't be used on the pace live"),
        ("pool --held 2@recv", "'2@recv' is no stop: that is like 2@recv#3"),
        ("pool --held 2@recv#1 --schedule 1", "'--held <STOPS>' can't be used with '--schedule'"),
        ("pool --held 2@recv#1 --pace off", "can't be used on the pace off"),
        ("pool --held @nowhere", "the file can't be read"),
        ("pool --keep-holds there", "'--keep-holds' needs '--schedule <N>'"),
    ] {
        let run = Program::bare("threads", args).run();
        run.ends_with(2).complains(why);
        assert!(run.stdout.is_empty(), "{run}");
    }
}
