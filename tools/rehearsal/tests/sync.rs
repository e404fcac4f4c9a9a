//! What the rehearsal promises of `tokio::sync` and of `sync::mpsc`. The programs are the cases of
//! `examples/sync.rs`.

mod common;

use common::{Program, Run, STUCK, place, run, two_at_a_time};
use std::{fs, path::Path};

#[track_caller]
fn play(case: &str) -> Run {
    run("sync", case, "instant")
}

/// What the tape tells of these events: each line without its instant, its actor and its place.
fn told(case: &str, events: &[&str]) -> Vec<String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sync-{case}.jsonl"));
    Program::example("sync", case, "instant").arg("--tape").arg(&path).run().ends_well();
    let tape = fs::read_to_string(&path).expect("there is a tape");
    let words = |line: &str| {
        let keys = line.trim_matches(['{', '}']).split(',');
        let kept = keys.filter(|key| {
            !["\"at_us\"", "\"actor\"", "\"place\""]
                .iter()
                .any(|left_out| key.starts_with(left_out))
        });
        kept.collect::<Vec<_>>().join(" ").replace("\"event\":", "").replace('"', "")
    };
    let lines = tape.lines().map(words);
    lines.filter(|line| events.iter().any(|event| line.split(' ').next() == Some(event))).collect()
}

/// The queues have numbers that other things have a part in; here the first is 1.
fn renumbered(lines: Vec<String>) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    let renumber = |word: &str| match word.strip_prefix("queue:") {
        None => word.to_owned(),
        Some(number) => {
            let place = known.iter().position(|other| other == number).unwrap_or_else(|| {
                known.push(number.to_owned());
                known.len() - 1
            });
            format!("queue:{}", place + 1)
        }
    };
    let mut renumber = renumber;
    lines
        .iter()
        .map(|line| line.split(' ').map(&mut renumber).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn a_tape_tells_the_messages_of_tokios_channels() {
    let told = renumbered(told("messages", &["queue", "send", "recv"]));
    assert_eq!(
        told,
        [
            "queue queue:1 capacity:2",
            "send queue:1 depth:1 message:1",
            "send queue:1 depth:2 message:2",
            "recv queue:1 depth:1 message:1",
            "recv queue:1 depth:0 message:2",
            "send queue:1 depth:1 message:3",
            "send queue:1 depth:2 message:4",
            "recv queue:1 depth:1 message:3",
            "recv queue:1 depth:0 message:4",
            "queue queue:2 capacity:1",
            "send queue:2 depth:1 message:5",
            "recv queue:2 depth:0 message:5",
            "queue queue:3 capacity:1",
            "send queue:3 depth:1 message:6",
            "send queue:3 depth:1 message:7 displaced:6",
            "recv queue:3 depth:1 message:7",
            "queue queue:4 capacity:2",
            "send queue:4 depth:1 message:8",
            "recv queue:4 depth:0 message:8",
            "recv queue:4 depth:0 message:8",
            "send queue:4 depth:1 message:9",
            "send queue:4 depth:2 message:10",
            "send queue:4 depth:2 message:11",
            "recv queue:4 depth:1 message:10",
        ],
    );
}

#[test]
fn a_tape_tells_the_permits_and_the_locks() {
    assert_eq!(
        told("permits", &["acquire", "release", "lock", "unlock", "notify", "notified"]),
        [
            "acquire lock:1 permits:2 free:1",
            "acquire lock:1 permits:1 free:0",
            "release lock:1 permits:1 free:1",
            "acquire lock:1 permits:1 free:0",
            "release lock:1 permits:2 free:2",
            "lock lock:2",
            "unlock lock:2",
            "lock lock:2",
            "unlock lock:2",
            "lock lock:3",
            "unlock lock:3",
            "notify lock:4",
            "notified lock:4",
        ],
    );
}

#[test]
fn threads_wait_at_what_tasks_use() {
    play("blocking_calls").ends_well().prints("150\n0\n7\n");
    two_at_a_time(20, |schedule| {
        run("sync", &format!("blocking_calls --schedule {schedule}"), "instant")
            .ends_well()
            .prints("150\n0\n7\n");
    });
    for pace in ["real", "off"] {
        run("sync", "blocking_calls", pace).ends_well().prints("150\n0\n7\n");
    }
}

#[test]
fn a_thread_that_waits_there_for_ever_is_told() {
    let run = play("blocked_for_ever");
    run.ends_with(STUCK).prints("[Caller] waits\n").complains("DEADLOCK at 0.0 s");
    run.complains(&format!("Caller  waits at {}", place("sync", "waits: blocked_for_ever")));
    run.complains(&place("sync", "waits: its end"));
}

#[test]
fn a_task_that_would_block_its_thread_there_panics_as_on_tokio() {
    play("blocking_in_a_task").ends_with(101).complains("Cannot block the current thread");
}

#[test]
fn the_queues_of_std_are_mirrored() {
    let printed = "[3, 5, 7, 9, 11, 13, 15, 17, 19]\nErr(TrySendError::Full(..))\nErr(Timeout)\nOk(2)\n\
                   Err(SendError { .. })\n";
    play("std_queues").ends_well().prints(printed);
    two_at_a_time(20, |schedule| {
        run("sync", &format!("std_queues --schedule {schedule}"), "instant")
            .ends_well()
            .prints(printed);
    });
    for pace in ["real", "off"] {
        run("sync", "std_queues", pace).ends_well().prints(printed);
    }
}

#[test]
fn a_forgotten_sender_of_std_is_told() {
    let run = play("std_forgotten");
    run.ends_with(STUCK).prints("waits\n").complains("DEADLOCK at 0.0 s");
    run.complains(&format!("main  waits at {} in recv()", place("sync", "waits: std_forgotten")));
    run.complains("is empty").complains("but 1 sender still exists");
}
