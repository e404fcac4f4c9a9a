//! A program that runs while the test goes on.

use crate::{
    program::{Program, TapeFile, computed, computes},
    run::{Ended, MOST_OUTPUT, Run},
};
use accord::settings;
use std::{
    cell::Cell,
    io::Read,
    process::Child,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

thread_local! {
    /// How long the runs took that the test on this thread has waited for.
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// A program that runs. It is killed when this is dropped.
///
/// Whatever is asked of it, its time is limited as that of a run is.
#[derive(Debug)]
pub struct Running {
    program: Program,
    child: Child,
    tape: TapeFile,
    news: Receiver<News>,
    printed: Arc<Printed>,
    open: usize,
    start: Instant,
    /// How many times the limit it may take: once, unless others compute beside it.
    shares: u32,
    killed: Option<Ended>,
}

#[derive(Debug)]
enum News {
    /// More has come that somebody wants to hear of.
    Output,
    End,
}

/// What has come of a program's two streams.
#[derive(Debug, Default)]
struct Printed {
    output: [Mutex<Vec<u8>>; 2],
    length: AtomicUsize,
    /// Whether somebody waits for a line. A program prints many, and to wake whoever waits for its end at each of them
    /// takes longer than to read them.
    is_awaited: AtomicBool,
}

impl Printed {
    fn stream(&self, stream: usize) -> MutexGuard<'_, Vec<u8>> {
        self.output[stream].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_flood(&self) -> bool {
        self.length.load(Ordering::SeqCst) > MOST_OUTPUT
    }

    /// Takes in what has come, and tells whether somebody has to hear of it.
    fn take(&self, stream: usize, bytes: &[u8]) -> bool {
        self.stream(stream).extend(bytes);
        self.length.fetch_add(bytes.len(), Ordering::SeqCst);
        // Whoever waits for a line has said so before they looked for it, so no line is missed.
        self.is_awaited.load(Ordering::SeqCst) || self.is_flood()
    }
}

impl Running {
    pub(crate) fn start(program: Program) -> Running {
        let (child, tape) = program.spawn();
        Running::of(program, child, tape)
    }

    /// A child that plays it already.
    pub(crate) fn of(program: Program, mut child: Child, tape: TapeFile) -> Running {
        let (tell, news) = mpsc::channel();
        let printed = Arc::<Printed>::default();
        read(child.stdout.take().expect("it is piped"), 0, &printed, tell.clone());
        read(child.stderr.take().expect("it is piped"), 1, &printed, tell);
        let start = Instant::now();
        Running { program, child, tape, news, printed, open: 2, start, shares: 1, killed: None }
    }

    /// Waits until it has printed a line like this, and tells whether it did before it ended.
    ///
    /// A program that prints no such line in its time is killed.
    pub fn until(&mut self, pattern: &str) -> bool {
        while !self.within(pattern, self.time_left()) {
            if self.open == 0 {
                return false;
            }
            self.time_up();
        }
        true
    }

    /// The same with a limit of its own, after which the program goes on.
    pub fn within(&mut self, pattern: &str, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        self.printed.is_awaited.store(true, Ordering::SeqCst);
        while !self.has_printed(pattern) {
            let left = end.saturating_duration_since(Instant::now());
            if self.open == 0 || left.is_zero() || !self.listen(left) {
                return self.has_printed(pattern);
            }
        }
        true
    }

    /// Whether it has printed a line like this up to now.
    fn has_printed(&self, pattern: &str) -> bool {
        let stdout = self.printed.stream(0);
        let text = String::from_utf8_lossy(&stdout);
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().any(|line| crate::pattern::matches(pattern, line))
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Kills it at once, without a chance to clean up: `kill -9`, and `TerminateProcess` on Windows.
    pub fn kill(mut self) -> Run {
        // It may have ended by itself in this moment.
        let _ = self.child.kill();
        self.watch()
    }

    /// Waits for its end. A run that hangs or floods the screen fails the task at once.
    #[must_use]
    pub fn wait(self) -> Run {
        let run = self.watch();
        if let Some(failure) = run.stuck().or_else(|| run.spins_on()) {
            failure.raise();
        }
        run
    }

    /// Waits for its end, whatever that is.
    pub(crate) fn watch(mut self) -> Run {
        while self.open > 0 {
            let left = self.time_left();
            if !self.listen(left) && self.open > 0 {
                self.time_up();
            }
        }
        let status = self.child.wait().expect("a child can be waited for");
        SPENT.set(SPENT.get() + self.start.elapsed());
        if self.killed == Some(Ended::Flood) {
            // What came behind that, until it was stopped, is another amount each time.
            self.printed.stream(0).truncate(MOST_OUTPUT);
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let [stdout, stderr] = [0, 1].map(|stream| text(&self.printed.stream(stream)));
        let ended = self.killed.unwrap_or(Ended::Exit(status.code()));
        Run::new(self.program.clone(), stdout, stderr, ended, self.tape.read())
    }

    /// Takes one piece of news; tells `false` if there was none in this time.
    fn listen(&mut self, limit: Duration) -> bool {
        match self.news.recv_timeout(limit) {
            Ok(News::Output) => {
                if self.printed.is_flood() {
                    self.stop(Ended::Flood);
                }
                true
            }
            Ok(News::End) => {
                self.open -= 1;
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                self.open = 0;
                true
            }
        }
    }

    fn time_left(&self) -> Duration {
        (time_limit() * self.shares).saturating_sub(self.start.elapsed())
    }

    /// Kills it, unless it computes and others took most of the time that it should have had: what is refused on a
    /// busy machine would not be elsewhere.
    fn time_up(&mut self) {
        /// So many limits go by before it is killed whatever it does.
        const MOST_SHARES: u32 = 8;
        let computes = computes(self.child.id());
        let is_short = |spent: Duration| spent < time_limit().mul_f64(0.7);
        let had_no_time = computes == Some(true) && computed(self.child.id()).is_some_and(is_short);
        if had_no_time && self.shares < MOST_SHARES {
            self.shares += 1;
            return;
        }
        self.stop(Ended::TimeUp { limit: time_limit(), computes });
    }

    fn stop(&mut self, ended: Ended) {
        let _ = self.child.kill();
        self.killed = Some(ended);
        self.open = 0;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// How long the runs took up to now that this test has waited for.
pub(crate) fn spent() -> Duration {
    SPENT.get()
}

/// Whether that is so long that a test spares what it can spare: many more runs would take minutes.
pub(crate) fn is_long(spent: Duration, limit: Duration) -> bool {
    /// How many times the limit of a single run.
    const MOST: u32 = 2;
    spent > limit * MOST
}

/// A setting that can't be right fails the test.
pub(crate) fn time_limit() -> Duration {
    settings::time_limit().unwrap_or_else(|problem| panic!("{problem}"))
}

fn read(
    mut pipe: impl Read + Send + 'static,
    stream: usize,
    printed: &Arc<Printed>,
    tell: Sender<News>,
) {
    let printed = Arc::clone(printed);
    thread::spawn(move || {
        let mut chunk = [0; 16 * 1024];
        while let Ok(length @ 1..) = pipe.read(&mut chunk) {
            if printed.take(stream, &chunk[..length]) && tell.send(News::Output).is_err() {
                return;
            }
        }
        let _ = tell.send(News::End);
    });
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_has_computed_grows() {
        let start = Instant::now();
        let spent = || computed(std::process::id()).expect("Linux tells it");
        let before = spent();
        while spent() == before {
            assert!(start.elapsed() < Duration::from_secs(60), "it had no time for a minute");
        }
    }
}
