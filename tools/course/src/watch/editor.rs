//! Opens a file in the editor, at a line.

use std::{env, ffi::OsString, path::Path, process::Command};

/// The command that opens a file at a line, and whether it needs the terminal. Nothing where no editor is known.
#[must_use]
pub(super) fn command(asked: Option<&str>, file: &Path, line: usize) -> Option<(Command, bool)> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let in_vs_code = || {
        let is = env::var_os("TERM_PROGRAM").is_some_and(|program| program == "vscode");
        is.then(|| "code".to_owned())
    };
    let editor = match asked {
        Some(asked) => asked.to_owned(),
        None => set("VISUAL").or_else(in_vs_code).or_else(|| set("EDITOR"))?,
    };
    let mut words = editor.split_whitespace();
    let program = words.next()?;
    let mut command = Command::new(program);
    let stem = Path::new(program).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if editor.contains("{file}") {
        let filled = |word: &str| {
            word.replace("{file}", &file.display().to_string()).replace("{line}", &line.to_string())
        };
        command.args(words.map(filled));
    } else {
        command.args(words);
        command.args(at(&stem, file, line));
    }
    Some((command, !has_a_window(&stem)))
}

/// How an editor is told the line. One that nobody here knows gets the file alone.
fn at(stem: &str, file: &Path, line: usize) -> Vec<OsString> {
    let (name, joined) = (file.into(), format!("{}:{line}", file.display()).into());
    match stem {
        "code" | "codium" | "cursor" | "code-insiders" => vec!["--goto".into(), joined],
        "subl" | "zed" | "hx" | "helix" => vec![joined],
        "vi" | "vim" | "nvim" | "gvim" | "nano" | "emacs" | "emacsclient" | "kak" | "micro"
        | "gedit" | "kate" => vec![format!("+{line}").into(), name],
        "idea" | "rustrover" | "clion" => vec!["--line".into(), line.to_string().into(), name],
        _ => vec![name],
    }
}

fn has_a_window(stem: &str) -> bool {
    const WINDOWS: [&str; 13] = [
        "code",
        "codium",
        "cursor",
        "code-insiders",
        "subl",
        "zed",
        "gvim",
        "gedit",
        "kate",
        "idea",
        "rustrover",
        "clion",
        "notepad",
    ];
    WINDOWS.contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(asked: &str) -> (String, bool) {
        let (command, needs) = command(Some(asked), Path::new("src/main.rs"), 41).unwrap();
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        (words.join(" "), needs)
    }

    #[test]
    fn an_editor_opens_the_line() {
        assert_eq!(told("vim"), ("vim +41 src/main.rs".to_owned(), true));
        assert_eq!(told("code --wait").0, "code --wait --goto src/main.rs:41");
        assert_eq!(told("/usr/bin/hx").0, "/usr/bin/hx src/main.rs:41");
        assert_eq!(told("my-editor {line} {file}"), ("my-editor 41 src/main.rs".to_owned(), true));
        assert_eq!(told("unknown").0, "unknown src/main.rs");
    }
}
