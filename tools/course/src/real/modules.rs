//! Which modules of a program its `real.rs` shares, and where they are.

use super::{
    tokens::{Kind, Token, tokens},
    uses::{start_of_attributes, start_of_visibility},
};
use crate::source::Sources;
use std::collections::BTreeSet;

/// The files that real.rs takes from `src/`: modules that name nothing of the rehearsal, that no task
/// changes, and that stand beside no further modules, which would be looked for elsewhere.
pub(super) fn shared(starter: &Sources, changed: &BTreeSet<String>) -> BTreeSet<String> {
    let can_be_shared = |file: &String| {
        let text = &starter[file];
        !changed.contains(file) && !names_rehearsal(text) && !has_modules(&tokens(text))
    };
    let children = starter.iter().flat_map(|(file, text)| {
        declared(&tokens(text)).into_iter().filter_map(|module| module.file(file, starter))
    });
    children.filter(can_be_shared).collect()
}

/// Whether it declares modules that have files, at whatever depth.
fn has_modules(tokens: &[Token<'_>]) -> bool {
    tokens.windows(3).any(|three| three[0].is("mod") && three[2].is(";"))
}

/// Whether the word stands in it, comments included.
pub(super) fn names_rehearsal(text: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.split(|letter| !is_part(letter)).any(|word| word == "rehearsal")
}

/// A file with `#[path = "…"]` above each module that is shared.
pub(super) fn with_paths(
    text: &str,
    file: &str,
    starter: &Sources,
    shared: &BTreeSet<String>,
) -> String {
    let mut result = text.to_owned();
    for module in declared(&tokens(text)).into_iter().rev() {
        let Some(child) = module.file(file, starter).filter(|child| shared.contains(child)) else {
            continue;
        };
        let up = "../".repeat(file.matches('/').count() + 1);
        result.insert_str(module.place, &format!("#[path = \"{up}src/{child}\"]\n"));
    }
    result
}

/// The path of the program's own function of this name, as a file calls it.
pub(super) fn own(starter: &Sources, file: &str, name: &str) -> Result<Vec<String>, String> {
    let wanted = format!("pub(crate) fn {name}(");
    let homes: Vec<&String> =
        starter.iter().filter(|(_, text)| text.contains(&wanted)).map(|(file, _)| file).collect();
    let [home] = homes[..] else {
        return Err(format!(
            "nothing stands for rehearsal::{name} on the real crates but a function of the program's own: \
             `{wanted}…` has to stand in one module, and stands in {}",
            homes.len()
        ));
    };
    let home = home.trim_end_matches(".rs").trim_end_matches("/mod");
    let root = if file == "main.rs" { None } else { Some("crate") };
    Ok(root.into_iter().chain(home.split('/')).chain([name]).map(str::to_owned).collect())
}

/// A module that a file declares: `mod pool;`.
struct Module {
    name: String,
    /// Where its declaration begins, behind its attributes.
    place: usize,
}

impl Module {
    /// Its file, if the program has one.
    fn file(&self, parent: &str, starter: &Sources) -> Option<String> {
        let folder = match parent {
            "main.rs" => "",
            _ => parent.strip_suffix("mod.rs").unwrap_or(parent.trim_end_matches(".rs")),
        };
        let gap = if folder.is_empty() || folder.ends_with('/') { "" } else { "/" };
        let name = self.name.trim_start_matches("r#");
        let files = [format!("{folder}{gap}{name}.rs"), format!("{folder}{gap}{name}/mod.rs")];
        files.into_iter().find(|file| starter.contains_key(file))
    }
}

/// The modules that a file declares at its top level, but for those that say themselves where they are.
fn declared(tokens: &[Token<'_>]) -> Vec<Module> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.is("{") {
            depth += 1;
        } else if token.is("}") {
            depth = depth.saturating_sub(1);
        }
        let [name, end] = tokens.get(index + 1..index + 3).unwrap_or_default() else { continue };
        if depth == 0 && token.is("mod") && name.kind == Kind::Word && end.is(";") {
            let start = start_of_visibility(tokens, index);
            let attributes = &tokens[start_of_attributes(tokens, start)..start];
            if !attributes.iter().any(|token| token.is("path")) {
                found.push(Module { name: name.text.to_owned(), place: tokens[start].place.start });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(files: &[(&str, &str)]) -> Sources {
        files.iter().map(|&(file, text)| (file.to_owned(), text.to_owned())).collect()
    }

    fn shared_of(starter: &Sources, changed: &[&str]) -> Vec<String> {
        let changed = changed.iter().map(|&file| file.to_owned()).collect();
        shared(starter, &changed).into_iter().collect()
    }

    #[test]
    fn a_module_is_shared_unless_something_speaks_against_it() {
        let starter = program(&[
            ("main.rs", "mod a; mod b; mod c; mod d; #[path = \"e.rs\"] mod e; mod f { mod g; }"),
            ("a.rs", "fn a() {}"),
            ("b.rs", "use rehearsal::thread;"),
            ("c.rs", "mod x;"),
            ("c/x.rs", ""),
            ("d/mod.rs", "// rehearsals are no rehearsal_\nmod x {}"),
            ("e.rs", ""),
            ("f/g.rs", ""),
            ("unknown.rs", ""),
        ]);
        assert_eq!(shared_of(&starter, &[]), ["a.rs", "c/x.rs", "d/mod.rs"]);
        assert_eq!(shared_of(&starter, &["a.rs", "main.rs"]), ["c/x.rs", "d/mod.rs"]);
    }

    #[test]
    fn a_path_leads_from_examples_to_src() {
        let starter = program(&[
            ("main.rs", "//! x\n\nmod a;\n#[cfg(unix)]\npub(crate) mod b;\nmod c;\n"),
            ("a.rs", ""),
            ("b/mod.rs", ""),
            ("c/mod.rs", "mod x;\nuse rehearsal::print;\n"),
            ("c/x.rs", ""),
        ]);
        let shared = shared(&starter, &BTreeSet::new());
        assert_eq!(
            with_paths(&starter["main.rs"], "main.rs", &starter, &shared),
            "//! x\n\n#[path = \"../src/a.rs\"]\nmod a;\n#[cfg(unix)]\n#[path = \"../src/b/mod.rs\"]\npub(crate) mod b;\nmod c;\n"
        );
        assert_eq!(
            with_paths("mod x;\n", "c/mod.rs", &starter, &shared),
            "#[path = \"../../src/c/x.rs\"]\nmod x;\n"
        );
        assert_eq!(
            with_paths("mod x;\n", "c.rs", &starter, &shared),
            "#[path = \"../src/c/x.rs\"]\nmod x;\n"
        );
    }

    #[test]
    fn a_function_of_the_programs_own_has_one_home() {
        let starter = program(&[
            ("main.rs", "mod pool;"),
            ("pool/measure.rs", "pub(crate) fn work(time: Duration) {}"),
        ]);
        assert_eq!(own(&starter, "main.rs", "work").unwrap().join("::"), "pool::measure::work");
        assert_eq!(
            own(&starter, "pool.rs", "work").unwrap().join("::"),
            "crate::pool::measure::work"
        );
        let error = own(&starter, "main.rs", "play").unwrap_err();
        assert!(
            error.contains("`pub(crate) fn play(…` has to stand in one module, and stands in 0"),
            "{error}"
        );
    }
}
