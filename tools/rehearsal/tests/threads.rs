//! What the rehearsal promises to programs of threads. The programs are in `examples/threads.rs`.

mod common;

use common::{Program, Run, STUCK, line, place, two_at_a_time};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Plays a case on the pace `instant`.
#[track_caller]
fn run(args: &str) -> Run {
    common::run("threads", args, "instant")
}

/// The line of the case that ends with the comment `// waits: marker`.
#[track_caller]
fn waits(marker: &str) -> String {
    place("threads", &format!("waits: {marker}"))
}

/// A report without its indentation and line breaks, which depend on the longest name.
fn flat(report: &str) -> String {
    report.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The program was ended as stuck, and its report says each of `told`.
#[track_caller]
fn stuck(run: &Run, headline: &str, told: &[String]) {
    run.ends_with(STUCK);
    let report = flat(&run.stderr);
    assert!(report.contains(headline), "it should be called {headline}\n{run}");
    for told in told {
        assert!(report.contains(told.as_str()), "the report should say: {told}\n{run}");
    }
}

// One order.

/// Keeps every core busy until it is dropped.
struct Load<'a>(&'a AtomicBool);

impl<'a> Load<'a> {
    fn on_every_core<'scope>(
        s: &'scope thread::Scope<'scope, 'a>,
        over: &'a AtomicBool,
    ) -> Load<'a> {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..cores {
            s.spawn(|| while !over.load(Ordering::Relaxed) {});
        }
        Load(over)
    }
}

impl Drop for Load<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Plays a pool, a race, ties and a hand-made buffer many times over; tells what came out.
fn transcripts(times: usize) -> BTreeSet<String> {
    let played = two_at_a_time(times, |_| {
        let run = run("transcripts");
        run.ends_well();
        run.stdout
    });
    played.into_iter().collect()
}

#[test]
fn a_program_prints_one_transcript_in_a_thousand_runs() {
    let transcripts = transcripts(1_000);
    assert_eq!(transcripts.len(), 1, "{transcripts:#?}");
    let transcript = transcripts.first().unwrap();
    assert!(transcript.contains("all 16, sum 2472\n"), "{transcript}");
    assert_eq!(transcript.lines().count(), 16 + 16 + 1 + 12 + 1 + 12 + 12);
}

#[test]
fn a_busy_machine_changes_nothing() {
    let over = AtomicBool::new(false);
    let beside_load = thread::scope(|s| {
        let _load = Load::on_every_core(s, &over);
        transcripts(200)
    });
    assert_eq!(beside_load, BTreeSet::from([run("transcripts").stdout]));
}

#[test]
fn live_prints_the_same_bytes_and_takes_its_time() {
    for (case, natural) in [("transcripts", 250), ("slow_pool", 300), ("sleep_at_the_end", 300)] {
        let live = common::run("threads", case, "live");
        live.ends_well().prints(&run(case).stdout);
        // Elsewhere, what happens at the end of the main thread is not promised.
        if case != "sleep_at_the_end" || cfg!(target_os = "linux") {
            assert!(live.took >= Duration::from_millis(natural), "{live}");
        }
    }
}

// Calls and what they return.

/// These cases depend on no order, so the real crates (on the pace `off`) say what is right.
#[test]
fn the_mirrors_say_what_the_real_crates_say_on_every_pace() {
    let cases = [
        "sends",
        "receives",
        "iterators",
        "timers",
        "selections",
        "builders",
        "mutexes",
        "condvars",
        "threads",
        "scopes",
    ];
    for case in cases {
        let real = common::run("threads", case, "off");
        real.ends_with(0);
        assert!(real.stdout.lines().count() > 3, "{real}");
        for pace in ["instant", "live", "real"] {
            common::run("threads", case, pace).ends_with(0).prints(&real.stdout);
        }
        for schedule in 0..5 {
            run(&format!("{case} --schedule {schedule}")).ends_with(0).prints(&real.stdout);
        }
    }
}

#[test]
fn a_selection_is_completed_with_what_was_selected() {
    run("wrong_receiver")
        .ends_with(101)
        .prints("")
        .complains("passed a receiver that wasn't selected");
}

// Who is woken.

#[test]
fn a_rendezvous_keeps_both_sides_in_step() {
    run("rendezvous").ends_well().prints(
        "[Receiver] got Ok(1) at 10 ms
[Sender] gave 1 at 10 ms
[Receiver] got Ok(2) at 20 ms
[Sender] gave 2 at 20 ms
[Receiver] got Ok(3) at 30 ms
[Sender] gave 3 at 30 ms
[Receiver] Err(Empty)
[Sender] Err(\"SendTimeoutError(..)\")
[Receiver] Ok(5) at 55 ms
[Sender] Ok(()) at 55 ms
[Receiver] Err(Timeout) at 65 ms
[Sender] Ok(()) at 75 ms
[Receiver] Ok(6) at 75 ms
[Sender] Err(\"Full(..)\") at 95 ms
[Receiver] Ok(8) at 105 ms
[Receiver] Err(RecvError)
",
    );
}

#[test]
fn selections_meet_plain_calls_and_each_other() {
    run("rendezvous_select").ends_well().prints(
        "[Receiver] got Ok(1) at 10 ms
[Sender] Ok(()) in an arm
[Receiver] got Ok(2) at 20 ms
[Receiver] got Ok(3) at 40 ms
[Receiver] got Ok(4) at 40 ms
[Sender] Ok(()) in an arm
[Receiver] got Ok(5) at 40 ms
[Sender] Ok(()) at 40 ms
[Receiver] got Ok(6) at 60 ms
[Sender] Ok(()) at 60 ms
[Receiver] got Err(RecvError) at 60 ms
",
    );
    let crowd = |args: &str| {
        let run = run(args);
        run.ends_well();
        assert!(run.stdout.ends_with("all true\n"), "{run}");
    };
    crowd("rendezvous_crowd");
    two_at_a_time(100, |schedule| crowd(&format!("rendezvous_crowd --schedule {schedule}")));
}

/// The message of a chosen send may sleep and print while it is made, and a chosen receive may wait.
#[test]
fn what_a_selection_has_chosen_is_kept_for_it_until_it_is_completed() {
    let got = |run: &Run| -> Vec<String> {
        let lines = run.stdout.lines().filter(|line| line.starts_with("[Receiver] Ok"));
        lines.map(str::to_owned).collect()
    };
    let all: Vec<String> = (1..=6).map(|item| format!("[Receiver] Ok({item})")).collect();
    let fixed = run("rendezvous_claims");
    assert_eq!(got(fixed.ends_well()), all, "{fixed}");
    two_at_a_time(100, |schedule| {
        let run = run(&format!("rendezvous_claims --schedule {schedule}"));
        assert_eq!(got(run.ends_well()), all, "{run}");
        let run = common::run(
            "threads",
            &format!("claims_under_schedules --schedule {schedule}"),
            "instant",
        );
        assert_eq!(run.ends_well().stdout.matches("true").count(), 2, "{run}");
    });
}

#[test]
fn a_selection_that_is_dropped_strands_the_other_side() {
    let run = run("dropped_selection_strands");
    let line = waits("dropped_selection_strands");
    stuck(
        &run,
        "DEADLOCK",
        &[format!("main waits at {line} in send()"), "Careless panicked".to_owned()],
    );
    run.complains("dropped `SelectedOperation` without completing the operation");
}

#[test]
fn what_a_dropped_selection_had_chosen_goes_to_another() {
    let run = run("dropped_selection_gives_back");
    run.ends_with(0).prints(
        "[Patient] Err(Empty) at first
[Careless]: dropped `SelectedOperation` without completing the operation
[Patient] Ok(\"here\")
[Patient] true at first
[Careless]: dropped `SelectedOperation` without completing the operation
[Patient] Ok(())
Ok(\"back\")
",
    );
}

#[test]
fn a_wake_up_that_one_does_not_need_goes_to_another() {
    run("woken_for_another").ends_well().prints(
        "[Chooser] Ok(\"to b\")
[Patient] Ok(\"to a\")
Ok(\"full\") Ok(\"full\")
[Chooser] Ok(()) to b
[Patient] Ok(()) to a
Ok(\"patient\") Ok(\"chosen\")
",
    );
}

#[test]
fn a_notification_for_one_wakes_one() {
    run("notifications").ends_well().prints(
        "one
[Waiter-1] 1
one, and one more
[Waiter-2] 2
[Waiter-3] 3
all
[Waiter-4] 4
",
    );
}

#[test]
fn a_burst_wakes_as_many_as_it_has_messages() {
    let counts = |run: Run| {
        let lines = run.ends_well().stdout.lines().filter(|line| !line.starts_with('['));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(counts(run("bursts")), ["3", "1", "5", "2"]);
    two_at_a_time(50, |schedule| {
        assert_eq!(counts(run(&format!("bursts --schedule {schedule}"))), ["3", "1", "5", "2"]);
    });
}

/// Programs of many shapes, each under its own schedule: whoever is not woken would be stuck for ever.
#[test]
fn no_wake_up_is_lost_in_programs_of_many_shapes() {
    two_at_a_time(400, |shape| {
        run(&format!("stress {shape} --schedule {shape}")).ends_well().prints("all arrived\n");
    });
    two_at_a_time(100, |shape| {
        run(&format!("stress {shape}")).ends_well().prints("all arrived\n");
    });
}

// Instants.

#[test]
fn timeouts_are_exact() {
    run("timeouts").ends_well().prints(
        "Err(Timeout) 7 ms
Err(Timeout) 10 ms
Err(Timeout) 10 ms
Err(\"SendTimeoutError(..)\") 15 ms
WaitTimeoutResult(true) 20 ms
2 WaitTimeoutResult(false) 28 ms
3 WaitTimeoutResult(true) 48 ms
true 53 ms
true 60 ms
after 63 ms
68ms 80ms 85ms 
85 ms
Ok(1) 85 ms
",
    );
}

#[test]
fn a_message_at_the_instant_of_a_timeout_is_not_lost() {
    run("ties_with_timeouts").ends_well().prints(
        "[Receiver] Ok(\"here\"), then Err(RecvError)
[Sender] false
[Receiver] Ok(\"first\")
[Hurried] WaitTimeoutResult(true)
[Patient] notified
[Receiver] Err(Timeout), then Ok(\"here\")
[Receiver] Ok(\"first\")
[Sender] true
[Hurried] WaitTimeoutResult(true)
[Patient] notified
",
    );
    two_at_a_time(50, |schedule| {
        let run = run(&format!("ties_with_timeouts --schedule {schedule}"));
        assert_eq!(run.ends_well().stdout.matches("Ok(\"here\")").count(), 2, "{run}");
        assert_eq!(run.stdout.matches("[Patient] notified").count(), 2, "{run}");
    });
}

#[test]
fn work_shares_the_cores_and_sleep_does_not() {
    for (cores, ends) in
        [(1, [150, 250, 350, 450]), (2, [150, 150, 250, 250]), (4, [150; 4]), (100, [150; 4])]
    {
        let mut told = String::new();
        (1..=4).for_each(|id| told.push_str(&format!("[Worker-{id}] slept at 50 ms\n")));
        for (id, end) in (1..=4).zip(ends) {
            told.push_str(&format!("[Worker-{id}] worked at {end} ms\n"));
        }
        run(&format!("cores --cores {cores}")).ends_well().prints(&told);
    }
}

#[test]
fn a_machine_may_refuse_a_thread() {
    run("room_for_two --max-threads 2").ends_with(101).complains("failed to spawn thread").prints(
        "a third thread: the virtual machine allows 2 threads beside main
a third thread: runs
",
    );
}

#[test]
fn those_who_share_a_core_take_turns() {
    run("fair_cores --cores 1").ends_well().prints(
        "[Worker-1] part 1 at 10 ms
[Worker-2] part 1 at 20 ms
[Worker-1] part 2 at 30 ms
[Worker-2] part 2 at 40 ms
[Worker-1] part 3 at 50 ms
[Worker-2] part 3 at 60 ms
",
    );
}

#[test]
fn a_loop_that_watches_the_clock_sees_it_move() {
    run("busy_wait").ends_well().prints(
        "[Sleeper] awake at 5 ms
waited until 10 ms
sent until 20 ms
tried until 250 ms
",
    );
}

#[test]
fn steps_take_no_time_as_long_as_somebody_waits_between_them() {
    run("waits_between").ends_well().prints("12000 in 3ms\n");
}

#[test]
fn a_loop_that_never_waits_does_not_stop_time_or_the_others() {
    run("never_waits").ends_well().prints("Ok(true)\n");
}

// Deadlocks.

#[test]
fn a_sender_that_was_cloned_with_a_list_is_told_without_a_line_of_std() {
    let run = run("forgotten_list");
    run.ends_with(STUCK).complains("1 sender still exists (cloned with what holds it, never used)");
    run.complains("that takes dropping the sender that was cloned with what holds it.");
    assert!(!run.stderr.contains("slice.rs"), "{run}");
}

/// A deadlock: its case, what was printed before, and who waits where (by marker) for what.
type Deadlock = (&'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const DEADLOCKS: &[Deadlock] = &[
    (
        "forgotten_sender",
        "[Consumer] got 1\n",
        &[
            ("main", "forgotten_sender main", "for the end of Consumer"),
            ("Consumer", "forgotten_sender", "in the loop over the queue:"),
        ],
    ),
    ("forgotten_list", "", &[("main", "forgotten_list", "in the loop over the queue:")]),
    (
        "few_sentinels",
        "[Worker-1] here\n[Worker-2] here\n[Worker-3] here\n",
        &[("Worker-3", "few_sentinels", "in recv():")],
    ),
    ("full_queue", "adds 1\nadds 2\nadds 3\n", &[("main", "full_queue", "in send():")]),
    ("lone_rendezvous", "offers\n", &[("main", "lone_rendezvous", "in send():")]),
    (
        "abba",
        "[Left] has a\n[Right] has b\n",
        &[
            ("Left", "abba Left", "in lock(): Right has locked it"),
            ("Right", "abba Right", "in lock(): Left has locked it"),
        ],
    ),
    ("double_lock", "has it\n", &[("main", "double_lock", "in lock(): main has locked it")]),
    ("lost_notify", "notifies\n", &[("main", "lost_notify", "in the wait() of a Condvar")]),
    (
        "join_oneself",
        "[Narcissus] looks\n",
        &[("Narcissus", "join_oneself", "for the end of Narcissus")],
    ),
    (
        "join_circle",
        "[A] asks first\n[B] asks first\n",
        &[("A", "join_circle A", "in recv():"), ("B", "join_circle B", "in recv():")],
    ),
    (
        "endless_scope",
        "opens\n",
        &[("main", "endless_scope main", "at the end of thread::scope, for Guest")],
    ),
    ("select_nothing", "selects\n", &[("main", "select_nothing", "in select,")]),
];

#[test]
fn each_deadlock_is_told_with_its_actor_and_its_line_and_at_once() {
    for (case, printed, waiting) in DEADLOCKS {
        let told: Vec<String> = (waiting.iter())
            .map(|(actor, marker, on)| format!("{actor} waits at {} {on}", waits(marker)))
            .collect();
        let run = run(case);
        run.prints(printed);
        stuck(&run, "DEADLOCK at ", &told);
        assert!(run.took < Duration::from_secs(2), "{run}");
        // It is the program's own fault, so nothing else is to be blamed.
        assert!(!run.stderr.contains("did not start"), "{run}");
    }
}

#[test]
fn a_deadlock_is_found_on_every_schedule_and_live() {
    two_at_a_time(50, |schedule| {
        stuck(&run(&format!("few_sentinels --schedule {schedule}")), "DEADLOCK at ", &[]);
    });
    let live = common::run("threads", "abba", "live");
    stuck(&live, "DEADLOCK at 0.010 s", &[]);
}

// Other ends.

#[test]
fn a_panic_poisons_the_mutex_and_wakes_who_waits_for_it() {
    let run = run("poison");
    run.ends_with(0).complains("note: this was Clumsy").prints(
        "[Clumsy] stumbles
[Waiting] poisoned, 2
true true
true true
true
2
",
    );
}

#[test]
fn a_panic_drops_its_queues_and_the_others_go_on() {
    let run = run("panic_among_others");
    run.ends_with(0).complains("thread 'Producer'").complains("no more");
    run.prints("[Consumer] 1\n[Consumer] the end\n[1]\ntrue true\n");
}

#[test]
fn the_program_ends_when_main_does() {
    run("main_returns")
        .ends_well()
        .prints("[Ticker] tick\n[Ticker] tick\n[Ticker] tick\nmain returns\n");
    run("main_panics").ends_with(101).prints("main stumbles\n").complains("stumbled");
}

#[test]
fn a_thread_can_end_the_program() {
    let run = run("exit_in_a_thread");
    run.ends_with(3)
        .prints("main waits\n[Quitter] leaves, without a line's end")
        .complains("leaves");
}

#[test]
fn a_hundred_threads_play() {
    run("many_threads").ends_well().prints("4950\n");
}

#[test]
fn a_thread_of_a_scope_may_start_another_one_there() {
    run("nested_scopes").ends_well().prints("[\"outer\", \"innermost\", \"inner\"]\nOk(())\n");
}

#[test]
fn threads_that_ended_long_ago_are_still_counted() {
    let run = run("prunes");
    run.prints("300\nfalse\n");
    let line = line("threads", "waits: prunes");
    let main = waits("prunes main");
    stuck(
        &run,
        "DEADLOCK",
        &[
            format!("main waits at {main} for the end of 301st thread spawned at line {line}"),
            format!("302nd thread spawned at line {line}"),
        ],
    );
}

// Loops.

#[test]
fn a_loop_that_can_never_end_is_told_with_its_line() {
    for (case, call, advice) in [
        ("try_spin", "try_recv()", "(recv() instead of try_recv())"),
        ("two_spinners", "try_recv()", "(recv() instead of try_recv())"),
        ("lock_spin", "lock()", "it looks again and again, in lock()"),
        ("yield_spin", "yield_now()", "yield_now() does not wait"),
        ("look_spin", "is_empty()", "it looks again and again, in is_empty()"),
        ("closed_spin", "select", "the queue of one arm is closed"),
        ("deserted_spin", "send()", "the queue is closed, so send() fails"),
        ("finish_spin", "is_finished()", "(join(), or .await instead of is_finished())"),
        ("zero_sleep_spin", "sleep()", "a sleep() of no time lets no time pass"),
    ] {
        let run = run(case);
        run.prints("spins\n");
        stuck(&run, "SPINNING at 0.0 s", &[waits(case), format!("in {call}")]);
        run.complains(advice);
    }
}

#[test]
fn time_passes_beneath_a_loop_while_somebody_sleeps() {
    for (case, printed) in [
        ("try_spin 1", "spins\n[Sleeper] sends\nhas it\n"),
        ("two_spinners 1", "spins\n[Sleeper] sends\nboth have it\n"),
        ("zero_sleep_spin 1", "spins\ndone\n"),
    ] {
        run(case).ends_well().prints(printed);
    }
    let closed = run("closed_spin 1");
    closed.prints("spins\nstopped\n");
    stuck(&closed, "SPINNING at 0.0", &[waits("closed_spin recv")]);
    let finish = run("finish_spin 1");
    assert!(finish.stdout.starts_with("finished\n"), "{finish}");
    let locks = run("lock_spins_beside_sleep");
    assert_eq!(locks.ends_well().stdout.lines().count(), 3, "{locks}");
}

#[test]
fn a_loop_that_hears_nothing_is_told_by_the_watchdog() {
    let run =
        Program::example("threads", "bare_loop", "instant").env("REHEARSAL_PATIENCE_S", "1").run();
    run.prints("[Loop] turns\n");
    let line = waits("bare_loop");
    stuck(&run, "SILENT for ", &[format!("Loop was last heard of at {line}")]);
}

#[test]
fn a_loop_that_polls_for_ever_is_told() {
    for (case, printed) in [("poll_loop", "polls\n"), ("heartbeat", "beats\n")] {
        let run = run(case);
        run.prints(printed);
        stuck(&run, "STILL TICKING", &[format!("main sleeps at {}", waits(case))]);
        assert!(run.took < Duration::from_secs(10), "{run}");
    }
}

#[test]
fn honest_loops_are_left_alone() {
    run("heartbeat_beside_sleep").ends_well().prints("beats\ntwo hours: 7200000 ms\n");
    run("counter").ends_well().prints("200000\n");
}

// The real world.

#[test]
fn after_a_long_read_the_ticks_do_not_burst_out_at_once() {
    let mut program = Program::example("threads", "reads_a_line", "live").start();
    program.until_it_prints("your name?");
    // Somebody thinks, longer than the rest of the program takes.
    thread::sleep(Duration::from_millis(700));
    let asked = Instant::now();
    program.say("Ada\n");
    program.until_it_prints("[Ticker] 5");
    assert!(asked.elapsed() >= Duration::from_millis(300), "{:?}", asked.elapsed());
    program.finish().ends_well().prints(
        "[Ticker] 1\nyour name?\nhello, Ada\n[Ticker] 2\n[Ticker] 3\n[Ticker] 4\n[Ticker] 5\n",
    );
}

#[test]
fn live_waits_for_a_person_and_instant_does_not() {
    let patient = |pace| {
        Program::example("threads", "reads_a_line", pace).env("REHEARSAL_PATIENCE_S", "1").start()
    };
    let mut live = patient("live");
    live.until_it_complains("SILENT for ");
    live.say("Ada\n");
    live.finish().ends_with(0).complains("lets it go on");

    let mut instant = patient("instant");
    instant.until_it_complains("SILENT for ");
    instant.finish().ends_with(STUCK).prints("[Ticker] 1\nyour name?\n");
}

#[test]
fn a_closed_pipe_ends_a_program_quietly() {
    let run = Program::example("threads", "talks_on", "instant").run_unread();
    run.ends_well();
}

#[test]
fn a_report_that_nobody_reads_ends_a_program_all_the_same() {
    Program::example("threads", "few_sentinels", "instant").run_unheard().ends_with(STUCK);
    Program::example("threads", "poison", "instant").run_unheard().ends_with(0);
}

#[test]
fn a_thread_of_std_is_told() {
    let run = run("foreign");
    run.prints("starts\n");
    stuck(&run, "FOREIGN THREAD at", &[waits("foreign")]);
    // It comes too late or in time, by chance; it is named either way.
    let run = common::run("threads", "foreign_sender", "instant");
    run.ends_with(STUCK).prints("starts\n").complains("std::thread::spawn");
}

// Schedules.

#[test]
fn a_schedule_replays_and_schedules_differ() {
    let play =
        |schedule: usize| run(&format!("pool --schedule {schedule}")).ends_well().stdout.clone();
    let played = two_at_a_time(200, play);
    assert!(played.iter().all(|told| told.ends_with("all 16, sum 2472\n")));
    assert!(played.iter().collect::<BTreeSet<_>>().len() > 150);
    assert_eq!(two_at_a_time(40, play), played[..40]);
}

#[test]
fn a_schedule_finds_the_bug_and_replays_it() {
    for (case, usual) in [("sleep_for_join", "3 of 3\n"), ("check_then_act", "0 left\n")] {
        run(case).ends_well().prints(usual);
        let play =
            |schedule| run(&format!("{case} --schedule {schedule}")).ends_well().stdout.clone();
        let played = two_at_a_time(200, play);
        let found = played.iter().position(|told| told != usual);
        let found = found.unwrap_or_else(|| panic!("200 schedules find the bug of {case}"));
        (0..3).for_each(|_| assert_eq!(play(found), played[found]));
    }
}

const COUNTS: &str = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\nbusy 0\n";

#[test]
fn a_right_program_is_right_on_every_schedule() {
    run("right_counts").ends_well().prints(COUNTS);
    two_at_a_time(200, |schedule| {
        run(&format!("right_counts --schedule {schedule}")).ends_well().prints(COUNTS);
    });
}

#[test]
fn the_counts_hold_on_real_time_and_on_the_real_crates() {
    two_at_a_time(60, |nth| {
        let pace = if nth < 50 { "off" } else { "real" };
        common::run("threads", "right_counts", pace).ends_well().prints(COUNTS);
        common::run("threads", &format!("stress {nth}"), pace).ends_well().prints("all arrived\n");
    });
}

// The tape.

/// A line of a tape: flat JSON, of strings and whole numbers.
fn parse(line: &str) -> BTreeMap<String, String> {
    let mut rest = line.strip_prefix('{').unwrap_or_else(|| panic!("no object: {line}"));
    let mut event = BTreeMap::new();
    loop {
        let (key, after) = string(rest);
        let after = after.strip_prefix(':').unwrap_or_else(|| panic!("no colon: {line}"));
        let (value, after) = if after.starts_with('"') {
            string(after)
        } else {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            assert!(end > 0, "no value: {line}");
            (after[..end].to_owned(), &after[end..])
        };
        assert!(event.insert(key, value).is_none(), "a key twice: {line}");
        match after {
            "}" => return event,
            _ => rest = after.strip_prefix(',').unwrap_or_else(|| panic!("no comma: {line}")),
        }
    }
}

/// A JSON string at the beginning of a text, and what follows it.
fn string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.strip_prefix('"').unwrap_or_else(|| panic!("no string: {text}")).chars();
    loop {
        match chars.next() {
            Some('"') => return (value, chars.as_str()),
            Some('\\') => match chars.next() {
                Some(c @ ('"' | '\\' | 'n' | 'r' | 't')) => value.push(c),
                Some('u') => {
                    assert!((0..4).all(|_| chars.next().is_some_and(|c| c.is_ascii_hexdigit())))
                }
                other => panic!("{other:?} escaped: {text}"),
            },
            Some(c) if u32::from(c) >= 0x20 => value.push(c),
            other => panic!("{other:?} in a string: {text}"),
        }
    }
}

#[test]
fn a_tape_tells_all_in_order_and_within_capacity() {
    for (nth, (case, pace)) in [
        ("transcripts", "instant"),
        ("rendezvous_select", "instant"),
        ("stress 7 --schedule 3", "instant"),
        ("abba", "instant"),
        ("right_counts", "real"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{nth}.jsonl"));
        let run = Program::example("threads", case, pace).arg("--tape").arg(&path).run();
        let tape = fs::read_to_string(&path).expect("there is a tape");
        assert!(tape.ends_with("}\n"), "whole lines");
        let events: Vec<_> = tape.lines().map(parse).collect();
        assert_eq!(events[0]["event"], "start");
        assert_eq!(events.last().unwrap()["event"] == "stuck", run.code == Some(STUCK));
        check_order(&events);
        if pace == "instant" {
            check_depths(&events);
        }
        let printed: Vec<_> = (events.iter())
            .filter(|event| event["event"] == "print")
            .map(|event| event["line"].as_str())
            .collect();
        let mut lines: Vec<_> = run.stdout.lines().collect();
        if pace == "real" {
            lines.sort_unstable();
        }
        assert_eq!(printed.len(), lines.len(), "{case}");
        assert!(pace == "real" || printed == lines, "{case}: {printed:#?}");
    }
}

/// Time never goes back, everybody was spawned once before acting, and nobody acts after the end.
fn check_order(events: &[BTreeMap<String, String>]) {
    let mut at = 0;
    let mut alive = BTreeSet::from(["0"]);
    for event in events {
        let now: u64 = event["at_us"].parse().expect("a number");
        assert!(now >= at, "time goes back: {event:?}");
        at = now;
        let Some(actor) = event.get("actor").map(String::as_str) else { continue };
        match event["event"].as_str() {
            "spawn" => assert!(alive.insert(actor), "spawned twice: {event:?}"),
            "end" => assert!(alive.remove(actor), "ended twice: {event:?}"),
            _ => assert!(alive.contains(actor), "acts before or after its time: {event:?}"),
        }
    }
}

/// Each message changes the depth by one, from 0 to the capacity; a queue of capacity 0 holds none.
fn check_depths(events: &[BTreeMap<String, String>]) {
    let mut depths: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for event in events {
        let Some(queue) = event.get("queue").map(String::as_str) else { continue };
        let number = |key: &str| event.get(key).map(|n| n.parse::<i64>().expect("a number"));
        let step = match event["event"].as_str() {
            "queue" => {
                depths.insert(queue, (0, number("capacity").unwrap_or(i64::MAX)));
                continue;
            }
            "send" => 1,
            "recv" => -1,
            _ => continue,
        };
        let (depth, capacity) = depths.get_mut(queue).expect("a queue is made first");
        *depth += if *capacity == 0 { 0 } else { step };
        assert_eq!(number("depth"), Some(*depth), "{event:?}");
        assert!((0..=*capacity).contains(depth), "{event:?}");
    }
}
