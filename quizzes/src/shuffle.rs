//! The order in which things are asked: by chance, and the same again for the same seed.

use crate::question::{Kind, Question};
use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

/// An answer to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// Whether it is right.
    pub is_right: bool,
}

/// The answers of a multiple choice in the order of a seed; none for other questions.
///
/// The order depends on the question too, so that no place is the right one more often than others.
pub fn choices(question: &Question, seed: u64) -> Vec<Choice> {
    let Kind::MultipleChoice { prompt, answer } = &question.kind else { return Vec::new() };
    let choice = |is_right| move |text: &str| Choice { text: text.to_owned(), is_right };
    let mut choices: Vec<Choice> = answer.all().into_iter().map(choice(true)).collect();
    choices.extend(prompt.distractors.iter().map(String::as_str).map(choice(false)));
    choices.shuffle(&mut dice(seed, &question.id));
    choices
}

/// The questions in the order of a seed.
pub fn questions(mut questions: Vec<Question>, seed: u64) -> Vec<Question> {
    questions.shuffle(&mut dice(seed, ""));
    questions
}

fn dice(seed: u64, name: &str) -> ChaCha8Rng {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    // FNV-1a: the same number for a name on every system and in every version.
    dice.set_stream(name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }));
    dice
}
