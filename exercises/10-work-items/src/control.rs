//! How to take the chance out of a trial: a clock that you set, and gates that you open.

use crate::item::Result;
use rehearsal::println;
use rehearsal::thread;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const GLANCE: Duration = Duration::from_millis(5);

/// The time that leases go by, in milliseconds: the system's, or what stands in a file.
///
/// Leases are compared between processes, so a monotonic clock, which each process has for itself, is no use.
#[derive(Clone)]
pub(crate) struct Clock(pub(crate) Option<PathBuf>);

impl Clock {
    pub(crate) fn now(&self) -> Result<i64> {
        let Some(file) = &self.0 else {
            return Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?);
        };
        // Somebody may be writing it right now.
        let read = || fs::read_to_string(file).ok()?.trim().parse::<f64>().ok();
        let seconds = (0..100).find_map(|_| {
            read().or_else(|| {
                thread::sleep(GLANCE);
                None
            })
        });
        let seconds = seconds.ok_or_else(|| {
            format!("--clock {}: a number of seconds is wanted there", file.display())
        })?;
        Ok((seconds * 1000.0) as i64)
    }
}

/// A file that holds something up as long as it is there: the item whose number it holds, or any if it is empty.
#[derive(Clone)]
pub(crate) struct Gate(pub(crate) Option<PathBuf>);

impl Gate {
    pub(crate) fn wait(&self, item: i64, who: &str) {
        let Some(file) = &self.0 else { return };
        let is_shut = || {
            fs::read_to_string(file)
                .is_ok_and(|text| text.trim().is_empty() || text.trim() == item.to_string())
        };
        if is_shut() {
            println!("[{who}] waits with item {item} until {} is gone", file.display());
        }
        while is_shut() {
            thread::sleep(GLANCE);
        }
    }
}
