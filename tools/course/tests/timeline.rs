//! `cargo course timeline`, as it is typed, on a program that leaves the tape that it is told.

mod common;
#[path = "common/tape.rs"]
mod tape;

use common::{Small, stderr, stdout};
use serde_json::Value;
use tape::{TAPE, small};

/// What stands in the page.
fn data(page: &str) -> Value {
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
}

/// Draws the tape, and gives what was written to a file.
fn written(small: &Small, flag: &str, name: &str) -> String {
    let output = small.course(&format!("timeline 1 --mark did {flag} {name}"), "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains(&format!("written: {name} (")), "{}", stdout(&output));
    small.read(name)
}

#[test]
fn a_run_is_drawn_with_its_report() {
    let small = small("timeline-drawn");
    let output = small.course_in(&[("COLUMNS", "60")], "timeline 1 --mark did", "");
    let told = stdout(&output);
    let drawn = "\
cargo 01, pace instant: 1.000 s

         0                    500 ms                  work
main     █████████████████──────────────────────────   40%
Worker   ·················▓▓▓▓▓▓▓▓▓▓▓▓█████████████·   60%
queue 1                  █▄▄▄▄▄▄▄▄▄▄▄▄▄               max 2
marks                                 !            !
  ! 0.700 s  Worker: [Worker] did </script><b> 1
  ! 1.000 s  main: the program is stuck: deadlock

queue 1  queue of line 3, room for 2; most 2, on average
         0.30; 2 messages waited 0.150 s on average, 0.300 s
         at most
█ working: it sleeps, which stands for work   ▓ computing
· waits for an item   ─ waits for another to end
at the end: how it stands, for ever
work: how much of its life it was at work

DEADLOCK at 1.0 s: nothing can happen any more.
";
    assert!(told.starts_with(drawn), "{told}");
    assert!(told.contains("\nLook first at main.\n"), "{told}");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_plain_terminal_gets_plain_signs() {
    let small = small("timeline-plain");
    let told = stdout(&small.course_in(&[("COLUMNS", "60")], "timeline 1 --ascii", ""));
    assert!(told.is_ascii(), "{told}");
    let rows = [
        "main     #################--------------------------   40%\n",
        "Worker   .................%%%%%%%%%%%%#############.   60%\n",
        "queue 1  ................21111111111111............   max 2\n",
    ];
    for row in rows {
        assert!(told.contains(row), "{row} is missing in:\n{told}");
    }
}

#[test]
fn the_picture_fits_the_width() {
    let small = small("timeline-width");
    for (columns, fits) in [("10", 60), ("60", 60), ("80", 80), ("140", 140)] {
        let told = stdout(&small.course_in(&[("COLUMNS", columns)], "timeline 1", ""));
        let drawn = told.split("\n\nDEADLOCK").next().unwrap();
        let longest = drawn.lines().map(|line| line.chars().count()).max();
        assert!(longest.is_some_and(|longest| longest <= fits), "{longest:?}\n{told}");
        assert!(longest.is_some_and(|longest| longest + 20 > fits), "{longest:?}\n{told}");
    }
}

#[test]
fn a_tape_that_was_kept_is_compared_with_a_run() {
    let small = small("timeline-kept");
    let cut: Vec<&str> = TAPE.lines().take(14).collect();
    small.write("kept.jsonl", &cut.join("\n"));
    let output = small.course("timeline 1 --with-tape kept.jsonl --html both.html", "");
    let told = stdout(&output);
    assert!(told.contains("\nkept.jsonl, pace instant: 0.700 s\n"), "{told}{}", stderr(&output));
    let differs = "They took 1.000 s and 0.700 s. They do the same, in the same order, until
  0.700 s  Worker sleeps at src/main.rs:10 for 0.300 s
  0.700 s  the run is over
";
    assert!(told.contains(differs), "{told}");
    let data = data(&small.read("both.html"));
    assert_eq!(data["difference"][1], serde_json::json!([700_000, "the run is over"]));
    assert!(data["runs"][0]["sources"]["src/main.rs"].as_str().unwrap().contains("fn main()"));
    assert!(data["runs"][1]["sources"].is_null());
    let told = stdout(&small.course("timeline 1 --tape tape.jsonl --with-tape tape.jsonl", ""));
    assert!(told.ends_with("Both runs do the same.\n"), "{told}");
}

/// It may name addresses, of the SVG namespace for instance, and asks for none of them.
#[test]
fn the_page_asks_for_nothing_and_holds_what_was_printed() {
    let small = small("timeline-page");
    let page = written(&small, "--html", "run.html");
    for ask in ["<link", "<img", "<iframe", " src=", "@import", "url(", "fetch(", "import("] {
        assert!(!page.contains(ask), "the page has {ask}");
    }
    assert_eq!(page.matches("</script>").count(), 2, "what was printed ends a script");
    let data = data(&page);
    let run = &data["runs"][0];
    let text = |place: &Value| run["texts"][place.as_u64().unwrap() as usize].as_str().unwrap();
    let texts = run["texts"].as_array().unwrap();
    assert!(texts.iter().any(|text| text == "prints: [Worker] did </script><b> 1"));
    // Why each block is one, in the words of a report.
    let worker = &run["lanes"][1];
    let blocks: Vec<&Value> = worker["blocks"].as_array().unwrap().iter().collect();
    let said: Vec<(u64, u64, &str, &str)> = blocks
        .chunks(4)
        .map(|block| {
            let number = |value: &Value| value.as_u64().unwrap();
            let state = &data["states"][number(block[2]) as usize]["word"];
            (number(block[0]), number(block[1]), state.as_str().unwrap(), text(block[3]))
        })
        .collect();
    let waits = "waits at src/main.rs:9 in recv(): the queue made at line 3 is empty";
    let expected = [
        (0, 400_000, "item", waits),
        (400_000, 700_000, "computing", "computes at src/main.rs:10 for 0.300 s"),
        (700_000, 1_000_000, "working", "sleeps at src/main.rs:10 for 0.300 s"),
    ];
    assert_eq!(said, expected);
    let ends =
        format!("{waits}, but 1 sender still exists (made at line 3, last used by main at line 6)");
    assert_eq!(text(&worker["stands"][1]), ends);
    // Who waits for whom: main for the worker, and the worker for main.
    let circle = run["stuck"]["waits_for"].as_array().unwrap();
    assert_eq!([&circle[0], &circle[1], &circle[3], &circle[4]], [0, 1, 1, 0]);
    // The second item waited until the first one was done.
    let item = &run["items"][1];
    assert_eq!(
        (&item["sent"], &item["taken"][0]),
        (&400_000.into(), &serde_json::json!([700_000, 1, 1_000_000]))
    );
}

/// What is asked of each kind of event, in the words of the "Trace Event Format".
#[test]
fn the_trace_has_the_documented_fields() {
    let small = small("timeline-trace");
    let trace: Value = serde_json::from_str(&written(&small, "--perfetto", "run.json")).unwrap();
    assert_eq!(trace["displayTimeUnit"], "ms");
    let mut kinds = std::collections::BTreeMap::new();
    for event in trace["traceEvents"].as_array().unwrap() {
        let phase = event["ph"].as_str().unwrap();
        *kinds.entry(phase).or_insert(0) += 1;
        assert!(event["name"].is_string() && event["pid"].is_u64(), "{event}");
        assert_eq!(event["ts"].is_u64(), phase != "M", "{event}");
        assert_eq!(event["tid"].as_u64().is_some_and(|thread| thread > 0), phase != "C", "{event}");
        let is_right = match phase {
            "M" if event["name"] == "thread_sort_index" => event["args"]["sort_index"].is_u64(),
            "M" => event["args"]["name"].is_string(),
            "X" => event["dur"].is_u64() && event["cat"].is_string(),
            "C" => event["args"].as_object().unwrap().values().all(Value::is_u64),
            "s" => event["id"].is_u64() && event["cat"].is_string(),
            "f" => event["id"].is_u64() && event["cat"].is_string() && event["bp"] == "e",
            "i" => ["g", "p", "t"].iter().any(|scope| event["s"] == *scope),
            _ => false,
        };
        assert!(is_right, "{event}");
    }
    let counted: Vec<(&str, i32)> = kinds.into_iter().collect();
    assert_eq!(counted, [("C", 5), ("M", 5), ("X", 5), ("f", 2), ("i", 3), ("s", 2)]);
}

#[test]
fn the_drawing_stands_alone() {
    let small = small("timeline-svg");
    let svg = written(&small, "--svg", "run.svg");
    assert!(
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 "),
        "{svg}"
    );
    for part in [
        "<desc id=\"says\">main was at work for 40% of its life. Worker was at work for 60%",
        "<title>computes at src/main.rs:10 for 0.300 s</title>",
        "<title>[Worker] did &lt;/script&gt;&lt;b&gt; 1</title>",
        "prefers-color-scheme: dark",
    ] {
        assert!(svg.contains(part), "{part} is missing in:\n{svg}");
    }
    let tags = |tag: &str| svg.matches(tag).count();
    for tag in ["svg", "text", "title", "rect", "style"] {
        let closed = tags(&format!("</{tag}>"))
            + if tag == "rect" { tags("\"/>\n<text class=\"title\"") } else { 0 };
        assert_eq!(tags(&format!("<{tag} ")) + tags(&format!("<{tag}>")), closed, "{tag}");
    }
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let small = small("timeline-refused");
    small.write("no.jsonl", "{}\n");
    for (typed, code, why) in [
        (
            "timeline 1 -- --do refuse",
            2,
            "error: cargo 01 --do refuse ends with exit code 2, for bad input:\nerror: --do is bad\n",
        ),
        (
            "timeline 1 -- --pace off",
            2,
            "error: cargo 01 --pace off: on the pace off there is no tape\n",
        ),
        (
            "timeline 1 -- --explore=0..9",
            2,
            "error: cargo 01 --explore=0..9: one run is drawn, from a tape of its own: without --explore\n",
        ),
        (
            "timeline 1 --tape no.jsonl",
            2,
            "error: no.jsonl can't be drawn: the tape does not begin\n",
        ),
        ("timeline 7", 2, "error: no exercise is called 7; there are: 01-small\n"),
    ] {
        let output = small.course(typed, "");
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(code), why), "{typed}");
        assert_eq!(stdout(&output), "", "{typed}");
    }
    let output = small.course("timeline 1 -- --do nothing", "");
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.starts_with("error: cargo 01 --do nothing has left no tape in "), "{told}");
    assert_eq!(small.course("timeline 1 --html no/such/run.html", "").status.code(), Some(1));
    assert_eq!(small.course("timeline 1 --tape gone.jsonl", "").status.code(), Some(2));
}

#[test]
fn the_help_has_examples() {
    let small = Small::new("timeline-help");
    let told = stdout(&small.course("timeline --help", ""));
    assert!(told.contains("cargo course timeline 04 -- --workers 10"), "{told}");
}
