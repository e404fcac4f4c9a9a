//! What was found, sorted.

use crate::answer::{Answer, Failure};
use crate::flags::Args;
use crate::println;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use url::Url;

/// What became of one address.
pub(crate) struct Finding {
    pub(crate) url: Url,
    pub(crate) result: Result<Answer, Failure>,
    /// How many times it was asked for.
    pub(crate) tries: u32,
}

impl Finding {
    pub(crate) fn forbidden(url: &Url, why: Failure) -> Finding {
        Finding { url: url.clone(), result: Err(why), tries: 1 }
    }

    fn is_dead(&self) -> bool {
        match &self.result {
            Ok(answer) => answer.is_dead(),
            Err(failure) => !failure.is_ours(),
        }
    }

    fn status(&self) -> String {
        match &self.result {
            Ok(answer) => answer.status.to_string(),
            Err(failure) => failure.to_string(),
        }
    }

    /// All that the page leads to.
    fn links(&self) -> impl Iterator<Item = &Url> {
        self.result.iter().flat_map(|answer| answer.links.iter().chain(&answer.moved_to))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status(), self.url)?;
        if let Ok(answer) = &self.result {
            if let Some(target) = &answer.moved_to {
                write!(f, " -> {target}")?;
            }
            if let Some(note) = &answer.note {
                write!(f, " ({note})")?;
            }
            if let Some(pause) = answer.retry_after.filter(|_| answer.is_dead()) {
                write!(f, " (retry after {} s)", pause.as_secs())?;
            }
        }
        if self.tries > 1 {
            write!(f, " ({} tries)", self.tries)?;
        }
        Ok(())
    }
}

/// What became of all addresses.
#[derive(Default)]
pub(crate) struct Report {
    findings: BTreeMap<Url, Finding>,
}

impl Report {
    pub(crate) fn add(&mut self, finding: Finding) {
        self.findings.insert(finding.url.clone(), finding);
    }

    /// Whether this page is there and answers.
    pub(crate) fn is_alive(&self, url: &Url) -> bool {
        self.findings.get(url).is_some_and(|finding| finding.result.is_ok() && !finding.is_dead())
    }

    /// Prints each address, then the dead ones with the pages that lead to them, then what was taken from the
    /// pages, then the counts.
    pub(crate) fn print(&self, args: &Args) {
        let mut linked_from: BTreeMap<&Url, BTreeSet<&str>> = BTreeMap::new();
        for finding in self.findings.values() {
            println!("{finding}");
            for link in finding.links() {
                linked_from.entry(link).or_default().insert(finding.url.as_str());
            }
        }
        let (mut dead, mut moved, mut forbidden) = (0, 0, 0);
        for (url, finding) in &self.findings {
            if finding.is_dead() {
                dead += 1;
                let from = linked_from.get(url).into_iter().flatten().copied();
                let from = from.collect::<Vec<_>>().join(", ");
                // Nobody need have led to the start page.
                let linked = if from.is_empty() { "" } else { ", linked from " };
                println!("dead: {url} ({}){linked}{from}", finding.status());
            }
            moved += usize::from(finding.result.as_ref().is_ok_and(|a| a.moved_to.is_some()));
            forbidden += usize::from(finding.result.as_ref().is_err_and(|f| f.is_ours()));
        }
        for (url, finding) in &self.findings {
            if let Some(content) = finding.result.as_ref().ok().and_then(|a| a.content.as_ref()) {
                println!("content: {url} {content}");
            }
        }
        let known = self.findings.len();
        if known >= args.max_pages as usize {
            println!("Stopped at --max-pages {known}: there may be more");
        }
        let alive = known - dead - moved - forbidden;
        println!(
            "{known} addresses: {alive} alive, {moved} moved, {dead} dead, {forbidden} not looked at"
        );
    }
}
