//! How many points a task is worth: what an instructor has written, else the minutes of the brief.

use crate::{Error, Result, brief::Task, read, workspace::Exercise};
use accord::task::Kind;
use std::{collections::BTreeMap, path::Path};

/// The file, from the top of the checkout.
pub(crate) const FILE: &str = "tools/course/points.txt";

/// How a line begins that says what is left of the points of who is late.
const LATE: &str = "late";

/// What the file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Points {
    /// The points of tasks, each by its exercise and its name.
    tasks: BTreeMap<(String, String), u32>,
    /// What is left, in percent, for who is late by so many seconds at most.
    late: BTreeMap<u64, u32>,
}

impl Points {
    /// Reads the file of a checkout. Where there is none, each task has its minutes.
    pub(crate) fn of(root: &Path, exercises: &[Exercise]) -> Result<Points> {
        let path = root.join(FILE);
        if !path.exists() {
            return Ok(Points::default());
        }
        let tasks = |short: &str| -> Option<Result<Vec<Task>>> {
            let exercise = exercises.iter().find(|exercise| exercise.short() == short)?;
            Some(super::tasks(exercise))
        };
        Points::in_text(&read(&path)?, tasks)
    }

    /// Each line names an exercise, a task and its points: `04 fix-1 20`; or how late one may be and what is left of
    /// the points then, in percent: `late 2d 80`.
    fn in_text(text: &str, tasks: impl Fn(&str) -> Option<Result<Vec<Task>>>) -> Result<Points> {
        let mut points = Points::default();
        for (index, line) in text.lines().enumerate() {
            let fault = |what: String| Error::Input(format!("{FILE}:{}: {what}", index + 1));
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            let (short, task, number) = match words.as_slice() {
                [] => continue,
                [LATE, by, percent] => {
                    let percent = percent.parse().ok().filter(|percent| *percent <= 100);
                    let (Some(by), Some(percent)) = (span(by), percent) else {
                        return Err(fault(
                            "a line is like 'late 2d 80', in d, h or min".to_owned(),
                        ));
                    };
                    points.late.insert(by, percent);
                    continue;
                }
                [short, task, number] => (*short, *task, number.parse::<u32>().ok()),
                _ => return Err(fault("a line is like '04 fix-1 20'".to_owned())),
            };
            let number =
                number.ok_or_else(|| fault(format!("{} is no number of points", words[2])))?;
            let known =
                tasks(short).ok_or_else(|| fault(format!("there is no exercise {short}")))??;
            if !known.iter().any(|known| known.name() == task) {
                return Err(fault(format!("{short} has no task {task}")));
            }
            let key = (short.to_owned(), task.to_owned());
            if points.tasks.insert(key, number).is_some() {
                return Err(fault(format!("{short} {task} has its points already")));
            }
        }
        Ok(points)
    }

    /// How many percent of the points are left for who is late by so many seconds. Where nothing is said of that, all.
    pub(crate) fn percent(&self, late_s: u64) -> u32 {
        let rule = self.late.range(late_s..).next().map(|(_, percent)| *percent);
        rule.unwrap_or(if self.late.is_empty() { 100 } else { 0 })
    }

    /// The points of a task.
    pub(crate) fn of_task(&self, exercise: &Exercise, task: &Task) -> u32 {
        let key = (exercise.short().to_owned(), task.name());
        // That a prediction is written says little.
        let given = if task.kind == Kind::Break { Some(0) } else { task.minutes };
        self.tasks.get(&key).copied().or(given).unwrap_or(0)
    }
}

/// The seconds of `90min`, `12h` or `2d`.
fn span(text: &str) -> Option<u64> {
    let units = [("min", 60), ("h", 3600), ("d", 86_400)];
    let (number, seconds) =
        units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
    number.parse::<u32>().ok().map(|number| u64::from(number) * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brief::Brief;

    fn points(text: &str) -> Result<Points> {
        let tasks = Brief::read("## Fix it\n\n### Fix 1: it (15 min)\n").tasks;
        Points::in_text(text, |short| (short == "01").then(|| Ok(tasks.clone())))
    }

    #[test]
    fn a_line_gives_a_task_its_points() {
        let read = points("# all of them\n01 fix-1 20 # the hard one\n\n").unwrap();
        assert_eq!(read.tasks[&("01".to_owned(), "fix-1".to_owned())], 20);
    }

    #[test]
    fn who_is_late_has_what_the_first_line_that_reaches_so_far_leaves() {
        let read = points("late 2d 50\nlate 90min 100 # nobody is in time\n").unwrap();
        let told = [1, 5400, 5401, 172_800, 172_801].map(|late| read.percent(late));
        assert_eq!(told, [100, 100, 50, 50, 0]);
        assert_eq!(points("").unwrap().percent(1), 100);
    }

    #[test]
    fn a_line_that_can_not_be_right_is_told() {
        for (text, told) in [
            ("late 2w 50", ":1: a line is like 'late 2d 80', in d, h or min"),
            ("late 2d 101", ":1: a line is like 'late 2d 80', in d, h or min"),
            ("01 fix-1", ":1: a line is like '04 fix-1 20'"),
            ("01 fix-1 many", ":1: many is no number of points"),
            ("\n01 fix-2 3", ":2: 01 has no task fix-2"),
            ("02 fix-1 3", ":1: there is no exercise 02"),
            ("01 fix-1 3\n01 fix-1 4", ":2: 01 fix-1 has its points already"),
        ] {
            assert_eq!(points(text).unwrap_err().to_string(), format!("{FILE}{told}"));
        }
    }
}
