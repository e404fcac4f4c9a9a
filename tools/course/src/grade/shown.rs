//! What a report leaves out where nobody is to see what was expected.

use accord::failure;

/// What stands where the message of a test had no rows to choose from.
const NOTHING: &str = "A test of this task failed. What it says is not shown.";

/// A message without what the program should have done, and without how far that is from what it did. What it was
/// asked and what it did stay.
pub(super) fn without_expected(message: &str) -> String {
    if failure::rows(message).iter().all(|(label, _)| *label != failure::DID) {
        return NOTHING.to_owned();
    }
    let mut is_left_out = false;
    let kept = message.lines().filter(|line| {
        if let Some((label, _)) = failure::labelled(line) {
            is_left_out = [failure::SHOULD, failure::SEEN].contains(&label);
        }
        !is_left_out
    });
    kept.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_and_done_stays() {
        let row = |label: &str, text: &str| format!("  {label:16}  {text}\n");
        let message = [
            "fix-1 · it stops   FAILED\n\n".to_owned(),
            row(failure::RUN, "cargo 01"),
            row(failure::SHOULD, "print:"),
            row("", "the secret"),
            row(failure::DID, "printed:"),
            row("", "something"),
            row(failure::SEEN, "the secret begins otherwise"),
            row("read", "a page"),
        ];
        let told = without_expected(&message.concat());
        let kept = [0, 2, 5, 6, 8].map(|index: usize| match index {
            0 => message[0].as_str(),
            index => message[index - 1].as_str(),
        });
        assert_eq!(format!("{told}\n"), kept.concat());
        assert_eq!(without_expected("left: 3, right: 2"), NOTHING);
    }
}
