//! The commands that are no steps: looking at the queue, and getting items in and out.

use crate::flags::Command;
use crate::item::{New, Result};
use crate::store::{Listed, Queue};
use crate::{json, picture};
use rehearsal::{print, println};
use std::fs;
use std::path::Path;

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
            let mut items = open()?.list(Some(step))?;
            items.retain(|item| !failed || item.state == "FAILED");
            return export(items, path.as_deref());
        }
        Command::Produce { .. } | Command::Consume(_) | Command::Report { .. } => {
            unreachable!("these are the steps")
        }
    }
    Ok(true)
}

/// Draws the steps, if that is wanted.
pub(crate) fn draw(picture: Option<&Path>, open: impl FnOnce() -> Result<Queue>) -> Result<()> {
    let Some(path) = picture else { return Ok(()) };
    let text = picture::of(&open()?.counts()?);
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Writes what can be read, and names the rest.
fn export(items: Vec<Listed>, path: Option<&Path>) -> Result<bool> {
    let (mut whole, mut broken) = (Vec::new(), 0);
    for item in items {
        match item.payload.and_then(|payload| Ok(New { payload, files: item.files? })) {
            Ok(new) => whole.push(new),
            Err(failure) => {
                eprintln!("item {} is left out: {}", item.id, failure.message);
                broken += 1;
            }
        }
    }
    let text = json::write(&whole);
    match path {
        Some(path) => {
            fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        None => print!("{text}"),
    }
    Ok(broken == 0)
}

fn list(items: &[Listed]) {
    println!("--- List ---");
    for item in items {
        let more = match item.state.as_str() {
            "RESERVED" => format!(" by {}, {:.1} s left", item.owner, item.seconds_left),
            _ if item.error.is_empty() => {
                item.broken().map_or_else(String::new, |why| format!(" ({why})"))
            }
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
