//! What stands for the rehearsal's items when nothing is rehearsed.

/// The crates that the rehearsal mirrors under their own names.
const CRATES: [&str; 4] = ["async_channel", "clap", "crossbeam_channel", "tokio"];

/// The modules of std that it mirrors.
const OF_STD: [&str; 3] = ["sync", "thread", "time"];

/// The macros that it mirrors. std's are there without a `use`.
const MACROS: [&str; 4] = ["eprint", "eprintln", "print", "println"];

/// What some of these are behind `rehearsal::outside`.
const OUTSIDE: [&str; 2] = ["clap", "tokio"];

/// What has no mirror in any crate. A program that takes it brings a function of that name along, in one
/// of its modules, which nothing but its `real.rs` calls.
const OWN: [&str; 1] = ["work"];

/// What stands for a path of the rehearsal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Real {
    /// This path.
    Path(Vec<String>),
    /// This one, which is known without a `use`: a crate as a whole, a macro of std.
    Known(Vec<String>),
    /// The program's own function of this name.
    Own(String),
}

/// What stands for a path, whose first word is `rehearsal`. The error is a sentence.
pub(super) fn real(path: &[String]) -> Result<Real, String> {
    let words: Vec<&str> = path.iter().skip(1).map(String::as_str).collect();
    let inside = match words.split_first() {
        Some((&"outside", inside)) if starts_with_one_of(inside, &OUTSIDE) => inside,
        _ => &words,
    };
    let of_std = || ["std"].iter().chain(inside).map(|&word| word.to_owned()).collect();
    match inside {
        [name] if CRATES.contains(name) => Ok(Real::Known(vec![String::new(), (*name).to_owned()])),
        [name, "self"] if CRATES.contains(name) => Ok(Real::Known(words_of(inside))),
        [name, ..] if CRATES.contains(name) => Ok(Real::Path(words_of(inside))),
        [name, ..] if OF_STD.contains(name) => Ok(Real::Path(of_std())),
        [name] if MACROS.contains(name) => Ok(Real::Known(of_std())),
        [name] if OWN.contains(name) => Ok(Real::Own((*name).to_owned())),
        _ => Err(unknown(path)),
    }
}

fn words_of(path: &[&str]) -> Vec<String> {
    path.iter().map(|&word| word.to_owned()).collect()
}

fn starts_with_one_of(path: &[&str], names: &[&str]) -> bool {
    path.first().is_some_and(|first| names.contains(first))
}

fn unknown(path: &[String]) -> String {
    let mut names = [&CRATES[..], &OF_STD, &MACROS, &OWN].concat();
    names.sort_unstable();
    let names = names.join(", ");
    format!(
        "nothing is known to stand for {} on the real crates; something is for rehearsal::{{{names}}} \
         and rehearsal::outside::{{{}}}",
        path.join("::"),
        OUTSIDE.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Result<Real, String> {
        real(&path.split("::").map(str::to_owned).collect::<Vec<_>>())
    }

    fn words(path: &str) -> Vec<String> {
        path.split("::").map(str::to_owned).collect()
    }

    #[test]
    fn each_item_has_its_counterpart() {
        for (mirror, path) in [
            ("rehearsal::crossbeam_channel::Sender", "crossbeam_channel::Sender"),
            ("rehearsal::tokio::time::sleep", "tokio::time::sleep"),
            ("rehearsal::outside::clap::Parser", "clap::Parser"),
            ("rehearsal::outside::tokio::net::self", "tokio::net::self"),
            ("rehearsal::thread", "std::thread"),
            ("rehearsal::thread::self", "std::thread::self"),
            ("rehearsal::time::*", "std::time::*"),
            ("rehearsal::sync::Mutex", "std::sync::Mutex"),
        ] {
            assert_eq!(of(mirror), Ok(Real::Path(words(path))), "{mirror}");
        }
        for (mirror, path) in [
            ("rehearsal::tokio", "::tokio"),
            ("rehearsal::async_channel::self", "async_channel::self"),
            ("rehearsal::outside::tokio", "::tokio"),
            ("rehearsal::eprintln", "std::eprintln"),
        ] {
            assert_eq!(of(mirror), Ok(Real::Known(words(path))), "{mirror}");
        }
        assert_eq!(of("rehearsal::work"), Ok(Real::Own("work".to_owned())));
    }

    #[test]
    fn what_has_none_is_told() {
        for path in [
            "rehearsal",
            "rehearsal::*",
            "rehearsal::self",
            "rehearsal::Pace",
            "rehearsal::outside",
            "rehearsal::outside::thread",
            "rehearsal::outside::self",
            "rehearsal::println::x",
        ] {
            let error = of(path).unwrap_err();
            assert!(error.contains(&format!("stand for {path} on the real crates")), "{error}");
            assert!(error.contains("rehearsal::{async_channel, clap, "), "{error}");
        }
    }
}
