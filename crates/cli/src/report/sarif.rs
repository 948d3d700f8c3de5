//! Problems as SARIF 2.1.0, the format that code-scanning services read.

use rechain_project::Position;
use serde_json::{Value, json};

use crate::code::{self, Code};
use crate::diagnostic::{Diagnostic, Label};
use crate::history::History;

/// One run over all environments. Columns count characters.
pub(crate) fn document(histories: &[History]) -> Value {
    let results: Vec<Value> = histories
        .iter()
        .flat_map(|history| history.diagnostics.iter().map(|it| result(it, history)))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "rechain",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": code::ALL.iter().map(|code| rule(code)).collect::<Vec<_>>(),
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.id,
        "name": code.name,
        "shortDescription": { "text": code.summary },
        "fullDescription": { "text": code.explanation },
        "help": { "text": code.explanation },
        "defaultConfiguration": { "level": "error" },
    })
}

fn result(diagnostic: &Diagnostic, history: &History) -> Value {
    let mut message = diagnostic.message.clone();
    for help in &diagnostic.help {
        message.push_str(". ");
        message.push_str(help);
    }
    let mut result = json!({
        "ruleId": diagnostic.code.id,
        "ruleIndex": code::ALL.iter().position(|it| *it == diagnostic.code),
        "level": "error",
        "message": { "text": message },
    });
    if let Some(label) = &diagnostic.primary {
        result["locations"] = json!([location(label, history)]);
    }
    if !diagnostic.secondary.is_empty() {
        let related = diagnostic.secondary.iter().enumerate().map(|(at, label)| {
            let mut related = location(label, history);
            related["id"] = json!(at);
            related
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn location(label: &Label, history: &History) -> Value {
    let file = &history.files[label.file];
    let start = Position::of(file.text(), label.range.start());
    let end = Position::of(file.text(), label.range.end());
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&file.name) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
        "message": { "text": label.text },
    })
}

/// A path as a URI (RFC 3986): relative ones stay relative.
fn uri(path: &str) -> String {
    let (start, path) = match path.as_bytes() {
        // `//server/share`
        [b'/', b'/', ..] => ("file:", path),
        [b'/', ..] => ("file://", path),
        [letter, b':', b'/', ..] if letter.is_ascii_alphabetic() => {
            let (drive, rest) = path.split_at(2);
            return format!("file:///{drive}{}", uri(rest).trim_start_matches("file://"));
        }
        _ => ("", path),
    };
    let mut uri = String::from(start);
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            byte => uri.extend(format!("%{byte:02X}").chars()),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("versions/a b:é.py"), "versions/a%20b%3A%C3%A9.py");
        assert_eq!(uri("/srv/a.py"), "file:///srv/a.py");
        assert_eq!(uri("C:/my project/a.py"), "file:///C:/my%20project/a.py");
        assert_eq!(uri("//server/share/a.py"), "file://server/share/a.py");
    }
}
