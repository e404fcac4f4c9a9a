//! The comment that keeps a task from being graded, `// TODO(fix-1): …`. How it is written is taken loosely.

use crate::task;

/// As it is written in a starter: `TODO(fix-1)`.
#[must_use]
pub fn of(task: &str) -> String {
    format!("TODO({task})")
}

/// The tasks of the TODOs in a line. `TODO(fix-1)`, but also `todo (Fix 1)` and `TODO( fix_1 )`, is that of `fix-1`.
#[must_use]
pub fn tasks_in(line: &str) -> Vec<String> {
    let is_told = |letter: &char| !matches!(letter, ' ' | '\t' | '-' | '_');
    let plain: String = line.to_lowercase().chars().filter(is_told).collect();
    plain.split("todo(").skip(1).filter_map(task_before_bracket).collect()
}

/// Reads `fix1): and more` as `fix-1`.
fn task_before_bracket(text: &str) -> Option<String> {
    let (plain, _) = text.split_once(')')?;
    let digits = plain.find(|letter: char| letter.is_ascii_digit())?;
    let (kind, number) = plain.split_at(digits);
    let name = task::name(kind, number);
    task::parts(&name).is_some().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_todo_is_found_however_it_is_written() {
        for line in
            ["// TODO(fix-1): x", "  //todo (Fix 1)", "/* TODO( fix_1 ) */", "// Todo(FIX-1)"]
        {
            assert_eq!(tasks_in(line), ["fix-1"], "{line}");
        }
        for line in ["// TODO: later", "todo!(\"x\")", "TODO(someone)", "TODO(1)", "fix-1"] {
            assert!(tasks_in(line).is_empty(), "{line}");
        }
        assert_eq!(tasks_in(&of("fix-1")), ["fix-1"]);
    }

    #[test]
    fn a_line_may_hold_several_todos() {
        assert_eq!(tasks_in("// TODO(x) TODO(alter-1) and TODO(fix-12)"), ["alter-1", "fix-12"]);
    }
}
