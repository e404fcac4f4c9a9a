//! The attribute that makes a task's test, ignored while its TODO stands.
//!
//! It reads the program's sources as it expands, and makes the test depend on each of them, so that a
//! TODO that goes or comes back shows at the next run. No parser of Rust is needed for that.

use accord::{
    exercise,
    files::{self, Sources},
    referee::{ACCEPTS, LOOKS_AT_ITSELF},
    snapshot, task as names, todo,
};
use proc_macro::{TokenStream, TokenTree};
use std::{collections::BTreeSet, env, path::PathBuf};

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
    let mut tokens = or_error(expanded);
    tokens.extend(item);
    tokens
}

/// The program of the exercise, in whichever package the test runs: `program!("04-producer-consumer")`.
#[proc_macro]
pub fn program(input: TokenStream) -> TokenStream {
    or_error(match literals(input).as_deref() {
        Ok([name]) => Ok(parsed(&program_of(name))),
        _ => Err(NAME_WANTED.to_owned()),
    })
}

/// Pins the whole output of the program as given: `exam::as_given!("04-producer-consumer")`.
///
/// It makes a test in the exercise's package alone, which is ignored as soon as the program is changed.
/// A program that talks to sockets or files names its pace too: `exam::as_given!("09-web-crawler", "real")`.
/// One of several commands names those that are played as well, one after another in a folder with a copy of
/// the exercise's `samples`: `exam::as_given!("10-work-items", "real", "import a.json", "list")`.
#[proc_macro]
pub fn as_given(input: TokenStream) -> TokenStream {
    or_error(whole_output(input, snapshot::AS_GIVEN, exercise::package, |name, sources| {
        let starter = manifest_folder().join("../..").join(exercise::starter(name));
        let unchanged = files::sources(&starter).is_ok_and(|starter| starter == *sources);
        (!unchanged).then_some("the program is no longer as given")
    }))
}

/// Pins the whole output of the finished program, in the solution's package alone. It may name a pace too.
#[proc_macro]
pub fn finished(input: TokenStream) -> TokenStream {
    or_error(whole_output(input, snapshot::FINISHED, exercise::solution_package, |_, _| None))
}

/// Lets a referee look at itself, in the solution's package alone: `exam::referee!("04-producer-consumer", REFEREE)`.
/// Where every run has some flags, the program is named too: `exam::referee!("09-web-crawler", REFEREE, stub())`.
#[proc_macro]
pub fn referee(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    let name = literals(tokens.by_ref().take(1).collect());
    let mut tokens = tokens.skip(1);
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    let referee: TokenStream = tokens.by_ref().take_while(|token| !is_comma(token)).collect();
    let program: TokenStream = tokens.collect();
    or_error(match name.as_deref() {
        Ok([name])
            if env::var("CARGO_PKG_NAME")
                .is_ok_and(|this| this == exercise::solution_package(name)) =>
        {
            let program = if program.is_empty() { program_of(name) } else { program.to_string() };
            Ok(parsed(&format!(
                "#[test] fn {LOOKS_AT_ITSELF}() {{ ({referee}).looks_at_itself(&{program}); }}
                #[test] fn {ACCEPTS}() {{ ({referee}).accepts(&{program}); }}"
            )))
        }
        Ok([_]) => Ok(TokenStream::new()),
        _ => Err(NAME_WANTED.to_owned()),
    })
}

const NAME_WANTED: &str = "the name of the exercise is wanted, like \"04-producer-consumer\"";

/// The expression that makes a `Program`. Which of the two binaries there is, the compiler finds out.
fn program_of(name: &str) -> String {
    let exe = |program: &str| format!("option_env!({:?})", format!("CARGO_BIN_EXE_{program}"));
    let (own, solution) = (exe(name), exe(&exercise::solution_package(name)));
    format!("::exam::Program::of({name:?}, env!(\"CARGO_MANIFEST_DIR\"), {own}, {solution})")
}

fn whole_output(
    input: TokenStream,
    snapshot: &str,
    package: fn(&str) -> String,
    reason: impl Fn(&str, &Sources) -> Option<&'static str>,
) -> Result<TokenStream, String> {
    let literals = literals(input).unwrap_or_default();
    let [name, played @ ..] = literals.as_slice() else { return Err(NAME_WANTED.to_owned()) };
    if env::var("CARGO_PKG_NAME").is_ok_and(|this| this != package(name)) {
        return Ok(TokenStream::new());
    }
    let sources = sources()?;
    let ignore = reason(name, &sources).map(ignored).unwrap_or_default();
    let tracked = tracked(&sources);
    let program = program_of(name);
    let ask = match played {
        [] => format!("::exam::whole_output({program}, {snapshot:?})"),
        [pace] => format!("::exam::whole_output({program}.pace({pace:?}), {snapshot:?})"),
        [pace, commands @ ..] => {
            format!("::exam::whole_story({program}.pace({pace:?}), {snapshot:?}, &{commands:?})")
        }
    };
    Ok(parsed(&format!("#[test] {ignore} fn {snapshot}() {{ {tracked} {ask} }}")))
}

fn test_of(name: &str, asked: &str, item: &TokenStream) -> Result<TokenStream, String> {
    if names::parts(name).is_none() {
        return Err(format!("a task is called like \"fix-1\", and not {name:?}"));
    }
    let mut words = item.clone().into_iter().skip_while(|token| token.to_string() != "fn").skip(1);
    let Some(TokenTree::Ident(function)) = words.next() else {
        return Err("#[task] goes before a function".to_owned());
    };
    let module = names::module(name);
    let sources = sources()?;
    let ignore = standing_todo(name, &sources)
        .map(|place| ignored(&format!("not handed in: {} stands at {place}", todo::of(name))))
        .unwrap_or_default();
    let open: Vec<String> = standing_todos(&sources).into_iter().collect();
    let tracked = tracked(&sources);
    Ok(parsed(&format!(
        "mod {module} {{ {tracked}
            #[test] {ignore}
            fn {function}() {{ ::exam::sit({name:?}, {asked:?}, &{open:?}, super::{function}); }} }}"
    )))
}

/// An editor runs a test by name, and would leave out an ignored one: so it sees none.
fn ignored(reason: &str) -> String {
    format!("#[cfg_attr(not(rust_analyzer), ignore = {reason:?})]")
}

/// Where the TODO of a task stands: `src/main.rs:12`.
fn standing_todo(name: &str, sources: &Sources) -> Option<String> {
    let is_marked = |line: &str| todo::tasks_in(line).iter().any(|task| task == name);
    sources.iter().find_map(|(file, text)| {
        let index = text.lines().position(is_marked)?;
        Some(format!("src/{file}:{}", index + 1))
    })
}

/// All tasks whose TODO stands.
fn standing_todos(sources: &Sources) -> BTreeSet<String> {
    sources.values().flat_map(|text| text.lines()).flat_map(todo::tasks_in).collect()
}

/// Makes the test depend on every source file.
///
/// Depending on fewer (those that hold a TODO, say) went stale when a TODO came back.
fn tracked(sources: &Sources) -> String {
    let include = |file: &String| {
        let path = source_folder().join(file);
        format!("const _: &[u8] = include_bytes!({path:?});")
    };
    sources.keys().map(include).collect()
}

/// The program's own sources.
fn sources() -> Result<Sources, String> {
    files::sources(&source_folder()).map_err(|error| error.to_string())
}

fn source_folder() -> PathBuf {
    manifest_folder().join("src")
}

fn manifest_folder() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default()
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

/// What was made, or the compiler's error that says why not.
fn or_error(made: Result<TokenStream, String>) -> TokenStream {
    made.unwrap_or_else(|message| parsed(&format!("compile_error!({message:?});")))
}

fn parsed(code: &str) -> TokenStream {
    code.parse().expect("what is generated is valid Rust")
}
