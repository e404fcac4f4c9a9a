//! Settings: the flags of one run, drawn by a fixed seed, and made smaller when a run fails.

use std::collections::BTreeMap;

/// A flag of a program, and the values that a test may give it.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    name: &'static str,
    /// What it is where it is not given. A switch and an optional flag have none.
    default: Option<&'static str>,
    /// The values to draw from, each as likely as the others. A switch has none.
    draws: &'static [&'static str],
    /// The task that it belongs to: drawn for that task, and for others once that one is handed in.
    of: Option<&'static str>,
    /// As a number, the most that a test gives it.
    most: u64,
    /// The flags that are set too where it is large.
    beside: &'static str,
    /// The flags that are set where it is left out, and nothing is limited.
    left_out: Option<&'static str>,
}

impl Flag {
    /// A flag that has a value always.
    #[must_use]
    pub const fn value(
        name: &'static str,
        default: &'static str,
        draws: &'static [&'static str],
    ) -> Flag {
        Flag { default: Some(default), ..Flag::optional(name, draws) }
    }

    /// A flag that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, draws: &'static [&'static str]) -> Flag {
        Flag { name, default: None, draws, of: None, most: u64::MAX, beside: "", left_out: None }
    }

    /// A flag without a value.
    #[must_use]
    pub const fn switch(name: &'static str) -> Flag {
        Flag::optional(name, &[])
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn task(&self) -> Option<&'static str> {
        self.of
    }

    pub(super) fn brings_others(&self) -> bool {
        !self.beside.is_empty()
    }

    pub(super) fn can_be_large(&self) -> bool {
        self.large().is_some()
    }

    /// The largest of its numbers to choose from.
    fn large(&self) -> Option<[u64; 3]> {
        let is_number = !self.draws.is_empty() && !self.is_word();
        // Where all of these are too much, it is the most that a test gives it.
        let large = LARGE.into_iter().find(|[least, ..]| *least <= self.most);
        is_number.then(|| large.unwrap_or([self.most; 3]))
    }

    /// Whether its values are words. A number may be followed by the flag once more.
    fn is_word(&self) -> bool {
        let first_word = |draw: &&'static str| draw.split_whitespace().next();
        let is_number = |draw| first_word(draw).is_some_and(|word| word.parse::<u64>().is_ok());
        !self.draws.iter().all(is_number)
    }

    /// The same, as the flag of a task.
    #[must_use]
    pub const fn of(self, task: &'static str) -> Flag {
        Flag { of: Some(task), ..self }
    }

    /// The same, never larger than this: the program refuses more, or a run takes too long.
    #[must_use]
    pub const fn up_to(self, most: u64) -> Flag {
        Flag { most, ..self }
    }

    /// The same, together with these flags where it is large: so many have to meet, and quickly.
    #[must_use]
    pub const fn beside(self, others: &'static str) -> Flag {
        Flag { beside: others, ..self }
    }

    /// The same, as a limit: where it is left out there is none, and with these flags so much comes together that a
    /// limit of the program's own would show.
    #[must_use]
    pub const fn left_out_with(self, others: &'static str) -> Flag {
        Flag { left_out: Some(others), ..self }
    }
}

/// What is large: beyond a byte, and where that is too much, beyond what a program may have places for.
const LARGE: [[u64; 3]; 3] = [[BYTE, 257, 300], [65, 100, 128], [17, 20, 40]];

/// As many as a byte can tell apart.
const BYTE: u64 = 256;

/// Plays another order, whatever the program.
const SCHEDULE: &str = "--schedule";

/// The tasks, as far as the choice of settings depends on them.
#[derive(Clone, Copy, Debug)]
pub struct Tasks<'a> {
    /// The task that is judged.
    pub asked: &'a str,
    /// Those that are not handed in.
    pub open: &'a [&'a str],
}

impl Tasks<'_> {
    /// Whether a task is handed in, or judged now.
    #[must_use]
    pub fn done(&self, task: &str) -> bool {
        task == self.asked || !self.open.contains(&task)
    }
}

/// The flags of one run, and the order that it plays.
#[derive(Clone, Debug)]
pub struct Setting {
    flags: &'static [Flag],
    /// What differs from the defaults. A switch has no value.
    given: BTreeMap<&'static str, String>,
    schedule: Option<u64>,
}

impl Setting {
    /// Reads flags as they are typed.
    #[must_use]
    pub fn read(flags: &'static [Flag], typed: &str) -> Setting {
        let mut setting = Setting { flags, given: BTreeMap::new(), schedule: None };
        let mut words = typed.split_whitespace();
        while let Some(word) = words.next() {
            if word == SCHEDULE {
                let number = words.next().and_then(|word| word.parse().ok());
                setting.schedule = Some(number.expect("a schedule is a number"));
                continue;
            }
            let flag = setting.flag(word);
            let is_switch = flag.draws.is_empty();
            let value = if is_switch { "" } else { words.next().expect("a flag has its value") };
            // A flag that is given again keeps all its values: `4 --stall 8`.
            let value = match setting.given.remove(flag.name) {
                Some(before) => format!("{before} {word} {value}"),
                None => value.to_owned(),
            };
            setting.given.insert(flag.name, value);
        }
        setting
    }

    /// The value of a flag as a number.
    #[must_use]
    pub fn number(&self, flag: &str) -> u64 {
        self.maybe(flag).unwrap_or_else(|| panic!("{flag} has a value always"))
    }

    /// The same for a flag that may be left out.
    #[must_use]
    pub fn maybe(&self, flag: &str) -> Option<u64> {
        let text = self.text(flag)?;
        Some(text.parse().unwrap_or_else(|_| panic!("{flag} is a number, and not {text}")))
    }

    /// The value of a flag.
    #[must_use]
    pub fn text(&self, flag: &str) -> Option<&str> {
        self.given.get(flag).map(String::as_str).or(self.flag(flag).default)
    }

    /// Whether a flag is given, or has another value than it has by default.
    #[must_use]
    pub fn is_set(&self, flag: &str) -> bool {
        self.given.contains_key(self.flag(flag).name)
    }

    /// The order that is played. Under one the times are stretched.
    #[must_use]
    pub fn schedule(&self) -> Option<u64> {
        self.schedule
    }

    /// The flags as they are typed.
    #[must_use]
    pub fn typed(&self) -> Vec<String> {
        let typed = self.given.iter().map(|(flag, value)| format!("{flag} {value}"));
        typed.collect::<Vec<_>>().join(" ").split_whitespace().map(str::to_owned).collect()
    }

    /// The same in the usual order.
    pub(super) fn without_schedule(&self) -> Setting {
        Setting { schedule: None, ..self.clone() }
    }

    pub(super) fn with_schedule(&self, schedule: u64) -> Setting {
        Setting { schedule: Some(schedule), ..self.clone() }
    }

    /// Draws one for a task. Its own flags are nearly always among them.
    pub(super) fn draw(flags: &'static [Flag], tasks: Tasks, dice: &mut Dice) -> Setting {
        let mut setting = Setting { flags, given: BTreeMap::new(), schedule: None };
        for flag in flags {
            let chance = match flag.of {
                None => 50,
                Some(task) if task == tasks.asked => 80,
                Some(task) if tasks.done(task) => 35,
                Some(_) => 0,
            };
            if dice.below(100) < chance {
                setting.give(flag, dice);
            }
        }
        let own: Vec<&Flag> = flags.iter().filter(|flag| flag.of == Some(tasks.asked)).collect();
        if !own.is_empty() && !own.iter().any(|flag| setting.is_set(flag.name)) {
            setting.give(own[dice.below(own.len())], dice);
        }
        setting
    }

    /// One in which a flag meets all flags of a task, if that has any.
    pub(super) fn meeting(
        flags: &'static [Flag],
        flag: &Flag,
        tasks: Tasks,
        dice: &mut Dice,
    ) -> Option<Setting> {
        let own = flags.iter().filter(|flag| flag.of == Some(tasks.asked));
        let mut setting = Setting { flags, given: BTreeMap::new(), schedule: None };
        for flag in own.chain([flag]) {
            setting.give(flag, dice);
        }
        setting.is_mixed(tasks.asked).then_some(setting)
    }

    /// One in which a number is large, if it can be.
    pub(super) fn large(flags: &'static [Flag], flag: &Flag, dice: &mut Dice) -> Option<Setting> {
        let numbers = flag.large()?.into_iter().filter(|number| *number <= flag.most);
        let numbers: Vec<u64> = numbers.collect();
        let number = numbers[dice.below(numbers.len())];
        let mut setting = Setting::read(flags, flag.beside);
        setting.given.insert(flag.name, number.to_string());
        Some(setting)
    }

    /// One in which a limit is left out, and much comes together.
    pub(super) fn without_limit(flags: &'static [Flag], limit: &Flag) -> Option<Setting> {
        Some(Setting::read(flags, limit.left_out?))
    }

    /// Whether the number of a flag is as large as it can be. One that can't be large is none.
    pub(super) fn is_large_in(&self, flag: &Flag) -> bool {
        let given = self.given.get(flag.name).and_then(|given| given.parse::<u64>().ok());
        flag.large().is_some_and(|[least, ..]| given.is_some_and(|given| given >= least))
    }

    /// The same with those of a task's own flags that are drawn, and words: which numbers a run of a kind has
    /// depends on its kind.
    pub(super) fn with_own_drawn(&self, tasks: Tasks, dice: &mut Dice) -> Setting {
        let mut setting = self.clone();
        let is_drawn = |flag: &&Flag| match flag.of {
            Some(task) => task == tasks.asked,
            None => flag.is_word(),
        };
        for flag in self.flags.iter().filter(is_drawn) {
            if !self.is_set(flag.name) && dice.below(100) < 80 {
                setting.give(flag, dice);
            }
        }
        setting
    }

    fn give(&mut self, flag: &Flag, dice: &mut Dice) {
        let value = match flag.draws {
            [] => "",
            draws => draws[dice.below(draws.len())],
        };
        if flag.default != Some(value) {
            self.given.insert(flag.name, value.to_owned());
        }
    }

    /// Smaller settings, those first that leave out most.
    pub(super) fn smaller(&self) -> Vec<Setting> {
        let mut smaller = Vec::new();
        if self.schedule.is_some() {
            smaller.push(Setting { schedule: None, ..self.clone() });
        }
        for name in self.given.keys() {
            let mut without = self.clone();
            without.given.remove(name);
            smaller.push(without);
        }
        for (name, value) in &self.given {
            let Ok(number) = value.parse::<u64>() else { continue };
            let less = [1, 2, number / 2, BYTE, number.saturating_sub(1)];
            for less in less.into_iter().filter(|less| (1..number).contains(less)) {
                let mut with = self.clone();
                with.given.insert(name, less.to_string());
                smaller.push(with);
            }
        }
        smaller
    }

    /// The same with the flags that belong to no task, and those of the tasks that are kept.
    pub(super) fn with_flags_of(&self, keeps: impl Fn(&str) -> bool) -> Setting {
        let mut setting = self.clone();
        setting.given.retain(|name, _| self.flag(name).of.is_none_or(&keeps));
        setting
    }

    /// Whether it has flags of this task and of others too.
    pub(super) fn is_mixed(&self, task: &str) -> bool {
        let of = |flag: &&str| self.flag(flag).of;
        self.given.keys().filter_map(of).any(|of| of == task)
            && self.given.keys().filter_map(of).any(|of| of != task)
    }

    /// Whether only flags of other tasks tell this from the program as given: then a failure is theirs.
    pub(super) fn is_of_another(&self, task: &str) -> bool {
        let of = |flag: &&str| self.flag(flag).of;
        self.given.keys().filter_map(of).any(|of| of != task)
            && !self.given.keys().filter_map(of).any(|of| of == task)
    }

    /// Each two values that meet in this setting, as a number.
    pub(super) fn pairs(&self) -> Vec<u32> {
        // A flag and its value: 0 where it is not given, and else the place of the value among those to draw from.
        let part = |(number, flag): (usize, &Flag)| {
            let given = self.given.get(flag.name);
            let place = flag.draws.iter().position(|draw| given.is_some_and(|given| given == draw));
            let value = place.map_or(usize::from(given.is_some()), |place| place + 1);
            u32::try_from(number * 50 + value).expect("a program has few flags")
        };
        let parts: Vec<u32> = self.flags.iter().enumerate().map(part).collect();
        let with = |(place, one): (usize, &u32)| {
            let one = *one;
            parts[..place].iter().map(move |other| one * 10_000 + other).collect::<Vec<_>>()
        };
        parts.iter().enumerate().flat_map(with).collect()
    }

    fn flag(&self, name: &str) -> &'static Flag {
        let known = self.flags.iter().find(|flag| flag.name == name);
        known.unwrap_or_else(|| panic!("the referee knows no flag {name}"))
    }
}

/// Chance with a fixed seed (SplitMix64): the same settings in every run, on every machine.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// A seed made of words: each task has settings of its own.
    #[must_use]
    pub fn of(words: &str) -> Dice {
        let fold = |seed: u64, byte| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Dice(words.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
    }

    /// A number below another one.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let below = (mixed ^ (mixed >> 31)) % end as u64;
        usize::try_from(below).expect("it is below a usize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        Flag::value("--jobs", "20", &["1", "5", "40"]),
        Flag::optional("--fail", &["1", "4"]).of("fix-2"),
        Flag::switch("--dead-letters").of("alter-3"),
    ];

    #[test]
    fn what_is_typed_is_read_and_told_again() {
        let setting = Setting::read(FLAGS, "--jobs 3 --dead-letters");
        assert_eq!((setting.number("--jobs"), setting.maybe("--fail")), (3, None));
        assert!(setting.is_set("--dead-letters") && !setting.is_set("--fail"));
        assert_eq!(setting.typed(), ["--dead-letters", "--jobs", "3"]);
        assert_eq!(Setting::read(FLAGS, "").number("--jobs"), 20);
        let twice = Setting::read(FLAGS, "--fail 3 --fail 5");
        assert_eq!(twice.typed(), ["--fail", "3", "--fail", "5"]);
    }

    #[test]
    fn a_task_gets_its_own_flags_and_none_of_what_is_not_handed_in() {
        let tasks = Tasks { asked: "alter-3", open: &["fix-2", "alter-3"] };
        let mut dice = Dice::of("some seed");
        for _ in 0..100 {
            let setting = Setting::draw(FLAGS, tasks, &mut dice);
            assert!(setting.is_set("--dead-letters") && !setting.is_set("--fail"));
        }
        let tasks = Tasks { open: &[], ..tasks };
        assert!((0..100).any(|_| Setting::draw(FLAGS, tasks, &mut dice).is_set("--fail")));
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let tasks = Tasks { asked: "fix-2", open: &[] };
        let draw = |words| {
            let mut dice = Dice::of(words);
            (0..20).map(|_| Setting::draw(FLAGS, tasks, &mut dice).typed()).collect::<Vec<_>>()
        };
        assert_eq!(draw("one"), draw("one"));
        assert_ne!(draw("one"), draw("two"));
    }

    #[test]
    fn a_smaller_setting_leaves_out_a_flag_or_has_a_smaller_number() {
        let setting = Setting::read(FLAGS, "--jobs 40 --dead-letters").with_schedule(7);
        let smaller: Vec<(String, Option<u64>)> = setting
            .smaller()
            .iter()
            .map(|setting| (setting.typed().join(" "), setting.schedule()))
            .collect();
        let with = |typed: &str| (typed.to_owned(), Some(7));
        let expected = [
            ("--dead-letters --jobs 40".to_owned(), None),
            with("--jobs 40"),
            with("--dead-letters"),
            with("--dead-letters --jobs 1"),
            with("--dead-letters --jobs 2"),
            with("--dead-letters --jobs 20"),
            with("--dead-letters --jobs 39"),
        ];
        assert_eq!(smaller, expected);
    }

    #[test]
    fn a_failure_without_a_tasks_own_flag_is_another_tasks() {
        let of_another = |typed: &str, task| Setting::read(FLAGS, typed).is_of_another(task);
        assert!(of_another("--fail 1 --jobs 3", "alter-3"));
        assert!(!of_another("--fail 1 --dead-letters", "alter-3"));
        assert!(!of_another("--jobs 3", "alter-3"));
    }
}
