//! The files of a new exercise.

use super::{Form, Name};
use accord::{exercise, snapshot};
use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

/// A file: its folder, its name in there, and what stands in it.
type Template = (Place, &'static str, &'static str);

/// What a name is below.
#[derive(Clone, Copy)]
enum Place {
    Exercise,
    Solution,
}
use Place::{Exercise, Solution};

/// What both forms have.
const SHARED: [Template; 9] = [
    (Exercise, "Cargo.toml", include_str!("templates/exercise/Cargo.toml.in")),
    (Exercise, "README.md", include_str!("templates/exercise/README.md.in")),
    (Exercise, "hints.md", include_str!("templates/exercise/hints.md.in")),
    (Exercise, "ANSWERS.md", include_str!("templates/exercise/ANSWERS.md.in")),
    (Exercise, exercise::TESTS, include_str!("templates/exercise/tests/tasks.rs")),
    (Exercise, "tests/snapshots/as_given.snap", AS_GIVEN),
    (Exercise, "tests/snapshots/finished.snap", FINISHED),
    (Solution, "Cargo.toml", include_str!("templates/solution/Cargo.toml.in")),
    (Solution, "README.md", include_str!("templates/solution/README.md.in")),
];

/// The two forms print the same.
const AS_GIVEN: &str = include_str!("templates/exercise/tests/snapshots/as_given.snap");
const FINISHED: &str = include_str!("templates/exercise/tests/snapshots/finished.snap");

const QUIZ: &str = include_str!("templates/quiz.toml");

/// What belongs to one form.
struct Parts {
    dependencies: &'static str,
    starter: &'static str,
    solution: [Template; 6],
}

macro_rules! parts {
    ($form:literal) => {
        Parts {
            dependencies: include_str!(concat!("templates/", $form, "/dependencies.toml")),
            starter: include_str!(concat!("templates/", $form, "/starter.rs")),
            solution: [
                parts!($form, "src/main.rs", "solution.rs"),
                parts!($form, "breaks/1-second-sender.diff"),
                parts!($form, "breaks/1-second-sender.out"),
                parts!($form, "wrong/until-the-producer-is-done.diff"),
                parts!($form, "wrong/stops-at-a-spoilt-item.diff"),
                parts!($form, "also-right/consumer-in-main.diff"),
            ],
        }
    };
    ($form:literal, $name:literal) => {
        parts!($form, $name, $name)
    };
    ($form:literal, $name:literal, $template:literal) => {
        (Solution, $name, include_str!(concat!("templates/", $form, "/", $template)))
    };
}

const THREADS: Parts = parts!("threads");
const ASYNC: Parts = parts!("async");

/// The folders and the files that have to be free.
pub(super) fn places(name: &Name) -> [String; 3] {
    [exercise::folder(&name.whole), exercise::solution(&name.whole), quiz(name)]
}

fn quiz(name: &Name) -> String {
    format!("quizzes/exercises/{}.toml", name.whole)
}

/// All files that are written, by their paths from the top folder.
pub(super) fn files(name: &Name, form: Form) -> Vec<(String, String)> {
    let parts = match form {
        Form::Threads => THREADS,
        Form::Async => ASYNC,
    };
    let place = |place: Place, file: &str| match place {
        Exercise => format!("{}/{file}", exercise::folder(&name.whole)),
        Solution => format!("{}/{file}", exercise::solution(&name.whole)),
    };
    let mut files: Vec<(String, &str)> = SHARED
        .into_iter()
        .chain(parts.solution)
        .map(|(folder, file, text)| (place(folder, file), text))
        .collect();
    files.push((place(Exercise, "src/main.rs"), parts.starter));
    files.push((format!("{}/main.rs", exercise::starter(&name.whole)), parts.starter));
    files.push((quiz(name), QUIZ));
    files.into_iter().map(|(path, text)| (path, filled(text, name, &parts))).collect()
}

/// A template with its gaps filled.
fn filled(template: &str, name: &Name, parts: &Parts) -> String {
    let as_given = snapshot::contents(AS_GIVEN).unwrap_or_default().trim_end();
    let mut text = template
        .replace("{{dependencies}}\n", &format!("{}\n", parts.dependencies))
        .replace("{{as_given}}", as_given)
        .replace("{{name}}", &name.whole)
        .replace("{{number}}", &name.number)
        .replace("{{title}}", &name.title);
    while let Some(gap) = text.find("{{id}}") {
        text.replace_range(gap..gap + "{{id}}".len(), &id());
    }
    text
}

/// A new UUID. It has to differ from all others, and need not be a secret.
fn id() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    let [group_1, group_2, group_3] = [high >> 32, high >> 16 & 0xffff, high & 0xfff];
    let [group_4, group_5] = [low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff];
    format!("{group_1:08x}-{group_2:04x}-4{group_3:03x}-{group_4:04x}-{group_5:012x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_gap_stays_open() {
        let name = Name::parse("42-my-topic").unwrap();
        for form in [Form::Threads, Form::Async] {
            for (path, text) in files(&name, form) {
                assert!(!text.is_empty(), "{path} is empty");
                assert!(!text.contains("{{"), "{path} has a gap that nothing fills");
            }
        }
    }

    #[test]
    fn an_id_is_a_uuid_of_version_4_and_each_time_another() {
        let (one, other) = (id(), id());
        assert_ne!(one, other);
        let lengths: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!((lengths, &one[14..15]), (vec![8, 4, 4, 4, 12], "4"));
        assert!("89ab".contains(&one[19..20]), "{one}");
    }
}
