//! Asking, line by line: on a terminal and through a pipe alike.

use crate::{
    progress::Progress,
    question::{Effect, Ends, Kind, Question},
    shuffle,
};
use accord::text;
use std::io::{self, BufRead, Write};

/// What came of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Answered rightly.
    pub right: usize,
    /// Answered.
    pub answered: usize,
    /// Asked for.
    pub all: usize,
}

/// Who asks, and who answers.
pub struct Session<'a, R, W> {
    /// Where answers come from.
    pub input: R,
    /// Where questions go.
    pub output: W,
    /// What is kept.
    pub progress: &'a mut Progress,
    /// The order of the choices.
    pub seed: u64,
    /// How wide a line may be; nothing where none is broken.
    pub width: Option<usize>,
}

/// Why a session can't go on.
#[derive(Debug)]
pub enum Stop {
    /// Whoever answers has left.
    Left,
    /// What was read or written failed.
    Failed(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        // `… | head`: the reader has seen enough.
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Stop::Left;
        }
        Stop::Failed(error.to_string())
    }
}

impl<R: BufRead, W: Write> Session<'_, R, W> {
    /// Asks all of these, and tells the score.
    pub fn ask_all(&mut self, questions: &[Question]) -> Result<Score, String> {
        let mut score = Score { all: questions.len(), ..Score::default() };
        for (number, question) in questions.iter().enumerate() {
            let heading = format!("\nQuestion {} of {}", number + 1, questions.len());
            match self.ask(&heading, question) {
                Ok(is_right) => {
                    score.answered += 1;
                    score.right += usize::from(is_right);
                    self.progress.keep(&question.id, is_right)?;
                }
                Err(Stop::Left) => break,
                Err(Stop::Failed(why)) => return Err(why),
            }
        }
        // Whoever has gone away misses nothing.
        let _ = self.tell(score);
        Ok(score)
    }

    fn tell(&mut self, Score { right, answered, all }: Score) -> io::Result<()> {
        if answered == 0 {
            return writeln!(self.output, "\nNo question was answered.");
        }
        writeln!(self.output, "\n{right} of {answered} right")?;
        if answered < all {
            writeln!(self.output, "{} not asked: you left before", all - answered)?;
        }
        if right < answered {
            writeln!(self.output, "`--review` asks again what was missed")?;
        }
        Ok(())
    }

    /// Asks one question until it has an answer; tells whether that was right.
    fn ask(&mut self, heading: &str, question: &Question) -> Result<bool, Stop> {
        writeln!(self.output, "{heading}\n")?;
        let (is_right, solution) = match &question.kind {
            Kind::MultipleChoice { prompt, answer } => {
                self.write(&format!("{}\n\n", prompt.prompt.trim()))?;
                self.choose(question, answer.all().len() > 1)?
            }
            Kind::Tracing { prompt, answer } => {
                for (number, line) in prompt.program.trim_end().lines().enumerate() {
                    writeln!(self.output, "{}", format!("{:3}  {line}", number + 1).trim_end())?;
                }
                (self.trace(answer)?, effect(answer))
            }
            Kind::ShortAnswer { prompt, answer } => {
                self.write(&format!("{}\n\n", prompt.prompt.trim()))?;
                let given = self.some_line("> ", "Write a word or a number")?;
                (answer.accept(&given), answer.answer.clone())
            }
        };
        let verdict = if is_right { "Right." } else { "Not right. This is the answer:" };
        writeln!(self.output, "\n{verdict}")?;
        if !is_right {
            self.write(&format!("\n{}\n", indented(&solution)))?;
        }
        self.write(&format!("\n{}\n", question.context.trim()))?;
        Ok(is_right)
    }

    /// One or several letters.
    fn choose(&mut self, question: &Question, several: bool) -> Result<(bool, String), Stop> {
        let choices = shuffle::choices(question, self.seed);
        let letters: Vec<char> = ('a'..='z').take(choices.len()).collect();
        for (letter, choice) in letters.iter().zip(&choices) {
            let text = choice.text.trim().replace('\n', "\n      ");
            self.write(&format!("  {letter})  {text}\n"))?;
        }
        writeln!(self.output)?;
        let last = letters.last().copied().unwrap_or('a');
        let (hint, wanted) = if several {
            ("several are right, such as: a c", "Answer with one or several letters")
        } else {
            ("one letter", "Answer with one letter")
        };
        let given = loop {
            let line = self.line(&format!("({hint}) > "))?.to_lowercase();
            let given: Vec<char> =
                line.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
            let fits = if several { !given.is_empty() } else { given.len() == 1 };
            if fits && given.iter().all(|letter| letters.contains(letter)) {
                break given;
            }
            writeln!(self.output, "{wanted}, from a to {last}; or q to leave.")?;
        };
        let right =
            |(letter, choice): (&char, &shuffle::Choice)| given.contains(letter) == choice.is_right;
        let is_right = letters.iter().zip(&choices).all(right);
        let solution = letters.iter().zip(&choices).filter(|(_, choice)| choice.is_right);
        let solution: Vec<String> =
            solution.map(|(letter, choice)| format!("{letter})  {}", choice.text.trim())).collect();
        Ok((is_right, solution.join("\n")))
    }

    /// What a program prints, or the line at which it does not compile.
    fn trace(&mut self, effect: &Effect) -> Result<bool, Stop> {
        self.write(
            "\nWhat does it do? Write what it prints, and then an empty line.\n\
             If it prints nothing, the empty line is enough.\n\
             If it does not compile, write `error` and the number of the line: error 7\n\
             If it is stuck for ever, or panics, end with the line `deadlock` or `panic`.\n\n",
        )?;
        let mut given = Vec::new();
        loop {
            let line = match self.line("> ") {
                // The last line of a pipe needs no empty one behind it.
                Err(Stop::Left) if !given.is_empty() => break,
                line => line?,
            };
            if line.trim().is_empty() {
                break;
            }
            given.push(line.trim_end().to_owned());
        }
        Ok(traced(effect, &given))
    }

    /// Writes a text whose lines are broken where they are too long; those of code stay whole.
    fn write(&mut self, text: &str) -> io::Result<()> {
        let mut fenced = false;
        for line in text.split_inclusive('\n') {
            fenced ^= line.trim_start().starts_with("```");
            let width = self.width.filter(|_| !fenced);
            self.output.write_all(text::wrapped(line, width).as_bytes())?;
        }
        Ok(())
    }

    /// A line that is not empty.
    fn some_line(&mut self, prompt: &str, wanted: &str) -> Result<String, Stop> {
        loop {
            let line = self.line(prompt)?;
            if !line.trim().is_empty() {
                return Ok(line);
            }
            writeln!(self.output, "{wanted}; or q to leave.")?;
        }
    }

    /// A line without its end. `q` and the end of the input leave.
    fn line(&mut self, prompt: &str) -> Result<String, Stop> {
        write!(self.output, "{prompt}")?;
        self.output.flush()?;
        let mut line = String::new();
        let read = self.input.read_line(&mut line)?;
        if read == 0 || line.trim() == "q" {
            writeln!(self.output)?;
            return Err(Stop::Left);
        }
        Ok(line.trim_end_matches(['\n', '\r']).to_owned())
    }
}

/// Whether these lines say what a program does.
pub fn traced(effect: &Effect, given: &[String]) -> bool {
    if let Some(line) = effect.line_number {
        let [only] = given else { return false };
        let mut words = only.split_whitespace();
        let is_error = words.next().is_some_and(|word| word.eq_ignore_ascii_case("error"));
        return is_error && words.next() == Some(&line.to_string()) && words.next().is_none();
    }
    let mut expected: Vec<&str> = effect.stdout.lines().map(str::trim_end).collect();
    match effect.ends {
        Ends::Well => {}
        Ends::Deadlock => expected.push("deadlock"),
        Ends::Panic => expected.push("panic"),
    }
    expected == given
}

/// What a program does, in words.
pub fn effect(effect: &Effect) -> String {
    if let Some(line) = effect.line_number {
        return format!("error {line}");
    }
    let end = match effect.ends {
        Ends::Well if effect.stdout.trim().is_empty() => "(it prints nothing)",
        Ends::Well => "",
        Ends::Deadlock => "deadlock",
        Ends::Panic => "panic",
    };
    format!("{}\n{end}", effect.stdout.trim_end()).trim().to_owned()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
