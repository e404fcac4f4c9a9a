//! A run as it is drawn: lanes with blocks, queues with their depth, items with their way. Every picture is drawn
//! from this alone.
//!
//! All times are microseconds on the run's own clock.

/// A run.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// What was typed: `cargo 04 --workers 3`.
    pub(super) command: String,
    pub(super) pace: String,
    pub(super) end: u64,
    /// So many events came behind the last one that is here.
    pub(super) left_out: usize,
    /// By the actor's number: `main` is the first.
    pub(super) lanes: Vec<Lane>,
    pub(super) queues: Vec<Queue>,
    pub(super) items: Vec<Item>,
    /// All that happened, in words.
    pub(super) events: Vec<Told>,
    pub(super) marks: Vec<Mark>,
    pub(super) stuck: Option<Stuck>,
}

/// A thread or a task.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) name: String,
    /// `thread`, `task` or `blocking call`.
    pub(super) kind: String,
    /// Where it was spawned; empty for `main`.
    pub(super) place: String,
    pub(super) from: u64,
    pub(super) until: u64,
    /// How it ended; nothing where it was there to the end of the run.
    pub(super) how: Option<String>,
    /// They touch each other, from `from` to `until`.
    pub(super) blocks: Vec<Block>,
    /// What it waits for in the end, where the program is stuck: no time passes there any more.
    pub(super) stands: Option<(State, String)>,
    /// The lines that it came to, and when.
    pub(super) steps: Vec<(u64, String)>,
}

/// A stretch of time in which an actor does one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) state: State,
    /// Why, in the words of a report.
    pub(super) why: String,
}

/// What an actor does.
///
/// A sleep is `Working`, because in these programs it stands for work that is waited for. It is `Retrying` behind a
/// call that came to nothing, and right before something is sent to the queue that the item in hand came from; it is `Asleep` where
/// the actor has nothing to do with any queue, lock or signal, and sleeps again and again. A task is `Held` where the
/// tape tells nothing of it while another task blocks the thread that they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum State {
    Working,
    Computing,
    Item,
    Room,
    Lock,
    End,
    Signal,
    Several,
    Core,
    Asleep,
    Retrying,
    Held,
    Unseen,
}

/// How a state is told and drawn.
#[derive(Debug)]
pub(super) struct Sign {
    pub(super) state: State,
    /// One word, for data and styles.
    pub(super) word: &'static str,
    pub(super) says: &'static str,
    pub(super) sign: char,
    /// A sign that every terminal has.
    pub(super) plain: char,
}

/// In the order of [`State`], and of the legends.
pub(super) const SIGNS: [Sign; 13] = [
    sign(State::Working, "working", "working: it sleeps, which stands for work", '█', '#'),
    sign(State::Computing, "computing", "computing", '▓', '%'),
    sign(State::Item, "item", "waits for an item", '·', '.'),
    sign(State::Room, "room", "waits for room", '▲', '^'),
    sign(State::Lock, "lock", "waits for a lock or a permit", '‖', 'L'),
    sign(State::End, "end", "waits for another to end", '─', '-'),
    sign(State::Signal, "signal", "waits for a signal", '~', '~'),
    sign(State::Several, "several", "waits for one of several", '*', '*'),
    sign(State::Core, "core", "waits for a core", '○', 'o'),
    sign(State::Asleep, "asleep", "asleep, and nothing in hand", 'z', 'z'),
    sign(State::Retrying, "retrying", "retrying, as it seems", '↻', 'r'),
    sign(State::Held, "held", "held up by another task", '░', ':'),
    sign(State::Unseen, "unseen", "not seen: the tape does not tell", '?', '?'),
];

const fn sign(
    state: State,
    word: &'static str,
    says: &'static str,
    sign: char,
    plain: char,
) -> Sign {
    Sign { state, word, says, sign, plain }
}

impl State {
    pub(super) fn sign(self) -> &'static Sign {
        &SIGNS[self as usize]
    }

    /// Whether it counts as being at work.
    pub(super) fn is_work(self) -> bool {
        matches!(self, State::Working | State::Computing)
    }
}

impl Block {
    pub(super) fn length(&self) -> u64 {
        self.to - self.from
    }
}

impl Lane {
    /// How long it was at work.
    pub(super) fn worked(&self) -> u64 {
        let works = self.blocks.iter().filter(|block| block.state.is_work());
        works.map(Block::length).sum()
    }

    /// How long it was there.
    pub(super) fn lived(&self) -> u64 {
        self.until - self.from
    }

    /// How much of its life it was at work, in percent.
    pub(super) fn utilisation(&self) -> u64 {
        percent(self.worked(), self.lived())
    }

    /// How long it was in a state.
    #[cfg(test)]
    pub(super) fn spent(&self, state: State) -> u64 {
        let blocks = self.blocks.iter().filter(|block| block.state == state);
        blocks.map(Block::length).sum()
    }
}

/// Rounded as one does by hand.
pub(super) fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 { 0 } else { (200 * part + whole) / (2 * whole) }
}

/// A queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// `queue of src/main.rs:19`.
    pub(super) name: String,
    /// Unbounded without.
    pub(super) capacity: Option<u64>,
    pub(super) made: u64,
    /// What it holds from an instant on. Where two come at one instant, the later one stands last.
    pub(super) depth: Vec<(u64, u64)>,
}

impl Queue {
    /// The most that it held.
    pub(super) fn most(&self) -> u64 {
        self.depth.iter().map(|&(_, depth)| depth).max().unwrap_or(0)
    }

    /// What it held on average, from when it was made, in hundredths.
    pub(super) fn mean_in_hundredths(&self, end: u64) -> u64 {
        let ends = self.depth.iter().skip(1).map(|&(at, _)| at).chain([end]);
        let held: u64 = self
            .depth
            .iter()
            .zip(ends)
            .map(|(&(at, depth), end)| depth * end.saturating_sub(at))
            .sum();
        percent(held, end.saturating_sub(self.made))
    }
}

/// A message, from its sender to whoever has it in hand.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// The message's number on the tape.
    pub(super) number: u64,
    /// The queue's place among the run's queues.
    pub(super) queue: usize,
    pub(super) sent: u64,
    pub(super) sender: usize,
    /// How long its sender had waited for room.
    pub(super) waited_for_room: u64,
    pub(super) taken: Vec<Taken>,
    /// The message that took its place in the queue.
    pub(super) displaced_at: Option<u64>,
    /// What its sender had in hand when it sent this: an item that goes on, it may be, as this one.
    pub(super) goes_on_from: Option<u64>,
    /// The first line that names it: who took it prints it, or who sent it.
    pub(super) line: Option<String>,
}

/// Somebody takes an item.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) at: u64,
    pub(super) by: usize,
    /// When whoever took it asked for the next one, or ended.
    pub(super) until: u64,
    /// What was printed in between.
    pub(super) lines: Vec<(u64, String)>,
}

impl Item {
    /// How long it was in the queue; nothing where nobody took it.
    pub(super) fn waited(&self) -> Option<u64> {
        self.taken.first().map(|taken| taken.at - self.sent)
    }
}

/// Something that happened, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) at: u64,
    /// The lane.
    pub(super) lane: usize,
    pub(super) says: String,
    /// `src/main.rs:41`; empty where the tape has none.
    pub(super) place: String,
    /// What it has in common with the same event of another run, in which lines and times may be others.
    pub(super) deed: String,
}

/// An instant that stands out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at: u64,
    pub(super) lane: usize,
    pub(super) says: String,
}

/// How a program is stuck.
#[derive(Debug)]
pub(super) struct Stuck {
    pub(super) kind: String,
    pub(super) report: String,
    /// What to look at first.
    pub(super) says: String,
    /// Who waits for whom, each with why.
    pub(super) waits_for: Vec<(usize, usize, String)>,
}

/// `1.204 s`.
pub(crate) fn seconds(micros: u64) -> String {
    format!("{}.{:03} s", micros / 1_000_000, micros / 1_000 % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_sign() {
        for (index, sign) in SIGNS.iter().enumerate() {
            assert_eq!(sign.state as usize, index);
            assert!(sign.plain.is_ascii());
            let same = |other: &&Sign| other.sign == sign.sign || other.plain == sign.plain;
            assert_eq!(SIGNS.iter().filter(same).count(), 1, "{sign:?}");
        }
    }

    #[test]
    fn numbers_are_rounded_as_by_hand() {
        assert_eq!([percent(1, 3), percent(2, 3), percent(1, 8), percent(0, 0)], [33, 67, 13, 0]);
        assert_eq!(seconds(1_204_999), "1.204 s");
        let depth = vec![(1_000, 1), (2_000, 3), (3_000, 0)];
        let queue = Queue { depth, ..Queue::default() };
        assert_eq!((queue.most(), queue.mean_in_hundredths(4_000)), (3, 100));
    }
}
