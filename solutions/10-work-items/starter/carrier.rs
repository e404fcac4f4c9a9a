//! The carrier: somebody outside, who sends a parcel each time we ask for one.
//!
//! All we see of it is its book, a text file with a line for each parcel that was ever sent.

use crate::Result;
use crate::control::Gate;
use crate::sheet;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
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
            sheet::field(order, "Product"),
            sheet::field(order, "Name"),
            sheet::field(order, "Zip")
        );
        // One write for the whole line: who dies meanwhile leaves all of it or nothing.
        let mut book = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.book)
            .map_err(|e| self.fault(&e))?;
        book.write_all(format!("{line}\n").as_bytes()).map_err(|e| self.fault(&e))?;
        crash(self.crash_after == Some(self.asked));
        Ok(())
    }

    /// Whether a parcel was ever sent for this item. Reads what is new in the book since it was last asked.
    #[allow(dead_code, reason = "a task may need it")]
    pub(crate) fn knows(&mut self, item: i64) -> Result<bool> {
        let mut news = String::new();
        match File::open(&self.book) {
            Ok(mut book) => {
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

    fn fault(&self, error: &std::io::Error) -> Box<dyn std::error::Error> {
        format!("{}: {error}", self.book.display()).into()
    }
}

/// Ends the program at once: no destructor runs, and what was reserved stays reserved.
fn crash(now: bool) {
    if now {
        process::exit(137);
    }
}
