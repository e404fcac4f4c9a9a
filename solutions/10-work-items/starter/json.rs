//! Items as JSON: `[{"payload": {…}, "files": {"orders.xlsx": "a/path.xlsx"}}]`.

use crate::item::{New, Result};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Reads all items of a file, or says what is wrong with the first that is not one.
pub(crate) fn read(path: &Path) -> Result<Vec<New>> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let all: Value = serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
    let all = all
        .as_array()
        .ok_or_else(|| format!("{name}: {} where a list of items is wanted", kind(&all)))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let read = |(index, value): (usize, &Value)| {
        item(value, folder).map_err(|wrong| format!("{name}, item {}: {wrong}", index + 1).into())
    };
    all.iter().enumerate().map(read).collect()
}

fn item(value: &Value, folder: &Path) -> std::result::Result<New, String> {
    let fields =
        value.as_object().ok_or_else(|| format!("{} where an object is wanted", kind(value)))?;
    if let Some(name) = fields.keys().find(|name| !["payload", "files"].contains(&name.as_str())) {
        return Err(format!("\"{name}\" is neither \"payload\" nor \"files\""));
    }
    let payload = fields.get("payload").ok_or("\"payload\" is missing")?;
    if !payload.is_object() {
        return Err(format!("\"payload\" is {} where an object is wanted", kind(payload)));
    }
    let mut files = fields.get("files").cloned().unwrap_or_else(|| json!({}));
    let Some(paths) = files.as_object_mut() else {
        return Err(format!("\"files\" is {} where an object is wanted", kind(&files)));
    };
    for (name, path) in paths {
        let text = path.as_str().ok_or_else(|| {
            format!("\"files\", \"{name}\" is {} where a path is wanted", kind(path))
        })?;
        // A path is meant as seen from the JSON file.
        *path = Value::from(folder.join(text).to_string_lossy());
    }
    Ok(New { payload: payload.clone(), files })
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Items as text, one on each line, so that two exports can be compared.
pub(crate) fn write(items: &[New]) -> String {
    let line =
        |item: &New| format!("  {}", json!({ "payload": item.payload, "files": item.files }));
    let lines: Vec<String> = items.iter().map(line).collect();
    if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", lines.join(",\n")) }
}
