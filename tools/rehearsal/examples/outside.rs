//! A program that asks a server for the time of day, for the tests of `rehearsal::outside`.

use rehearsal::outside::{clap::Parser, tokio};
use rehearsal::println;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, sleep};

#[derive(Parser)]
struct Args {
    /// Ask nobody, and make the answer up
    #[arg(long)]
    stub: bool,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let args = Args::parse();
    if args.stub {
        sleep(Duration::from_millis(40)).await;
        println!("[Client] noon");
        return Ok(());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        sleep(Duration::from_millis(40)).await;
        stream.write_all(b"noon").await
    });
    let mut answer = String::new();
    TcpStream::connect(address).await?.read_to_string(&mut answer).await?;
    server.await??;
    println!("[Client] {answer}");
    Ok(())
}
