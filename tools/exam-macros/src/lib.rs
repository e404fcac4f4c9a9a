//! The attribute that makes a task's test, ignored while its TODO stands.
//!
//! It reads the program's sources as it expands, and makes the test depend on each of them, so that a
//! TODO that goes or comes back shows at the next run. No parser of Rust is needed for that.

use proc_macro::{TokenStream, TokenTree};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Makes a function the test of a task: `#[task("fix-1", "what is asked")]`.
///
/// The test is called `fix_1::function_name`. It is ignored, with the place of the TODO as the reason,
/// while `TODO(fix-1)` stands in the package's `src`.
#[proc_macro_attribute]
pub fn task(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let expanded = literals(attribute).and_then(|literals| match literals.as_slice() {
        [name, asked] => test_of(name, asked, &item),
        _ => Err(r#"a task has a name and says what is asked: #[task("fix-1", "…")]"#.to_owned()),
    });
    let mut tokens = expanded.unwrap_or_else(|message| compile_error(&message));
    tokens.extend(item);
    tokens
}

/// Pins the whole output of the program as given: `exam::as_given!("04-producer-consumer")`.
///
/// It makes a test in the exercise's package alone, which is ignored as soon as the program is changed.
/// A program that talks to sockets or files names its pace too: `exam::as_given!("09-web-crawler", "real")`.
/// One of several commands names those that are played as well, one after another in a folder with a copy of
/// the exercise's `samples`: `exam::as_given!("10-work-items", "real", "import a.json", "list")`.
#[proc_macro]
pub fn as_given(input: TokenStream) -> TokenStream {
    whole_output(input, "as_given", "ex", |name| {
        let starter = manifest_folder().join("../../solutions").join(name).join("starter");
        let unchanged = sources().iter().all(|source| {
            let theirs = starter.join(source.strip_prefix(source_folder()).unwrap_or(source));
            same_text(source, &theirs)
        });
        (!unchanged).then(|| "the program is no longer as given".to_owned())
    })
}

/// Pins the whole output of the finished program, in the solution's package alone. It may name a pace too.
#[proc_macro]
pub fn finished(input: TokenStream) -> TokenStream {
    whole_output(input, "finished", "sol", |_| None)
}

fn whole_output(
    input: TokenStream,
    snapshot: &str,
    package: &str,
    reason: impl Fn(&str) -> Option<String>,
) -> TokenStream {
    let (name, pace, commands) = match literals(input).as_deref() {
        Ok([name]) => (name.clone(), "instant".to_owned(), Vec::new()),
        Ok([name, pace, commands @ ..]) => (name.clone(), pace.clone(), commands.to_vec()),
        _ => {
            return compile_error(
                "the name of the exercise is wanted, like \"04-producer-consumer\"",
            );
        }
    };
    if env::var("CARGO_PKG_NAME").is_ok_and(|this| this != format!("{package}{name}")) {
        return TokenStream::new();
    }
    let ignore = reason(&name).map(|reason| ignored(&reason)).unwrap_or_default();
    let tracked = tracked();
    let program = format!("::exam::program!({name:?}).pace({pace:?})");
    let ask = if commands.is_empty() {
        format!("::exam::whole_output({program}, {snapshot:?})")
    } else {
        format!("::exam::whole_story({program}, {snapshot:?}, &{commands:?})")
    };
    parsed(&format!("#[test] {ignore} fn {snapshot}() {{ {tracked} {ask} }}"))
}

fn test_of(name: &str, asked: &str, item: &TokenStream) -> Result<TokenStream, String> {
    let mut words = item.clone().into_iter().skip_while(|token| token.to_string() != "fn").skip(1);
    let Some(TokenTree::Ident(function)) = words.next() else {
        return Err("#[task] goes before a function".to_owned());
    };
    let module = name.replace('-', "_");
    let ignore = standing_todo(name)
        .map(|place| ignored(&format!("not handed in: TODO({name}) stands at {place}")))
        .unwrap_or_default();
    let tracked = tracked();
    Ok(parsed(&format!(
        "mod {module} {{ {tracked}
            #[test] {ignore}
            fn {function}() {{ ::exam::sit({name:?}, {asked:?}, super::{function}); }} }}"
    )))
}

/// An editor runs a test by name, and would leave out an ignored one: so it sees none.
fn ignored(reason: &str) -> String {
    format!("#[cfg_attr(not(rust_analyzer), ignore = {reason:?})]")
}

/// Where the TODO of a task stands: `src/main.rs:12`. How it is written is taken loosely.
fn standing_todo(name: &str) -> Option<String> {
    for source in sources() {
        let text = fs::read_to_string(&source).unwrap_or_default();
        if let Some(index) = text.lines().position(|line| is_todo(line, name)) {
            let shown =
                source.strip_prefix(manifest_folder()).unwrap_or(&source).display().to_string();
            return Some(format!("{}:{}", shown.replace('\\', "/"), index + 1));
        }
    }
    None
}

/// `TODO(fix-1)`, but also `todo (Fix 1)` and `TODO( fix_1 )`.
fn is_todo(line: &str, name: &str) -> bool {
    let plain = |text: &str| -> String {
        text.to_lowercase().chars().filter(|c| !matches!(c, ' ' | '\t' | '-' | '_')).collect()
    };
    plain(line).contains(&format!("todo({})", plain(name)))
}

/// Makes the test depend on every source file.
///
/// Depending on fewer (those that hold a TODO, say) went stale when a TODO came back.
fn tracked() -> String {
    sources().iter().map(|source| format!("const _: &[u8] = include_bytes!({source:?});")).collect()
}

fn manifest_folder() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default()
}

fn source_folder() -> PathBuf {
    manifest_folder().join("src")
}

/// All Rust files below `src`, in a fixed order.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![source_folder()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Whether two files say the same, whatever their line endings.
fn same_text(one: &Path, other: &Path) -> bool {
    let text = |path: &Path| fs::read_to_string(path).map(|text| text.replace("\r\n", "\n")).ok();
    text(one).is_some_and(|one| Some(one) == text(other))
}

/// The string literals of a comma-separated list.
fn literals(list: TokenStream) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for token in list {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {}
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                found.push(text.ok_or("a plain string is wanted")?.replace("\\\"", "\""));
            }
            other => return Err(format!("a string is wanted, not `{other}`")),
        }
    }
    Ok(found)
}

fn compile_error(message: &str) -> TokenStream {
    parsed(&format!("compile_error!({message:?});"))
}

fn parsed(code: &str) -> TokenStream {
    code.parse().expect("what is generated is valid Rust")
}
