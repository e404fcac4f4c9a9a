//! A referee: rules that hold for a run under any setting.
//!
//! A test that looks at some numbers for some flags is passed by a program that knows them. So each promise of a
//! brief is a [`Rule`] here, and is asked of runs whose flags nobody picked: first those that the brief names, so that
//! the first failure is one that a learner can play by hand, then settings that are drawn, by a fixed seed.
//!
//! A rule looks at an account of the run: what happened to each job, when, and by whom. The exercise makes it, from
//! the flags, the lines and the tape, and never from the numbers that the program prints.
//!
//! A task's sentences hold together with the flags of other tasks, once those are handed in.

mod alike;
mod blame;
mod choice;
pub mod facts;
mod itself;
mod odds;
mod scripts;
mod setting;

pub use scripts::Scripts;
pub use setting::{Dice, Flag, Setting, Tasks};

use crate::{Program, Run, failure, failure::Failure, needs, pattern, running};
use accord::settings;
use std::{collections::BTreeSet, env, fmt::Display, time::Duration};

/// The rules of an exercise, and how its runs are looked at.
#[derive(Debug)]
pub struct Referee<A: 'static> {
    /// The flags.
    pub flags: &'static [Flag],
    /// Which settings are left out, because the brief promises nothing there.
    pub fits: fn(&Setting, &Tasks) -> bool,
    /// What is known of a run.
    pub account: fn(&Run, &Setting, &Tasks) -> A,
    /// The lines that the program may print, as patterns. Some rule has to read each of their placeholders.
    pub lines: &'static [&'static str],
    /// The rules, in the order in which they are asked: the first that does not hold is told.
    pub rules: &'static [Rule<A>],
    /// The sentences that are kept by every run that ends by itself.
    pub ends: &'static [&'static str],
    /// The sentences that promise nothing: they say what a program is free to do.
    pub frees: &'static [&'static str],
    /// How many settings are drawn for a task, beside those in which a number is large.
    pub drawn: usize,
    /// How many of those are played under schedules too, and how many schedules each.
    pub crowds: (usize, u64),
}

/// A sentence of a brief, and how to see whether a run keeps it.
#[derive(Debug)]
pub struct Rule<A> {
    /// What it is called.
    pub name: &'static str,
    /// The tasks that it belongs to. None: it holds for the program as given, and for each task.
    pub of: &'static [&'static str],
    /// The sentence, word for word: a failure shows it.
    pub quote: &'static str,
    /// Further sentences that it stands for.
    pub also: &'static [&'static str],
    /// The rule that nobody can keep who breaks this one.
    pub part_of: Option<&'static str>,
    /// Looks at a run.
    pub check: fn(&A) -> Verdict,
}

impl<A> Rule<A> {
    /// A rule that always holds: for the program as given, and for each task.
    #[must_use]
    pub const fn new(name: &'static str, quote: &'static str, check: fn(&A) -> Verdict) -> Rule<A> {
        Rule { name, of: &[], quote, also: &[], part_of: None, check }
    }

    /// The same, as a rule of these tasks alone.
    #[must_use]
    pub const fn of(self, tasks: &'static [&'static str]) -> Rule<A> {
        Rule { of: tasks, ..self }
    }

    /// The same, for these sentences too.
    #[must_use]
    pub const fn also(self, quotes: &'static [&'static str]) -> Rule<A> {
        Rule { also: quotes, ..self }
    }

    /// The same, of which each breach is one of another rule too: so it refuses no program alone, and stands here
    /// because of what it says. `cargo course proof --rules` asks whether that is so.
    #[must_use]
    pub const fn part_of(self, whole: &'static str) -> Rule<A> {
        Rule { part_of: Some(whole), ..self }
    }
}

/// Whether a run keeps a rule.
pub type Verdict = Result<(), Fault>;

/// What is wrong. The words complete "it should …" and "it did …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    should: String,
    did: String,
    seen: Vec<String>,
    /// Who waits then is told too.
    then: Option<Duration>,
    /// Where this queue was made, and for how many, is told too.
    queue: Option<u64>,
    /// A line that the brief does not give is told too: it may be the one that is missing, in other words.
    lacks: bool,
}

impl Fault {
    /// A fault.
    pub fn new(should: impl Display, did: impl Display) -> Fault {
        let (should, did) = (should.to_string(), did.to_string());
        Fault { should, did, seen: Vec::new(), then: None, queue: None, lacks: false }
    }

    /// The same, with what else was seen of the run: facts, one in each, and nothing of their cause.
    #[must_use]
    pub fn seen(mut self, facts: impl IntoIterator<Item = String>) -> Fault {
        self.seen.extend(facts);
        self
    }

    /// The same, with who waits at an instant, and at which line.
    #[must_use]
    pub fn who_waits_at(self, then: Duration) -> Fault {
        Fault { then: Some(then), ..self }
    }

    /// The same, of a line that is not there: with one that no brief gives, if there is any.
    #[must_use]
    pub fn lacks_a_line(self) -> Fault {
        Fault { lacks: true, ..self }
    }

    /// The same, with where a queue was made, and how much it holds.
    #[must_use]
    pub fn of_queue(self, queue: Option<u64>) -> Fault {
        Fault { queue, ..self }
    }
}

/// A fault unless a fact holds.
pub fn require(holds: bool, should: impl Display, did: impl Display) -> Verdict {
    if holds { Ok(()) } else { Err(Fault::new(should, did)) }
}

/// So many runs are played at most to make a failing setting smaller.
const SHRINKING: usize = 40;

/// A run that breaks a rule, or did not end by itself.
struct Broken<'a, A> {
    setting: Setting,
    run: Run,
    /// None: it did not end, or printed past the rehearsal.
    rule: Option<(&'a Rule<A>, Fault)>,
    /// The names of the other rules that refuse it, if they were asked for.
    others: Option<Vec<&'static str>>,
}

/// A run that ended by itself, and what is known of it.
#[derive(Debug)]
pub struct Played<A> {
    /// The run: of a script, the last one.
    pub run: Run,
    /// What is known of it.
    pub account: A,
    /// All that was printed.
    pub printed: String,
}

/// How a setting is played. It gives back only the run, if that did not end by itself or printed past the rehearsal.
type Play<'a, A> = dyn Fn(&Program, &Tasks, &Setting) -> Result<Played<A>, Box<Run>> + 'a;

/// What a referee and one of scripts have in common.
struct Court<'a, A: 'static> {
    flags: &'static [Flag],
    fits: fn(&Setting, &Tasks) -> bool,
    play: &'a Play<'a, A>,
    lines: &'static [&'static str],
    rules: &'static [Rule<A>],
    ends: &'static [&'static str],
    frees: &'static [&'static str],
    drawn: usize,
    crowds: (usize, u64),
    /// So many settings are played for each task to see what the rules read.
    looks: usize,
}

impl<A> Referee<A> {
    /// Judges the task whose test this is: plays the settings that its brief names, then drawn ones, and asks the
    /// rules of the task and those that always hold.
    #[track_caller]
    pub fn judge(&self, program: &Program, named: &[&str]) {
        self.court(&|program, tasks, setting| self.play(program, tasks, setting))
            .judge(program, named);
    }

    /// Judges a program that is right by everybody's word, with as many settings for each task as the environment
    /// asks for, and under as many schedules. The first that is refused fails the test.
    ///
    /// Where the environment names another program, it has to tell what that one tells, and nothing else is asked.
    pub fn accepts(&self, program: &Program) {
        self.court(&|program, tasks, setting| self.play(program, tasks, setting)).accepts(program);
    }

    /// Fails with a list of what is missing, if anything is.
    pub fn looks_at_itself(&self, program: &Program) {
        self.court(&|program, tasks, setting| self.play(program, tasks, setting))
            .looks_at_itself(program, &program.args.join(" "));
    }

    fn court<'a>(&self, play: &'a Play<'a, A>) -> Court<'a, A> {
        let Referee { flags, fits, lines, rules, ends, frees, drawn, crowds, .. } = *self;
        Court { flags, fits, play, lines, rules, ends, frees, drawn, crowds, looks: 12 }
    }

    /// A run, and what is known of it; only the run, if it did not end by itself or printed past the rehearsal.
    fn play(
        &self,
        program: &Program,
        tasks: &Tasks,
        setting: &Setting,
    ) -> Result<Played<A>, Box<Run>> {
        let mut program = program.clone();
        for word in setting.typed() {
            program = program.arg(word);
        }
        if let Some(schedule) = setting.schedule() {
            program = program.schedule(schedule);
        }
        let run = program.played();
        if run.stuck().or_else(|| run.stray()).or_else(|| run.spins_on()).is_some() {
            return Err(Box::new(run));
        }
        let account = (self.account)(&run, setting, tasks);
        let printed = run.stdout().to_owned();
        Ok(Played { run, account, printed })
    }
}

impl<A> Court<'_, A> {
    #[track_caller]
    fn judge(&self, program: &Program, named: &[&str]) {
        let task = failure::task();
        let tasks = Tasks { asked: task.name, open: task.open };
        if let Some(schedules) = settings::schedules() {
            return self.tell_odds(program, tasks, named, schedules);
        }
        for typed in named {
            let setting = Setting::read(self.flags, typed);
            if let Some(broken) = self.broken(program, tasks, setting) {
                self.raise(program, tasks, broken);
            }
        }
        settings::tell_named_hold();
        let mut dice = Dice::of(&settings::draw(task.name));
        let (crowds, schedules) = self.crowds;
        let mut leaves_others = false;
        for (number, setting) in self.chosen(tasks, &mut dice).into_iter().enumerate() {
            let orders = if number < crowds { schedules } else { 0 };
            let schedules = (1..=orders).map(|schedule| setting.with_schedule(schedule));
            let under_orders = program.under(orders);
            for setting in [setting.clone()].into_iter().chain(schedules) {
                if leaves_others && setting.is_of_another(tasks.asked) {
                    continue;
                }
                let Some(broken) = self.broken(&under_orders, tasks, setting) else { continue };
                let Some(broken) = self.its_own(program, tasks, broken) else {
                    // If those hang, each takes as long as a run may, and says nothing of this task.
                    leaves_others = takes_long();
                    continue;
                };
                self.raise(program, tasks, broken);
            }
        }
    }

    fn accepts(&self, program: &Program) {
        let (drawn, schedules) = settings::drawn().unwrap_or_else(|problem| panic!("{problem}"));
        if let Some(other) = settings::like() {
            return self.tells_the_same(program, other, drawn);
        }
        // A script is many runs, and its program knows no schedules: so many are played in all.
        let (drawn, schedules) = match self.crowds {
            (0, _) => (drawn.div_ceil(self.tasks().len()), 0),
            _ => (drawn, schedules),
        };
        for task in self.tasks() {
            let tasks = Tasks { asked: task, open: &[] };
            let mut dice = Dice::of(&format!("{task} once more"));
            for _ in 0..drawn {
                let setting = self.draw(tasks, &mut dice);
                let orders = (1..=schedules).map(|schedule| setting.with_schedule(schedule));
                let under_orders = program.under(schedules);
                for setting in [setting.clone()].into_iter().chain(orders) {
                    if let Some(broken) = self.broken(&under_orders, tasks, setting) {
                        let broken = self.shrunk(program, tasks, broken);
                        self.raise(program, tasks, broken);
                    }
                }
            }
        }
    }

    /// The tasks that have a rule or a flag of their own.
    fn tasks(&self) -> BTreeSet<&'static str> {
        let of_flags = self.flags.iter().filter_map(Flag::task);
        self.rules.iter().flat_map(|rule| rule.of).copied().chain(of_flags).collect()
    }

    fn broken(&self, program: &Program, tasks: Tasks, setting: Setting) -> Option<Broken<'_, A>> {
        let (run, account) = match (self.play)(program, &tasks, &setting) {
            Ok(played) => (played.run, played.account),
            Err(run) => return Some(Broken { setting, run: *run, rule: None, others: None }),
        };
        let asked = |rule: &&Rule<A>| rule.of.is_empty() || rule.of.contains(&tasks.asked);
        let mut refusing = self.rules.iter().filter(asked).filter_map(|rule| {
            let fault = (rule.check)(&account).err()?;
            Some((rule, fault))
        });
        let (rule, mut fault) = refusing.next()?;
        if fault.lacks {
            fault.seen.extend(self.strange_line(&run));
        }
        // Asked of all rules only where the proof wants to know.
        let others = env::var_os(settings::EVERY_RULE)
            .map(|_| refusing.map(|(rule, _)| rule.name).collect());
        Some(Broken { setting, run, rule: Some((rule, fault)), others })
    }

    /// The first line that is none of those that the program may print.
    fn strange_line(&self, run: &Run) -> Option<String> {
        let is_known =
            |line: &str| self.lines.iter().any(|pattern| pattern::matches(pattern, line));
        let line = run.all_lines().iter().find(|line| !is_known(&line.text))?;
        Some(format!("a line that the brief does not give: `{}`", line.text))
    }

    /// Fails the test. Where a schedule has shown it, what that needs to fail is told too.
    fn raise(&self, program: &Program, tasks: Tasks, broken: Broken<'_, A>) -> ! {
        let is_as_found = env::var_os(settings::AS_FOUND).is_some();
        let has_schedule = broken.setting.schedule().is_some();
        let fails = |program: &Program| {
            let setting = &broken.setting;
            let setting =
                if program.is_held() { setting.without_schedule() } else { setting.clone() };
            self.broken(program, tasks, setting).is_some_and(|other| other.is_like(&broken))
        };
        let shrunk = (has_schedule && !is_as_found).then(|| needs::shrunk(program, fails));
        let needs = shrunk.flatten().map(|shrunk| needs::told(broken.run.program(), &shrunk));
        broken.raise(needs)
    }

    /// The smallest setting that is found to break the same rule.
    fn shrunk<'a>(
        &'a self,
        program: &Program,
        tasks: Tasks,
        mut broken: Broken<'a, A>,
    ) -> Broken<'a, A> {
        let mut left = if env::var_os(settings::AS_FOUND).is_some() { 0 } else { SHRINKING };
        'smaller: loop {
            for setting in broken.setting.smaller() {
                if left == 0 || takes_long() {
                    return broken;
                }
                if !(self.fits)(&setting, &tasks) {
                    continue;
                }
                left -= 1;
                let smaller = self.broken(program, tasks, setting);
                if let Some(smaller) = smaller.filter(|smaller| smaller.name() == broken.name()) {
                    broken = smaller;
                    continue 'smaller;
                }
            }
            return broken;
        }
    }
}

/// Whether the runs of this test took so long that it spares what it can.
fn takes_long() -> bool {
    running::is_long(running::spent(), running::time_limit())
}

impl<A> Broken<'_, A> {
    fn raise(self, needs: Option<[String; 2]>) -> ! {
        let run = self.run;
        let Some((rule, fault)) = self.rule else {
            let failure = run.stuck().or_else(|| run.stray()).or_else(|| run.spins_on());
            let failure = failure.expect("a run is stuck, or breaks a rule");
            Failure { needs, ..failure }.raise()
        };
        let rules = self.others.map(|others| [vec![rule.name], others].concat().join(", "));
        let waits = fault.then.map(|then| run.waits_at(then)).unwrap_or_default();
        let queue = fault.queue.and_then(|queue| run.room_of(queue));
        let failure = run.failure(fault.should, fault.did);
        let clues = [fault.seen, queue.into_iter().collect(), failure.clues, waits].concat();
        let (looks_like, quote) = (run.crash(), Some(rule.quote.to_owned()));
        Failure { looks_like, clues, quote, rules, needs, ..failure }.raise()
    }

    /// Whether another run goes wrong in the same way.
    fn is_like(&self, other: &Broken<'_, A>) -> bool {
        self.name() == other.name() && (self.rule.is_some() || self.run.ends_like(&other.run))
    }

    fn name(&self) -> Option<&'static str> {
        self.rule.as_ref().map(|(rule, _)| rule.name)
    }
}
