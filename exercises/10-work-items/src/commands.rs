//! The commands that are no steps: looking at the queue, and getting items in and out.

use crate::flags::Command;
use crate::queue::Queue;
use crate::store::Listed;
use crate::{Result, json};
use rehearsal::{print, println};
use std::fs;

pub(crate) fn run(command: &Command, open: impl FnOnce() -> Result<Queue>) -> Result<bool> {
    match command {
        Command::List { step } => list(&open()?.list(step.as_deref())?),
        Command::Retry { items } => {
            let retried = open()?.retry(items)?;
            println!("--- Retry ---");
            println!("Made {retried} items new");
        }
        Command::Import { path, step } => {
            let items = json::read(path)?;
            open()?.add(step, &items)?;
            println!("--- Import ---");
            println!("Imported {} items for the step {step}", items.len());
        }
        Command::Export { path, step, failed } => {
            let items = open()?.list(Some(step))?;
            let items = items.into_iter().filter(|item| !failed || item.state == "FAILED");
            let text = json::write(&items.collect::<Vec<_>>());
            match path {
                Some(path) => {
                    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?
                }
                None => print!("{text}"),
            }
        }
        Command::Produce { .. } | Command::Consume(_) | Command::Report => {
            unreachable!("these are the steps")
        }
    }
    Ok(true)
}

fn list(items: &[Listed]) {
    println!("--- List ---");
    for item in items {
        let more = match item.state.as_str() {
            "RESERVED" => format!(" by {}, {:.1} s left", item.owner, item.seconds_left),
            _ if item.error.is_empty() => String::new(),
            "NEW" => format!(" again after {}", item.error),
            _ => format!(": {}", item.error),
        };
        println!("item {}, {}: {}{more}", item.id, item.step, item.state);
    }
    let count = |state| items.iter().filter(|item| item.state == state).count();
    let [new, reserved, completed, failed] = ["NEW", "RESERVED", "COMPLETED", "FAILED"].map(count);
    let all = items.len();
    println!(
        "Listed {all} items: {new} new, {reserved} reserved, {completed} completed, {failed} failed"
    );
}
