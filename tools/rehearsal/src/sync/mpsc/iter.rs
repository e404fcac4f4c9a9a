//! Iterators over the messages of a queue.

crate::iterators::iterators!("sync::mpsc", "channel");
