//! What a shell completes `cargo course` with.
//!
//! The shells know `cargo` as one program, which somebody else completes already. So what is made here answers for
//! `cargo course` alone, and leaves all else to whoever did it before.

use clap::{Command, ValueEnum};
use clap_complete::{Generator, shells};

/// A shell that is known.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// What the function for bash is called by. It is registered for a program of this name, which nobody has.
const WORDS: &str = "cargo_course_words";

/// Asks the generated function when it is about `cargo course`, and else what completed `cargo` before.
const BASH: &str = r#"
if ! complete -p cargo >/dev/null 2>&1; then
    if declare -F _comp_load >/dev/null; then _comp_load cargo
    elif declare -F _completion_loader >/dev/null; then _completion_loader cargo
    fi
fi
_cargo_now=$(complete -p cargo 2>/dev/null | sed -n 's/.* -F \([^ ]*\) .*/\1/p')
if [[ $_cargo_now != _cargo_or_course ]]; then _cargo_before_course=$_cargo_now; fi
_cargo_or_course() {
    if [[ ${COMP_WORDS[1]} == course && $COMP_CWORD -gt 1 ]]; then
        _cargo_course_words "$@"
    elif [[ -n $_cargo_before_course ]]; then
        "$_cargo_before_course" "$@"
    fi
}
complete -F _cargo_or_course -o bashdefault -o default cargo
"#;

/// The script for a shell.
pub(crate) fn script(shell: Shell, course: Command) -> String {
    let course = shown(&course);
    // As it is typed: cargo, and behind it course. What cargo itself takes is not said here.
    let typed = |cargo: &'static str, course: Command| {
        let cargo = Command::new(cargo).disable_help_flag(true).disable_help_subcommand(true);
        cargo.subcommand(course)
    };
    match shell {
        Shell::Bash => generated(shells::Bash, typed(WORDS, course), WORDS) + BASH,
        // That of cargo calls this one by its name, when it comes to `course`.
        Shell::Zsh => generated(shells::Zsh, course, "cargo-course"),
        // There each line adds to what is known; only its functions need names of their own.
        Shell::Fish => generated(shells::Fish, typed("cargo", course), "cargo")
            .replace("__fish_cargo_", "__fish_cargo_course_"),
    }
}

/// The command without what nobody types.
fn shown(course: &Command) -> Command {
    let empty = Command::new("course").about(course.get_about().cloned().unwrap_or_default());
    let with_flags = course.get_arguments().fold(empty, |command, flag| command.arg(flag.clone()));
    let is_shown = |command: &&Command| !command.is_hide_set();
    let commands = course.get_subcommands().filter(is_shown);
    commands.fold(with_flags, |command, it| command.subcommand(it.clone()))
}

fn generated(shell: impl Generator, mut command: Command, name: &str) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
