//! What an order needs to come to what it comes to, in the fewest words.

use super::{
    again,
    picks::Picks,
    player::{Player, Run, Whose},
};
use crate::{Result, look::Look};
use rehearsal::shrink::{MOST_REPLAYS, shrink};

/// The sentence that tells an order, and the token that plays it.
#[derive(Debug)]
pub(super) struct Shortest {
    pub(super) sentence: String,
    pub(super) token: String,
}

/// Drops of an order what it does not need to be `alike`.
pub(super) fn shortest(
    player: &Player,
    picks: &Picks,
    alike: impl Fn(&Run) -> bool,
) -> Result<Option<Shortest>> {
    let whole = player.run(picks)?;
    if !alike(&whole) {
        return Ok(None);
    }
    let shrunk = shrink(&whole.record, MOST_REPLAYS, |token| {
        // One that can't be played is not alike.
        player.held(token).ok().filter(&alike).map(|run| run.record)
    });
    Ok(shrunk.map(|shrunk| Shortest {
        sentence: shrunk.sentence().replacen("It fails when", "It comes to this when", 1),
        token: shrunk.token().to_string(),
    }))
}

impl Shortest {
    /// What is said of it: how it is played again, and how a test gets it.
    ///
    /// `requirement` is the line of a test that refuses it. Lines to be copied are not broken.
    pub(super) fn told(&self, player: &Player, requirement: &str, look: Look) -> String {
        let sentence = look.fit(&self.sentence);
        let token = &self.token;
        if player.whose != Whose::Mine {
            return format!("{sentence}\nTo replay it: --held '{token}'\n");
        }
        let typed = again(player, &["--pace", "instant", "--held", &format!("'{token}'")]);
        let flags: Vec<String> =
            player.flags.iter().map(|flag| flag.to_string_lossy().into_owned()).collect();
        let flags = format!("{} --held {token}", flags.join(" "));
        let flags = flags.trim_start();
        format!(
            "{sentence}\nPlay it again: {typed}\nFor a test of yours, in tests/tasks.rs:\n\n\
             #[test]\nfn the_order_that_broke_it() {{\n    \
             let run = program().flags(\"{flags}\").run();\n    {requirement}\n}}\n"
        )
    }
}
