//! Lays the programs out as JPlag takes them, which looks for similar ones: for each exercise a folder for each
//! student, and the starter as what all have in common.

use super::{intake::Submission, judge::Subject};
use crate::{Error, Result, source::Sources, write_if_new};
use std::{fs, path::Path};

/// Writes `NN/submissions/STUDENT/` and `NN/base/` into a folder.
pub(super) fn write(folder: &Path, subjects: &[Subject], submissions: &[Submission]) -> Result<()> {
    for Subject { exercise, .. } in subjects {
        let place = folder.join(exercise.short());
        if place.exists() {
            // A student who handed in less than before has no file there that is gone.
            fs::remove_dir_all(&place).map_err(|error| Error::about(&place, &error))?;
        }
        lay(&place.join("base"), &exercise.starter_sources()?)?;
        for submission in submissions {
            if let Some(sources) = submission.programs.get(&exercise.name) {
                let student = super::feedback::file_name(&submission.student);
                lay(&place.join("submissions").join(student), sources)?;
            }
        }
    }
    Ok(())
}

fn lay(folder: &Path, sources: &Sources) -> Result<()> {
    sources.iter().try_for_each(|(file, text)| write_if_new(&folder.join(file), text))
}
