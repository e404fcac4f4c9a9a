//! Programs of tasks that are never idle: `tests/kinds.rs` plays them.

use rehearsal::{
    async_channel, println,
    tokio::{
        self,
        sync::mpsc,
        task,
        time::{Duration, Instant, interval, sleep, timeout},
    },
};

#[tokio::main]
async fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("under_a_timeout") => under_a_timeout().await,
        Some("pair_beside_a_timer") => pair_beside_a_timer().await,
        Some("until_an_instant") => until_an_instant().await,
        Some("ticks_beside_work") => ticks_beside_work().await,
        Some("one_poll") => one_poll().await,
        Some("even_branches") => even_branches().await,
        Some("far_away") => far_away().await,
        Some("no_timer") => no_timer().await,
        Some("set_anew") => set_anew().await,
        other => panic!("there is no case {other:?}"),
    }
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A loop whose awaits are always ready.
async fn under_a_timeout() {
    let (queue, mut items) = mpsc::channel(1);
    let mut rounds = 0_u64;
    let busy = async {
        loop {
            queue.send(()).await.unwrap();
            items.recv().await.unwrap();
            rounds += 1;
        }
    };
    println!("{}", timeout(ms(50), busy).await.is_err());
    println!("{}", rounds > 1_000);
}

/// A producer and a consumer that never wait for long, until somebody stops them.
async fn pair_beside_a_timer() {
    let (queue, items) = async_channel::bounded(1);
    let producer = tokio::spawn(async move {
        let mut sent = 0_u64;
        while queue.send(sent).await.is_ok() {
            sent += 1;
        }
        sent
    });
    let consumer = tokio::spawn(async move {
        let start = Instant::now();
        while start.elapsed() < ms(40) {
            items.recv().await.unwrap();
        }
    });
    sleep(ms(20)).await;
    println!("halfway");
    consumer.await.unwrap();
    println!("{}", producer.await.unwrap() > 1_000);
}

/// A loop that looks at the clock, and awaits what is there.
async fn until_an_instant() {
    let (queue, items) = async_channel::unbounded();
    let end = Instant::now() + ms(30);
    let mut rounds = 0_u64;
    while Instant::now() < end {
        queue.send(1).await.unwrap();
        items.recv().await.unwrap();
        rounds += 1;
    }
    println!("{}", rounds > 1_000);
}

/// A slow clock beside tasks that wake each other.
async fn ticks_beside_work() {
    let worker = |mut inbox: mpsc::UnboundedReceiver<u32>, outbox: mpsc::UnboundedSender<u32>| {
        tokio::spawn(async move {
            while let Some(ball) = inbox.recv().await {
                if outbox.send(ball).is_err() {
                    return;
                }
            }
        })
    };
    let ((to_left, left), (to_right, right)) =
        (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    to_left.send(1).unwrap();
    let players = [worker(left, to_right), worker(right, to_left)];
    let mut ticks = interval(ms(10));
    for tick in 1..=3 {
        ticks.tick().await;
        println!("tick {tick}");
    }
    players.iter().for_each(task::JoinHandle::abort);
}

/// All of it in one poll: nothing in it ever has to wait.
async fn one_poll() {
    let (queue, items) = async_channel::bounded(1);
    let start = Instant::now();
    let mut rounds = 0_u64;
    while start.elapsed() < ms(5) {
        queue.try_send(rounds).unwrap();
        assert_eq!(items.try_recv(), Ok(rounds));
        rounds += 1;
    }
    println!("{}", rounds > 100);
}

/// The instant is hours away; the loop gets there within a moment.
async fn far_away() {
    let (queue, mut items) = mpsc::channel(1);
    let busy = async {
        loop {
            queue.send(()).await.unwrap();
            items.recv().await.unwrap();
        }
    };
    println!("{}", timeout(Duration::from_secs(2 * 3600), busy).await.is_err());
}

/// Many items go from task to task, and nobody waits for an instant: they take no time.
async fn no_timer() {
    let start = Instant::now();
    let (queue, items) = async_channel::bounded(1);
    let producer = tokio::spawn(async move {
        for item in 0..15_000 {
            queue.send(item).await.unwrap();
        }
    });
    while items.recv().await.is_ok() {}
    producer.await.unwrap();
    println!("{:?}", start.elapsed());
}

/// The only timer is one that has gone off and is set anew.
async fn set_anew() {
    let (queue, mut items) = mpsc::channel(1);
    let mut alarm = Box::pin(sleep(ms(1)));
    alarm.as_mut().await;
    alarm.as_mut().reset(Instant::now() + ms(50));
    let busy = async {
        loop {
            queue.send(()).await.unwrap();
            items.recv().await.unwrap();
        }
    };
    tokio::select! {
        () = alarm => println!("true"),
        () = busy => {}
    }
}

/// Of branches that are all ready, each is taken now and then.
async fn even_branches() {
    let mut hits = [0; 3];
    for _ in 0..300 {
        let branch = tokio::select! {
            () = async {} => 0,
            () = async {} => 1,
            () = async {}, if true => 2,
        };
        hits[branch] += 1;
    }
    println!("{hits:?} {}", hits.iter().all(|hit| *hit > 50));
}
