//! The virtual cores that computing shares.

use super::{ActorId, Key, On, Stage, Wait};
use crate::{place::Place, settings::settings};

#[derive(Default)]
pub(super) struct Cores {
    busy: usize,
}

impl Stage {
    /// Occupies a virtual core, for `work`.
    pub(crate) fn take_core(&self, me: ActorId, place: Place) {
        {
            let mut state = self.lock();
            if state.cores.busy < settings().cores {
                state.cores.busy += 1;
                return;
            }
        }
        // Who gives a core back leaves it to the first that waits. So those who compute again and again
        // take turns.
        self.wait(me, &[Key::Core], None, Wait { on: On::Core, place });
    }

    pub(crate) fn give_core_back(&self) {
        let mut state = self.lock();
        if state.somebody_waits(Key::Core) {
            state.wake(Key::Core, 1);
        } else {
            state.cores.busy -= 1;
        }
    }
}
