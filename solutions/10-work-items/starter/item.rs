//! What everybody here speaks of: the steps, their items, and how one fails.

use serde_json::{Value, json};
use std::fmt;

/// The steps. What one of them hands on is an input of a later one.
pub(crate) const PRODUCE: &str = "produce";
pub(crate) const CONSUME: &str = "consume";
/// One that a task adds; without its flags nothing comes here.
pub(crate) const BILL: &str = "bill";
pub(crate) const REPORT: &str = "report";
pub(crate) const STEPS: [&str; 4] = [PRODUCE, CONSUME, BILL, REPORT];

/// One that a thread can hand to another.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// An item that is not in the queue yet.
pub(crate) struct New {
    pub(crate) payload: Value,
    /// What each file is called, and where it lies.
    pub(crate) files: Value,
}

/// An item that is reserved.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) payload: Json,
    pub(crate) files: Json,
    /// How often it was reserved. Who took it earlier has a lower number, and may finish it no more.
    pub(crate) taken: i64,
}

/// An object that the queue keeps as text; or, if that is none any more, why its item has to fail.
pub(crate) type Json = std::result::Result<Value, Failure>;

/// Why an item failed. What is APPLICATION may go away, so it is tried again; BUSINESS does not.
#[derive(Clone)]
pub(crate) struct Failure {
    pub(crate) kind: &'static str,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl New {
    /// An item without files.
    pub(crate) fn of(payload: Value) -> New {
        New { payload, files: json!({}) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.kind, self.code, self.message)
    }
}

/// A field of an order as text, in one line.
pub(crate) fn field(order: &Value, name: &str) -> String {
    let value = &order[name];
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.replace(['\n', '\r'], " ")
}
