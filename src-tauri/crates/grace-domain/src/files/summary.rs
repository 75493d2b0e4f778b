//! What an update is and does, found by comparing old and new content: files, keys old → new, computed risk with
//! its reasons, breaking or not. Pure; the bytes come in.

mod sensitive;

use crate::core::ids::ComponentId;
use crate::governance::policy::Risk;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of one touched file, old and new; `None` means absent.
#[derive(Debug, Clone, Copy)]
pub struct Touched<'a> {
    /// Whose.
    pub component: &'a ComponentId,
    /// Where beneath its root.
    pub path: &'a str,
    /// Before.
    pub old: Option<&'a [u8]>,
    /// After.
    pub new: Option<&'a [u8]>,
    /// Permission bits before and after.
    pub modes: (Option<u32>, Option<u32>),
}

/// One key of a structured file that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyChange {
    /// Whose.
    pub component: ComponentId,
    /// Which file.
    pub path: String,
    /// Which key.
    pub key: String,
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// The summary of an update; a blob of the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Keys changed, at most [`KEYS_KEPT`].
    pub keys: Vec<KeyChange>,
    /// True when a reader of the old content may not understand the new one.
    pub breaking: bool,
    /// Why it is breaking.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub breaking_reason: String,
    /// Lines added over all files.
    pub added_lines: u32,
    /// Lines removed over all files.
    pub removed_lines: u32,
    /// True when lines that only moved are not among the counts: too many differ to compare them one by one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coarse_lines: bool,
    /// Capabilities that the new content declares and the old did not (`capabilities` lists in JSON files).
    pub new_capabilities: BTreeSet<String>,
    /// Metrics that the new content declares and the old did not (`metrics` lists in JSON files).
    pub new_metrics: BTreeSet<String>,
    /// Risk computed from the difference.
    pub computed: Risk,
    /// Why, one sentence each; never empty.
    pub reasons: Vec<String>,
}

/// Most keys that a summary lists.
pub const KEYS_KEPT: usize = 200;
/// Longest key or value that a summary quotes, bytes.
const VALUE_BYTES: usize = 200;
/// More files than this are a medium risk by themselves.
const MANY_FILES: usize = 20;
/// Lines that differ, old times new, up to which they are compared one by one. Deterministic, unlike a time.
const LINES_COMPARED: usize = 4_000_000;

/// Compares old and new.
pub fn summarise(touched: &[Touched<'_>]) -> Summary {
    let mut risk = Assessment { risk: Risk::Low, reasons: Vec::new() };
    let mut found = Found::default();
    for t in touched {
        assess_file(t, &mut risk);
        match (text(t.old), text(t.new)) {
            (Ok(old), Ok(new)) => found.compare(t, old, new, &mut risk),
            _ => risk.raise(Risk::Medium, format!("{}: not text, nobody can read the difference", t.path)),
        }
    }
    let components: BTreeSet<&ComponentId> = touched.iter().map(|t| t.component).collect();
    if components.len() > 1 {
        risk.raise(Risk::Medium, format!("{} components change together", components.len()));
    }
    if touched.len() > MANY_FILES {
        risk.raise(Risk::Medium, format!("{} files change at once", touched.len()));
    }
    let breaking_reason = if let Some(gone) = touched.iter().find(|t| t.new.is_none()) {
        format!("{} is removed", gone.path)
    } else if let Some(key) = &found.removed_key {
        risk.raise(Risk::Medium, format!("{key} is removed"));
        format!("{key} is removed")
    } else {
        String::new()
    };
    if risk.reasons.is_empty() {
        risk.reasons.push("only values and lines of text change".into());
    }
    Summary {
        keys: found.keys,
        breaking: !breaking_reason.is_empty(),
        breaking_reason,
        added_lines: found.added_lines,
        removed_lines: found.removed_lines,
        coarse_lines: found.coarse_lines,
        new_capabilities: found.capabilities,
        new_metrics: found.metrics,
        computed: risk.risk,
        reasons: risk.reasons,
    }
}

/// What the comparison of text files has found so far.
#[derive(Default)]
struct Found {
    keys: Vec<KeyChange>,
    /// The first key that its file lost, with the file.
    removed_key: Option<String>,
    added_lines: u32,
    removed_lines: u32,
    coarse_lines: bool,
    capabilities: BTreeSet<String>,
    metrics: BTreeSet<String>,
}

impl Found {
    fn compare(&mut self, t: &Touched<'_>, old: &str, new: &str, risk: &mut Assessment) {
        let counted = line_counts(old, new);
        self.added_lines = self.added_lines.saturating_add(counted.added);
        self.removed_lines = self.removed_lines.saturating_add(counted.removed);
        if counted.coarse {
            self.coarse_lines = true;
            risk.raise(
                Risk::Medium,
                format!("{}: too much changes to compare line by line; the counts are coarse", t.path),
            );
        }
        for word in sensitive::changes(old, new) {
            risk.raise(Risk::High, format!("{}: {word} changes", t.path));
        }
        for (name, found) in [("capabilities", &mut self.capabilities), ("metrics", &mut self.metrics)] {
            found.extend(declared(new, name).difference(&declared(old, name)).cloned());
        }
        for (key, (before, after)) in changed_keys(old, new) {
            if after.is_none() && t.new.is_some() && self.removed_key.is_none() {
                self.removed_key = Some(format!("{}: {}", t.path, cut(key.clone())));
            }
            if self.keys.len() < KEYS_KEPT {
                self.keys.push(KeyChange {
                    component: t.component.clone(),
                    path: t.path.to_owned(),
                    key: cut(key),
                    old: before.map(cut),
                    new: after.map(cut),
                });
            }
        }
    }
}

struct Assessment {
    risk: Risk,
    reasons: Vec<String>,
}

impl Assessment {
    fn raise(&mut self, to: Risk, reason: String) {
        self.risk = self.risk.max(to);
        if self.reasons.len() < 50 && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

fn assess_file(t: &Touched<'_>, risk: &mut Assessment) {
    if t.new.is_none() {
        risk.raise(Risk::High, format!("{} is removed", t.path));
    } else if t.old.is_none() {
        risk.raise(Risk::Low, format!("{} is new", t.path));
    }
    let executable = |mode: Option<u32>| mode.is_some_and(|m| m & 0o111 != 0);
    if executable(t.modes.1) && !executable(t.modes.0) {
        risk.raise(Risk::High, format!("{} becomes executable", t.path));
    }
    if t.modes.1.is_some_and(|m| m & 0o022 != 0) {
        risk.raise(Risk::High, format!("{} can be written by others", t.path));
    }
}

fn text(bytes: Option<&[u8]>) -> Result<&str, std::str::Utf8Error> {
    bytes.map_or(Ok(""), std::str::from_utf8)
}

fn cut(value: String) -> String {
    if value.len() <= VALUE_BYTES {
        return value;
    }
    let mut end = VALUE_BYTES;
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &value[..end])
}

struct LineCounts {
    added: u32,
    removed: u32,
    coarse: bool,
}

/// Lines added and removed. What is too much for a comparison is counted: the work stays linear.
fn line_counts(old: &str, new: &str) -> LineCounts {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[same..], &new[same..]);
    let same = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - same], &new[..new.len() - same]);
    let (mut added, mut removed) = (0usize, 0usize);
    let coarse = old.len().saturating_mul(new.len()) > LINES_COMPARED;
    if coarse {
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for line in old {
            *counts.entry(line).or_default() -= 1;
        }
        for line in new {
            *counts.entry(line).or_default() += 1;
        }
        for n in counts.into_values() {
            let lines = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
            *if n > 0 { &mut added } else { &mut removed } += lines;
        }
    } else {
        for op in similar::capture_diff_slices(similar::Algorithm::Patience, old, new) {
            let (tag, old_range, new_range) = op.as_tag_tuple();
            if tag != similar::DiffTag::Equal {
                removed += old_range.len();
                added += new_range.len();
            }
        }
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    LineCounts { added: count(added), removed: count(removed), coarse }
}

fn declared(text: &str, name: &str) -> BTreeSet<String> {
    serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|v| v.get(name).and_then(|l| l.as_array().cloned()))
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect()
}

type Changed = BTreeMap<String, (Option<String>, Option<String>)>;

fn changed_keys(old: &str, new: &str) -> Changed {
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

fn flatten(prefix: &str, value: &serde_json::Value, out: &mut BTreeMap<String, String>, depth: usize) {
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
