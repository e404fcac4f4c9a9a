//! What a quiz is, and how it is read from its file.

use serde_derive::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The questions of one exercise or of one page.
#[derive(Clone, Debug)]
pub struct Quiz {
    /// The name of its file: `04-producer-consumer`, `how-it-ends`.
    pub name: String,
    /// The questions, in the order of the file.
    pub questions: Vec<Question>,
}

/// A question with its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// Stays the same for ever, so that it can be known again. Also for whoever asks it in a book.
    pub id: String,
    /// What the question is after.
    pub asks: Asks,
    /// What it belongs to in an exercise: `explain-1`, `break-2`.
    pub about: Option<String>,
    /// What is asked, and what would be right.
    #[serde(flatten)]
    pub kind: Kind,
    /// Why the right answer is right, and the others are not.
    pub context: String,
}

/// What a question is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asks {
    /// What happens, or what something is called.
    What,
    /// The reason.
    Why,
    /// What goes wrong.
    Breaks,
}

/// What is asked, by the type of the question.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type")]
pub enum Kind {
    /// One or several of the offered answers are right.
    MultipleChoice {
        /// The question, and the answers that are wrong.
        prompt: Choices,
        /// Those that are right.
        answer: Right,
    },
    /// What does this program do?
    Tracing {
        /// The program.
        prompt: Program,
        /// What it does.
        answer: Effect,
    },
    /// A word or a number.
    ShortAnswer {
        /// The question.
        prompt: Prompt,
        /// What is accepted.
        answer: Words,
    },
}

/// A question with wrong answers to choose from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// The question.
    pub prompt: String,
    /// The wrong answers.
    pub distractors: Vec<String>,
}

/// The right answers of a multiple choice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// One text or several.
    pub answer: OneOrMore,
}

/// One text or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several: all of them have to be chosen.
    More(Vec<String>),
}

/// A program to be traced.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The whole program.
    pub program: String,
}

/// What a program does.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Effect {
    /// Whether it compiles.
    pub does_compile: bool,
    /// If it does, what it prints.
    #[serde(default)]
    pub stdout: String,
    /// If it does not, the line of the error.
    pub line_number: Option<usize>,
    /// How it ends, if it compiles.
    #[serde(default)]
    pub ends: Ends,
}

/// How a program ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ends {
    /// By itself.
    #[default]
    Well,
    /// Never: everybody waits.
    Deadlock,
    /// `main` panics.
    Panic,
}

/// A question that is answered with a few words.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// The question.
    pub prompt: String,
}

/// The words that are accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The answer that is shown.
    pub answer: String,
    /// Others that are right too.
    #[serde(default)]
    pub alternatives: Vec<String>,
}

impl Right {
    /// The right answers.
    pub fn all(&self) -> Vec<&str> {
        match &self.answer {
            OneOrMore::One(text) => vec![text],
            OneOrMore::More(texts) => texts.iter().map(String::as_str).collect(),
        }
    }
}

impl Words {
    /// Whether these are the words, capitals and spaces aside.
    pub fn accept(&self, given: &str) -> bool {
        let plain =
            |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let accepted = std::iter::once(&self.answer).chain(&self.alternatives);
        accepted.into_iter().any(|words| plain(words) == plain(given))
    }
}

/// The folder of this package, where the quizzes are.
pub fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All quizzes in their order: those of the exercises by number, then those of the pages as they are read.
pub fn all() -> Result<Vec<Quiz>, String> {
    let mut files = listing(&home().join("exercises"))?;
    files.sort();
    let pages = listing(&home().join("concepts"))?;
    let summary = fs::read_to_string(home().join("../concepts/SUMMARY.md")).unwrap_or_default();
    let place =
        |path: &PathBuf| summary.find(&format!("({}.md)", name(path))).unwrap_or(usize::MAX);
    let mut pages: Vec<(usize, PathBuf)> =
        pages.into_iter().map(|path| (place(&path), path)).collect();
    pages.sort();
    files.extend(pages.into_iter().map(|(_, path)| path));
    files.iter().map(|path| read(path)).collect()
}

fn listing(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect())
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(path: &Path) -> Result<Quiz, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        questions: Vec<Question>,
    }
    let said = |error: String| format!("{}: {}", path.display(), error.trim_end());
    let text = fs::read_to_string(path).map_err(|error| said(error.to_string()))?;
    let file: File = toml::from_str(&text).map_err(|error| said(error.to_string()))?;
    unknown_key(&text).map_err(said)?;
    Ok(Quiz { name: name(path), questions: file.questions })
}

/// Serde does not look for these beside a flattened field. A key that is misspelt would be passed over.
fn unknown_key(text: &str) -> Result<(), String> {
    const KEYS: [&str; 7] = ["id", "asks", "about", "type", "prompt", "answer", "context"];
    let file: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let questions = file.get("questions").and_then(toml::Value::as_array).into_iter().flatten();
    for question in questions.filter_map(toml::Value::as_table) {
        if let Some(key) = question.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let id = question.get("id").and_then(toml::Value::as_str).unwrap_or_default();
            return Err(format!("question {id}: nothing is known of the key '{key}'"));
        }
    }
    Ok(())
}

/// The name that begins most like what was typed, if a few letters are the same.
fn nearest<'a>(typed: &str, names: &[&'a str]) -> Option<&'a str> {
    const FEW: usize = 4;
    let alike = |name: &str| {
        typed.chars().zip(name.chars()).take_while(|(one, other)| one == other).count()
    };
    let nearest = names.iter().copied().max_by_key(|name| alike(name));
    nearest.filter(|name| alike(name) >= FEW)
}

/// The quizzes that were named: `4`, `04`, `04-producer-consumer`, `how-it-ends`.
pub fn chosen(all: &[Quiz], names: &[String]) -> Result<Vec<Quiz>, String> {
    let find = |wanted: &String| {
        let number = wanted.parse::<u32>().ok();
        let fits = |quiz: &&Quiz| {
            let own = quiz.name.split('-').next().and_then(|own| own.parse::<u32>().ok());
            quiz.name == *wanted || (number.is_some() && own == number)
        };
        all.iter().find(fits).cloned().ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|quiz| quiz.name.as_str()).collect();
            match nearest(wanted, &names) {
                Some(name) => format!("no quiz is called '{wanted}'; did you mean {name}?"),
                None => format!("no quiz is called '{wanted}'; there are {}", names.join(", ")),
            }
        })
    };
    names.iter().map(find).collect()
}
