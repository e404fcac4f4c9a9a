//! One thread prints for all. `main` sends one sentinel when all producers are back, and the consumers hand it on.
//! Credits travel by a queue for each producer; a greedy one alone is limited.

mod plumbing;

use plumbing::Args;
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rehearsal::sync::{Arc, Mutex};
use rehearsal::time::Instant;
use rehearsal::{println, thread};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    let start = Instant::now();
    let (say, lines) = unbounded::<String>();
    let printer = thread::spawn(move || lines.into_iter().for_each(|line| println!("{line}")));
    say.send("--- Several producers, one queue ---".into()).unwrap();

    let (queue, items) = bounded(args.capacity.into());
    // One more, so that the last consumer can hand the sentinel on as well.
    let again = queue.clone();
    let mut credits = Vec::new();
    let mut producers = Vec::new();
    for id in 1..=args.producers {
        let (grant, granted) = unbounded();
        let share = match args.greedy {
            Some(_) => (u32::from(args.capacity) / args.producers).max(1),
            None => args.items,
        };
        (0..share).for_each(|_| grant.send(()).unwrap());
        credits.push(grant);
        let (queue, say) = (queue.clone(), say.clone());
        producers.push(thread::spawn(move || produce(id, queue, granted, say, args)));
    }
    let log = Arc::new(Mutex::new(BTreeMap::<u32, Vec<u32>>::new()));
    let (in_hand, handed) = unbounded();
    let sequencer = {
        let say = say.clone();
        thread::spawn(move || put_in_order(handed, args, say))
    };
    let consumers: Vec<_> = (1..=args.consumers)
        .map(|id| {
            let (items, again, credits) = (items.clone(), again.clone(), credits.clone());
            let (log, in_hand, say) = (log.clone(), in_hand.clone(), say.clone());
            thread::spawn(move || consume(id, items, again, credits, &log, in_hand, say, args))
        })
        .collect();
    drop((in_hand, credits));

    let back: Vec<_> = producers.into_iter().map(|producer| producer.join()).collect();
    queue.send(Message::Stop).unwrap();
    consumers.into_iter().for_each(|consumer| consumer.join().unwrap());
    sequencer.join().unwrap();

    let log = log.lock().unwrap();
    let mut consumed = 0;
    for id in 1..=args.producers {
        let finished = log.get(&id).cloned().unwrap_or_default();
        consumed += finished.len();
        let order: Vec<String> = finished.iter().map(u32::to_string).collect();
        let verdict = if finished.is_sorted() { "in order" } else { "out of order" };
        let (count, order) = (order.len(), order.join(", "));
        say.send(format!("Producer-{id}: {count} items, finished {order} ({verdict})")).unwrap();
    }
    let mut code = ExitCode::SUCCESS;
    for (id, back) in (1..).zip(&back) {
        if back.is_err() {
            let lost = args.items as usize - log.get(&id).map_or(0, Vec::len);
            say.send(format!("lost: {lost} items of Producer-{id} (it panicked)")).unwrap();
            code = ExitCode::FAILURE;
        }
    }
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    say.send(format!("Consumed {consumed} of {made} items in {elapsed:.1} seconds")).unwrap();
    drop(say);
    printer.join().unwrap();
    code
}

/// Makes the items of one producer, one after another, and adds them to the queue.
fn produce(id: u32, queue: Sender<Message>, granted: Receiver<()>, say: Say, args: Args) {
    for number in 1..=args.items {
        if args.fail_producer == Some(id) && number > args.items / 2 {
            panic!("Producer-{id} fell over");
        }
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        granted.recv().unwrap();
        queue.send(Message::Item(item)).unwrap();
        say.send(format!("[Producer-{id}] Added item {number}")).unwrap();
    }
}

/// Takes items from the queue until the sentinel comes, and hands it on.
#[expect(clippy::too_many_arguments, reason = "all that the actors share is given to them")]
fn consume(
    id: u32,
    items: Receiver<Message>,
    again: Sender<Message>,
    credits: Vec<Sender<()>>,
    log: &Mutex<BTreeMap<u32, Vec<u32>>>,
    in_hand: Sender<(Item, Sender<()>)>,
    say: Say,
    args: Args,
) {
    for message in items {
        let item = match message {
            Message::Item(item) => item,
            Message::Stop => {
                say.send(format!("[Consumer-{id}] Shutting down")).unwrap();
                // The queue is empty but for this, so there is room.
                again.send(Message::Stop).unwrap();
                return;
            }
        };
        say.send(format!("[Consumer-{id}] Took {item}")).unwrap();
        // A producer that is back needs no more credit.
        let _ = credits[item.producer as usize - 1].send(());
        thread::sleep(item.using());
        let mut noted = log.lock().unwrap();
        noted.entry(item.producer).or_default().push(item.number);
        say.send(format!("[Consumer-{id}] Finished {item}")).unwrap();
        drop(noted);
        if args.ordered.is_some() {
            // The sequencer answers when there is a place for it.
            let (answer, answered) = bounded(1);
            in_hand.send((item, answer)).unwrap();
            answered.recv().unwrap();
        }
    }
}

/// Shows a result as soon as all before it are shown. What is more than the limit stays in the hands of consumers.
fn put_in_order(handed: Receiver<(Item, Sender<()>)>, args: Args, say: Say) {
    let mut next = BTreeMap::<u32, u32>::new();
    let mut held_back = BTreeSet::new();
    let mut in_hand = VecDeque::new();
    for (item, answer) in handed {
        held_back.insert((item.producer, item.number));
        in_hand.push_back(answer);
        let next = next.entry(item.producer).or_insert(1);
        while held_back.remove(&(item.producer, *next)) {
            say.send(format!("[Results] item {next} of Producer-{}", item.producer)).unwrap();
            *next += 1;
        }
        let limit = usize::from(args.ordered.unwrap_or(0));
        while in_hand.len() > held_back.len().saturating_sub(limit) {
            in_hand.pop_front().unwrap().send(()).unwrap();
        }
    }
}

type Say = Sender<String>;

enum Message {
    Item(Item),
    Stop,
}

/// What a producer makes. Each producer counts its own items from 1.
#[derive(Clone, Copy)]
struct Item {
    producer: u32,
    number: u32,
}
