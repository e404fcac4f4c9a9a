//! Who is in a class, until when each may hand in, and how much time their programs have.

use super::intake::Submission;
use crate::{Error, Result, read};
use std::{collections::BTreeMap, ops::RangeInclusive, path::Path};

/// The first line of the file.
const HEADING: &str = "student,due,time,handed in";

/// Whom a line is for that is for all who have none of their own.
const EVERYBODY: &str = "*";

/// How many times the usual time a program may have.
const FACTORS: RangeInclusive<f64> = 1.0..=20.0;

/// What holds for a student. All of it may be left open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry {
    /// Until when, in seconds since 1970.
    due: Option<u64>,
    /// How many percent of time a program has beyond the usual.
    more_time: Option<u32>,
    /// When it was handed in, where that is known better than by the files.
    handed_in: Option<u64>,
}

/// The students of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Roster(BTreeMap<String, Entry>);

impl Roster {
    pub(super) fn of(path: &Path) -> Result<Roster> {
        let fault = |what: String| Error::Input(format!("{}:{what}", path.display()));
        Roster::in_text(&read(path)?).map_err(fault)
    }

    /// Each line is `ann,2026-03-08T18:00Z,1.5,2026-03-07T09:30Z`, and every field but the first may be empty.
    fn in_text(text: &str) -> std::result::Result<Roster, String> {
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, line)| line.trim()) != Some(HEADING) {
            return Err(format!("1: the first line is '{HEADING}'"));
        }
        let mut roster = Roster::default();
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let fault = |what: String| format!("{}: {what}", index + 1);
            let mut fields: Vec<&str> = line.split(',').map(str::trim).collect();
            fields.resize(fields.len().max(4), "");
            let [student, due, time, handed_in] = fields[..] else {
                return Err(fault("it has more than four fields".to_owned()));
            };
            let moment = |text: &str| match text {
                "" => Ok(None),
                text => moment(text).map(Some).ok_or_else(|| {
                    fault(format!("'{text}' is no time: it is like 2026-03-08T18:00Z, in UTC"))
                }),
            };
            let entry = Entry {
                due: moment(due)?,
                more_time: more(time).map_err(fault)?,
                handed_in: moment(handed_in)?,
            };
            if roster.0.insert(student.to_owned(), entry).is_some() {
                return Err(fault(format!("{student} has a line already")));
            }
        }
        Ok(roster)
    }

    /// Gives each submission what holds for its student, and adds those that are missing. Tells who is not listed.
    pub(super) fn apply(&self, submissions: &mut Vec<Submission>) -> Vec<String> {
        let everybody = self.0.get(EVERYBODY).copied();
        let mut strangers = Vec::new();
        for submission in submissions.iter_mut() {
            let own = self.0.get(&submission.student).copied();
            if own.is_none() && everybody.is_none() {
                strangers.push(submission.student.clone());
            }
            let (own, other) = (own.unwrap_or_default(), everybody.unwrap_or_default());
            submission.due = own.due.or(other.due);
            submission.more_time = own.more_time.or(other.more_time).unwrap_or(0);
            submission.handed_in = own.handed_in.or(submission.handed_in);
        }
        let has_none = |student: &&String| {
            *student != EVERYBODY && submissions.iter().all(|other| other.student != **student)
        };
        let missing: Vec<Submission> = self
            .0
            .keys()
            .filter(has_none)
            .map(|student| Submission::broken(student, "was not handed in".to_owned()))
            .collect();
        submissions.extend(missing);
        submissions.sort_by(|one, other| one.student.cmp(&other.student));
        strangers
    }
}

/// How many percent more than the usual time: 50 of `1.5`.
fn more(factor: &str) -> std::result::Result<Option<u32>, String> {
    if factor.is_empty() {
        return Ok(None);
    }
    let number = factor.parse::<f64>().ok().filter(|number| FACTORS.contains(number));
    let number = number.ok_or_else(|| {
        format!("'{factor}' is no factor of time: it is a number in {FACTORS:?}, such as 1.5")
    })?;
    Ok(Some((number * 100.0).round() as u32 - 100))
}

/// `2026-03-08T18:00Z`, also with seconds, as seconds since 1970. A day alone is its end.
fn moment(text: &str) -> Option<u64> {
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, "23:59:59"));
    let numbers = |text: &str, by: char| -> Option<Vec<u64>> {
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        text.split(by).map(|word| word.parse().ok().filter(|_| is_number(word))).collect()
    };
    let time = numbers(time.strip_suffix('Z').unwrap_or(time), ':')?;
    let (hour, minute, second) = match time[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let [year, month, day] = numbers(day, '-')?[..] else { return None };
    let is_time = hour < 24 && minute < 60 && second < 60;
    let is_day = (1970..=9999).contains(&year) && (1..=12).contains(&month);
    let days = (is_time && is_day).then(|| days(year, month))??;
    let length = self::days(year + month / 12, month % 12 + 1)? - days;
    ((1..=length).contains(&day))
        .then(|| (days + day - 1) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// How many days lie between 1970-01-01 and the first of a month.
fn days(year: u64, month: u64) -> Option<u64> {
    // A year that begins in March has its leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let since_march = (153 * month + 2) / 5;
    (365 * year + year / 4 - year / 100 + year / 400 + since_march).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_its_calendar() {
        for (text, seconds) in [
            ("1970-01-01T00:00Z", 0),
            ("2000-02-29T00:00:01", 951_782_401),
            ("2026-03-08 18:00Z", 1_772_992_800),
            ("2026-03-08", 1_773_014_399),
        ] {
            assert_eq!(moment(text), Some(seconds), "{text}");
        }
        for text in ["2026-02-29", "2026-13-01", "2026-03-08T24:00Z", "tomorrow", "2026-3-+8", ""] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_that_can_not_be_right_is_told() {
        for (text, told) in [
            ("ann,2026-03-08\n", "1: the first line is 'student,due,time,handed in'"),
            ("{}ann,soon\n", "2: 'soon' is no time: it is like 2026-03-08T18:00Z, in UTC"),
            (
                "{}ann,,half\n",
                "2: 'half' is no factor of time: it is a number in 1.0..=20.0, such as 1.5",
            ),
            ("{}ann\n\nann\n", "4: ann has a line already"),
            ("{}ann,,,,\n", "2: it has more than four fields"),
        ] {
            let text = text.replace("{}", &format!("{HEADING}\n"));
            assert_eq!(Roster::in_text(&text).unwrap_err(), told);
        }
    }

    #[test]
    fn each_has_what_the_line_of_everybody_leaves() {
        let text = format!("{HEADING}\n*,2026-03-08,,\nann,2026-03-09,1.5,2026-03-10\ncy\n");
        let roster = Roster::in_text(&text).unwrap();
        let of = |student: &str| Submission {
            student: student.to_owned(),
            handed_in: Some(1),
            ..Submission::default()
        };
        let mut class = vec![of("ann"), of("bob")];
        assert!(roster.apply(&mut class).is_empty());
        let (ann, bob, cy) = (&class[0], &class[1], &class[2]);
        assert_eq!((ann.due, ann.more_time), (moment("2026-03-09"), 50));
        assert_eq!(ann.handed_in, moment("2026-03-10"));
        assert_eq!((bob.due, bob.more_time, bob.handed_in), (moment("2026-03-08"), 0, Some(1)));
        assert_eq!(cy.problem.as_deref(), Some("was not handed in"));
        let listed = Roster::in_text(&format!("{HEADING}\nann\n")).unwrap();
        assert_eq!(listed.apply(&mut vec![of("ann"), of("eve")]), ["eve"]);
    }
}
