//! Asking and exporting, as whoever sits at a terminal or behind a pipe sees it.

use quizzes::{
    ask::traced,
    question::{self, Kind, Question},
    shuffle,
};
use std::{
    env, fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

const QUIZ: &str = "how-it-ends";

/// A file for the progress that is gone in the end.
struct Kept(PathBuf);

impl Kept {
    fn new() -> Kept {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Kept(env::temp_dir().join(format!("handoff-quiz-{}-{number}.json", std::process::id())))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // A session that kept nothing has left no file.
        let _ = fs::remove_file(&self.0);
    }
}

fn quizzes(kept: &Kept, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quizzes"));
    command.args(arguments).arg("--progress").arg(&kept.0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program can be started");
    // It may have ended without reading all.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends when its input does")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn quiz() -> Vec<Question> {
    let all = question::all().expect("the quizzes can be read");
    question::chosen(&all, &[QUIZ.to_owned()]).expect("it is there").remove(0).questions
}

/// What somebody types who knows it all; with `wrong`, somebody who knows nothing.
fn answers(questions: &[Question], seed: u64, wrong: bool) -> String {
    let mut lines = String::new();
    for question in questions {
        lines += &match &question.kind {
            Kind::MultipleChoice { .. } => {
                let choices = shuffle::choices(question, seed);
                let letters = ('a'..).zip(&choices).filter(|(_, choice)| choice.is_right != wrong);
                let letters: Vec<String> = letters.map(|(letter, _)| letter.to_string()).collect();
                let several = choices.iter().filter(|choice| choice.is_right).count() > 1;
                if several || !wrong { letters.join(" ") } else { letters[0].clone() }
            }
            Kind::ShortAnswer { answer, .. } if !wrong => answer.answer.to_uppercase(),
            Kind::Tracing { answer, .. } if !wrong => match quizzes::ask::effect(answer) {
                nothing if nothing.starts_with('(') => String::new(),
                effect => format!("{effect}\n"),
            },
            Kind::ShortAnswer { .. } => "no idea".to_owned(),
            Kind::Tracing { .. } => "no idea\n".to_owned(),
        };
        lines += "\n";
    }
    lines
}

#[test]
fn who_knows_it_all_has_nothing_to_review() {
    let (kept, questions) = (Kept::new(), quiz());
    let output = quizzes(&kept, &[QUIZ], &answers(&questions, 0, false));
    let told = text(&output);
    assert!(output.status.success(), "{told}");
    let count = questions.len();
    assert!(told.ends_with(&format!("\n{count} of {count} right\n")), "{told}");
    assert_eq!(told.matches("\nRight.\n").count(), count, "{told}");
    for question in &questions {
        assert!(told.contains(question.context.trim()), "the explanation comes either way: {told}");
    }
    let review = quizzes(&kept, &["--review"], "");
    assert!(text(&review).starts_with("Nothing to review"), "{}", text(&review));
    let list = text(&quizzes(&kept, &[], ""));
    let line = list.lines().find(|line| line.starts_with(QUIZ)).expect("it is listed");
    assert_eq!(line.split_whitespace().last(), Some(count.to_string().as_str()));
}

#[test]
fn what_was_missed_is_asked_again() {
    let (kept, questions) = (Kept::new(), quiz());
    let told = text(&quizzes(&kept, &[QUIZ], &answers(&questions, 0, true)));
    assert!(told.contains(&format!("\n0 of {} right\n", questions.len())), "{told}");
    assert!(told.contains("`--review` asks again"), "{told}");
    // The first one is known by now, and so is not asked a third time.
    let told = text(&quizzes(&kept, &["--review"], &answers(&questions[..1], 0, false)));
    assert!(told.contains("\n1 of 1 right\n"), "{told}");
    assert!(told.contains(&format!("{} not asked", questions.len() - 1)), "{told}");
    let told = text(&quizzes(&kept, &["--review", QUIZ], ""));
    assert!(told.contains(&format!("Question 1 of {}", questions.len() - 1)), "{told}");
}

#[test]
fn a_seed_brings_an_order_and_the_same_one_again() {
    let kept = Kept::new();
    let asked = |seed: &str| text(&quizzes(&kept, &[QUIZ, "--seed", seed], ""));
    assert_eq!(asked("3"), asked("3"));
    let orders: Vec<String> = (0..10).map(|seed: u32| asked(&seed.to_string())).collect();
    assert!(orders.iter().any(|order| *order != orders[0]), "the seed changes nothing");

    let questions = shuffle::questions(quiz(), 5);
    let told = text(&quizzes(&kept, &[QUIZ, "--seed", "5"], &answers(&questions, 5, false)));
    assert!(told.contains(&format!("\n{0} of {0} right\n", questions.len())), "{told}");
}

#[test]
fn an_answer_that_is_none_is_asked_for_again() {
    let kept = Kept::new();
    let questions = quiz();
    let first =
        questions.iter().position(|question| matches!(question.kind, Kind::MultipleChoice { .. }));
    assert_eq!(first, Some(0), "the quiz begins with a choice");
    let told =
        text(&quizzes(&kept, &[QUIZ], &format!("z\n\n{}", answers(&questions[..1], 0, false))));
    let again = "Answer with one letter, from a to ";
    assert_eq!(told.matches(again).count(), 2, "{told}");
    assert_eq!(told.matches("or q to leave").count(), 2, "{told}");
    assert!(told.contains("\n1 of 1 right\n"), "{told}");
    let told = text(&quizzes(&kept, &[QUIZ], "q\n"));
    assert!(told.ends_with("\nNo question was answered.\n"), "{told}");
}

#[test]
fn bad_input_is_told_in_a_line() {
    let kept = Kept::new();
    for (arguments, named) in [
        (&["99"][..], "no quiz is called '99'; there are 01-basic, "),
        (&["how-it-end"], "no quiz is called 'how-it-end'; did you mean how-it-ends?"),
        (&["--export", "pdf"], "--export <FORM>"),
        (&["--output", "x"], "--export"),
        (&["--seed", "x"], "--seed <N>"),
    ] {
        let output = quizzes(&kept, arguments, "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(named), "{said}");
    }
    fs::write(&kept.0, "not json").expect("the temporary folder can be written");
    let output = quizzes(&kept, &[QUIZ], "a\n");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&kept.0).expect("it is there"), "not json", "nothing is lost");
}

#[test]
fn the_page_for_a_browser_needs_nothing_else() {
    let html = text(&quizzes(&Kept::new(), &["--export", "html"], ""));
    for all in question::all().expect("the quizzes can be read") {
        for question in all.questions {
            assert!(html.contains(&format!("<form id=\"{}\"", question.id)));
        }
    }
    for elsewhere in ["src=", "<link", "@import", "url("] {
        assert!(!html.contains(elsewhere), "it asks for something with {elsewhere}");
    }
}

#[test]
fn each_card_is_one_line_of_four_fields() {
    let cards = text(&quizzes(&Kept::new(), &["--export", "anki", QUIZ], ""));
    let lines: Vec<&str> = cards.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), quiz().len());
    for line in lines {
        assert_eq!(line.split('\t').count(), 4, "{line}");
    }
}

#[test]
fn a_trace_is_right_line_by_line() {
    let questions = quiz();
    let effect = questions.iter().find_map(|question| match &question.kind {
        Kind::Tracing { answer, .. } if answer.does_compile => Some(answer),
        _ => None,
    });
    let effect = effect.expect("the quiz has a program to trace");
    let lines: Vec<String> = quizzes::ask::effect(effect).lines().map(str::to_owned).collect();
    assert!(traced(effect, &lines));
    assert!(!traced(effect, &lines[1..]));
    assert!(!traced(effect, &[]));
    assert!(!traced(effect, &["error 1".to_owned()]));
}

#[test]
fn an_empty_line_is_no_answer_but_for_a_program_that_prints_nothing() {
    let kept = Kept::new();
    let all = question::all().expect("the quizzes can be read");
    let of =
        |name: &str| question::chosen(&all, &[name.to_owned()]).expect("it is there").remove(0);
    let is_short = |question: &Question| matches!(question.kind, Kind::ShortAnswer { .. });
    let (quiz, place) = all
        .iter()
        .find_map(|quiz| Some((of(&quiz.name), quiz.questions.iter().position(is_short)?)))
        .expect("a quiz has a question that is answered with a word");
    let before = answers(&quiz.questions[..place], 0, false);
    let typed = format!("{before}\n  \n{}", answers(&quiz.questions[place..=place], 0, false));
    let told = text(&quizzes(&kept, &[&quiz.name], &typed));
    assert_eq!(told.matches("Write a word or a number; or q to leave.").count(), 2, "{told}");
    let right = place + 1;
    assert!(told.contains(&format!("\n{right} of {right} right\n")), "{told}");
}
