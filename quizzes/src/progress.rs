//! What was answered so far: a file that git does not know.

use serde_json::{Map, Value, json};
use std::{fs, io, path::PathBuf};

const FORMAT: &str = "handoff-quizzes";

/// The last answer to each question, by the question's id.
#[derive(Debug)]
pub struct Progress {
    path: PathBuf,
    answers: Map<String, Value>,
}

impl Progress {
    /// Reads what there is. A file that is not there is an empty one; one that can't be read is an error,
    /// so that nothing in it is lost.
    pub fn read(path: PathBuf) -> Result<Progress, String> {
        let said =
            |why: &str| format!("{}: {why}; mend it, or delete it to begin anew", path.display());
        let answers = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Map::new(),
            Err(error) => return Err(said(&error.to_string())),
            Ok(text) => {
                let value: Value =
                    serde_json::from_str(&text).map_err(|error| said(&error.to_string()))?;
                if value["format"] != FORMAT || value["version"] != 1 {
                    return Err(said("this is not the progress of these quizzes"));
                }
                let answers = value["answers"].as_object().cloned();
                answers.ok_or_else(|| said("there are no answers in it"))?
            }
        };
        Ok(Progress { path, answers })
    }

    /// Whether the last answer to a question was right; none if it was never answered.
    pub fn last(&self, id: &str) -> Option<bool> {
        self.answers.get(id)?.as_bool()
    }

    /// Keeps an answer, at once: whoever stops in the middle has lost nothing.
    pub fn keep(&mut self, id: &str, is_right: bool) -> Result<(), String> {
        self.answers.insert(id.to_owned(), is_right.into());
        let text = json!({ "format": FORMAT, "version": 1, "answers": self.answers });
        let new = self.path.with_extension("new");
        // First beside it, so that there is always a whole file.
        fs::write(&new, format!("{text:#}\n"))
            .and_then(|()| fs::rename(&new, &self.path))
            .map_err(|error| format!("{}: {error}", self.path.display()))
    }
}
