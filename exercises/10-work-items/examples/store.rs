//! The file behind the queue: its tables, and what is asked of it besides reserving and finishing.

use crate::Result;
use crate::control::Clock;
use crate::json::New;
use crate::queue::Queue;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Counts up when the tables change, so that no program reads what it does not understand.
const VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE items (
        id          INTEGER PRIMARY KEY,
        step        TEXT NOT NULL,
        payload     TEXT NOT NULL,
        files       TEXT NOT NULL,
        state       TEXT NOT NULL DEFAULT 'NEW'
                    CHECK (state IN ('NEW', 'RESERVED', 'COMPLETED', 'FAILED')),
        owner       TEXT,
        lease_until INTEGER,
        taken       INTEGER NOT NULL DEFAULT 0,
        failures    INTEGER NOT NULL DEFAULT 0,
        error       TEXT
    ) STRICT;
    CREATE INDEX ready ON items (step, state, failures, id);
";

/// How long a command waits while another process writes.
const PATIENCE: Duration = Duration::from_secs(60);

/// An item as `list` shows it.
pub(crate) struct Listed {
    pub(crate) id: i64,
    pub(crate) step: String,
    pub(crate) state: String,
    pub(crate) payload: Value,
    pub(crate) files: Value,
    pub(crate) owner: String,
    pub(crate) seconds_left: f64,
    /// Its last failure: `BUSINESS INVALID_ORDER: …`.
    pub(crate) error: String,
}

impl Queue {
    /// Opens the file, which has to exist unless it is to be made.
    pub(crate) fn open(path: &Path, make: bool, clock: Clock) -> Result<Queue> {
        let name = path.display();
        if !make && !path.exists() {
            return Err(format!("{name} does not exist: produce or import something first").into());
        }
        let open = || -> Result<Queue> {
            let mut db = Connection::open(path)?;
            db.busy_timeout(PATIENCE)?;
            migrate(&mut db)?;
            // Readers go on while somebody writes, and a commit is one write at the end of a log.
            db.pragma_update(None, "journal_mode", "WAL")?;
            // A commit returns when it is on the disk, so that a power cut loses nothing either.
            db.pragma_update(None, "synchronous", "FULL")?;
            Ok(Queue { db, clock })
        };
        open().map_err(|error| format!("{name}: {error}").into())
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

    /// How many items of a step are neither completed nor failed.
    pub(crate) fn open_items(&self, step: &str) -> Result<i64> {
        let open = "SELECT count(*) FROM items WHERE step = ?1 AND state IN ('NEW', 'RESERVED')";
        Ok(self.db.query_row(open, [step], |row| row.get(0))?)
    }
}

/// Makes the tables of a new file, and refuses a file that is not one of ours.
fn migrate(db: &mut Connection) -> Result<()> {
    let version = |db: &Connection| db.query_row("PRAGMA user_version", [], |row| row.get(0));
    if version(db)? == VERSION {
        return Ok(());
    }
    // Several may come at once, and one of them makes the tables.
    let commit = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version(&commit)?;
    let tables: i64 =
        commit.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if (version, tables) == (0, 0) {
        commit.execute_batch(SCHEMA)?;
        commit.pragma_update(None, "user_version", VERSION)?;
    } else if version != VERSION {
        return Err(format!(
            "its schema has version {version}, and this program knows version {VERSION}"
        )
        .into());
    }
    Ok(commit.commit()?)
}

pub(crate) fn insert(commit: &Transaction<'_>, step: &str, items: &[New]) -> Result<()> {
    let mut insert =
        commit.prepare("INSERT INTO items (step, payload, files) VALUES (?1, ?2, ?3)")?;
    for item in items {
        insert.execute(params![step, item.payload.to_string(), item.files.to_string()])?;
    }
    Ok(())
}

pub(crate) fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Value> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
    })
}
