//! The report of a program that is stuck, written for somebody who sees one for the first time.
//!
//! It says what is known and no more: a report that guesses wrong is worse than one that says less.

use crate::{
    place::Place,
    stage::{
        Activity, Actor, ActorId, Ending, Guard, Handle, Key, On, Queue, QueueId, Side, Stage,
        Standing, State, Wait, exit_stuck,
    },
    tape::Line,
};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{self, Write as _},
    time::Duration,
};

/// How a program is stuck.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stuck {
    /// Nobody is ready and nobody sleeps.
    Deadlock,
    /// The clock goes on, and somebody wakes up again and again, but nothing gets done.
    Ticking,
    /// A loop of tries that can't succeed any more.
    Spinning { who: ActorId, place: Place, what: &'static str },
    /// Nothing was heard for some real time.
    Silent { who: ActorId, activity: Activity, silent: Duration },
    /// A thread that the rehearsal did not start uses its clock or its queues.
    Foreign(Place),
}

impl Stuck {
    fn name(self) -> &'static str {
        match self {
            Stuck::Deadlock => "deadlock",
            Stuck::Ticking => "ticking",
            Stuck::Spinning { .. } => "spinning",
            Stuck::Silent { .. } => "silent",
            Stuck::Foreign(_) => "foreign thread",
        }
    }
}

/// Reports and ends the process with [`STUCK`](crate::STUCK).
pub(crate) fn stop(state: Guard<'_>, kind: Stuck) -> ! {
    let at = stuck_at(&state, kind);
    drop(state);
    let stage = Stage::get().expect("a report is made by the stage");
    stage.catch_up_to(at);
    let mut state = stage.lock();
    let mut line = Line::new(at, "stuck");
    line.text("kind", kind.name());
    state.record(line);
    let code = crate::STUCK;
    say(&format!(
        "{}(exit code {code}; how to read this report: tools/rehearsal/README.md)",
        text(&state, kind)
    ));
    exit_stuck()
}

/// Prints a report. If nobody listens any more (`program 2>&1 | head`), there is nothing more to do; std's
/// `eprintln!` would panic, with the state of the stage in its hands.
pub(crate) fn say(report: &str) {
    let _ = writeln!(io::stderr(), "{report}");
}

/// Since when the program is stuck: the clock may have gone on since.
fn stuck_at(state: &State, kind: Stuck) -> Duration {
    match kind {
        Stuck::Deadlock => state.last_activity(),
        Stuck::Ticking => state.last_progress(),
        _ => state.clock.now(),
    }
}

/// Tells of a silence, and lets the program go on.
pub(crate) fn note(state: Guard<'_>, kind: Stuck) {
    say(&format!("{}(rehearsal lets it go on; Ctrl-C ends it)", text(&state, kind)));
}

/// On the pace `real`: who waits where, after a long time without a sign of life.
///
/// The rehearsal can't see sockets, files and other programs there, so it does not call it a deadlock
/// and does not end it.
pub(crate) fn note_standstill(state: Guard<'_>, silent: Duration) {
    let mut text =
        format!("STANDSTILL: nothing was heard for {} of real time.\n\n", seconds(silent));
    text.push_str(&rows(&state));
    say(&format!(
        "{text}\n(rehearsal lets it go on: on the pace real it can't see sockets, files and other programs)"
    ));
}

fn text(state: &State, kind: Stuck) -> String {
    let now = seconds(state.clock.now());
    let title = |who| state.actors.get(&who).map_or_else(|| "somebody".to_owned(), Actor::title);
    let mut text = String::from("\n");
    match kind {
        Stuck::Deadlock => {
            let at = seconds(stuck_at(state, kind));
            let _ = writeln!(text, "DEADLOCK at {at}: nothing can happen any more.\n");
            text.push_str(&rows(state));
            match state.foreign_threads() {
                0 => {
                    if let Some(look) = look_first(state) {
                        let _ = writeln!(text, "\n{look}");
                    }
                }
                n => {
                    let _ = writeln!(
                        text,
                        "\nThis program has {n} more thread(s) that the rehearsal did not start and can't see.\n\
                         Look first for std::thread::spawn or std::thread::scope: use the ones of rehearsal::thread."
                    );
                }
            }
        }
        Stuck::Ticking => {
            let since = seconds(stuck_at(state, kind));
            let _ = writeln!(
                text,
                "STILL TICKING, but nothing gets done: since {since} nothing was printed, sent or received, \
                 and the clock has come to {now}.\n"
            );
            text.push_str(&rows(state));
            text.push_str(
                "\nLook first at the loops that sleep: what they wait for does not come.\n",
            );
        }
        Stuck::Spinning { who, place, what } => {
            let name = title(who);
            let _ = writeln!(
                text,
                "SPINNING at {now}: {name} tries again and again, and nothing can change any more.\n"
            );
            let spins = format!("asks again and again at {place}, in {what}");
            text.push_str(&rows_with(state, Some((who, spins))));
            let advice = if what.starts_with("recv") || what.starts_with("send") {
                "the queue is closed, so the call fails\nat once, each time. The loop has to end there."
            } else {
                "it asks without waiting.\nA call that waits (recv() instead of try_recv()) lets the \
                 others go on, and its report\nsays what is missing."
            };
            let _ = writeln!(text, "\nLook first at the loop at {place}: {advice}");
        }
        Stuck::Silent { who, activity, silent } => {
            let doing = match activity {
                Activity::Computing => "computes",
                Activity::Blocked => "is blocked in a call that the rehearsal can't see",
                Activity::Unknown => {
                    "computes, or is blocked in a call that the rehearsal can't see"
                }
            };
            let name = title(who);
            let last = state.actors.get(&who).and_then(|actor| actor.last);
            let _ = writeln!(
                text,
                "SILENT for {}: {name} {doing}, and nobody else can act meanwhile.\n",
                seconds(silent)
            );
            match last {
                Some(place) => {
                    let _ = writeln!(text, "  {name} was last heard of at {place}");
                }
                None => {
                    let _ = writeln!(text, "  {name} has not been heard of yet");
                }
            }
            let look = match activity {
                Activity::Computing => "a loop that does not end",
                _ => {
                    "a channel, lock or sleep of std (use rehearsal's), or a read from the terminal"
                }
            };
            let _ = writeln!(text, "\nLook first for {look}, after that line.");
        }
        Stuck::Foreign(place) => {
            let _ = writeln!(
                text,
                "FOREIGN THREAD at {place}: this thread was not started by the rehearsal, so it has no turn.\n\n\
                 Look first for std::thread::spawn or std::thread::scope: use the ones of rehearsal::thread."
            );
        }
    }
    text
}

/// More rows than this are summed up, so that a report fits on a screen.
const ROWS: usize = 12;

/// A longer name stands on a line of its own.
const NAME_WIDTH: usize = 24;

/// One row for each actor: what it waits for, or how it ended.
fn rows(state: &State) -> String {
    rows_with(state, None)
}

/// The same, where something else is to be said of one of them.
fn rows_with(state: &State, other: Option<(ActorId, String)>) -> String {
    let many = state.actors.len() > ROWS;
    let is_told = |actor: &Actor| {
        !many || !matches!(actor.ended, Some((_, ending)) if ending != Ending::Panicked)
    };
    let mut groups: Vec<(Vec<&Actor>, String)> = Vec::new();
    for (id, actor) in state.actors.iter().filter(|(_, actor)| is_told(actor)) {
        let what = match &other {
            Some((other, what)) if other == id => what.clone(),
            _ => describe(state, *id, actor),
        };
        match groups.iter_mut().find(|(_, other)| many && *other == what) {
            Some((actors, _)) => actors.push(actor),
            None => groups.push((vec![actor], what)),
        }
    }
    let told: usize = groups.iter().map(|(actors, _)| actors.len()).sum();
    let row = |(actors, what): (Vec<&Actor>, String)| match actors.as_slice() {
        // What has ended is told in the past, which needs no "each".
        [first, _, ..] if first.ended.is_none() => (together(&actors), format!("each {what}")),
        _ => (together(&actors), what),
    };
    let rows: Vec<(String, String)> = groups.into_iter().map(row).collect();

    let widths = rows.iter().map(|(name, _)| name.chars().count());
    let width = widths.filter(|width| *width <= NAME_WIDTH).max().unwrap_or(0);
    let indent = format!("\n{}", " ".repeat(width + 4));
    let mut text = String::new();
    for (name, what) in rows {
        let what = what.replace('\n', &indent);
        let gap = if name.chars().count() > NAME_WIDTH { &indent } else { "  " };
        let _ = writeln!(text, "  {name:width$}{gap}{what}");
    }
    let ended = state.actors.len() - told + state.forgotten;
    if ended > 0 {
        let _ = writeln!(text, "  ({ended} more have ended)");
    }
    text
}

/// More spawn places than this are not told one by one.
const PLACES: usize = 4;

/// Names several actors in few words: `Worker-1 … Worker-9 (9 of them)`.
///
/// A range stands for those of one spawn place only: between others, nobody could tell who is in it.
fn together(actors: &[&Actor]) -> String {
    match actors {
        [] => return String::new(),
        [one] => return one.title(),
        [one, two] => return format!("{}, {}", one.title(), two.title()),
        _ => {}
    }
    let mut crews: Vec<Vec<&Actor>> = Vec::new();
    for actor in actors {
        let of_one_crew = |crew: &&mut Vec<&Actor>| {
            crew[0].spawned == actor.spawned && crew[0].kind == actor.kind
        };
        match crews.iter_mut().find(of_one_crew) {
            Some(crew) => crew.push(actor),
            None => crews.push(vec![actor]),
        }
    }
    let mut names: Vec<String> = crews.iter().take(PLACES).map(|crew| crew_name(crew)).collect();
    let untold: usize = crews.iter().skip(PLACES).map(Vec::len).sum();
    match names.as_mut_slice() {
        _ if untold > 0 => names.push(format!("{untold} more")),
        [_] => return names.remove(0),
        _ => {}
    }
    let last = names.pop().expect("there are several");
    format!("{}, and {last}", names.join(", "))
}

/// Names those that were spawned at one place.
fn crew_name(crew: &[&Actor]) -> String {
    let named: Vec<String> = crew.iter().filter_map(|actor| actor.name.clone()).collect();
    let spawned = || {
        format!("{} {}s spawned at {}", crew.len(), crew[0].kind.name(), crew[0].spawned.spoken())
    };
    match (named.as_slice(), crew) {
        (_, [one]) => one.title(),
        ([one, two], [_, _]) => format!("{one}, {two}"),
        ([first, .., last], _) if named.len() == crew.len() => {
            format!("{first} … {last} ({} of them)", crew.len())
        }
        ([], _) => spawned(),
        ([first, ..], _) => format!("{} ({first} among them)", spawned()),
    }
}

fn describe(state: &State, id: ActorId, actor: &Actor) -> String {
    if let Some((at, ending)) = actor.ended {
        return format!("{} at {}", ending.name(), seconds(at));
    }
    let mut waits: Vec<String> =
        actor.waits.iter().map(|(_, wait)| waits_for(state, wait)).collect();
    for traced in &actor.traced {
        waits.push(format!("waits {traced}"));
    }
    if waits.is_empty() {
        let last =
            actor.last.map(|place| format!(", last heard of at {place}")).unwrap_or_default();
        return match (actor.standing, actor.kind.name()) {
            (Standing::Ready, "task") if state.held_up_by().is_some() => {
                format!("is held up with the runtime{last}")
            }
            (Standing::Ready, "task") => {
                format!("waits for something the rehearsal can't see{last}")
            }
            _ => format!("is ready to go on{last}"),
        };
    }
    if state.held_up_by() == Some(id) {
        waits.push(
            "and holds up the whole runtime: this call blocks, where a task should await"
                .to_owned(),
        );
    }
    waits.join("\n")
}

fn waits_for(state: &State, wait: &Wait) -> String {
    let place = wait.place;
    let title = |id: &ActorId| {
        state.actors.get(id).map_or_else(|| "one that has ended".to_owned(), Actor::title)
    };
    match &wait.on {
        On::Receive { queue, call } => {
            format!(
                "waits at {place} in {call}: {}",
                queue_state(state, *queue, Side::Receiving, place)
            )
        }
        On::Send { queue, call } => {
            format!(
                "waits at {place} in {call}: {}",
                queue_state(state, *queue, Side::Sending, place)
            )
        }
        On::Select(keys) => {
            let arms = keys.iter().filter_map(|key| match key {
                Key::Queue(queue, side) => {
                    let word = if *side == Side::Sending { "send" } else { "recv" };
                    Some(format!("\n{word}: {}", queue_state(state, *queue, *side, place)))
                }
                _ => None,
            });
            format!(
                "waits at {place} in select, where no arm can go on:{}",
                arms.collect::<String>()
            )
        }
        On::Lock(lock) => match state.locks.get(lock) {
            Some((holder, locked)) => format!(
                "waits at {place} in lock(): {} has locked it at {}",
                title(holder),
                locked.beside(place)
            ),
            None => format!("waits at {place} in lock()"),
        },
        On::Signal => {
            format!("waits at {place} in the wait() of a Condvar: nobody is left to notify it")
        }
        On::Join(id) => format!("waits at {place} for the end of {}", title(id)),
        On::JoinNext(ids) => {
            let open: Vec<String> =
                ids.iter().filter(|id| !state.has_ended(**id)).map(title).collect();
            match open.as_slice() {
                [one] => format!("waits at {place} for the end of {one}"),
                [first, .., last] if open.len() > 4 => {
                    format!(
                        "waits at {place} for the end of one of {first} … {last} ({})",
                        open.len()
                    )
                }
                _ => format!("waits at {place} for the end of one of {}", open.join(", ")),
            }
        }
        On::Scope(ids) => {
            let open: Vec<String> =
                ids.iter().filter(|id| !state.has_ended(**id)).map(title).collect();
            format!("waits at {place} at the end of thread::scope, for {}", open.join(", "))
        }
        On::Sleep => format!("sleeps at {place}"),
        On::Timer(call) => format!(
            "waits at {place} in {call}: its messages come from the clock, and none will come"
        ),
        On::Core => format!("waits at {place} for a core that is free"),
        On::Spin(what) => format!("tries again and again at {place}, in {what}"),
        On::Closed(id) => match state.queues.get(id) {
            Some(queue) => format!(
                "waits at {place} in closed(): the queue made at {} is open,\n{}",
                queue.made.beside(place),
                handles_left(state, queue, Side::Receiving, "receiver", place)
            ),
            None => format!("waits at {place} in closed()"),
        },
    }
}

/// Why a receiver finds nothing, or a sender no room.
fn queue_state(state: &State, id: QueueId, side: Side, beside: Place) -> String {
    let Some(queue) = state.queues.get(&id) else { return "its other side is gone".to_owned() };
    let made = queue.made.beside(beside);
    let (what, other, noun) = match (side, queue.capacity) {
        (Side::Receiving, _) => {
            (format!("the queue made at {made} is empty"), Side::Sending, "sender")
        }
        (Side::Sending, Some(0)) => (
            format!("the queue made at {made} holds nothing, each send needs a receive"),
            Side::Receiving,
            "receiver",
        ),
        (Side::Sending, capacity) => {
            let capacity = capacity.unwrap_or(queue.len);
            (format!("the queue made at {made} is full ({capacity})"), Side::Receiving, "receiver")
        }
    };
    format!("{what},\n{}", handles_left(state, queue, other, noun, beside))
}

/// Of very many handles the first are looked at: each row of a report would look at all of them.
const HANDLES: usize = 20;

/// `but 1 sender still exists (cloned at line 57, never used)`.
fn handles_left(state: &State, queue: &Queue, side: Side, noun: &str, beside: Place) -> String {
    let handles = queue.handles(side);
    let first = handles.values().take(HANDLES);
    let mut stories: Vec<String> =
        first.map(|handle| handle_story(state, handle, beside)).collect();
    stories.dedup();
    let more = match stories.len().saturating_sub(3) {
        _ if handles.len() > HANDLES => "; and more".to_owned(),
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    stories.truncate(3);
    match handles.len() {
        0 => format!("and no {noun} is left"),
        1 => format!("but 1 {noun} still exists ({})", stories[0]),
        n => format!("but {n} {noun}s still exist ({}{more})", stories.join("; ")),
    }
}

/// `cloned at line 57, last used by Producer at line 40`.
fn handle_story(state: &State, handle: &Handle, beside: Place) -> String {
    let verb = if handle.cloned { "cloned" } else { "made" };
    // Of a Vec that was cloned, the place would be a line of std's.
    let made = match handle.made.is_of_std() {
        true => format!("{verb} with what holds it"),
        false => format!("{verb} at {}", handle.made.beside(beside)),
    };
    match handle.used {
        None => format!("{made}, never used"),
        Some((by, at)) => {
            let by =
                state.actors.get(&by).map_or_else(|| "one that has ended".to_owned(), Actor::title);
            format!("{made}, last used by {by} at {}", at.beside(beside))
        }
    }
}

/// The one thing to look at first, where the stage can know it.
fn look_first(state: &State) -> Option<String> {
    let mut id = *state.actors.iter().find(|(_, actor)| is_stuck(actor))?.0;
    let mut path = vec![id];
    while let Some(next) = blocked_by(state, id) {
        if let Some(start) = path.iter().position(|earlier| *earlier == next) {
            return Some(circle(state, &path[start..]));
        }
        path.push(next);
        id = next;
    }
    let panicked: Vec<&Actor> = state
        .actors
        .values()
        .filter(|actor| matches!(actor.ended, Some((_, Ending::Panicked))))
        .collect();
    if !panicked.is_empty() {
        let names = together(&panicked);
        return Some(format!(
            "Look first at the panic of {names}: what was still to be done there, nobody does any more."
        ));
    }
    if let Some(told) = only_takers(state) {
        return Some(told);
    }
    let actor = &state.actors[&id];
    let Some((_, wait)) = actor.waits.first() else {
        return Some(format!(
            "Look first at {}: it waits {}.",
            actor.title(),
            actor.traced.first()?
        ));
    };
    let alike: Vec<&Actor> = (state.actors.values())
        .filter(|other| other.waits.iter().any(|(_, theirs)| theirs.place == wait.place))
        .collect();
    let (it, waits) = if alike.len() == 1 { ("it", "waits") } else { ("they", "wait") };
    let why = match &wait.on {
        On::Receive { queue, .. } => format!(
            "{it} {waits} for a message, and nobody who is left will send one.\n\
             Dropping {} would end this, or a stop sign for each receiver.",
            every_handle(state, *queue, Side::Sending)
        ),
        On::Send { .. } => format!(
            "{it} {waits} for room in the queue, and nobody who is left takes anything out of it."
        ),
        On::Signal => format!(
            "{it} {waits} to be notified. A notify that comes before the wait() is lost:\n\
             the condition has to be looked at under the lock, before waiting."
        ),
        On::Select(_) => format!(
            "{it} {waits} for several queues, and nobody who is left will use the other sides."
        ),
        On::Closed(_) => {
            format!("{it} {waits} for the other side to be dropped, and somebody keeps it.")
        }
        _ => return None,
    };
    Some(format!("Look first at {}: {why}", together(&alike)))
}

/// What to say when those who take from a queue all wait for room in it.
fn only_takers(state: &State) -> Option<String> {
    state.queues.iter().find_map(|(id, queue)| {
        let handles = queue.handles(Side::Receiving).values();
        let ids: BTreeSet<ActorId> = handles.filter_map(|handle| Some(handle.used?.0)).collect();
        let waits_for_room = |taker: &ActorId| {
            let wait = state.actors.get(taker).and_then(|actor| actor.waits.first());
            matches!(wait, Some((_, Wait { on: On::Send { queue, .. }, .. })) if queue == id)
        };
        if ids.len() < 2 || !ids.iter().all(waits_for_room) {
            return None;
        }
        let takers: Vec<&Actor> = ids.iter().map(|taker| &state.actors[taker]).collect();
        Some(format!(
            "Look first at {}: they wait for room in the queue made at {},\n\
             and it is they who take from it.",
            together(&takers),
            queue.made.spoken()
        ))
    })
}

fn is_stuck(actor: &Actor) -> bool {
    !actor.waits.is_empty() || !actor.traced.is_empty()
}

/// `the sender made at line 22`, or `all 3 senders that still exist`.
fn every_handle(state: &State, queue: QueueId, side: Side) -> String {
    let noun = if side == Side::Sending { "sender" } else { "receiver" };
    let handles: Vec<&Handle> = state
        .queues
        .get(&queue)
        .map(|queue| queue.handles(side).values().collect())
        .unwrap_or_default();
    match handles.as_slice() {
        [one] if one.made.is_of_std() => format!("the {noun} that was cloned with what holds it"),
        [one] => format!(
            "the {noun} {} at {}",
            if one.cloned { "cloned" } else { "made" },
            one.made.spoken()
        ),
        several => format!("all {} {noun}s that still exist", several.len()),
    }
}

/// Who would have to act before `id` can go on, where exactly one is known.
fn blocked_by(state: &State, id: ActorId) -> Option<ActorId> {
    let waiting = |id: &ActorId| state.actors.get(id).is_some_and(is_stuck);
    let (_, wait) = state.actors.get(&id)?.waits.first()?;
    let other = match &wait.on {
        On::Join(other) => *other,
        On::Scope(ids) | On::JoinNext(ids) => *ids.iter().find(|id| waiting(id))?,
        On::Lock(lock) => state.locks.get(lock)?.0,
        On::Receive { queue, .. } => only_user(state, *queue, Side::Sending)?,
        On::Send { queue, .. } => only_user(state, *queue, Side::Receiving)?,
        _ => return None,
    };
    waiting(&other).then_some(other)
}

/// The one actor that has used the handles of a side, if there is one only.
fn only_user(state: &State, queue: QueueId, side: Side) -> Option<ActorId> {
    let mut users = state
        .queues
        .get(&queue)?
        .handles(side)
        .values()
        .map(|handle| handle.used.map(|(by, _)| by));
    let first = users.next()??;
    users.all(|user| user == Some(first)).then_some(first)
}

/// What to say when the waits lead back to where they began.
fn circle(state: &State, ids: &[ActorId]) -> String {
    let title = |id: &ActorId| state.actors[id].title();
    let wait_of = |id: &ActorId| state.actors[id].waits.first().map(|(_, wait)| &wait.on);
    if let [one] = ids {
        return match wait_of(one) {
            Some(On::Lock(_)) => {
                format!("Look first at {}: it wants a lock that it already holds.", title(one))
            }
            Some(On::Receive { queue, .. }) => format!(
                "Look first at {}: it waits for a message that only it could send, by {}.",
                title(one),
                every_handle(state, *queue, Side::Sending)
            ),
            _ => format!("Look first at {}: it waits for what only it could do.", title(one)),
        };
    }
    // The common case: one waits for the end of another, and keeps the sender that the other waits on.
    let receives = ids.iter().find_map(|id| match wait_of(id) {
        Some(On::Receive { queue, .. }) => Some((id, *queue)),
        _ => None,
    });
    let joins = ids
        .iter()
        .find(|id| matches!(wait_of(id), Some(On::Join(_) | On::Scope(_) | On::JoinNext(_))));
    if let (Some((receiver, queue)), Some(keeper)) = (receives, joins) {
        let sender = every_handle(state, queue, Side::Sending);
        let (keeper, receiver) = (title(keeper), title(receiver));
        return format!(
            "Look first at {keeper}: it waits for {receiver} to end, and {receiver} waits for a message, or for\n\
             {sender} to be dropped. {keeper} was the last to use it."
        );
    }
    let names: Vec<String> = ids.iter().map(title).collect();
    format!("Look first at {}: they wait for each other, in a circle.", names.join(", "))
}

/// `4.2 s`, and finer where that would say `0.0 s`.
fn seconds(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis.is_multiple_of(100) {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{:.3} s", duration.as_secs_f64()).to_owned()
    }
}
