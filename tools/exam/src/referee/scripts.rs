//! A referee for programs of many commands, which work on files: it plays scripts.
//!
//! What is drawn is what a script is made of, as flags that nobody types: its seed, how long it is, and what it is
//! about. A failure is made smaller by them, and told as the commands that a reader can type.

use super::{Court, Flag, Play, Played, Rule, Setting, Tasks};
use crate::Program;

/// The rules of an exercise whose runs are scripts.
#[derive(Debug)]
pub struct Scripts<A: 'static> {
    /// What a script is made of.
    pub flags: &'static [Flag],
    /// Which scripts are left out, because the brief promises nothing there.
    pub fits: fn(&Setting, &Tasks) -> bool,
    /// Plays a script, and tells what is known of it. It may end early, where a rule is broken already.
    pub play: fn(&Program, &Setting, &Tasks) -> Played<A>,
    /// The flags that scripts type, for the sentences of the brief that name them.
    pub types: &'static str,
    /// The lines that the program may print, as patterns. Some rule has to read each of their placeholders.
    pub lines: &'static [&'static str],
    /// The rules, in the order in which they are asked: the first that does not hold is told.
    pub rules: &'static [Rule<A>],
    /// The sentences that are kept by every run that ends by itself.
    pub ends: &'static [&'static str],
    /// The sentences that promise nothing: they say what a program is free to do.
    pub frees: &'static [&'static str],
    /// How many scripts are drawn for a task.
    pub drawn: usize,
}

impl<A> Scripts<A> {
    /// Judges the task whose test this is: plays these scripts, then drawn ones, and asks the rules of the task and
    /// those that always hold.
    #[track_caller]
    pub fn judge(&self, program: &Program, named: &[&str]) {
        self.court(&|program, tasks, setting| Ok((self.play)(program, setting, tasks)))
            .judge(program, named);
    }

    /// Judges a program that is right by everybody's word, with about as many scripts as the environment asks for.
    pub fn accepts(&self, program: &Program) {
        self.court(&|program, tasks, setting| Ok((self.play)(program, setting, tasks)))
            .accepts(program);
    }

    /// Fails with a list of what is missing, if anything is.
    pub fn looks_at_itself(&self, program: &Program) {
        self.court(&|program, tasks, setting| Ok((self.play)(program, setting, tasks)))
            .looks_at_itself(program, self.types);
    }

    fn court<'a>(&self, play: &'a Play<'a, A>) -> Court<'a, A> {
        let Scripts { flags, fits, lines, rules, ends, frees, drawn, .. } = *self;
        Court { flags, fits, play, lines, rules, ends, frees, drawn, crowds: (0, 0), looks: 1 }
    }
}
