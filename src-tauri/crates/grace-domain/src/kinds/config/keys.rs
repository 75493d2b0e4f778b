//! Names with values in a file: paths into JSON, and the `name = value`, `name: value` and `name value;` lines of text.
//!
//! Owns the reading of them. Never says what a change of one is worth.

use std::collections::{BTreeMap, BTreeSet};

/// Words of a list in a JSON file.
pub(super) fn declared(text: &str, name: &str) -> BTreeSet<String> {
    serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|v| v.get(name).and_then(|l| l.as_array().cloned()))
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect()
}

/// Value before and after, by name.
pub(super) type Changed = BTreeMap<String, (Option<String>, Option<String>)>;

/// The names whose value differs.
pub(super) fn changed_keys(old: &str, new: &str) -> Changed {
    let (before, after) = (keys_of(old), keys_of(new));
    let mut out = Changed::new();
    for (key, value) in &before {
        if after.get(key) != Some(value) {
            out.insert(key.clone(), (Some(value.clone()), after.get(key).cloned()));
        }
    }
    for (key, value) in &after {
        if !before.contains_key(key) {
            out.insert(key.clone(), (None, Some(value.clone())));
        }
    }
    out
}

/// Keys of a file: paths into JSON, or the `name = value`, `name: value` and `name value;` lines of text.
fn keys_of(text: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    if let Ok(value @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))) =
        serde_json::from_str(text)
    {
        flatten("", &value, &mut out, 0);
        return out;
    }
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|l| !l.starts_with('#') && !l.starts_with("//")) {
        let Some((key, value)) = key_value(line) else { continue };
        let n = seen.entry(key.to_owned()).and_modify(|n| *n += 1).or_insert(1);
        let name = if *n == 1 { key.to_owned() } else { format!("{key}#{n}") };
        out.insert(name, value.to_owned());
    }
    out
}

fn key_value(line: &str) -> Option<(&str, &str)> {
    let word = |s: &str| {
        !s.is_empty() && s.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
    };
    for separator in ['=', ':'] {
        if let Some((key, value)) = line.split_once(separator)
            && word(key.trim())
            && !value.trim().is_empty()
        {
            return Some((key.trim(), value.trim().trim_end_matches(';')));
        }
    }
    let (key, value) = line.strip_suffix(';')?.split_once(char::is_whitespace)?;
    word(key).then(|| (key, value.trim()))
}

pub(super) fn flatten(
    prefix: &str,
    value: &serde_json::Value,
    out: &mut BTreeMap<String, String>,
    depth: usize,
) {
    let join = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    match value {
        serde_json::Value::Object(map) if depth < 32 => {
            for (key, inner) in map {
                flatten(&join(key), inner, out, depth + 1);
            }
        }
        serde_json::Value::Array(list) if depth < 32 => {
            for (i, inner) in list.iter().enumerate() {
                flatten(&join(&i.to_string()), inner, out, depth + 1);
            }
        }
        serde_json::Value::String(s) => {
            out.insert(prefix.to_owned(), s.clone());
        }
        other => {
            out.insert(prefix.to_owned(), other.to_string());
        }
    }
}
