//! What a program that is shut in may do: written down by the grader, read by the process that becomes the program.

use crate::{Error, Result, read};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The bounds of one program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// What it may read and run.
    pub(crate) read: Vec<PathBuf>,
    /// Where it may write.
    pub(crate) write: Vec<PathBuf>,
    /// Folders that a test makes for a run begin like one of these; the one that the program starts in is its own.
    pub(crate) desks: Vec<String>,
    /// Where it starts, unless it starts at such a desk.
    pub(crate) folder: PathBuf,
    /// Its environment: all of it.
    pub(crate) set: BTreeMap<String, String>,
    /// Names that it takes over from the environment as well.
    pub(crate) keep: Vec<String>,
    /// The user that it becomes, where we are root.
    pub(crate) user: Option<u32>,
    /// Whether it may open TCP connections.
    pub(crate) tcp: bool,
    /// Its limits.
    pub(crate) limits: Limits,
}

/// How much of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of memory that it may ask for.
    pub(crate) memory: u64,
    /// Bytes of one file.
    pub(crate) file: u64,
    /// Processes and threads of its user.
    pub(crate) processes: u64,
    /// Seconds of computing.
    pub(crate) seconds: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { memory: 2 << 30, file: 64 << 20, processes: 8192, seconds: 120 }
    }
}

impl Bounds {
    /// Reads the bounds that stand in a file.
    pub(crate) fn read(path: &Path) -> Result<Bounds> {
        let text = read(path)?;
        let value = serde_json::from_str(&text).ok();
        value.as_ref().and_then(Bounds::of).ok_or_else(|| {
            Error::Input(format!("{}: these are no bounds of a program", path.display()))
        })
    }

    fn of(value: &Value) -> Option<Bounds> {
        let texts = |key: &str| -> Option<Vec<String>> {
            let list = value[key].as_array()?.iter();
            list.map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let paths = |key: &str| Some(texts(key)?.into_iter().map(PathBuf::from).collect());
        let number = |key: &str| value[key].as_u64();
        let set = value["set"].as_object()?.iter();
        let set = set.map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned())));
        Some(Bounds {
            read: paths("read")?,
            write: paths("write")?,
            desks: texts("desks")?,
            folder: PathBuf::from(value["folder"].as_str()?),
            set: set.collect::<Option<_>>()?,
            keep: texts("keep")?,
            user: number("user").and_then(|user| u32::try_from(user).ok()),
            tcp: value["tcp"].as_bool()?,
            limits: Limits {
                memory: number("memory")?,
                file: number("file")?,
                processes: number("processes")?,
                seconds: number("seconds")?,
            },
        })
    }

    /// The same as a text.
    pub(crate) fn text(&self) -> String {
        let paths = |paths: &[PathBuf]| -> Vec<String> {
            paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
        };
        let Limits { memory, file, processes, seconds } = self.limits;
        json!({
            "read": paths(&self.read),
            "write": paths(&self.write),
            "desks": self.desks,
            "folder": self.folder.to_string_lossy(),
            "set": self.set,
            "keep": self.keep,
            "user": self.user,
            "tcp": self.tcp,
            "memory": memory,
            "file": file,
            "processes": processes,
            "seconds": seconds,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_as_they_were_written() {
        let bounds = Bounds {
            read: vec!["/usr".into()],
            write: vec!["/tmp/a b".into()],
            desks: vec!["/dev/shm/x-".to_owned()],
            folder: "/tmp".into(),
            set: [("PATH".to_owned(), "/bin".to_owned())].into(),
            keep: vec!["LANG".to_owned()],
            user: Some(7),
            ..Bounds::default()
        };
        let value = serde_json::from_str(&bounds.text()).unwrap();
        assert_eq!(Bounds::of(&value), Some(bounds));
        assert_eq!(Bounds::of(&json!({ "read": [] })), None);
    }
}
