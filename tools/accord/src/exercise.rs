//! An exercise's names and places. They all follow from its own name, `04-producer-consumer`, which is also that
//! of its folder and of its program.
//!
//! Places are told from the top folder of the checkout, with `/`.

/// The folder that holds all exercises.
pub const EXERCISES: &str = "exercises";

/// The number, as it is written: `04`. Behind `cargo` it runs the program.
#[must_use]
pub fn short(name: &str) -> &str {
    name.split('-').next().unwrap_or_default()
}

/// The exercise's package: `ex04-producer-consumer`. Cargo refuses a name that begins with a digit.
#[must_use]
pub fn package(name: &str) -> String {
    format!("ex{name}")
}

/// The solution's package, and its program: `sol04-producer-consumer`.
#[must_use]
pub fn solution_package(name: &str) -> String {
    format!("sol{name}")
}

/// What the student edits.
#[must_use]
pub fn folder(name: &str) -> String {
    format!("{EXERCISES}/{name}")
}

/// The worked answers and what belongs to them.
#[must_use]
pub fn solution(name: &str) -> String {
    format!("solutions/{name}")
}

/// The program's source as it was given.
#[must_use]
pub fn starter(name: &str) -> String {
    format!("{}/starter", solution(name))
}

/// The brief: what the exercise asks.
#[must_use]
pub fn brief(name: &str) -> String {
    format!("{}/README.md", folder(name))
}

/// The student's predictions and answers.
#[must_use]
pub fn answers(name: &str) -> String {
    format!("{}/ANSWERS.md", folder(name))
}

/// The hints for its tasks.
#[must_use]
pub fn hints(name: &str) -> String {
    format!("{}/hints.md", folder(name))
}

/// What it brings along for its programs to read.
#[must_use]
pub fn samples(name: &str) -> String {
    format!("{}/samples", folder(name))
}

/// The tests that grade it, in its folder.
pub const TESTS: &str = "tests/tasks.rs";

/// What cargo calls them in the exercise's package: `04-tasks`.
#[must_use]
pub fn tests_target(name: &str) -> String {
    format!("{}-tasks", short(name))
}

/// What cargo calls them in the solution's package: `sol04-tasks`.
#[must_use]
pub fn solution_tests_target(name: &str) -> String {
    format!("sol{}", tests_target(name))
}

/// What its tests compare with.
#[must_use]
pub fn snapshots(name: &str) -> String {
    format!("{}/tests/snapshots", folder(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_follow_from_one() {
        let name = "04-producer-consumer";
        assert_eq!(short(name), "04");
        assert_eq!(package(name), "ex04-producer-consumer");
        assert_eq!(solution_package(name), "sol04-producer-consumer");
        assert_eq!(tests_target(name), "04-tasks");
        assert_eq!(solution_tests_target(name), "sol04-tasks");
        assert_eq!(brief(name), "exercises/04-producer-consumer/README.md");
        assert_eq!(starter(name), "solutions/04-producer-consumer/starter");
    }
}
