//! The bugs of threads, each beside the program that is right.

pub(crate) mod atomics;
pub(crate) mod condvars;
pub(crate) mod locks;
pub(crate) mod orders;
pub(crate) mod queues;
pub(crate) mod shares;

use super::world;
use crate::bug::bugs;
use world::thread::JoinHandle;

/// Waits for all.
fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

bugs! { |play, right| play(right);
    "condvar, asked once": condvars::two_takers_ask_once condvars::putters_ask_once condvars::a_gate_asks_once;
    "one condvar for two sides": condvars::one_condvar_for_both_sides condvars::three_turns_and_one_is_woken;
    "lost wake-up": condvars::a_signal_without_memory condvars::looks_and_then_waits
        condvars::a_flag_under_another_lock;
    "wakes the wrong one": condvars::the_end_wakes_one condvars::news_wake_the_keeper condvars::room_wakes_the_larger;
    "spurious wake-up": condvars::woken_is_not_told;
    "lock order of two": locks::two_locks_in_either_order locks::from_the_entry_to_the_list
        locks::sends_with_the_lock_held;
    "lock order of more": locks::five_around_a_table locks::a_ring_of_three;
    "wrong lock": locks::a_lock_each locks::a_sum_under_half_the_locks locks::half_of_a_pair;
    "barrier used again": locks::a_barrier_without_rounds locks::one_meeting_for_two_phases;
    "stop sign goes missing": queues::stop_signs_for_those_who_came queues::empties_the_queue_at_the_end
        queues::a_worker_that_dies_keeps_the_sign queues::the_first_to_be_done_closes;
    "taken is not done": queues::taken_is_not_done queues::counted_after_it_was_taken queues::done_before_the_result;
    "resequencer": queues::drops_what_comes_early queues::a_window_that_is_full
        orders::results_in_the_order_of_the_start;
    "backlog": queues::a_backlog_of_four queues::a_backlog_of_ten;
    "check then act": shares::the_last_ticket shares::removes_what_was_empty locks::a_semaphore_in_two_steps
        shares::a_sum_between_two_halves;
    "made twice": shares::made_twice;
    "lost update": shares::a_lost_update_of_two locks::two_readers_write_what_follows shares::the_older_value_wins
        shares::all_four_read_before_one_writes;
    "one step in a long run": shares::a_lost_update_in_a_long_run;
    "ABA": shares::the_same_top_and_another_stack;
    "reorder of few": orders::looks_between_two_of_few;
    "reorder of many": orders::looks_between_two_of_many orders::all_in_the_opposite_order;
    "last started first": orders::the_last_is_first;
    "late behind few steps": orders::late_behind_few_steps;
    "late behind many steps": orders::late_behind_many_steps orders::late_behind_all_steps;
    "ping-pong": orders::six_turns_by_chance orders::twelve_turns_by_chance;
    "sleep for a join": orders::sleeps_for_a_join_twice_as_long orders::sleeps_for_a_join_eight_times_as_long
        orders::beats_before_an_alarm;
    "answer too soon": orders::asks_before_the_answer;
    "atomics": atomics::loads_adds_and_stores atomics::a_lock_of_a_flag atomics::ready_before_the_value
        atomics::the_last_reference_twice atomics::the_largest_of_three atomics::both_look_before_they_say;
    "two tokens for one": atomics::one_token_for_two_reasons;
}
