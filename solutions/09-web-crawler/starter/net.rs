//! The network, as a crawler sees it: what it may ask for, and what an answer says.

use crate::answer::{Answer, Failure, Note, needs_tls, retry_after};
use crate::content::Take;
use crate::flags::Args;
use crate::robots::Robots;
use crate::wire::{AGENT, Response, Wire};
use crate::{html, story, tokio};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;
use tokio::time::timeout;
use url::Url;

/// Pages move so many times in a row. Without this, a site could lead a crawler on for ever.
const MOST_MOVES: u32 = 10;

/// The same for a robots.txt: <https://www.rfc-editor.org/rfc/rfc9309#section-2.3.1.2>.
const MOST_MOVES_OF_ROBOTS: u32 = 5;

pub(crate) struct Net {
    args: Args,
    wire: Wire,
    /// What each server lets us look at, as far as it was asked.
    permits: Mutex<BTreeMap<String, Arc<OnceCell<Permit>>>>,
    /// How many moves in a row have led to a page, for pages that others have moved to.
    moves: Mutex<BTreeMap<Url, u32>>,
}

impl Net {
    pub(crate) async fn open(args: &Args) -> Result<Net, String> {
        let wire = Wire::open(args).await?;
        Ok(Net { args: args.clone(), wire, permits: Mutex::default(), moves: Mutex::default() })
    }

    /// Asks for a page, and waits until its answer begins.
    pub(crate) async fn get(&self, url: &Url) -> Result<Begun, Failure> {
        let response = self.wire.ask(url).await?;
        let mut answer = Answer {
            status: response.status,
            retry_after: retry_after(&response.headers),
            ..Answer::default()
        };
        if (300..400).contains(&response.status) {
            match self.target(&response) {
                Ok(target) => answer.moved_to = Some(target),
                Err(note) => answer.note = Some(note),
            }
        }
        Ok(Begun { answer, response, take: self.args.take })
    }

    /// Where a page has moved to. Who counts is the page, so a chain has to be followed to be long.
    fn target(&self, response: &Response) -> Result<Url, Note> {
        let target = response.location().ok_or(Note::Nowhere)?;
        let mut moves = self.moves.lock().unwrap();
        let in_a_row = moves.get(&response.url).copied().unwrap_or_default() + 1;
        if in_a_row > MOST_MOVES {
            return Err(Note::TooManyMoves(MOST_MOVES));
        }
        let known = moves.entry(target.clone()).or_insert(in_a_row);
        *known = in_a_row.min(*known);
        Ok(target)
    }

    /// Why this page is not to be asked for, if it is not. A robots.txt is asked for once at each server.
    pub(crate) async fn forbids(&self, url: &Url) -> Option<Failure> {
        if needs_tls(url) {
            return Some(Failure::NeedsTls);
        }
        let server = url.origin().ascii_serialization();
        let cell = Arc::clone(self.permits.lock().unwrap().entry(server).or_default());
        match cell.get_or_init(|| self.permit(url)).await {
            Permit::Nothing(why) => Some(*why),
            Permit::By(robots) => (!robots.allow(url)).then_some(Failure::Robots),
        }
    }

    /// Asks for a robots.txt, and tells what came of it.
    async fn permit(&self, url: &Url) -> Permit {
        let asked = timeout(self.args.time_limit(), self.ask_robots(url)).await;
        let (permit, story) = asked.unwrap_or((
            Permit::Nothing(Failure::Robots),
            format!("no answer in {} s, so nothing is looked at", self.args.timeout),
        ));
        let server = url.origin().ascii_serialization();
        story::tell_aside(&self.args, &format!("[robots.txt of {server}] {story}"));
        permit
    }

    /// Follows a robots.txt that has moved, to other hosts too.
    async fn ask_robots(&self, url: &Url) -> (Permit, String) {
        let mut address = url.clone();
        address.set_path("/robots.txt");
        address.set_query(None);
        for moves in 0..=MOST_MOVES_OF_ROBOTS {
            if needs_tls(&address) {
                let story = format!("it is at {address} now: that needs the feature tls");
                return (Permit::Nothing(Failure::NeedsTls), story);
            }
            let response = match self.wire.ask(&address).await {
                Ok(response) => response,
                // Where no robots.txt can be reached, no page can.
                Err(failure) if moves == 0 => {
                    return (Permit::Nothing(failure), failure.to_string());
                }
                Err(failure) => {
                    let story = format!("{failure} at {address}, so nothing is looked at");
                    return (Permit::Nothing(Failure::Robots), story);
                }
            };
            let status = response.status;
            if (300..400).contains(&status)
                && let Some(target) = response.location()
            {
                address = target;
                continue;
            }
            let (permit, mut story) = read_robots(response).await;
            if moves > 0 {
                story += &format!(", at {address}");
            }
            return (permit, story);
        }
        (Permit::all(), format!("moved more than {MOST_MOVES_OF_ROBOTS} times, so all is allowed"))
    }
}

/// What a server lets us look at.
enum Permit {
    Nothing(Failure),
    By(Robots),
}

impl Permit {
    fn all() -> Permit {
        Permit::By(Robots::default())
    }
}

/// What the answer to the question for a robots.txt says, the last one of a row of moves.
async fn read_robots(response: Response) -> (Permit, String) {
    let nothing = Permit::Nothing(Failure::Robots);
    match response.status {
        200..300 => {}
        // A site in trouble can't say what it allows.
        status @ 500.. => return (nothing, format!("{status}, so nothing is looked at")),
        status => return (Permit::all(), format!("{status}, so all is allowed")),
    }
    let (mut text, note) = response.text().await;
    if let Some(note @ (Note::Broken | Note::Encoded(_))) = note {
        return (nothing, format!("{note}, so nothing is looked at"));
    }
    if note.is_some() {
        // Half a line could forbid more than the whole one.
        text.truncate(text.rfind(['\n', '\r']).unwrap_or_default());
    }
    let robots = Robots::read(&text, AGENT);
    let mut story = robots.to_string();
    if note.is_some() {
        story += ", in its first 512 KiB: the rest is not read";
    }
    (Permit::By(robots), story)
}

/// A page whose answer has begun.
pub(crate) struct Begun {
    answer: Answer,
    response: Response,
    take: Option<Take>,
}

impl Begun {
    /// Waits for the rest of the answer, and finds its links.
    pub(crate) async fn read(self) -> Answer {
        let mut answer = self.answer;
        if (200..300).contains(&answer.status) && self.response.is_html() {
            let url = self.response.url.clone();
            let (text, note) = self.response.text().await;
            answer.links = html::links(&url, &text);
            answer.content = self.take.filter(|_| !text.is_empty()).map(|take| take(&text));
            answer.note = note;
        }
        answer
    }
}
