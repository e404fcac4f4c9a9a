//! Which files make a program: the Rust files below its `src`.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The texts of a program's files, by their names below `src/`.
pub type Sources = BTreeMap<String, String>;

/// All files below a folder, relative to it and with `/`, in a fixed order.
///
/// An error says which file or folder it is about.
pub fn files(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        let here = folder.join(&inner);
        let entries = fs::read_dir(&here).map_err(|error| about(&here, &error))?;
        for entry in entries.flatten() {
            let path = inner.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// All Rust files below a folder.
pub fn sources(folder: &Path) -> io::Result<Sources> {
    let names = files(folder)?.into_iter().filter(|name| name.ends_with(".rs"));
    names.map(|name| Ok((name.clone(), read(&folder.join(&name))?))).collect()
}

/// A text, with line endings as on Linux.
pub fn read(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path).map_err(|error| about(path, &error))?;
    Ok(text.replace("\r\n", "\n"))
}

fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_the_rust_files_below_its_folder() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let all = files(here).unwrap();
        assert!(all.contains(&"Cargo.toml".to_owned()), "{all:?}");
        let sources = sources(here).unwrap();
        assert!(sources["src/files.rs"].contains("fn a_program_has_the_rust_files"));
        assert!(!sources.contains_key("Cargo.toml"));
    }

    #[test]
    fn an_error_names_the_place() {
        let error = sources(Path::new("no/such/folder")).unwrap_err();
        assert!(error.to_string().replace('\\', "/").starts_with("no/such/folder"), "{error}");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
