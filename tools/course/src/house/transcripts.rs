//! Runs what the Markdown files show, and compares.
//!
//! A block that begins with ```` ```console ```` shows commands behind `$ ` and below each what it prints,
//! standard error included. A line that is `...` stands for any lines. Programs play on the pace `instant`,
//! which prints the same bytes as the pace `live` does.
//!
//! In an exercise's README, the section "Expected output" shows the program's whole output on its default
//! flags; of a program that goes outside, it shows standard output, on the pace `real`.

use crate::{
    Error, Result, build,
    child::{self, Ended},
    proof::Fact,
    read, status,
    workspace::Workspace,
};
use std::{
    path::Path,
    process::Command,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// A command may have to build first.
const LIMIT: Duration = Duration::from_secs(300);

/// How many pages are played at one time.
const AT_A_TIME: usize = 2;

/// A Markdown file that shows something, by its path below the top folder.
#[derive(Debug)]
pub(super) struct Page {
    path: String,
    transcripts: Vec<Transcript>,
}

impl Page {
    /// The name of its check.
    pub(super) fn check(&self) -> String {
        format!("transcripts/{}", self.path)
    }
}

/// A command, and what stands below it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Transcript {
    line: usize,
    command: String,
    shown: Vec<String>,
}

/// All pages that show something.
pub(super) fn pages(root: &Path) -> Result<Vec<Page>> {
    let workspace = Workspace { root: root.to_path_buf() };
    let mut default_runs = Vec::new();
    for exercise in workspace.exercises()? {
        let run = format!("cargo run --quiet --locked --bin {}", exercise.name);
        // Who goes outside has real time, and tells its story on standard error.
        let outside =
            if goes_outside(&exercise.folder())? { " -- --pace real 2>/dev/null" } else { "" };
        default_runs.push((exercise.brief_path(), format!("{run}{outside}")));
    }
    let mut pages = Vec::new();
    for path in tracked(root)? {
        let run =
            default_runs.iter().find(|(brief, _)| *brief == path).map(|(_, run)| run.as_str());
        let transcripts = transcripts(&read(&root.join(&path))?, run);
        if !transcripts.is_empty() {
            pages.push(Page { path, transcripts });
        }
    }
    if pages.is_empty() {
        let told = "no Markdown file shows a transcript: this check would check nothing";
        return Err(Error::Failed(told.to_owned()));
    }
    Ok(pages)
}

fn goes_outside(exercise: &Path) -> Result<bool> {
    Ok(read(&exercise.join("src/main.rs"))?.contains("rehearsal::outside"))
}

/// The Markdown files that git knows, in a fixed order.
fn tracked(root: &Path) -> Result<Vec<String>> {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z", "*.md"]).current_dir(root);
    let outcome = child::run(&mut command, LIMIT)?;
    if outcome.ended != Ended::Code(0) {
        return Err(Error::Failed(format!("git ls-files: {}", outcome.stderr.trim())));
    }
    let mut paths: Vec<String> = outcome.stdout.split_terminator('\0').map(str::to_owned).collect();
    // What is removed and not committed is still listed.
    paths.retain(|path| root.join(path).is_file());
    paths.sort();
    Ok(paths)
}

/// What a page shows. `default_run` is the command of the section "Expected output", if it has one.
fn transcripts(text: &str, default_run: Option<&str>) -> Vec<Transcript> {
    let mut found = Vec::new();
    let mut section = "";
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(language) = fence(line) else {
            if line.starts_with('#') {
                section = line.trim_start_matches(['#', ' ']).trim_end();
            }
            continue;
        };
        let inside = |(_, line): &(usize, &str)| fence(line) != Some("");
        let body: Vec<(usize, &str)> = lines.by_ref().take_while(inside).collect();
        let first = body.first().map_or("", |(_, line)| line);
        match default_run {
            _ if language == "console" => found.extend(commands(&body)),
            // Several commands in a folder of their own are played by the test `as_given`.
            Some(run) if section == "Expected output" && !first.starts_with("$ ") => {
                let shown = body.iter().map(|(_, line)| (*line).to_owned()).collect();
                found.push(Transcript { line: number + 1, command: run.to_owned(), shown });
            }
            _ => {}
        }
    }
    found
}

/// The language behind a fence: `console`, or nothing.
fn fence(line: &str) -> Option<&str> {
    let behind = line.trim_start().strip_prefix("```")?.trim_start_matches('`').trim_start();
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    Some(&behind[..behind.find(|letter| !is_part(letter)).unwrap_or(behind.len())])
}

fn commands(body: &[(usize, &str)]) -> Vec<Transcript> {
    let mut found: Vec<Transcript> = Vec::new();
    for (number, line) in body {
        if let Some(command) = line.strip_prefix("$ ") {
            let command = command.to_owned();
            found.push(Transcript { line: number + 1, command, shown: Vec::new() });
        } else if let Some(transcript) = found.last_mut() {
            transcript.shown.push((*line).to_owned());
        }
    }
    found
}

/// Plays pages, and tells a fact for each as soon as it has come to its end.
pub(super) fn play_all(
    root: &Path,
    pages: &[Page],
    tell: &mut impl FnMut(&Fact) -> Result<()>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (done, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            let (done, next) = (done.clone(), &next);
            scope.spawn(move || {
                while let Some(page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    status(&format!("{} …", page.path));
                    if done.send(play(root, page)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        told.iter().try_for_each(|fact| tell(&fact?))
    })
}

fn play(root: &Path, page: &Page) -> Result<Fact> {
    let mut faults = Vec::new();
    for transcript in &page.transcripts {
        if let Err(problem) = compare(root, transcript)? {
            faults.push(format!(
                "{}:{}: $ {}\n{problem}",
                page.path, transcript.line, transcript.command
            ));
        }
    }
    let found = match page.transcripts.len() {
        _ if !faults.is_empty() => Err(faults.join("\n")),
        1 => Ok("1 command prints what is shown".to_owned()),
        count => Ok(format!("{count} commands print what is shown")),
    };
    Ok(Fact::of(&page.check(), found))
}

fn compare(root: &Path, transcript: &Transcript) -> Result<std::result::Result<(), String>> {
    let mut command = Command::new("bash");
    command.args(["-c", &format!("exec 2>&1\n{}", transcript.command)]).current_dir(root);
    // What cargo said to us is not for the cargo that is called here.
    for (name, _) in build::cargo().get_envs().filter(|(_, value)| value.is_none()) {
        command.env_remove(name);
    }
    command.env("REHEARSAL", "instant").env("RUST_BACKTRACE", "0").env("CARGO_TERM_QUIET", "true");
    let outcome = child::run(&mut command, LIMIT)?;
    if let Ended::TimeUp(_) = outcome.ended {
        return Ok(Err(format!("  {}", outcome.ended)));
    }
    let printed: Vec<&str> = outcome.stdout.lines().map(seen).collect();
    let shown: Vec<&str> = transcript.shown.iter().map(|line| line.trim_end()).collect();
    if fits(&shown, &printed) {
        return Ok(Ok(()));
    }
    let patch = diffy::DiffOptions::new()
        .set_original_filename("shown")
        .set_modified_filename("printed")
        .create_patch(&text(&shown), &text(&printed))
        .to_string();
    Ok(Err(patch.lines().map(|line| format!("  {line}\n")).collect()))
}

/// What is to be seen of a line in the end. What stands before a carriage return is drawn over: so cargo draws its bar.
fn seen(line: &str) -> &str {
    line.rsplit('\r').next().unwrap_or_default()
}

fn text(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Whether the printed lines are the shown ones, where `...` stands for any lines.
fn fits(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first.trim() == "..." => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        Some((first, rest)) => printed.split_first().is_some_and(|(line, others)| {
            line.trim_end_matches(' ') == *first && fits(rest, others)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Title

```sh
$ not looked at
```

## Expected output

```text
all of it
...
```

- an item
  ```console
$ cargo 04
one
...
$ echo two
```

```console
no command
```
";

    fn told(default_run: Option<&str>) -> Vec<(usize, String, String)> {
        let transcripts = transcripts(PAGE, default_run).into_iter();
        transcripts.map(|one| (one.line, one.command, one.shown.join("|"))).collect()
    }

    #[test]
    fn commands_and_what_they_print_are_found() {
        let console =
            [(16, "cargo 04".into(), "one|...".into()), (19, "echo two".into(), String::new())];
        assert_eq!(told(None), console);
        let mut all = vec![(9, "run it".into(), "all of it|...".into())];
        all.extend(console);
        assert_eq!(told(Some("run it")), all);
    }

    #[test]
    fn the_output_of_several_commands_is_for_their_test() {
        let page = "## Expected output\n\n```text\n$ cargo 10 produce\n1\n```\n";
        assert_eq!(transcripts(page, Some("run it")), []);
    }

    #[test]
    fn dots_stand_for_any_lines() {
        for (shown, printed, is_so) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "a  ", true),
            ("a", "b", false),
            ("a", "a|b", false),
            ("a|b", "a", false),
            ("...", "", true),
            ("...", "a|b", true),
            ("a|...|c", "a|c", true),
            ("a|...|c", "a|b|c|b|c", true),
            ("a|...|c", "a|b", false),
            ("a|  ...", "a|b", true),
            ("...|a|...", "b|b", false),
        ] {
            let lines = |text: &'static str| -> Vec<&str> { text.split_terminator('|').collect() };
            assert_eq!(fits(&lines(shown), &lines(printed)), is_so, "{shown} and {printed}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_page_is_played() {
        let page = |command: &str, shown: &str| Page {
            path: "a.md".to_owned(),
            transcripts: vec![Transcript {
                line: 3,
                command: command.to_owned(),
                shown: shown.lines().map(str::to_owned).collect(),
            }],
        };
        let fact = play(
            Path::new("/"),
            &page(
                "printf '[=> ] 1/2: a\\r[==>] 2/2: b\\r' >&2; echo $REHEARSAL; echo aside >&2; exit 3",
                "instant\naside",
            ),
        );
        assert_eq!(
            fact.unwrap(),
            Fact::of("transcripts/a.md", Ok("1 command prints what is shown".into()))
        );
        let fact = play(Path::new("/"), &page("echo one", "two")).unwrap();
        assert!(!fact.holds);
        for words in ["a.md:3: $ echo one\n", "\n  -two\n", "\n  +one\n"] {
            assert!(fact.detail.contains(words), "{}", fact.detail);
        }
    }
}
