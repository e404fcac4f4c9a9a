//! What is drawn of small tapes, each with one thing in it.

use super::{
    model::{Run, State},
    sums,
    tape::Tape,
};

/// A run of two tasks, `main` (0) and `A` (1), or of threads, and what else happens. An event is what stands behind
/// its name: `1000 sleep 1 "for_us":500`.
fn run(kind: &str, events: &str) -> Run {
    run_on("instant", kind, events)
}

fn run_on(pace: &str, kind: &str, events: &str) -> Run {
    let mut tape = format!(r#"{{"at_us":0,"event":"start","format":1,"pace":"{pace}"}}"#);
    for line in
        [&format!(r#"0 spawn 1 "kind":"{kind}","by":0,"name":"A","place":"src/main.rs:2""#), events]
    {
        for event in line.lines() {
            let [at, name, actor, rest] = event.trim().splitn(4, ' ').collect::<Vec<_>>()[..]
            else {
                panic!("{event}")
            };
            tape += &format!("\n{{\"at_us\":{at},\"event\":\"{name}\",\"actor\":{actor},{rest}}}");
        }
    }
    Run::of(&Tape::read(&tape).unwrap(), "cargo 99".to_owned(), &[])
}

/// The states of a lane, each with its end.
fn states(run: &Run, lane: usize) -> Vec<(u64, State)> {
    run.lanes[lane].blocks.iter().map(|block| (block.to, block.state)).collect()
}

#[test]
fn a_sleep_behind_a_fruitless_try_is_a_retry() {
    let run = run(
        "thread",
        r#"0 ask 1 "call":"try_recv()","nth":1,"place":"src/main.rs:3"
        0 sleep 1 "for_us":50,"place":"src/main.rs:4"
        0 wait 1 "on":"sleep","place":"src/main.rs:4"
        50 recv 1 "queue":7,"depth":0,"place":"src/main.rs:3"
        50 sleep 1 "for_us":30,"place":"src/main.rs:5"
        80 end 1 "how":"finished""#,
    );
    assert_eq!(states(&run, 1), [(50, State::Retrying), (80, State::Working)]);
    assert_eq!(run.lanes[1].spent(State::Retrying), 50);
    assert_eq!(run.lanes[1].utilisation(), 38);
}

#[test]
fn the_pause_before_an_item_goes_back_is_a_retry() {
    let events = |queue: u64| {
        format!(
            r#"0 queue 0 "queue":7,"capacity":3,"place":"src/main.rs:1"
            0 queue 0 "queue":8,"capacity":3,"place":"src/main.rs:1"
            0 send 0 "queue":7,"message":1,"depth":1,"place":"src/main.rs:3"
            0 recv 1 "queue":7,"message":1,"depth":0,"place":"src/main.rs:4"
            0 sleep 1 "for_us":40,"place":"src/main.rs:5"
            40 print 1 "stream":"stdout","line":"it failed"
            40 sleep 1 "for_us":20,"place":"src/main.rs:6"
            60 send 1 "queue":{queue},"message":2,"depth":1,"place":"src/main.rs:7"
            60 end 1 "how":"finished""#
        )
    };
    let back = run("task", &events(7));
    assert_eq!(states(&back, 1), [(40, State::Working), (60, State::Retrying)]);
    assert_eq!(back.items[1].goes_on_from, Some(1));
    assert_eq!(back.items[0].line.as_deref(), Some("it failed"));
    assert_eq!(back.items[0].taken[0].until, 60);
    let why =
        "sleeps at src/main.rs:6 for 0.000 s, and then sends to the queue that its item came from";
    assert_eq!(back.lanes[1].blocks[1].why, why);
    let on = run("task", &events(8));
    assert_eq!(states(&on, 1), [(40, State::Working), (60, State::Working)]);
    // A crawler tells what it has found before it sends that there.
    let found = events(7)
        .replace("60 send", "60 print 1 \"stream\":\"stdout\",\"line\":\"found\"\n60 send");
    assert_eq!(states(&run("task", &found), 1), [(40, State::Working), (60, State::Working)]);
}

#[test]
fn a_task_that_waits_for_several_waits_for_one_of_them() {
    let events = r#"0 wait 1 "on":"recv","queue":7,"place":"src/main.rs:4"
        0 sleep 1 "for_us":90,"place":"src/main.rs:5"
        30 recv 1 "queue":7,"place":"src/main.rs:4"
        30 end 1 "how":"finished""#;
    let told = run("task", events);
    assert_eq!(states(&told, 1), [(30, State::Several)]);
    let why = &told.lanes[1].blocks[0].why;
    assert!(why.contains("in recv(): a queue is empty; or sleeps at src/main.rs:5"), "{why}");
    // A thread waits for one after the other.
    assert_eq!(states(&run("thread", events), 1), [(30, State::Working)]);
}

#[test]
fn a_wait_that_is_not_told_is_known_by_what_came_next() {
    let run = run(
        "task",
        r#"20 acquire 1 "lock":1,"permits":1,"free":0,"place":"src/main.rs:4"
        20 sleep 1 "for_us":10,"place":"src/main.rs:5"
        50 notified 1 "lock":2,"place":"src/main.rs:6"
        70 print 1 "stream":"stdout","line":"x"
        70 end 1 "how":"panicked""#,
    );
    let expected =
        [(20, State::Lock), (30, State::Working), (50, State::Signal), (70, State::Unseen)];
    assert_eq!(states(&run, 1), expected);
    assert!(run.lanes[1].blocks[0].why.ends_with("(known by what came next)"));
    assert_eq!(run.lanes[1].how.as_deref(), Some("panicked"));
}

#[test]
fn a_task_is_held_up_while_another_one_computes() {
    let run = run(
        "task",
        r#"0 queue 0 "queue":7,"capacity":1,"place":"src/main.rs:1"
        0 spawn 2 "kind":"task","by":0,"name":"B","place":"src/main.rs:3"
        0 wait 1 "on":"recv","queue":7,"place":"src/main.rs:4"
        10 send 0 "queue":7,"message":1,"depth":1,"place":"src/main.rs:5"
        10 work 2 "for_us":50,"place":"src/main.rs:6"
        10 wait 2 "on":"sleep","place":"src/main.rs:6"
        60 recv 1 "queue":7,"message":1,"depth":0,"place":"src/main.rs:4"
        60 end 1 "how":"finished"
        60 end 2 "how":"finished""#,
    );
    assert_eq!(states(&run, 1), [(10, State::Item), (60, State::Held)]);
    let why = "held up: B blocks the thread of all tasks at src/main.rs:6";
    assert_eq!(run.lanes[1].blocks[1].why, why);
    assert_eq!(states(&run, 2), [(10, State::Unseen), (60, State::Computing)]);
}

#[test]
fn who_sleeps_again_and_again_and_deals_with_nobody_is_asleep() {
    let run = run(
        "task",
        r#"0 sleep 1 "for_us":10,"place":"src/main.rs:4"
        10 print 1 "stream":"stdout","line":"tick"
        10 sleep 1 "for_us":10,"place":"src/main.rs:4"
        20 end 1 "how":"aborted""#,
    );
    assert_eq!(states(&run, 1), [(20, State::Asleep)]);
}

#[test]
fn a_wait_for_a_lock_names_its_holder() {
    let run = run(
        "thread",
        r#"0 lock 0 "lock":1,"place":"src/main.rs:9"
        0 sleep 0 "for_us":10,"place":"src/main.rs:10"
        0 wait 1 "on":"lock","place":"src/main.rs:4"
        10 unlock 0 "lock":1
        10 lock 1 "lock":1,"place":"src/main.rs:4"
        10 end 1 "how":"finished""#,
    );
    let why = "waits at src/main.rs:4 for a lock: main holds it since line 9";
    assert_eq!(run.lanes[1].blocks[0].why, why);
}

/// Real time passes while a program computes, and nobody tells that.
#[test]
fn on_real_time_what_is_not_told_is_not_seen() {
    let run = run_on(
        "real",
        "task",
        r#"20 recv 1 "queue":7,"place":"src/main.rs:4"
        20 sleep 1 "for_us":10,"place":"src/main.rs:5"
        50 recv 1 "queue":7,"place":"src/main.rs:4"
        50 end 1 "how":"finished""#,
    );
    assert_eq!(states(&run, 1), [(20, State::Unseen), (30, State::Working), (50, State::Unseen)]);
    assert_eq!(sums::utilisation(&run, &run.lanes[1]), "?");
    assert!(run.items.is_empty() && sums::unknown(&run).is_some());
}

#[test]
fn an_item_is_handed_over_in_person() {
    let run = run(
        "thread",
        r#"0 queue 0 "queue":7,"capacity":0,"place":"src/main.rs:1"
        5 wait 0 "on":"send","queue":7,"place":"src/main.rs:3"
        20 recv 1 "queue":7,"message":1,"depth":0,"place":"src/main.rs:4"
        20 send 0 "queue":7,"message":1,"depth":0,"place":"src/main.rs:3"
        20 sleep 1 "for_us":10,"place":"src/main.rs:5"
        30 end 1 "how":"finished""#,
    );
    let [item] = &run.items[..] else { panic!("{:?}", run.items) };
    assert_eq!((item.sent, item.sender, item.waited_for_room, item.waited()), (20, 0, 15, Some(0)));
    assert_eq!((item.taken.len(), item.taken[0].by, item.taken[0].until), (1, 1, 30));
}

#[test]
fn who_stands_in_the_end_has_waited_for_that_since_its_last_event() {
    let run = run(
        "task",
        r#"0 print 1 "stream":"stdout","line":"x"
        40 print 0 "stream":"stdout","line":"y"
        40 stands 1 "who":"A","does":"waits","on":"lock","call":"acquire()","held_by":"main","held_at":"src/main.rs:3","place":"src/main.rs:4"
        40 stuck 0 "kind":"deadlock","report":"DEADLOCK\n\n  main  waits\n  A     waits at src/main.rs:4 in acquire(): main\n        has it","says":"Look at A.""#,
    );
    assert_eq!(states(&run, 1), [(40, State::Lock)]);
    let why = "waits at src/main.rs:4 in acquire(): main has it".to_owned();
    assert_eq!(run.lanes[1].blocks[0].why, why);
    assert_eq!(run.lanes[1].stands, Some((State::Lock, why.clone())));
    assert_eq!(run.stuck.unwrap().waits_for, [(1, 0, why)]);
}
