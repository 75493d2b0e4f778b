//! In what a target is not as it was recorded, item by item.
//!
//! Owns finding it and the sentence of it. Never decides whether it drifted: digests do.

use grace_domain::component::Component;
use grace_domain::kinds::section::KeyValue;
use grace_domain::kinds::target_kind::TargetKind;
use grace_target::{Deviation, Differs, Observed};

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
pub(crate) async fn drift(ctx: &Context, component: &Component, found: &Observed) -> Vec<Deviation> {
    if as_recorded(component, found) != Some(false) {
        return Vec::new();
    }
    let Some(tree) = component.tree() else { return Vec::new() };
    let Ok(Some(recorded)) = ctx.blob(&tree).await else { return Vec::new() };
    grace_target::deviations(&recorded, &found.document).unwrap_or_default()
}

/// The first of them as named values, before and after; `item` is what one item of such a target is called.
pub(crate) fn values(drift: &[Deviation], item: &str) -> Vec<KeyValue> {
    let value = |of: &Deviation| {
        let (key, old, new) = match &of.differs {
            Differs::Added { found } => (item, None, Some(found)),
            Differs::Removed { recorded } => (item, Some(recorded), None),
            Differs::Content { recorded, found } => ("content", Some(recorded), Some(found)),
            Differs::Attribute { name, recorded, found } => {
                (name.as_str(), recorded.as_ref(), found.as_ref())
            }
        };
        let shown = |text: &String| visible(text);
        KeyValue { key: visible(key), old: old.map(shown), new: new.map(shown), place: visible(&of.item) }
    };
    drift.iter().take(LISTED).map(value).collect()
}

/// `: a.conf (mode 0644 → 0600, owner 0 → 7), b.conf (added), and more`; nothing where nothing is known.
pub(crate) fn named(drift: &[Deviation]) -> String {
    let mut items: Vec<(&str, Vec<String>)> = Vec::new();
    for Deviation { item, differs } in drift {
        let what = match differs {
            Differs::Attribute { name, recorded: Some(old), found: Some(new) } => {
                visible(&format!("{name} {old} → {new}"))
            }
            Differs::Added { .. }
            | Differs::Removed { .. }
            | Differs::Content { .. }
            | Differs::Attribute { .. } => visible(differs.name()),
        };
        match items.last_mut() {
            Some((name, all)) if name == item => all.push(what),
            _ => items.push((item, vec![what])),
        }
    }
    if items.is_empty() {
        return String::new();
    }
    let more = if items.len() > NAMED { ", and more" } else { "" };
    let each =
        items.iter().take(NAMED).map(|(name, what)| format!("{} ({})", visible(name), what.join(", ")));
    format!(": {}{more}", each.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(item: &str, differs: Differs) -> Deviation {
        Deviation { item: item.into(), differs }
    }

    fn attribute(item: &str, name: &str, old: &str, new: Option<&str>) -> Deviation {
        let (name, recorded, found) = (name.into(), Some(old.into()), new.map(Into::into));
        of(item, Differs::Attribute { name, recorded, found })
    }

    fn some() -> Vec<Deviation> {
        vec![
            of("a.conf", Differs::Content { recorded: "1 byte".into(), found: "2 bytes".into() }),
            attribute("a.conf", "owner", "0", Some("7")),
            of("b.conf", Differs::Added { found: "1 byte".into() }),
        ]
    }

    #[test]
    fn a_sentence_names_the_first_items_with_what_differs() {
        assert_eq!(named(&[]), "");
        assert_eq!(named(&some()), ": a.conf (content, owner 0 → 7), b.conf (added)");
        let mut drift = some();
        drift.extend(["c", "d"].map(|item| attribute(item, "user.q", "x", None)));
        assert_eq!(named(&drift), ": a.conf (content, owner 0 → 7), b.conf (added), c (user.q), and more");
        // A file that is named after one of our own words is told by what happened to it.
        let odd = vec![attribute("e", "file", "x", None)];
        assert_eq!(named(&odd), ": e (file)");
    }

    #[test]
    fn values_say_what_came_by_what_it_is() {
        let values = values(&some(), "managed file");
        let said: Vec<_> =
            values.iter().map(|v| (v.key.as_str(), v.old.as_deref(), v.new.as_deref())).collect();
        assert_eq!(
            said,
            [
                ("content", Some("1 byte"), Some("2 bytes")),
                ("owner", Some("0"), Some("7")),
                ("managed file", None, Some("1 byte")),
            ]
        );
    }
}
