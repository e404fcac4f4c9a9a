//! One page with all questions, for a browser: it needs no network, and no other file.

use super::{escaped, inline, markdown, prompt, solution};
use crate::{
    Question, Quiz, ask,
    question::{Kind, Words},
    shuffle,
};
use std::fmt::Write as _;

/// The page.
pub fn page(quizzes: &[Quiz]) -> String {
    let (mut contents, mut sections) = (String::new(), String::new());
    for quiz in quizzes {
        let (name, count) = (escaped(&quiz.name), quiz.questions.len());
        // Writing to a string only ever fails when memory runs out, here and below.
        let _ = writeln!(contents, "<li><a href=\"#{name}\">{name}</a> ({count})</li>");
        let _ =
            writeln!(sections, "<section id=\"{name}\">\n<h2>{name}</h2>\n<p class=\"score\"></p>");
        for (number, question) in quiz.questions.iter().enumerate() {
            sections += &form(&format!("Question {} of {count}", number + 1), question);
        }
        sections += "</section>\n";
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Handoff: quizzes</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <header><h1>Handoff: quizzes</h1><div id=\"score\" role=\"status\"></div></header>\n\
         <nav aria-label=\"Quizzes\"><ul>\n{contents}</ul></nav>\n<main>\n{sections}</main>\n\
         <script>\n{}</script>\n</body>\n</html>\n",
        include_str!("page.css"),
        include_str!("page.js"),
    )
}

fn form(legend: &str, question: &Question) -> String {
    let id = escaped(&question.id);
    let (kind, accept, answer) = match &question.kind {
        Kind::MultipleChoice { answer, .. } => {
            ("choice", None, choices(question, answer.all().len() > 1))
        }
        Kind::ShortAnswer { answer, .. } => {
            let input = "<label class=\"text\">Your answer <input type=\"text\" autocomplete=\"off\"></label>\n";
            ("short", Some(accepted(answer)), input.to_owned())
        }
        Kind::Tracing { answer, .. } => {
            let effect = ask::effect(answer);
            let effect = if effect.starts_with('(') { String::new() } else { effect };
            ("trace", Some(effect), TRACE.to_owned())
        }
    };
    let accept = accept.map(|accept| format!(" data-accept=\"{}\"", escaped(&accept)));
    format!(
        "<form id=\"{id}\" data-type=\"{kind}\"{}>\n<fieldset>\n<legend>{legend}</legend>\n{}{answer}</fieldset>\n\
         <button>Check</button>\n<p class=\"verdict\" role=\"status\"></p>\n\
         <div class=\"explanation\" hidden>\n<p>The answer:</p>\n{}\n{}</div>\n</form>\n",
        accept.unwrap_or_default(),
        prompt(question),
        solution(question),
        markdown(&question.context),
    )
}

const TRACE: &str = "<label class=\"text\">What it prints, line by line. If it does not compile: <code>error</code> and \
the number of the line, such as <code>error 7</code>. If it is stuck for ever, or panics, end with the line <code>deadlock</code> \
or <code>panic</code>.\n<textarea rows=\"5\" spellcheck=\"false\" autocapitalize=\"off\"></textarea></label>\n\
<label class=\"choice\"><input type=\"checkbox\"> It prints nothing, and ends.</label>\n";

fn choices(question: &Question, several: bool) -> String {
    let id = escaped(&question.id);
    let mut text = String::from(if several { "<p>Several answers are right.</p>\n" } else { "" });
    for choice in shuffle::choices(question, 0) {
        let kind = if several { "checkbox" } else { "radio" };
        let right = if choice.is_right { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "<label class=\"choice\"><input type=\"{kind}\" name=\"{id}\" data-right=\"{right}\"> <span>{}</span></label>",
            inline(&choice.text)
        );
    }
    text
}

fn accepted(words: &Words) -> String {
    let accepted: Vec<&String> =
        std::iter::once(&words.answer).chain(&words.alternatives).collect();
    serde_json::json!(accepted).to_string()
}
