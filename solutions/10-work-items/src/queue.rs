//! The queue: a file that outlives every process that works with it.
//!
//! An item is NEW, then RESERVED, then COMPLETED or FAILED. Whoever reserves an item has it for the time of
//! its lease. If it is neither done nor failed by then, anybody may take it again.

use crate::item::{Failure, Item, New, Result};
use crate::store::{Queue, insert, json};
use rehearsal::crossbeam_channel::{self as channel, RecvTimeoutError};
use rehearsal::thread;
use rusqlite::{Row, Transaction, params};
use std::time::Duration;

// What opens its file and lists its items is in store.rs.
impl Queue {
    /// Adds items as inputs of a step: all of them, or none.
    pub(crate) fn add(&mut self, step: &str, items: &[New]) -> Result<()> {
        let commit = self.begin()?;
        insert(&commit, step, items)?;
        Ok(commit.commit()?)
    }

    /// Takes items that nobody has, until the lease is over, in one commit.
    pub(crate) fn reserve(
        &mut self,
        step: &str,
        owner: &str,
        lease: Duration,
        most: u32,
    ) -> Result<Vec<Item>> {
        // Who can only look takes nothing.
        if self.is_read_only()? {
            return Ok(Vec::new());
        }
        let clock = self.clock.clone();
        let commit = self.begin()?;
        let now = clock.now()?;
        // What somebody took and did not finish in time is new again.
        commit.execute(
            "UPDATE items SET state = 'NEW' WHERE step = ?1 AND state = 'RESERVED' AND lease_until <= ?2",
            params![step, now],
        )?;
        let mut items = commit
            .prepare(
                "UPDATE items SET state = 'RESERVED', owner = ?2, lease_until = ?3, taken = taken + 1
                 WHERE id IN (SELECT id FROM items WHERE step = ?1 AND state = 'NEW' ORDER BY failures, id LIMIT ?4)
                 RETURNING id, payload, files, taken",
            )?
            .query_map(params![step, owner, now + millis(lease), most], item)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        commit.commit()?;
        items.sort_by_key(|item| item.id);
        Ok(items)
    }

    /// Does some work on items, and renews their leases as long as it lasts.
    pub(crate) fn while_renewing<T>(
        &mut self,
        items: &[Item],
        lease: Duration,
        every: Duration,
        work: impl FnOnce() -> T,
    ) -> Result<T> {
        let (over, is_over) = channel::bounded::<()>(0);
        thread::scope(|scope| {
            let heartbeat = scope.spawn(move || -> Result<()> {
                // Ends as soon as the work does, because then its sender is dropped.
                while is_over.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                    self.renew(items, lease)?;
                }
                Ok(())
            });
            let result = work();
            drop(over);
            heartbeat.join().expect("a heartbeat does not panic")?;
            Ok(result)
        })
    }

    fn renew(&mut self, items: &[Item], lease: Duration) -> Result<()> {
        let until = self.clock.now()? + millis(lease);
        let commit = self.begin()?;
        for item in items {
            let renew = "UPDATE items SET lease_until = ?3 WHERE id = ?1 AND taken = ?2 AND state = 'RESERVED'";
            commit.execute(renew, [item.id, item.taken, until])?;
        }
        Ok(commit.commit()?)
    }
}

/// Whether an item is still ours. It stays so until the commit's end.
pub(crate) fn is_ours(commit: &Transaction<'_>, item: &Item) -> Result<bool> {
    let ours = "SELECT count(*) FROM items WHERE id = ?1 AND taken = ?2 AND state = 'RESERVED'";
    Ok(commit.query_row(ours, [item.id, item.taken], |row| row.get::<_, i64>(0))? == 1)
}

/// Marks an item as completed, and adds what it hands on to the next step.
pub(crate) fn done(
    commit: &Transaction<'_>,
    item: &Item,
    next: &str,
    outputs: &[New],
) -> Result<()> {
    let done = "UPDATE items SET state = 'COMPLETED', error = NULL WHERE id = ?1";
    commit.execute(done, [item.id])?;
    insert(commit, next, outputs)
}

/// Marks an item as failed, or as new if it is to be tried again, and tells its state.
pub(crate) fn fail(
    commit: &Transaction<'_>,
    item: &Item,
    failure: &Failure,
    attempts: u32,
) -> Result<String> {
    let is_retried = failure.kind == "APPLICATION";
    Ok(commit.query_row(
        "UPDATE items SET failures = failures + 1, error = ?2,
             state = CASE WHEN ?3 AND failures + 1 < ?4 THEN 'NEW' ELSE 'FAILED' END
         WHERE id = ?1 RETURNING state",
        params![item.id, failure.to_string(), is_retried, attempts],
        |row| row.get(0),
    )?)
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item { id: row.get(0)?, payload: json(row, 1)?, files: json(row, 2)?, taken: row.get(3)? })
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
