//! `cargo course` alone, and `cargo course next`: where a learner is, and what comes next.

mod common;

use common::{Small, stderr, stdout};

const PAGE: &str = "# A queue

About 6 minutes. Before Alter 1 of exercise [01-small](../exercises/01-small/README.md).

Words of a page.

<details><summary>Answer: why?</summary>

Because.

</details>

More of them.
";

/// The small course with a page, a quiz and minutes for its questions.
fn course(test: &str) -> Small {
    let small = Small::new(test);
    small.write("concepts/SUMMARY.md", "- [A queue](a-queue.md)\n");
    small.write("concepts/a-queue.md", PAGE);
    small.write(
        "quizzes/exercises/01-small.toml",
        "[[questions]]\nid = \"one\"\n[[questions]]\nid = \"two\"\n",
    );
    let brief = "exercises/01-small/README.md";
    small.change(brief, "1. Why?", "Answer in `ANSWERS.md` (4 min).\n\n1. Why?");
    small.change(brief, "## Next\n", "## Next\n\nThe quiz asks (10 min).\n");
    small
}

fn told(small: &Small, arguments: &str) -> String {
    let output = small.course(arguments, "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn it_tells_where_one_is_and_what_is_next() {
    let small = course("whereabouts");
    let start = "          alter  break  fix  quiz
01-small  ·      ·      (·)  –

✓ passed  ✗ failed  ? not checked  · open  ( ) extra

next: read \"A queue\" (6 min)
      that is: cargo course next
left: 35 minutes
";
    assert_eq!(told(&small, ""), start);

    // The page comes, then its task; what is handed in wants a check.
    let page = told(&small, "next");
    assert!(
        page.contains("Words of a page.\n\nAnswer: why?\n\nBecause.\n\nMore of them."),
        "{page}"
    );
    assert!(told(&small, "").contains("next: 01, alter 1: another number (10 min)\n"));
    let main = "exercises/01-small/src/main.rs";
    small.change(main, "    // TODO(alter-1): it prints the wrong number.\n", "");
    let now = told(&small, "");
    assert!(now.contains("01-small  ?      ·"), "{now}");
    assert!(now.contains("      that is: cargo course watch 01\n"), "{now}");
    small.course("check 1", "");
    assert!(told(&small, "").contains("01-small  ✗      ·"));
    small.change(main, "println!(\"1\")", "println!(\"2\")");
    assert!(
        told(&small, "").contains("01 has changed since its last check: cargo course check 01")
    );
    small.course("check 1", "");
    let now = told(&small, "");
    assert!(now.contains("01-small  ✓      ·"), "{now}");
    assert!(now.contains("next: 01, break 1: a zero (5 min)\n      that is: cargo course break 01 1\nleft: 19 minutes\n"), "{now}");
}

#[test]
fn what_the_readme_leads_to_first_comes_first() {
    let small = course("whereabouts-first");
    // Nothing is handed in.
    small.change(
        "exercises/01-small/tests/tasks.rs",
        "cfg_attr(alter_1_is_open, ",
        "cfg_attr(all(), ",
    );
    // The page is one before all tasks.
    let page = PAGE.replace("Before Alter 1 of exercise", "Before exercise");
    small.write("concepts/a-queue.md", &page);
    small.write("README.md", "# Small\n\n## First\n\n```sh\ncargo course break 01 1\n```\n\nDo [Fix 1](exercises/01-small/README.md#-fix-1-the-flags-15-min).\n\n## Later\n\nDo [Alter 1](exercises/01-small/README.md#alter-1-another-number-10-min).\n");
    assert!(told(&small, "").contains("next: 01, break 1: a zero (5 min)\n"));
    let check = stdout(&small.course("check 1", ""));
    assert!(check.contains("\nnext: 01, break 1 (5 min): cargo course break 01 1\n"), "{check}");
    small.course("break 1 1", "Nothing.\n\n");
    // The page was not read for that.
    assert!(told(&small, "").contains("next: read \"A queue\" (6 min)\n"));
    let check = stdout(&small.course("check 1", ""));
    assert!(check.contains("\nnext: concepts/a-queue.md, then 01, alter 1 (10 min)"), "{check}");
    told(&small, "next");
    assert!(told(&small, "").contains("next: 01, alter 1: another number (10 min)\n"));
}

#[test]
fn answers_and_the_quiz_come_after_the_tasks() {
    let small = course("whereabouts-end");
    let main = "exercises/01-small/src/main.rs";
    small.change(main, "    // TODO(alter-1): it prints the wrong number.\n", "");
    small.change(main, "println!(\"1\")", "println!(\"2\")");
    small.write(
        "exercises/01-small/ANSWERS.md",
        "# Answers\n\n## Break 1: a zero\n\nIt stops.\n\n## Explain 1: why?\n",
    );
    small.course("check 1", "");
    assert!(told(&small, "").contains("next: 01, write down Explain 1 (4 min)"));
    let asked = told(&small, "next");
    assert!(
        asked.contains("1. Why?")
            && asked.ends_with("not written yet: Explain 1 in exercises/01-small/ANSWERS.md\n"),
        "{asked}"
    );
    small.write(
        "exercises/01-small/ANSWERS.md",
        "# Answers\n\n## Break 1: a zero\n\nIt stops.\n\n## Explain 1: why?\n\nSo.\n",
    );
    small.write("quizzes/.progress.json", "{\"answers\": {\"one\": true}}");
    let now = told(&small, "");
    assert!(now.contains("01-small  ✓      ✓      (·)  1/2"), "{now}");
    assert!(
        now.contains("next: the quiz of 01 (10 min)\n      that is: cargo run -p quizzes -- 01\n"),
        "{now}"
    );
    small.write("quizzes/.progress.json", "{\"answers\": {\"one\": true, \"two\": false}}");
    assert!(told(&small, "").contains("All is done."));
    assert!(told(&small, "next").contains("All is done."));
}

#[test]
fn next_shows_the_task_and_where_it_begins() {
    let small = course("next-task");
    told(&small, "next");
    let task = told(&small, "next --ascii");
    assert!(
        task.starts_with("01, alter 1: another number (10 min)\n\nPrint 2.\n\n    cargo 01\n"),
        "{task}"
    );
    for line in [
        "begins at: exercises/01-small/src/main.rs:6; delete the TODO(alter-1) to hand it in\n",
        "the verdict, on each save: cargo course watch 01\n",
        "a hint: cargo course hint 01 alter-1\n",
    ] {
        assert!(task.contains(line), "{task}");
    }
}

#[test]
#[cfg(unix)]
fn a_page_opens_in_a_browser_or_says_which_file_it_is() {
    let small = course("next-browser");
    let output = small.course_in(&[("BROWSER", "false")], "next --browser", "");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).ends_with("concepts/a-queue.md\n"), "{}", stdout(&output));
    assert!(stderr(&output).contains("BROWSER names another program"), "{}", stderr(&output));
    // What was not opened was not read.
    assert!(told(&small, "").contains("next: read \"A queue\""));
    let output = small.course_in(&[("BROWSER", "true")], "next --browser", "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(told(&small, "").contains("next: 01, alter 1"));
}
