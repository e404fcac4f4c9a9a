//! The lists that name every exercise: the aliases, how the solutions are built, and the reading order.

use super::Name;
use crate::{Error, Result};
use accord::exercise;

/// How many minutes the skeleton's brief says.
const MINUTES: u32 = 40;

/// The aliases, with one more: `cargo 42`.
pub(super) fn with_alias(config: &str, name: &Name) -> Result<String> {
    let line = format!("{} = \"start {} --\"", name.number, exercise::package(&name.whole));
    let number_of = |line: &&str| line.split_once('=').and_then(|(key, _)| key.trim().parse().ok());
    below_heading(config, "[alias]", ".cargo/config.toml", &line, name, number_of)
}

/// The workspace's settings, with one more solution that is built without what makes a second build quick.
pub(super) fn with_profile(manifest: &str, name: &Name) -> Result<String> {
    let line = format!("{}.incremental = false", exercise::solution_package(&name.whole));
    let number_of = |line: &&str| line.strip_prefix("sol")?.split('-').next()?.parse().ok();
    below_heading(manifest, "[profile.dev.package]", "Cargo.toml", &line, name, number_of)
}

/// A table with one more line, in the order of the numbers.
fn below_heading(
    text: &str,
    heading: &str,
    file: &str,
    line: &str,
    name: &Name,
    number_of: impl Fn(&&str) -> Option<u32>,
) -> Result<String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| line.trim() == heading);
    let start = start.ok_or_else(|| {
        Error::Failed(format!("{file} has no {heading}: where should '{line}' stand?"))
    })?;
    let place = place(&lines, start, name, number_of)
        .ok_or_else(|| taken(name, &format!("{file} has it below {heading}")))?;
    Ok(inserted(&lines, place + 1, line))
}

/// The reading order, with one more row. A row that is planned is written over.
pub(super) fn with_row(readme: &str, name: &Name) -> Result<String> {
    let Name { whole, number, .. } = name;
    let link = format!("[{whole}]({}) {MINUTES}", exercise::brief(whole));
    let row = |pages: &str| format!("| {} |{pages}| {link} | `{number}` 10 |", plain(number));
    let mut lines: Vec<&str> = readme.lines().collect();
    let cells = |line: &str| -> Vec<String> { line.split('|').map(str::to_owned).collect() };
    let number_of = |line: &&str| -> Option<u32> {
        let cells = cells(line);
        (cells.len() == 6).then(|| cells[1].trim().parse().ok())?
    };
    let is_planned =
        |line: &&str| number_of(line).is_some() && cells(line)[3].trim() == whole.as_str();
    if let Some(index) = lines.iter().position(is_planned) {
        let row = row(&cells(lines[index])[2]);
        lines[index] = &row;
        return Ok(joined(&lines));
    }
    let first = lines.iter().position(|line| number_of(line).is_some());
    let first = first.ok_or_else(|| {
        Error::Failed(
            "README.md has no table of the reading order: where should it stand?".to_owned(),
        )
    })?;
    let place = place(&lines, first.saturating_sub(1), name, number_of)
        .ok_or_else(|| taken(name, "the reading order in README.md has another row for it"))?;
    Ok(inserted(&lines, place + 1, &row(" ")))
}

/// The line of the list that it has to stand below; nothing if its number is there.
fn place(
    lines: &[&str],
    heading: usize,
    name: &Name,
    number_of: impl Fn(&&str) -> Option<u32>,
) -> Option<usize> {
    let number: u32 = name.number.parse().ok()?;
    let listed = lines.iter().enumerate().skip(heading);
    let listed = listed.filter_map(|(index, line)| Some((index, number_of(line)?)));
    let mut place = heading;
    for (index, other) in listed {
        match other.cmp(&number) {
            std::cmp::Ordering::Less => place = index,
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Greater => {}
        }
    }
    Some(place)
}

fn taken(name: &Name, why: &str) -> Error {
    Error::Input(format!("the number {} is taken: {why}", name.number))
}

/// `4` of `04`.
fn plain(number: &str) -> &str {
    let plain = number.trim_start_matches('0');
    if plain.is_empty() { "0" } else { plain }
}

fn inserted(lines: &[&str], index: usize, line: &str) -> String {
    let mut lines = lines.to_vec();
    lines.insert(index, line);
    joined(&lines)
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str =
        "# Short.\n[alias]\n01 = \"run ex01\"\n10 = \"run ex10\"\ncourse = \"run\"\n";

    const README: &str = "\
| | read | do | quiz |
|---|---|---|---|
| | **Part 1** | | |
| 1 | [Page](concepts/page.md) 8 | [01-basic](exercises/01-basic/README.md) 60 | `01` 10 |
| | **Part 2** | | |
| 11 | [Other](concepts/other.md) 8 | 11-planned | |
| 12 | | 12-later | |

Text.
";

    fn name(typed: &str) -> Name {
        Name::parse(typed).unwrap()
    }

    #[test]
    fn an_alias_stands_in_the_order_of_the_numbers() {
        let alias = |number: &str| format!("{number} = \"start ex{number}-topic --\"\n");
        for (number, below) in [("00", "[alias]\n"), ("02", "ex01\"\n"), ("42", "ex10\"\n")] {
            let expected = CONFIG.replace(below, &format!("{below}{}", alias(number)));
            assert_eq!(with_alias(CONFIG, &name(&format!("{number}-topic"))).unwrap(), expected);
        }
        assert_eq!(with_alias(CONFIG, &name("10-topic")).unwrap_err().code(), 2);
        assert_eq!(with_alias("", &name("10-topic")).unwrap_err().code(), 1);
    }

    #[test]
    fn a_solution_is_built_as_the_others_are() {
        let manifest = "[workspace]\n\n[profile.dev.package]\nsol01-x.incremental = false\nsol10-y.incremental = false\n";
        let expected = manifest.replace("sol10", "sol09-topic.incremental = false\nsol10");
        assert_eq!(with_profile(manifest, &name("09-topic")).unwrap(), expected);
        assert_eq!(with_profile(manifest, &name("10-topic")).unwrap_err().code(), 2);
    }

    #[test]
    fn a_row_stands_in_the_order_of_the_numbers() {
        let row = |number: &str| {
            format!(
                "| {0} | | [{0}-topic](exercises/{0}-topic/README.md) 40 | `{0}` 10 |\n",
                number
            )
        };
        for (number, below) in [("10", "`01` 10 |\n"), ("42", "12-later | |\n")] {
            let expected = README.replace(below, &format!("{below}{}", row(number)));
            assert_eq!(with_row(README, &name(&format!("{number}-topic"))).unwrap(), expected);
        }
    }

    #[test]
    fn a_planned_row_keeps_its_pages_and_another_one_its_number() {
        let expected = README.replace(
            "| 11-planned | |",
            "| [11-planned](exercises/11-planned/README.md) 40 | `11` 10 |",
        );
        assert_eq!(with_row(README, &name("11-planned")).unwrap(), expected);
        for typed in ["11-other", "01-basic"] {
            assert_eq!(with_row(README, &name(typed)).unwrap_err().code(), 2);
        }
        assert_eq!(with_row("Text.\n", &name("11-planned")).unwrap_err().code(), 1);
    }
}
