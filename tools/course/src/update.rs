//! `cargo course update`: a later version of the course in a checkout for students. What somebody has written there
//! stays: the programs, the answers, and what was done so far.

mod briefs;
mod changelog;
mod origin;
mod plan;

use crate::{
    Error, Result,
    handout::{self, Handout, LOCK, Ledger},
    look::{Look, Tone},
    progress::Progress,
    workspace::Workspace,
};
use origin::Origin;
use plan::Plan;
use std::{collections::BTreeMap, fmt::Write as _};

/// Brings in what a folder, or a repository, has for students. Tells what has changed.
pub fn update(workspace: &Workspace, source: &str, look: Look) -> Result<String> {
    let root = &workspace.root;
    let ledger = Ledger::read(root)?;
    let origin = Origin::find(root, source)?;
    let mut handout = Handout::of(origin.folder())?;
    if number(&handout.version) < number(&ledger.version) {
        return Err(Error::Input(format!(
            "{source} has version {}, and here is {} already",
            handout.version, ledger.version
        )));
    }
    if ledger.vendored {
        handout.take_vendored()?;
    }
    let next = Ledger::of(&handout, ledger.vendored);
    if next == ledger {
        return Ok(format!("Nothing has changed: this is version {}.\n", ledger.version));
    }
    let plan = Plan::of(root, &ledger, &handout)?;
    // What is told compares with what is still here.
    let told = told(workspace, &ledger, &handout, &plan, look)?;
    let needs_crates = next.sums.get(LOCK) != ledger.sums.get(LOCK);
    if ledger.vendored && needs_crates && !handout::copy_vendored(origin.folder(), root)? {
        return Err(Error::Input(format!(
            "here the crates are taken from vendor/, and {source} has none: it has to be made with: cargo course student FOLDER --vendor"
        )));
    }
    plan.carry_out(root)?;
    next.write(root)?;
    Ok(told)
}

/// The parts of a version, to compare it with another.
fn number(version: &str) -> Vec<u32> {
    version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
}

fn told(
    workspace: &Workspace,
    ledger: &Ledger,
    handout: &Handout,
    plan: &Plan,
    look: Look,
) -> Result<String> {
    let heading = if handout.version == ledger.version {
        format!("Version {}, as it is now.", handout.version)
    } else {
        format!("From version {} to {}.", ledger.version, handout.version)
    };
    let mut text = format!("{}\n", look.paint(Tone::Mind, &heading));
    let news = changelog::since(&handout.text("CHANGELOG.md").unwrap_or_default(), &ledger.version);
    if !news.is_empty() {
        let _ = write!(text, "\n{}\n", crate::prose::shown(&news, look));
    }
    text.push_str(&briefs::told(workspace, handout, &Progress::of(&workspace.root)?, look)?);
    for kept in &plan.kept {
        let _ = write!(text, "\n{}", kept.told(look));
    }
    let _ = write!(text, "\n{}", look.fit(&plan.count()));
    Ok(text)
}

/// The texts among these files, by their names below a folder.
fn texts<'a>(
    files: impl Iterator<Item = (&'a String, &'a Vec<u8>)>,
    folder: &str,
) -> BTreeMap<String, String> {
    let start = format!("{folder}/");
    let text = |(path, bytes): (&String, &Vec<u8>)| {
        let name = path.strip_prefix(&start)?.to_owned();
        Some((name, String::from_utf8_lossy(bytes).replace("\r\n", "\n")))
    };
    files.filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(number("0.10.0") > number("0.9.1"));
        assert!(number("1.0.0") == number("1.0.0"));
    }
}
