//! The questions can be trusted: each has its answer and its reason, and what was to be asked is asked.

use quizzes::{
    Question, Quiz,
    question::{self, Asks, Kind},
    shuffle,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

fn all() -> Vec<Quiz> {
    question::all().expect("the quizzes can be read")
}

fn questions() -> Vec<Question> {
    all().into_iter().flat_map(|quiz| quiz.questions).collect()
}

/// The names of the pages, or of the exercises that have a brief.
fn folder(path: &str, ending: &str) -> BTreeSet<String> {
    let listing =
        fs::read_dir(question::home().join("..").join(path)).expect("the folder is there");
    let names = listing.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: BTreeSet<String> =
        names.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect();
    for other in ["README", "SUMMARY", "glossary"] {
        names.remove(other);
    }
    names
}

#[test]
fn each_exercise_and_each_page_has_its_quiz() {
    let mut expected = folder("exercises", "");
    expected.retain(|name| !name.contains('.'));
    expected.extend(folder("concepts", ".md"));
    let found: BTreeSet<String> = all().into_iter().map(|quiz| quiz.name).collect();
    assert_eq!(found, expected);
    for quiz in all() {
        let deep = quiz.questions.iter().filter(|question| question.asks != Asks::What).count();
        assert!(quiz.questions.len() >= 3, "{} asks too little", quiz.name);
        assert!(deep >= 2, "{} asks too seldom why, or what breaks", quiz.name);
    }
}

#[test]
fn at_least_two_thirds_ask_why_or_what_breaks() {
    let questions = questions();
    let deep = questions.iter().filter(|question| question.asks != Asks::What).count();
    assert!(3 * deep >= 2 * questions.len(), "{deep} of {}", questions.len());
}

#[test]
fn an_id_stays_and_is_used_once() {
    let mut seen = BTreeSet::new();
    for Question { id, .. } in questions() {
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        let is_uuid = parts == [8, 4, 4, 4, 12]
            && id.chars().all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c));
        assert!(is_uuid, "{id} is no UUID in small letters");
        assert!(seen.insert(id.clone()), "{id} is used twice");
    }
}

#[test]
fn each_question_is_whole() {
    for question in questions() {
        let id = &question.id;
        assert!(question.context.split_whitespace().count() >= 12, "{id} explains too little");
        match &question.kind {
            Kind::MultipleChoice { prompt, answer } => {
                let right = answer.all();
                let (rights, wrongs) = (right.len(), prompt.distractors.len());
                assert!(rights > 0 && wrongs > 0 && rights + wrongs > 2, "{id} offers too little");
                let mut texts: Vec<&str> = right;
                texts.extend(prompt.distractors.iter().map(String::as_str));
                let count = texts.len();
                let different: BTreeSet<&str> = texts.iter().map(|text| text.trim()).collect();
                assert_eq!(different.len(), count, "{id} offers an answer twice");
                assert!(texts.iter().all(|text| !text.trim().is_empty()), "{id} offers nothing");
                assert!(!prompt.prompt.trim().is_empty(), "{id} asks nothing");
            }
            Kind::Tracing { prompt, answer } => {
                assert!(prompt.program.contains("fn main()"), "{id} has no main");
                assert_eq!(answer.does_compile, answer.line_number.is_none(), "{id}");
                let blank = answer.stdout.trim_end().lines().any(|line| line.trim().is_empty());
                assert!(
                    !blank,
                    "{id}: an empty line ends an answer, so a program must not print one"
                );
                assert!(
                    prompt.program.trim().lines().count() <= 30,
                    "{id} is too long to be traced"
                );
            }
            Kind::ShortAnswer { prompt, answer } => {
                assert!(
                    !prompt.prompt.trim().is_empty() && !answer.answer.trim().is_empty(),
                    "{id}"
                );
            }
        }
    }
}

/// A right answer that is always the longest gives itself away.
#[test]
fn the_right_answer_is_not_known_by_its_length() {
    let (mut longest, mut counted) = (0, 0);
    for question in questions() {
        let Kind::MultipleChoice { prompt, answer } = &question.kind else { continue };
        let [right] = answer.all()[..] else { continue };
        counted += 1;
        longest += usize::from(prompt.distractors.iter().all(|text| text.len() < right.len()));
    }
    // One in four by chance.
    assert!(counted < 20 || 2 * longest <= counted, "{longest} of {counted} are the longest");
}

#[test]
fn the_right_answer_is_in_no_place_more_often_than_in_others() {
    let mut places: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    let mut sizes: BTreeMap<usize, u32> = BTreeMap::new();
    for question in questions() {
        let choices = shuffle::choices(&question, 0);
        let right: Vec<usize> =
            (0..choices.len()).filter(|place| choices[*place].is_right).collect();
        if let [place] = right[..] {
            *places.entry((choices.len(), place)).or_default() += 1;
            *sizes.entry(choices.len()).or_default() += 1;
        }
    }
    for (size, count) in sizes.into_iter().filter(|(_, count)| *count >= 24) {
        let share = f64::from(count) / size as f64;
        for place in 0..size {
            let here = f64::from(places.get(&(size, place)).copied().unwrap_or(0));
            assert!(
                (0.5 * share..=1.5 * share).contains(&here),
                "place {place} of {size}: {here}, not {share}"
            );
        }
    }
}

#[test]
fn each_explain_and_each_break_of_an_exercise_is_asked() {
    let is_exercise = |name: &String| !name.contains('.');
    for exercise in folder("exercises", "").into_iter().filter(is_exercise) {
        let path = question::home().join("..").join(accord::exercise::answers(&exercise));
        let form =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let headings = form.lines().filter_map(|line| line.strip_prefix("### ")?.split_once(':'));
        let wanted: BTreeSet<String> = headings
            .map(|(name, _)| name.trim_start_matches(['★', ' ']).to_lowercase().replace(' ', "-"))
            .filter(|name| name.starts_with("explain-") || name.starts_with("break-"))
            .collect();
        assert!(!wanted.is_empty(), "{exercise}: ANSWERS.md asks nothing");
        let quiz = all().into_iter().find(|quiz| quiz.name == exercise);
        let about =
            quiz.into_iter().flat_map(|quiz| quiz.questions).filter_map(|question| question.about);
        let about: BTreeSet<String> = about.collect();
        let missing: Vec<_> = wanted.difference(&about).collect();
        assert!(missing.is_empty(), "{exercise}: nothing is asked about {missing:?}");
        let unknown: Vec<_> = about.iter().filter(|name| !is_known(name, &wanted)).collect();
        assert!(unknown.is_empty(), "{exercise} has no {unknown:?}");
    }
}

/// Questions may be about an Alter or a Fix too, which ANSWERS.md need not have.
fn is_known(about: &str, wanted: &BTreeSet<String>) -> bool {
    wanted.contains(about) || about.starts_with("alter-") || about.starts_with("fix-")
}
