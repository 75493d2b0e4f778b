//! Which lines of a text load code, change identity or open access, and which of them differ between two texts.
//!
//! Owns the words. Never tries to understand a format: a line counts as a whole, with what it stands in, and when in
//! doubt it counts as sensitive. A comparison that could be fooled by a second key of the same name, by a block on
//! one line or by another way of writing a name would be worth nothing.

use crate::core::canon;
use crate::core::digest::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// Found anywhere in a line, in lower case, `-` taken for `_`.
const PARTS: [&str; 25] = [
    "load_module",
    "loadmodule",
    "ld_preload",
    "passw",
    "passphrase",
    "secret",
    "token",
    "credential",
    "private_key",
    "privatekey",
    "api_key",
    "apikey",
    "certificate",
    "auth_",
    "authoriz",
    "authoris",
    "authenti",
    "exec",
    "command",
    "include",
    "sudo",
    "setuid",
    // Names that are spelled in escapes cannot be read here.
    "\\x",
    "\\u",
    "\\0",
];
/// Found as a whole word.
const WORDS: [&str; 13] = [
    "user", "users", "username", "runas", "allow", "deny", "auth", "cmd", "eval", "shell", "system", "pwd",
    "import",
];
/// Blocks within blocks that are followed.
const BLOCKS_MAX: usize = 1_024;
/// Depth to which JSON is read as such.
const JSON_DEPTH: usize = 32;

/// What a line stands in: the block's beginning, and what is sensitive about it.
#[derive(Clone, Copy)]
struct Within {
    place: Digest,
    word: Option<&'static str>,
}

/// The words that are sensitive in lines that differ, empty when none does.
pub(super) fn changes(old: &str, new: &str) -> BTreeSet<&'static str> {
    if !mentions(old) && !mentions(new) {
        return BTreeSet::new();
    }
    let (before, after) = (lines(old), lines(new));
    let mut counts: BTreeMap<(Digest, &'static str), i64> = BTreeMap::new();
    for line in &before {
        *counts.entry(*line).or_default() -= 1;
    }
    for line in &after {
        *counts.entry(*line).or_default() += 1;
    }
    let found: BTreeSet<_> = counts.iter().filter(|(_, n)| **n != 0).map(|((_, word), _)| *word).collect();
    if !found.is_empty() {
        return found;
    }
    // The same lines in another order: the first that fits may be the one that counts.
    before.iter().zip(&after).filter(|(old, new)| old != new).map(|(_, (_, word))| *word).collect()
}

/// The sensitive lines in their order, each with its place.
fn lines(text: &str) -> Vec<(Digest, &'static str)> {
    if let Ok(value @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))) =
        canon::parse_strict(text.as_bytes(), JSON_DEPTH)
    {
        let mut keys = BTreeMap::new();
        super::keys::flatten("", &value, &mut keys, 0);
        let line = |(key, value): (&String, &String)| {
            let line = format!("{key} = {value}");
            word_of(&line).map(|word| (Digest::of(line.as_bytes()), word))
        };
        return keys.iter().filter_map(line).collect();
    }
    let nowhere = Within { place: Digest::of(b""), word: None };
    let (mut section, mut continued) = (nowhere, None::<Within>);
    let (mut indented, mut blocks): (Vec<(usize, Within)>, Vec<Within>) = (Vec::new(), Vec::new());
    let mut out = Vec::new();
    for raw in text.lines() {
        let line = raw.trim();
        if line.is_empty() || comment(line) {
            continue;
        }
        // An item of a list belongs to the line above it, also when it is not indented.
        let indent = 2 * (raw.len() - raw.trim_start().len()) + usize::from(line.starts_with("- "));
        while indented.last().is_some_and(|(at, _)| *at >= indent) {
            indented.pop();
        }
        let around = [Some(section), indented.last().map(|(_, w)| *w), blocks.last().copied(), continued];
        let mut place = Vec::with_capacity(160 + line.len());
        for within in around {
            place.extend_from_slice(within.unwrap_or(nowhere).place.as_bytes());
        }
        place.extend_from_slice(line.as_bytes());
        let own = word_of(line);
        let word = own.or_else(|| around.into_iter().flatten().find_map(|w| w.word));
        let here = Within { place: Digest::of(&place), word };
        out.extend(word.map(|word| (here.place, word)));
        indented.push((indent, here));
        for c in line.chars() {
            match c {
                '{' | '[' | '(' if blocks.len() < BLOCKS_MAX => blocks.push(here),
                '}' | ']' | ')' => drop(blocks.pop()),
                _ => {}
            }
        }
        if line.starts_with('[') && line.ends_with(']') {
            section = here;
        }
        continued = line.ends_with('\\').then_some(here);
    }
    out
}

/// Remarks do nothing, but for the one that looks like a remark and includes a file.
fn comment(line: &str) -> bool {
    (line.starts_with('#') && !line.starts_with("#include") && !line.starts_with("#!"))
        || line.starts_with("//")
}

/// Whether any line can be sensitive. Most texts have none, and need not be looked at line by line.
fn mentions(text: &str) -> bool {
    let text = plain(text);
    PARTS.into_iter().chain(WORDS).any(|word| text.contains(word))
}

fn plain(text: &str) -> String {
    text.to_lowercase().replace('-', "_")
}

/// What is sensitive about a line by itself.
fn word_of(line: &str) -> Option<&'static str> {
    let line = plain(line);
    let part = PARTS.into_iter().find(|part| line.contains(part));
    part.or_else(|| {
        let words: BTreeSet<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        WORDS.into_iter().find(|word| words.contains(word))
    })
}
