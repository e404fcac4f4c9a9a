//! The same controller, and tasks that call a server: over loopback, through tokio's own sockets.
//!
//! It takes `job.rs` and `task.rs` as `real.rs` has them. The server is here as well; that of somebody else
//! would be another address.
#![allow(clippy::disallowed_methods, reason = "here the real crates are meant")]

mod job;
mod task;

use crate::job::JobController;
use crate::task::{Exec, JobResult, Outcome, WorkTask, WorkTaskResult};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, sleep};
use uuid::Uuid;

const TASKS: u32 = 60;
const WORKERS: u32 = 10;

/// How long the server thinks about a price.
const SERVICE: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> io::Result<ExitCode> {
    let job = job(start_server().await?).on_task(task_completed).on_job(job_completed);
    let result = job.run().await;
    println!("Server: {} calls, at most {} at one time", CALLS.answered(), CALLS.most());
    Ok(if result.all_is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A job whose tasks are calls.
fn job(address: SocketAddr) -> JobController {
    let tasks = (1..=TASKS).map(|car| work_task(car, address)).collect();
    JobController::new(Uuid::nil(), tasks).producers(2).workers(WORKERS).capacity(20)
}

fn task_completed(job_id: Uuid, result: &WorkTaskResult) {
    println!("Task job id={job_id}: {result}");
}

fn job_completed(job_id: Uuid, result: &JobResult) {
    println!("Job {job_id} completed: {result}");
}

fn work_task(car: u32, address: SocketAddr) -> WorkTask {
    let exec = Exec::new("price", price, (address, car));
    WorkTask { id: Uuid::from_u128(car.into()), number: car, exec, found_in: Duration::ZERO }
}

/// Asks the server for the price of a car. Whatever goes wrong with the connection is the reason of the failure.
async fn price((address, car): (SocketAddr, u32)) -> Outcome {
    ask(address, car).await.map_err(|error| error.to_string())
}

async fn ask(address: SocketAddr, car: u32) -> io::Result<String> {
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(format!("price {car}\n").as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// A server on a port that is free.
async fn start_server() -> io::Result<SocketAddr> {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = server.local_addr()?;
    tokio::spawn(serve(server));
    Ok(address)
}

/// It answers any number of calls at one time, and counts them.
async fn serve(server: TcpListener) {
    while let Ok((connection, _)) = server.accept().await {
        tokio::spawn(answer(connection));
    }
}

async fn answer(connection: TcpStream) -> io::Result<()> {
    let mut connection = BufReader::new(connection);
    let mut question = String::new();
    // No question is longer.
    (&mut connection).take(100).read_line(&mut question).await?;
    let car: Option<u32> = question.trim().strip_prefix("price ").and_then(|car| car.parse().ok());
    CALLS.begin();
    sleep(SERVICE).await;
    CALLS.end();
    let price = car.map_or("what?".to_owned(), |car| format!("{} EUR", 7500 + 137 * car));
    connection.write_all(price.as_bytes()).await
}

/// What the server counts.
struct Calls {
    open: AtomicU32,
    most: AtomicU32,
    answered: AtomicU32,
}

static CALLS: Calls =
    Calls { open: AtomicU32::new(0), most: AtomicU32::new(0), answered: AtomicU32::new(0) };

impl Calls {
    fn begin(&self) {
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(open, Ordering::Relaxed);
    }

    fn end(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    fn most(&self) -> u32 {
        self.most.load(Ordering::Relaxed)
    }

    fn answered(&self) -> u32 {
        self.answered.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::{CALLS, TASKS, WORKERS, job, start_server};
    use std::sync::{Arc, Mutex};
    use tokio::time::{Duration, timeout};

    #[tokio::test]
    async fn each_price_comes_from_the_server_and_no_more_calls_than_workers_are_open() {
        let (answers, job) = (Arc::new(Mutex::new(Vec::new())), start_server().await.map(job));
        let kept = answers.clone();
        let job = job.unwrap().on_task(move |_, result| {
            kept.lock().unwrap().push((result.number, result.outcome.clone()));
        });
        let result = timeout(Duration::from_secs(30), job.run()).await.expect("it ends in time");

        assert_eq!((result.done, CALLS.answered()), (TASKS as usize, TASKS));
        assert!((2..=WORKERS).contains(&CALLS.most()), "{} at one time", CALLS.most());
        let mut answers = answers.lock().unwrap();
        answers.sort();
        let price = |car| (car, Ok(format!("{} EUR", 7500 + 137 * car)));
        assert_eq!(*answers, (1..=TASKS).map(price).collect::<Vec<_>>());
    }
}
