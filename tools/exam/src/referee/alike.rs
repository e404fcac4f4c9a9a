//! Whether a program tells what another one tells, whatever the setting: for mutants that are called equivalent.

use super::{Court, Dice, Setting, Tasks};
use crate::{Program, pattern::Pattern};
use std::path::PathBuf;

impl<A> Court<'_, A> {
    /// Plays both programs with drawn settings. The first setting in which their stories differ fails the test.
    pub(super) fn tells_the_same(&self, program: &Program, other: PathBuf, drawn: usize) {
        let other = program.clone().of_path(other);
        for task in self.tasks() {
            let tasks = Tasks { asked: task, open: &[] };
            let mut dice = Dice::of(&format!("{task} alike"));
            for _ in 0..drawn {
                let setting = self.draw(tasks, &mut dice);
                let [ours, theirs] =
                    [program, &other].map(|program| self.whole_story(program, &tasks, &setting));
                if let Some((ours, theirs)) = first_difference(&ours, &theirs) {
                    let flags = setting.typed().join(" ");
                    panic!("with `{flags}` it tells `{ours}`, where the other tells `{theirs}`");
                }
            }
        }
    }

    /// The lines of a run with their instants and without who did it, those of one instant as a set; all that was
    /// printed, for a script of several commands; and how it ended.
    fn whole_story(&self, program: &Program, tasks: &Tasks, setting: &Setting) -> Vec<String> {
        let (run, printed, ending) = match (self.play)(program, tasks, setting) {
            Ok(played) => (played.run, played.printed, ""),
            Err(run) => {
                let printed = run.stdout().to_owned();
                (*run, printed, ", and not by itself")
            }
        };
        let mut told: Vec<String> = run.story(self.lines).lines().map(str::to_owned).collect();
        let mut lines: Vec<String> = printed.lines().map(|line| self.without_who(line)).collect();
        lines.sort();
        told.extend(lines);
        told.push(format!("ended with {:?}{ending}", run.code()));
        told
    }

    fn without_who(&self, line: &str) -> String {
        let known = self
            .lines
            .iter()
            .map(|known| Pattern::of(known))
            .find_map(|known| Some(known.anonymous(line, &known.matched(line)?)));
        known.unwrap_or_else(|| line.to_owned())
    }
}

fn first_difference<'a>(ours: &'a [String], theirs: &'a [String]) -> Option<(&'a str, &'a str)> {
    let place = (0..ours.len().max(theirs.len())).find(|&n| ours.get(n) != theirs.get(n))?;
    let at = |lines: &'a [String]| lines.get(place).map_or("nothing more", |line| line.trim());
    Some((at(ours), at(theirs)))
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn two_stories_differ_where_their_first_lines_do() {
        let story = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>();
        let [one, other, longer] = [&["a", "b"][..], &["a", "c"], &["a", "b", " c"]].map(story);
        assert_eq!(first_difference(&one, &one), None);
        assert_eq!(first_difference(&one, &other), Some(("b", "c")));
        assert_eq!(first_difference(&one, &longer), Some(("nothing more", "c")));
        assert_eq!(first_difference(&longer, &one), Some(("c", "nothing more")));
    }
}
