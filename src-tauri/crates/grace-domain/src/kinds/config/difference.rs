//! What the comparison of old and new files finds: facts of each file, names old and new, lines.
//!
//! Owns the comparison. Never says what it is worth: that is `assess`.

use super::keys::{changed_keys, declared};
use super::lines::line_counts;
use super::sensitive;
use crate::core::ids::ComponentId;
use crate::kinds::section::KeyValue;
use crate::kinds::summary::Extent;
use crate::kinds::touched::{Side, Touched, told_modes};
use std::collections::BTreeSet;

/// Most names that a difference lists.
const KEYS_KEPT: usize = 200;
/// Longest name or value that is quoted, bytes.
const VALUE_BYTES: usize = 200;

/// What was found.
#[derive(Debug, Default)]
pub struct Difference {
    /// Facts of each file.
    pub(super) files: Vec<FileFacts>,
    /// Names whose value changes, at most [`KEYS_KEPT`].
    pub(super) keys: Vec<KeyChange>,
    /// The first name that its file lost, with the file.
    pub(super) removed_key: Option<String>,
    pub(super) extent: Extent,
    /// Capabilities that the new content declares and the old did not (`capabilities` lists in JSON files).
    pub(super) capabilities: BTreeSet<String>,
    /// Metrics that the new content declares and the old did not (`metrics` lists in JSON files).
    pub(super) metrics: BTreeSet<String>,
    pub(super) components: BTreeSet<ComponentId>,
}

/// Facts of one file.
#[derive(Debug)]
pub(super) struct FileFacts {
    pub(super) component: ComponentId,
    pub(super) path: String,
    pub(super) removed: bool,
    pub(super) added: bool,
    /// Its bytes are other ones.
    pub(super) rewritten: bool,
    /// Permission bits on both sides, where they are known.
    pub(super) old_mode: Option<u32>,
    pub(super) new_mode: Option<u32>,
    /// Of its lines; none when one side is no text.
    pub(super) text: Option<TextFacts>,
}

/// Facts of the lines of one file.
#[derive(Debug)]
pub(super) struct TextFacts {
    /// Too much differs to compare line by line.
    pub(super) coarse: bool,
    /// What is sensitive in lines that differ.
    pub(super) sensitive: BTreeSet<&'static str>,
}

/// One name whose value changes.
#[derive(Debug)]
pub(super) struct KeyChange {
    pub(super) component: ComponentId,
    pub(super) path: String,
    pub(super) key: String,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

impl Difference {
    /// Compares both sides.
    pub(super) fn of(touched: &[Touched<'_>]) -> Self {
        let mut found = Self::default();
        for t in touched {
            found.components.insert(t.component.clone());
            let text = match (text(t.old), text(t.new)) {
                (Ok(old), Ok(new)) => Some(found.compare(t, old, new)),
                _ => None,
            };
            found.files.push(FileFacts::of(t, text));
        }
        found
    }

    fn compare(&mut self, t: &Touched<'_>, old: &str, new: &str) -> TextFacts {
        let counted = line_counts(old, new);
        let extent = &mut self.extent;
        extent.added_lines = extent.added_lines.saturating_add(counted.added);
        extent.removed_lines = extent.removed_lines.saturating_add(counted.removed);
        extent.coarse |= counted.coarse;
        for (name, found) in [("capabilities", &mut self.capabilities), ("metrics", &mut self.metrics)] {
            found.extend(declared(new, name).difference(&declared(old, name)).cloned());
        }
        for (key, (before, after)) in changed_keys(old, new) {
            if after.is_none() && t.new.is_some() && self.removed_key.is_none() {
                self.removed_key = Some(format!("{}: {}", t.name, cut(key.clone())));
            }
            if self.keys.len() < KEYS_KEPT {
                self.keys.push(KeyChange {
                    component: t.component.clone(),
                    path: t.name.to_owned(),
                    key: cut(key),
                    old: before.map(cut),
                    new: after.map(cut),
                });
            }
        }
        TextFacts { coarse: counted.coarse, sensitive: sensitive::changes(old, new) }
    }
}

impl FileFacts {
    fn of(t: &Touched<'_>, text: Option<TextFacts>) -> Self {
        Self {
            component: t.component.clone(),
            path: t.name.to_owned(),
            removed: t.new.is_none(),
            added: t.new.is_some() && t.old.is_none(),
            rewritten: t.old.map(|side| side.bytes) != t.new.map(|side| side.bytes),
            old_mode: t.old.and_then(|side| side.mode),
            new_mode: t.new.and_then(|side| side.mode),
            text,
        }
    }

    /// Its mode for people, where that is told.
    pub(super) fn mode(&self) -> Option<KeyValue> {
        let (old, new) = told_modes(self.old_mode, self.new_mode)?;
        let place = format!("{}: {}", self.component, self.path);
        Some(KeyValue { key: "mode".into(), old, new: Some(new), place })
    }
}

fn text(side: Option<Side<'_>>) -> Result<&str, std::str::Utf8Error> {
    side.map_or(Ok(""), |side| std::str::from_utf8(side.bytes))
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
