//! `cargo course watch`: on every save the verdict of the exercise that was saved, in one window.
//!
//! What builds and runs is a command of its own that this one holds, so nothing that a program does can hang or
//! flood the window: it is ended with all that it has started, by the next save or by `q`.

mod editor;
mod files;
mod job;
mod meaning;
pub(crate) mod screen;
mod verdict;
mod work;

use crate::{
    Error, Result,
    brief::Kind,
    build,
    child::Ended,
    hints,
    look::{COLOURS, Look, Tone},
    open,
    progress::Progress,
    say,
    steps::{Course, Deed},
    suite::ready::GIVEN,
    timeline, whereabouts,
    workspace::{Exercise, Workspace},
};
use accord::exercise;
use files::Files;
use screen::{Input, PAUSE, Screen};
use std::{
    env, io,
    path::PathBuf,
    process::Command,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use verdict::Verdict;
use work::{Check, Program, Work};

/// How long one turn waits for a key, before it looks at the files and at what runs.
const TURN: Duration = Duration::from_millis(25);

/// What somebody wants of it.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The exercise; without one it is that which is saved.
    pub exercise: Option<String>,
    /// How to open an editor.
    pub edit_cmd: Option<String>,
    /// How often to look at the files.
    pub poll: Option<Duration>,
}

/// How many columns the terminal on standard output has; nothing where there is none.
#[must_use]
pub fn columns() -> Option<usize> {
    screen::columns()
}

/// How many lines the terminal on standard output has; nothing where there is none.
pub(crate) fn rows() -> Option<usize> {
    screen::rows()
}

/// Watches until somebody says `q`, or the terminal is gone.
pub fn watch(workspace: &Workspace, wish: Wish, look: Look) -> Result<()> {
    let chosen: Vec<String> = wish.exercise.iter().cloned().collect();
    let exercises = workspace.chosen(&chosen)?;
    let exercise = match &exercises[..] {
        [only] => only.clone(),
        _ => first(workspace)?,
    };
    let far_away = files::far_away(&workspace.root);
    let usual = if far_away.is_some() { files::SELDOM } else { files::OFTEN };
    let mut watch = Watch {
        workspace,
        files: Files::of(exercises, wish.poll.unwrap_or(usual)),
        this: env::current_exe().map_err(|error| Error::Failed(error.to_string()))?,
        note: far_away.filter(|_| wish.poll.is_none()).map(|kind| {
            format!("The files are on {kind}, where a look takes long: so saves are noticed within {} seconds.", files::SELDOM.as_secs_f64())
        }),
        wish,
        look,
        exercise,
        work: Work::Nothing,
        tests: None,
        verdict: None,
        is_due: false,
        shown: Shown::Verdict,
        screen: Screen::open()?,
        stop: stop_signs(),
    };
    watch.check()?;
    watch.turns()
}

/// The exercise of the next step; when all is done, the first one.
fn first(workspace: &Workspace) -> Result<Exercise> {
    let course = Course::of(workspace, &Progress::of(&workspace.root)?)?;
    let next = course.next().map(|(exercise, _)| exercise.clone());
    let first = || course.exercises.first().map(|it| it.exercise.clone());
    next.or_else(first).ok_or_else(|| Error::Input("there are no exercises".to_owned()))
}

/// Set when the system asks to end: then the terminal is left as it was.
fn stop_signs() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    for signal in
        [signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP, signal_hook::consts::SIGINT]
    {
        // Where it can't be heeded, the system ends the program by itself.
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    stop
}

/// What a key has brought up, instead of the verdict.
#[derive(Debug, Default)]
enum Shown {
    #[default]
    Verdict,
    Text(String),
    /// What was made for a window of this size. Any key goes back from it.
    Picture(String),
}

impl Shown {
    fn text(text: String) -> Shown {
        if text.is_empty() { Shown::Verdict } else { Shown::Text(text) }
    }
}

struct Watch<'a> {
    workspace: &'a Workspace,
    wish: Wish,
    look: Look,
    this: PathBuf,
    files: Files,
    exercise: Exercise,
    work: Work,
    /// The tests of the exercise, as an earlier check has built them.
    tests: Option<String>,
    verdict: Option<std::result::Result<Verdict, String>>,
    /// Whether a check has begun that has not come to its end.
    is_due: bool,
    shown: Shown,
    note: Option<String>,
    screen: Screen,
    stop: Arc<AtomicBool>,
}

impl Watch<'_> {
    fn turns(&mut self) -> Result<()> {
        let mut is_ending = false;
        loop {
            if self.stop.load(std::sync::atomic::Ordering::Relaxed) {
                return Ok(());
            }
            match self.screen.typed(TURN) {
                Some(Input::Key('q')) => return Ok(()),
                Some(Input::Key(key)) => self.key(key)?,
                // In a pipe, what is begun comes to its end.
                Some(Input::End) => is_ending = true,
                None => {}
            }
            if is_ending && (self.screen.is_terminal() || matches!(self.work, Work::Nothing)) {
                return Ok(());
            }
            // What can't be asked of a terminal that is gone needs no message: nobody would see it.
            let Ok(is_resized) = self.screen.is_resized() else { return Ok(()) };
            if let Some(saved) = self.files.saved() {
                if saved != self.exercise {
                    self.exercise = saved;
                    self.verdict = None;
                    self.tests = None;
                }
                self.check()?;
            }
            if is_resized && self.is_at_picture() {
                self.draw_timeline()?;
            }
            let has_news = self.look_at_work();
            if has_news || is_resized {
                self.draw()?;
            }
        }
    }

    /// Begins a check. Whatever ran before is ended.
    fn check(&mut self) -> Result<()> {
        self.work = Work::Nothing;
        self.shown = Shown::Verdict;
        self.is_due = true;
        let mut command = Command::new(&self.this);
        command.args(["check", self.exercise.short(), "--json"]).current_dir(&self.workspace.root);
        if let Some(tests) = &self.tests {
            command.env(GIVEN, tests);
        }
        self.work = Work::Check(Check::start(&mut command)?);
        if self.screen.is_terminal() {
            self.draw()
        } else {
            self.screen.show(&self.look.words(&format!("{}: checking …", self.exercise.name)))
        }
    }

    /// Takes in what came from what runs. Tells whether there is something to draw.
    fn look_at_work(&mut self) -> bool {
        // In a pipe, nothing is told before its end.
        let (has_news, is_over) = match &mut self.work {
            Work::Nothing => (false, false),
            Work::Check(check) => {
                let (has_news, verdict) = check.look();
                self.tests = check.ready().map(str::to_owned).or_else(|| self.tests.take());
                let is_over = verdict.is_some();
                self.is_due &= !is_over;
                self.verdict = verdict.or_else(|| self.verdict.take());
                (has_news, is_over)
            }
            Work::Program(program) => {
                let (has_news, told) = program.look();
                let is_over = told.is_some();
                let whole = told.map(|(text, ended)| format!("{text}({ended})\n"));
                self.shown = Shown::text(whole.unwrap_or_default());
                (has_news, is_over)
            }
            Work::Timeline(program) => {
                let (has_news, told) = program.look();
                let is_over = told.is_some();
                // Where it can't be drawn, that is told in words.
                let drawn = told.map(|(text, ended)| match ended {
                    Ended::Code(0) => text,
                    _ => self.screen.look(self.look).fit(&text),
                });
                self.shown = drawn.map_or(Shown::Verdict, Shown::Picture);
                (has_news, is_over)
            }
        };
        if is_over {
            self.work = Work::Nothing;
        }
        is_over || has_news && self.screen.is_terminal()
    }

    /// Whether any key goes back. In a pipe each line is the key that it names.
    fn is_at_picture(&self) -> bool {
        let is_there =
            matches!(self.shown, Shown::Picture(_)) || matches!(self.work, Work::Timeline(_));
        is_there && self.screen.is_terminal()
    }

    fn key(&mut self, key: char) -> Result<()> {
        if self.is_at_picture() && key != PAUSE {
            return self.back();
        }
        // How wide the window is counts when it is drawn.
        let look = Look { width: None, ..self.look };
        let name = self.verdict.as_ref().and_then(|it| it.as_ref().ok()).and_then(Verdict::task);
        let name = name.map(str::to_owned);
        match key {
            'h' => {
                let told = hints::ask(&self.exercise, name.as_deref(), look);
                self.shown = Shown::text(told.unwrap_or_else(|error| error.to_string()));
            }
            'n' => {
                let told = self.next(look)?;
                self.shown = Shown::text(told);
            }
            'r' => return self.run_program(),
            't' => return self.draw_timeline(),
            'o' => self.edit(),
            PAUSE => self.screen.lend(pause)?,
            '\x1b' | 'v' => return self.back(),
            // In the terminal, Enter makes a check anew.
            '\n' | 'c' => return self.check(),
            _ => return Ok(()),
        }
        self.draw()
    }

    /// Back to the verdict. A program that runs is ended, and a check that it has ended begins anew.
    fn back(&mut self) -> Result<()> {
        if matches!(self.work, Work::Program(_) | Work::Timeline(_)) {
            self.work = Work::Nothing;
        }
        self.shown = Shown::Verdict;
        if self.is_due && matches!(self.work, Work::Nothing) { self.check() } else { self.draw() }
    }

    /// The next step of this exercise: a task is shown, with what the brief says of it. A page, a Break and a quiz
    /// have the terminal for themselves.
    fn next(&mut self, look: Look) -> Result<String> {
        let course = Course::of(self.workspace, &Progress::of(&self.workspace.root)?)?;
        let own = course.next_of(Some(&self.exercise));
        // Whoever named no exercise goes on with the one that is next.
        let is_chosen = self.wish.exercise.is_some();
        let Some((exercise, step)) = own.or_else(|| course.next_of(None).filter(|_| !is_chosen))
        else {
            return Ok(open::done(is_chosen.then_some(&self.exercise)));
        };
        match &step.deed {
            Deed::Task(task) if task.kind != Kind::Break => {
                open::section(exercise, task, step, look)
            }
            Deed::Answers(open) => open::questions(exercise, open, look),
            _ if self.screen.is_terminal() => {
                let mut command = Command::new(&self.this);
                command.args(["next", exercise.short()]).current_dir(&self.workspace.root);
                self.screen.lend(|| aside(&mut command))
            }
            _ => {
                let line = look.words(&whereabouts::next(exercise, step));
                Ok(format!("{line}      in: {}\n", whereabouts::place(exercise, step)))
            }
        }
    }

    /// Runs the program as it stands.
    fn run_program(&mut self) -> Result<()> {
        self.work = Work::Nothing;
        self.shown = Shown::Verdict;
        let mut command = Command::new(&self.this);
        let cargo = build::cargo();
        command.arg("held").arg(cargo.get_program());
        command.args(["run", "--quiet", "--package", &self.exercise.package()]);
        command.current_dir(&self.workspace.root);
        self.work = Work::Program(Program::start(&mut command)?);
        self.draw()
    }

    /// Plays the program as it stands, and draws who did what, when.
    fn draw_timeline(&mut self) -> Result<()> {
        self.work = Work::Nothing;
        self.shown = Shown::Verdict;
        let look = self.screen.look(self.look);
        let mut command = Command::new(&self.this);
        command.args(["timeline", self.exercise.short()]).current_dir(&self.workspace.root);
        if self.look.ascii {
            command.arg("--ascii");
        }
        if self.screen.is_terminal() {
            let room = self.screen.height().saturating_sub(self.below(look).lines().count());
            command.args(["--lines", &room.to_string()]);
            command.env("COLUMNS", self.screen.width().to_string());
        }
        // A line that is cut has none, or it would be cut within one.
        if look.colour && self.screen.width() >= timeline::NARROWEST {
            command.env(COLOURS, "1");
        }
        self.work = Work::Timeline(Program::with_tape(&mut command)?);
        self.draw()
    }

    /// Opens the editor where it goes on.
    fn edit(&mut self) {
        let folder = exercise::folder(&self.exercise.name);
        let verdict = self.verdict.as_ref().and_then(|it| it.as_ref().ok());
        let place = verdict.and_then(|verdict| verdict.place(&folder));
        let (file, line) =
            place.map_or((format!("{folder}/src/main.rs"), 1), |it| (it.file, it.line));
        let path = self.workspace.root.join(&file);
        let asked = self.wish.edit_cmd.as_deref();
        self.shown = Shown::text(match editor::command(asked, &path, line) {
            None => format!(
                "{file}:{line}\n\nWhich editor? VISUAL or EDITOR name one, or: cargo course watch --edit-cmd \"code --goto {{file}}:{{line}}\"\n"
            ),
            Some((mut command, needs_terminal)) => {
                let done = if needs_terminal && self.screen.is_terminal() {
                    self.screen.lend(|| command.status().map(drop)).map(|it| it.err())
                } else {
                    command.stdin(std::process::Stdio::null());
                    Ok(command.spawn().err())
                };
                match done {
                    Ok(None) => String::new(),
                    Ok(Some(error)) => {
                        format!("{} can't be started: {error}\n", command.get_program().display())
                    }
                    Err(error) => format!("{error}\n"),
                }
            }
        });
    }

    fn draw(&self) -> Result<()> {
        let look = self.screen.look(self.look);
        let text = match (&self.work, &self.shown) {
            (Work::Program(program) | Work::Timeline(program), _) => {
                program.told(look.width, self.screen.height())
            }
            // What somebody has asked for stays, also when a verdict comes meanwhile.
            (_, Shown::Text(text)) => look.fit(text),
            (_, Shown::Picture(picture)) if picture.contains('\x1b') => picture.clone(),
            (_, Shown::Picture(picture)) => work::cut(picture.lines(), Some(self.screen.width())),
            (Work::Check(check), Shown::Verdict) => check.told(&self.exercise.name, look),
            (Work::Nothing, Shown::Verdict) => match &self.verdict {
                Some(Ok(verdict)) => {
                    let folder = self.exercise.folder().join("src");
                    verdict.told(&crate::source::sources(&folder).unwrap_or_default(), look)
                }
                Some(Err(complaint)) => look.fit(complaint),
                None => String::new(),
            },
        };
        self.screen.show(&(text + &self.below(look)))
    }

    /// What stands below all that is shown.
    fn below(&self, look: Look) -> String {
        let mut text = String::new();
        if let Some(note) = &self.note {
            text.push_str(&format!("\n{}\n", look.fit(note)));
        }
        if self.screen.is_terminal() {
            let keys = if self.is_at_picture() {
                "any key goes back  q quit"
            } else {
                keys(&self.work, !matches!(self.shown, Shown::Verdict))
            };
            text.push_str(&format!("\n{}", look.paint(Tone::Quiet, keys)));
        }
        text
    }
}

/// Runs what somebody reads or answers, and lets them come back. What is to be said of it in the window is nothing,
/// unless it can't be started.
fn aside(command: &mut Command) -> String {
    let clear = crossterm::terminal::Clear(crossterm::terminal::ClearType::All);
    let _ = crossterm::execute!(io::stdout(), clear, crossterm::cursor::MoveTo(0, 0));
    if let Err(error) = command.status() {
        return format!("{} can't be started: {error}\n", command.get_program().display());
    }
    let _ = say("\n(Enter goes back to the verdict) ");
    let _ = io::stdin().read_line(&mut String::new());
    String::new()
}

/// Stops, with cargo that waits for this, until the shell lets it go on. What has no such shell goes on at once.
fn pause() {
    #[cfg(unix)]
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
}

/// What can be typed now.
fn keys(work: &Work, is_aside: bool) -> &'static str {
    match work {
        Work::Program(_) | Work::Timeline(_) => "Esc ends it  q quit",
        Work::Check(_) => "a save begins anew  q quit",
        Work::Nothing if is_aside => "h hint  n next  r run  t timeline  o open  v verdict  q quit",
        Work::Nothing => "h hint  n next  r run  t timeline  o open  q quit",
    }
}
