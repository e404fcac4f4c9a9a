//! A pool in many versions, right and wrong, for the tests of `exam`.

use rehearsal::{
    clap::Parser,
    crossbeam_channel::{self as channel, Receiver, TryRecvError},
    eprintln, println,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

const TIME: Duration = Duration::from_millis(100);

#[derive(Parser)]
struct Args {
    #[arg(long)]
    how: String,
    #[arg(long, default_value_t = 3)]
    workers: u32,
    #[arg(long, default_value = "")]
    file: String,
}

fn main() {
    if std::env::args().any(|arg| arg == "early") {
        std::println!("before the stage opens");
    }
    let args = Args::parse();
    match args.how.as_str() {
        "right" | "early" => pool(args.workers, 6, work),
        "lost" => pool(args.workers, 5, work),
        "locked" => locked(args.workers),
        "simulated" => simulated(args.workers),
        "stray" => pool(args.workers, 6, |_, items| {
            items.iter().for_each(|item| std::println!("stray {item}"))
        }),
        "races" => races(),
        "asks" => asks(),
        "asks now and then" => asks_now_and_then(),
        "leaves too early" => leaves_too_early(),
        "leaves some lying" => {
            let (queue, _jobs) = channel::unbounded();
            (1..=6).for_each(|item| queue.send(item).unwrap());
        }
        "asks a lock" => {
            let done = Mutex::new(false);
            while !*done.lock().unwrap() {}
        }
        "told on stderr" => pool(args.workers, 6, |id, items| {
            for item in items {
                thread::sleep(TIME);
                eprintln!("[Worker-{id}] did {item}");
            }
        }),
        "deadlock" => {
            say_so();
            pool(args.workers, 6, |_, _| {
                let _ = channel::never::<()>().recv();
            })
        }
        "reads" => {
            std::println!(
                "read: {}",
                std::fs::read_to_string(args.file).unwrap_or_default().trim()
            );
        }
        "gate" => {
            println!("waits");
            while std::path::Path::new(&args.file).exists() {
                thread::sleep(Duration::from_millis(2));
            }
            println!("all done");
        }
        "crash" => panic!("out of paper"),
        "spins" => loop {
            std::hint::spin_loop();
        },
        "hangs" => {
            say_so();
            let _ = std::sync::mpsc::channel::<()>().1.recv().map_err(|_| std::thread::park());
        }
        "ticks" => {
            say_so();
            loop {
                thread::sleep(TIME);
            }
        }
        "asks for ever" => {
            say_so();
            let (_queue, items) = channel::bounded::<u32>(1);
            while items.try_recv().is_err() {}
        }
        "foreign" => {
            say_so();
            drop(std::thread::spawn(|| println!("never printed")).join())
        }
        "floods" => loop {
            println!("and on, and on, and on, and on, and on, and on, and on, and on");
        },
        how => std::println!("nobody knows how to {how}"),
    }
}

/// What the program itself says on standard error is no part of a report.
fn say_so() {
    eprintln!("about to wait");
}

fn pool(workers: u32, items: u32, work: fn(u32, Receiver<u32>)) {
    let (queue, jobs) = channel::unbounded();
    let workers: Vec<_> = (1..=workers)
        .map(|id| {
            let jobs = jobs.clone();
            thread::spawn(move || work(id, jobs))
        })
        .collect();
    (1..=items).for_each(|item| queue.send(item).unwrap());
    drop(queue);
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    println!("all done");
}

fn work(id: u32, items: Receiver<u32>) {
    for item in items {
        thread::sleep(TIME);
        println!("[Worker-{id}] did {item}");
    }
}

/// Two count to two, and one may lose what the other has counted.
fn races() {
    let sum = Arc::new(Mutex::new(0));
    let counters = [(); 2].map(|()| {
        let sum = sum.clone();
        thread::spawn(move || {
            let seen = *sum.lock().unwrap();
            *sum.lock().unwrap() = seen + 1;
        })
    });
    counters.into_iter().for_each(|counter| counter.join().unwrap());
    println!("sum {}", sum.lock().unwrap());
}

fn asks() {
    let (queue, items) = channel::bounded(6);
    let worker = thread::spawn(move || {
        loop {
            match items.try_recv() {
                Ok(item) => println!("[Worker-1] did {item}"),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return,
            }
        }
    });
    for item in 1..=6 {
        thread::sleep(TIME);
        queue.send(item).unwrap();
    }
    drop(queue);
    worker.join().unwrap();
    println!("all done");
}

fn asks_now_and_then() {
    let (queue, items) = channel::bounded(6);
    let worker = thread::spawn(move || {
        loop {
            match items.try_recv() {
                Ok(item) => println!("[Worker-1] did {item}"),
                Err(TryRecvError::Empty) => thread::sleep(Duration::from_millis(1)),
                Err(TryRecvError::Disconnected) => return,
            }
        }
    });
    for item in 1..=6 {
        thread::sleep(TIME);
        queue.send(item).unwrap();
    }
    drop(queue);
    worker.join().unwrap();
}

fn leaves_too_early() {
    for id in 1..=6 {
        thread::spawn(move || {
            println!("[Worker-{id}] begins");
            thread::sleep(TIME * id);
            println!("[Worker-{id}] did {id}");
        });
    }
    thread::sleep(TIME * 4);
}

fn locked(workers: u32) {
    let items = Arc::new(Mutex::new(1..=6));
    thread::scope(|s| {
        for id in 1..=workers {
            let items = items.clone();
            s.spawn(move || {
                loop {
                    let mut items = items.lock().unwrap();
                    let Some(item) = items.next() else { return };
                    thread::sleep(TIME);
                    println!("[Worker-{id}] did {item}");
                }
            });
        }
    });
    println!("all done");
}

fn simulated(workers: u32) {
    for item in 1..=6 {
        thread::sleep(TIME);
        println!("[Worker-{}] did {item}", item % workers + 1);
    }
    println!("all done");
}
