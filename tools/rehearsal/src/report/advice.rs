//! What to look at first, in words.

use super::rows::together;
use crate::{
    diagnosis::{Advice, Held},
    place::Place,
    stage::{Side, Who},
};

pub(super) fn in_words(advice: &Advice) -> String {
    match advice {
        Advice::ForeignThreads(n) => format!(
            "This program has {n} more thread(s) that the rehearsal did not start and can't see.\n\
             {STD_THREADS}"
        ),
        Advice::StdThread => STD_THREADS.to_owned(),
        Advice::OtherTest => OTHER_TEST.to_owned(),
        Advice::SleepingLoops => {
            "Look first at the loops that sleep: what they wait for does not come.".to_owned()
        }
        Advice::ClosedLoop(..) | Advice::TryingLoop(..) | Advice::LookingLoop(..) => {
            of_a_loop(advice)
        }
        Advice::EndlessLoop => ENDLESS.to_owned(),
        Advice::RealTokio => REAL_TOKIO.to_owned(),
        Advice::UnseenCall(others) => unseen_call(others),
        Advice::Panicked(panicked) => format!(
            "Look first at the panic of {}: what was still to be done there, nobody does any more.",
            all(panicked)
        ),
        Advice::Unmirrored(who, words) => {
            format!("Look first at {}: it waits {words}.", who.title())
        }
        Advice::OnlyTakers(takers, made) => format!(
            "Look first at {}: they wait for room in the queue made at {},\n\
             and it is they who take from it.",
            all(takers),
            made.spoken()
        ),
        Advice::NoMessage(..)
        | Advice::NoRoom(_)
        | Advice::NoSignal(_)
        | Advice::NotUnparked(_)
        | Advice::NoOtherSide(_)
        | Advice::NotClosed(_) => of_a_wait(advice),
        Advice::Circle(_)
        | Advice::OwnLock(_)
        | Advice::OwnMessage(..)
        | Advice::OwnDoing(_)
        | Advice::Keeper(..) => of_a_circle(advice),
    }
}

const STD_THREADS: &str =
    "Look first for std::thread::spawn or std::thread::scope: use the ones of rehearsal::thread.";

const OTHER_TEST: &str = "Look first at how the tests begin: a process has one stage, and another test has it. With #[rehearsal::test]\n\
                          in place of #[test], or #[tokio::test], each has its own. If that is so, look for\n\
                          std::thread::spawn or std::thread::scope: use the ones of rehearsal::thread.";

const REAL_TOKIO: &str = "Look first at the `use` lines: `use rehearsal::tokio;` has to stand in each file that names tokio.";

const ENDLESS: &str = "Look first for a loop that does not end, after that line. If it asks a lock, an atomic or a \
                       queue\nof std again and again, nobody else gets a turn to change that: use what waits, \
                       and the rehearsal's.";

/// Of one that goes on and does not wait.
fn of_a_loop(advice: &Advice) -> String {
    match advice {
        // A selection takes another arm, or the same one, at once.
        Advice::ClosedLoop(place, "select" | "select with a default") => format!(
            "Look first at the loop at {place}: the queue of one arm is closed, so that arm is\n\
             ready at once, each time. The loop has to leave that arm out, or end there."
        ),
        Advice::ClosedLoop(place, call) => format!(
            "Look first at the loop at {place}: the queue is closed, so {call} fails\n\
             at once, each time. The loop has to end there; a `select!` can leave that arm out."
        ),
        Advice::TryingLoop(place, "sleep()") => format!(
            "Look first at the loop at {place}: a sleep() of no time lets no time pass. A call that waits\n\
             (recv() for a message, join() for an end) lets the others go on."
        ),
        Advice::TryingLoop(place, call) => {
            let instead = match call_that_waits(call) {
                Some(waits) => format!("A call that waits ({waits} instead of {call})"),
                None => "A call that waits".to_owned(),
            };
            format!(
                "Look first at the loop at {place}: {call} does not wait.\n\
                 {instead} lets the others go on, and its report\n\
                 says what is missing."
            )
        }
        Advice::LookingLoop(place, call) => format!(
            "Look first at the loop at {place}: it looks again and again, in {call}, and nothing\n\
             that it looks at can change any more. A call that waits lets the others go on: recv() for\n\
             a message, join() for an end, the wait() of a Condvar for what a lock protects."
        ),
        _ => unreachable!("the caller passes loops alone"),
    }
}

/// The call that waits for what another one tries.
fn call_that_waits(tries: &str) -> Option<&'static str> {
    const PAIRS: [(&str, &str); 6] = [
        ("try_recv()", "recv()"),
        ("try_send()", "send()"),
        ("try_lock()", "lock()"),
        ("try_read()", "read()"),
        ("try_write()", "write()"),
        ("is_finished()", "join(), or .await"),
    ];
    PAIRS.iter().find(|(try_it, _)| *try_it == tries).map(|(_, waits)| *waits)
}

/// More than these are summed up.
const SUSPECTS: usize = 4;

fn unseen_call(others: &[(Who, Place)]) -> String {
    let mut text =
        "Look first for what is not the rehearsal's, after that line: a channel, lock or sleep of std, or of a \
                    crate\nwithout `rehearsal::` before it; a runtime of real tokio (`use rehearsal::tokio;`); or a \
                    read\nfrom the terminal."
            .to_owned();
    if !others.is_empty() {
        text.push_str(
            "\nIf it is a lock that the rehearsal does not know, one of these may hold it, and waits for its turn:",
        );
        for (who, place) in others.iter().take(SUSPECTS) {
            text.push_str(&format!("\n  {} at {place}", who.title()));
        }
        if others.len() > SUSPECTS {
            text.push_str(&format!("\n  and {} more", others.len() - SUSPECTS));
        }
    }
    text
}

/// Of those at which a chain of waits ends.
fn of_a_wait(advice: &Advice) -> String {
    let (alike, why) = match advice {
        Advice::NoMessage(alike, senders) => (
            alike,
            format!(
                "for a message, and nobody who is left will send one.\n\
                 Either one that was to come was never sent (an item, a receipt, a stop sign), or the queue was\n\
                 to be closed: that takes dropping {}.",
                every_handle(senders)
            ),
        ),
        Advice::NoRoom(alike) => (
            alike,
            "for room in the queue, and nobody who is left takes anything out of it.".to_owned(),
        ),
        Advice::NoSignal(alike) => (
            alike,
            "to be notified. A notify that comes before the wait() is lost:\n\
             the condition has to be looked at under the lock, before waiting."
                .to_owned(),
        ),
        Advice::NotUnparked(alike) => {
            (alike, "to be unparked, and nobody who is left will do that.".to_owned())
        }
        Advice::NoOtherSide(alike) => (
            alike,
            "for several queues, and nobody who is left will use the other sides.".to_owned(),
        ),
        Advice::NotClosed(alike) => {
            (alike, "for the other side to be dropped, and somebody keeps it.".to_owned())
        }
        _ => unreachable!("the caller passes waits alone"),
    };
    let waits = if alike.len() == 1 { "it waits" } else { "they wait" };
    format!("Look first at {}: {waits} {why}", all(alike))
}

/// Of those whose waits lead back to where they began.
fn of_a_circle(advice: &Advice) -> String {
    match advice {
        Advice::OwnLock(who) => {
            format!("Look first at {}: it wants a lock that it already holds.", who.title())
        }
        Advice::OwnMessage(who, senders) => format!(
            "Look first at {}: it waits for a message that only it could send, by {}.",
            who.title(),
            every_handle(senders)
        ),
        Advice::OwnDoing(who) => {
            format!("Look first at {}: it waits for what only it could do.", who.title())
        }
        Advice::Keeper(keeper, receiver, senders) => {
            let (keeper, receiver) = (keeper.title(), receiver.title());
            format!(
                "Look first at {keeper}: it waits for {receiver} to end, and {receiver} waits for a message, or for\n\
                 {} to be dropped. {keeper} was the last to use it.",
                every_handle(senders)
            )
        }
        Advice::Circle(all) => {
            let names: Vec<String> = all.iter().map(Who::title).collect();
            format!("Look first at {}: they wait for each other, in a circle.", names.join(", "))
        }
        _ => unreachable!("the caller passes circles alone"),
    }
}

fn all(some: &[Who]) -> String {
    together(&some.iter().collect::<Vec<_>>())
}

/// `the sender made at line 22`, or `all 3 senders that still exist`.
fn every_handle(held: &Held) -> String {
    let noun = if held.side == Side::Sending { "sender" } else { "receiver" };
    match &held.only {
        Some(one) if one.made.is_of_std() => {
            format!("the {noun} that was cloned with what holds it")
        }
        Some(one) => {
            let verb = if one.cloned { "cloned" } else { "made" };
            format!("the {noun} {verb} at {}", one.made.spoken())
        }
        None => format!("all {} {noun}s that still exist", held.count),
    }
}
