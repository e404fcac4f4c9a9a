//! What the changelog says of the versions since another one.

/// The sections of all versions before which this one stands. A version that it does not know has seen nothing of it.
pub(super) fn since(changelog: &str, version: &str) -> String {
    let sections = changelog.lines().skip_while(|line| !line.starts_with("## "));
    let is_known = |line: &str| line.strip_prefix("## ").map(str::trim) == Some(version);
    if !changelog.lines().any(is_known) {
        return String::new();
    }
    let news: Vec<&str> = sections.take_while(|line| !is_known(line)).collect();
    news.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_newer_is_told() {
        let text =
            "# Changelog\n\nWords.\n\n## 0.3.0\n\n- c\n\n## 0.2.0\n\n- b\n\n## 0.1.0\n\n- a\n";
        assert_eq!(since(text, "0.1.0"), "## 0.3.0\n\n- c\n\n## 0.2.0\n\n- b");
        assert_eq!(since(text, "0.3.0"), "");
        assert_eq!(since(text, "9.0.0"), "");
    }
}
