//! The page that helps with what went wrong, whatever the task is.

use crate::failure::Failure;
use accord::failure::PANIC;

/// How the rehearsal's own README is found, which tells how each report is read.
const REPORTS: &str = "tools/rehearsal/README.md, \"How to read a report\"";

/// What a failure says first, and the page that explains it.
const PAGES: [(&str, &str); 6] = [
    ("DEADLOCK", "concepts/how-it-ends.md"),
    ("STILL TICKING", "concepts/how-it-ends.md"),
    ("SPINNING", "concepts/how-big.md"),
    ("asked again and again", "concepts/how-big.md"),
    ("SILENT", REPORTS),
    ("FOREIGN THREAD", REPORTS),
];

/// Where a panic and its way through the program are explained.
const PANICS: &str = "concepts/when-one-dies.md";

/// The page that helps, if there is one.
pub(crate) fn page(failure: &Failure) -> Option<&'static str> {
    let looks_like = failure.looks_like.as_deref().unwrap_or_default();
    let page = PAGES.into_iter().find(|(begin, _)| failure.did.starts_with(begin));
    page.map(|(_, page)| page).or_else(|| looks_like.starts_with(PANIC).then_some(PANICS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use accord::stuck;
    use std::{fs, path::Path};

    #[test]
    fn each_report_has_its_page() {
        for report in stuck::REPORTS {
            let failure = Failure { did: format!("{report} at 0.1 s: x"), ..Failure::default() };
            assert!(page(&failure).is_some(), "{report}");
        }
        assert_eq!(page(&Failure { did: "printed 1".to_owned(), ..Failure::default() }), None);
    }

    #[test]
    fn each_page_is_there_and_speaks_of_it() {
        let pages = PAGES.into_iter().chain([("panicked", PANICS)]);
        for (word, page) in pages {
            let (path, section) = page.split_once(", ").unwrap_or((page, ""));
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"));
            let text = text.replace('\n', " ");
            assert!(text.contains(word) || word.starts_with("asked"), "{page} has no {word}");
            assert!(text.contains(section.trim_matches('"')), "{page}");
        }
    }
}
