//! Whose fault a failure is: that of the task that is judged, or that of another one, whose flags were drawn too.

use super::{Broken, Court, Setting, Tasks};
use crate::Program;

impl<A> Court<'_, A> {
    /// The failure as small as it is found, if it is this task's own. Nothing if it is that of other tasks' flags.
    pub(super) fn its_own<'a>(
        &'a self,
        program: &Program,
        tasks: Tasks,
        broken: Broken<'a, A>,
    ) -> Option<Broken<'a, A>> {
        let broken = self.without_others(program, tasks, broken)?;
        let broken = self.shrunk(program, tasks, broken);
        (!broken.is_of_any() || !broken.setting.is_of_another(tasks.asked)).then_some(broken)
    }

    /// Shrinking ends where it takes long, and what is left then may have nothing to do with the task. So two
    /// runs are played first, however long they take: with the task's own flags alone, and without those.
    fn without_others<'a>(
        &'a self,
        program: &Program,
        tasks: Tasks,
        broken: Broken<'a, A>,
    ) -> Option<Broken<'a, A>> {
        let task = tasks.asked;
        if !broken.setting.is_mixed(task) {
            return Some(broken);
        }
        let fails_in = |setting: Setting| {
            let other = (self.fits)(&setting, &tasks).then(|| self.broken(program, tasks, setting));
            other.flatten().filter(|other| other.name() == broken.name())
        };
        if let Some(own) = fails_in(broken.setting.with_flags_of(|of| of == task)) {
            return Some(own);
        }
        let is_others =
            broken.is_of_any() && fails_in(broken.setting.with_flags_of(|of| of != task)).is_some();
        (!is_others).then_some(broken)
    }
}

impl<A> Broken<'_, A> {
    /// Whether what is broken is asked of every task.
    fn is_of_any(&self) -> bool {
        self.rule.as_ref().is_none_or(|(rule, _)| rule.of.is_empty())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        Run,
        referee::{Flag, Play, Played, Rule, require},
        run::Ended,
        tape::Tape,
    };

    pub(in crate::referee) const FLAGS: &[Flag] = &[
        Flag::value("--jobs", "20", &["1", "5", "40"]),
        Flag::optional("--helpers", &["1", "2"]).of("fix-1"),
        Flag::optional("--panic", &["1", "7"]).of("fix-3"),
    ];

    /// The account is whether the run is as it should be.
    const RULES: &[Rule<bool>] =
        &[Rule::new("all is well", "", |is_well| require(*is_well, "be well", "was not"))];

    pub(in crate::referee) fn pool() -> Program {
        Program::of("99-pool", env!("CARGO_MANIFEST_DIR"), Some("pool"), None)
    }

    pub(in crate::referee) fn played(is_well: bool) -> Played<bool> {
        let (nothing, ended) = (String::new(), Ended::Exit(Some(0)));
        let run = Run::new(pool(), nothing.clone(), nothing, ended, Tape::default());
        Played { run, account: is_well, printed: String::new() }
    }

    /// One that draws nothing.
    pub(in crate::referee) fn court<'a>(play: &'a Play<'a, bool>) -> Court<'a, bool> {
        Court {
            flags: FLAGS,
            fits: |_, _| true,
            play,
            lines: &[],
            rules: RULES,
            ends: &[],
            frees: &[],
            drawn: 0,
            crowds: (0, 0),
            looks: 0,
        }
    }

    /// What is left of a failure of Fix 1 with flags of both, in a program that fails where it is told.
    fn left(fails: impl Fn(&Setting) -> bool) -> Option<String> {
        let play = |_: &Program, _: &Tasks, setting: &Setting| Ok(played(!fails(setting)));
        let (court, program) = (court(&play), pool());
        let tasks = Tasks { asked: "fix-1", open: &[] };
        let setting = Setting::read(FLAGS, "--helpers 2 --jobs 5 --panic 7");
        let broken = court.broken(&program, tasks, setting).expect("it fails with both");
        // As it is where no run is left to make it smaller.
        let broken = court.without_others(&program, tasks, broken)?;
        Some(broken.setting.typed().join(" "))
    }

    #[test]
    fn a_failure_of_another_tasks_flags_is_left_to_that_task() {
        assert_eq!(left(|setting| setting.is_set("--panic")), None);
    }

    #[test]
    fn a_failure_of_its_own_flags_is_told_without_the_others() {
        let own = Some("--helpers 2 --jobs 5".to_owned());
        assert_eq!(left(|setting| setting.is_set("--helpers")), own);
        assert_eq!(left(|_| true), own);
    }

    #[test]
    fn what_fails_with_both_alone_is_its_own() {
        let both = |setting: &Setting| setting.is_set("--helpers") && setting.is_set("--panic");
        assert_eq!(left(both).as_deref(), Some("--helpers 2 --jobs 5 --panic 7"));
    }
}
