//! Choices that somebody makes one after another: `--choose` and `--ask`.

mod common;

use common::{Run, run};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What a program ends with at the choice that was asked for.
const ASKED: i32 = 75;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Plays a list of choices, and gives the events of that kind on its tape.
fn told(test: &str, example: &str, args: &str, kind: &str) -> (Run, Vec<String>) {
    let tape = file(&format!("asked-{test}.jsonl"));
    let run = run(example, &format!("{args} --tape {}", tape.display()), "instant");
    let text = fs::read_to_string(&tape).expect("there is a tape");
    let kind = format!(r#""event":"{kind}""#);
    (run, text.lines().filter(|line| line.contains(&kind)).map(str::to_owned).collect())
}

/// What could happen at a choice.
fn who(choice: &str) -> impl Iterator<Item = &str> {
    let who = choice.split(r#""who":""#).nth(1).expect("a choice says who");
    who.split('"').next().expect("it ends").split(' ')
}

/// How many things that are.
fn width(choice: &str) -> usize {
    who(choice).count()
}

fn state(choice: &str) -> &str {
    choice.split(r#""state":""#).nth(1).expect("a choice has a state").split('"').next().unwrap()
}

const PROGRAMS: [(&str, &str); 6] = [
    ("rare", "lock-order"),
    ("rare", "sleep-for-join"),
    ("rare", "if-for-while"),
    ("rare", "two-tasks-write"),
    ("sync", "std_queues"),
    // Two who sleep: time may pass before they do anything.
    ("tasks", "times"),
];

#[test]
fn who_says_nothing_gets_the_usual_order() {
    for (nth, (example, args)) in PROGRAMS.into_iter().enumerate() {
        let usual = run(example, args, "instant");
        let list = format!("{args} --choose nothing");
        let (played, choices) = told(&format!("usual-{nth}"), example, &list, "choice");
        assert_eq!((played.code, &played.stdout), (usual.code, &usual.stdout), "{played}");
        assert!(!choices.is_empty(), "{example} {args} has no choice:\n{played}");
    }
}

#[test]
fn at_a_choice_the_program_ends_and_tells_what_there_is() {
    for (nth, (example, args)) in PROGRAMS.into_iter().enumerate() {
        let test = format!("ends-{nth}");
        let (_, choices) = told(&test, example, &format!("{args} --choose nothing"), "choice");
        let middle = choices.len().div_ceil(2);
        let ask = format!("{args} --choose nothing --ask {middle}");
        let (asked, options) = told(&test, example, &ask, "option");
        asked.ends_with(ASKED);
        assert_eq!(options.len(), width(&choices[middle - 1]), "{options:#?}");
        let (_, again) = told(&test, example, &ask, "choice");
        assert_eq!(again, choices[..middle], "the same choices lead there");
        // Behind the last one there is nothing to ask: it ends as it does.
        let behind = format!("{args} --choose nothing --ask {}", choices.len() + 1);
        assert_ne!(told(&test, example, &behind, "option").0.code, Some(ASKED));
    }
}

#[test]
fn a_choice_is_what_another_run_plays_by_its_holds() {
    for (nth, (example, args)) in PROGRAMS.into_iter().enumerate() {
        let (_, choices) = told("holds", example, &format!("{args} --choose nothing"), "choice");
        let kept = file(&format!("asked-{nth}.holds"));
        for (at, choice) in choices.iter().enumerate().step_by(choices.len().div_ceil(6)) {
            let list = format!("{args} --choose {}:{}", at + 1, width(choice));
            let played =
                run(example, &format!("{list} --keep-holds {}", kept.display()), "instant");
            let holds = fs::read_to_string(&kept).expect("the holds are kept");
            let causes = holds.lines().filter_map(|line| line.strip_prefix("cause\t"));
            let causes: Vec<&str> = causes.filter_map(|line| line.split('\t').next()).collect();
            assert!(!causes.is_empty(), "{list}");
            let again = run(example, &format!("{args} --held {}", causes.join(",")), "instant");
            assert_eq!((again.code, &again.stdout), (played.code, &played.stdout), "{list}");
        }
    }
}

#[test]
fn orders_that_come_to_the_same_have_one_state() {
    // Two who touch nothing in common at first: each order of their first steps leads to one state.
    let (_, usual) = told("state", "rare", "lock-order --choose nothing", "choice");
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for (at, choice) in usual.iter().enumerate() {
        for nth in 2..=width(choice) {
            let list = format!("lock-order --choose {}:{nth}", at + 1);
            let (_, choices) = told("state", "rare", &list, "choice");
            assert_eq!(state(&choices[at]), state(choice), "what was before is the same");
            for further in &choices[at + 1..] {
                *states.entry(state(further).to_owned()).or_default() += 1;
            }
        }
    }
    let all: usize = states.values().sum();
    assert!(states.len() < all, "{all} choices are in as many states");
    assert!(states.len() > usual.len(), "not all orders are the same");
}

#[test]
fn in_one_state_the_same_could_happen() {
    for (nth, (example, args)) in PROGRAMS.into_iter().enumerate() {
        let test = format!("one-state-{nth}");
        let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let (_, usual) = told(&test, example, &format!("{args} --choose nothing"), "choice");
        for (at, choice) in usual.iter().enumerate() {
            let list = format!("{args} --choose {}:{}", at + 1, width(choice));
            for choice in told(&test, example, &list, "choice").1 {
                let mut who: Vec<String> = who(&choice).map(str::to_owned).collect();
                who.sort();
                let key = format!("{} {}", choice.contains(r#""of":"wake""#), state(&choice));
                assert_eq!(known.entry(key).or_insert_with(|| who.clone()), &who, "{list}");
            }
        }
    }
}

#[test]
fn within_a_run_each_choice_has_a_state_of_its_own() {
    for (nth, (example, args)) in PROGRAMS.into_iter().enumerate() {
        let test = format!("own-state-{nth}");
        let (_, usual) = told(&test, example, &format!("{args} --choose nothing"), "choice");
        for (at, choice) in usual.iter().enumerate() {
            let list = format!("{args} --choose {}:{}", at + 1, width(choice));
            let (_, choices) = told(&test, example, &list, "choice");
            let states: BTreeSet<&str> = choices.iter().map(|choice| state(choice)).collect();
            assert_eq!(states.len(), choices.len(), "{example} {list}: {choices:#?}");
        }
    }
}

/// A place in a run: the choice that is to be made, and what was chosen before it.
type Node = (usize, Vec<(usize, usize)>);

/// All orders of a program: what each place has for a state, and what the program may come to from there.
fn all_orders(program: &str) -> BTreeMap<Node, (String, BTreeSet<String>)> {
    let mut nodes: BTreeMap<Node, (String, BTreeSet<String>)> = BTreeMap::new();
    let mut open: Vec<Vec<(usize, usize)>> = vec![Vec::new()];
    while let Some(picks) = open.pop() {
        let list: Vec<String> = picks.iter().map(|(at, nth)| format!("{at}:{nth}")).collect();
        let list = if list.is_empty() { "nothing".to_owned() } else { list.join(",") };
        let list = format!("{program} --choose {list}");
        let (run, choices) = told(&format!("all-{program}"), "orders", &list, "choice");
        let mut lines: Vec<&str> = run.stdout.lines().collect();
        lines.sort_unstable();
        let end = format!("{:?} {}", run.code, lines.join("; "));
        let last = picks.last().map_or(0, |(at, _)| *at);
        for (at, choice) in (1..).zip(&choices) {
            let before = picks.iter().copied().filter(|pick| pick.0 < at).collect();
            let state = format!("{} {}", choice.contains(r#""of":"wake""#), state(choice));
            let node = nodes.entry((at, before)).or_insert_with(|| (state, BTreeSet::new()));
            node.1.insert(end.clone());
            let others = (2..=width(choice)).filter(|_| at > last).map(|nth| (at, nth));
            open.extend(others.map(|other| [&picks[..], &[other]].concat()));
        }
    }
    nodes
}

#[test]
fn from_one_state_a_program_comes_to_the_same_whatever_was_before() {
    let programs = [
        "threads", "senders", "keeps", "closes", "leaves", "joins", "clock", "gives-up", "lock",
        "ended",
    ];
    for program in programs {
        let nodes = all_orders(program);
        let mut known: BTreeMap<&str, (&Node, &BTreeSet<String>)> = BTreeMap::new();
        for (node, (state, ends)) in &nodes {
            let first = known.entry(state).or_insert((node, ends));
            assert_eq!(ends, first.1, "{program}: {node:?} is said to be as {:?}", first.0);
        }
        let (_, ends) = &nodes[&(1, Vec::new())];
        assert!(ends.len() > 1, "{program} comes to one end: {ends:?}");
        let is_well = ends.iter().all(|end| end.starts_with("Some(0)"));
        // Of the threads one may take the only room, and leave the other one waiting.
        assert_eq!(is_well, program != "threads", "{program}: {ends:?}");
        // What tasks do by a lock of tokio's or to each other is not seen: there no order is taken for another.
        let is_reduced = known.len() < nodes.len();
        let states = known.len();
        assert_eq!(
            is_reduced,
            !["lock", "ended"].contains(&program),
            "{program}: {states} states of {}",
            nodes.len()
        );
    }
}

#[test]
fn what_is_no_list_is_refused() {
    run("rare", "lock-order --choose 3:0", "instant").ends_with(2).complains("'3:0' is no choice");
    run("rare", "lock-order --choose 3:1 --schedule 4", "instant").ends_with(2);
    run("rare", "lock-order --ask 3", "instant").ends_with(2).complains("'--ask <CHOICE>' needs");
    let ask = run("rare", "lock-order --choose nothing --ask 3", "instant");
    ask.ends_with(2).complains("needs '--tape <FILE>'");
}
