//! `cargo course grade`: what is taken, what it comes to, and what no program can do.
#![cfg(target_os = "linux")]

mod common;

use common::{
    SOLUTION,
    grading::{Class, alter_1, assert_status, document, is_without_sandbox, of},
};
use course::child::{self, Outcome};
use serde_json::Value;
use std::{
    fs,
    net::{TcpListener, UdpSocket},
    os::unix::fs::symlink,
    process::Command,
};

/// What is said where there is no sandbox.
const OPEN: &str = "none (--unsandboxed): each program could do what the grader can";

#[test]
fn one_submission_never_stops_another() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-class");
    class.writes("right", "src/main.rs", SOLUTION);
    class.hands_in("wrong", "println!(\"3\");").hands_in("broken", "no rust");
    class.hands_in("open", "// TODO(alter-1): it\nprintln!(\"2\");");
    class.writes("without-main", "src/lib.rs", "").writes("without-source", "README.md", "");
    class.0.write("class/empty/notes.txt", "");
    class.0.write("class/note.txt", "");
    class.0.write("tools/course/points.txt", "01 alter-1 7\n");
    let document = class.document();
    for (student, status) in [
        ("right", "pass"),
        ("wrong", "fail"),
        ("broken", "build error"),
        ("open", "not handed in"),
        ("without-main", "build error"),
        ("without-source", "not handed in"),
        ("empty", "not handed in"),
    ] {
        assert_status(&document, student, status);
    }
    let right = of(&document, "right");
    assert_eq!(
        (&right["points"], &right["max"], &right["bonus"]),
        (&7.into(), &7.into(), &15.into())
    );
    assert_eq!(of(&document, "empty")["problem"], "has no folder exercises/");
    assert_eq!(of(&document, "note.txt")["problem"], "is neither a folder nor an archive");
    assert!(alter_1(&document, "wrong")["message"].as_str().unwrap().contains("\"3\\n\""));
    assert_eq!(
        of(&document, "without-source")["changed_not_used"][0],
        "exercises/01-small/README.md"
    );

    let again = class.grade("--format json --feedback pages");
    let told = serde_json::from_str::<Value>(&again.stdout).unwrap();
    assert_eq!(told, document, "a second grading says the same");
    assert_eq!(again.ended, child::Ended::Code(0));
    let page = class.0.read("pages/wrong.md");
    assert!(page.contains("## 01 alter-1: fail\n\n```text\n"), "{page}");
    assert_eq!(fs::read_dir(class.0.root.join("pages")).unwrap().count(), 8);
}

#[test]
fn without_a_sandbox_every_report_says_so() {
    let class = Class::new("grade-open");
    class.writes("right", "src/main.rs", SOLUTION);
    class.0.write("class/packed.zip", "");
    let outcome = class.grade("--unsandboxed --format json --feedback pages");
    let told = document(&outcome);
    assert_status(&told, "right", "pass");
    let one = class.grade("--unsandboxed --student right --format gradescope");
    assert_eq!(document(&one)["score"], 25, "{one:?}");
    assert_eq!((&told["sandboxed"], told["sandbox"].as_str()), (&false.into(), Some(OPEN)));
    assert!(class.0.read("pages/right.md").ends_with("\nThis was graded without a sandbox.\n"));
    let problem = "is an archive, and these are unpacked in a sandbox alone";
    assert_eq!(of(&told, "packed")["problem"], problem);
}

#[test]
fn a_task_without_a_test_is_failed() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-missing");
    class.writes("right", "src/main.rs", SOLUTION);
    class.0.change("exercises/01-small/tests/tasks.rs", "mod alter_1", "mod beyond");
    assert_status(&class.document(), "right", "fail");
}

#[test]
fn nothing_that_a_submission_brings_changes_a_verdict() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-brings");
    let wrong = "println!(\"3\");";
    let secret = class.0.root.join("secret.rs");
    class.0.write("secret.rs", "fn main() { println!(\"2\"); }\n");
    for (student, file, text) in [
        ("build-script", "build.rs", "fn main() { println!(\"cargo:rustc-cfg=passes\"); }"),
        ("tests", "tests/tasks.rs", "mod alter_1 { #[test] fn it_prints_two() {} }"),
        ("snapshot", "tests/snapshots/as_given.snap", "---\n---\n3\n"),
        ("manifest", "Cargo.toml", "[package]\nname = \"mine\"\n"),
    ] {
        class.hands_in(student, wrong).writes(student, file, text);
    }
    for (student, file, text) in [
        ("config", ".cargo/config.toml", "[build]\nrustc-wrapper = \"/bin/true\"\n"),
        ("patch", "Cargo.toml", "[workspace]\n[patch.crates-io]\nx = { path = \"x\" }\n"),
    ] {
        class.hands_in(student, wrong);
        class.0.write(&format!("class/{student}/{file}"), text);
    }
    class.writes("link", "README.md", "");
    let source = class.0.root.join("class/link/exercises/01-small/src");
    fs::create_dir_all(&source).unwrap();
    symlink(&secret, source.join("main.rs")).unwrap();
    let included = format!("println!(\"{{}}\", include_str!({secret:?}).len());");
    class.hands_in("includes", &included);
    for document in class.documents() {
        for student in ["build-script", "tests", "snapshot", "manifest", "config", "patch"] {
            assert_status(&document, student, "fail");
            assert_eq!(
                of(&document, student)["changed_not_used"].as_array().unwrap().len(),
                1,
                "{student}"
            );
        }
        assert_status(&document, "link", "not handed in");
        let refused = "exercises/01-small/src/main.rs: is no regular file";
        assert_eq!(of(&document, "link")["refused"][0], refused);
        assert_status(&document, "includes", "build error");
        let message = alter_1(&document, "includes")["message"].as_str().unwrap();
        assert!(message.contains("Permission denied"), "{message}");
    }
}

#[test]
fn nothing_that_a_program_says_is_a_verdict() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-says");
    class.hands_in("exit-0", "std::process::exit(0)");
    class.hands_in(
        "results",
        "println!(\"test alter_1::it_prints_two ... ok\\n\\ntest result: ok.\");",
    );
    class.hands_in(
        "hook",
        "std::panic::set_hook(Box::new(|_| std::process::exit(0)));\npanic!(\"2\");",
    );
    class.hands_in(
        "settings",
        "// Safety: it is alone.\nunsafe { std::env::set_var(\"INSTA_UPDATE\", \"always\") };\nprintln!(\"3\");",
    );
    class.hands_in(
        "kills",
        "let parent = std::os::unix::process::parent_id().to_string();\n\
         let killed = std::process::Command::new(\"/bin/sh\").args([\"-c\", &format!(\"kill -9 {parent}\")]).status();\n\
         println!(\"{:?}\", killed.map(|killed| killed.success()));",
    );
    for document in class.documents() {
        for student in ["exit-0", "results", "hook", "settings", "kills"] {
            assert_status(&document, student, "fail");
        }
        let message = alter_1(&document, "kills")["message"].as_str().unwrap();
        assert!(message.contains("Ok(false)"), "{message}");
    }
}

#[test]
fn no_program_reaches_out() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-reaches");
    let root = class.0.root.display().to_string();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_nonblocking(true).unwrap();
    class.0.write("secret", "2");
    let reads = |path: String| format!("println!(\"{{:?}}\", std::fs::read({path:?}).map(|_| 2));");
    let outside =
        |path: String| format!("println!(\"{{:?}}\", std::fs::write({path:?}, \"x\").map(|_| 2));");
    class.hands_in("reads-a-secret", &reads(format!("{root}/secret")));
    class.hands_in("reads-tests", &reads(format!("{root}/exercises/01-small/tests/tasks.rs")));
    let snapshot = format!("{root}/exercises/01-small/tests/snapshots/as_given.snap");
    class.hands_in("reads-snapshots", &reads(snapshot));
    let other = format!("{root}/class/reads-tests/exercises/01-small/src/main.rs");
    class.hands_in("reads-another", &reads(other));
    class.hands_in("reads-solution", &reads(format!("{root}/solutions/01-small/src/main.rs")));
    class.hands_in("writes-outside", &outside(format!("{root}/written")));
    class.hands_in("writes-itself", &outside(format!("{root}/target/course/grade/target/debug/x")));
    class.hands_in(
        "connects",
        &format!(
            "println!(\"{{:?}}\", std::net::TcpStream::connect(\"{}\").map(|_| 2));",
            tcp.local_addr().unwrap()
        ),
    );
    class.hands_in(
        "sends",
        &format!(
            "let socket = std::net::UdpSocket::bind(\"127.0.0.1:0\").unwrap();\n\
             println!(\"{{:?}}\", socket.send_to(b\"x\", \"{}\"));",
            udp.local_addr().unwrap()
        ),
    );
    for document in class.documents() {
        let students = document["students"].as_array().unwrap();
        assert_eq!(students.len(), 9);
        for student in students.iter().map(|one| one["student"].as_str().unwrap()) {
            assert_status(&document, student, "fail");
            let message = alter_1(&document, student)["message"].as_str().unwrap();
            // Who sends a datagram does not learn where it went.
            assert!(message.contains("Err(") || student == "sends", "{student}: {message}");
        }
        assert!(!class.0.root.join("written").exists());
        let is_apart = document["sandbox"].as_str().unwrap().contains("a network of its own");
        assert_eq!(udp.recv(&mut [0]).is_err(), is_apart, "{}", document["sandbox"]);
    }
}

#[test]
fn no_program_takes_more_than_it_may() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-takes");
    let mark = format!("61.{}", std::process::id());
    class.hands_in("hangs", "loop { std::thread::park(); }");
    class.hands_in("memory", "println!(\"{}\", vec![1u8; 3 << 30].len());");
    class.hands_in(
        "file",
        "let path = std::env::temp_dir().join(\"x\");\n\
         println!(\"{:?}\", std::fs::write(path, vec![0; 100 << 20]));",
    );
    class.hands_in(
        "daemons",
        &format!(
            "for _ in 0..50 {{\n\
             let mut sleep = std::process::Command::new(\"setsid\");\n\
             sleep.args([\"sleep\", \"{mark}\"]).stdout(std::process::Stdio::null());\n\
             sleep.stderr(std::process::Stdio::null()).spawn().unwrap();\n}}\nprintln!(\"3\");"
        ),
    );
    for document in class.documents() {
        assert_status(&document, "hangs", "timeout");
        for student in ["memory", "file", "daemons"] {
            assert_status(&document, student, "fail");
        }
        let message = |student: &str| alter_1(&document, student)["message"].as_str().unwrap();
        assert!(message("memory").contains("left: \"\""), "{}", message("memory"));
        assert!(message("file").contains("left: \"\""), "{}", message("file"));
        assert!(message("daemons").contains("left: \"3"), "{}", message("daemons"));
        let runs = |entry: fs::DirEntry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&mark)
        };
        assert!(!fs::read_dir("/proc").unwrap().flatten().any(runs), "a program was left behind");
    }
}

#[test]
fn a_verdict_that_is_asked_for_again_is_the_same() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-again");
    class.writes("right", "src/main.rs", SOLUTION);
    class.hands_in("wrong", "println!(\"3\");");
    let outcome = class.grade("--again 3");
    assert_eq!(outcome.ended, child::Ended::Code(0), "{outcome:?}");
    assert!(outcome.stdout.starts_with("18 verdicts in 3 rounds, "), "{outcome:?}");
    assert!(outcome.stdout.ends_with(": 0 changed, 0 told in other words\n"), "{outcome:?}");
}

#[test]
fn a_grading_is_kept_and_a_new_one_tells_what_has_changed() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-record");
    class.hands_in("ann", "println!(\"3\");").hands_in("bob", "println!(\"2\");");
    let first = class.grade("--format json --record kept --jobs 1");
    // As if it had been killed before bob was graded: ann's marks are taken, whatever is found now.
    let kept = class.0.read("kept/grading.jsonl");
    let ann = kept.lines().next().unwrap().replace("\"status\":\"fail\"", "\"status\":\"crashed\"");
    class.0.write("kept/grading.jsonl", &format!("{ann}\n{{\"sum\": \"to"));
    let second = class.grade("--format json --record kept");
    assert!(second.stderr.contains("Goes on: 1 were graded already.\n"), "{second:?}");
    assert_status(&document(&second), "ann", "crashed");
    assert_status(&document(&second), "bob", "pass");

    let third = class.grade("--format json --record kept");
    assert!(third.stderr.ends_with("ann, 01 alter-1: was crashed, is fail\n"), "{third:?}");
    assert_eq!(third.stdout, first.stdout);
    assert!(class.0.root.join("kept/grading-1.jsonl").exists());
}

#[test]
fn a_link_that_a_program_leaves_leads_nowhere() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-link");
    let secret = std::env::temp_dir().join(format!("handoff-secret-{}", std::process::id()));
    fs::write(&secret, "the secret").unwrap();
    let leaves = |target: &str| {
        format!(
            "let link = std::env::temp_dir().join(\"link\");\nlet _ = std::fs::remove_file(&link);\n\
             std::os::unix::fs::symlink({target}, link).unwrap();\nprintln!(\"2\");"
        )
    };
    class.hands_in("leads-out", &leaves(&format!("{secret:?}")));
    let tests = class.0.read("exercises/01-small/tests/tasks.rs");
    let looks = "{ let told = super::printed(); let found = std::fs::read_to_string(std::env::temp_dir()\
                 .join(\"link\")); assert!(found.is_err(), \"{found:?}\"); told }";
    class.0.write("exercises/01-small/tests/tasks.rs", &tests.replace("super::printed()", looks));
    let told = class.document();
    fs::remove_file(secret).unwrap();
    assert_status(&told, "leads-out", "pass");
}

#[test]
fn hidden_words_reach_the_tests_and_no_program() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-hidden");
    let told = "println!(\"drawn by {:?}\", std::env::var(\"HANDOFF_DRAW\"));";
    class.hands_in("asks", told);
    let tests = class.0.read("exercises/01-small/tests/tasks.rs");
    let drawn =
        "format!(\"{} for {:?}\\n\", super::printed().trim(), std::env::var(\"HANDOFF_DRAW\"))";
    let tests = tests.replace("super::printed()", drawn);
    class.0.write("exercises/01-small/tests/tasks.rs", &tests);
    class.0.write("words", "nobody knows\n");
    let message = |outcome: &Outcome| {
        let told = document(outcome);
        alter_1(&told, "asks")["message"].as_str().unwrap().to_owned()
    };
    let hidden = class.grade("--format json --hidden words");
    assert_eq!(document(&hidden)["hidden"], true);
    let usual = class.grade("--format json");
    assert_eq!(document(&usual)["hidden"], false);
    let (hidden, usual) = (message(&hidden), message(&usual));
    assert!(usual.contains("drawn by Err(NotPresent) for Ok(\\\"\\\")"), "{usual}");
    assert!(hidden.contains("drawn by Err(NotPresent) for Ok(\\\""), "{hidden}");
    assert_ne!(hidden, usual);

    class.0.write("words", " \n");
    let refused = class.grade("--hidden words");
    assert!(refused.stderr.contains("it has none"), "{refused:?}");
}

#[test]
fn answers_stand_below_the_worked_one() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-answers");
    class.0.write(
        "solutions/01-small/README.md",
        "# x\n\n## Explain it\n\n1. **Why?**\n   So.\n\n## More\n",
    );
    class.writes("ann", "ANSWERS.md", "## Explain 1: why?\n\nBecause.\n# No heading\n");
    class.writes("bob", "ANSWERS.md", "## Explain 1: why?\n\n> Think.\n");
    let outcome = class.grade("--answers sheets");
    assert_eq!(outcome.ended, child::Ended::Code(0), "{outcome:?}");
    let page = class.0.read("sheets/01-explain-1.md");
    let top = "# 01, Explain 1\n\n1. **Why?**\n   So.\n\n## ann\n\n> Because.\n";
    assert!(page.starts_with(top), "{page}");
    assert!(page.ends_with("\n## bob\n\n> (no answer)\n"), "{page}");
}

#[test]
fn an_archive_is_unpacked_and_what_is_odd_in_it_stays_there() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-archives");
    let (root, program) = (&class.0.root, "exercises/01-small/src/main.rs");
    let pack = |script: &str| {
        let packed = Command::new("sh").args(["-c", script]).current_dir(root).output().unwrap();
        assert!(packed.status.success(), "{packed:?}");
    };
    class.0.write(&format!("pack/{program}"), SOLUTION);
    pack(
        "mkdir class && tar -czf class/tar.tar.gz pack && tar -C pack -czf class/flat.tgz exercises",
    );
    pack(
        "printf x > escaped && tar -czPf class/outside.tar.gz pack \"$PWD/escaped\" && rm escaped",
    );
    pack("head -c 100M /dev/zero > pack/large && tar -czf class/bomb.tar.gz pack && rm pack/large");
    pack("ln -s \"$PWD\" pack/link && tar -czf class/link.tar.gz pack && rm pack/link");
    pack("head -c 100 class/tar.tar.gz > class/torn.tar.gz; printf x > class/torn-too.zip");
    let document = class.document();
    for student in ["tar", "flat", "outside", "link"] {
        assert_status(&document, student, "pass");
    }
    assert!(!root.join("escaped").exists());
    for student in ["bomb", "torn", "torn-too"] {
        let problem = of(&document, student)["problem"].as_str().unwrap();
        assert!(problem.starts_with("can't be unpacked: "), "{student}: {problem}");
        assert_status(&document, student, "not handed in");
    }
    assert_eq!(of(&document, "link")["changed_not_used"][0], "link: is no regular file");

    fs::create_dir(root.join("class/tar")).unwrap();
    let told = class.grade("").stderr;
    assert!(told.contains("class: there are two submissions of tar"), "{told}");
}

#[test]
fn what_can_not_be_right_is_told_before_anything_is_built() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-input");
    let refused = |arguments: &str, told: &str| {
        let outcome = class.grade(arguments);
        assert_eq!(outcome.ended, child::Ended::Code(2), "{outcome:?}");
        assert!(outcome.stderr.contains(told), "{outcome:?}");
        assert_eq!(outcome.stderr.trim_end().lines().count(), 1, "{outcome:?}");
    };
    fs::create_dir_all(class.0.root.join("class")).unwrap();
    refused("", "class: there are no submissions");
    class.hands_in("ann", "").hands_in("bob", "");
    refused("--student cy", "there is no submission of cy");
    refused("--format gradescope", "this form tells of one student, and there are 2 submissions");
    class.0.write("tools/course/points.txt", "01 alter-9 7\n");
    refused("", "tools/course/points.txt:1: 01 has no task alter-9");
}
