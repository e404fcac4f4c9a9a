//! A run, or two of them, as one page for a browser, which asks for nothing but itself.

use super::{data, model::Run};
use accord::files::Sources;

const FRAME: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPTS: [&str; 5] = [
    include_str!("page/data.js"),
    include_str!("page/chart.js"),
    include_str!("page/panels.js"),
    include_str!("page/table.js"),
    include_str!("page/page.js"),
];

/// The page.
pub(super) fn page(runs: &[(&Run, Option<&Sources>)]) -> String {
    let commands: Vec<&str> = runs.iter().map(|(run, _)| run.command.as_str()).collect();
    let title = escaped(&commands.join(" and "));
    // What looks like the end of a script is none within a JSON text.
    let data = data::of(runs).to_string().replace("</", "<\\/").replace("<!--", "<\\u0021--");
    let script = SCRIPTS.join("\n");
    let fill = |frame: &str, parts: &[(&str, &str)]| {
        // Each part once and in this order, so that nothing is looked for in what was filled in.
        let (mut told, mut rest) = (String::new(), frame.to_owned());
        for (name, text) in parts {
            if let Some((before, behind)) = rest.split_once(name) {
                told = told + before + text;
                rest = behind.to_owned();
            }
        }
        told + &rest
    };
    fill(
        FRAME,
        &[
            ("{{title}}", &title),
            ("{{style}}", STYLE),
            ("{{data}}", &data),
            ("{{script}}", &script),
        ],
    )
}

/// A text between tags, or in an attribute.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
