//! The bugs of tasks, each beside the program that is right.

pub(crate) mod flow;
pub(crate) mod locks;

use super::world;
use crate::bug::bugs;
use world::tokio::task::JoinHandle;

/// Waits for all.
async fn join(tasks: impl IntoIterator<Item = JoinHandle<()>>) {
    for task in tasks {
        task.await.unwrap();
    }
}

/// Waits for two.
async fn both(one: JoinHandle<()>, other: JoinHandle<()>) {
    join([one, other]).await;
}

bugs! { |play, right| world::play(play(right));
    "lock order": locks::two_locks_in_either_order locks::a_ring_of_three locks::sends_with_the_lock_held;
    "permits one by one": locks::permits_one_by_one;
    "reads around a writer": locks::reads_twice_around_a_writer;
    "lost notify": locks::signals_those_who_wait locks::a_bell_that_remembers_one locks::a_meeting_without_rounds;
    "wakes one of two": flow::the_end_wakes_one;
    "lost update": locks::writes_what_follows;
    "check then act": locks::made_twice locks::gives_way_in_between flow::puts_without_waiting;
    "taken is not done": flow::counted_after_it_was_taken;
    "cancelled": flow::a_selection_drops_what_it_sends flow::dropped_with_an_item_in_hand flow::answers_nobody;
    "aborted": flow::aborted_with_one_in_hand flow::aborted_while_it_is_counted;
    "watch and broadcast": flow::a_change_that_stands_for_two flow::subscribes_late;
    "sleep for a join": flow::sleeps_for_a_join;
    "last spawned first": flow::the_last_is_first;
    "reorder": flow::looks_between_two;
    "late behind many steps": flow::late_behind_many_steps;
}
