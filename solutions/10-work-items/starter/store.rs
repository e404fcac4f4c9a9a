//! What is asked of the queue besides reserving and finishing.

use crate::control::Clock;
use crate::file::{self, Access};
use crate::item::{Failure, Json, New, Result};
use crate::json::kind;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

pub(crate) struct Queue {
    pub(crate) db: Connection,
    pub(crate) clock: Clock,
}

/// An item as `list` shows it.
pub(crate) struct Listed {
    pub(crate) id: i64,
    pub(crate) step: String,
    pub(crate) state: String,
    pub(crate) payload: Json,
    pub(crate) files: Json,
    pub(crate) owner: String,
    pub(crate) seconds_left: f64,
    /// Its last failure: `BUSINESS INVALID_ORDER: …`.
    pub(crate) error: String,
}

impl Listed {
    /// What can't be read of it.
    pub(crate) fn broken(&self) -> Option<&str> {
        let failure = self.payload.as_ref().err().or(self.files.as_ref().err());
        failure.map(|failure| failure.message.as_str())
    }
}

impl Queue {
    pub(crate) fn open(path: &Path, access: Access, clock: Clock) -> Result<Queue> {
        Ok(Queue { db: file::open(path, access)?, clock })
    }

    /// Whether the file can be looked at and no more.
    pub(crate) fn is_read_only(&self) -> Result<bool> {
        Ok(self.db.is_readonly("main")?)
    }

    /// Begins a commit. One process at a time has one open, so what it reads stays true until its end.
    pub(crate) fn begin(&mut self) -> Result<Transaction<'_>> {
        Ok(self.db.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    /// Makes failed items new: those that are named, or all that failed as APPLICATION.
    pub(crate) fn retry(&mut self, ids: &[i64]) -> Result<usize> {
        const AGAIN: &str = "UPDATE items SET state = 'NEW', failures = 0, error = NULL";
        let commit = self.begin()?;
        let mut retried = 0;
        for id in ids {
            let again = format!("{AGAIN} WHERE id = ?1 AND state = 'FAILED'");
            if commit.execute(&again, [id])? == 0 {
                return Err(format!("item {id} has not failed, so nothing is retried").into());
            }
            retried += 1;
        }
        if ids.is_empty() {
            let all = format!("{AGAIN} WHERE state = 'FAILED' AND error LIKE 'APPLICATION %'");
            retried = commit.execute(&all, [])?;
        }
        commit.commit()?;
        Ok(retried)
    }

    /// All items in the order of their numbers, of one step or of all.
    pub(crate) fn list(&self, step: Option<&str>) -> Result<Vec<Listed>> {
        let now = self.clock.now()?;
        let mut all = self.db.prepare(
            "SELECT id, step, state, payload, files, ifnull(owner, ''), ifnull(lease_until, 0), ifnull(error, '')
             FROM items WHERE ?1 IS NULL OR step = ?1 ORDER BY id",
        )?;
        let listed = |row: &Row<'_>| {
            Ok(Listed {
                id: row.get(0)?,
                step: row.get(1)?,
                state: row.get(2)?,
                payload: json(row, 3)?,
                files: json(row, 4)?,
                owner: row.get(5)?,
                seconds_left: (row.get::<_, i64>(6)? - now).max(0) as f64 / 1000.0,
                error: row.get(7)?,
            })
        };
        Ok(all.query_map([step], listed)?.collect::<rusqlite::Result<_>>()?)
    }

    /// How many items each step has in each state.
    pub(crate) fn counts(&self) -> Result<BTreeMap<(String, String), i64>> {
        let mut all =
            self.db.prepare("SELECT step, state, count(*) FROM items GROUP BY step, state")?;
        let count = |row: &Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get(2)?));
        Ok(all.query_map([], count)?.collect::<rusqlite::Result<_>>()?)
    }

    /// How many items of a step are neither completed nor failed.
    pub(crate) fn open_items(&self, step: &str) -> Result<i64> {
        let open = "SELECT count(*) FROM items WHERE step = ?1 AND state IN ('NEW', 'RESERVED')";
        Ok(self.db.query_row(open, [step], |row| row.get(0))?)
    }
}

pub(crate) fn insert(commit: &Transaction<'_>, step: &str, items: &[New]) -> Result<()> {
    let mut insert =
        commit.prepare("INSERT INTO items (step, payload, files) VALUES (?1, ?2, ?3)")?;
    for item in items {
        insert.execute(params![step, item.payload.to_string(), item.files.to_string()])?;
    }
    Ok(())
}

/// Reads an object. What is none is the fault of its item alone, and stops nobody who comes by.
pub(crate) fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Json> {
    let name = row.as_ref().column_name(column)?;
    let broken = |what: String| {
        let message = format!("its {name} is {what}");
        Failure { kind: "BUSINESS", code: "BROKEN_ITEM", message }
    };
    let text = row.get_ref(column)?.as_bytes().unwrap_or_default();
    Ok(match serde_json::from_slice::<Value>(text) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(other) => Err(broken(format!("{} where an object is wanted", kind(&other)))),
        Err(error) => Err(broken(format!("no JSON: {error}"))),
    })
}
