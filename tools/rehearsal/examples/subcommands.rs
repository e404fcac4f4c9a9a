//! A program of several commands that touches files, for the tests of `rehearsal::outside`.

use rehearsal::outside::clap::{Parser, Subcommand};
use rehearsal::println;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Says how many there are
    Count {
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        items: u32,
    },
}

fn main() {
    let Command::Count { items } = Args::parse().command;
    println!("[Counter] {items}");
}
