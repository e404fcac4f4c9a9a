//! What the files of each exercise have to agree on. Building and running is for `cargo course proof`.

use course::{
    proof::{Wish, facts},
    workspace::Workspace,
};
use std::path::Path;

#[test]
fn the_files_of_each_exercise_agree() {
    let workspace = Workspace::around(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut faults = Vec::new();
    for exercise in workspace.exercises().unwrap() {
        // Without solutions there is nothing to compare with: students may not have them.
        if !exercise.solution().is_dir() {
            continue;
        }
        // What a student edits is left out, so that a student's work never turns this red.
        let wish = Wish::default();
        for fact in facts::all(&exercise, &wish) {
            if !fact.holds && !facts::OF_STUDENTS.contains(&fact.name.as_str()) {
                faults.push(format!("{} {}: {}", exercise.name, fact.name, fact.detail));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
