//! Asks the questions of the course: `cargo run -p quizzes -- 04`.

use clap::{Parser, ValueEnum};
use quizzes::{
    Quiz,
    ask::Session,
    export,
    progress::Progress,
    question::{self, Question},
    shuffle,
};
use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match (args.export, args.quizzes.is_empty() && !args.review) {
        (Some(form), _) => export_all(&args, form),
        (None, true) => list(&args),
        (None, false) => ask(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let width = accord::text::width_on(&std::io::stderr());
            eprintln!("{}", accord::text::wrapped(&format!("error: {why}"), width));
            ExitCode::from(2)
        }
    }
}

/// Asks the questions of the course
///
/// Without the name of a quiz, lists all of them, and how far you are.
#[derive(Parser)]
struct Args {
    /// The quizzes to ask, by number or name: 04, how-it-ends
    quizzes: Vec<String>,
    /// Ask again only what was last answered wrongly
    #[arg(long)]
    review: bool,
    /// Another order of questions and answers; the same number brings the same order
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Write the questions for another program, instead of asking them
    #[arg(long, value_name = "FORM", conflicts_with_all = ["review", "seed"])]
    export: Option<Form>,
    /// The file to export into, instead of standard output
    #[arg(long, value_name = "FILE", requires = "export")]
    output: Option<PathBuf>,
    /// The file that keeps what you answered
    #[arg(long, value_name = "FILE", default_value_os_t = question::home().join(".progress.json"))]
    progress: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// One page for a browser, which needs no network
    Html,
    /// Cards for Anki: File, Import
    Anki,
}

fn chosen(args: &Args) -> Result<Vec<Quiz>, String> {
    let all = question::all()?;
    if args.quizzes.is_empty() { Ok(all) } else { question::chosen(&all, &args.quizzes) }
}

fn list(args: &Args) -> Result<(), String> {
    let progress = Progress::read(args.progress.clone())?;
    let mut text = String::from("Quiz                                questions   right\n");
    for quiz in question::all()? {
        let of =
            |right| quiz.questions.iter().filter(|q| progress.last(&q.id) == Some(right)).count();
        let (right, wrong) = (of(true), of(false));
        let share = if right + wrong == 0 { "–".to_owned() } else { right.to_string() };
        text += &format!("{:34} {:10} {share:>7}\n", quiz.name, quiz.questions.len());
    }
    text += "\nAsk one: cargo run -p quizzes -- 04\n";
    print(&text)
}

fn ask(args: &Args) -> Result<(), String> {
    let quizzes = chosen(args)?;
    let mut progress = Progress::read(args.progress.clone())?;
    let mut questions: Vec<Question> =
        quizzes.into_iter().flat_map(|quiz| quiz.questions).collect();
    if args.review {
        questions.retain(|question| progress.last(&question.id) == Some(false));
        if questions.is_empty() {
            return print("Nothing to review: no question was last answered wrongly.\n");
        }
    }
    if let Some(seed) = args.seed {
        questions = shuffle::questions(questions, seed);
    }
    let (input, output, seed) = (io::stdin().lock(), io::stdout().lock(), args.seed.unwrap_or(0));
    let (progress, width) = (&mut progress, accord::text::width_on(&std::io::stdout()));
    let mut session = Session { input, output, progress, seed, width };
    session.ask_all(&questions).map(drop)
}

fn export_all(args: &Args, form: Form) -> Result<(), String> {
    let quizzes = chosen(args)?;
    let text = match form {
        Form::Html => export::html::page(&quizzes),
        Form::Anki => export::anki::cards(&quizzes),
    };
    match &args.output {
        Some(path) => fs::write(path, text).map_err(|error| format!("{}: {error}", path.display())),
        None => print(&text),
    }
}

/// A closed pipe ends it quietly: the reader has seen enough.
fn print(text: &str) -> Result<(), String> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
