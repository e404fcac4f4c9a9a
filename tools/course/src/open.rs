//! `cargo course next`: opens what comes next. A page is read in the terminal, a Break is played, a quiz asks.

use crate::{
    Error, Result,
    breaking::Break,
    brief::{Kind, Task},
    build,
    look::{Look, Tone},
    progress::Progress,
    prose, read, say,
    steps::{Course, Deed, Sign, Step},
    watch, whereabouts,
    workspace::{Exercise, Workspace},
};
use accord::{brief::EXPLAIN, brief::section_in, todo};
use std::{
    env,
    io::{self, IsTerminal},
    path::Path,
    process::{Command, Stdio},
};

/// Opens the next step: of the whole course, or of one exercise. Tells whether all went well.
pub fn next(
    workspace: &Workspace,
    of: Option<&Exercise>,
    look: Look,
    in_browser: bool,
) -> Result<bool> {
    let mut progress = Progress::of(&workspace.root)?;
    let course = Course::of(workspace, &progress)?;
    let Some((exercise, step)) = course.next_of(of) else {
        say(&done(of))?;
        return Ok(true);
    };
    if in_browser && !matches!(step.deed, Deed::Quiz { .. }) {
        browse(&workspace.root, &whereabouts::place(exercise, step))?;
        return keep(&mut progress, step).map(|()| true);
    }
    let is_asked = io::stdin().is_terminal() && io::stdout().is_terminal();
    match &step.deed {
        Deed::Page { path, .. } => {
            page(&read(&workspace.root.join(path))?, look, is_asked)?;
            say(&look.fit("\nWhat comes after it: cargo course next\n"))?;
            keep(&mut progress, step)?;
        }
        Deed::Task(Task { kind: Kind::Break, number, .. }) if is_asked => {
            Break::find(exercise.clone(), &number.to_string(), None, look)?.play()?;
        }
        Deed::Quiz { .. } if is_asked => return ask(workspace, exercise),
        Deed::Quiz { .. } => say(&whereabouts::next(exercise, step))?,
        Deed::Task(task) => say(&section(exercise, task, step, look)?)?,
        Deed::Answers(open) => say(&questions(exercise, open, look)?)?,
    }
    Ok(true)
}

/// What is told where nothing is left to do.
pub(crate) fn done(of: Option<&Exercise>) -> String {
    match of {
        None => "All is done. What stayed is asked by: cargo run -p quizzes\n".to_owned(),
        Some(exercise) => {
            format!("All of {} is done. What comes next: cargo course\n", exercise.short())
        }
    }
}

fn keep(progress: &mut Progress, step: &Step) -> Result<()> {
    match &step.deed {
        Deed::Page { path, .. } => progress.note_read(path),
        _ => Ok(()),
    }
}

/// A page. Where somebody sits there, it waits for them when the window is full, and before what is folded.
fn page(text: &str, look: Look, is_asked: bool) -> Result<()> {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("<details><summary>") {
        let (summary, behind) = behind.split_once("</summary>").unwrap_or((behind, ""));
        let (folded, after) = behind.split_once("</details>").unwrap_or((behind, ""));
        by_windows(&format!("{}\n\n", prose::shown(before, look)), is_asked)?;
        let heading = look.paint(Tone::Mind, &look.words(summary));
        if is_asked {
            wait(&format!("{heading} (Enter) "))?;
        } else {
            say(&format!("{heading}\n"))?;
        }
        by_windows(&format!("\n{}\n\n", prose::shown(folded.trim_start(), look)), is_asked)?;
        rest = after.trim_start_matches('\n');
    }
    by_windows(&format!("{}\n", prose::shown(rest, look)), is_asked)
}

/// Says a text, a window at a time.
fn by_windows(text: &str, is_asked: bool) -> Result<()> {
    /// What stands above and below: the last line of before, and where somebody is asked.
    const AROUND: usize = 2;
    let rows = if is_asked { watch::rows() } else { None };
    let window = rows.map_or(usize::MAX, |rows| rows.saturating_sub(AROUND).max(1));
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (number, lines) in lines.chunks(window).enumerate() {
        if number > 0 {
            wait("(Enter goes on) ")?;
        }
        say(&lines.concat())?;
    }
    Ok(())
}

/// Asks for Enter.
fn wait(asked: &str) -> Result<()> {
    say(asked)?;
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|error| Error::Failed(error.to_string()))?;
    Ok(())
}

/// What the brief says of a task, where it begins, and what tells whether it holds.
pub(crate) fn section(exercise: &Exercise, task: &Task, step: &Step, look: Look) -> Result<String> {
    let short = exercise.short();
    let minutes = task.minutes.map(|minutes| format!(" ({minutes} min)")).unwrap_or_default();
    let title = look.words(&format!("{short}, {task}: {}{minutes}", task.title));
    let mut text =
        format!("{}\n\n{}\n\n", look.paint(Tone::Mind, &title), prose::shown(&task.text, look));
    let name = task.name();
    let begins = exercise.todos()?.into_iter().find(|todo| todo.task == name);
    if let Some(begins) = begins {
        let folder = accord::exercise::folder(&exercise.name);
        let (todo, file, line) = (todo::of(&name), begins.file, begins.line);
        text.push_str(&look.fit(&format!(
            "begins at: {folder}/src/{file}:{line}; delete the {todo} to hand it in\n"
        )));
    }
    if task.kind == Kind::Break {
        text.push_str(&look.fit(&format!("play it: {}\n", whereabouts::command(exercise, step))));
        return Ok(text);
    }
    text.push_str(&look.fit(&format!("the verdict, on each save: cargo course watch {short}\n")));
    if !task.extra && step.sign != Sign::Done {
        text.push_str(&look.fit(&format!("a hint: cargo course hint {short} {name}\n")));
    }
    Ok(text)
}

/// The questions of the brief, and where the answers go.
pub(crate) fn questions(exercise: &Exercise, open: &[String], look: Look) -> Result<String> {
    let brief = exercise.brief_text()?;
    let below = brief.lines().skip_while(|line| section_in(line) != Some(EXPLAIN));
    let own: Vec<&str> = below.skip(1).take_while(|line| section_in(line).is_none()).collect();
    let form = accord::exercise::answers(&exercise.name);
    let asked = prose::shown(own.join("\n").trim(), look);
    Ok(format!(
        "{asked}\n\n{}",
        look.fit(&format!("not written yet: {} in {form}\n", open.join(", ")))
    ))
}

/// Lets the quizzes ask.
fn ask(workspace: &Workspace, exercise: &Exercise) -> Result<bool> {
    // What is built for that takes a while, and says so here.
    build::build(&workspace.root, &["build", "--package", "quizzes"])?;
    let mut command = build::cargo();
    command.args(["run", "--quiet", "--package", "quizzes", "--", exercise.short()]);
    let status = command.current_dir(&workspace.root).status();
    let status =
        status.map_err(|error| Error::Failed(format!("cargo can't be started: {error}")))?;
    Ok(status.success())
}

/// Opens a text in the browser: the built site where there is one, else the Markdown on disk.
fn browse(root: &Path, path: &str) -> Result<()> {
    let module = path.strip_prefix("concepts/").and_then(|name| name.strip_suffix(".md"));
    let built = module
        .map(|name| {
            build::target_folder(root).map(|target| {
                target.join("doc/concepts").join(name.replace('-', "_")).join("index.html")
            })
        })
        .transpose()?;
    let target = built.filter(|page| page.is_file()).unwrap_or_else(|| root.join(path));
    say(&format!("{}\n", target.display()))?;
    let mut command = browser();
    command.arg(&target).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let opened = command.status();
    if opened.as_ref().is_ok_and(std::process::ExitStatus::success) {
        return Ok(());
    }
    let program = command.get_program().display().to_string();
    Err(Error::Failed(format!(
        "{program} did not open it; BROWSER names another program, or open the file above"
    )))
}

fn browser() -> Command {
    match env::var_os("BROWSER").filter(|name| !name.is_empty()) {
        Some(name) => Command::new(name),
        None if cfg!(target_os = "macos") => Command::new("open"),
        None if cfg!(windows) => Command::new("explorer"),
        None => Command::new("xdg-open"),
    }
}
