//! The pictures never lie: their numbers are those of the tape, counted anew here in a few lines of another kind.
//!
//! Fifty runs of the solutions, with settings and schedules that are drawn by chance, always the same.

use course::{
    build,
    child::{self, Ended},
    workspace::Workspace,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const RUNS: u64 = 50;
const LIMIT: Duration = Duration::from_secs(60);

/// A program, flags that it always has, and what is drawn of others.
type Program = (&'static str, &'static str, &'static [(&'static str, u64, u64)]);

const PROGRAMS: [Program; 10] = [
    ("01-basic", "", &[("--items", 1, 30), ("--capacity", 0, 5)]),
    (
        "02-multiple-consumers",
        "",
        &[("--items", 1, 20), ("--consumers", 1, 8), ("--capacity", 0, 6)],
    ),
    (
        "03-multiple-producers",
        "",
        &[("--items", 1, 9), ("--producers", 1, 5), ("--capacity", 1, 6)],
    ),
    ("04-producer-consumer", "", &[("--workers", 1, 8), ("--capacity", 1, 12)]),
    ("05-priority-queue", "", &[("--jobs", 1, 20), ("--workers", 1, 8), ("--flood", 0, 5)]),
    ("06-dead-letter-queue", "", &[("--jobs", 1, 20), ("--workers", 1, 8), ("--poison", 2, 9)]),
    ("07-async-vs-threads", "", &[("--workers", 1, 8), ("--jobs", 1, 40)]),
    ("07-async-vs-threads", "--work mixed --pool tokio", &[("--workers", 1, 8), ("--jobs", 1, 40)]),
    ("07-async-vs-threads", "--work cpu --pool threads", &[("--workers", 1, 8), ("--jobs", 1, 40)]),
    ("08-job-controller", "", &[("--tasks", 1, 20), ("--workers", 1, 8), ("--capacity", 1, 9)]),
];

#[test]
fn the_numbers_of_fifty_runs_are_those_of_their_tapes() {
    let root = Workspace::around(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap().root;
    // Without solutions there is nothing to play: students may not have them.
    if !root.join("solutions").is_dir() {
        return;
    }
    let programs = built(&root);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("timeline-truth");
    fs::create_dir_all(&folder).unwrap();
    let mut dice = Dice(1);
    for nth in 0..RUNS {
        let (name, fixed, flags) = PROGRAMS[(nth % 10) as usize];
        let tape = folder.join("run.jsonl");
        let mut command = Command::new(&programs[&format!("sol{name}")]);
        command.args(["--pace", "instant", "--tape"]).arg(&tape).args(fixed.split_whitespace());
        for (flag, least, most) in flags {
            command.arg(flag).arg(dice.between(*least, *most).to_string());
        }
        // One in three plays the usual order.
        if nth % 3 > 0 {
            command.args(["--schedule", &dice.between(0, 1_000).to_string()]);
        }
        let ran = format!("{command:?}");
        let outcome = child::run(&mut command, LIMIT).unwrap();
        assert!(matches!(outcome.ended, Ended::Code(0 | 1)), "{ran}: {}", outcome.ended);
        let tape = Counted::of(&fs::read_to_string(&tape).unwrap());
        compare(&ran, &tape, &drawn(&root, &folder, name));
    }
}

fn built(root: &Path) -> BTreeMap<String, PathBuf> {
    let mut arguments = vec!["build".to_owned()];
    for (name, ..) in PROGRAMS {
        arguments.extend(["--package".to_owned(), format!("sol{name}")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let built = build::build(root, &arguments).unwrap();
    assert_eq!((built.any_error(), &built.trouble), (None, &None));
    built.programs
}

/// What the terminal shows, and what stands in the page.
fn drawn(root: &Path, folder: &Path, name: &str) -> (String, Value) {
    let (tape, html) = (folder.join("run.jsonl"), folder.join("run.html"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
    command.args(["timeline", name, "--tape"]).arg(tape).arg("--html").arg(&html);
    let outcome = child::run(command.env("COLUMNS", "400").current_dir(root), LIMIT).unwrap();
    assert_eq!(outcome.ended, Ended::Code(0), "{}", outcome.stderr);
    let page = fs::read_to_string(html).unwrap();
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let data = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    (outcome.stdout, data)
}

/// Counted from the tape.
#[derive(Default)]
struct Counted {
    end: u64,
    /// For each actor, in the order of their spawns.
    actors: Vec<Actor>,
    /// In the order in which they were made.
    queues: BTreeMap<u64, Queue>,
    /// Into which queue a message was sent that nobody has taken, and when.
    sent: BTreeMap<u64, (u64, u64)>,
}

#[derive(Default)]
struct Queue {
    made: u64,
    /// What it holds, from an instant on.
    depth: Vec<u64>,
    waits: Vec<u64>,
}

#[derive(Default)]
struct Actor {
    number: u64,
    is_thread: bool,
    from: u64,
    until: u64,
    slept: u64,
    /// How long it waited, by what for.
    waited: BTreeMap<String, u64>,
}

impl Counted {
    fn of(text: &str) -> Counted {
        let read = |line| serde_json::from_str(line).unwrap();
        let mut events: Vec<Value> = text.lines().map(read).collect();
        let end = number(events.last().unwrap(), "at_us");
        events.retain(|event| !matches!(kind(event), "start" | "name" | "stands" | "stuck"));
        let has_tasks = events.iter().any(|event| event["kind"] == "task");
        let main = Actor { is_thread: !has_tasks, until: end, ..Actor::default() };
        let mut counted = Counted { end, actors: vec![main], ..Counted::default() };
        for event in &events {
            counted.take(event);
        }
        // Behind all that was sent: who takes an item that is handed over in person may tell so first.
        for event in events.iter().filter(|event| kind(event) == "recv") {
            let message = event["message"].as_u64().unwrap_or(0);
            if let Some((queue, sent)) = counted.sent.remove(&message) {
                let waited = number(event, "at_us") - sent;
                counted.queues.get_mut(&queue).unwrap().waits.push(waited);
            }
        }
        for actor in &mut counted.actors {
            actor.count(&events);
        }
        counted.queues.retain(|_, queue| queue.depth.len() > 2);
        counted
    }

    fn take(&mut self, event: &Value) {
        let at = number(event, "at_us");
        match kind(event) {
            "spawn" => {
                let is_thread = event["kind"] != "task";
                let (number, end) = (number(event, "actor"), self.end);
                self.actors.push(Actor {
                    number,
                    is_thread,
                    from: at,
                    until: end,
                    ..Actor::default()
                });
            }
            "end" => {
                let who = number(event, "actor");
                self.actors.iter_mut().rfind(|actor| actor.number == who).unwrap().until = at;
            }
            "queue" => {
                let queue = Queue { made: at, depth: vec![at, 0], ..Queue::default() };
                self.queues.insert(number(event, "queue"), queue);
            }
            "send" | "recv" => {
                let queue = self.queues.get_mut(&number(event, "queue")).unwrap();
                queue.depth.extend([at, number(event, "depth")]);
                if kind(event) == "send" {
                    let message = event["message"].as_u64().unwrap();
                    self.sent.insert(message, (number(event, "queue"), at));
                    event["displaced"].as_u64().map(|gone| self.sent.remove(&gone));
                }
            }
            _ => {}
        }
    }
}

impl Actor {
    /// A pause lasts from its event to the actor's next one, and a sleep no longer than it takes.
    fn count(&mut self, events: &[Value]) {
        let who = |event: &&Value| {
            number(event, if kind(event) == "spawn" { "by" } else { "actor" }) == self.number
        };
        let own: Vec<&Value> = events.iter().filter(who).collect();
        for (index, event) in own.iter().enumerate() {
            let at = number(event, "at_us");
            let next = own[index + 1..].iter().find(|next| number(next, "at_us") > at);
            let length = next.map_or(self.until, |next| number(next, "at_us")) - at;
            // Where more comes at this instant, but the wait of a sleep, this is over at once.
            let rest = own[index + 1..].iter().take_while(|next| number(next, "at_us") == at);
            let is_last = rest.clone().all(|next| kind(next) == "wait" && next["on"] == "sleep");
            // A task that waits for something else as well is in a `select!`: that is no sleep.
            let before = own[..index].last().filter(|before| number(before, "at_us") == at);
            let is_beside = before.is_some_and(|before| kind(before) == "wait") && !self.is_thread;
            match kind(event) {
                "sleep" | "work" if is_last && !is_beside => {
                    self.slept += length.min(number(event, "for_us"))
                }
                "wait" if is_last => {
                    let on = event["on"].as_str().unwrap().to_owned();
                    *self.waited.entry(on).or_default() += length;
                }
                _ => {}
            }
        }
    }
}

fn compare(ran: &str, tape: &Counted, (terminal, data): &(String, Value)) {
    let run = &data["runs"][0];
    let lanes = run["lanes"].as_array().unwrap();
    assert_eq!((run["end"].as_u64(), lanes.len()), (Some(tape.end), tape.actors.len()), "{ran}");
    let mut rows = terminal.lines().skip(3);
    for (lane, actor) in lanes.iter().zip(&tape.actors) {
        let name = format!("{ran}: {}", lane["name"]);
        let spent = spent(lane, &data["states"]);
        let in_state = |word: &str| spent.get(word).copied().unwrap_or(0);
        let worked = in_state("working") + in_state("computing");
        let lived = actor.until - actor.from;
        assert_eq!(spent.values().sum::<u64>(), lived, "{name}");
        // A retry may be a sleep, or a loop that asks and asks.
        let spins = actor.waited.get("spin").copied().unwrap_or(0);
        let slept = worked + in_state("asleep") + in_state("retrying") - spins;
        assert_eq!(slept, actor.slept, "{name}");
        if actor.is_thread {
            for (word, on) in
                [("item", "recv"), ("room", "send"), ("lock", "lock"), ("end", "join")]
            {
                let told = actor.waited.get(on).copied().unwrap_or(0);
                assert_eq!(in_state(word), told, "{name} {word}");
            }
        }
        let percent = (worked * 100 + lived / 2) / lived.max(1);
        assert_eq!(lane["work"], format!("{percent}%"), "{name}");
        if lanes.len() <= 30 {
            let row = rows.next().unwrap();
            assert!(row.ends_with(&format!(" {percent}%")), "{name}: {percent}% is not in {row}");
        }
    }
    compare_queues(ran, tape, terminal, run);
}

fn compare_queues(ran: &str, tape: &Counted, terminal: &str, run: &Value) {
    let queues = run["queues"].as_array().unwrap();
    assert_eq!(queues.len(), tape.queues.len(), "{ran}");
    for (nth, (queue, (number, counted))) in queues.iter().zip(&tape.queues).enumerate() {
        let steps = &counted.depth;
        assert_eq!(queue["depth"], serde_json::json!(steps), "{ran}");
        let most = steps.chunks(2).map(|step| step[1]).max().unwrap();
        let ends = steps[2..].chunks(2).map(|step| step[0]).chain([tape.end]);
        let held: u64 =
            steps.chunks(2).zip(ends).map(|(step, end)| step[1] * (end - step[0])).sum();
        let whole = tape.end - counted.made;
        let mean = (held * 100 + whole / 2) / whole.max(1);
        let mut says = format!("most {most}, on average {}.{:02}", mean / 100, mean % 100);
        let waits = &counted.waits;
        if let Some(longest) = waits.iter().max() {
            let plural = if waits.len() == 1 { "" } else { "s" };
            let mean = waits.iter().sum::<u64>() / waits.len() as u64;
            let [mean, longest] = [mean, *longest]
                .map(|micros| format!("{}.{:03} s", micros / 1_000_000, micros / 1_000 % 1_000));
            says += &format!(
                "; {} message{plural} waited {mean} on average, {longest} at most",
                waits.len()
            );
        }
        let left = tape.sent.values().filter(|(queue, _)| queue == number).count();
        if left > 0 {
            says += &format!("; {left} still in it at the end");
        }
        let told = queue["says"].as_str().unwrap();
        assert!(told.ends_with(&says), "{ran}: '{told}' does not end with '{says}'");
        let line = format!("\nqueue {}  {told}\n", nth + 1);
        assert!(terminal.contains(&line), "{ran}: {line} is missing in:\n{terminal}");
    }
}

/// How long a lane was in each state, by the page's blocks.
fn spent(lane: &Value, states: &Value) -> BTreeMap<String, u64> {
    let mut spent = BTreeMap::new();
    let blocks: Vec<u64> = serde_json::from_value(lane["blocks"].clone()).unwrap();
    for block in blocks.chunks(4) {
        let word = states[block[2] as usize]["word"].as_str().unwrap();
        *spent.entry(word.to_owned()).or_default() += block[1] - block[0];
    }
    spent
}

fn kind(event: &Value) -> &str {
    event["event"].as_str().unwrap()
}

fn number(event: &Value, key: &str) -> u64 {
    event[key].as_u64().unwrap_or(0)
}

/// Chance that is the same every time: splitmix64.
struct Dice(u64);

impl Dice {
    fn between(&mut self, least: u64, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        least + (mixed ^ (mixed >> 31)) % (most - least + 1)
    }
}
