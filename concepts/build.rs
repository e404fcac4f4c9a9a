//! Makes a module of each page, so that rustdoc shows the pages as a site and runs their snippets.
//!
//! On the way it turns what GitHub and mdBook understand into what rustdoc does: links to pages become
//! links to modules, links to other files of the repository become links to these files, and pictures
//! are put into the page. Each line stays where it is, so that a failed snippet is told with its line.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let here = env::var("CARGO_MANIFEST_DIR")?;
    let (here, out) = (Path::new(&here), env::var("OUT_DIR")?);
    let summary = read(here, "SUMMARY.md")?;
    let mut modules = String::new();
    for (title, file) in summary.lines().filter_map(link) {
        let page = for_rustdoc(here, &read(here, file)?)?;
        fs::write(Path::new(&out).join(file), page)?;
        if let Some(module) = module(file) {
            writeln!(modules, "// {title}")?;
            writeln!(
                modules,
                "#[doc = include_str!(concat!(env!(\"OUT_DIR\"), {:?}))]",
                format!("/{file}")
            )?;
            writeln!(modules, "pub mod {module} {{}}")?;
        }
    }
    fs::write(Path::new(&out).join("pages.rs"), modules)?;
    Ok(())
}

fn read(here: &Path, file: &str) -> Result<String, String> {
    let path = here.join(file);
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The title and the file of a line like `- [How it ends](how-it-ends.md)`.
fn link(line: &str) -> Option<(&str, &str)> {
    line.split_once('[')?.1.strip_suffix(')')?.split_once("](")
}

/// The module of a page; the README is the crate itself.
fn module(file: &str) -> Option<String> {
    let name = file.strip_suffix(".md").filter(|name| *name != "README")?;
    Some(name.replace('-', "_"))
}

fn for_rustdoc(here: &Path, page: &str) -> Result<String, Box<dyn Error>> {
    let (mut text, mut fenced) = (String::new(), false);
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        let line = if fenced { line.to_owned() } else { with_links(here, line)? };
        writeln!(text, "{line}")?;
    }
    Ok(text)
}

/// A line of prose with its links and pictures turned.
fn with_links(here: &Path, line: &str) -> Result<String, String> {
    if let Some(picture) = line.strip_prefix("![") {
        let (words, file) = picture
            .strip_suffix(')')
            .and_then(|picture| picture.split_once("]("))
            .ok_or_else(|| format!("a picture stands on a line of its own: {line}"))?;
        // As one line, and described by its own words.
        let drawing = read(here, file)?.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let drawing = drawing.replacen("<svg ", "<svg style=\"max-width:100%;height:auto\" ", 1);
        return Ok(format!("<figure role=\"img\" aria-label=\"{words}\">{drawing}</figure>"));
    }
    let mut parts = line.split("](");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, rest) = part.split_once(')').unwrap_or((part, ""));
        write!(text, "]({}){rest}", turned(here, target)).map_err(|error| error.to_string())?;
    }
    Ok(text)
}

fn turned(here: &Path, target: &str) -> String {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let hash = if anchor.is_empty() { "" } else { "#" };
    if target.contains("://") || file.is_empty() {
        target.to_owned()
    } else if file == "README.md" {
        format!("crate{hash}{anchor}")
    } else if let Some(module) = module(file).filter(|_| !file.contains('/')) {
        format!("crate::{module}{hash}{anchor}")
    } else {
        // The site is built where the repository is. On Windows, `\\?\C:\…` is to become `/C:/…`.
        let path = here.join(file);
        let path = path.canonicalize().unwrap_or(path).display().to_string().replace('\\', "/");
        format!(
            "<file:///{}{hash}{anchor}>",
            path.trim_start_matches("//?/").trim_start_matches('/')
        )
    }
}
