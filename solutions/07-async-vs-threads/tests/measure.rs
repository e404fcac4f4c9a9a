//! What `--measure` computes, prints and measures. The student's program has the same file.

#[path = "../src/measure.rs"]
#[expect(dead_code, reason = "a test does not print the table")]
mod measure;

use measure::{
    Line, as_json, as_text, in_a_child, is_real, resident_kib, settled, table, wait_for,
};
use std::cell::RefCell;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;
use std::{fs, thread};

/// Far more than anything here needs.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_text_holds_limit_ratio_and_kib_of_each_line() {
    let text = as_text(&made_up());
    let lines: Vec<&str> = text.lines().collect();
    let cores = thread::available_parallelism().unwrap();
    let os = std::env::consts::OS;
    assert_eq!(lines[0], format!("1000 jobs that wait for 10 ms, on {cores} cores ({os})"));
    assert_eq!(
        lines[1..].join("\n"),
        "\
limit: ceil(jobs / workers) x 10 ms
time: from the start of the first worker to the end of the last job, the best of 3
memory of a waiting worker: what VmRSS in /proc/self/status has grown by when all wait, divided by their number

workers  limit ms | threads ms   ratio  KiB each |   tokio ms   ratio  KiB each
     10      1000 |     1010.1    1.01     12.50 |     1250.0    1.25      0.40
    300        40 |       60.0    1.20     10.00 |       44.0    1.10  not read

200 of 300 workers: the system gave no more threads"
    );
}

#[test]
fn the_json_holds_the_same() {
    let rows = [
        r#"{"pool": "threads", "workers": 10, "workers_given": 10, "limit_ms": 1000, "ms": 1010.1, "ratio": 1.01, "kib_per_waiting_worker": 12.50}"#,
        r#"{"pool": "tokio", "workers": 10, "workers_given": 10, "limit_ms": 1000, "ms": 1250.0, "ratio": 1.25, "kib_per_waiting_worker": 0.40}"#,
        r#"{"pool": "threads", "workers": 300, "workers_given": 200, "limit_ms": 50, "ms": 60.0, "ratio": 1.20, "kib_per_waiting_worker": 10.00}"#,
        r#"{"pool": "tokio", "workers": 300, "workers_given": 300, "limit_ms": 40, "ms": 44.0, "ratio": 1.10, "kib_per_waiting_worker": null}"#,
    ];
    let head = r#"{"jobs": 1000, "service_ms": 10, "best_of": 3, "memory": "what VmRSS in /proc/self/status has grown by when all wait, divided by their number", "rows": ["#;
    assert_eq!(as_json(&made_up()), format!("{head}\n  {}\n]}}", rows.join(",\n  ")));
}

#[test]
fn the_best_of_three_counts_for_each_pool_and_each_number_of_workers() {
    let asked = RefCell::new(Vec::new());
    let lines = table(|pool, workers| {
        asked.borrow_mut().push((pool.to_owned(), workers));
        // The second of three runs is the fastest.
        let micros = [30, 20, 40][(asked.borrow().len() - 1) % 3];
        line(pool, [workers, workers, micros], None)
    });
    let row = |pool, workers| line(pool, [workers, workers, 20], None);
    let all = [10, 1_000, 10_000].map(|workers| [row("threads", workers), row("tokio", workers)]);
    assert_eq!(lines, all.as_flattened());
    assert_eq!(asked.take().len(), 18);
}

/// So it is on macOS and on Windows.
#[test]
fn a_system_without_proc_is_told_and_nothing_is_made_up() {
    let lines =
        [line("threads", [10, 10, 1_000_000], None), line("tokio", [10, 10, 1_000_000], None)];
    let text = as_text(&lines);
    assert!(text.contains("\nmemory of a waiting worker: not read on this system\n"), "{text}");
    assert!(text.ends_with("1000.0    1.00  not read"), "{text}");
    let json = as_json(&lines);
    assert!(json.contains("\"memory\": \"not read on this system\""), "{json}");
    assert!(json.contains("\"kib_per_waiting_worker\": null}"), "{json}");
    assert_eq!(resident_kib("no/such/file"), None);
}

#[test]
fn the_memory_is_read_from_its_line() {
    let folder = exam::Folder::new();
    for (status, kib) in [
        ("Name:\tvalue\nVmHWM:\t  9999 kB\nVmRSS:\t    1234 kB\nThreads:\t1\n", Some(1234)),
        ("Name:\tvalue\nThreads:\t1\n", None),
        ("VmRSS:\tmuch\n", None),
        ("", None),
    ] {
        folder.write("status", status);
        let file = folder.path().join("status");
        assert_eq!(resident_kib(file.to_str().unwrap()), kib, "{status:?}");
    }
}

#[test]
fn memory_is_settled_when_it_was_the_same_six_times() {
    for (read, result) in [
        (vec![10, 20, 30, 30, 30, 30, 30, 30, 40], Some(30)),
        (vec![10, 10, 10, 10, 10, 20, 20, 20, 20, 20, 20, 30], Some(20)),
        (vec![10, 10, 10, 10, 10, 10], Some(10)),
        // It can't be read any more.
        (vec![10, 10, 10, 10, 10], None),
        (vec![], None),
    ] {
        let mut rest = read.iter().copied();
        assert_eq!(settled(|| rest.next()), result, "{read:?}");
    }
}

#[test]
fn the_pace_real_is_found_in_flags_and_in_the_variable() {
    let real = |flags: &str, variable: Option<&str>| {
        let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        is_real(&flags, variable.map(str::to_owned))
    };
    assert!(real("--measure --pace real", None));
    assert!(real("--pace=real --measure", Some("off")));
    assert!(real("--measure", Some("real")));
    for (flags, variable) in [
        ("--measure --pace off", Some("real")),
        ("--pace=off --measure", Some("real")),
        ("--measure", None),
        ("--paces real", None),
        ("--measure real", Some("off")),
        ("--pace", None),
    ] {
        assert!(!real(flags, variable), "{flags} {variable:?}");
    }
}

#[test]
fn only_the_pace_off_is_measured() {
    for (flags, variable) in [
        ("--measure --pace real", ""),
        ("--measure --pace=instant", ""),
        ("--measure", ""),
        ("--measure", "real"),
    ] {
        let mut command = program(flags);
        command.env("REHEARSAL", variable).env("EX07_MEASURE", "tokio 1000");
        let ended = in_time(move || command.output().unwrap());
        let complaint = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), &*ended.stdout), (Some(2), &b""[..]), "{flags}");
        assert!(complaint.starts_with("error: '--measure' needs '--pace off': "), "{complaint}");
    }
}

/// Both pools on this machine, with bounds that a busy machine keeps too.
#[test]
fn a_real_measurement_is_no_faster_than_the_limit_and_finds_memory() {
    let [threads, tokio] = ["threads", "tokio"].map(|pool| {
        let line =
            in_time(move || in_a_child(&mut program("--measure --pace off"), pool, 400).unwrap());
        assert_eq!((&*line.pool, line.wanted, line.got), (pool, 400, 400));
        // 1,000 jobs of 10 ms by 400 workers are 30 ms.
        let bounds = 30_000..20_000_000;
        assert!(bounds.contains(&line.micros), "{pool}: {} microseconds", line.micros);
        line.grown_kib
    });
    assert_eq!(threads.is_some(), fs::exists("/proc/self/status").unwrap());
    if let (Some(threads), Some(tokio)) = (threads, tokio) {
        // A thread has a stack, of which a page or two are used; a task has a few hundred bytes.
        assert!((400..80_000).contains(&threads), "{threads} KiB for 400 threads");
        assert!((1..threads).contains(&tokio), "{tokio} KiB for 400 tasks, {threads} for threads");
    }
}

#[test]
fn who_waits_for_all_asks_until_they_are_there() {
    for (all, asked) in [(3, 4), (0, 1), (5, 6)] {
        let mut count = 0;
        in_time(move || {
            let there = || {
                count += 1;
                count - 1
            };
            wait_for(all, there);
            assert_eq!(count, asked, "until {all} are there");
        });
    }
}

#[test]
fn what_could_not_be_measured_is_told_by_its_line() {
    let problem = in_time(|| in_a_child(&mut program("--measure --pace instant"), "tokio", 7));
    let problem = problem.unwrap_err();
    assert!(problem.starts_with("'tokio 7' could not be measured (exit"), "{problem}");
    assert!(problem.contains("): error: '--measure' needs '--pace off'"), "{problem}");
    let problem = in_a_child(&mut Command::new("no/such/program"), "tokio", 7).unwrap_err();
    assert!(problem.starts_with("this program can't be started again: "), "{problem}");
}

/// A pair that is whole, and one where threads were refused and memory can't be read.
fn made_up() -> [Line; 4] {
    [
        line("threads", [10, 10, 1_010_120], Some(125)),
        line("tokio", [10, 10, 1_250_000], Some(4)),
        line("threads", [300, 200, 60_000], Some(2_000)),
        line("tokio", [300, 300, 44_000], None),
    ]
}

fn line(pool: &str, [wanted, got, micros]: [u64; 3], grown_kib: Option<u64>) -> Line {
    Line { pool: pool.to_owned(), wanted, got, micros, grown_kib }
}

fn program(flags: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sol07-async-vs-threads"));
    command.args(flags.split_whitespace()).env_remove("REHEARSAL");
    command
}

/// The result of what another process or a loop has to come to an end for.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (result, done) = mpsc::channel();
    thread::spawn(move || result.send(work()));
    done.recv_timeout(PATIENCE).expect("it ends in time, and without a panic")
}
