//! What each Cargo.toml of the workspace has to say.
//!
//! Every member takes the workspace's edition, rust-version, licence and lints, and is not published but for
//! the two that anybody may use.
//! No two of them build a file of the same name, which would overwrite each other.
//! No crate that they stand on asks for a newer Rust than the workspace promises.

use crate::{Error, Result, packages, read};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// The name of the check.
pub(super) const NAME: &str = "manifests";

/// What a member takes from the workspace: its name in Cargo.toml, and in what `cargo metadata` says.
const TAKEN: [(&str, &str); 3] =
    [("edition", "edition"), ("license", "license"), ("rust-version", "rust_version")];

/// What somebody may publish: cargo packs nothing else.
const PUBLISHABLE: [&str; 2] = ["rehearsal", "rehearsal-macros"];

/// Looks at the manifests of the checkout.
pub(super) fn look(root: &Path) -> Result<std::result::Result<String, String>> {
    let metadata = packages::metadata(root, false)?;
    let promised = Promised::read(&read(&root.join("Cargo.toml"))?)?;
    let (members, others): (Vec<&Value>, Vec<&Value>) = list(&metadata["packages"])
        .iter()
        .partition(|package| list(&metadata["workspace_members"]).contains(&package["id"]));
    let mut faults = Vec::new();
    for member in &members {
        let path = Path::new(text(&member["manifest_path"]));
        let shown =
            path.strip_prefix(root).unwrap_or(path).display().to_string().replace('\\', "/");
        let of_member = promised.faults(member, &read(path)?);
        faults.extend(of_member.iter().map(|fault| format!("{shown}: {fault}")));
    }
    faults.extend(others.iter().filter_map(|package| promised.too_new(package)));
    faults.extend(shared_names(&members));
    if faults.is_empty() {
        let (members, others, rust) = (members.len(), others.len(), &promised.rust());
        return Ok(Ok(format!(
            "{members} members and {others} other crates, Rust {rust} and later"
        )));
    }
    Ok(Err(faults.join("\n")))
}

/// What the workspace says for all its members.
struct Promised(BTreeMap<&'static str, String>);

impl Promised {
    fn read(manifest: &str) -> Result<Promised> {
        let value = |key: &'static str| {
            let value = value(manifest, "workspace.package", key);
            let value = value.and_then(|value| value.strip_prefix('"')?.split('"').next());
            let why = || Error::Failed(format!("Cargo.toml: [workspace.package] says no {key}"));
            Ok((key, value.ok_or_else(why)?.to_owned()))
        };
        TAKEN.into_iter().map(|(key, _)| value(key)).collect::<Result<_>>().map(Promised)
    }

    fn rust(&self) -> &str {
        &self.0["rust-version"]
    }

    /// What is wrong with a member.
    fn faults(&self, member: &Value, manifest: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (key, field) in TAKEN {
            if text(&member[field]) != self.0[key] {
                faults.push(format!("{key}.workspace = true is missing"));
            }
        }
        // Published nowhere is an empty list of registries.
        let is_kept = member["publish"].as_array().is_some_and(Vec::is_empty);
        if !is_kept && !PUBLISHABLE.contains(&text(&member["name"])) {
            faults.push("publish.workspace = true is missing".to_owned());
        }
        let lints = [("lints", "workspace"), ("", "lints.workspace")];
        if !lints.iter().any(|(table, key)| value(manifest, table, key) == Some("true")) {
            faults.push(
                "[lints] workspace = true is missing, so the lints do not look here".to_owned(),
            );
        }
        faults
    }

    fn too_new(&self, package: &Value) -> Option<String> {
        // A crate that says nothing asks for nothing.
        let wants = package["rust_version"].as_str()?;
        (version(wants) > version(self.rust())).then(|| {
            let (name, of) = (text(&package["name"]), text(&package["version"]));
            format!("{name} {of} needs Rust {wants}, the workspace promises {}", self.rust())
        })
    }
}

/// Binaries, examples and libraries of all members land in one folder for each kind.
fn shared_names(members: &[&Value]) -> Vec<String> {
    let mut owners: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for member in members {
        for target in list(&member["targets"]) {
            let kind = text(&target["kind"][0]);
            if ["bin", "example", "lib", "proc-macro"].contains(&kind) {
                owners
                    .entry((kind, text(&target["name"])))
                    .or_default()
                    .push(text(&member["name"]));
            }
        }
    }
    let shared = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
    shared
        .map(|((kind, name), owners)| {
            format!(
                "the {kind} {name} is built by {}: give each a name of its own",
                owners.join(", ")
            )
        })
        .collect()
}

/// What stands behind `key =` in a table of a manifest; `""` is what comes before the first table.
fn value<'a>(manifest: &'a str, table: &str, key: &str) -> Option<&'a str> {
    let mut here = "";
    for line in manifest.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix('[') {
            here = heading.split(']').next().unwrap_or_default().trim();
        } else if let Some((name, value)) = line.split_once('=')
            && (here, name.trim()) == (table, key)
        {
            return Some(value.split('#').next().unwrap_or_default().trim());
        }
    }
    None
}

/// "1.88" as 1, 88, 0.
fn version(text: &str) -> [u64; 3] {
    let mut numbers = text.split(['.', '-']).map(|number| number.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ROOT: &str = "[workspace]\nmembers = []\n\n[workspace.package]\nedition = \"2024\" # the newest\nrust-version = \"1.88\"\nlicense = \"MIT\"\n";
    const LINTS: &str = "[package]\n[lints]\n# why\nworkspace = true\n";

    fn member() -> Value {
        json!({
            "name": "a", "edition": "2024", "license": "MIT", "rust_version": "1.88", "publish": [],
            "targets": [{ "kind": ["bin"], "name": "x" }, { "kind": ["test"], "name": "tasks" }],
        })
    }

    fn faults(member: &Value, manifest: &str) -> Vec<String> {
        Promised::read(ROOT).unwrap().faults(member, manifest)
    }

    #[test]
    fn a_member_that_takes_all_has_no_fault() {
        assert!(faults(&member(), LINTS).is_empty());
        assert!(faults(&member(), "lints.workspace = true\n[package]\n").is_empty());
    }

    #[test]
    fn what_anybody_may_use_may_be_published() {
        let mut published = member();
        published["publish"] = Value::Null;
        assert_eq!(faults(&published, LINTS), ["publish.workspace = true is missing"]);
        published["name"] = json!("rehearsal");
        assert!(faults(&published, LINTS).is_empty());
    }

    #[test]
    fn each_thing_that_is_not_taken_is_told() {
        for (field, value, told) in [
            ("edition", json!("2021"), "edition.workspace = true is missing"),
            ("license", json!(null), "license.workspace = true is missing"),
            ("rust_version", json!("1.89"), "rust-version.workspace = true is missing"),
            ("publish", json!(null), "publish.workspace = true is missing"),
            ("publish", json!(["crates-io"]), "publish.workspace = true is missing"),
        ] {
            let mut other = member();
            other[field] = value;
            assert_eq!(faults(&other, LINTS), [told]);
        }
        for manifest in ["[package]\nworkspace = true\n", "[lints]\nworkspace = false\n", ""] {
            let told = faults(&member(), manifest);
            assert!(told[0].starts_with("[lints] workspace = true is missing"), "{told:?}");
        }
    }

    #[test]
    fn a_workspace_that_promises_nothing_is_an_error() {
        let without = ROOT.replace("license = \"MIT\"\n", "");
        let error = Promised::read(&without).err().unwrap().to_string();
        assert_eq!(error, "Cargo.toml: [workspace.package] says no license");
    }

    #[test]
    fn a_crate_that_wants_a_newer_rust_is_told() {
        let promised = Promised::read(ROOT).unwrap();
        let too_new = |wants: Value| {
            promised.too_new(&json!({ "name": "b", "version": "2.0.1", "rust_version": wants }))
        };
        for fits in [json!(null), json!("1.88"), json!("1.88.0"), json!("1.9")] {
            assert_eq!(too_new(fits), None);
        }
        let told = "b 2.0.1 needs Rust 1.88.1, the workspace promises 1.88";
        assert_eq!(too_new(json!("1.88.1")).as_deref(), Some(told));
    }

    #[test]
    fn two_that_build_the_same_file_are_told() {
        let (one, mut other) = (member(), member());
        other["name"] = json!("b");
        assert_eq!(
            shared_names(&[&one, &other]),
            ["the bin x is built by a, b: give each a name of its own"]
        );
        other["targets"][0]["kind"] = json!(["example"]);
        assert!(shared_names(&[&one, &other]).is_empty());
    }
}
