//! Many schedules in one go: each plays as it does alone, and how they end is told.

mod common;

use common::{Program, run};
use std::{env, fs, path::PathBuf};

/// A file of this test process, for what a program writes.
fn file(name: &str) -> PathBuf {
    env::temp_dir().join(format!("rehearsal-explore-{}-{name}", std::process::id()))
}

/// What `--explored` wrote, a line for each child.
fn explored(example: &str, args: &str, name: &str) -> Vec<String> {
    let list = file(name);
    let run = Program::bare(example, args).arg("--explored").arg(&list).run();
    assert!(run.stderr.is_empty(), "{run}");
    let lines = fs::read_to_string(&list).unwrap_or_else(|error| panic!("{error}\n{run}"));
    fs::remove_file(list).unwrap();
    lines.lines().map(str::to_owned).collect()
}

/// A text as JSON writes it, for texts with line breaks and quotes alone.
fn escaped(text: &str) -> String {
    text.replace('"', "\\\"").replace('\n', "\\n")
}

#[test]
fn each_schedule_plays_as_it_does_alone() {
    for (example, case) in
        [("threads", "pool --jobs 4"), ("tasks", "pool"), ("threads", "crossed_locks")]
    {
        let told = explored(example, &format!("{case} --explore 3..9"), "alone");
        assert_eq!(told.len(), 7, "the usual order and six more: {told:?}");
        for (line, schedule) in told.iter().zip([None].into_iter().chain((3..9).map(Some))) {
            let args = match schedule {
                Some(schedule) => format!("{case} --schedule {schedule}"),
                None => case.to_owned(),
            };
            let alone = run(example, &args, "instant");
            let number = schedule.map_or("null".to_owned(), |schedule| schedule.to_string());
            let code = alone.code.unwrap();
            let stdout = escaped(&alone.stdout);
            let start =
                format!(r#"{{"schedule":{number},"exit":{code},"stdout":"{stdout}","stderr":""#);
            assert!(line.starts_with(&start), "{line}\n{start}\n{alone}");
        }
    }
}

#[test]
fn each_line_tells_how_its_schedule_ended_and_whether_that_is_wrong() {
    let told = explored("threads", "crossed_locks --explore 0..20", "ends");
    let stuck = |line: &&String| line.contains(r#","exit":70,"#);
    assert!(told.iter().any(|line| stuck(&line)), "{told:?}");
    for line in &told {
        let end = match stuck(&line) {
            true => r#","end":"is stuck: DEADLOCK","fails":true}"#,
            false => r#","end":"ends well","fails":false}"#,
        };
        assert!(line.ends_with(end), "{line}");
    }
}

#[test]
fn what_is_found_is_named_and_replays() {
    let explored = Program::bare("threads", "crossed_locks --explore 0..20").run();
    explored.ends_with(1);
    assert!(explored.stdout.contains("is stuck: DEADLOCK\n"), "{explored}");
    let page = fs::read_to_string("docs/programs.md").expect("the package has it");
    assert!(
        page.contains(&format!("crossed_locks --explore 0..20\n{}```", explored.stdout)),
        "the page shows this:\n{explored}"
    );
    let first = explored.stdout.lines().last().and_then(|line| line.strip_prefix("First: "));
    let flag = first.and_then(|first| first.strip_suffix(" is stuck: DEADLOCK"));
    let flag = flag.unwrap_or_else(|| panic!("{explored}"));
    run("threads", &format!("crossed_locks {flag}"), "instant")
        .ends_with(common::STUCK)
        .complains("waits at examples/threads.rs");
}

#[test]
fn where_all_end_well_that_is_told() {
    let explored = Program::bare("threads", "right_counts --explore 0..20").run();
    explored.ends_well();
    assert!(explored.stdout.starts_with("20 schedules (0 to 19): "), "{explored}");
    assert!(explored.stdout.ends_with("\nAll end as the usual order does.\n"), "{explored}");
}

#[test]
fn a_bug_that_only_some_schedules_show_makes_another_set_of_lines() {
    let explored = Program::bare("threads", "check_then_act --explore 0..40").run();
    assert!(explored.stdout.contains(" 2 distinct transcripts, 2 distinct sets"), "{explored}");
}

/// A copy of a process has one thread; so with others the program is started again.
#[test]
fn a_program_with_another_thread_is_started_again() {
    let told = explored("threads", "early_stranger --explore 0..8", "stranger");
    let alone = explored("threads", "check_then_act --explore 0..8", "no-stranger");
    let until_stderr = |line: &String| line.split(r#","stderr""#).next().unwrap().to_owned();
    let both = [told, alone].map(|lines| lines.iter().map(until_stderr).collect::<Vec<_>>());
    assert_eq!(both[0], both[1]);
}

#[test]
fn a_schedule_that_runs_on_and_on_is_killed_and_named() {
    let explored =
        Program::bare("threads", "bare_loop --explore 0..1").env("REHEARSAL_LIMIT_S", "1").run();
    explored.ends_with(1);
    let named = "First: --schedule 0 was killed: it ran for too long\n";
    assert!(explored.stdout.ends_with(named), "{explored}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_schedule_that_prints_on_and_on_is_killed_and_named() {
    let explored = Program::bare("threads", "talks_without_end --explore 0..1")
        .env("REHEARSAL_LIMIT_S", "60")
        .run();
    let named = "First: --schedule 0 was killed: it wrote too much\n";
    assert!(explored.stdout.ends_with(named), "{explored}");
}

#[test]
fn each_schedule_has_a_tape_of_its_own() {
    let tape = file("tape.jsonl");
    let run =
        Program::bare("threads", "pool --jobs 4 --explore 5..7").arg("--tape").arg(&tape).run();
    run.ends_well();
    let beside = |number: &str| tape.with_extension(format!("{number}jsonl"));
    for (path, start) in [
        (beside(""), r#"{"at_us":0,"event":"start","format":1,"pace":"instant"}"#),
        (beside("5."), r#"{"at_us":0,"event":"start","format":1,"pace":"instant","schedule":5}"#),
        (beside("6."), r#"{"at_us":0,"event":"start","format":1,"pace":"instant","schedule":6}"#),
    ] {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}\n{run}"));
        assert_eq!(text.lines().next(), Some(start));
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_program_that_reads_finds_its_input_empty() {
    let told = explored("threads", "reads_a_line --explore 0..1", "input");
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|line| line.contains(r#""exit":0"#)), "{told:?}");
}

#[test]
fn what_cannot_be_explored_is_refused() {
    for (args, why) in [
        ("pool --explore 3", "'--explore <A..B>'"),
        ("pool --explore 0..3 --pace off", "can't be used on the pace off"),
        ("pool --explore 0..3 --schedule 1", "'--schedule <N>'"),
        ("pool --explored there", "goes with '--explore <A..B>'"),
    ] {
        Program::bare("threads", args).run().ends_with(2).complains(why);
    }
}
