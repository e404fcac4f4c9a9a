//! The questions, written for other programs.

pub mod anki;
pub mod html;

use crate::{
    ask,
    question::{Effect, Kind, Question},
};
use pulldown_cmark::{Options, Parser, html::push_html};

/// Markdown as HTML. HTML in it is shown, not taken.
fn markdown(text: &str) -> String {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        pulldown_cmark::Event::Html(text) | pulldown_cmark::Event::InlineHtml(text) => {
            pulldown_cmark::Event::Text(text)
        }
        other => other,
    });
    let mut html = String::new();
    push_html(&mut html, events);
    html
}

/// One line of Markdown, without the paragraph around it.
fn inline(text: &str) -> String {
    let html = markdown(text);
    let html = html.trim();
    let inner = html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    inner.filter(|inner| !inner.contains("<p>")).unwrap_or(html).to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What is asked, as HTML: without the answers to choose from.
fn prompt(question: &Question) -> String {
    match &question.kind {
        Kind::MultipleChoice { prompt, .. } => markdown(&prompt.prompt),
        Kind::ShortAnswer { prompt, .. } => markdown(&prompt.prompt),
        Kind::Tracing { prompt, .. } => {
            let numbered = prompt.program.trim_end().lines().enumerate();
            let lines: Vec<String> = numbered
                .map(|(number, line)| {
                    format!("<span class=\"number\">{:3}</span>  {}", number + 1, escaped(line))
                })
                .collect();
            format!("<p>What does this program do?</p>\n<pre>{}</pre>\n", lines.join("\n"))
        }
    }
}

/// The right answer, as HTML.
fn solution(question: &Question) -> String {
    match &question.kind {
        Kind::MultipleChoice { answer, .. } => {
            let items: Vec<String> =
                answer.all().into_iter().map(|text| format!("<li>{}</li>", inline(text))).collect();
            format!("<ul>{}</ul>", items.concat())
        }
        Kind::ShortAnswer { answer, .. } => format!("<p>{}</p>", escaped(&answer.answer)),
        Kind::Tracing { answer, .. } => format!("<pre>{}</pre>", escaped(&told(answer))),
    }
}

fn told(effect: &Effect) -> String {
    match effect.line_number {
        Some(line) => format!("It does not compile: error in line {line}."),
        None => ask::effect(effect),
    }
}
