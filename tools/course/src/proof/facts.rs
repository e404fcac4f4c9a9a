//! What can be seen from the files alone.

use super::{Fact, Found, Wish, hints};
use crate::{
    Result,
    answers::Answers,
    brief::{Brief, Task},
    prose, read,
    real::Real,
    reset::same,
    source::{self, Sources},
    variant::{Change, LARGEST_DIFF, Shelf, Variant},
    workspace::Exercise,
};
use accord::{
    brief::{EXPECTED_OUTPUT, EXPLAIN, QUESTION, SECTIONS},
    exercise::{self, TESTS},
    snapshot,
    task::{self, KINDS, Kind},
    todo,
};
use std::{collections::BTreeSet, process::Command};

/// How many programs a bank holds at least.
pub const FEWEST: [(Shelf, usize); 2] = [(Shelf::Wrong, 8), (Shelf::AlsoRight, 4)];

/// How many wrong programs of an exercise may be whole. Each of them is a design of its own.
const MOST_WHOLE: usize = 3;

/// A whole program that changes a smaller part hides what it changes.
const SMALLEST_WHOLE: usize = 15;

type Check = fn(&Exercise) -> Result<Found>;

/// The checks, with their names.
const CHECKS: [(&str, Check); 11] = [
    ("sections", sections),
    ("tasks", tasks),
    ("expected-output", expected_output),
    ("todos", todos),
    ("solution-todos", solution_todos),
    ("breaks", breaks),
    ("banks", banks),
    ("hints", hints::check),
    ("answers", answers),
    ("starter", starter),
    ("real", real),
];

/// The names of the checks here.
pub const NAMES: [&str; 11] = {
    let mut names = [""; CHECKS.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = CHECKS[index].0;
        index += 1;
    }
    names
};

/// Those that look at files which a student edits. They are for authors, and a student's own work must
/// never turn them red.
pub const OF_STUDENTS: [&str; 3] = ["answers", "starter", "real"];

/// Looks at an exercise's files. A file that can't be read makes a fact untrue.
#[must_use]
pub fn all(exercise: &Exercise, wish: &Wish) -> Vec<Fact> {
    let wanted = CHECKS.iter().filter(|(name, _)| wish.wants(name));
    wanted
        .map(|(name, check)| {
            let found = check(exercise).unwrap_or_else(|error| {
                let root = format!("{}/", exercise.root().display());
                Err(error.to_string().replace(&root, ""))
            });
            Fact::of(name, found)
        })
        .collect()
}

/// Nothing wrong, or all that is wrong.
pub(super) fn none_of(faults: Vec<String>, otherwise: impl FnOnce() -> String) -> Found {
    if faults.is_empty() { Ok(otherwise()) } else { Err(faults.join("; ")) }
}

fn sections(exercise: &Exercise) -> Result<Found> {
    let there = Brief::read(&exercise.brief_text()?).sections;
    let mut faults = Vec::new();
    for section in SECTIONS.iter().filter(|section| !there.iter().any(|other| other == *section)) {
        faults.push(format!("the README has no section '{section}'"));
    }
    for section in there.iter().filter(|section| !SECTIONS.contains(&section.as_str())) {
        faults.push(format!("'{section}' is no section of a brief"));
    }
    if faults.is_empty() && !there.iter().map(|section| place(section)).is_sorted() {
        let order = SECTIONS.join(", ");
        faults.push(format!(
            "the sections are to be in this order, those of the tasks in any among themselves: {order}"
        ));
    }
    Ok(none_of(faults, || format!("all {} in their order", SECTIONS.len())))
}

/// Where a section stands. Those of the tasks share a place: which comes first is the exercise's choice.
fn place(section: &str) -> Option<usize> {
    let is_of_tasks = KINDS.iter().any(|kind| kind.section() == section);
    let section = if is_of_tasks { KINDS[0].section() } else { section };
    SECTIONS.iter().position(|other| *other == section)
}

fn tasks(exercise: &Exercise) -> Result<Found> {
    let brief = Brief::read(&exercise.brief_text()?);
    let mut faults = Vec::new();
    for task in brief.tasks.iter().filter(|task| task.minutes.is_none()) {
        faults.push(format!("{task} does not say its minutes, as in '(10 min)'"));
    }
    for kind in KINDS {
        let numbers: Vec<u32> = brief.of(kind).map(|task| task.number).collect();
        // Alter 0 is one for warming up.
        let first = u32::from(kind != Kind::Alter || numbers.first() != Some(&0));
        if !numbers.iter().copied().eq((first..).take(numbers.len())) {
            faults.push(format!("the {} tasks are not numbered from 1: {numbers:?}", kind.word()));
        }
    }
    // Text is kept only of what stands in its own section.
    for task in brief.tasks.iter().filter(|task| task.text.is_empty()) {
        faults.push(format!("{task} says nothing below '{}'", task.kind.section()));
    }
    for task in brief.tasks.iter().filter(|task| task.kind != Kind::Break) {
        if !task.text.contains("```sh\n") {
            faults.push(format!("{task} names no command to try, in a block of sh"));
        }
    }
    let verdict = format!("`cargo course check {}`", exercise.short());
    if !exercise.brief_text()?.contains(&verdict) {
        faults.push(format!("{verdict}, which tells the learner what holds, is not named"));
    }
    if brief.questions == 0 {
        faults.push(format!("'{EXPLAIN}' asks nothing"));
    }
    let count = brief.tasks.len();
    Ok(none_of(faults, || format!("{count} tasks, {} questions", brief.questions)))
}

fn expected_output(exercise: &Exercise) -> Result<Found> {
    let brief = Brief::read(&exercise.brief_text()?);
    let file = snapshot::file(snapshot::AS_GIVEN);
    let folder = exercise.root().join(exercise::snapshots(&exercise.name));
    let snapshot = read(&folder.join(&file))?;
    let pinned = snapshot::contents(&snapshot).unwrap_or(&snapshot);
    let Some(shown) = &brief.expected_output else {
        return Ok(Err(format!("the README shows no block below '{EXPECTED_OUTPUT}'")));
    };
    let mut lines = shown.trim_end().lines().zip(pinned.trim_end().lines()).enumerate();
    let differing = lines.find(|(_, (shown, pinned))| shown != pinned);
    Ok(match differing {
        Some((index, (shown, pinned))) => {
            Err(format!("line {} is '{shown}' in the README and '{pinned}' in {file}", index + 1))
        }
        None if shown.trim_end() != pinned.trim_end() => {
            Err(format!("the README's block and {file} are not of one length"))
        }
        None => Ok(format!("the README shows what {file} pins")),
    })
}

fn todos(exercise: &Exercise) -> Result<Found> {
    let brief = Brief::read(&exercise.brief_text()?);
    let graded: BTreeSet<String> = graded(exercise)?.into_iter().collect();
    let todos = source::todos(&exercise.starter())?;
    let marked: BTreeSet<String> = todos.into_iter().map(|todo| todo.task).collect();
    let asked: BTreeSet<String> =
        brief.tasks.iter().filter(|task| task.kind != Kind::Break).map(Task::name).collect();
    let mut faults = Vec::new();
    for task in marked.union(&graded).chain(&asked).collect::<BTreeSet<_>>() {
        let mut missing = Vec::new();
        let places = [
            (&marked, "TODO in the starter".to_owned()),
            (&graded, format!("test in {TESTS}")),
            (&asked, "heading in the README".to_owned()),
        ];
        for (there, what) in places {
            if !there.contains(task) {
                missing.push(what);
            }
        }
        if !missing.is_empty() {
            faults.push(format!("{task} has no {}", missing.join(" and no ")));
        }
    }
    Ok(none_of(faults, || format!("{} tasks are marked, asked and graded", graded.len())))
}

/// The tasks that the exercise's tests grade.
pub(super) fn graded(exercise: &Exercise) -> Result<Vec<String>> {
    Ok(task::graded(&read(&exercise.folder().join(TESTS))?))
}

fn solution_todos(exercise: &Exercise) -> Result<Found> {
    let folder = exercise.solution().join("src");
    let mut faults = Vec::new();
    for file in source::files(&folder)? {
        let text = read(&folder.join(&file))?;
        for (index, line) in text.lines().enumerate() {
            if line.contains("TODO(") || !todo::tasks_in(line).is_empty() {
                faults.push(format!("src/{file}:{}: a TODO stands in the solution", index + 1));
            }
        }
    }
    Ok(none_of(faults, || "the solution holds none".to_owned()))
}

fn breaks(exercise: &Exercise) -> Result<Found> {
    let brief = Brief::read(&exercise.brief_text()?);
    let starter = exercise.starter_sources()?;
    let edits = Variant::all(exercise, Shelf::Breaks)?;
    let mut faults = Vec::new();
    for task in brief.of(Kind::Break) {
        let (parts, asked) = (
            edits.iter().filter(|edit| edit.number() == task.number).count(),
            prose::parts(&task.text).len(),
        );
        if parts == 0 {
            faults.push(format!("breaks/ has no edit for {task}"));
        } else if parts > 1 && parts != asked {
            faults.push(format!(
                "breaks/ has {parts} edits for {task}, and the README asks {asked} times: a further \
                 part begins with a paragraph that begins with \"Then\""
            ));
        }
    }
    for edit in &edits {
        let path = edit.path();
        if !brief.of(Kind::Break).any(|task| task.number == edit.number()) {
            faults.push(format!("{path}.diff belongs to no Break of the README"));
        }
        if edit.notes.explanation.is_empty() {
            faults.push(format!("{path}.diff explains nothing: '# explain: …' is missing"));
        }
        if edit.notes.compile_error.is_none() && !edit.pinned_path(exercise).is_file() {
            faults.push(format!("{path}.out is missing"));
        }
        faults.extend(application_fault(edit, &starter));
    }
    Ok(none_of(faults, || format!("{} edits apply to the starter", edits.len())))
}

fn banks(exercise: &Exercise) -> Result<Found> {
    let graded = graded(exercise)?;
    let solution = exercise.solution_sources()?;
    let mut faults = Vec::new();
    let mut counts = Vec::new();
    for (bank, fewest) in FEWEST {
        let variants = Variant::all(exercise, bank)?;
        let folder = bank.folder();
        let is_whole = |variant: &&Variant| matches!(variant.change, Change::Whole(_));
        let whole = variants.iter().filter(is_whole).count();
        counts.push(format!("{} {folder}, {whole} of them whole", variants.len()));
        if variants.len() < fewest {
            let there = variants.len();
            faults.push(format!("{folder}/ holds {there} programs, at least {fewest} are wanted"));
        }
        if bank == Shelf::Wrong && whole > MOST_WHOLE {
            faults.push(format!(
                "{folder}/ holds {whole} whole programs, at most {MOST_WHOLE} are wanted: the others are diffs"
            ));
        }
        if bank == Shelf::Wrong {
            faults.extend(unsaid(exercise, &variants, &graded)?);
        }
        for variant in &variants {
            faults.extend(note_faults(variant, &graded));
            faults.extend(size_fault(variant, &solution));
            faults.extend(application_fault(variant, &solution));
        }
    }
    Ok(none_of(faults, || counts.join(", ")))
}

/// Core tasks of which no wrong program says what its refusal has to tell. Whoever makes the usual mistake is to be
/// told of it, and later tests inherit that.
fn unsaid(exercise: &Exercise, wrong: &[Variant], graded: &[String]) -> Result<Vec<String>> {
    let brief = Brief::read(&exercise.brief_text()?);
    let core = brief.tasks.iter().filter(|task| !task.extra).map(Task::name);
    let is_said = |task: &String| {
        wrong.iter().any(|variant| {
            variant.notes.refused_by.first() == Some(task) && !variant.notes.has_to_say.is_empty()
        })
    };
    let unsaid = core.filter(|task| graded.contains(task) && !is_said(task));
    Ok(unsaid.map(|task| format!("no wrong program of {task} has a note 'says: …'")).collect())
}

fn note_faults(variant: &Variant, graded: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    let path = variant.path();
    if variant.notes.says.is_empty() {
        faults.push(format!("{path} does not say in its first line what it is"));
    }
    let named = &variant.notes.refused_by;
    match variant.shelf {
        Shelf::Wrong if named.is_empty() => {
            faults.push(format!("{path} does not say 'refused by: …'"));
        }
        Shelf::AlsoRight if !named.is_empty() => {
            faults.push(format!("{path} is right, and names tasks that refuse it"));
        }
        _ => {}
    }
    for task in named.iter().filter(|task| !graded.contains(task)) {
        faults.push(format!("{path} names {task}, which is no task of the tests"));
    }
    faults
}

/// A small change is kept as a diff and a large one as a whole program, or a reader does not see it.
fn size_fault(variant: &Variant, solution: &Sources) -> Option<String> {
    let size = variant.change.size(solution).ok()?;
    let (percent, path) = (size.percent(), variant.path());
    match variant.change {
        Change::Edit(_) if size.lines() == 0 => Some(format!("{path} changes nothing")),
        Change::Edit(_) if percent > LARGEST_DIFF => Some(format!(
            "{path} changes {percent} % of its files: above {LARGEST_DIFF} % it is kept as a whole program"
        )),
        Change::Whole(_) if percent < SMALLEST_WHOLE => Some(format!(
            "{path} changes {percent} % of its files: below {SMALLEST_WHOLE} % it is kept as a diff"
        )),
        _ => None,
    }
}

/// An edit stands where it says, or a reader looks at the wrong lines.
fn application_fault(variant: &Variant, base: &Sources) -> Option<String> {
    let path = variant.path();
    if let Err(problem) = variant.program(base) {
        return Some(format!("{path}: {problem}"));
    }
    (!variant.change.is_in_place(base)).then(|| {
        format!("{path} applies at other lines than it says: `cargo course variant rebase` writes it anew")
    })
}

fn answers(exercise: &Exercise) -> Result<Found> {
    let brief = Brief::read(&exercise.brief_text()?);
    let form = Answers::of(&read(&exercise.answers())?);
    let mut faults = Vec::new();
    let breaks = brief.of(Kind::Break).map(|task| (Kind::Break.title(), task.number));
    for (kind, number) in breaks.chain((1..=brief.questions).map(|number| (QUESTION, number))) {
        if !form.has(kind, number) {
            faults.push(format!("ANSWERS.md has no heading '{kind} {number}'"));
        }
    }
    Ok(none_of(faults, || "ANSWERS.md has a heading for each Break and question".to_owned()))
}

/// The starter is what the exercise holds; or, where that was changed, what git has of it.
fn starter(exercise: &Exercise) -> Result<Found> {
    let own = exercise.folder().join("src");
    if same(&own, &exercise.starter())? {
        return Ok(Ok("it equals the exercise's src".to_owned()));
    }
    Ok(if same_in_git(exercise)?.unwrap_or(false) {
        Ok("it equals the exercise's src in git's HEAD; the working copy is changed".to_owned())
    } else {
        Err("starter/ and the exercise's src differ, also in git's HEAD".to_owned())
    })
}

/// Compares with git's HEAD; nothing where git or HEAD has no answer.
fn same_in_git(exercise: &Exercise) -> Result<Option<bool>> {
    let git = |arguments: &[&str]| {
        let output =
            Command::new("git").arg("-C").arg(exercise.root()).args(arguments).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
    };
    let spec = format!("HEAD:{}/src", exercise::folder(&exercise.name));
    let Some(listing) = git(&["ls-tree", "-r", "--name-only", &spec]) else { return Ok(None) };
    let mut names: Vec<&str> = listing.lines().collect();
    names.sort_unstable();
    if names != source::files(&exercise.starter())? {
        return Ok(Some(false));
    }
    for name in names {
        if git(&["show", &format!("{spec}/{name}")]) != Some(read(&exercise.starter().join(name))?)
        {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}

fn real(exercise: &Exercise) -> Result<Found> {
    let differences = Real::of(exercise)?.differences(exercise)?;
    let faults = differences.iter().map(|difference| {
        let place =
            difference.first_line().map_or(String::new(), |line| format!(", first in '{line}'"));
        format!("examples/{} {}{place}", difference.file, difference.what)
    });
    let mut faults: Vec<String> = faults.collect();
    if !faults.is_empty() {
        faults.push(format!("cargo course real {} tells more", exercise.short()));
    }
    Ok(none_of(faults, || "examples/ holds the starter on the real crates".to_owned()))
}
