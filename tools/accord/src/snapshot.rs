//! What is pinned: the names of the whole outputs, and how the files look that hold them.

/// The test, and the snapshot, of the whole output of a program as it was given.
pub const AS_GIVEN: &str = "as_given";

/// The same for the finished program.
pub const FINISHED: &str = "finished";

/// The tests that pin a whole output; they belong to one program and to no task.
pub const WHOLE_OUTPUT: [&str; 2] = [AS_GIVEN, FINISHED];

/// The file of a snapshot, in the folder that holds them.
#[must_use]
pub fn file(name: &str) -> String {
    format!("{name}.snap")
}

/// What a snapshot's file pins: what stands below its header. A text without a header is no snapshot.
#[must_use]
pub fn contents(text: &str) -> Option<&str> {
    let (_header, contents) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    Some(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pinned_stands_below_the_header() {
        assert_eq!(contents("---\nsource: x\n---\n1\n---\n2\n"), Some("1\n---\n2\n"));
        assert_eq!(contents("1\n---\n2\n"), None);
    }
}
