//! The report of a task that is not passed, as far as it is read again.

/// The label of the row that says what the program did.
pub const DID: &str = "it did";
