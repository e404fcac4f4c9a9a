//! Judges programs with the solution's tests: the solution, the starter, and the two banks.

use super::{Fact, Found, Wish, facts::graded, memory::Memory, odds, rules};
use crate::{
    Result,
    check::{State, gist, of_task, state},
    programs::{Ground, Part, Programs, Wanted},
    read,
    source::Sources,
    status,
    suite::{Other, Sitting, Suite},
    variant::{BANKS, Base, Notes, Shelf, Variant},
    workspace::Exercise,
};
use accord::{
    referee::{ACCEPTS, LOOKS_AT_ITSELF},
    snapshot::WHOLE_OUTPUT,
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// How many programs are judged at one time.
const AT_A_TIME: usize = 2;

/// The same where they play in real time, and so wait for most of it.
const AT_A_TIME_REAL: usize = 5;

/// The names of the checks here, in the order in which they run.
pub(super) fn names(exercise: &Exercise, wish: &Wish) -> Result<Vec<String>> {
    let mut names = vec!["solution".to_owned()];
    names.extend(Variant::all(exercise, Shelf::Breaks)?.iter().map(check_of));
    names.extend(graded(exercise).unwrap_or_default().iter().map(|task| format!("open/{task}")));
    for bank in BANKS {
        names.extend(Variant::all(exercise, bank)?.iter().map(check_of));
    }
    if wish.rules && !rules::of(exercise).is_empty() {
        names.push(rules::CHECK.to_owned());
    }
    Ok(names)
}

/// The name of a variant's check: `wrong/hang`, `break/1-no-sentinel`.
pub(super) fn check_of(variant: &Variant) -> String {
    match variant.shelf {
        Shelf::Breaks => format!("break/{}", variant.name),
        Shelf::Wrong | Shelf::AlsoRight => variant.path(),
    }
}

/// Everything that one exercise's programs are judged with.
pub(super) struct Bench<'a> {
    pub(super) exercise: &'a Exercise,
    pub(super) programs: Programs,
    suite: std::result::Result<Suite, String>,
    wish: &'a Wish,
}

/// How long it took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// To compile and link the programs and the tests.
    pub(super) build: Duration,
    /// To play and judge them.
    pub(super) judge: Duration,
}

/// What one exercise is to be judged for, and its programs, built.
pub(super) struct Prepared<'a> {
    /// What is known, and remembers what is told.
    pub(super) memory: Memory,
    wanted: Vec<String>,
    variants: Vec<Variant>,
    known: BTreeMap<String, Fact>,
    bench: Option<Bench<'a>>,
    build: Duration,
}

impl<'a> Prepared<'a> {
    /// Builds all that is wanted, but for what is known.
    pub(super) fn of(
        exercise: &'a Exercise,
        wish: &'a Wish,
        mut memory: Memory,
    ) -> Result<Prepared<'a>> {
        let start = Instant::now();
        let wanted: Vec<String> =
            names(exercise, wish)?.into_iter().filter(|name| wish.wants(name)).collect();
        let is_wanted = |variant: &Variant| wanted.contains(&check_of(variant));
        let mut variants = Vec::new();
        for shelf in [Shelf::Breaks, Shelf::Wrong, Shelf::AlsoRight] {
            variants.extend(Variant::all(exercise, shelf)?.into_iter().filter(is_wanted));
        }
        let bases = Bases::of(exercise)?;
        let mut known: BTreeMap<String, Fact> = BTreeMap::new();
        for variant in &variants {
            let Ok(files) = variant.program(bases.of_variant(variant)) else { continue };
            let pinned = fs::read(variant.pinned_path(exercise)).unwrap_or_default();
            let check = check_of(variant);
            let fact = memory.recall(&check, (files, format!("{:?}", variant.notes), pinned));
            known.extend(fact.map(|fact| (check, fact)));
        }
        let new: Vec<&Variant> =
            variants.iter().filter(|variant| !known.contains_key(&check_of(variant))).collect();
        let bench = match wanted.is_empty() {
            true => None,
            false => Some(Bench::build(exercise, &wanted, &new, &bases, wish)?),
        };
        Ok(Prepared { memory, wanted, variants, known, bench, build: start.elapsed() })
    }

    /// Tells a fact for each check, and how long it took.
    pub(super) fn tell(&mut self, tell: &mut impl FnMut(&Fact) -> Result<()>) -> Result<Times> {
        let start = Instant::now();
        let Some(bench) = &self.bench else { return Ok(Times::default()) };
        if let Some(trouble) = &bench.programs.trouble {
            let found = Err(format!("they can't be built: {trouble}"));
            tell(&Fact::of("all programs", found))?;
            return Ok(Times { build: self.build, judge: Duration::ZERO });
        }
        let memory = &mut self.memory;
        let told = bench.tell_all(&self.wanted, &self.variants, &self.known, &mut |fact| {
            memory.keep(fact);
            tell(fact)
        });
        bench.programs.scratch.clean()?;
        told?;
        Ok(Times { build: self.build, judge: start.elapsed() })
    }
}

/// The two programs that all others differ from.
struct Bases {
    starter: Sources,
    solution: Sources,
}

impl Bases {
    fn of(exercise: &Exercise) -> Result<Bases> {
        let (starter, solution) =
            (Base::Starter.sources(exercise)?, Base::Solution.sources(exercise)?);
        Ok(Bases { starter, solution })
    }

    fn of_variant(&self, variant: &Variant) -> &Sources {
        self.files(variant.shelf.base())
    }

    fn files(&self, base: Base) -> &Sources {
        match base {
            Base::Starter => &self.starter,
            Base::Solution => &self.solution,
        }
    }

    fn part(&self, base: Base, files: Sources) -> Part<'_> {
        Part { base: base.word(), base_files: self.files(base), files }
    }
}

impl<'a> Bench<'a> {
    /// Builds the programs of these variants, the starter where it is judged, and the tests.
    fn build(
        exercise: &'a Exercise,
        checks: &[String],
        variants: &[&Variant],
        bases: &Bases,
        wish: &'a Wish,
    ) -> Result<Bench<'a>> {
        let mut wanted = Wanted::default();
        if checks.iter().any(|check| check.starts_with("open/")) {
            let starter = bases.part(Base::Starter, bases.starter.clone());
            wanted.together.insert("starter".to_owned(), starter);
        }
        for variant in variants {
            // One whose diff does not apply was told by a check of the files.
            let Ok(files) = variant.program(bases.of_variant(variant)) else { continue };
            let part = bases.part(variant.shelf.base(), files);
            let is_to_compile = variant.notes.compile_error.is_none();
            let place = if is_to_compile { &mut wanted.together } else { &mut wanted.apart };
            place.insert(check_of(variant), part);
        }
        let programs = Programs::build(
            Ground::of(exercise, &exercise.name)?,
            exercise.short(),
            wanted,
            wish.separately,
        )?;
        status(&format!("building {} …", exercise.solution_package()));
        let suite = Suite::build(exercise, &exercise.solution_package())?
            .map_err(|not_built| not_built.why)
            .map_err(|problem| format!("{} {problem}", exercise.solution_package()));
        status("");
        Ok(Bench { exercise, programs, suite, wish })
    }

    /// Tells a fact for each check, in their order.
    fn tell_all(
        &self,
        wanted: &[String],
        variants: &[Variant],
        known: &BTreeMap<String, Fact>,
        tell: &mut impl FnMut(&Fact) -> Result<()>,
    ) -> Result<()> {
        if wanted.iter().any(|name| name == "solution") {
            tell(&Fact::of("solution", self.solution()?))?;
        }
        let (breaks, judged): (Vec<&Variant>, Vec<&Variant>) =
            variants.iter().partition(|variant| variant.shelf == Shelf::Breaks);
        for edit in breaks {
            let check = check_of(edit);
            match known.get(&check) {
                Some(fact) => tell(fact)?,
                None => tell(&Fact::of(&check, self.play(edit, self.wish.update)?))?,
            }
        }
        let open: Vec<&String> = wanted.iter().filter(|name| name.starts_with("open/")).collect();
        if let (Err(problem), false) = (self.suite(), judged.is_empty() && open.is_empty()) {
            let left = judged.len() + open.len();
            let found = Err(format!("{problem}, so {left} programs and tasks were not judged"));
            return tell(&Fact::of("open, wrong, also-right", found));
        }
        if !open.is_empty() {
            for fact in self.open(&open)? {
                tell(&fact)?;
            }
        }
        let mut refusals = Vec::new();
        self.judge_all(&judged, known, &mut |fact| {
            refusals.push(fact.clone());
            tell(fact)
        })?;
        let all_were_judged = || {
            let all = Variant::all(self.exercise, Shelf::Wrong).unwrap_or_default();
            all.iter().map(check_of).all(|check| wanted.contains(&check))
        };
        if wanted.iter().any(|name| name == rules::CHECK) && all_were_judged() {
            let good_for = rules::good_for(&rules::of(self.exercise), &refusals);
            tell(&Fact::of(rules::CHECK, good_for))?;
        }
        Ok(())
    }

    fn suite(&self) -> std::result::Result<&Suite, String> {
        self.suite.as_ref().map_err(Clone::clone)
    }

    /// The solution passes all tests, and ignores none.
    fn solution(&self) -> Result<Found> {
        let suite = match self.suite() {
            Ok(suite) => suite,
            Err(problem) => return Ok(Err(problem)),
        };
        let ignored = suite.ignored()?;
        if let Some(test) = ignored.first() {
            return Ok(Err(format!("its test {test} is ignored, and a solution hands in all")));
        }
        let sitting = suite.run(&[], None)?;
        for test in &suite.tests {
            let (state, message) = state(&sitting, &[test]);
            if state != State::Passed {
                let message = message.unwrap_or_default();
                return Ok(Err(format!("its own test {test} is not passed:\n{message}")));
            }
        }
        Ok(Ok(format!("it passes all {} tests", suite.tests.len())))
    }

    /// The starter fails each task that is handed in without doing it.
    fn open(&self, names: &[&String]) -> Result<Vec<Fact>> {
        let source = self.programs.source("starter");
        let sitting = match (self.suite(), self.programs.get("starter")) {
            (Ok(suite), Ok(program)) => {
                let skip = [WHOLE_OUTPUT.as_slice(), &[LOOKS_AT_ITSELF, ACCEPTS]].concat();
                Ok(suite.run(&skip, Some(Other { program, source: &source }))?)
            }
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        };
        let fact = |name: &&String| {
            let task = name.trim_start_matches("open/");
            let found = sitting.as_ref().map_err(Clone::clone).and_then(|sitting| {
                match self.state(sitting, task) {
                    (State::Failed, _) => Ok("the starter fails it".to_owned()),
                    (State::Passed, _) => {
                        Err("the starter passes it, with nothing done".to_owned())
                    }
                    (_, message) => Err(message.unwrap_or_default()),
                }
            });
            Fact::of(name, found)
        };
        Ok(names.iter().map(fact).collect())
    }

    fn state(&self, sitting: &Sitting, task: &str) -> (State, Option<String>) {
        match self.suite() {
            Ok(suite) => state(sitting, &of_task(&suite.tests, task)),
            Err(problem) => (State::NoResult, Some(problem)),
        }
    }

    fn at_a_time(&self) -> usize {
        let tests = read(&self.exercise.folder().join("tests/tasks.rs")).unwrap_or_default();
        if tests.contains("\"real\"") { AT_A_TIME_REAL } else { AT_A_TIME }
    }

    /// Judges the programs of the banks, a few at a time, and tells them in their order.
    fn judge_all(
        &self,
        variants: &[&Variant],
        known: &BTreeMap<String, Fact>,
        tell: &mut impl FnMut(&Fact) -> Result<()>,
    ) -> Result<()> {
        let turn = AtomicUsize::new(0);
        let failure = Mutex::new(None);
        let (send, receive) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..self.at_a_time() {
                let send = send.clone();
                scope.spawn(|| {
                    let send = send;
                    while let Some(variant) = variants.get(turn.fetch_add(1, Ordering::Relaxed)) {
                        let check = check_of(variant);
                        let fact = known
                            .get(&check)
                            .cloned()
                            .map_or_else(|| Ok(Fact::of(&check, self.judge(variant)?)), Ok);
                        match fact {
                            Ok(fact) => drop(send.send((check, fact))),
                            Err(error) => {
                                let mut failure =
                                    failure.lock().unwrap_or_else(PoisonError::into_inner);
                                *failure = Some(error);
                                return;
                            }
                        }
                    }
                });
            }
            drop(send);
            let mut early = BTreeMap::new();
            let mut open = variants.iter().map(|variant| check_of(variant));
            let mut next = open.next();
            for (check, fact) in receive {
                early.insert(check, fact);
                while let Some(fact) = next.as_ref().and_then(|check| early.remove(check)) {
                    tell(&fact)?;
                    next = open.next();
                }
            }
            Ok(())
        })?;
        failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    /// Judges a program: a wrong one with the tests of the task that it names first, unless all are asked for.
    fn judge(&self, variant: &Variant) -> Result<Found> {
        let (suite, program) = match (self.suite(), self.programs.get(&check_of(variant))) {
            (Ok(suite), Ok(program)) => (suite, program),
            (Err(problem), _) | (_, Err(problem)) => return Ok(Err(problem)),
        };
        let source = self.programs.source(&check_of(variant));
        let program = Other { program, source: &source };
        let notes = &variant.notes;
        let mut tasks = graded(self.exercise)?;
        if let Some(schedules) = self.wish.schedules {
            tasks.retain(|task| Some(task) == notes.refused_by.first());
            let tests = tasks.iter().flat_map(|task| of_task(&suite.tests, task));
            let tests = tests.collect::<Vec<_>>();
            let sitting = suite.run_under(&tests, program, schedules)?;
            return Ok(odds::found(&sitting, &tests, schedules));
        }
        let sitting = if variant.shelf == Shelf::AlsoRight || self.wish.every_task {
            let skip = [WHOLE_OUTPUT.as_slice(), &[LOOKS_AT_ITSELF, ACCEPTS]].concat();
            suite.run(&skip, Some(program))?
        } else {
            tasks.retain(|task| Some(task) == notes.refused_by.first());
            let tests = tasks.iter().flat_map(|task| of_task(&suite.tests, task));
            let tests = tests.collect::<Vec<_>>();
            // Many more runs make a failure easier to read; here somebody has to want to.
            let is_read = self.wish.rules || self.wish.told || !notes.has_to_say.is_empty();
            if is_read {
                suite.run_only(&tests, program)?
            } else {
                suite.run_blunt(&tests, program)?
            }
        };
        if let Some(trouble) = sitting.trouble {
            return Ok(Err(trouble));
        }
        let mut refused = Vec::new();
        for task in tasks {
            let (state, message) = self.state(&sitting, &task);
            let message = message.unwrap_or_default();
            match state {
                State::Passed => {}
                State::Failed => refused.push((task, message)),
                // No result is no refusal.
                _ => return Ok(Err(format!("{task}: {message}"))),
            }
        }
        Ok(if variant.shelf == Shelf::AlsoRight {
            accepted(&refused)
        } else {
            as_named(notes, &refused).map(|verdict| {
                let whole = refused.iter().filter(|_| self.wish.told);
                let whole = whole.map(|(_, message)| format!("\n{}", message.trim_matches('\n')));
                verdict + &whole.collect::<String>()
            })
        })
    }
}

/// What is right is refused by no task.
fn accepted(refused: &[(String, String)]) -> Found {
    if refused.is_empty() {
        return Ok("accepted".to_owned());
    }
    let mut told = String::from("is right, and is refused:");
    for (_, message) in refused {
        let _ = write!(told, "\n{}\n", message.trim_matches('\n'));
    }
    Err(told)
}

/// What is wrong is refused by the task that it names first. Why, is told: it may be for another reason
/// than the one in its notes.
fn as_named(notes: &Notes, refused: &[(String, String)]) -> Found {
    let Some(named) = notes.refused_by.first() else {
        return Err("does not say 'refused by: …'".to_owned());
    };
    let others = refused.iter().map(|(task, _)| task.as_str()).filter(|task| task != named);
    let others = others.collect::<Vec<_>>().join(", ");
    let Some((_, message)) = refused.iter().find(|(task, _)| task == named) else {
        let by = if others.is_empty() { "no task" } else { &others };
        return Err(format!("is to be refused by {named}, and is refused by {by}"));
    };
    if let Some(words) = notes.has_to_say.iter().find(|words| !says(message, words)) {
        let message = message.trim_matches('\n');
        return Err(format!("is to be told \"{words}\" by {named}, and is told\n{message}"));
    }
    let also = if others.is_empty() { String::new() } else { format!("; also by {others}") };
    Ok(format!("refused by {named} ({}){also}{}", gist(message), rules::told(message)))
}

/// Whether a message has these words. It may break its lines anywhere.
fn says(message: &str, words: &str) -> bool {
    let on_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    on_one_line(message).contains(&on_one_line(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_to_say_what_the_notes_promise() {
        let message =
            "fix-1 · it stops\n\n  it did            waits\n                    for ever\n";
        let refused = [("fix-1".to_owned(), message.to_owned())];
        let judged = |words: &[&str]| {
            let has_to_say = words.iter().map(|words| (*words).to_owned()).collect();
            let notes =
                Notes { refused_by: vec!["fix-1".to_owned()], has_to_say, ..Notes::default() };
            as_named(&notes, &refused)
        };
        assert!(judged(&[]).is_ok());
        assert!(judged(&["waits for ever", "it stops"]).is_ok());
        let fault = judged(&["it stops", "waits for a sender"]).unwrap_err();
        assert!(fault.starts_with("is to be told \"waits for a sender\" by fix-1"), "{fault}");
    }
}
