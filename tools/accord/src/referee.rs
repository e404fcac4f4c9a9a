//! The tests of a solution's package that look at its referee, and not at a task.

/// Whether its quotes stand in the brief, each promise has a rule, and each number is read.
pub const LOOKS_AT_ITSELF: &str = "the_referee_looks_at_itself";

/// Whether it accepts a program that is right, under many settings.
pub const ACCEPTS: &str = "the_referee_accepts";
