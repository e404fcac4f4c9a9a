//! A folder with a queue, a clock and the carrier's book, and the commands that are played in it.

use exam::{Folder, Program, Run, Running};
use serde_json::Value;
use std::cell::RefCell;
use std::fmt::Display;

/// What the clock shows at first, in milliseconds.
pub(crate) const START: u64 = 1_000_000;

/// A folder of its own for a script.
pub(crate) struct Desk {
    program: Program,
    pub(crate) folder: Folder,
    /// What was done here up to now, for whoever wants to see it again.
    steps: RefCell<Vec<String>>,
    /// All that was printed.
    printed: RefCell<String>,
}

impl Desk {
    pub(crate) fn new(program: &Program) -> Desk {
        let desk = Desk {
            program: program.clone(),
            folder: Folder::new(),
            steps: RefCell::default(),
            printed: RefCell::default(),
        };
        desk.folder.bring_all(&program.samples());
        desk.set_clock("clock", START);
        desk
    }

    pub(crate) fn run(&self, flags: &str) -> Run {
        let program = self.program(flags);
        self.did(program.command());
        self.heard(program.run())
    }

    /// Plays a command that is the plumbing's alone.
    pub(crate) fn prepare(&self, flags: &str) {
        let program = self.program(flags);
        self.did(program.command());
        let _ = program.run();
    }

    /// Plays a command that only looks, and is no part of what was done.
    pub(crate) fn look(&self, flags: &str) -> Run {
        self.heard(self.program(flags).run())
    }

    /// The payloads of a step's items, in their order.
    pub(crate) fn exported(&self, step: &str) -> Vec<Value> {
        let run = self.program(&format!("export --step {step}")).run();
        let items: Vec<Value> = serde_json::from_str(run.stdout()).unwrap_or_default();
        items.into_iter().map(|item| item["payload"].clone()).collect()
    }

    pub(crate) fn start(&self, flags: &str) -> Running {
        let program = self.program(flags);
        self.did(format!("{} &", program.command()));
        program.start()
    }

    /// Waits for the end of a consumer.
    pub(crate) fn wait(&self, consumer: Running) -> Run {
        self.heard(consumer.wait())
    }

    pub(crate) fn kill(&self, consumer: Running) {
        self.did("kill -9 $!".to_owned());
        drop(consumer.kill());
    }

    fn heard(&self, run: Run) -> Run {
        // Who waits at a gate is told by the plumbing.
        let lines = run.stdout().lines().filter(|line| !line.contains(" waits with item "));
        for line in lines {
            let mut printed = self.printed.borrow_mut();
            printed.push_str(line);
            printed.push('\n');
        }
        run
    }

    pub(crate) fn printed(&self) -> String {
        self.printed.borrow().clone()
    }

    fn program(&self, flags: &str) -> Program {
        let program = self.program.clone().folder(&self.folder).pace("real");
        program.flags(flags).after(&self.steps.borrow())
    }

    /// Sets a clock to a time in milliseconds.
    pub(crate) fn set_clock(&self, clock: &str, time: u64) {
        self.write(clock, time as f64 / 1000.0);
    }

    /// Holds the work on an item, or what else waits for the file.
    pub(crate) fn hold(&self, item: u64) {
        self.write("hold", item);
    }

    fn write(&self, name: &str, number: impl Display) {
        self.did(format!("echo {number} > {name}"));
        self.folder.write(name, number.to_string());
    }

    pub(crate) fn let_go(&self) {
        self.did("rm hold".to_owned());
        self.folder.remove("hold");
    }

    /// Writes a file of items.
    pub(crate) fn write_items(&self, name: &str, items: &str) {
        self.did(format!("echo '{items}' > {name}"));
        self.folder.write(name, items);
    }

    fn did(&self, step: String) {
        self.steps.borrow_mut().push(step);
    }

    /// The lines of the carrier's book.
    pub(crate) fn parcels(&self) -> Vec<String> {
        let book = self.folder.read("parcels.txt").unwrap_or_default();
        book.lines().map(str::to_owned).collect()
    }
}
