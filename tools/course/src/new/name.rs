//! The name of a new exercise.

use crate::{Error, Result};
use accord::exercise;

/// `42-my-topic`, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// All of it, which is also the name of the folders.
    pub whole: String,
    /// `42`.
    pub number: String,
    /// `My topic`.
    pub title: String,
}

/// Longer ones leave no room in the table of `cargo course check`.
const LONGEST: usize = 40;

impl Name {
    /// Reads what was typed.
    pub fn parse(typed: &str) -> Result<Name> {
        let number = exercise::short(typed);
        let words = typed.strip_prefix(number).and_then(|rest| rest.strip_prefix('-'));
        let is_number = number.len() == 2 && number.chars().all(|c| c.is_ascii_digit());
        // A program and its tests are known to cargo by their names alone.
        if typed == exercise::tests_target(typed) {
            return Err(Error::Input(format!(
                "'{typed}' is what the tests of {number} are called"
            )));
        }
        match words {
            Some(words) if is_number && words.split('-').all(is_word) && typed.len() <= LONGEST => {
                Ok(Name { whole: typed.to_owned(), number: number.to_owned(), title: title(words) })
            }
            _ => Err(Error::Input(format!(
                "'{typed}' can't be the name of an exercise: two digits and small words with '-' between \
                 them are wanted, {LONGEST} letters at most, such as 42-my-topic"
            ))),
        }
    }
}

fn is_word(word: &str) -> bool {
    let is_small = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    is_small && word.starts_with(|c: char| c.is_ascii_lowercase())
}

fn title(words: &str) -> String {
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + &rest.replace('-', " ")
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn a_name_says_its_number_and_its_title() {
        let name = Name::parse("42-my-2nd-topic");
        assert!(name.is_err(), "a word begins with a letter");
        let name = Name::parse("42-my-topic2").unwrap();
        assert_eq!((name.whole.as_str(), name.number.as_str()), ("42-my-topic2", "42"));
        assert_eq!(name.title, "My topic2");
    }

    #[test]
    fn the_name_of_the_tests_is_refused() {
        let error = Name::parse("42-tasks").unwrap_err();
        assert_eq!(error.to_string(), "'42-tasks' is what the tests of 42 are called");
        assert_eq!(error.code(), 2);
        assert!(Name::parse("42-tasks-and-threads").is_ok());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!("42-{}", "a".repeat(38));
        for typed in [
            "",
            "42",
            "42-",
            "-42-a",
            "4-topic",
            "042-topic",
            "ab-topic",
            "42-My-topic",
            "42-my_topic",
            "42--topic",
            "42-topic-",
            "42-my topic",
            "42-../x",
            "42-thé",
            "4é-topic",
            &long,
        ] {
            let error = Name::parse(typed).unwrap_err();
            assert_eq!(error.code(), 2);
            assert!(error.to_string().contains("such as 42-my-topic"), "{error}");
        }
    }
}
