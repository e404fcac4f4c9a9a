//! Small programs whose result is the same whatever the order of things, so that it can be compared
//! between the mirrors and the real crates. They are compiled twice: `world` is what differs.

use crate::world::{self, Duration, Instant, channel, sync, thread, tokio};
use sync::{Arc, Condvar, Mutex};
use world::async_channel;

pub(crate) type Program = (&'static str, fn() -> Vec<String>);

pub(crate) const PROGRAMS: &[Program] = &[
    ("pool", pool),
    ("rendezvous", rendezvous),
    ("errors", errors),
    ("timeouts", timeouts),
    ("iterators", iterators),
    ("selects", selects),
    ("timers", timers),
    ("arms_that_change_what_they_waited_at", arms_that_change_what_they_waited_at),
    ("handles", handles),
    ("scopes", scopes),
    ("panics", panics),
    ("locks", locks),
    ("conditions", conditions),
    ("tasks", tasks),
    ("async queues", async_queues),
    ("async time", async_time),
    ("blocking calls", blocking_calls),
];

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn show(value: impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// Every item is taken once, whoever takes it.
fn pool() -> Vec<String> {
    let (queue, items) = channel::bounded::<u32>(2);
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let items = items.clone();
            thread::spawn(move || items.iter().collect::<Vec<_>>())
        })
        .collect();
    (0..30).for_each(|item| queue.send(item).unwrap());
    drop(queue);
    let mut taken: Vec<u32> =
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
    taken.sort_unstable();
    vec![show(taken)]
}

/// A queue that holds nothing keeps both sides in step.
fn rendezvous() -> Vec<String> {
    let (queue, items) = channel::bounded::<u32>(0);
    let mut told = vec![show((queue.capacity(), queue.len(), queue.is_full(), queue.is_empty()))];
    told.push(show(queue.try_send(1)));
    told.push(show(items.try_recv()));
    told.push(show(queue.send_timeout(2, ms(5))));
    told.push(show(items.recv_timeout(ms(5))));
    let sender =
        thread::spawn(move || (0..5).map(|item| queue.send(item).is_ok()).collect::<Vec<_>>());
    told.push(show((0..5).map(|_| items.recv()).collect::<Vec<_>>()));
    told.push(show(sender.join().unwrap()));
    told.push(show(items.recv()));
    told
}

/// Errors are the same values and read the same.
fn errors() -> Vec<String> {
    let (queue, items) = channel::bounded::<u32>(1);
    let mut told = vec![show(items.try_recv())];
    told.push(items.try_recv().unwrap_err().to_string());
    queue.send(1).unwrap();
    told.push(show(queue.try_send(2)));
    told.push(queue.try_send(2).unwrap_err().to_string());
    told.push(show(queue.send_timeout(3, ms(1)).map_err(|error| error.into_inner())));
    let other = queue.clone();
    told.push(show((queue.same_channel(&other), items.len(), items.is_full(), items.capacity())));
    drop(items);
    told.push(show(queue.send(4)));
    told.push(queue.send(4).unwrap_err().to_string());
    told.push(show(queue.try_send(5)));
    told.push(show(queue.send_timeout(6, ms(1)).is_err()));
    let (queue, items) = channel::unbounded::<u32>();
    queue.send(7).unwrap();
    drop(queue);
    told.push(show((items.recv(), items.recv(), items.try_recv(), items.recv_timeout(ms(1)))));
    told
}

/// A wait with a limit ends by the message or by the limit.
fn timeouts() -> Vec<String> {
    let (queue, items) = channel::bounded::<u32>(1);
    let start = Instant::now();
    let mut told = vec![show(items.recv_timeout(ms(20)))];
    told.push(show(start.elapsed() >= ms(20)));
    told.push(show(items.recv_deadline(Instant::now() + ms(5))));
    queue.send(1).unwrap();
    told.push(show(queue.send_deadline(2, Instant::now() + ms(5)).is_err()));
    let producer = thread::spawn(move || {
        thread::sleep(ms(30));
        queue.send_timeout(2, ms(5000)).is_ok()
    });
    told.push(show((items.recv_timeout(ms(5000)), items.recv_timeout(ms(5000)))));
    told.push(show(producer.join().unwrap()));
    told
}

fn iterators() -> Vec<String> {
    let (queue, items) = channel::unbounded::<u32>();
    (0..6).for_each(|item| queue.send(item).unwrap());
    let mut told = vec![show(items.try_iter().take(2).collect::<Vec<_>>())];
    told.push(show(items.iter().take(2).collect::<Vec<_>>()));
    drop(queue);
    let mut rest = Vec::new();
    for item in &items {
        rest.push(item);
    }
    told.push(show(rest));
    told.push(show(items.into_iter().count()));
    told
}

fn selects() -> Vec<String> {
    let (one, ones) = channel::bounded::<u32>(1);
    let (two, twos) = channel::bounded::<&str>(1);
    let mut told = Vec::new();
    let look = |told: &mut Vec<String>| {
        let seen = channel::select! {
            recv(ones) -> item => show(item),
            recv(twos) -> item => { show(item) }
            default => "nothing".to_owned(),
        };
        told.push(seen);
    };
    look(&mut told);
    one.send(1).unwrap();
    look(&mut told);
    two.send("b").unwrap();
    look(&mut told);
    told.push(channel::select! {
        send(one, 2) -> sent => show(sent),
        default(ms(1)) => "no room".to_owned()
    });
    told.push(channel::select! {
        send(one, 3) -> sent => show(sent),
        default(ms(1)) => "no room".to_owned()
    });
    drop(two);
    let mut gone = 0;
    let left = loop {
        channel::select! {
            recv(ones) -> item => break item,
            recv(twos) -> item => {
                assert!(item.is_err());
                gone += 1;
                if gone == 1_000 {
                    break Ok(0);
                }
            },
        }
    };
    told.push(show(left));
    one.send(8).unwrap();
    told.push(channel::select_biased! {
        recv(ones) -> item => show(item),
        recv(twos) -> item => show(item),
    });
    let mut select = channel::Select::new();
    let first = select.recv(&ones);
    told.push(show(select.try_select().is_err()));
    told.push(show(select.select_timeout(ms(1)).is_err()));
    one.send(9).unwrap();
    let selected = select.select();
    told.push(show((first, selected.index(), selected.recv(&ones))));
    told
}

fn timers() -> Vec<String> {
    let start = Instant::now();
    let mut told =
        vec![show(channel::after(ms(10)).recv().is_ok()), show(start.elapsed() >= ms(10))];
    let ticks = channel::tick(ms(5));
    told.push(show(ticks.iter().take(3).count()));
    told.push(show((ticks.capacity(), channel::never::<u32>().recv_timeout(ms(2)))));
    let at = Instant::now() + ms(3);
    told.push(show(channel::at(at).recv() == Ok(at)));
    let (_queue, items) = channel::bounded::<u32>(1);
    let timeout = channel::after(ms(5));
    told.push(channel::select! {
        recv(items) -> item => show(item),
        recv(timeout) -> _ => "timeout".to_owned(),
    });
    told
}

/// An arm may change, move or lend what the selection waited at.
fn arms_that_change_what_they_waited_at() -> Vec<String> {
    let (one, mut ones) = channel::unbounded::<u32>();
    let (alarm, mut alarms) = channel::unbounded::<&str>();
    alarm.send("late").unwrap();
    drop(alarm);
    let mut told = Vec::new();
    let first = loop {
        channel::select! {
            recv(ones) -> item => break item,
            recv(alarms) -> text => {
                alarms = channel::never();
                told.push(show(text));
                one.send(1).unwrap();
            }
        }
    };
    told.push(show(first));
    channel::select! {
        recv(&ones) -> item => told.push(show(item)),
        recv(alarms.clone()) -> text => told.push(show(text)),
        default => {
            drop(alarms);
            ones = channel::never();
        }
    }
    channel::select_biased! {
        send(one, 2) -> sent => {
            drop(one);
            told.push(show(sent.is_err()));
        }
        recv(ones) -> _ => drop(ones),
    }
    told
}

fn handles() -> Vec<String> {
    let worker = thread::Builder::new().name("Worker".to_owned()).stack_size(256 * 1024);
    let worker = worker.spawn(|| thread::current().name().map(str::to_owned)).unwrap();
    let mut told = vec![show(worker.thread().name())];
    told.push(show(worker.join().unwrap()));
    let (queue, gate) = channel::bounded::<u32>(1);
    let worker = thread::spawn(move || gate.recv());
    told.push(show(worker.is_finished()));
    queue.send(5).unwrap();
    told.push(show(worker.join().unwrap()));
    thread::yield_now();
    told
}

fn scopes() -> Vec<String> {
    let numbers = [1, 2, 3, 4];
    let mut doubled = 0;
    let sum = thread::scope(|s| {
        let halves: Vec<_> =
            numbers.chunks(2).map(|half| s.spawn(move || half.iter().sum::<i32>())).collect();
        s.spawn(|| doubled = 2 * numbers.len());
        s.spawn(|| {
            let nested = s.spawn(|| numbers[0]);
            assert_eq!(nested.join().unwrap(), 1);
        });
        halves.into_iter().map(|half| half.join().unwrap()).sum::<i32>()
    });
    let named = thread::scope(|s| {
        let named = thread::Builder::new().name("named".to_owned());
        named
            .spawn_scoped(s, || thread::current().name().map(str::to_owned))
            .unwrap()
            .join()
            .unwrap()
    });
    vec![show((sum, doubled, named))]
}

fn panics() -> Vec<String> {
    std::panic::set_hook(Box::new(|_| {}));
    let text = |panic: Box<dyn std::any::Any + Send>| show(panic.downcast_ref::<&str>());
    let mut told = vec![text(thread::spawn(|| panic!("out of paper")).join().unwrap_err())];
    let joined = thread::scope(|s| s.spawn(|| panic!("torn")).join().is_err());
    told.push(show(joined));
    let scope = std::panic::catch_unwind(|| {
        thread::scope(|s| {
            s.spawn(|| panic!("unseen"));
        });
    });
    told.push(text(scope.unwrap_err()));
    let mutex = Arc::new(Mutex::new(1));
    let theirs = mutex.clone();
    let _ = thread::spawn(move || {
        let _guard = theirs.lock().unwrap();
        panic!("while locked");
    })
    .join();
    told.push(show((mutex.is_poisoned(), mutex.lock().is_err(), mutex.try_lock().is_err())));
    told.push(show(*mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())));
    mutex.clear_poison();
    told.push(show(mutex.lock().is_ok()));
    told
}

fn locks() -> Vec<String> {
    let count = Arc::new(Mutex::new(0));
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let count = count.clone();
            thread::spawn(move || (0..50).for_each(|_| *count.lock().unwrap() += 1))
        })
        .collect();
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    let guard = count.lock().unwrap();
    let mut told = vec![show((*guard, count.try_lock().is_err()))];
    told.push(format!("{guard} {guard:?}"));
    drop(guard);
    told.push(show(&count));
    let mut mutex = Arc::into_inner(count).unwrap();
    *mutex.get_mut().unwrap() += 1;
    told.push(show(mutex.into_inner().unwrap()));
    told
}

fn conditions() -> Vec<String> {
    let shared = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
    let consumers: Vec<_> = (0..3)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || {
                let (items, arrived) = &*shared;
                let mut items =
                    arrived.wait_while(items.lock().unwrap(), |items| items.is_empty()).unwrap();
                items.pop().unwrap()
            })
        })
        .collect();
    for item in 1..=3 {
        shared.0.lock().unwrap().push(item);
        shared.1.notify_one();
    }
    let mut taken: Vec<i32> =
        consumers.into_iter().map(|consumer| consumer.join().unwrap()).collect();
    taken.sort_unstable();
    let mut told = vec![show(taken)];
    let (items, arrived) = &*shared;
    // It may also end for nothing, before its time is up.
    let waited = std::iter::repeat_with(|| arrived.wait_timeout(items.lock().unwrap(), ms(5)));
    let mut timed_out = waited.map(|waited| waited.unwrap().1.timed_out());
    told.push(show(timed_out.any(|timed_out| timed_out)));
    let waited = arrived.wait_timeout_while(items.lock().unwrap(), ms(5), |items| items.is_empty());
    told.push(show(waited.unwrap().1.timed_out()));
    let waited = arrived.wait_timeout_while(items.lock().unwrap(), ms(5), |_| false);
    told.push(show(waited.unwrap().1.timed_out()));
    shared.1.notify_all();
    told
}

#[tokio::main]
async fn tasks() -> Vec<String> {
    std::panic::set_hook(Box::new(|_| {}));
    let mut told = vec![show(tokio::spawn(async { 42 }).await.unwrap())];
    let panicked = tokio::spawn(async { panic!("torn") }).await.map(|()| 0).unwrap_err();
    told.push(show((panicked.is_panic(), panicked.is_cancelled())));
    let stuck = tokio::spawn(std::future::pending::<()>());
    told.push(show(stuck.is_finished()));
    stuck.abort();
    told.push(show(stuck.await.unwrap_err().is_cancelled()));
    let mut set = tokio::task::JoinSet::new();
    for id in 0..5 {
        set.spawn(async move {
            tokio::task::yield_now().await;
            id
        });
    }
    told.push(show(set.len()));
    let mut sum = 0;
    while let Some(id) = set.join_next().await {
        sum += id.unwrap();
    }
    told.push(show((sum, set.is_empty(), set.try_join_next().is_none())));
    set.spawn(std::future::pending());
    set.shutdown().await;
    told.push(show(set.len()));
    set.spawn(async { 7 });
    told.push(show(set.join_all().await));
    let (one, two) = tokio::join!(async { 1 }, async { 2 });
    told.push(show(one + two));
    let mut handle = tokio::spawn(tokio::time::sleep(ms(50)));
    let first = tokio::select! {
        biased;
        _ = &mut handle => "handle",
        () = tokio::time::sleep(ms(1)) => "sleep",
    };
    told.push(first.to_owned());
    handle.abort();
    told
}

#[tokio::main]
async fn async_queues() -> Vec<String> {
    let (queue, jobs) = async_channel::bounded::<u32>(2);
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let jobs = jobs.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while let Ok(job) = jobs.recv().await {
                    taken.push(job);
                    tokio::task::yield_now().await;
                }
                taken
            })
        })
        .collect();
    for job in 0..20 {
        queue.send(job).await.unwrap();
    }
    let mut told = vec![show((queue.capacity(), queue.sender_count(), queue.receiver_count()))];
    told.push(show((queue.close(), queue.close(), jobs.is_closed())));
    told.push(show(queue.send(1).await));
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.unwrap());
    }
    taken.sort_unstable();
    told.push(show(taken));
    told.push(show((jobs.recv().await, jobs.try_recv())));
    let (queue, jobs) = async_channel::bounded::<u32>(1);
    told.push(show(jobs.try_recv()));
    told.push(show((queue.try_send(1), queue.try_send(2), queue.is_full(), jobs.len())));
    told.push(show(queue.force_send(3)));
    told.push(show(jobs.recv().await));
    let watcher = queue.clone();
    let closed = tokio::spawn(async move { watcher.closed().await });
    drop(jobs);
    closed.await.unwrap();
    told.push(show(queue.try_send(4)));
    told.push(show(queue.is_closed()));
    let (queue, jobs) = async_channel::unbounded::<u32>();
    told.push(show((queue.send(1).await, queue.capacity(), jobs.is_empty())));
    told.push(show((&queue, &jobs)));
    told
}

#[tokio::main]
async fn async_time() -> Vec<String> {
    use tokio::time::{self, Instant};
    let start = Instant::now();
    time::sleep(ms(10)).await;
    let mut told = vec![show(start.elapsed() >= ms(10))];
    told.push(show(time::timeout(ms(5), std::future::pending::<()>()).await));
    told.push(show(time::timeout(ms(5000), async { 3 }).await));
    time::sleep_until(Instant::now() + ms(3)).await;
    told.push(show(
        time::timeout_at(Instant::now() + ms(3), std::future::pending::<()>()).await.is_err(),
    ));
    let mut interval = time::interval(ms(4));
    for _ in 0..3 {
        interval.tick().await;
    }
    told.push(show(start.elapsed() >= ms(29)));
    told
}

#[tokio::main]
async fn blocking_calls() -> Vec<String> {
    std::panic::set_hook(Box::new(|_| {}));
    let call = tokio::task::spawn_blocking(|| {
        thread::sleep(ms(10));
        5
    });
    let mut told = vec![show(call.await.unwrap())];
    let panicked = tokio::task::spawn_blocking(|| panic!("torn")).await.map(|()| 0);
    told.push(show(panicked.unwrap_err().is_panic()));
    let (queue, items) = channel::bounded::<u32>(1);
    let call = tokio::task::spawn_blocking(move || items.iter().sum::<u32>());
    let feeder = thread::spawn(move || (1..=4).for_each(|item| queue.send(item).unwrap()));
    told.push(show(call.await.unwrap()));
    feeder.join().unwrap();
    told
}
