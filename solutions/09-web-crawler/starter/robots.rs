//! What a robots.txt allows: <https://www.rfc-editor.org/rfc/rfc9309>.

use url::Url;

/// The rules for one crawler.
#[derive(Default)]
pub(crate) struct Robots {
    /// Each allows or forbids the paths that fit a pattern.
    rules: Vec<(bool, String)>,
}

impl Robots {
    /// Takes the rules of the groups that name the agent or, where there is none, those for all.
    pub(crate) fn read(text: &str, agent: &str) -> Robots {
        let (mut own, mut general) = (None::<Vec<_>>, Vec::new());
        let (mut for_agent, mut for_all, mut in_names) = (false, false, false);
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    // The first name after rules begins a new group.
                    (for_agent, for_all) = (in_names && for_agent, in_names && for_all);
                    for_agent |= value.eq_ignore_ascii_case(agent);
                    for_all |= value == "*";
                    in_names = true;
                }
                "allow" | "disallow" => {
                    in_names = false;
                    let rule = (key == "allow", value.to_owned());
                    if for_agent {
                        own.get_or_insert_default().push(rule);
                    } else if for_all {
                        general.push(rule);
                    }
                }
                _ => {}
            }
        }
        Robots { rules: own.unwrap_or(general) }
    }

    /// The longest pattern that fits decides, and the kinder one of two that are as long.
    pub(crate) fn allow(&self, url: &Url) -> bool {
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let fitting = self.rules.iter().filter(|(_, pattern)| fits(pattern, &path));
        fitting.max_by_key(|(allows, pattern)| (pattern.len(), *allows)).is_none_or(|rule| rule.0)
    }
}

/// Whether a path begins like a pattern, in which `*` is anything and a `$` at its end is the path's end.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
        last = Some(piece);
    }
    !to_the_end || rest.is_empty() || last.is_some_and(|last| rest.ends_with(last))
}
