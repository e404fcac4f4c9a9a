//! What the rehearsal promises to programs of tasks.
//!
//! The programs are the cases of `examples/tasks.rs`. In what is expected of a report, `{recv}` stands for
//! the place of the line with the comment `// case: recv`, and `{#recv}` for its number.

mod common;

use common::{Program, Run, STUCK, line, place, run, two_at_a_time};
use std::{
    collections::BTreeSet,
    fs,
    hint::spin_loop,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

fn play(case: &str) -> Run {
    run("tasks", case, "instant")
}

fn play_schedule(case: &str, schedule: usize) -> Run {
    run("tasks", &format!("{case} --schedule {schedule}"), "instant")
}

/// Fills the places of a case's lines in.
#[track_caller]
fn filled(case: &str, text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once('{') {
        let (marker, after) = marked.split_once('}').expect("a brace is closed");
        filled.push_str(before);
        match marker.strip_prefix('#') {
            Some(marker) => {
                filled.push_str(&line("tasks", &format!("{case}: {marker}")).to_string());
            }
            None => filled.push_str(&place("tasks", &format!("{case}: {marker}"))),
        }
        rest = after;
    }
    filled + rest
}

/// The rows of a report, each on one line: who, and what it waits for.
fn rows(report: &str) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for line in report.lines() {
        let indent = line.len() - line.trim_start().len();
        match (indent, rows.last_mut()) {
            (2, _) => rows.push(line.trim().to_owned()),
            (4.., Some(row)) => {
                row.push(' ');
                row.push_str(line.trim());
            }
            _ => {}
        }
    }
    let one_space = |row: String| row.split_whitespace().collect::<Vec<_>>().join(" ");
    rows.into_iter().map(one_space).collect()
}

/// The report says in its title that, and in its rows this and no more. (`…` stands for what follows.)
#[track_caller]
fn reports(case: &str, run: &Run, title: &str, expected: &[&str]) {
    run.ends_with(STUCK).complains(title);
    let rows = rows(&run.stderr);
    let expected: Vec<String> = expected.iter().map(|row| filled(case, row)).collect();
    let fits = |(row, expected): (&String, &String)| match expected.strip_suffix('…') {
        Some(start) => row.starts_with(start),
        None => row == expected,
    };
    assert!(
        rows.len() == expected.len() && rows.iter().zip(&expected).all(fits),
        "expected {expected:#?}\n{run}"
    );
}

/// Plays a case that gets stuck at an instant, with these rows in the report.
#[track_caller]
fn stuck(case: &str, at: &str, rows: &[&str]) -> Run {
    let run = play(case);
    reports(case, &run, &format!("DEADLOCK at {at}: nothing can happen any more."), rows);
    run
}

// ---------------------------------------------------------------- one order

const POOL: &str = "\
[Worker-1] Tick
[Worker-2] Tick
[Worker-3] Tick
[Producer] Added 1
[Producer] Added 2
[Producer] Added 3
[Producer] Added 4
[Worker-1] Processed 1
[Worker-1] Tick
[Producer] Added 5
[Worker-2] Processed 3
[Worker-2] Tick
[Producer] Added 6
[Worker-3] Processed 2
[Worker-3] Tick
[Producer] Added 7
[Worker-1] Processed 4
[Worker-1] Tick
[Producer] Added 8
[Worker-3] Processed 6
[Worker-3] Tick
[Worker-2] Processed 5
[Worker-2] Tick
[Worker-1] Processed 7
[Worker-3] Processed 8
[Worker-3] Tick
Processed 8 in 72 ms
";

#[test]
fn a_thousand_runs_print_the_same_bytes() {
    two_at_a_time(850, |_| {
        play("pool").ends_well().prints(POOL);
    });
}

#[test]
fn so_they_do_beside_a_busy_loop_on_every_core() {
    let over = AtomicBool::new(false);
    thread::scope(|s| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            s.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    spin_loop();
                }
            });
        }
        let played = thread::Builder::new().spawn_scoped(s, || {
            two_at_a_time(150, |_| {
                play("pool").ends_well().prints(POOL);
            });
        });
        let played = played.expect("a thread can be started").join();
        over.store(true, Ordering::Relaxed);
        played.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

#[test]
fn who_wakes_at_the_same_instant_wakes_in_the_order_of_going_to_sleep() {
    let lines = (1..=2)
        .flat_map(|round| (1..=5).map(move |sleeper| format!("[Sleeper-{sleeper}] {round}\n")));
    play("ties").ends_well().prints(&lines.collect::<String>());
}

#[test]
fn live_prints_the_same_bytes_as_instant_and_takes_its_time() {
    for (case, millis) in [("pool", 72), ("sleep_in_a_task", 350), ("blocking_beside_tasks", 300)] {
        let live = run("tasks", case, "live");
        live.ends_well().prints(&play(case).stdout);
        assert!(live.took >= Duration::from_millis(millis), "{live}");
    }
}

#[test]
fn live_keeps_its_time_across_runtimes_and_to_an_early_exit() {
    let live = run("tasks", "two_in_turn", "live");
    live.ends_well().prints("7 at 15 ms\n7 at 30 ms\n");
    assert!(live.took >= Duration::from_millis(30), "{live}");
    run("tasks", "exit_in_a_task", "live").ends_with(3).prints("[main] Starts\n[Task] Exits\n");
}

#[test]
fn live_tells_a_deadlock_at_its_time() {
    let live = run("tasks", "late_block", "live");
    let instant = play("late_block");
    assert_eq!((&live.stdout, &live.stderr), (&instant.stdout, &instant.stderr));
    assert!(live.took >= Duration::from_millis(700), "{live}");
}

#[test]
fn counts_hold_without_an_order_too() {
    for (pace, times) in [("off", 50), ("real", 10), ("live", 2)] {
        two_at_a_time(times, |_| {
            run("tasks", "counts", pace).ends_well().prints("820 55\n");
        });
    }
}

// ---------------------------------------------------------------- deadlocks

#[test]
fn a_forgotten_sender_is_told() {
    stuck(
        "forgotten_drop",
        "0.0 s",
        &[
            "main waits at {join} for the end of Worker",
            "Producer finished at 0.0 s",
            "Worker waits at {recv} in recv(): the queue made at line {#queue} is empty, \
             but 1 sender still exists (made at line {#queue}, never used)",
        ],
    )
    .prints("[Producer] One\n[Worker] 1\n");
}

#[test]
fn a_worker_without_a_sentinel_is_told() {
    stuck(
        "few_sentinels",
        "0.2 s",
        &[
            "main waits at {join} for the end of Worker-2",
            "Worker-1 finished at 0.1 s",
            "Worker-2 waits at {recv} in recv(): the queue made at line {#queue} is empty, \
             but 1 sender still exists (made at line {#queue}, last used by main at line …",
            "Worker-3 finished at 0.2 s",
        ],
    )
    .prints("[Worker-1] Here\n[Worker-2] Here\n[Worker-3] Here\n");
}

#[test]
fn a_full_queue_that_nobody_empties_is_told() {
    stuck(
        "full_queue",
        "0.0 s",
        &[
            "main waits at {join} for the end of Producer",
            "Producer waits at {send} in send(): the queue made at line {#queue} is full (2), \
             but 1 receiver still exists (made at line {#queue}, never used)",
        ],
    )
    .prints("[Producer] Added 1\n[Producer] Added 2\n");
}

#[test]
fn workers_that_wait_for_room_in_their_own_queue_are_named_first() {
    let told = stuck(
        "own_full_queue",
        "0.010 s",
        &[
            "main waits at {send} in send(): the queue made at line {#queue} is full (1), \
             but 3 receivers still exist (made at line {#queue}, never used; \
             cloned at line {#clone}, last used by Worker-1 at line {#take}; \
             cloned at line {#clone}, last used by Worker-2 at line {#take})",
            "Worker-1 waits at {back} in send(): the queue made at line {#queue} is full (1), \
             but 3 receivers still exist (made at line {#queue}, never used; \
             cloned at line {#clone}, last used by Worker-1 at line {#take}; \
             cloned at line {#clone}, last used by Worker-2 at line {#take})",
            "Worker-2 waits at {back} in send(): the queue made at line {#queue} is full (1), \
             but 3 receivers still exist (made at line {#queue}, never used; \
             cloned at line {#clone}, last used by Worker-1 at line {#take}; \
             cloned at line {#clone}, last used by Worker-2 at line {#take})",
        ],
    );
    told.complains(
        "Look first at Worker-1, Worker-2: they wait for room in the queue made at line",
    );
    told.complains("and it is they who take from it.");
}

#[test]
fn a_lock_taken_twice_is_told_of_a_task_without_a_name() {
    stuck(
        "double_lock",
        "0.0 s",
        &[
            "main waits at {join} for the end of 1st task spawned at line {#spawn}",
            "1st task spawned at line {#spawn} waits at {lock} in Mutex::lock()",
        ],
    );
}

#[test]
fn every_wait_of_tokio_sync_is_told_by_the_name_a_reader_knows() {
    stuck(
        "all_of_sync",
        "0.0 s",
        &[
            "main waits for something the rehearsal can't see",
            "Mutex waits at {Mutex} in Mutex::lock()",
            "RwLock waits at {RwLock} in RwLock::read()",
            "Semaphore waits at {Semaphore} in Semaphore::acquire()",
            "Notify waits at {Notify} in Notify::notified()",
            "Barrier waits at {Barrier} in Barrier::wait()",
            "full waits at {full} in mpsc Sender::send()",
            "empty waits at {empty} in mpsc Receiver::recv()",
            "oneshot waits at {oneshot} in oneshot Receiver",
            "watch waits at {watch} in watch Receiver::changed()",
            "broadcast waits at {broadcast} in broadcast Receiver::recv()",
        ],
    );
}

#[test]
fn tasks_that_wait_for_each_others_end_are_told() {
    let circle = stuck(
        "circle",
        "0.0 s",
        &[
            "main waits for something the rehearsal can't see",
            "A waits at {a} for the end of B",
            "B waits at {b} for the end of A",
        ],
    );
    circle.complains("Look first at A, B: they wait for each other, in a circle.");
}

#[test]
fn a_set_that_waits_for_a_stuck_task_is_told_once() {
    stuck(
        "stuck_in_a_set",
        "0.0 s",
        &[
            "main waits at {join} for the end of Task-2",
            "Task-1 finished at 0.0 s",
            "Task-2 waits at {notified} in Notify::notified()",
            "Task-3 finished at 0.0 s",
        ],
    );
}

#[test]
fn every_arm_of_a_select_is_told() {
    stuck(
        "arms",
        "0.0 s",
        &[
            "main waits at {select} in recv(): the queue made at line {#queue} is empty, \
             but 1 sender still exists (made at line {#queue}, never used) \
             waits at {select} in send(): the queue made at line {#full} is full (1), \
             but 1 receiver still exists (made at line {#full}, never used) \
             waits at {select} for the end of Task \
             waits at {select} in Notify::notified() \
             waits at {helper} in Notify::notified()",
            "Task waits for something…",
        ],
    );
}

#[test]
fn what_join_and_timeout_wait_for_is_told_with_our_own_line() {
    stuck(
        "joined",
        "0.0 s",
        &[
            "main waits at {join} for the end of Task \
             waits at {join} in recv(): the queue made at line {#queue} is empty, \
             but 1 sender still exists (made at line {#queue}, never used) \
             waits at {join} in Mutex::lock()",
            "Task waits for something…",
        ],
    );
    stuck(
        "within_libraries",
        "0.0 s",
        &[
            "main waits at {timeout} for the end of Boxed waits at {timeout} in timeout()",
            "Boxed waits at {inside} in recv(): the queue made at line …",
        ],
    );
}

#[test]
fn a_task_that_is_nothing_but_a_foreign_future_is_told_by_the_line_of_its_start() {
    stuck(
        "library_futures",
        "0.0 s",
        &[
            "main waits at {join} for the end of 1st task spawned at line {#handle}",
            "1st task spawned at line {#notified} waits at {notified} in OwnedNotified",
            "1st task spawned at line {#handle} waits at {handle} \
             for the end of 1st task spawned at line {#notified}",
        ],
    );
}

#[test]
fn a_future_of_the_programs_own_is_told_by_the_line_that_keeps_its_waker() {
    stuck("hand_made", "0.0 s", &["main waits at {clone}"]);
}

#[test]
fn a_future_that_has_lost_its_waker_does_not_come_back_to_life() {
    stuck(
        "lost_waker",
        "0.010 s",
        &[
            "main waits at {join} for the end of Forgetful",
            "Forgetful waits to be woken, though it could go on: \
             a future that it polls has lost its waker",
        ],
    );
    run("tasks", "lost_waker", "live").ends_with(STUCK);
}

#[test]
fn a_wait_that_is_over_is_not_told() {
    stuck(
        "stale",
        "0.005 s",
        &["main waits at {notified} in Notify::notified()", "Task waits for something…"],
    );
}

#[test]
fn so_it_is_behind_many_others_and_who_stands_last_is_told_too() {
    stuck(
        "behind_many",
        "0.005 s",
        &[
            "main waits at {join} for the end of Locker",
            "Worker-1 … Worker-30 (30 of them) each waits at {recv} in recv(): the queue …",
            "Locker waits at {lock} in Mutex::lock()",
        ],
    );
}

#[test]
fn a_stream_and_a_wait_for_the_other_sides_end_are_told() {
    let told =
        &["main waits at {next} in poll_next(): the queue made at line {#queue} is empty, …"];
    stuck("stream", "0.0 s", told).prints("Some(1)\n");
    let told = &["main waits at {closed} in closed(): the queue made at line {#queue} …"];
    stuck("closed_queue", "0.0 s", told);
}

#[test]
fn many_that_wait_alike_share_a_row() {
    stuck(
        "many_stuck",
        "0.0 s",
        &[
            "main waits at {join} for the end of one of Sender-1 … Sender-50 (50)",
            "Sender-1 … Sender-50 (50 of them) each waits at {send} in send(): …",
        ],
    );
}

#[test]
fn a_range_of_names_is_told_of_one_spawn_place_only() {
    let told = &[
        "main waits at {wait} in Notify::notified()",
        "12 tasks spawned at line {#named} (Worker-1 among them) each waits at {recv} in recv(): …",
        "1st task spawned at line {#nameless}, 2nd task spawned at line {#nameless} each waits at {nameless} in recv(): …",
        "Loser-1, 1st blocking call spawned at line {#call} panicked at 0.0 s",
        "Loser-2, 2nd blocking call spawned at line {#call} panicked at 0.005 s",
    ];
    let run = stuck("two_kinds", "0.005 s", told);
    let call = filled("two_kinds", "2 blocking calls spawned at line {#call}");
    let look = format!("Look first at the panic of Loser-1, Loser-2, and {call}:");
    assert!(run.stderr.contains(&look), "{}", run.stderr);
}

// ---------------------------------------------------------------- not quite deadlocks

#[test]
fn a_loop_that_sleeps_and_looks_in_vain_is_told_as_ticking() {
    let run = play("poll_loop");
    reports("poll_loop", &run, "STILL TICKING", &["main waits at {sleep} in sleep()"]);
    run.prints("[Poller] Starts\n");
}

#[test]
fn a_heartbeat_beside_a_stuck_task_is_told_as_ticking() {
    reports(
        "heartbeat",
        &play("heartbeat"),
        "STILL TICKING",
        &[
            "main waits at {recv} in recv(): the queue made at line …",
            "1st task spawned at line {#spawn} waits at {sleep} in sleep()",
        ],
    );
}

#[test]
fn a_heartbeat_beside_somebody_who_sleeps_long_is_not() {
    for (case, last) in [
        ("heartbeat_beside_sleep", "slept for 3600 s\n"),
        ("heartbeat_beside_timeout", "Err(Elapsed(())) after 3600 s\n"),
        ("heartbeat_beside_thread", "slept for 3600 s\n"),
        ("slow_interval", "ticked for 7200 s\n"),
    ] {
        play(case).ends_well().prints(last);
    }
}

#[test]
fn tasks_that_work_without_a_word_are_not_told_as_ticking() {
    play("quiet_pipeline").ends_well().prints("112507500 after 1500 s\n");
}

#[test]
fn a_program_may_sleep_for_years() {
    let years: String = (1..=30).map(|year| format!("{year}\n")).collect();
    play("years").ends_well().prints(&years);
}

#[test]
fn loops_that_ask_without_waiting_are_told_as_spinning() {
    for (case, who, call) in [
        ("yield_spin", "main", "{yield}, in yield_now()"),
        ("try_spin", "Spinner", "{try}, in try_recv()"),
    ] {
        let run = play(case);
        run.ends_with(STUCK).prints("[Spinner] Starts\n");
        run.complains(&format!("{who} tries again and again, and nothing can change any more."));
        run.complains(&filled(case, &format!("asks again and again at {call}\n")));
    }
}

#[test]
fn a_loop_in_a_task_does_not_hold_a_thread_up() {
    play("try_spin_beside_thread").ends_well().prints("received before 50 ms: true\n");
}

#[test]
fn a_loop_that_calls_nothing_is_told_by_the_watchdog() {
    let looping = Program::example("tasks", "bare_loop", "instant");
    let run = looping.env("REHEARSAL_PATIENCE_S", "1").run();
    run.ends_with(STUCK).prints("[Looper] Starts\n").complains("SILENT for 1.0 s: Looper ");
    run.complains(&filled("bare_loop", "Looper was last heard of at {print}"));
}

// ---------------------------------------------------------------- blocking calls and threads

#[test]
fn a_blocking_call_sleeps_beside_the_tasks() {
    play("blocking_beside_tasks").ends_well().prints(
        "[Ticker] 1 at 70 ms\n[Call] 1 at 100 ms\n[Ticker] 2 at 140 ms\n[Call] 2 at 200 ms\n\
         [Ticker] 3 at 210 ms\n[Ticker] 4 at 280 ms\n[Call] 3 at 300 ms\nthe result\n",
    );
}

#[test]
fn a_panic_in_a_blocking_call_comes_back_to_whoever_awaits_it() {
    let run = play("blocking_panics");
    run.ends_with(0).prints("[Call] Starts\npanic: true, out of paper\n");
    run.complains("note: this was Call\n");
}

#[test]
fn a_blocking_call_can_be_aborted_before_it_begins_and_not_after() {
    play("blocking_aborted")
        .ends_well()
        .prints("cancelled: true\nfinished: false\n[Call] Ends at 50 ms\n7\n");
    play("blocking_in_a_set").ends_well().prints(
        "[Task] Starts\nErr(true)\n[Call-2] Ends at 50 ms\nOk(2)\n[Call-1] Ends at 100 ms\nOk(1)\n",
    );
}

#[test]
fn the_end_of_main_waits_for_blocking_calls() {
    play("blocking_outlives_main")
        .ends_well()
        .prints("main ends at 10 ms\n[Call] Ends at 50 ms, 50ms by tokio's clock\n");
    let told = &[
        "main waits at …",
        "Call waits at {recv} in recv_blocking(): the queue made at line {#queue} is empty, …",
    ];
    stuck("stuck_after_main", "0.020 s", told).prints("[Call] Starts\nmain ends\n");
}

#[test]
fn blocking_calls_threads_and_tasks_talk_to_each_other() {
    play("blocking_talks").ends_well().prints(
        "[Call] Asked 1 at 0 ms\n[Call] Asked 2 at 0 ms\n[Thread] 1 at 10 ms\n\
         [Call] Asked 3 at 10 ms\n[Main] 2 at 10 ms\n[Thread] 2 at 20 ms\n[Main] 4 at 20 ms\n\
         [Thread] 3 at 30 ms\n[Main] 6 at 30 ms\n",
    );
    play("threads_talk").ends_well().prints(
        "[Thread] tokio's clock has moved on by 10ms\n[Thread] Still on its turn\n\
         a job at 10 ms\na line at 20 ms\nan answer at 30 ms\nnotified at 31 ms\n",
    );
    play("queue_of_both").ends_well().prints(
        "[Thread] 1 at 0 ms\n[Task] 2 at 0 ms\n[Thread] 3 at 10 ms\n[Task] 4 at 15 ms\n\
         [Thread] 5 at 20 ms\n[Call] Added all at 20 ms\ntrue\n[Task] 6 at 30 ms\n\
         all received at 45 ms\n",
    );
}

#[test]
fn a_deadline_that_is_over_does_not_delay_a_deadlock() {
    let told = &["main waits for something…", "Thread finished at 0.030 s"];
    stuck("early_message", "0.030 s", told).prints("[Thread] Ok(1)\n[Thread] Ok(2)\n");
}

#[test]
fn a_stuck_blocking_call_is_told() {
    stuck(
        "stuck_blocking_call",
        "0.0 s",
        &[
            "main waits at {join} for the end of Call",
            "Call waits at {recv} in recv(): the queue made at line {#queue} is empty, …",
        ],
    );
}

// ---------------------------------------------------------------- blocking in a task

#[test]
fn a_blocking_sleep_in_a_task_holds_everybody_up() {
    play("sleep_in_a_task").ends_well().prints(
        "[Sleeper-1] Blocked until 100 ms\n[Sleeper-2] Blocked until 200 ms\n\
         [Sleeper-3] Blocked until 300 ms\n[Sleeper-1] Ends at 300 ms\n\
         [Sleeper-2] Ends at 300 ms\n[Sleeper-3] Ends at 350 ms\n",
    );
}

#[test]
fn work_in_a_task_holds_the_tasks_up_and_as_a_blocking_call_it_does_not() {
    play("work_in_a_task").ends_well().prints(
        "[Worker-1] Done at 100 ms\n[Thread] Done at 120 ms\n[Worker-2] Done at 200 ms\n\
         main wakes at 200 ms\n",
    );
    play("work_beside_tasks").ends_well().prints(
        "main wakes at 10 ms\n[Call-1] Done at 100 ms\n[Call-2] Done at 100 ms\n\
         [Call-3] Done at 100 ms\n[Call-4] Done at 100 ms\n[Call-5] Done at 200 ms\n\
         [Call-6] Done at 200 ms\n",
    );
}

#[test]
fn a_call_in_a_task_that_blocks_for_ever_is_told_to_hold_the_runtime_up() {
    let held_up = "and holds up the whole runtime: this call blocks, where a task should await";
    stuck(
        "blocked_recv",
        "0.0 s",
        &[
            "main …",
            &format!(
                "Blocked waits at {{recv}} in recv(): the queue made at line {{#queue}} is empty, \
                 but 1 sender still exists (made at line {{#queue}}, never used) {held_up}"
            ),
        ],
    );
    stuck(
        "blocked_queue",
        "0.0 s",
        &[&format!(
            "main waits at {{recv}} in recv_blocking(): the queue made at line {{#queue}} is empty, \
             but 1 sender still exists (made at line {{#queue}}, never used) {held_up}"
        )],
    );
    stuck(
        "blocked_lock",
        "0.0 s",
        &[
            "main waits at {join} for the end of Task",
            &format!(
                "Task waits at {{lock}} in lock(): main has locked it at line {{#holder}} {held_up}"
            ),
        ],
    );
}

#[test]
fn a_deadlock_after_a_blocking_sleep_is_told_at_its_instant() {
    let told = &["main waits at {join} for the end of Task", "Task waits for something…"];
    stuck("late_block", "0.7 s", told).prints("[Task] Blocks\n[Task] Waits\n");
}

// ---------------------------------------------------------------- handles

#[test]
fn handles_and_sets_do_what_tokios_do() {
    play("handles").ends_well().prints(
        "finished: false, the same: true\nnot yet\n7\nfinished: false\n\
         [Aborted] is dropped at 10 ms\ncancelled: true, panic: false\ncancelled: true\n\
         finished: true\nfinished: true\naborted too late: true\n",
    );
    play("sets").ends_well().prints(
        "true true JoinSet { len: 0 }\n4 4\n3 true\ntrue\nNone\nSome(2)\nfalse true\n[1, 2, 3]\n\
         [Shut-1] is dropped at 31 ms\n[Shut-2] is dropped at 31 ms\n0\n\
         [Aborted] is dropped at 31 ms\ncancelled: true\n[Dropped] is dropped at 31 ms\ntrue\n\
         [Detached] Ends\n",
    );
}

#[test]
fn a_panicking_task_is_named_and_takes_nobody_along() {
    let run = play("panic_in_a_task");
    run.ends_with(0)
        .complains("worker 2 has run out of paper\n")
        .complains("note: this was Worker-2\n");
    run.prints(
        "[Worker-1] Starts\n[Worker-2] Starts\n[Worker-3] Starts\n[Worker-1] Ends\nwell\n\
         panic: true\n[Worker-3] Ends\nwell\n",
    );
    play("set_panics").ends_with(0).prints("out of paper\n");
    play("drop_panics")
        .ends_with(0)
        .prints("[Bad] Starts\npanic: true\n")
        .complains("note: this was Bad\n");
}

#[test]
fn when_main_panics_tasks_are_dropped_and_blocking_calls_waited_for() {
    let run = play("panic_in_main");
    run.ends_with(101).complains("main has had enough\n");
    run.prints(
        "main's own is dropped at 10 ms\n[Task] is dropped at 10 ms\n[Call] Ends at 30 ms\n",
    );
}

#[test]
fn when_main_returns_tasks_end_where_they_stand_and_may_still_print() {
    play("early_return").ends_well().prints(
        "main's own is dropped at 0 ms\n[Two] is dropped at 0 ms\n[One] is dropped at 0 ms\n",
    );
}

#[test]
fn a_task_may_exit() {
    play("exit_in_a_task").ends_with(3).prints("[main] Starts\n[Task] Exits\n");
}

// ---------------------------------------------------------------- what the mirrors do

#[test]
fn queues_do_what_async_channels_do() {
    play("queues").ends_well().prints(
        "Sender { .. } Receiver { .. }\nSome(2) Some(2) true\ntrue 2 false\n\
         Err(Full(..)) Ok(Some(1))\nOk(2) Ok(3) Err(Empty)\n2 2\n2 2\ntrue true\n\
         None false false\ntrue false true true\nErr(SendError(..)) Err(Closed(..))\n\
         Ok(4) Err(RecvError) Err(Closed)\ntrue true\nErr(SendError(..)) Ok(1)\n\
         Err(SendError(..)) Err(SendError(..))\nErr(RecvError) Err(Closed)\ntrue true\n\
         WeakSender { .. } WeakReceiver { .. }\nOk(6) false\ntrue true\n",
    );
    play("queue_without_room").ends_with(101).complains("capacity cannot be zero");
}

#[test]
fn times_do_what_tokios_do() {
    play("times").ends_well().prints(
        "20ms 20ms\nSome(40ms)\n0ns\n30 ms\ntokio's timers are as fine as a millisecond: 31 ms\n\
         Ok(7)\ndeadline has elapsed\ntrue at 50 ms\ntwo ticks at 60 ms\na late tick at 85 ms\n\
         a late tick at 85 ms\na late tick at 90 ms\n95 ms\n",
    );
}

#[test]
fn threads_wake_within_a_millisecond_and_tasks_stay_on_time() {
    play("short_naps").ends_well().prints(
        "[Thread] 1 at 400µs\n[Thread] 2 at 800µs\n[main] 1 at 1ms\n[Thread] 3 at 1.2ms\n\
         [Thread] 4 at 1.6ms\n[main] 2 at 2ms\n[Thread] 5 at 2ms\n[Thread] 6 at 2.4ms\n\
         [main] 3 at 3ms\n[main] 4 at 7ms\n",
    );
}

#[test]
fn tokio_main_goes_before_any_function() {
    play("forms")
        .ends_well()
        .prints("1 two\none thread\ntwo threads\n7 10 invalid digit found in string\n\"0\" 2\n");
    let off = run("tasks", "forms", "off");
    off.ends_well().prints(&play("forms").stdout);
}

#[test]
fn runtimes_may_follow_each_other_but_not_nest() {
    play("two_in_turn").ends_well().prints("7 at 15 ms\n7 at 30 ms\n");
    play("in_a_thread").ends_well().prints("[Player] Plays\n[Task] Ends\n[Player] Played 3\n3\n");
    for pace in ["instant", "real", "off"] {
        run("tasks", "nested", pace)
            .ends_with(101)
            .complains("Cannot start a runtime from within a runtime.");
    }
}

// ---------------------------------------------------------------- schedules

#[test]
fn a_schedule_replays_and_others_differ_and_all_come_to_the_right_counts() {
    let transcripts = two_at_a_time(200, |schedule| {
        let run = play_schedule("pool", schedule);
        let last = run.ends_well().stdout.lines().last().map(str::to_owned);
        assert!(last.is_some_and(|last| last.starts_with("Processed 8 in ")), "{run}");
        run.stdout
    });
    let different: BTreeSet<&String> = transcripts.iter().collect();
    assert!(different.len() > 180, "{} of 200 differ", different.len());
    for schedule in [0, 7, 199] {
        play_schedule("pool", schedule).ends_well().prints(&transcripts[schedule]);
    }
}

#[test]
fn a_schedule_finds_a_job_that_was_counted_as_taken_and_is_not_done() {
    play("taken_is_not_done").ends_well().prints("9\n");
    let counts = two_at_a_time(200, |schedule| play_schedule("taken_is_not_done", schedule).stdout);
    let found = counts.iter().position(|count| count != "9\n").expect("one of 200 finds it");
    play_schedule("taken_is_not_done", found).ends_well().prints(&counts[found]);
}

#[test]
fn under_a_schedule_too_a_deadlock_is_told() {
    let ends = two_at_a_time(16, |schedule| {
        let run = play_schedule("stuck_under_a_schedule", schedule);
        if run.code == Some(0) {
            run.prints("[Other] Starts\nwent well\n");
            return true;
        }
        let told =
            &["main waits at {second} in Mutex::lock()", "Other waits at {first} in Mutex::lock()"];
        reports("stuck_under_a_schedule", &run, "DEADLOCK at ", told);
        false
    });
    assert!(ends.contains(&true) && ends.contains(&false), "some orders go well, others do not");
}

// ---------------------------------------------------------------- size

#[test]
fn ten_thousand_tasks_process_a_hundred_thousand_messages() {
    play("ten_thousand").ends_well().prints("100000\n");
    play("ten_thousand_joined").ends_well().prints("10000\n");
}

#[test]
fn ten_thousand_stuck_tasks_are_told_on_one_screen() {
    let run = stuck(
        "ten_thousand_stuck",
        "0.0 s",
        &[
            "main waits at {join} for the end of one of Worker-1 … Worker-10000 (10000)",
            "Worker-1 … Worker-10000 (10000 of them) each waits at {recv} in recv(): …",
        ],
    );
    assert!(run.stderr.lines().count() <= 30, "{}", run.stderr);
}

#[test]
fn a_tape_tells_each_sleep_also_one_until_a_deadline() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("times.jsonl");
    Program::example("tasks", "times", "instant").arg("--tape").arg(&path).run();
    let tape = fs::read_to_string(&path).expect("there is a tape");
    let sleeps = tape.lines().filter(|event| event.contains(r#""event":"sleep""#));
    let lengths: Vec<u64> = sleeps
        .map(|event| {
            let (_, after) = event.split_once(r#""for_us":"#).expect("a sleep has a length");
            after[..after.find(',').expect("and a place")].parse().expect("it is a number")
        })
        .collect();
    // The second and the third are `sleep_until`. The last asks for 300 µs, and tokio's timers know no shorter time.
    assert_eq!(lengths[..5], [20_000, 10_000, 0, 0, 1_000]);
}
