//! What the sources keep to: short files and functions, an example with each thing that a program can use,
//! and as little unsafe code as there is.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The most lines of a file, and of a function.
const FILE: usize = 500;
const FUNCTION: usize = 70;

/// The files with unsafe code, and how often the word stands there outside of comments.
const UNSAFE: [(&str, usize); 3] =
    [("src/explore/fork.rs", 1), ("src/thread/scope.rs", 1), ("src/tokio/trace.rs", 4)];

struct Source {
    name: String,
    lines: Vec<String>,
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("there is a folder").flatten() {
            if entry.path().is_dir() {
                walk(&entry.path(), files);
            } else {
                files.push(entry.path());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(&root.join("src"), &mut files);
    files.sort();
    assert!(files.len() > 50, "the sources are found: {files:?}");
    let read = |file: &PathBuf| Source {
        name: file.strip_prefix(root).expect("within").to_string_lossy().replace('\\', "/"),
        lines: fs::read_to_string(file).expect("a text").lines().map(str::to_owned).collect(),
    };
    files.iter().map(read).collect()
}

#[track_caller]
fn nothing(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// What a line declares that others can see.
fn declared(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("pub ")?;
    let text = ["const fn ", "async fn ", "unsafe fn "]
        .iter()
        .find_map(|start| text.starts_with(start).then(|| &text[start.len() - 3..]))
        .unwrap_or(text);
    let kinds = ["fn ", "struct ", "enum ", "trait ", "type ", "const ", "static "];
    kinds.iter().any(|kind| text.starts_with(kind)).then_some(text)
}

fn is_function(line: &str) -> bool {
    let text = line.trim_start();
    let head = text.split("fn ").next().unwrap_or_default();
    text.contains("fn ")
        && head.split_whitespace().all(|word| {
            ["const", "async", "unsafe", "pub"].contains(&word) || word.starts_with("pub(")
        })
}

#[test]
fn files_and_functions_are_short() {
    let mut long = Vec::new();
    for Source { name, lines } in sources() {
        if lines.len() > FILE {
            long.push(format!("{name} has {} lines, and {FILE} are the most", lines.len()));
        }
        for (start, line) in lines.iter().enumerate().filter(|(_, line)| is_function(line)) {
            let closes = |other: &&String| indent(other) == indent(line) && other.trim() == "}";
            let length = lines[start..].iter().position(|other| closes(&other)).unwrap_or(0) + 1;
            // Without a body of its own it ends at once; what is found is the end of something else.
            let has_body = !lines[start..].iter().take(length).any(|other| {
                indent(other) == indent(line) && other.ends_with(';') && !other.contains('{')
            });
            if has_body && length > FUNCTION {
                let most = format!("and {FUNCTION} are the most");
                long.push(format!("{name}:{} has {length} lines, {most}", start + 1));
            }
        }
    }
    nothing(&long);
}

#[test]
fn everything_public_has_an_example() {
    let (mut bare, mut count) = (Vec::new(), 0);
    // Public where accord has it; here nobody else sees it.
    let shared = "src/text.rs";
    for Source { name, lines } in sources().into_iter().filter(|source| source.name != shared) {
        let program = lines.iter().take_while(|line| *line != "#[cfg(test)]").count();
        for (at, line) in lines[..program].iter().enumerate() {
            let Some(declared) = declared(line) else { continue };
            let above = lines[..at].iter().rev().take_while(|line| {
                let text = line.trim_start();
                text.starts_with("///")
                    || text.starts_with("#[")
                    || text.starts_with(['"', ']', ')'])
                    || indent(line) > indent(&lines[at])
            });
            let above: Vec<&String> = above.collect();
            if above.iter().any(|line| line.contains("#[doc(hidden)]")) {
                continue;
            }
            count += 1;
            if !above.iter().any(|line| line.trim_start().starts_with("/// ```")) {
                bare.push(format!("{name}:{} has no example: {declared}", at + 1));
            }
        }
    }
    assert!(count > 400, "the public items are found: {count}");
    nothing(&bare);
}

#[test]
fn there_is_no_more_unsafe_code_than_the_readme_tells() {
    let is_code = |line: &&String| {
        let text = line.trim_start();
        let is_quoted = text.contains('"') && !text.starts_with("unsafe extern");
        !text.starts_with("//") && !text.contains("unsafe_code") && !is_quoted
    };
    let found: Vec<(String, usize)> = sources()
        .iter()
        .map(|source| {
            let words = source.lines.iter().filter(is_code).flat_map(|line| line.split(' '));
            (source.name.clone(), words.filter(|word| *word == "unsafe").count())
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    let kept: Vec<(String, usize)> =
        UNSAFE.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    assert_eq!(found, kept);
}
