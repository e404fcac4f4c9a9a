//! Tests that explore, as `cargo test` and nextest play them: each is a test of this file that is ignored, and is
//! started as they start it.

mod common;

use common::{Harness, Tested, with, with_hold, with_schedule};
use std::{fs, path::PathBuf};

/// The tests that are played. Most of them fail, and are to.
mod played {
    use rehearsal::{
        Explorer, Sampler, cancel,
        crossbeam_channel::{bounded, unbounded},
        println,
        sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering},
        },
        thread, tokio,
    };
    use std::time::Duration;

    /// What all schedules would count together, if they were of one process.
    static PLAYED: AtomicUsize = AtomicUsize::new(0);

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn passes() {
        assert_eq!(PLAYED.fetch_add(1, Ordering::SeqCst), 0, "a static of an earlier schedule");
        let worker = thread::spawn(|| println!("[Worker] a line that nobody reads"));
        worker.join().unwrap();
    }

    #[rehearsal::test(schedules = 50)]
    #[ignore = "it is played by another test"]
    fn loses_a_count() {
        let count = Arc::new(AtomicUsize::new(0));
        let workers: Vec<_> = (1..=2)
            .map(|id| {
                let count = count.clone();
                thread::spawn(move || {
                    let seen = count.load(Ordering::SeqCst);
                    println!("[Worker-{id}] has seen {seen}");
                    count.store(seen + 1, Ordering::SeqCst);
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        assert_eq!(count.load(Ordering::SeqCst), 2, "a count is lost");
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn crosses_locks() {
        let locks = Arc::new((Mutex::new(1), Mutex::new(2)));
        let theirs = locks.clone();
        let worker = thread::spawn(move || {
            let second = theirs.1.lock().unwrap();
            *theirs.0.lock().unwrap() + *second
        });
        let first = locks.0.lock().unwrap();
        let sum = *locks.1.lock().unwrap() + *first;
        drop(first);
        assert_eq!(worker.join().unwrap(), sum);
    }

    /// Each time that it is played it is one longer.
    pub(super) const PLAYS: &str = "DOOR_PLAYS";

    /// The times at which it fails.
    pub(super) const FAILS: &str = "DOOR_FAILS";

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn fails_now_and_then() {
        thread::spawn(|| ()).join().unwrap();
        let plays = std::env::var(PLAYS).unwrap();
        let mut played = std::fs::read_to_string(&plays).unwrap_or_default();
        played.push('.');
        std::fs::write(&plays, &played).unwrap();
        let fails = std::env::var(FAILS).unwrap();
        assert!(!fails.contains(&played.len().to_string()), "it fails now");
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn forgets_to_drop() {
        let (queue, jobs) = bounded(1);
        let worker = thread::spawn(move || jobs.iter().sum::<u32>());
        queue.send(7).unwrap();
        assert_eq!(worker.join().unwrap(), 7);
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn leaves_a_thread() {
        let (queue, jobs) = unbounded::<u32>();
        thread::spawn(move || jobs.iter().for_each(|job| println!("[Worker] {job}")));
        queue.send(1).unwrap();
        std::mem::forget(queue);
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn loses_a_panic() {
        thread::spawn(|| assert_eq!(1, 2, "nobody joins it"));
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    async fn loses_a_panic_of_a_task() {
        tokio::spawn(async { panic!("nobody awaits it") });
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    async fn hears_all_panics() {
        assert!(thread::spawn(|| panic!("it is joined")).join().is_err());
        assert!(tokio::spawn(async { panic!("it is awaited") }).await.is_err());
        let mut set = tokio::task::JoinSet::new();
        set.spawn(async { panic!("it is in a set") });
        assert!(set.join_next().await.unwrap().is_err());
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn spins() {
        let (queue, jobs) = unbounded::<u32>();
        while jobs.try_recv().is_err() {}
        drop(queue);
    }

    #[rehearsal::test(max_steps = 1_000)]
    #[ignore = "it is played by another test"]
    fn takes_too_long() {
        let ready = AtomicUsize::new(0);
        for _ in 0..2_000 {
            ready.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[rehearsal::test(time_limit = Duration::from_secs(1))]
    #[ignore = "it is played by another test"]
    fn computes_for_ever() {
        let _used = AtomicUsize::new(0).load(Ordering::SeqCst);
        loop {
            std::hint::spin_loop();
        }
    }

    #[rehearsal::test(schedules = 100)]
    #[ignore = "it is played by another test"]
    async fn takes_the_first_answer() {
        let (results, mut done) = tokio::sync::mpsc::channel(2);
        for id in 1..=2 {
            let results = results.clone();
            tokio::spawn(async move { results.send(id).await.unwrap() });
        }
        assert_eq!(done.recv().await, Some(1), "another one came first");
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    async fn waits_for_its_own_lock() {
        let lock = tokio::sync::Mutex::new(());
        let _first = lock.lock().await;
        let _second = lock.lock().await;
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    async fn answers() -> Result<(), String> {
        let task = tokio::spawn(async { 7 });
        let answer = task.await.map_err(|error| error.to_string())?;
        if answer == 7 { Ok(()) } else { Err("another answer".to_owned()) }
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn returns_an_error() -> Result<(), String> {
        thread::spawn(|| ()).join().unwrap();
        Err("no answer".to_owned())
    }

    #[rehearsal::test(schedules = 5)]
    #[should_panic(expected = "all goes wrong")]
    #[ignore = "it is played by another test"]
    fn should_panic_and_does() {
        thread::spawn(|| ()).join().unwrap();
        panic!("all goes wrong");
    }

    #[rehearsal::test(schedules = 5)]
    #[should_panic(expected = "all goes wrong")]
    #[ignore = "it is played by another test"]
    fn should_panic_and_does_not() {
        thread::spawn(|| ()).join().unwrap();
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn uses_nothing() {
        std::thread::spawn(|| ()).join().unwrap();
    }

    /// What has no order but one. It fails where it is played for another.
    fn is_played_once() {
        let played = std::env::var(PLAYS).expect("the file is named");
        std::fs::File::create_new(played).expect("it is played once");
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn uses_a_mutex_alone() {
        assert_eq!(*Mutex::new(1).lock().unwrap(), 1);
        is_played_once();
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn uses_a_rwlock_alone() {
        assert_eq!(*rehearsal::sync::RwLock::new(1).read().unwrap(), 1);
        is_played_once();
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn uses_a_condvar_alone() {
        rehearsal::sync::Condvar::new().notify_all();
        is_played_once();
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn uses_an_atomic_alone() {
        assert_eq!(AtomicUsize::new(1).fetch_add(1, Ordering::SeqCst), 1);
        is_played_once();
    }

    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    async fn uses_a_lock_of_tokio_alone() {
        assert_eq!(*tokio::sync::Mutex::new(1).lock().await, 1);
        assert_eq!(*tokio::sync::RwLock::new(1).read().await, 1);
    }

    /// A weak exchange may come to nothing, with nobody beside it.
    #[rehearsal::test]
    #[ignore = "it is played by another test"]
    fn exchanges_weakly_alone() {
        let (old, new) = (Ordering::SeqCst, Ordering::SeqCst);
        let one = AtomicUsize::new(1);
        assert_eq!(one.compare_exchange_weak(1, 2, old, new), Ok(1), "it came to nothing");
    }

    #[rehearsal::test(sampler = Sampler::Counts, schedules = 30)]
    #[ignore = "it is played by another test"]
    fn is_drawn_by_counts() {
        loses_a_count_of(&Arc::new(Mutex::new(0)));
    }

    fn loses_a_count_of(count: &Arc<Mutex<u32>>) {
        let add = |count: Arc<Mutex<u32>>| {
            let seen = *count.lock().unwrap();
            *count.lock().unwrap() = seen + 1;
        };
        let theirs = count.clone();
        let worker = thread::spawn(move || add(theirs));
        add(count.clone());
        worker.join().unwrap();
        assert_eq!(*count.lock().unwrap(), 2, "a count is lost");
    }

    #[rehearsal::test(cancel_one_in = 1, schedules = 3)]
    #[ignore = "it is played by another test"]
    async fn is_dropped_at_its_first_wait() {
        let other = tokio::spawn(async { 7 });
        let whole = cancel::by_schedule(tokio::task::yield_now()).await;
        assert!(whole.is_some(), "it was dropped");
        assert_eq!(other.await.unwrap(), 7);
    }

    #[test]
    #[ignore = "it is played by another test"]
    fn explores_twice() {
        let limit = Duration::from_secs(30);
        rehearsal::explore(|| thread::spawn(|| ()).join().unwrap());
        Explorer::new().schedules(20).time_limit(limit).explore(|| {
            loses_a_count_of(&Arc::new(Mutex::new(0)));
        });
    }

    /// Both tests have begun when this is passed, so that neither is over before the other one begins.
    static BOTH: std::sync::Barrier = std::sync::Barrier::new(2);

    #[test]
    #[ignore = "it is played by another test"]
    fn has_no_attribute() {
        BOTH.wait();
        thread::spawn(|| ()).join().unwrap();
    }

    #[test]
    #[ignore = "it is played by another test"]
    fn has_none_either() {
        BOTH.wait();
        thread::spawn(|| ()).join().unwrap();
    }

    #[test]
    #[ignore = "it is played by another test"]
    fn explores_within() {
        rehearsal::explore(|| rehearsal::explore(|| thread::spawn(|| ()).join().unwrap()));
    }

    #[test]
    #[ignore = "it is played by another test"]
    fn uses_a_queue_before() {
        let (queue, jobs) = unbounded();
        rehearsal::explore(move || {
            thread::spawn(move || queue.send(1).unwrap()).join().unwrap();
            assert_eq!(jobs.recv(), Ok(1));
        });
    }

    #[test]
    #[ignore = "it is played by another test"]
    fn has_another_thread() {
        let (stay, leave) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || leave.recv());
        rehearsal::explore(|| loses_a_count_of(&Arc::new(Mutex::new(0))));
        drop(stay);
        assert!(other.join().unwrap().is_err(), "there is nothing to receive");
    }
}

/// Plays one of them by its name.
#[track_caller]
fn played(name: &str) -> Tested {
    Harness::of_this_file().test(&format!("played::{name}")).run()
}

#[test]
fn one_that_passes_shows_nothing() {
    let tested = played("passes");
    tested.passes(1).hides("a line that nobody reads");
    assert!(!tested.output.contains("schedules end well"), "{tested}");
}

#[test]
fn what_was_played_is_told_where_output_is_shown() {
    let shown = Harness::of_this_file().test("played::passes").arg("--show-output").run();
    shown.passes(1).shows("the usual order and 100 schedules end well");
}

#[test]
fn a_panic_on_some_schedule_is_told_with_the_command_that_plays_it_again() {
    let tested = played("loses_a_count");
    tested.fails(1).shows("a count is lost").shows("[Worker-1] has seen 0");
    tested.shows("panics; the usual order").shows("well before it");
    let schedule = tested.schedule();
    tested.shows(&format!(
        "Play it again: {}cargo test -p rehearsal -- --exact played::loses_a_count --nocapture \
         --include-ignored",
        with_schedule(&schedule)
    ));
    let again = Harness::of_this_file().test("played::loses_a_count");
    let again = again.env("REHEARSAL_SCHEDULE", &schedule).run();
    again.fails(1).shows("a count is lost").hides("ends well before it");
    assert_eq!(again.schedule(), schedule);
}

/// Plays one of them again by what is left of its schedule.
#[track_caller]
fn held(name: &str, token: &str) -> Tested {
    let test = Harness::of_this_file().test(&format!("played::{name}"));
    test.env("REHEARSAL_HOLD", token).run()
}

/// What a test is told of its failure, and the failure once more by the token alone.
#[track_caller]
fn is_told_in_a_sentence(name: &str, sentence: &[&str], failure: &str) {
    let tested = played(name);
    tested.fails(1).shows(failure);
    let told = tested.output.lines().find(|line| line.starts_with("It fails when "));
    let told = told.unwrap_or_else(|| panic!("no sentence: {tested}"));
    for part in sentence {
        assert!(told.contains(part), "'{part}' is not in: {told}");
    }
    let whose = format!("Shown below is schedule {}; that sentence alone may", tested.schedule());
    tested.shows(&whose);
    let token = tested.hold();
    tested.shows(&format!(
        "Play that sentence alone: {}cargo test -p rehearsal -- --exact played::{name} --nocapture \
         --include-ignored\n",
        with_hold(&token)
    ));
    let again = held(name, &token);
    again.fails(1).shows(failure).shows("the order of REHEARSAL_HOLD ").hides("It fails when ");
    assert_eq!(
        again.output.split_once("REHEARSAL_HOLD='").unwrap().1.split('\'').next(),
        Some(&*token)
    );
    held(name, "1@start#9").passes(1);
}

#[test]
fn what_a_schedule_needs_to_fail_is_told_in_a_sentence_and_replays() {
    let seen = [" is held between tests/door.rs:", " (atomic) and ", ", while "];
    is_told_in_a_sentence("loses_a_count", &seen, "a count is lost");
    let locks = [" is held ", " (lock)", ", while "];
    is_told_in_a_sentence("crosses_locks", &locks, "is stuck: DEADLOCK");
    let tasks = ["the 1st task spawned at tests/door.rs:", " is held before it begins", ", while "];
    is_told_in_a_sentence("takes_the_first_answer", &tasks, "another one came first");
}

#[test]
fn a_schedule_is_told_in_a_sentence_wherever_it_comes_from() {
    // Drawn by counts; the second call of a test; without a copy of the process.
    for name in ["is_drawn_by_counts", "explores_twice", "has_another_thread"] {
        // It is the only one from its line, so it is no first.
        let seen = [" is held ", " (lock) and ", "the thread spawned at tests/door.rs:"];
        is_told_in_a_sentence(name, &seen, "a count is lost");
    }
}

#[test]
fn the_usual_order_needs_no_sentence() {
    played("forgets_to_drop").fails(1).hides("It fails when ").hides("REHEARSAL_HOLD");
}

/// A file that is passing, with what it held before this process taken away.
fn passing(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("rehearsal-door-{}-{name}", std::process::id()));
    // It is there where a process with this number was killed.
    let _ = fs::remove_file(&path);
    path
}

#[test]
fn a_failure_that_does_not_come_back_is_told_as_that() {
    let plays = |fails: &str| {
        let file = passing(fails);
        let test = Harness::of_this_file().test("played::fails_now_and_then");
        let test = test.env(played::PLAYS, file.to_str().expect("a plain name"));
        let tested = test.env(played::FAILS, fails).run();
        fs::remove_file(file).unwrap();
        tested
    };
    // The first is the usual order, the second a schedule. Then it is played for its report, and for what it
    // changes.
    plays("2").fails(1).shows("the test does not do the same each time").hides("It fails when ");
    for fails in ["23", "234"] {
        let tested = plays(fails);
        tested.fails(1).shows("schedule 0 panics").hides("It fails when ").hides("REHEARSAL_HOLD");
        tested
            .shows("What it needs to fail is not known: no list of preemptions plays it again.\n");
    }
}

#[test]
fn a_schedule_that_ends_well_shows_what_it_prints_when_it_is_asked_for() {
    let usual = Harness::of_this_file().test("played::loses_a_count").arg("--nocapture");
    usual.env("REHEARSAL_SCHEDULE", "usual").run().passes(1).shows("[Worker-2] has seen 1");
}

#[test]
fn a_deadlock_is_told_with_its_lines() {
    let tested = played("forgets_to_drop");
    tested.fails(1).shows("the usual order is stuck: DEADLOCK");
    tested.shows("for the end of 1st thread").shows("but 1 sender still exists");
    tested.shows(&format!("{}cargo test", with_schedule("usual")));
}

#[test]
fn a_thread_that_is_left_behind_is_told() {
    let tested = played("leaves_a_thread");
    tested
        .fails(1)
        .shows("is stuck: LEFT BEHIND")
        .shows("has come to its end, and has left behind");
}

#[test]
fn a_panic_that_nobody_hears_of_is_told() {
    played("loses_a_panic").fails(1).shows("nobody joins it").shows("LOST PANIC of 1st thread");
    played("loses_a_panic_of_a_task").fails(1).shows("nobody awaits it").shows("LOST PANIC of");
    played("hears_all_panics").passes(1);
}

#[test]
fn a_loop_without_end_is_told() {
    played("spins").fails(1).shows("is stuck: SPINNING");
    played("takes_too_long").fails(1).shows("TOO LONG at 0.0 s: 1000 steps were taken");
    played("computes_for_ever").fails(1).shows("was killed: it ran for too long");
}

#[test]
fn tasks_are_explored_too() {
    played("takes_the_first_answer").fails(1).shows("another one came first");
    let tested = played("waits_for_its_own_lock");
    tested.fails(1).shows("DEADLOCK").shows("tests/door.rs");
    played("answers").passes(1);
}

#[test]
fn a_result_counts() {
    played("returns_an_error").fails(1).shows("ends with exit code 1").shows("no answer");
}

#[test]
fn should_panic_means_what_it_always_means() {
    played("should_panic_and_does").passes(1).hides("all goes wrong");
    played("should_panic_and_does_not").fails(1).shows("did not panic as expected");
}

#[test]
fn where_there_is_nothing_to_explore_that_is_told() {
    played("uses_nothing").fails(1).shows("nothing was explored");
}

#[test]
fn one_thread_that_uses_locks_passes_and_is_played_once() {
    for what in ["a_mutex", "a_rwlock", "a_condvar", "an_atomic"] {
        let file = passing(what);
        let test = Harness::of_this_file().test(&format!("played::uses_{what}_alone"));
        let test = test.env(played::PLAYS, file.to_str().expect("a plain name"));
        let tested = test.arg("--show-output").run();
        fs::remove_file(file).unwrap();
        tested.passes(1).shows("the usual order ends well, and there is no other: nobody acts");
    }
    played("uses_a_lock_of_tokio_alone").passes(1);
    played("exchanges_weakly_alone").fails(1).shows("it came to nothing");
}

#[test]
fn schedules_that_are_drawn_by_counts_replay() {
    let tested = played("is_drawn_by_counts");
    tested.fails(1).shows("a count is lost");
    let schedule = tested.schedule();
    let again = Harness::of_this_file().test("played::is_drawn_by_counts");
    again.env("REHEARSAL_SCHEDULE", &schedule).run().fails(1).shows("a count is lost");
}

/// The counts are those of the first schedule, so its number belongs to the command if a variable has set it.
#[test]
fn a_command_carries_the_variables_that_its_order_needs() {
    let test = |name: &str| Harness::of_this_file().test(&format!("played::{name}"));
    let tested = test("is_drawn_by_counts").env("REHEARSAL_SEED", "1000");
    let tested = tested.env("REHEARSAL_SCHEDULES", "1000").env("REHEARSAL_STRETCH", "7").run();
    tested.fails(1).shows("a count is lost");
    let schedule = tested.schedule();
    let needs = with("REHEARSAL_STRETCH", "7") + &with("REHEARSAL_SEED", "1000");
    tested.shows(&format!("Play it again: {needs}{}cargo", with_schedule(&schedule)));
    tested.shows(&format!("Play that sentence alone: {}cargo", with_hold(&tested.hold())));
    let again = test("is_drawn_by_counts").env("REHEARSAL_SEED", "1000");
    let again = again.env("REHEARSAL_STRETCH", "7").env("REHEARSAL_SCHEDULE", &schedule).run();
    again.fails(1).shows("a count is lost").shows(&format!("Play it again: {needs}"));
    // What is drawn without counts does not depend on where the series began.
    let tested = test("loses_a_count").env("REHEARSAL_SEED", "1000").run();
    tested.fails(1).hides("REHEARSAL_SEED=");
}

#[test]
fn an_order_that_does_not_fail_is_told_as_that() {
    let test = |name: &str| Harness::of_this_file().test(&format!("played::{name}"));
    for (variable, value, name) in [
        ("REHEARSAL_SCHEDULE", "17", "schedule 17"),
        ("REHEARSAL_SCHEDULE", "usual", "the usual order"),
        ("REHEARSAL_HOLD", "1@start#1", "the order of REHEARSAL_HOLD"),
    ] {
        let tested = test("passes").arg("--nocapture").env(variable, value).run();
        tested.passes(1).shows(&format!("rehearsal: {name} did not fail\n"));
    }
    let usual = test("is_drawn_by_counts").arg("--nocapture").env("REHEARSAL_SEED", "9");
    usual.env("REHEARSAL_SCHEDULE", "usual").run().passes(1).hides("counts of schedule");
}

#[test]
fn futures_are_dropped_as_often_as_was_asked_for() {
    played("is_dropped_at_its_first_wait").fails(1).shows("it was dropped");
}

#[test]
fn the_second_call_of_a_test_is_found_again() {
    played("explores_twice").fails(1).shows("a count is lost");
}

#[test]
fn what_can_not_be_explored_is_refused() {
    played("explores_within").fails(1).shows("explore() was called within explore()");
    played("uses_a_queue_before").fails(1).shows("was used before explore()");
    let test = || Harness::of_this_file().test("played::passes");
    let bad = "invalid value 'few' for the variable REHEARSAL_SCHEDULES";
    test().env("REHEARSAL_SCHEDULES", "few").run().fails(1).shows(bad);
    let bad = "invalid value 'x' for the variable REHEARSAL_SCHEDULE";
    test().env("REHEARSAL_SCHEDULE", "x").run().fails(1).shows(bad);
    let bad = "invalid value '2@recv' for the variable REHEARSAL_HOLD: '2@recv' is no stop";
    test().env("REHEARSAL_HOLD", "2@recv").run().fails(1).shows(bad);
    let bad = "the variables REHEARSAL_SCHEDULE and REHEARSAL_HOLD ask for two orders at once";
    let both = test().env("REHEARSAL_HOLD", "2@recv#1").env("REHEARSAL_SCHEDULE", "3");
    both.run().fails(1).shows(bad);
}

#[test]
fn a_test_with_threads_of_its_own_is_started_again_for_each_schedule() {
    played("has_another_thread").fails(1).shows("a count is lost");
}

#[test]
fn variables_say_how_many_and_which() {
    let harness = Harness::of_this_file().test("played::passes").arg("--show-output");
    let harness = harness.env("REHEARSAL_SCHEDULES", "3").env("REHEARSAL_SEED", "70");
    harness.run().passes(1).shows("the usual order and 3 schedules end well");
}

#[test]
fn a_tape_is_written_of_the_order_that_is_asked_for() {
    let path = passing("tape.jsonl");
    let named = path.to_str().expect("a folder for what is passing has a plain name");
    let test = || Harness::of_this_file().test("played::passes").env("REHEARSAL_TAPE", named);
    let needs = "the variable REHEARSAL_TAPE needs REHEARSAL_SCHEDULE or REHEARSAL_HOLD";
    test().run().fails(1).shows(needs);
    for (variable, value, start) in [
        ("REHEARSAL_SCHEDULE", "3", r#""pace":"instant","schedule":3}"#),
        ("REHEARSAL_HOLD", "1@start#1", r#""pace":"instant","hold":"1@start#1"}"#),
    ] {
        test().env(variable, value).run().passes(1);
        let tape = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(tape.contains(start), "{tape}");
        assert!(tape.contains(r#""line":"[Worker] a line that nobody reads""#), "{tape}");
    }
}

#[test]
fn on_the_pace_off_the_body_is_played_once_and_here() {
    let harness = Harness::of_this_file().test("played::passes").arg("--nocapture");
    harness.env("REHEARSAL", "off").run().passes(1).shows("a line that nobody reads");
}

/// Tests without the attribute share one stage. What the second one is told leads to it.
#[cfg(target_os = "linux")]
#[test]
fn a_second_test_without_the_attribute_is_told_of_it() {
    let harness = Harness::of_this_file().arg("--test-threads=2").arg("--exact");
    let both = harness.arg("played::has_no_attribute").arg("played::has_none_either");
    let tested = both.env("REHEARSAL", "instant").run();
    assert_eq!(tested.code, Some(common::STUCK), "{tested}");
    tested.shows("FOREIGN THREAD at").shows("With #[rehearsal::test]");
}

/// Several in one process, two at a time: a failure of one is none of another.
#[test]
fn tests_are_played_beside_each_other() {
    let harness = Harness::of_this_file().arg("--test-threads=2").arg("--exact");
    let names = ["passes", "loses_a_count", "forgets_to_drop", "answers", "spins"];
    let harness =
        names.iter().fold(harness, |harness, name| harness.arg(&format!("played::{name}")));
    let tested = harness.run();
    tested.counts("2 passed; 3 failed").shows("test played::answers ... ok");
}
