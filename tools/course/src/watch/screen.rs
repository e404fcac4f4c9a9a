//! The window: a terminal that is drawn anew each time, or a pipe that gets one text after another.

use crate::{Error, Result, look::Look, say};
use accord::text;
use crossterm::{
    cursor::{Hide, MoveTo, Show},
    event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    execute, queue,
    style::Print,
    terminal::{self, Clear, ClearType},
};
use std::{
    env,
    io::{self, BufRead, IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

/// What somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Key(char),
    /// Nothing more can be typed.
    End,
}

/// Ctrl-Z: back to the shell for a while.
pub(crate) const PAUSE: char = '\x1a';

/// A key that has no letter, and means nothing of its own.
const ANOTHER: char = '\0';

/// How often the keys are looked at, and whether they are to be left to somebody else.
const GLANCE: Duration = Duration::from_millis(40);

#[derive(Debug)]
pub(crate) struct Screen {
    is_terminal: bool,
    keys: Receiver<Input>,
    is_away: Arc<AtomicBool>,
    is_reading: Arc<AtomicBool>,
    size: (u16, u16),
}

impl Screen {
    pub(crate) fn open() -> Result<Screen> {
        let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        let (tell, keys) = mpsc::channel();
        let (is_away, is_reading) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        let screen = Screen {
            is_terminal,
            keys,
            is_away: Arc::clone(&is_away),
            is_reading: Arc::clone(&is_reading),
            size: size().unwrap_or((80, 24)),
        };
        if is_terminal {
            screen.take()?;
            thread::spawn(move || read_keys(&tell, &is_away, &is_reading));
        } else {
            thread::spawn(move || read_lines(&tell));
        }
        Ok(screen)
    }

    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// What was typed, or nothing after a while.
    pub(crate) fn typed(&self, patience: Duration) -> Option<Input> {
        match self.keys.recv_timeout(patience) {
            Ok(input) => Some(input),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                thread::sleep(patience);
                Some(Input::End)
            }
        }
    }

    /// Whether the window has another size now. An error: there is no window any more.
    pub(crate) fn is_resized(&mut self) -> Result<bool> {
        if !self.is_terminal {
            return Ok(false);
        }
        let now = size().ok_or_else(|| Error::Failed("the terminal is gone".to_owned()))?;
        Ok(std::mem::replace(&mut self.size, now) != now)
    }

    /// The look, as wide as the window is now.
    pub(crate) fn look(&self, look: Look) -> Look {
        if !self.is_terminal || env::var_os("COLUMNS").is_some() {
            return look;
        }
        Look { width: Some(text::at_most(self.size.0.into())), ..look }
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        columns().unwrap_or(self.size.0.into())
    }

    /// How many lines there are.
    pub(crate) fn height(&self) -> usize {
        self.size.1.into()
    }

    /// Shows a text in place of what was there. In a pipe it comes behind that.
    pub(crate) fn show(&self, text: &str) -> Result<()> {
        if !self.is_terminal {
            return say(&format!("{text}\n"));
        }
        let mut out = io::stdout().lock();
        let text = text.trim_end().replace('\n', "\r\n");
        queue!(out, MoveTo(0, 0), Clear(ClearType::All), Print(text))
            .and_then(|()| out.flush())
            .map_err(|error| Error::Failed(format!("the terminal is gone: {error}")))
    }

    /// Lends the terminal to a program that somebody works in, such as an editor.
    pub(crate) fn lend<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        if !self.is_terminal {
            return Ok(work());
        }
        self.is_away.store(true, Ordering::SeqCst);
        while self.is_reading.load(Ordering::SeqCst) {
            thread::yield_now();
            thread::sleep(Duration::from_millis(1));
        }
        give_back();
        let done = work();
        let taken = self.take();
        self.is_away.store(false, Ordering::SeqCst);
        taken.map(|()| done)
    }

    fn take(&self) -> Result<()> {
        terminal::enable_raw_mode()
            .and_then(|()| execute!(io::stdout(), Hide))
            .map_err(|error| Error::Failed(format!("the terminal can't be used: {error}")))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.is_terminal {
            give_back();
        }
    }
}

/// Leaves the terminal as it was. Where it is gone, there is nothing to leave.
fn give_back() {
    let _ = execute!(io::stdout(), Show, Print("\r\n"));
    let _ = terminal::disable_raw_mode();
}

/// How many columns standard output has, if that is a terminal. The variable COLUMNS goes first.
pub(crate) fn columns() -> Option<usize> {
    let set = || env::var("COLUMNS").ok()?.parse().ok();
    io::stdout().is_terminal().then(|| set().or_else(|| Some(size()?.0.into())))?
}

/// How many lines standard output has, if that is a terminal.
pub(crate) fn rows() -> Option<usize> {
    io::stdout().is_terminal().then(|| size().map(|(_, rows)| rows.into()))?
}

/// The size of the window, asked of the terminal itself.
fn size() -> Option<(u16, u16)> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        Some(if size.ws_col == 0 { (80, 24) } else { (size.ws_col, size.ws_row) })
    }
    #[cfg(not(unix))]
    {
        terminal::size().ok()
    }
}

fn read_keys(tell: &Sender<Input>, is_away: &AtomicBool, is_reading: &AtomicBool) {
    loop {
        if is_away.load(Ordering::SeqCst) {
            is_reading.store(false, Ordering::SeqCst);
            thread::sleep(GLANCE);
            continue;
        }
        is_reading.store(true, Ordering::SeqCst);
        let input = match event::poll(GLANCE) {
            Ok(false) => continue,
            Ok(true) => event::read(),
            Err(error) => Err(error),
        };
        let input = match input {
            Ok(Event::Key(key)) if key.kind == KeyEventKind::Press => {
                let is_held = key.modifiers.contains(KeyModifiers::CONTROL);
                match key.code {
                    KeyCode::Char('c' | 'd') if is_held => Input::Key('q'),
                    KeyCode::Char('z') if is_held => Input::Key(PAUSE),
                    KeyCode::Char(letter) if !is_held => Input::Key(letter),
                    KeyCode::Esc => Input::Key('\x1b'),
                    KeyCode::Enter => Input::Key('\n'),
                    _ => Input::Key(ANOTHER),
                }
            }
            Ok(_) => continue,
            Err(_) => Input::End,
        };
        if tell.send(input).is_err() || input == Input::End {
            return;
        }
    }
}

/// In a pipe, each line is a key.
fn read_lines(tell: &Sender<Input>) {
    for line in io::stdin().lock().lines().map_while(io::Result::ok) {
        let Some(letter) = line.trim().chars().next() else { continue };
        if tell.send(Input::Key(letter)).is_err() {
            return;
        }
    }
    let _ = tell.send(Input::End);
}
