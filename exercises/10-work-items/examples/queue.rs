//! The queue: a file that outlives every process that works with it.
//!
//! An item is NEW, then RESERVED, then COMPLETED or FAILED. Whoever reserves an item has it for the time of
//! its lease. If it is neither done nor failed by then, anybody may take it again.

use crate::item::{Failure, Item, New, Result};
use crate::store::{Queue, insert, json};
use rusqlite::{OptionalExtension, Row, params};
use std::time::Duration;

// What opens its file and lists its items is in store.rs.
impl Queue {
    /// Adds items as inputs of a step: all of them, or none.
    pub(crate) fn add(&mut self, step: &str, items: &[New]) -> Result<()> {
        let commit = self.begin()?;
        insert(&commit, step, items)?;
        Ok(commit.commit()?)
    }

    /// Takes an item that nobody has, until the lease is over.
    pub(crate) fn reserve(
        &mut self,
        step: &str,
        owner: &str,
        lease: Duration,
    ) -> Result<Option<Item>> {
        // Who can only look takes nothing.
        if self.is_read_only()? {
            return Ok(None);
        }
        let clock = self.clock.clone();
        let commit = self.begin()?;
        let now = clock.now()?;
        // What somebody took and did not finish in time is new again.
        commit.execute(
            "UPDATE items SET state = 'NEW' WHERE step = ?1 AND state = 'RESERVED' AND lease_until <= ?2",
            params![step, now],
        )?;
        let item = commit
            .query_row(
                "UPDATE items SET state = 'RESERVED', owner = ?2, lease_until = ?3, taken = taken + 1
                 WHERE id = (SELECT id FROM items WHERE step = ?1 AND state = 'NEW' ORDER BY failures, id LIMIT 1)
                 RETURNING id, payload, files, taken",
                params![step, owner, now + millis(lease)],
                item,
            )
            .optional()?;
        commit.commit()?;
        Ok(item)
    }

    /// Marks an item as completed, and adds what it hands on to the next step, in one commit.
    ///
    /// If the item is no longer ours, it tells `false` and changes nothing.
    pub(crate) fn done(&mut self, item: &Item, next: &str, outputs: &[New]) -> Result<bool> {
        let commit = self.begin()?;
        let done = "UPDATE items SET state = 'COMPLETED', error = NULL WHERE id = ?1 AND taken = ?2 AND state = 'RESERVED'";
        let is_ours = commit.execute(done, [item.id, item.taken])? == 1;
        if is_ours {
            insert(&commit, next, outputs)?;
        }
        commit.commit()?;
        Ok(is_ours)
    }

    /// Marks an item as failed, or as new if it is to be tried again, and tells its state.
    ///
    /// If the item is no longer ours, it tells nothing and changes nothing.
    pub(crate) fn fail(
        &mut self,
        item: &Item,
        failure: &Failure,
        attempts: u32,
    ) -> Result<Option<String>> {
        let commit = self.begin()?;
        let is_retried = failure.kind == "APPLICATION";
        let state = commit
            .query_row(
                "UPDATE items SET failures = failures + 1, error = ?3,
                     state = CASE WHEN ?4 AND failures + 1 < ?5 THEN 'NEW' ELSE 'FAILED' END
                 WHERE id = ?1 AND taken = ?2 AND state = 'RESERVED' RETURNING state",
                params![item.id, item.taken, failure.to_string(), is_retried, attempts],
                |row| row.get(0),
            )
            .optional()?;
        commit.commit()?;
        Ok(state)
    }
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item { id: row.get(0)?, payload: json(row, 1)?, files: json(row, 2)?, taken: row.get(3)? })
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
