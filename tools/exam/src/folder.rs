//! A folder of its own for a test, with what a program finds there and leaves there.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// A new folder, which is gone when the test has ended.
///
/// ```
/// let folder = exam::Folder::new();
/// folder.write("orders.txt", "one\n");
/// assert_eq!(folder.read("orders.txt").as_deref(), Some("one\n"));
/// folder.remove("orders.txt");
/// assert_eq!(folder.read("orders.txt"), None);
/// ```
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes an empty folder.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it makes something on the disk")]
    pub fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = place().join(format!("handoff-folder-{}-{number}", process::id()));
        // One of this name can only be left over from a process that was killed.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Folder(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file as a whole: who reads it meanwhile finds the old one or the new one.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let (path, new) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let written = fs::write(&new, content).and_then(|()| fs::rename(&new, &path));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Copies a file into the folder, under its own name.
    pub fn bring(&self, file: &Path) {
        let name = file.file_name().expect("a file has a name");
        fs::copy(file, self.0.join(name))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Copies a folder with its files into this one, under its own name.
    pub fn bring_all(&self, folder: &Path) {
        let to = self.0.join(folder.file_name().expect("a folder has a name"));
        let copied = fs::create_dir_all(&to).and_then(|()| {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
            Ok(())
        });
        copied.unwrap_or_else(|error: std::io::Error| panic!("{}: {error}", folder.display()));
    }

    /// What stands in a file, if it exists.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<String> {
        let bytes = fs::read(self.0.join(name)).ok()?;
        Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
    }

    /// Removes a file. It may be gone already.
    pub fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.0.join(name));
    }
}

/// In memory where the system has such a folder: a program that makes sure that each of its commits is on
/// the disk would wait for a busy disk longer than any test should.
fn place() -> PathBuf {
    let in_memory = Path::new("/dev/shm");
    let is_writable = || {
        let probe = in_memory.join(format!("handoff-probe-{}", process::id()));
        fs::write(&probe, "x").and_then(|()| fs::remove_file(&probe)).is_ok()
    };
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE
        .get_or_init(|| if is_writable() { in_memory.to_path_buf() } else { env::temp_dir() })
        .clone()
}

impl Drop for Folder {
    fn drop(&mut self) {
        // On Windows a program that is still being killed may hold a file.
        let _ = fs::remove_dir_all(&self.0);
    }
}
