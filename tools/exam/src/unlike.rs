//! How what was printed differs from what was to be printed, where nobody has a better word for it.
//!
//! It compares the words that a failure quotes between back quotes, and the numbers that stand before a word of both.
//! So it says nothing of causes, and nothing that a reader can't see; but it says where to look.

/// What a difference looks like, if it is one of a few that have a name.
pub(crate) fn unlike(should: &str, did: &str) -> Option<String> {
    let quoted = quoted(should).zip(quoted(did));
    let of_lines = quoted
        .filter(|(due, there)| begin_alike(due, there))
        .and_then(|(due, there)| of_words(due, there));
    of_lines.or_else(|| of_counts(should, did)).or_else(|| {
        let is_order = should.contains("` before `") && did == "printed it after";
        is_order.then(|| "the right lines in another order".to_owned())
    })
}

/// The first text between back quotes.
fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('`')?;
    rest.split_once('`').map(|(inside, _)| inside)
}

/// Whether two lines are meant to be the same: they begin with the same word.
fn begin_alike(one: &str, other: &str) -> bool {
    let first = |line: &'_ str| line.split_whitespace().next().map(str::to_owned);
    first(one).is_some() && first(one) == first(other)
}

fn words(line: &str) -> Vec<&str> {
    let parts = line.split([' ', ',', '(', ')']);
    parts.filter(|word| !word.is_empty() && !word.contains(['{', '…'])).collect()
}

/// The words that one line has and the other has not.
fn beyond<'a>(one: &[&'a str], other: &[&str]) -> Vec<&'a str> {
    let mut open = other.to_vec();
    let mut beyond = Vec::new();
    for word in one {
        match open.iter().position(|known| known == word) {
            Some(place) => drop(open.remove(place)),
            None => beyond.push(*word),
        }
    }
    beyond
}

fn of_words(due: &str, there: &str) -> Option<String> {
    let (due, there) = (words(due), words(there));
    let (missing, more) = (beyond(&due, &there), beyond(&there, &due));
    match (missing.as_slice(), more.as_slice()) {
        ([], []) if due != there => Some("the right words in another order".to_owned()),
        ([], []) => None,
        (missing, []) => Some(format!("a line that leaves out {}", listed(missing))),
        ([], more) => Some(format!("a line that has too much: {}", listed(more))),
        (missing, more) => Some(format!("{}, where {} is due", listed(more), listed(missing))),
    }
}

/// `15 jobs` where `18 jobs` are due.
fn of_counts(should: &str, did: &str) -> Option<String> {
    let pairs = |text: &str| -> Vec<(f64, String)> {
        let words = words(text);
        let pairs = words.windows(2).filter_map(|pair| {
            let word = pair[1].trim_matches(['`', ':', '.']);
            let number = pair[0].trim_matches('`').parse().ok()?;
            // Of seconds nobody knows whether they are an instant or a stretch of time.
            let is_counted =
                word.starts_with(char::is_alphabetic) && !["s", "seconds"].contains(&word);
            is_counted.then(|| (number, word.to_owned()))
        });
        pairs.collect()
    };
    let (due, there) = (pairs(should), pairs(did));
    due.iter().find_map(|(due, word)| {
        let (there, _) = there.iter().find(|(number, other)| other == word && number != due)?;
        let amount = if there < due { "too little" } else { "too much" };
        // `11 of 12`: that is no unit.
        let unit = if word == "of" { String::new() } else { format!(" {word}") };
        Some(format!("{there} in place of {due}{unit}: {amount}"))
    })
}

fn listed(words: &[&str]) -> String {
    const SHOWN: usize = 4;
    let shown = words.iter().take(SHOWN).copied().collect::<Vec<_>>().join(" ");
    if words.len() > SHOWN { format!("`{shown} …`") } else { format!("`{shown}`") }
}

#[cfg(test)]
mod tests {
    use super::unlike;

    #[test]
    fn lines_are_compared_by_their_words() {
        let told = |should: &str, did: &str| unlike(should, did).unwrap_or_default();
        let due = "print `Dead letters: item_4, item_8, item_12`";
        let printed = |line: &str| told(due, &format!("printed `{line}`"));
        assert_eq!(
            printed("Dead letters: item_8, item_4, item_12"),
            "the right words in another order"
        );
        assert_eq!(printed("Dead letters: item_4, item_12"), "a line that leaves out `item_8`");
        assert_eq!(
            printed("Dead letters: item_4, item_8, item_9, item_12"),
            "a line that has too much: `item_9`"
        );
        assert_eq!(printed("Dead letters: none"), "`none`, where `item_4 item_8 item_12` is due");
        assert_eq!(printed("Something else"), "");
    }

    #[test]
    fn counts_are_compared_before_the_same_word() {
        let told = |should: &str, did: &str| unlike(should, did).unwrap_or_default();
        let summary = "printed `Processed 15 jobs in 8.5 seconds with 3 workers`";
        assert_eq!(told("count 18 jobs", summary), "15 in place of 18 jobs: too little");
        assert_eq!(told("count 15 jobs", summary), "");
        assert_eq!(told("take it at 0.160 s", "left it until 0.785 s"), "");
        assert_eq!(
            told("print `a` before `b`", "printed it after"),
            "the right lines in another order"
        );
        assert_eq!(told("end by itself", "still ran after 10 seconds"), "");
    }
}
