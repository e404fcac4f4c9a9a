//! The queue's file: its tables, how it is opened, and what is said when it can't be used.

use crate::item::{self, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, ffi};
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
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

/// What a command does with the file.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Access {
    /// Makes it if there is none.
    Make,
    Write,
    /// Looks at it, and can do so where nobody may write.
    Look,
}

/// Opens the file, which has to exist unless it is to be made.
pub(crate) fn open(path: &Path, access: Access) -> Result<Connection> {
    let name = path.display();
    if access != Access::Make && !path.exists() {
        return Err(format!("{name} does not exist: produce or import something first").into());
    }
    match connect(path, OpenFlags::default()) {
        Err(error) if access == Access::Look && is_no_room(error.as_ref()) => look(path),
        other => other,
    }
    .map_err(|error| format!("{name}: {}", reason(error.as_ref())).into())
}

/// Opens the file where nobody may write, or nothing has room.
fn look(path: &Path) -> Result<Connection> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    let only = OpenFlags::SQLITE_OPEN_READ_ONLY;
    if log.exists() {
        // Somebody may be at work, who has made the files that SQLite wants beside this one.
        let with_log = connect(path, only);
        if with_log.is_ok() || fs::metadata(&log)?.len() > 0 {
            let why = "the newest commits can't be read, because its folder can't be written";
            return with_log.map_err(|_| format!("{why}: copy it and {}", log.display()).into());
        }
    }
    // Without this SQLite would make those files, or fail because it can't.
    let uri = format!("file:{}?immutable=1", escaped(path));
    connect(Path::new(&uri), only | OpenFlags::SQLITE_OPEN_URI)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let mut db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    let is_read_only = db.is_readonly("main")?;
    if is_read_only && flags == OpenFlags::default() {
        return Err(
            rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_READONLY), None).into()
        );
    }
    migrate(&mut db)?;
    if !is_read_only {
        // Readers go on while somebody writes, and a commit is one write at the end of a log.
        db.pragma_update(None, "journal_mode", "WAL")?;
        // A commit returns when it is on the disk, so that a power cut loses nothing either.
        db.pragma_update(None, "synchronous", "FULL")?;
    }
    Ok(db)
}

/// Makes the tables of a new file, and refuses a file that is not one of ours.
fn migrate(db: &mut Connection) -> Result<()> {
    let version = |db: &Connection| db.query_row("PRAGMA user_version", [], |row| row.get(0));
    if version(db)? == VERSION {
        return has_all_columns(db);
    }
    // Several may come at once, and one of them makes the tables. Where nobody may write, nobody makes any.
    let behavior = match db.is_readonly("main")? {
        true => TransactionBehavior::Deferred,
        false => TransactionBehavior::Immediate,
    };
    let commit = db.transaction_with_behavior(behavior)?;
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

/// Refuses a file that has our version and not our tables.
fn has_all_columns(db: &Connection) -> Result<()> {
    let ours = Connection::open_in_memory()?;
    ours.execute_batch(SCHEMA)?;
    match columns(&ours)?.difference(&columns(db)?).next() {
        None => Ok(()),
        Some(missing) => {
            Err(format!("its schema says version {VERSION}, and it has no column {missing}").into())
        }
    }
}

/// The columns of all tables: `items.state`.
fn columns(db: &Connection) -> Result<BTreeSet<String>> {
    let mut all = db.prepare(
        "SELECT tables.name || '.' || columns.name
         FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table'",
    )?;
    Ok(all.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// An error in one line. What the database says is told with the name of its file.
pub(crate) fn told(error: item::Error, path: &Path) -> String {
    let reason = reason(error.as_ref());
    if error.is::<rusqlite::Error>() { format!("{}: {reason}", path.display()) } else { reason }
}

/// What is wrong, without the SQL in which it was noticed.
fn reason(error: &(dyn Error + 'static)) -> String {
    use rusqlite::Error::{SqlInputError, SqliteFailure};
    match error.downcast_ref() {
        Some(SqlInputError { msg, .. }) => msg.clone(),
        // SQLite keeps to itself what the system told it, but for a full disk.
        Some(SqliteFailure(failure, _)) if failure.extended_code == ffi::SQLITE_IOERR_WRITE => {
            "disk I/O error: a write failed".to_owned()
        }
        Some(SqliteFailure(failure, _)) if failure.code == ErrorCode::ReadOnly => {
            "the file or its folder can't be written".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Whether the file can't be opened because something would have to be written.
fn is_no_room(error: &(dyn Error + 'static)) -> bool {
    use ErrorCode::{CannotOpen, DiskFull, ReadOnly, SystemIoFailure};
    let code = error.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    code.is_some_and(|code| [CannotOpen, DiskFull, ReadOnly, SystemIoFailure].contains(&code))
}

/// A path as a part of an address, in which the letter of a drive stands behind a slash.
fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    if !cfg!(windows) {
        return text;
    }
    let slash = if text.get(1..2) == Some(":") { "/" } else { "" };
    format!("{slash}{}", text.replace('\\', "/"))
}
