//! What the files of each exercise have to agree on. Building and running is for `cargo course proof`.

use course::{
    proof::{Wish, facts},
    workspace::Workspace,
};
use std::path::Path;

#[test]
fn the_files_of_each_exercise_agree() {
    let workspace = Workspace::around(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    // What a student edits is left out, so that a student's work never turns this red.
    let is_ours = |name: &&str| !facts::OF_STUDENTS.contains(name);
    let only = facts::NAMES.into_iter().filter(is_ours).map(str::to_owned).collect();
    let wish = Wish { only, ..Wish::default() };
    let mut faults = Vec::new();
    for exercise in workspace.exercises().unwrap() {
        // Without solutions there is nothing to compare with: students may not have them.
        if !exercise.solution().is_dir() {
            continue;
        }
        let facts = facts::all(&exercise, &wish).into_iter().filter(|fact| !fact.holds);
        faults
            .extend(facts.map(|fact| format!("{} {}: {}", exercise.name, fact.name, fact.detail)));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
