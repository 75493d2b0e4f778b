//! Any view as lines for people: members one per line, lists of alike things as tables.
//!
//! Owns this general form, for views that have no lines of their own.

use std::fmt::Write as _;

use grace_api::diff::visible;
use serde_json::Value;

use super::line::table;

/// Lines for people: members one per line, lists of alike things as tables.
pub fn human(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, 0);
    text
}

fn write_value(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                write_member(text, name, member, depth);
            }
        }
        Value::Array(items) => write_list(text, items, depth),
        scalar => {
            let _ = writeln!(text, "{}{}", indent(depth), cell(scalar));
        }
    }
}

fn write_member(text: &mut String, name: &str, member: &Value, depth: usize) {
    let label = format!("{}{}", indent(depth), visible(&name.replace('_', " ")));
    match member {
        Value::Null => {}
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) if items.iter().all(|i| !i.is_object() && !i.is_array()) => {
            let cells: Vec<String> = items.iter().map(cell).collect();
            if cells.iter().any(|c| c.contains(' ')) {
                let _ = writeln!(text, "{label}:");
                for sentence in &cells {
                    let _ = writeln!(text, "{}- {sentence}", indent(depth + 1));
                }
            } else {
                let _ = writeln!(text, "{label}: {}", cells.join(", "));
            }
        }
        Value::Object(inner) if inner.is_empty() => {}
        Value::Object(_) | Value::Array(_) => {
            let _ = writeln!(text, "{label}:");
            write_value(text, member, depth + 1);
        }
        Value::String(lines) if lines.contains('\n') => {
            let _ = writeln!(text, "{label}:");
            for line in lines.lines() {
                let _ = writeln!(text, "{}{}", indent(depth + 1), visible(line));
            }
        }
        scalar => {
            let _ = writeln!(text, "{label}: {}", cell(scalar));
        }
    }
}

fn write_list(text: &mut String, items: &[Value], depth: usize) {
    let flat = |v: &Value| !v.is_object() && !v.is_array();
    let table = items.iter().all(|i| i.as_object().is_some_and(|o| o.values().all(flat)));
    if table {
        write_table(text, items, depth);
        return;
    }
    for item in items {
        let mut inner = String::new();
        write_value(&mut inner, item, depth + 1);
        // The first line of an item carries the dash.
        let dashed = inner.replacen(&indent(depth + 1), &format!("{}- ", indent(depth)), 1);
        text.push_str(&dashed);
    }
}

fn write_table(text: &mut String, items: &[Value], depth: usize) {
    let Some(Value::Object(first)) = items.first() else { return };
    let filled = |name: &&String| items.iter().any(|i| i.get(name.as_str()).is_some_and(|v| !v.is_null()));
    let names: Vec<&String> = first.keys().filter(filled).collect();
    let heads = names.iter().map(|n| n.replace('_', " ").to_uppercase()).collect();
    let cells = |i: &Value| names.iter().map(|n| i.get(n.as_str()).map(cell).unwrap_or_default()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(heads).chain(items.iter().map(cells)).collect();
    for line in table(&rows) {
        let _ = writeln!(text, "{}{line}", indent(depth));
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(s) => visible(s),
        Value::Null => String::new(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        other => other.to_string(),
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}
