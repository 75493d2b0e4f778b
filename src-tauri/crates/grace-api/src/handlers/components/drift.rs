//! In what a target is not as it was recorded, item by item.
//!
//! Owns finding it and the sentence of it. Never decides whether it drifted: digests do.

use grace_domain::component::Component;
use grace_domain::kinds::section::KeyValue;
use grace_domain::kinds::target_kind::TargetKind;
use grace_target::Observed;

use crate::diff::visible;
use crate::handlers::context::Context;

/// Most deviations that a view lists.
const LISTED: usize = 200;
/// Items that a sentence names.
const NAMED: usize = 3;

/// Whether what was found is what the log recorded; none while nothing is recorded.
pub(crate) fn as_recorded(component: &Component, found: &Observed) -> Option<bool> {
    match component.digest() {
        Some(recorded) => Some(found.digest == recorded),
        // Of a registry each document is recorded by itself.
        None if component.facts().target_kind().is_some_and(TargetKind::is_in_log) => {
            let recorded = component.documents().iter().map(|(id, digest)| (id.to_string(), *digest));
            Some(found.contents() == recorded.collect::<Vec<_>>())
        }
        None => None,
    }
}

/// What differs; empty where nothing does, and where the description of what was recorded cannot be read.
pub(crate) async fn drift(ctx: &Context, component: &Component, found: &Observed) -> Vec<KeyValue> {
    if as_recorded(component, found) != Some(false) {
        return Vec::new();
    }
    let Some(tree) = component.tree() else { return Vec::new() };
    let Ok(Some(recorded)) = ctx.blob(&tree).await else { return Vec::new() };
    let mut all = grace_target::deviations(&recorded, &found.document).unwrap_or_default();
    all.truncate(LISTED);
    for value in &mut all {
        for text in [&mut value.key, &mut value.place].into_iter().chain(&mut value.old).chain(&mut value.new)
        {
            *text = visible(text);
        }
    }
    all
}

/// `: a.conf (mode 0644 → 0600, owner 0 → 7), b.conf (added), and more`; nothing where nothing is known.
pub(crate) fn named(drift: &[KeyValue]) -> String {
    let mut items: Vec<(&str, Vec<String>)> = Vec::new();
    for value in drift {
        let what = match (&value.old, &value.new) {
            (None, _) if value.key == "file" => "added".to_owned(),
            (_, None) if value.key == "file" => "removed".to_owned(),
            (Some(old), Some(new)) if value.key != "content" => format!("{} {old} → {new}", value.key),
            (_, _) => value.key.clone(),
        };
        match items.last_mut() {
            Some((name, all)) if *name == value.place => all.push(what),
            _ => items.push((&value.place, vec![what])),
        }
    }
    if items.is_empty() {
        return String::new();
    }
    let more = if items.len() > NAMED { ", and more" } else { "" };
    let each = items.iter().take(NAMED).map(|(name, what)| format!("{name} ({})", what.join(", ")));
    format!(": {}{more}", each.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_the_first_items_with_what_differs() {
        let value = |place: &str, key: &str, old: Option<&str>, new: Option<&str>| KeyValue {
            key: key.into(),
            old: old.map(Into::into),
            new: new.map(Into::into),
            place: place.into(),
        };
        let mut drift = vec![
            value("a.conf", "content", Some("1 byte"), Some("2 bytes")),
            value("a.conf", "owner", Some("0"), Some("7")),
            value("b.conf", "file", None, Some("1 byte")),
        ];
        assert_eq!(named(&[]), "");
        assert_eq!(named(&drift), ": a.conf (content, owner 0 → 7), b.conf (added)");
        drift.extend(["c", "d"].map(|name| value(name, "user.q", Some("x"), None)));
        assert_eq!(named(&drift), ": a.conf (content, owner 0 → 7), b.conf (added), c (user.q), and more");
    }
}
