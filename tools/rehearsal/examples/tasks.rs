//! Programs of tasks, one for each subcommand: `cargo run --example tasks -- pool --pace instant`.
//!
//! They are what `tests/tasks.rs` plays. A comment such as `// pool: recv` marks a line that a report has
//! to name.

use rehearsal::{
    async_channel::{self, Receiver, Sender, TryRecvError, TrySendError},
    crossbeam_channel as channel, println,
    sync::Mutex as BlockingMutex,
    thread, tokio, work,
};
use std::{
    error::Error,
    future::{Future, pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    process,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    task::{Poll, Waker},
};
use tokio::{
    sync::{Barrier, Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet, spawn_blocking, yield_now},
    time::{Duration, Instant, interval, sleep, sleep_until, timeout, timeout_at},
};

macro_rules! cases {
    (tasks: $($case:ident)*; threads: $($plain:ident)*;) => {
        fn main() {
            since_start();
            match case().as_str() {
                $(stringify!($plain) => $plain(),)*
                _ => play(),
            }
        }

        #[tokio::main]
        async fn play() {
            match case().as_str() {
                $(stringify!($case) => $case().await,)*
                other => panic!("there is no case '{other}'"),
            }
        }
    };
}

cases! {
    tasks:
    // One order.
    pool ties counts
    // Deadlocks.
    forgotten_drop few_sentinels full_queue own_full_queue double_lock circle stuck_in_a_set all_of_sync arms
    joined library_futures hand_made lost_waker stale behind_many stream closed_queue many_stuck two_kinds within_libraries
    // Not quite deadlocks.
    poll_loop heartbeat heartbeat_beside_sleep heartbeat_beside_timeout heartbeat_beside_thread
    slow_interval quiet_pipeline years yield_spin try_spin try_spin_beside_thread bare_loop
    // Blocking calls and threads.
    blocking_beside_tasks blocking_panics blocking_aborted blocking_outlives_main blocking_in_a_set
    blocking_talks threads_talk queue_of_both early_message stuck_blocking_call stuck_after_main
    // Blocking in a task.
    sleep_in_a_task work_in_a_task work_beside_tasks blocked_recv blocked_queue blocked_lock late_block
    // Handles.
    handles sets set_panics panic_in_a_task panic_in_main early_return exit_in_a_task drop_panics
    // What the mirrors do.
    queues queue_without_room times short_naps
    // Schedules.
    taken_is_not_done stuck_under_a_schedule
    // Size.
    ten_thousand ten_thousand_stuck ten_thousand_joined;

    threads:
    forms nested two_in_turn in_a_thread;
}

fn case() -> String {
    std::env::args().nth(1).unwrap_or_default()
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The virtual time since the start of the program, in milliseconds.
fn at() -> u128 {
    since_start().as_millis()
}

fn since_start() -> Duration {
    static START: OnceLock<rehearsal::time::Instant> = OnceLock::new();
    START.get_or_init(rehearsal::time::Instant::now).elapsed()
}

// ---------------------------------------------------------------- one order

/// Three workers, a queue that is too short, and a clock that ticks in between.
async fn pool() {
    let (queue, jobs) = async_channel::bounded(2);
    let mut workers = JoinSet::new();
    for id in 1..=3 {
        workers.spawn(pool_worker(id, jobs.clone()));
    }
    let producer = tokio::spawn(async move {
        for job in 1..=8_u64 {
            sleep(ms(5)).await;
            queue.send(job).await.unwrap();
            println!("[Producer] Added {job}");
        }
    });
    producer.await.unwrap();
    let mut processed = 0;
    while let Some(worker) = workers.join_next().await {
        processed += worker.unwrap();
    }
    println!("Processed {processed} in {} ms", at());
}

async fn pool_worker(id: u64, jobs: Receiver<u64>) -> u32 {
    let mut tick = interval(ms(20));
    let mut processed = 0;
    loop {
        tokio::select! {
            biased;
            _ = tick.tick() => println!("[Worker-{id}] Tick"),
            job = jobs.recv() => {
                let Ok(job) = job else { return processed };
                sleep(ms(10 + job * 7 % 20)).await;
                println!("[Worker-{id}] Processed {job}");
                processed += 1;
            }
        }
    }
}

/// Everybody wakes at the same instant, in the order in which they went to sleep.
async fn ties() {
    let sleepers: Vec<_> = (1..=5)
        .map(|id| {
            tokio::spawn(async move {
                for round in 1..=2 {
                    sleep(ms(10)).await;
                    println!("[Sleeper-{id}] {round}");
                }
            })
        })
        .collect();
    for sleeper in sleepers {
        sleeper.await.unwrap();
    }
}

/// Order-free facts, for the paces that promise no order.
async fn counts() {
    let (queue, jobs) = async_channel::bounded(3);
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let jobs = jobs.clone();
            tokio::spawn(async move {
                let mut sum = 0;
                while let Ok(job) = jobs.recv().await {
                    sleep(ms(1)).await;
                    sum += job;
                }
                sum
            })
        })
        .collect();
    let call = spawn_blocking(|| (1..=10).sum::<u32>());
    for job in 1..=40 {
        queue.send(job).await.unwrap();
    }
    drop(queue);
    let mut sum = 0;
    for worker in workers {
        sum += worker.await.unwrap();
    }
    println!("{} {}", sum, call.await.unwrap());
}

// ---------------------------------------------------------------- deadlocks

async fn forgotten_drop() {
    let (queue, jobs) = async_channel::bounded(2); // forgotten_drop: queue
    let producer = queue.clone(); // forgotten_drop: clone
    tokio::spawn(async move {
        println!("[Producer] One");
        producer.send(1).await.unwrap();
    });
    let worker = tokio::spawn(async move {
        loop {
            let Ok(job) = jobs.recv().await else { break }; // forgotten_drop: recv
            println!("[Worker] {job}");
        }
    });
    worker.await.unwrap(); // forgotten_drop: join
    drop(queue);
}

async fn few_sentinels() {
    let (queue, jobs) = async_channel::bounded::<Option<u32>>(5); // few_sentinels: queue
    let workers: Vec<_> = (1..=3)
        .map(|id| {
            let jobs = jobs.clone();
            tokio::spawn(async move {
                println!("[Worker-{id}] Here");
                while jobs.recv().await.unwrap().is_some() {} // few_sentinels: recv
            })
        })
        .collect();
    for _ in 0..2 {
        sleep(ms(100)).await;
        queue.send(None).await.unwrap();
    }
    for worker in workers {
        worker.await.unwrap(); // few_sentinels: join
    }
}

async fn full_queue() {
    let (queue, jobs) = async_channel::bounded(2); // full_queue: queue
    let producer = tokio::spawn(async move {
        for job in 1.. {
            queue.send(job).await.unwrap(); // full_queue: send
            println!("[Producer] Added {job}");
        }
    });
    producer.await.unwrap(); // full_queue: join
    drop(jobs);
}

/// Each worker puts back what it takes, and the queue is full again by then.
async fn own_full_queue() {
    let (queue, jobs) = async_channel::bounded(1); // own_full_queue: queue
    for id in 1..=2 {
        let (queue, jobs) = (queue.clone(), jobs.clone()); // own_full_queue: clone
        tokio::spawn(async move {
            loop {
                let job = jobs.recv().await.unwrap(); // own_full_queue: take
                println!("[Worker-{id}] Took {job}");
                sleep(ms(10)).await;
                queue.send(job).await.unwrap(); // own_full_queue: back
            }
        });
    }
    for job in 1.. {
        queue.send(job).await.unwrap(); // own_full_queue: send
    }
}

async fn double_lock() {
    let lock = Arc::new(Mutex::new(0));
    let lock_twice = async move {
        let first = lock.lock().await;
        let second = lock.lock().await; // double_lock: lock
        (*first, *second)
    };
    let task = tokio::spawn(lock_twice); // double_lock: spawn
    task.await.unwrap(); // double_lock: join
}

/// Each waits for the other's end.
async fn circle() {
    let (to_a, for_a) = oneshot::channel::<JoinHandle<()>>();
    let (to_b, for_b) = oneshot::channel::<JoinHandle<()>>();
    let a = tokio::spawn(async {
        println!("[A] Waits for B");
        for_a.await.unwrap().await.unwrap(); // circle: a
    });
    let b = tokio::spawn(async {
        println!("[B] Waits for A");
        for_b.await.unwrap().await.unwrap(); // circle: b
    });
    to_a.send(b).unwrap();
    to_b.send(a).unwrap();
    pending::<()>().await;
}

async fn stuck_in_a_set() {
    let mut set = JoinSet::new();
    for id in 1..=3 {
        set.spawn(async move {
            println!("[Task-{id}] Starts");
            if id == 2 {
                Notify::new().notified().await; // stuck_in_a_set: notified
            }
        });
    }
    while set.join_next().await.is_some() {} // stuck_in_a_set: join
}

/// A task at each call of `tokio::sync`, none of which the rehearsal mirrors.
async fn all_of_sync() {
    let mut stuck = JoinSet::new();
    macro_rules! stuck {
        ($name:literal, $wait:expr) => {
            stuck.spawn(async move {
                println!("[{}]", $name);
                let _waited = $wait;
            })
        };
    }
    let mutex = Arc::new(Mutex::new(0));
    let rwlock = Arc::new(RwLock::new(0));
    let semaphore = Arc::new(Semaphore::new(1));
    let _locked = mutex.clone().lock_owned().await;
    let _written = rwlock.clone().write_owned().await;
    let _acquired = semaphore.clone().acquire_owned().await;
    let (notify, barrier) = (Notify::new(), Barrier::new(2));
    let (full, _kept) = mpsc::channel(1);
    full.send(1).await.unwrap();
    let (_sender, mut empty) = mpsc::channel::<u32>(1);
    let (_answer, asked) = oneshot::channel::<u32>();
    let (_change, mut seen) = watch::channel(0);
    let (_speaker, mut heard) = broadcast::channel::<u32>(1);
    stuck!("Mutex", mutex.lock().await); // all_of_sync: Mutex
    stuck!("RwLock", rwlock.read().await); // all_of_sync: RwLock
    stuck!("Semaphore", semaphore.acquire().await); // all_of_sync: Semaphore
    stuck!("Notify", notify.notified().await); // all_of_sync: Notify
    stuck!("Barrier", barrier.wait().await); // all_of_sync: Barrier
    stuck!("full", full.send(2).await); // all_of_sync: full
    stuck!("empty", empty.recv().await); // all_of_sync: empty
    stuck!("oneshot", asked.await); // all_of_sync: oneshot
    stuck!("watch", seen.changed().await); // all_of_sync: watch
    stuck!("broadcast", heard.recv().await); // all_of_sync: broadcast
    pending::<()>().await;
}

/// A `select!` with arms that are mirrored and arms that are not.
async fn arms() {
    let (_queue, jobs) = async_channel::unbounded::<u32>(); // arms: queue
    let (full, _jobs) = async_channel::bounded(1); // arms: full
    full.send(1).await.unwrap();
    let notify = Notify::new();
    let mut task = tokio::spawn(async {
        println!("[Task] Starts");
        pending::<()>().await;
    });
    tokio::select! { // arms: select
        biased;
        _ = jobs.recv() => {}
        _ = full.send(2) => {}
        _ = &mut task => {}
        _ = notify.notified() => {}
        _ = in_a_helper(&notify) => {}
    }
}

async fn in_a_helper(notify: &Notify) {
    notify.notified().await; // arms: helper
}

/// `join!` polls for us; the line is ours all the same.
async fn joined() {
    let (_queue, jobs) = async_channel::unbounded::<u32>(); // joined: queue
    let lock = Mutex::new(0);
    let _locked = lock.lock().await;
    let task = tokio::spawn(async {
        println!("[Task] Starts");
        pending::<()>().await;
    });
    let (..) = tokio::join!(jobs.recv(), lock.lock(), task); // joined: join
}

/// Tasks that are nothing but a library's future.
async fn library_futures() {
    let notify = Arc::new(Notify::new());
    let one = tokio::spawn(notify.notified_owned()); // library_futures: notified
    let two = tokio::spawn(one); // library_futures: handle
    two.await.unwrap().unwrap(); // library_futures: join
}

/// A future of the program's own, that keeps its waker as it should.
async fn hand_made() {
    let mut kept: Option<Waker> = None;
    poll_fn(|context| {
        kept = Some(context.waker().clone()); // hand_made: clone
        Poll::<()>::Pending
    })
    .await;
}

/// And one that forgets it: it could go on, but nobody knows whom to wake.
async fn lost_waker() {
    let there = Arc::new(AtomicBool::new(false));
    let seen = there.clone();
    let forgetful = tokio::spawn(async move {
        println!("[Forgetful] Waits");
        poll_fn(|_| if seen.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }).await;
        println!("[Forgetful] Goes on");
    });
    sleep(ms(10)).await;
    there.store(true, SeqCst);
    forgetful.await.unwrap(); // lost_waker: join
    println!("all is well");
}

/// Futures that lost an earlier `select!` and are kept: nobody waits for them any more.
async fn stale() {
    let (_queue, jobs) = async_channel::unbounded::<u32>();
    let mut task = tokio::spawn(async {
        println!("[Task] Starts");
        pending::<()>().await;
    });
    let mut received = pin!(jobs.recv());
    tokio::select! {
        biased;
        _ = &mut task => {}
        _ = &mut received => {}
        () = sleep(ms(5)) => {}
    }
    Notify::new().notified().await; // stale: notified
}

/// The receiver as a stream, polled by hand.
async fn stream() {
    use futures_core::Stream;
    let (queue, jobs) = async_channel::unbounded(); // stream: queue
    queue.try_send(1).unwrap();
    let mut jobs = pin!(jobs);
    loop {
        let job: Option<u32> = poll_fn(|context| jobs.as_mut().poll_next(context)).await; // stream: next
        println!("{job:?}");
    }
}

/// Those that wait in a queue are told without tracing, so that it does for the one who does not.
async fn behind_many() {
    let (_queue, jobs) = async_channel::unbounded::<u32>();
    for id in 1..=30 {
        let jobs = jobs.clone();
        tokio::spawn(async move {
            println!("[Worker-{id}] Starts");
            let mut lost = pin!(jobs.recv());
            tokio::select! {
                biased;
                _ = &mut lost => {}
                () = sleep(ms(5)) => {}
            }
            jobs.recv().await.unwrap(); // behind_many: recv
        });
    }
    let lock = Arc::new(Mutex::new(0));
    let _locked = lock.clone().lock_owned().await;
    let locker = tokio::spawn(async move {
        println!("[Locker] Starts");
        *lock.lock().await += 1; // behind_many: lock
    });
    locker.await.unwrap(); // behind_many: join
}

async fn closed_queue() {
    let (queue, _jobs) = async_channel::bounded::<u32>(1); // closed_queue: queue
    queue.closed().await; // closed_queue: closed
}

/// Waits that go through a library of the program's, not through its own `.await`.
async fn within_libraries() {
    let (_queue, jobs) = async_channel::unbounded::<u32>();
    let boxed: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
        jobs.recv().await.unwrap(); // within_libraries: inside
    });
    let boxed_receive = tokio::spawn(async move {
        println!("[Boxed] Starts");
        boxed.await
    });
    let a_lifetime = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    let joined = timeout(a_lifetime, boxed_receive).await; // within_libraries: timeout
    joined.unwrap().unwrap();
}

/// More actors than a report has lines.
async fn many_stuck() {
    let (queue, jobs) = async_channel::bounded(1);
    queue.send(0).await.unwrap();
    let mut senders = JoinSet::new();
    for id in 1..=50 {
        let queue = queue.clone();
        senders.spawn(async move {
            println!("[Sender-{id}] Starts");
            queue.send(id).await.unwrap(); // many_stuck: send
        });
    }
    senders.join_all().await; // many_stuck: join
    drop(jobs);
}

/// Some have a name and some have none, and those that fell are of two kinds.
async fn two_kinds() {
    let (_queue, jobs) = async_channel::unbounded::<u32>();
    for id in 1..=12 {
        let jobs = jobs.clone();
        let work = async move {
            if id < 3 {
                println!("[Worker-{id}] Starts");
            }
            let _ = jobs.recv().await; // two_kinds: recv
        };
        tokio::spawn(work); // two_kinds: named
    }
    for _ in 0..2 {
        let jobs = jobs.clone();
        tokio::spawn(async move { jobs.recv().await }); // two_kinds: nameless
    }
    for id in 1..=2 {
        tokio::spawn(async move {
            println!("[Loser-{id}] Starts");
            sleep(ms(5 * (id - 1))).await;
            spawn_blocking(|| panic!("lost")).await.unwrap(); // two_kinds: call
        });
    }
    Notify::new().notified().await; // two_kinds: wait
}

// ---------------------------------------------------------------- not quite deadlocks

/// Asks again and again, and what it asks for never comes.
async fn poll_loop() {
    let (_queue, jobs) = async_channel::bounded::<u32>(1);
    println!("[Poller] Starts");
    while jobs.try_recv().is_err() {
        sleep(ms(10)).await; // poll_loop: sleep
    }
}

/// One task beats for ever, and another one is stuck.
async fn heartbeat() {
    let beat = async {
        loop {
            sleep(ms(100)).await; // heartbeat: sleep
        }
    };
    let heart = tokio::spawn(beat); // heartbeat: spawn
    let (_queue, jobs) = async_channel::bounded::<u32>(1);
    println!("[Worker] Starts");
    jobs.recv().await.unwrap(); // heartbeat: recv
    heart.abort();
}

fn beat() {
    tokio::spawn(async {
        loop {
            sleep(ms(100)).await;
        }
    });
}

async fn heartbeat_beside_sleep() {
    beat();
    sleep(Duration::from_secs(3600)).await;
    println!("slept for {} s", at() / 1000);
}

async fn heartbeat_beside_timeout() {
    beat();
    let elapsed = timeout(Duration::from_secs(3600), pending::<()>()).await;
    println!("{elapsed:?} after {} s", at() / 1000);
}

async fn heartbeat_beside_thread() {
    beat();
    let sleeper = spawn_blocking(|| thread::sleep(Duration::from_secs(3600)));
    sleeper.await.unwrap();
    println!("slept for {} s", at() / 1000);
}

async fn slow_interval() {
    beat();
    let mut hours = interval(Duration::from_secs(3600));
    for _ in 0..3 {
        hours.tick().await;
    }
    println!("ticked for {} s", at() / 1000);
}

/// Many messages over a channel that the rehearsal does not mirror, and not a word.
async fn quiet_pipeline() {
    let (queue, mut jobs) = mpsc::channel(10);
    let worker = tokio::spawn(async move {
        let mut sum = 0;
        while let Some(job) = jobs.recv().await {
            sleep(ms(100)).await;
            sum += job;
        }
        sum
    });
    for job in 1..=15_000_u64 {
        queue.send(job).await.unwrap();
    }
    drop(queue);
    println!("{} after {} s", worker.await.unwrap(), at() / 1000);
}

/// Some sleep very long, and wake none the less.
async fn years() {
    for year in 1..=30 {
        sleep(Duration::from_secs(365 * 24 * 60 * 60)).await;
        println!("{year}");
    }
}

async fn yield_spin() {
    println!("[Spinner] Starts");
    loop {
        yield_now().await; // yield_spin: yield
    }
}

async fn try_spin() {
    let (_queue, jobs) = async_channel::bounded::<u32>(1);
    let spinner = tokio::spawn(async move {
        println!("[Spinner] Starts");
        while jobs.try_recv().is_err() {} // try_spin: try
    });
    spinner.await.unwrap();
}

/// A task that spins holds the runtime up, but no thread.
async fn try_spin_beside_thread() {
    let (queue, jobs) = async_channel::bounded(1);
    thread::spawn(move || {
        thread::sleep(ms(30));
        queue.try_send(1).unwrap();
    });
    while jobs.try_recv().is_err() {}
    println!("received before 50 ms: {}", at() < 50);
}

async fn bare_loop() {
    let looper = tokio::spawn(async {
        println!("[Looper] Starts"); // bare_loop: print
        loop {
            std::hint::spin_loop();
        }
    });
    looper.await.unwrap();
}

// ---------------------------------------------------------------- blocking calls and threads

async fn blocking_beside_tasks() {
    let call = spawn_blocking(|| {
        for part in 1..=3 {
            thread::sleep(ms(100));
            println!("[Call] {part} at {} ms", at());
        }
        "the result"
    });
    let ticker = tokio::spawn(async {
        for tick in 1..=4 {
            sleep(ms(70)).await;
            println!("[Ticker] {tick} at {} ms", at());
        }
    });
    println!("{}", call.await.unwrap());
    ticker.await.unwrap();
}

async fn blocking_panics() {
    let call = spawn_blocking(|| {
        println!("[Call] Starts");
        if true {
            panic!("out of paper");
        }
    });
    let error = call.await.unwrap_err();
    println!("panic: {}, {}", error.is_panic(), message(error.into_panic().as_ref()));
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// A call that has begun goes on, one that has not never begins.
async fn blocking_aborted() {
    let never = spawn_blocking(|| println!("[Never] Begins"));
    never.abort();
    println!("cancelled: {}", never.await.unwrap_err().is_cancelled());

    let call = spawn_blocking(|| {
        thread::sleep(ms(50));
        println!("[Call] Ends at {} ms", at());
        7
    });
    sleep(ms(10)).await;
    call.abort_handle().abort();
    println!("finished: {}", call.is_finished());
    println!("{}", call.await.unwrap());
}

async fn blocking_outlives_main() {
    let start = Instant::now();
    spawn_blocking(move || {
        thread::sleep(ms(50));
        println!("[Call] Ends at {} ms, {:?} by tokio's clock", at(), start.elapsed());
    });
    sleep(ms(10)).await;
    println!("main ends at {} ms", at());
}

async fn blocking_in_a_set() {
    let mut set = JoinSet::new();
    for id in 1..=2_u64 {
        set.spawn_blocking(move || {
            thread::sleep(ms(100 / id));
            println!("[Call-{id}] Ends at {} ms", at());
            id
        });
    }
    set.spawn(async {
        println!("[Task] Starts");
        pending().await
    });
    sleep(ms(10)).await;
    set.abort_all();
    while let Some(joined) = set.join_next().await {
        println!("{:?}", joined.map_err(|error| error.is_cancelled()));
    }
}

/// Blocking calls and threads talk to each other over channels of threads, and to tasks over theirs.
async fn blocking_talks() {
    let (questions, asked) = channel::bounded::<u32>(1);
    let (answers, answered) = mpsc::unbounded_channel();
    let thread = thread::spawn(move || {
        for question in asked {
            work(ms(10));
            println!("[Thread] {question} at {} ms", at());
            answers.send(question * 2).unwrap();
        }
    });
    let call = spawn_blocking(move || {
        for question in 1..=3 {
            questions.send(question).unwrap();
            println!("[Call] Asked {question} at {} ms", at());
        }
    });
    let mut answered = answered;
    while let Some(answer) = answered.recv().await {
        println!("[Main] {answer} at {} ms", at());
    }
    call.await.unwrap();
    thread.join().unwrap();
}

/// Threads that the program starts wake tasks, each over another channel.
async fn threads_talk() {
    let (queue, jobs) = async_channel::bounded(1);
    let (line, mut lines) = mpsc::unbounded_channel();
    let (answer, answered) = oneshot::channel();
    let notify = Arc::new(Notify::new());
    let theirs = notify.clone();
    let start = Instant::now();
    let thread = thread::spawn(move || {
        thread::sleep(ms(10));
        println!("[Thread] tokio's clock has moved on by {:?}", start.elapsed());
        queue.try_send("a job").unwrap();
        println!("[Thread] Still on its turn");
        thread::sleep(ms(10));
        line.send("a line").unwrap();
        thread::sleep(ms(10));
        answer.send("an answer").unwrap();
        thread::sleep(Duration::from_micros(1_500));
        theirs.notify_one();
    });
    println!("{} at {} ms", jobs.recv().await.unwrap(), at());
    println!("{} at {} ms", lines.recv().await.unwrap(), at());
    println!("{} at {} ms", answered.await.unwrap(), at());
    notify.notified().await;
    println!("notified at {} ms", at());
    thread.join().unwrap();
}

/// Tasks and threads share a queue, each in its own way of waiting.
async fn queue_of_both() {
    let (queue, jobs) = async_channel::bounded(1);
    let theirs = jobs.clone();
    let thread = thread::spawn(move || {
        while let Ok(job) = theirs.recv_blocking() {
            println!("[Thread] {job} at {} ms", at());
            thread::sleep(ms(10));
        }
    });
    let task = tokio::spawn(async move {
        while let Ok(job) = jobs.recv().await {
            println!("[Task] {job} at {} ms", at());
            sleep(ms(15)).await;
        }
    });
    let call = spawn_blocking(move || {
        for job in 1..=6 {
            queue.send_blocking(job).unwrap();
        }
        println!("[Call] Added all at {} ms", at());
        queue.close();
        println!("{}", queue.send_blocking(7).is_err());
    });
    call.await.unwrap();
    task.await.unwrap();
    println!("all received at {} ms", at());
    thread.join().unwrap();
}

/// A call that nobody awaits: `main` has returned, and the program can't end.
async fn stuck_after_main() {
    let (queue, jobs) = async_channel::bounded::<u32>(1); // stuck_after_main: queue
    let _kept = Box::leak(Box::new(queue));
    spawn_blocking(move || {
        println!("[Call] Starts");
        jobs.recv_blocking() // stuck_after_main: recv
    });
    sleep(ms(20)).await;
    println!("main ends");
}

/// A thread that would have waited for an hour, and for ever, got its messages long ago.
async fn early_message() {
    let (queue, items) = channel::bounded(1);
    let thread = thread::spawn(move || {
        println!("[Thread] {:?}", items.recv_timeout(Duration::from_secs(3600)));
        println!("[Thread] {:?}", items.recv_timeout(Duration::MAX));
    });
    for item in 1..=2 {
        sleep(ms(15)).await;
        queue.send(item).unwrap();
    }
    pending::<()>().await;
    thread.join().unwrap();
}

async fn stuck_blocking_call() {
    let (_queue, items) = channel::bounded::<u32>(1); // stuck_blocking_call: queue
    let call = spawn_blocking(move || {
        println!("[Call] Starts");
        items.recv().unwrap() // stuck_blocking_call: recv
    });
    call.await.unwrap(); // stuck_blocking_call: join
}

// ---------------------------------------------------------------- blocking in a task

async fn sleep_in_a_task() {
    let sleepers: Vec<_> = (1..=3)
        .map(|id| {
            tokio::spawn(async move {
                thread::sleep(ms(100));
                println!("[Sleeper-{id}] Blocked until {} ms", at());
                sleep(ms(50)).await;
                println!("[Sleeper-{id}] Ends at {} ms", at());
            })
        })
        .collect();
    for sleeper in sleepers {
        sleeper.await.unwrap();
    }
}

/// Two tasks compute, with cores enough; beside them a thread does.
async fn work_in_a_task() {
    let thread = thread::spawn(|| {
        work(ms(120));
        println!("[Thread] Done at {} ms", at());
    });
    let workers: Vec<_> = (1..=2)
        .map(|id| {
            tokio::spawn(async move {
                work(ms(100));
                println!("[Worker-{id}] Done at {} ms", at());
            })
        })
        .collect();
    sleep(ms(10)).await;
    println!("main wakes at {} ms", at());
    for worker in workers {
        worker.await.unwrap();
    }
    thread.join().unwrap();
}

/// The same as blocking calls, six on four cores.
async fn work_beside_tasks() {
    let calls: Vec<_> = (1..=6)
        .map(|id| {
            spawn_blocking(move || {
                work(ms(100));
                println!("[Call-{id}] Done at {} ms", at());
            })
        })
        .collect();
    sleep(ms(10)).await;
    println!("main wakes at {} ms", at());
    for call in calls {
        call.await.unwrap();
    }
}

async fn blocked_recv() {
    let (_queue, items) = channel::bounded::<u32>(1); // blocked_recv: queue
    let blocked = tokio::spawn(async move {
        println!("[Blocked] Starts");
        items.recv().unwrap() // blocked_recv: recv
    });
    sleep(ms(10)).await;
    blocked.await.unwrap();
}

async fn blocked_queue() {
    let (_queue, jobs) = async_channel::bounded::<u32>(1); // blocked_queue: queue
    println!("[main] Starts");
    jobs.recv_blocking().unwrap(); // blocked_queue: recv
}

async fn blocked_lock() {
    let lock = Arc::new(BlockingMutex::new(0));
    let theirs = lock.clone();
    let task = tokio::spawn(async move {
        println!("[Task] Locks");
        *theirs.lock().unwrap() += 1; // blocked_lock: lock
    });
    let locked = lock.lock().unwrap(); // blocked_lock: holder
    task.await.unwrap(); // blocked_lock: join
    drop(locked);
}

/// Stuck at the instant to which a blocking sleep has brought the clock.
async fn late_block() {
    let task = tokio::spawn(async {
        println!("[Task] Blocks");
        thread::sleep(ms(700));
        println!("[Task] Waits");
        pending::<()>().await;
    });
    task.await.unwrap(); // late_block: join
}

// ---------------------------------------------------------------- handles

async fn handles() {
    let mut task = tokio::spawn(async {
        sleep(ms(10)).await;
        7
    });
    println!(
        "finished: {}, the same: {}",
        task.is_finished(),
        task.id() == task.abort_handle().id()
    );
    tokio::select! {
        biased;
        _ = &mut task => println!("too early"),
        () = sleep(ms(5)) => println!("not yet"),
    }
    println!("{}", task.await.unwrap());

    let task = tokio::spawn(async {
        let _told = TellsWhenDropped("[Aborted]");
        pending::<()>().await;
    });
    yield_now().await;
    task.abort();
    println!("finished: {}", task.is_finished());
    let error = task.await.unwrap_err();
    println!("cancelled: {}, panic: {}", error.is_cancelled(), error.is_panic());

    let task = tokio::spawn(async { println!("[Never] Starts") });
    let handle = task.abort_handle();
    handle.abort();
    println!("cancelled: {}", task.await.unwrap_err().is_cancelled());
    println!("finished: {}", handle.is_finished());

    let quick = tokio::spawn(async {});
    sleep(ms(1)).await;
    println!("finished: {}", quick.is_finished());
    quick.abort();
    println!("aborted too late: {:?}", quick.await.is_ok());
}

struct TellsWhenDropped(&'static str);

impl Drop for TellsWhenDropped {
    fn drop(&mut self) {
        println!("{} is dropped at {} ms", self.0, at());
    }
}

async fn sets() {
    let mut set = JoinSet::new();
    println!("{} {} {:?}", set.is_empty(), set.try_join_next().is_none(), set);
    for id in 1..=4_u64 {
        set.spawn(async move {
            sleep(ms(40 - id * 10)).await;
            id
        });
    }
    println!("{} {:?}", set.len(), set.join_next().await.unwrap().unwrap());
    let (id, value) = set.join_next_with_id().await.unwrap().unwrap();
    println!("{value} {}", id != tokio::spawn(async {}).id());
    println!("{}", set.try_join_next().is_none());
    sleep(ms(10)).await;
    println!("{:?}", set.try_join_next_with_id().map(|joined| joined.unwrap().1));
    let joined = poll_fn(|context| set.poll_join_next(context)).await;
    println!("{:?}", joined.map(Result::unwrap));
    println!("{:?} {}", set.join_next().await.is_none(), set.is_empty());

    let all: JoinSet<u64> = {
        let mut set = JoinSet::new();
        for id in 1..=3 {
            set.spawn(async move { id });
        }
        set
    };
    println!("{:?}", all.join_all().await);

    let mut ends = JoinSet::new();
    for name in ["[Shut-1]", "[Shut-2]"] {
        ends.spawn(waits_with(name));
    }
    sleep(ms(1)).await;
    ends.shutdown().await;
    println!("{}", ends.len());

    let aborted = ends.spawn(waits_with("[Aborted]"));
    yield_now().await;
    aborted.abort();
    println!("cancelled: {}", ends.join_next().await.unwrap().unwrap_err().is_cancelled());
    ends.spawn(waits_with("[Dropped]"));
    yield_now().await;
    drop(ends);
    yield_now().await;

    let mut detached = JoinSet::new();
    detached.spawn(async {
        sleep(ms(5)).await;
        println!("[Detached] Ends");
    });
    detached.detach_all();
    println!("{}", detached.is_empty());
    drop(detached);
    sleep(ms(10)).await;
}

async fn waits_with(name: &'static str) {
    let _told = TellsWhenDropped(name);
    pending().await
}

async fn set_panics() {
    let mut set = JoinSet::new();
    set.spawn(async { 1 });
    set.spawn(async { if true { panic!("out of paper") } else { 2 } });
    let joined = catch_unwind_of(set.join_all()).await;
    println!("{}", message(joined.unwrap_err().as_ref()));
}

/// Awaits a future; `Err` is what it panicked with.
async fn catch_unwind_of<F: Future>(future: F) -> std::thread::Result<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

async fn panic_in_a_task() {
    let workers: Vec<_> = (1..=3)
        .map(|id| {
            tokio::spawn(async move {
                println!("[Worker-{id}] Starts");
                sleep(ms(id * 10)).await;
                assert!(id != 2, "worker {id} has run out of paper");
                println!("[Worker-{id}] Ends");
            })
        })
        .collect();
    for worker in workers {
        match worker.await {
            Ok(()) => println!("well"),
            Err(error) => println!("panic: {}", error.is_panic()),
        }
    }
}

async fn panic_in_main() {
    let _told = TellsWhenDropped("main's own");
    tokio::spawn(waits_with("[Task]"));
    spawn_blocking(|| {
        thread::sleep(ms(30));
        println!("[Call] Ends at {} ms", at());
    });
    sleep(ms(10)).await;
    panic!("main has had enough");
}

/// What still runs when `main` returns is dropped where it stands, and may print.
async fn early_return() {
    for name in ["[One]", "[Two]"] {
        tokio::spawn(waits_with(name));
    }
    yield_now().await;
    tokio::spawn(async { println!("[Never] Starts") });
    let _told = TellsWhenDropped("main's own");
}

async fn exit_in_a_task() {
    println!("[main] Starts");
    tokio::spawn(async {
        println!("[Task] Exits");
        process::exit(3);
    });
    pending::<()>().await;
}

async fn drop_panics() {
    struct PanicsWhenDropped;
    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("dropped badly");
        }
    }
    let bad = tokio::spawn(async {
        println!("[Bad] Starts");
        let _bad = PanicsWhenDropped;
        pending::<()>().await;
    });
    sleep(ms(1)).await;
    bad.abort();
    println!("panic: {}", bad.await.unwrap_err().is_panic());
}

// ---------------------------------------------------------------- what the mirrors do

async fn queues() {
    let (queue, jobs) = async_channel::bounded(2);
    println!("{:?} {:?}", queue, jobs);
    println!("{:?} {:?} {}", queue.capacity(), jobs.capacity(), jobs.is_empty());
    queue.send(1).await.unwrap();
    queue.try_send(2).unwrap();
    println!("{} {} {}", queue.is_full(), queue.len(), queue.is_empty());
    println!("{:?} {:?}", queue.try_send(3), queue.force_send(3));
    println!("{:?} {:?} {:?}", jobs.try_recv(), jobs.recv().await, jobs.try_recv());

    let (second, other) = (queue.clone(), jobs.clone());
    println!("{} {}", queue.sender_count(), jobs.receiver_count());
    println!("{} {}", queue.receiver_count(), jobs.sender_count());
    println!("{} {}", queue.same_channel(&second), jobs.same_channel(&other));
    let (unbounded, _jobs) = async_channel::unbounded();
    println!(
        "{:?} {} {}",
        unbounded.capacity(),
        unbounded.is_full(),
        queue.same_channel(&unbounded)
    );
    drop((second, other));

    // Closed from the sender's side: what is in it is still received.
    queue.send(4).await.unwrap();
    println!("{} {} {} {}", queue.close(), queue.close(), queue.is_closed(), jobs.is_closed());
    println!("{:?} {:?}", queue.send(5).await, queue.try_send(5));
    println!("{:?} {:?} {:?}", jobs.recv().await, jobs.recv().await, jobs.try_recv());

    // Closed from the receiver's side, while somebody sends.
    let (queue, jobs): (Sender<u32>, Receiver<u32>) = async_channel::bounded(1);
    queue.send(1).await.unwrap();
    let sending = tokio::spawn(async move {
        let sent = queue.send(2).await;
        queue.closed().await;
        sent
    });
    sleep(ms(1)).await;
    println!("{} {}", jobs.close(), jobs.is_full());
    println!("{:?} {:?}", sending.await.unwrap(), jobs.recv().await);

    // The last receiver goes, the last sender goes.
    let (queue, jobs) = async_channel::unbounded();
    drop(jobs);
    println!("{:?} {:?}", queue.send(1).await, queue.force_send(1));
    let (queue, jobs) = async_channel::unbounded::<u32>();
    drop(queue);
    println!("{:?} {:?}", jobs.recv().await, jobs.try_recv());
    println!("{} {}", TryRecvError::Empty.is_empty(), TrySendError::Full(1).is_full());

    // Weak handles do not keep it open.
    let (queue, jobs) = async_channel::unbounded::<u32>();
    let (weak_queue, weak_jobs) = (queue.downgrade(), jobs.downgrade().clone());
    println!("{:?} {:?}", weak_queue.clone(), weak_jobs);
    weak_queue.upgrade().unwrap().try_send(6).unwrap();
    println!("{:?} {}", weak_jobs.upgrade().unwrap().try_recv(), jobs.is_closed());
    drop(queue);
    println!("{} {}", weak_queue.upgrade().is_none(), jobs.is_closed());
}

async fn queue_without_room() {
    async_channel::bounded::<u32>(0);
}

async fn times() {
    let start = Instant::now();
    sleep(ms(20)).await;
    println!("{:?} {:?}", start.elapsed(), Instant::now() - start);
    println!("{:?}", (start + ms(50)).checked_duration_since(start + ms(10)));
    println!("{:?}", start.saturating_duration_since(start + ms(10)));
    sleep_until(start + ms(30)).await;
    sleep_until(start).await;
    sleep(Duration::ZERO).await;
    println!("{} ms", at());
    sleep(Duration::from_micros(300)).await;
    println!("tokio's timers are as fine as a millisecond: {} ms", at());

    println!("{:?}", timeout(ms(10), async { 7 }).await);
    println!("{}", timeout(ms(10), sleep(ms(20))).await.unwrap_err());
    println!("{:?} at {} ms", timeout_at(start + ms(50), pending::<()>()).await.is_err(), at());

    let mut tick = interval(ms(10));
    for _ in 0..2 {
        tick.tick().await;
    }
    println!("two ticks at {} ms", at());
    thread::sleep(ms(25));
    for _ in 0..3 {
        tick.tick().await;
        println!("a late tick at {} ms", at());
    }
    let resets = pin!(sleep(ms(1_000)));
    let mut resets = resets;
    resets.as_mut().reset(Instant::now() + ms(5));
    resets.await;
    println!("{} ms", at());
}

/// Threads and tasks sleep side by side, some shorter than tokio's timers can.
async fn short_naps() {
    let naps = spawn_blocking(|| {
        for nap in 1..=6 {
            thread::sleep(Duration::from_micros(400));
            println!("[Thread] {nap} at {:?}", since_start());
        }
    });
    for nap in 1..=3 {
        sleep(ms(1)).await;
        println!("[main] {nap} at {:?}", since_start());
    }
    naps.await.unwrap();
    thread::sleep(Duration::from_micros(2_600));
    sleep(ms(1)).await;
    println!("[main] 4 at {:?}", since_start());
}

// ---------------------------------------------------------------- schedules

/// Wrong: `main` goes on when all jobs are taken, and believes that they are done.
async fn taken_is_not_done() {
    let (queue, jobs) = async_channel::bounded(3);
    let (taken, done) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    for _ in 0..3 {
        let (jobs, taken, done) = (jobs.clone(), taken.clone(), done.clone());
        tokio::spawn(async move {
            while jobs.recv().await.is_ok() {
                taken.fetch_add(1, SeqCst);
                yield_now().await;
                done.fetch_add(1, SeqCst);
            }
        });
    }
    for job in 0..9 {
        queue.send(job).await.unwrap();
    }
    while taken.load(SeqCst) < 9 {
        yield_now().await;
    }
    for _ in 0..2 {
        yield_now().await;
    }
    println!("{}", done.load(SeqCst));
}

/// Two locks, in the wrong order: stuck under some schedules only.
async fn stuck_under_a_schedule() {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    let theirs = locks.clone();
    let other = tokio::spawn(async move {
        println!("[Other] Starts");
        for _ in 0..3 {
            let _second = theirs.1.lock().await;
            yield_now().await;
            let _first = theirs.0.lock().await; // stuck_under_a_schedule: first
        }
    });
    for _ in 0..3 {
        let _first = locks.0.lock().await;
        yield_now().await;
        let _second = locks.1.lock().await; // stuck_under_a_schedule: second
    }
    other.await.unwrap();
    println!("went well");
}

// ---------------------------------------------------------------- size

async fn ten_thousand() {
    let (queue, jobs) = async_channel::bounded(100);
    let mut workers = JoinSet::new();
    for _ in 0..10_000 {
        let jobs = jobs.clone();
        workers.spawn(async move {
            let mut processed = 0_u32;
            while jobs.recv().await.is_ok() {
                sleep(ms(10)).await;
                processed += 1;
            }
            processed
        });
    }
    for job in 0..100_000_u32 {
        queue.send(job).await.unwrap();
    }
    drop(queue);
    println!("{}", workers.join_all().await.iter().sum::<u32>());
}

async fn ten_thousand_stuck() {
    let (queue, jobs) = async_channel::bounded::<u32>(100); // ten_thousand_stuck: queue
    let mut workers = JoinSet::new();
    for id in 1..=10_000 {
        let jobs = jobs.clone();
        workers.spawn(async move {
            println!("[Worker-{id}] Starts");
            jobs.recv().await.unwrap(); // ten_thousand_stuck: recv
        });
    }
    workers.join_all().await; // ten_thousand_stuck: join
    drop(queue);
}

/// Each ends at an instant of its own, so that each join waits.
async fn ten_thousand_joined() {
    let mut set = JoinSet::new();
    for id in 0..10_000 {
        set.spawn(async move { sleep(ms(id)).await });
    }
    let mut joined = 0;
    while set.join_next().await.is_some() {
        joined += 1;
    }
    println!("{joined}");
}

// ---------------------------------------------------------------- what #[tokio::main] takes

fn forms() {
    #[tokio::main]
    async fn with_arguments(left: u32, right: &str) -> String {
        sleep(ms(1)).await;
        format!("{left} {right}")
    }
    println!("{}", with_arguments(1, "two"));

    #[tokio::main(flavor = "current_thread")]
    async fn on_one_thread() -> &'static str {
        tokio::spawn(async { "one thread" }).await.unwrap()
    }
    println!("{}", on_one_thread());

    #[tokio::main(flavor = "multi_thread", worker_threads = 2)]
    pub(crate) async fn on_two_threads() -> &'static str {
        tokio::spawn(async { "two threads" }).await.unwrap()
    }
    println!("{}", on_two_threads());

    /// With `?`, and an early return.
    #[tokio::main]
    async fn fails(text: &str) -> Result<u32, Box<dyn Error>> {
        let number: u32 = text.parse()?;
        if number > 10 {
            return Ok(10);
        }
        tokio::spawn(async {}).await?;
        Ok(number)
    }
    println!("{:?} {:?} {}", fails("7").unwrap(), fails("11").unwrap(), fails("x").unwrap_err());

    struct Shop(u32);
    impl Shop {
        #[tokio::main]
        async fn open<T>(&mut self) -> String
        where
            T: ToString + Default,
        {
            self.0 += 1;
            T::default().to_string()
        }
    }
    let mut shop = Shop(1);
    println!("{:?} {}", shop.open::<u32>(), shop.0);
}

#[tokio::main]
async fn inner() -> u32 {
    sleep(ms(10)).await;
    7
}

/// A runtime within a runtime is refused, as tokio does.
fn nested() {
    #[tokio::main]
    async fn outer() {
        inner();
    }
    outer();
}

/// Two runtimes, one after the other, on one clock.
fn two_in_turn() {
    thread::sleep(ms(5));
    println!("{} at {} ms", inner(), at());
    thread::sleep(ms(5));
    println!("{} at {} ms", inner(), at());
}

/// A runtime on a thread of the program.
fn in_a_thread() {
    let player = thread::spawn(|| {
        #[tokio::main]
        async fn plays() -> u32 {
            println!("[Player] Plays");
            let task = tokio::spawn(async {
                sleep(ms(10)).await;
                println!("[Task] Ends");
                3
            });
            task.await.unwrap()
        }
        let played = plays();
        println!("[Player] Played {played}");
        played
    });
    println!("{}", player.join().unwrap());
}
