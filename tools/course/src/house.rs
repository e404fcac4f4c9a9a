//! Shows that what belongs to no one exercise is true: a line for each check, and at the end a count.
//!
//! `manifests` looks at what each Cargo.toml has to say, `flags` at whether each program begins. [`words`] counts what a learner has to read before doing
//! something. `transcripts` runs what the Markdown files show.

mod flags;
mod manifests;
mod transcripts;

use crate::{
    Error, Result,
    look::{Look, Tone},
    proof::{Fact, Wish},
    say, status, words,
};
use std::{path::Path, time::Instant};

/// Checks all of it, or what is wished for, and tells whether it is true.
pub fn check(root: &Path, wish: &Wish, look: Look) -> Result<bool> {
    let start = Instant::now();
    let pages = transcripts::pages(root)?;
    let mut names = [manifests::NAME, flags::NAME, words::NAME].map(str::to_owned).to_vec();
    names.extend(pages.iter().map(transcripts::Page::check));
    names.retain(|name| wish.wants(name));
    if names.is_empty() {
        let only = wish.only.join(", ");
        return Err(Error::Input(format!(
            "no check has {only} in its name; --list tells the names"
        )));
    }
    if wish.list {
        say(&names.iter().map(|name| format!("{name}\n")).collect::<String>())?;
        return Ok(true);
    }
    let (mut count, mut failed) = (0, 0);
    let mut tell = |fact: &Fact| {
        count += 1;
        failed += u32::from(!fact.holds);
        status("");
        say(&line(fact, look))
    };
    if wish.wants(manifests::NAME) {
        tell(&Fact::of(manifests::NAME, manifests::look(root)?))?;
    }
    if wish.wants(flags::NAME) {
        tell(&Fact::of(flags::NAME, flags::look(root)?))?;
    }
    if wish.wants(words::NAME) {
        tell(&words::look(root)?)?;
    }
    let wanted: Vec<_> = pages.into_iter().filter(|page| wish.wants(&page.check())).collect();
    transcripts::play_all(root, &wanted, &mut tell)?;
    say(&format!("{count} checks, {failed} failed, in {:.1} s\n", start.elapsed().as_secs_f64()))?;
    Ok(failed == 0)
}

fn line(fact: &Fact, look: Look) -> String {
    let (tone, sign) =
        if fact.holds { (Tone::Good, look.passed()) } else { (Tone::Bad, look.failed()) };
    let gap = if fact.detail.is_empty() { "" } else { ": " };
    let detail = fact.detail.trim_end().replace('\n', "\n      ");
    format!("{} {}{gap}{detail}\n", look.paint(tone, sign), fact.name)
}
