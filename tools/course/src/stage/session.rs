//! A learner who chooses: where they are, what they have chosen, and what a key does.

use super::{
    again,
    challenge::{Challenge, ENDS_WELL},
    picks::Picks,
    player::{Player, Run, Whose},
    scene::{Scene, ended},
    shortest::shortest,
    shown::{Head, Size, picture, title},
};
use crate::{
    Result,
    look::Look,
    progress::Progress,
    timeline,
    watch::screen::{Input, PAUSE, Screen},
};
use std::{fs, path::PathBuf, time::Duration};

/// How long nothing is typed until the size of the window is looked at.
const GLANCE: Duration = Duration::from_millis(100);

const KEYS: &str = "1-9 or A-Z who goes on (Enter as usual), b back, 0 start, n on to a queue or lock, \
                    e to the end, s save, w in few words, ? help, q quit";

const HELP: &str = "\
The program stands still, and each letter in the source is somebody who is there.
Of those with a number you choose who goes on, up to the next such point. 1 is
who would go on in the usual order: whoever goes on, goes on until it has to
wait. Time stands still while somebody goes on; where it is in the list, you may
let it pass, so that who sleeps wakes first. Where nobody can go on, it passes
by itself.

  1 to 9   choose       Enter  as usual (1)
  A to Z   choose the one with this letter: it stays, and the numbers change
  b        back: one choice is taken back, as often as you like
  0        back to the start
  n        on, as usual, to the next use of a queue, a lock or the like
  e        on, as usual, to the end
  s        save the order in a file, for --held @FILE
  w        what the order needs to come to its end, in few words
  q        quit

What you have changed stands in the first line: 3:2 is the second at choice 3.
Any key goes back.";

pub(super) struct Session {
    player: Player,
    challenge: Option<Challenge>,
    picks: Picks,
    /// The choice that is to be made.
    at: u64,
    scene: Scene,
    look: Look,
    /// What is told below the picture.
    note: String,
    /// What is told when all is over.
    news: Option<String>,
}

impl Session {
    pub(super) fn new(
        player: Player,
        challenge: Option<Challenge>,
        picks: Picks,
        at: u64,
        look: Look,
    ) -> Result<Session> {
        let scene = player.scene(&picks, at)?;
        let note = String::new();
        Ok(Session { player, challenge, picks, at, scene, look, note, news: None })
    }

    pub(super) fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref()
    }

    /// What there is to say when the window is closed.
    pub(super) fn news(&self) -> Option<&str> {
        self.news.as_deref()
    }

    /// Asks until somebody has enough.
    pub(super) fn play(&mut self, screen: &mut Screen) -> Result<()> {
        if is_left(screen) {
            return Ok(());
        }
        self.judges_the_end()?;
        screen.show(&self.picture(screen))?;
        loop {
            let input = match screen.typed(GLANCE) {
                Some(input) => input,
                None if screen.is_resized()? => Input::Key(' '),
                None => continue,
            };
            match input {
                Input::End | Input::Key('q' | PAUSE) => return Ok(()),
                Input::Key('?' | 'h') => {
                    screen.show(&self.look.words(HELP))?;
                    while screen.typed(GLANCE).is_none() {}
                }
                Input::Key(key) => self.hears(key)?,
            }
            screen.show(&self.picture(screen))?;
        }
    }

    /// Does what a key says.
    fn hears(&mut self, key: char) -> Result<()> {
        self.note.clear();
        match key {
            '\n' => self.choose(1),
            '1'..='9' => self.choose(key as usize - '0' as usize),
            'A'..='Z' => self.choose_by_letter(key),
            '0' => self.goes_back_to(1),
            'b' | 'u' => self.goes_back_to(self.at.saturating_sub(1)),
            'n' => self.goes_on(),
            'e' => {
                let last = self.player.run(&self.picks)?;
                self.at = choices(&last).map(|(nth, _)| nth).last().unwrap_or(0) + 1;
                self.looks()
            }
            's' => self.saves(),
            'w' => self.tells_in_few_words(),
            _ => Ok(()),
        }
    }

    fn looks(&mut self) -> Result<()> {
        self.scene = self.player.scene(&self.picks, self.at)?;
        self.judges_the_end()
    }

    fn choose(&mut self, nth: usize) -> Result<()> {
        if self.scene.choice.is_none() {
            "It is over. b takes a choice back.".clone_into(&mut self.note);
            return Ok(());
        }
        if nth > self.scene.options.len() {
            self.note = format!("There are {} here.", self.scene.options.len());
            return Ok(());
        }
        if nth > 1 {
            self.picks = self.picks.and(self.at, nth);
        }
        self.at += 1;
        self.looks()
    }

    fn choose_by_letter(&mut self, letter: char) -> Result<()> {
        let actor = self.scene.actors.iter().find(|one| one.letter == letter).map(|one| one.actor);
        let open = self.scene.options.iter().enumerate();
        let of_actor: Vec<usize> =
            open.filter(|(_, it)| actor.is_some() && it.actor == actor).map(|it| it.0).collect();
        match of_actor[..] {
            [nth] => self.choose(nth + 1),
            // At the end it tells that all is over.
            [] if self.scene.choice.is_none() => self.choose(1),
            [] => {
                self.note = format!("{letter} can't go on here.");
                Ok(())
            }
            _ => {
                self.note = format!("{letter} has more than one here: type a number.");
                Ok(())
            }
        }
    }

    fn goes_back_to(&mut self, at: u64) -> Result<()> {
        if self.at == 1 {
            "This is the first choice.".clone_into(&mut self.note);
            return Ok(());
        }
        self.at = at;
        self.picks.cut(at);
        self.looks()
    }

    /// On to the next choice before something that others use.
    fn goes_on(&mut self) -> Result<()> {
        let run = self.player.run(&self.picks)?;
        let behind = choices(&run).filter(|(nth, _)| *nth > self.at);
        let last = choices(&run).map(|(nth, _)| nth).last().unwrap_or(0);
        let next = behind.filter(|(_, is_shared)| *is_shared).map(|(nth, _)| nth).next();
        self.at = next.unwrap_or(last + 1);
        self.looks()
    }

    /// Looks whether the end is what a challenge asks for.
    pub(super) fn judges_the_end(&mut self) -> Result<()> {
        let Some(challenge) = self.challenge.clone().filter(|_| self.scene.choice.is_none()) else {
            return Ok(());
        };
        let run = self.player.run(&self.picks)?;
        if !challenge.is_met(&run) {
            "Not what was asked for. b takes a choice back.".clone_into(&mut self.note);
            return Ok(());
        }
        if !challenge.allows(&self.picks) {
            let times = self.picks.count();
            self.note = format!(
                "It does what was asked for, but departs {times} times from the usual order."
            );
            return Ok(());
        }
        let (exercise, picks) = (self.player.exercise.clone(), self.picks.to_string());
        if self.player.whose == Whose::Mine {
            "You have broken your own program: so it is wrong.".clone_into(&mut self.note);
        } else {
            Progress::of(exercise.root())?.note_challenge(
                &exercise.name,
                &challenge.name,
                &picks,
            )?;
            "Solved.".clone_into(&mut self.note);
        }
        let short = shortest(&self.player, &self.picks, |run| challenge.is_met(run))?;
        let short = short.map(|it| it.told(&self.player, &challenge.requirement(), self.look));
        self.news = Some(format!("{}\n{}", self.note, short.unwrap_or_default()));
        Ok(())
    }

    /// Keeps the order as a token.
    fn saves(&mut self) -> Result<()> {
        let token = self.player.run(&self.picks)?.record.token();
        let name = |nth| format!("order-{}-{nth}.txt", self.player.exercise.short());
        let free = (1..).map(name).find(|name| !PathBuf::from(name).exists());
        let name = free.unwrap_or_default();
        fs::write(&name, format!("{token}\n"))
            .map_err(|error| crate::Error::about(name.as_ref(), &error))?;
        let typed = again(&self.player, &["--held", &format!("@{name}")]);
        self.note = format!("Saved. Play it again: {typed}");
        let news = format!("The order is in {name}. Play it again: {typed}\n");
        self.news = Some(self.look.fit(&news));
        Ok(())
    }

    fn tells_in_few_words(&mut self) -> Result<()> {
        let whole = self.player.run(&self.picks)?;
        let usual = self.player.run(&Picks::default())?;
        let how = |run: &Run| ended(&run.outcome).0;
        if how(&whole) == how(&usual) && lines(&whole) == lines(&usual) {
            "No special order is needed: the program does this by itself."
                .clone_into(&mut self.note);
            return Ok(());
        }
        let alike = |run: &Run| how(run) == how(&whole) && lines(run) == lines(&whole);
        let told = shortest(&self.player, &self.picks, alike)?;
        match told {
            Some(told) => {
                self.note.clone_from(&told.sentence);
                self.news = Some(told.told(&self.player, ENDS_WELL, self.look));
            }
            None => "No shorter form plays that again.".clone_into(&mut self.note),
        }
        Ok(())
    }

    fn picture(&self, screen: &Screen) -> String {
        self.drawn(KEYS, Size { columns: screen.width(), rows: Some(screen.height()) })
    }

    /// The same where no window is.
    pub(super) fn picture_of_any_size(&self) -> String {
        let size = Size { columns: timeline::columns(), rows: None };
        let picture = self.drawn("", size);
        match self.scene.options.len() {
            0 => picture,
            open => format!("{picture}\n{}", self.look.fit(&self.goes_on_by(open))),
        }
    }

    /// What is to be typed to choose here.
    fn goes_on_by(&self, open: usize) -> String {
        let at = self.at;
        let made = match self.picks.count() {
            0 => String::new(),
            _ => format!("{},", self.picks),
        };
        format!("Go on with --choose {made}{at}:1, which is as usual, up to {at}:{open}\n")
    }

    fn drawn(&self, keys: &str, size: Size) -> String {
        let typed = self.player.typed(&[]);
        let head = Head {
            title: title(&self.scene, &typed, &self.picks.to_string()),
            task: self.challenge.as_ref().map(Challenge::spoken),
        };
        let gap = if self.note.is_empty() || keys.is_empty() { "" } else { "\n" };
        let foot = format!("{}{gap}{keys}", self.note);
        picture(&self.scene, &self.player.sources, &head, &foot, size, self.look)
    }
}

/// Forgets what was typed before there was anything to see, and tells whether somebody wanted to leave.
fn is_left(screen: &Screen) -> bool {
    let mut is_left = false;
    while let Some(Input::Key(key)) = screen.typed(GLANCE) {
        is_left |= key == 'q';
    }
    is_left
}

/// The choices of a run, and whether something is about to be used there that others use.
fn choices(run: &Run) -> impl Iterator<Item = (u64, bool)> {
    let choices = run.tape.events.iter().filter(|event| event.is("choice"));
    choices.map(|event| (event.number("nth").unwrap_or(0), event.has("shared")))
}

/// What was printed, in no order.
fn lines(run: &Run) -> Vec<&str> {
    let mut lines: Vec<&str> = run.outcome.stdout.lines().collect();
    lines.sort_unstable();
    lines
}
