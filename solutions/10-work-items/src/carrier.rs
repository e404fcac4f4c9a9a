//! The carrier: somebody outside, who sends a parcel each time we ask for one.
//!
//! All we see of it is its book, a text file with a line for each parcel that was ever sent.

use crate::control::Gate;
use crate::item::{Error, Result, field};
use fd_lock::RwLock;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process;

pub(crate) struct Carrier {
    pub(crate) book: PathBuf,
    /// As long as this file is there, the carrier takes nothing.
    pub(crate) gate: Gate,
    /// End the program before or after so many parcels, as kill -9 would.
    pub(crate) crash_before: Option<u32>,
    pub(crate) crash_after: Option<u32>,
    asked: u32,
    known: BTreeSet<i64>,
    read_up_to: u64,
}

impl Carrier {
    pub(crate) fn new(
        book: PathBuf,
        gate: Gate,
        crash_before: Option<u32>,
        crash_after: Option<u32>,
    ) -> Carrier {
        Carrier {
            book,
            gate,
            crash_before,
            crash_after,
            asked: 0,
            known: BTreeSet::new(),
            read_up_to: 0,
        }
    }

    /// Sends a parcel. Who asks twice, sends two.
    pub(crate) fn ship(&mut self, item: i64, order: &Value) -> Result<()> {
        self.gate.wait(item, "the carrier");
        self.asked += 1;
        crash(self.crash_before == Some(self.asked));
        let line = format!(
            "item {item}: {} for {}, {}",
            field(order, "Product"),
            field(order, "Name"),
            field(order, "Zip")
        );
        self.write(&format!("{line}\n")).map_err(|error| self.fault(&error))?;
        crash(self.crash_after == Some(self.asked));
        Ok(())
    }

    /// Writes a line, or nothing: what does not stand there as a whole was not sent.
    fn write(&self, line: &str) -> io::Result<()> {
        let mut how = OpenOptions::new();
        how.read(true).write(true).create(true).truncate(false);
        let mut book = RwLock::new(how.open(&self.book)?);
        // One at a time, or who takes back its half of a line takes the line of another one with it.
        let mut book = book.write()?;
        let end = end_of_lines(&mut book)?;
        // Half a line is left where somebody died in the middle of it.
        book.set_len(end)?;
        book.seek(SeekFrom::Start(end))?;
        book.write_all(line.as_bytes()).inspect_err(|_| {
            // The disk is full, say. If this fails too, whoever writes next mends it, and nobody reads it.
            drop(book.set_len(end));
        })
    }

    /// Whether a parcel was ever sent for this item. Reads what is new in the book since it was last asked.
    #[allow(dead_code, reason = "a task may need it")]
    pub(crate) fn knows(&mut self, item: i64) -> Result<bool> {
        let mut news = String::new();
        match File::open(&self.book) {
            Ok(book) => {
                let book = RwLock::new(book);
                let mut book = &*book.read().map_err(|e| self.fault(&e))?;
                book.seek(SeekFrom::Start(self.read_up_to)).map_err(|e| self.fault(&e))?;
                book.read_to_string(&mut news).map_err(|e| self.fault(&e))?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(self.fault(&error)),
        }
        let whole = news.rfind('\n').map_or(0, |end| end + 1);
        for line in news[..whole].lines() {
            let item = line.strip_prefix("item ").and_then(|rest| rest.split_once(':'));
            self.known.extend(item.and_then(|(item, _)| item.parse::<i64>().ok()));
        }
        self.read_up_to += whole as u64;
        Ok(self.known.contains(&item))
    }

    fn fault(&self, error: &io::Error) -> Error {
        format!("{}: {error}", self.book.display()).into()
    }
}

/// Where the last whole line ends.
fn end_of_lines(book: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 4096;
    let mut end = book.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = Vec::new();
        book.seek(SeekFrom::Start(start))?;
        book.take(end - start).read_to_end(&mut block)?;
        if let Some(last) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Ends the program at once: no destructor runs, and what was reserved stays reserved.
fn crash(now: bool) {
    if now {
        process::exit(137);
    }
}
