//! Cards for [Anki](https://apps.ankiweb.net): a text file for File, Import.

use super::{inline, markdown, prompt, solution};
use crate::{Question, Quiz, shuffle};
use std::fmt::Write as _;

/// All questions as cards, one on each line: id, question, answer, tag.
///
/// Anki knows a card again by its id, so an import brings it up to date and keeps what was learnt.
pub fn cards(quizzes: &[Quiz]) -> String {
    let mut text = String::from(
        "#separator:tab\n#html:true\n#guid column:1\n#notetype:Basic\n#deck:Handoff\n#tags column:4\n",
    );
    for quiz in quizzes {
        for question in &quiz.questions {
            let back = format!("{}{}", solution(question), markdown(&question.context));
            let fields =
                [&question.id, &front(question), &back, &quiz.name].map(|field| one_line(field));
            // It only ever fails when memory runs out.
            let _ = writeln!(text, "{}", fields.join("\t"));
        }
    }
    text
}

fn front(question: &Question) -> String {
    let choices = shuffle::choices(question, 0);
    let items: Vec<String> =
        choices.iter().map(|choice| format!("<li>{}</li>", inline(&choice.text))).collect();
    let list =
        if items.is_empty() { String::new() } else { format!("<ul>{}</ul>", items.concat()) };
    format!("{}{list}", prompt(question))
}

/// Tabs and line ends part fields and cards, so a field has none; in `<pre>` a line end is a `<br>`.
fn one_line(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html.trim();
    while let Some((before, after)) = rest.split_once("<pre>") {
        let (code, after) = after.split_once("</pre>").unwrap_or((after, ""));
        let code = code.trim_end().replace('\n', "<br>").replace('\t', "    ");
        text += &format!("{}<pre>{code}</pre>", before.replace(['\n', '\t'], " "));
        rest = after;
    }
    text + &rest.replace(['\n', '\t'], " ")
}
