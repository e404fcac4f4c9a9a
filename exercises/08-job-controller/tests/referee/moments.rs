//! How many tasks were where at each moment: in a hand, in a queue, at work, or called back.

use super::account::Account;
use exam::{Run, What};
use std::collections::BTreeSet;
use std::time::Duration;

/// What is going on from an instant on, until the next one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    pub(super) at: Duration,
    /// Tasks that are found and have no room.
    pub(super) held: usize,
    /// Tasks in the queue.
    pub(super) waiting: usize,
    /// Consumers that can take no task.
    pub(super) busy: usize,
    /// Results that wait for a handler.
    pub(super) results: usize,
    pub(super) calls: usize,
    /// Tasks that were put into the queue at this instant.
    pub(super) put: usize,
}

impl Account {
    /// The most that lay in a queue without a bound, into which nothing came but where a task was over.
    pub(super) fn results_without_a_bound(&self, run: &Run) -> Option<u64> {
        let ended: BTreeSet<Duration> = self.tasks.iter().filter_map(|task| task.ended).collect();
        let boundless = run.events().iter().filter_map(|event| match event.what {
            What::Queue { queue, capacity: None } => Some(queue),
            _ => None,
        });
        let most = |boundless: u64| {
            let sends = run.events().iter().filter_map(|event| match event.what {
                What::Send { queue, depth, .. } if queue == boundless => Some((event.at, depth)),
                _ => None,
            });
            let sends: Vec<(Duration, u64)> = sends.collect();
            let of_results = sends.iter().all(|(at, _)| ended.contains(at));
            sends.into_iter().map(|(_, depth)| depth).max().filter(|_| of_results)
        };
        boundless.filter_map(most).max()
    }

    pub(super) fn moments(&self) -> Vec<Moment> {
        type Part = fn(&mut Moment) -> &mut usize;
        let mut changes: Vec<(Duration, bool, Part)> = Vec::new();
        let mut add = |from: Option<Duration>, to: Option<Duration>, part: Part| {
            if let (Some(from), Some(to)) = (from, to)
                && from < to
            {
                changes.extend([(from, true, part), (to, false, part)]);
            }
        };
        for task in &self.tasks {
            let stop = self.cancel.or(Some(self.over));
            let called = task.call.map(|(from, _)| from);
            let released =
                if self.flags.has_handlers { task.ended } else { task.call.map(|c| c.1) };
            add(task.found(), task.added.or(stop), |moment| &mut moment.held);
            add(task.added, task.taken().or(stop), |moment| &mut moment.waiting);
            add(task.taken(), released.or(task.ended), |moment| &mut moment.busy);
            add(task.ended, called, |moment| &mut moment.results);
            add(called, task.call.map(|(_, to)| to), |moment| &mut moment.calls);
        }
        changes.sort_by_key(|(at, _, _)| *at);
        let mut moments: Vec<Moment> = Vec::new();
        for (at, begins, part) in changes {
            let now = moments.last().copied().unwrap_or_default();
            if moments.is_empty() || now.at != at {
                moments.push(Moment { at, ..now });
            }
            let count = part(moments.last_mut().expect("it was put there"));
            *count = if begins { *count + 1 } else { count.saturating_sub(1) };
        }
        for moment in &mut moments {
            moment.put = 0;
        }
        for added in self.tasks.iter().filter_map(|task| task.added) {
            match moments.binary_search_by_key(&added, |moment| moment.at) {
                Ok(place) => moments[place].put += 1,
                Err(place) => {
                    let before = place.checked_sub(1).map(|place| moments[place]);
                    moments
                        .insert(place, Moment { at: added, put: 1, ..before.unwrap_or_default() });
                }
            }
        }
        moments
    }
}
