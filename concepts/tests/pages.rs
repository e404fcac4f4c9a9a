//! The pages keep their form, show what is there, and leave nothing out.
//!
//! Their snippets are run as doc tests, and their transcripts by `cargo course house`.

use accord::{
    brief::{self, Heading},
    exercise::{self, EXERCISES},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A page that is read before an exercise.
struct Page {
    title: String,
    file: String,
    text: String,
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    let path = here().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The titles and files of SUMMARY.md.
fn summary() -> Vec<(String, String)> {
    let text = read("SUMMARY.md");
    let link = |line: &str| {
        let (title, file) = line.split_once('[')?.1.strip_suffix(')')?.split_once("](")?;
        Some((title.to_owned(), file.to_owned()))
    };
    text.lines().filter_map(link).collect()
}

fn pages() -> Vec<Page> {
    let is_page = |file: &String| !matches!(file.as_str(), "README.md" | "glossary.md");
    let pages = summary().into_iter().filter(|(_, file)| is_page(file));
    pages.map(|(title, file)| Page { title, text: read(&file), file }).collect()
}

/// The names of the files in a folder that end like this.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let listing = fs::read_dir(here().join(folder)).expect("the folder is there").flatten();
    let names = listing.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names
}

/// A block between two fences.
struct Block {
    line: usize,
    language: String,
    /// The last line of text before it.
    before: String,
    text: String,
}

fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut open, mut before) = (Vec::new(), None::<Block>, String::new());
    for (line, text) in text.lines().enumerate() {
        match (&mut open, text.strip_prefix("```")) {
            (None, Some(language)) => {
                let (language, before) = (language.to_owned(), before.clone());
                open = Some(Block { line: line + 1, language, before, text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text += &format!("{text}\n"),
            (None, None) if !text.trim().is_empty() => before = text.to_owned(),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is never closed");
    blocks
}

#[test]
fn the_summary_lists_every_page_once() {
    let mut listed: Vec<String> = summary().into_iter().map(|(_, file)| file).collect();
    listed.push("SUMMARY.md".to_owned());
    listed.sort();
    assert_eq!(listed, files(".", ".md"));
}

#[test]
fn each_page_has_the_form_of_the_others() {
    for Page { title, file, text } in pages() {
        let mut lines = text.lines().filter(|line| !line.is_empty());
        assert_eq!(lines.next(), Some(format!("# {title}").as_str()), "{file}");
        let intro = lines.next().unwrap_or_default();
        let minutes = intro.strip_prefix("About ").and_then(|rest| rest.split_once(" minutes. "));
        let minutes = minutes.and_then(|(minutes, _)| minutes.parse::<u32>().ok());
        assert!(minutes.is_some_and(|minutes| (3..=8).contains(&minutes)), "{file}: {intro}");
        let sections: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let last = &sections[sections.len().saturating_sub(3)..];
        assert_eq!(last, ["The usual mistakes", "Where you meet it", "Read on"], "{file}");
        let words = text.split_whitespace().count();
        // How much of it is read without doing anything is counted by `cargo course words`.
        assert!((250..=1700).contains(&words), "{file} has {words} words");
        let quiz = format!("`cargo run -p quizzes -- {}`", file.trim_end_matches(".md"));
        assert_eq!(text.matches(&quiz).count(), 1, "{file} does not lead to its quiz: {quiz}");
    }
}

#[test]
fn each_snippet_is_run_or_is_shown_to_be_there() {
    for Page { file, text, .. } in pages() {
        for block in blocks(&text) {
            let place = format!("{file}:{}", block.line);
            match block.language.as_str() {
                // Doc tests, or run by `cargo course house`.
                "rust" | "rust,should_panic" | "console" => {}
                language if language.starts_with("rust,compile_fail,E") => {}
                "rust,ignore" => is_quoted(&place, &block),
                "text" | "sh" | "toml" | "diff" => {}
                language => panic!("{place}: what is a block of '{language}'?"),
            }
        }
    }
}

/// A quoted block stands below `From [name](file):`, and is in that file; `// …` stands for any lines.
fn is_quoted(place: &str, block: &Block) {
    let link = block.before.split_once("From [").and_then(|(_, link)| link.split_once("]("));
    let file = link.and_then(|(_, target)| target.split_once(')')).map(|(file, _)| file);
    let file = file.unwrap_or_else(|| {
        panic!("{place}: before code that is not run goes a line `From [name](file):`")
    });
    let Some(path) = as_given(file) else { return };
    let source = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{place}: {}: {error}", path.display()));
    let mut rest = source.as_str();
    for part in
        block.text.split_inclusive('\n').collect::<Vec<_>>().split(|line| line.trim() == "// …")
    {
        let part = part.concat();
        let found = rest.find(&part);
        let at = found.unwrap_or_else(|| {
            panic!("{place}: this is not in {file}, or not in this order:\n{part}")
        });
        rest = &rest[at + part.len()..];
    }
}

/// Where a quoted file is. A student alters an exercise, so that is quoted as it was given; and whoever
/// has put the solutions away has nothing to compare with.
fn as_given(file: &str) -> Option<PathBuf> {
    let Some(path) = file.strip_prefix("../exercises/") else { return Some(here().join(file)) };
    let (name, source) = path.split_once("/src/").expect("what is quoted lies in src");
    let root = here().join("..");
    let has_solution = root.join(exercise::solution(name)).exists();
    has_solution.then(|| root.join(exercise::starter(name)).join(source))
}

#[test]
fn each_example_and_each_picture_is_shown() {
    let text: String = pages().into_iter().map(|page| page.text).collect();
    for example in files("examples", ".rs") {
        let name = example.trim_end_matches(".rs");
        assert!(text.contains(&format!("--example {name}")), "no page runs the example {name}");
    }
    for picture in files("pictures", ".svg") {
        assert!(text.contains(&format!("](pictures/{picture})")), "no page shows {picture}");
        assert!(read(&format!("pictures/{picture}")).contains("<title>"), "{picture} has no title");
    }
    // build.rs sees to it that a picture stands on a line of its own.
    for line in text.lines().filter(|line| line.starts_with("![")) {
        let words = line.trim_start_matches("![").split_once("](").map(|(words, _)| words);
        let is_told = words.is_some_and(|words| words.len() > 40);
        assert!(is_told, "say in words what it shows: {line}");
    }
}

#[test]
fn the_glossary_is_sorted_and_leads_to_pages_that_use_its_words() {
    let text = read("glossary.md");
    let terms: Vec<(&str, &str)> =
        text.lines().filter_map(|line| line.strip_prefix("**")?.split_once("**:")).collect();
    let names: Vec<String> = terms.iter().map(|(term, _)| term.to_lowercase()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for (term, meaning) in terms {
        let links: Vec<&str> = meaning
            .split("](")
            .skip(1)
            .filter_map(|part| part.split_once(')'))
            .map(|(link, _)| link)
            .collect();
        assert!(!links.is_empty(), "{term} leads nowhere");
        // "back-pressure" may stand at the start of a sentence, or in the plural.
        let stem = term.to_lowercase();
        for link in links {
            let page = read(link.split('#').next().unwrap_or_default()).to_lowercase();
            assert!(page.contains(&stem), "{link} does not use the word '{stem}'");
        }
    }
}

/// The names and the briefs of all exercises, in their order.
fn briefs() -> Vec<(String, String)> {
    let names = files(&format!("../{EXERCISES}"), "").into_iter();
    let brief = |name: &str| fs::read_to_string(here().join("..").join(exercise::brief(name)));
    names.filter_map(|name| brief(&name).ok().map(|text| (name, text))).collect()
}

/// A place where a page is read: before a task of an exercise, or before all of them.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    exercise: String,
    task: Option<String>,
}

/// The reading order, as the briefs lead through it: the file of each page, and where it is read.
fn reading_order() -> Vec<(String, Place)> {
    let mut order = Vec::new();
    for (exercise, text) in briefs() {
        let (mut task, mut begun) = (None, false);
        for line in text.lines() {
            if brief::is_heading(line) {
                let heading = Heading::read(line);
                begun |= heading.is_some();
                task = heading
                    .map(|Heading { kind, number, .. }| format!("{} {number}", kind.title()));
            }
            if let Some(page) = brief::page_in(line) {
                assert!(task.is_some() || !begun, "{exercise}: {page} is read before no task");
                let place = Place { exercise: exercise.clone(), task: task.clone() };
                order.push((page.to_owned(), place));
            }
        }
    }
    order
}

#[test]
fn the_briefs_lead_to_the_pages_in_the_order_of_the_summary() {
    let order = reading_order();
    let led_to: Vec<&str> = order.iter().map(|(page, _)| page.as_str()).collect();
    let pages = pages();
    let listed: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
    assert_eq!(led_to, listed);
    for (page, place) in order.iter().filter(|(_, place)| place.task.is_none()) {
        let same = order.iter().filter(|(_, other)| other == place).count();
        assert_eq!(same, 1, "{page}: one page at most is read before {}", place.exercise);
    }
    for (page, Place { exercise, .. }) in &order {
        let brief = read(&format!("../{}", exercise::brief(exercise)));
        let related = brief.split_once("## Related concepts").map_or("", |(_, related)| related);
        let link = format!("](../../concepts/{page})");
        assert!(related.contains(&link), "{exercise}: related concepts do not name {page}");
    }
}

/// Whoever goes by one of the lists alone misses no page, and reads it at the right time.
#[test]
fn each_list_says_where_a_page_is_read_and_how_long_it_takes() {
    let (readme, list) = (read("../README.md"), read("README.md"));
    for (file, Place { exercise, task }) in reading_order() {
        let text = read(&file);
        let title = text.lines().next().unwrap_or_default().trim_start_matches("# ");
        let intro = text.lines().nth(2).unwrap_or_default();
        let (minutes, before) = intro
            .strip_prefix("About ")
            .and_then(|intro| intro.split_once(" minutes. "))
            .unwrap_or_else(|| panic!("{file}: {intro}"));
        let (of, behind) = match &task {
            Some(task) => (format!("{task} of "), format!(" ({task})")),
            None => (String::new(), String::new()),
        };
        let path = exercise::brief(&exercise);
        assert_eq!(before, format!("Before {of}exercise [{exercise}](../{path})."), "{file}");

        // The README of the course has a row for each exercise.
        let row = readme.lines().find(|line| line.contains(&format!("| [{exercise}]({path}) ")));
        let row = row.unwrap_or_else(|| panic!("the README has no row of {exercise}"));
        let cell = format!("[{title}](concepts/{file}) {minutes}{behind} ");
        assert!(row.contains(&cell), "the README's row of {exercise} has no '{cell}'");

        // The README of the pages has a row for each page; an exercise is named once.
        let row = list.lines().find(|line| line.contains(&format!("| [{title}]({file}) |")));
        let row = row.unwrap_or_else(|| panic!("concepts/README.md has no row of {file}"));
        let before = row.split('|').nth(1).unwrap_or_default().trim();
        let (at_exercise, at_task) = before.split_once(", ").unwrap_or((before, before));
        let is_right = match &task {
            Some(task) => at_task == task,
            None => at_exercise == format!("[{}](../{path})", exercise::short(&exercise)),
        };
        assert!(is_right, "concepts/README.md has '{before}' before {file}");
    }
}

#[test]
fn the_reading_order_has_each_exercise_with_its_minutes() {
    let readme = read("../README.md");
    for (name, brief) in briefs() {
        let intro = brief.lines().nth(2).unwrap_or_default();
        let minutes = intro.strip_prefix("About ").and_then(|rest| rest.strip_suffix(" minutes."));
        let minutes = minutes.unwrap_or_else(|| panic!("{name}: {intro}"));
        let step = format!("[{name}]({}) {minutes} |", exercise::brief(&name));
        assert!(readme.contains(&step), "the README has no '{step}'");
    }
}
