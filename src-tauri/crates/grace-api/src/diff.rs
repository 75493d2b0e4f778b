//! The difference of two contents as people read it.
//!
//! Owns the line diff and its bounds. Never decides what an update does: digests do. Text is shown with deceptive
//! characters spelled out, so that what is read is what is there.

use std::fmt::Write as _;
use std::time::Duration;

use grace_domain::core::limits;
use grace_domain::kinds::touched::{Side, told_modes};
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff};

use crate::types::{DiffHunk, DiffItem, DiffLine, ItemChange, LineChange};

/// Unchanged lines around a change.
const AROUND: usize = 3;
/// After this long the diff may be coarser than it could be.
const EFFORT: Duration = Duration::from_millis(400);

/// Compares one item. `None` is an absent one. The permission bits of a file stand first, as lines of their own.
pub fn item(component: &str, name: &str, old: Option<Side<'_>>, new: Option<Side<'_>>) -> DiffItem {
    let mode = |side: Option<Side<'_>>| side.and_then(|side| side.mode);
    let modes = told_modes(mode(old), mode(new));
    let (old, new) = (old.map(|side| side.bytes), new.map(|side| side.bytes));
    let mut view = DiffItem {
        component: component.into(),
        name: visible(name),
        change: ItemChange::of(old.is_some(), new.is_some()),
        binary: false,
        added: 0,
        removed: 0,
        hunks: modes.map(of_modes).into_iter().collect(),
        truncated: false,
    };
    if old == new {
        return view;
    }
    let (Some(old), Some(new)) = (text(old), text(new)) else {
        view.binary = true;
        return view;
    };
    if old.lines().count() > limits::DIFF_LINES || new.lines().count() > limits::DIFF_LINES {
        view.added = count(new.lines().count());
        view.removed = count(old.lines().count());
        view.truncated = true;
        return view;
    }
    fill(&mut view, old, new);
    view
}

fn of_modes((old, new): (Option<String>, String)) -> DiffHunk {
    let line = |op, text| DiffLine { op, old: None, new: None, text };
    let before = old.map(|old| line(LineChange::Removed, old));
    let lines = before.into_iter().chain([line(LineChange::Added, new)]).collect();
    DiffHunk { header: "mode".into(), lines }
}

fn text(bytes: Option<&[u8]>) -> Option<&str> {
    let bytes = bytes.unwrap_or_default();
    std::str::from_utf8(bytes).ok().filter(|t| !t.contains('\0'))
}

fn fill(view: &mut DiffItem, old: &str, new: &str) {
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).timeout(EFFORT).diff_lines(old, new);
    let mut shown = 0;
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Insert => view.added += 1,
            ChangeTag::Delete => view.removed += 1,
            ChangeTag::Equal => {}
        }
    }
    for group in diff.grouped_ops(AROUND) {
        let mut hunk = DiffHunk { header: head(&group), lines: Vec::new() };
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value();
            shown += line.len();
            if shown > limits::DIFF_BYTES {
                view.truncated = true;
                break;
            }
            hunk.lines.push(DiffLine {
                op: match change.tag() {
                    ChangeTag::Equal => LineChange::Same,
                    ChangeTag::Insert => LineChange::Added,
                    ChangeTag::Delete => LineChange::Removed,
                },
                old: change.old_index().map(|n| count(n + 1)),
                new: change.new_index().map(|n| count(n + 1)),
                text: visible(line.strip_suffix('\n').unwrap_or(line)),
            });
        }
        if !hunk.lines.is_empty() {
            view.hunks.push(hunk);
        }
        if view.truncated {
            break;
        }
    }
}

/// `@@ -1,3 +1,4 @@`
fn head(group: &[DiffOp]) -> String {
    let span = |from: usize, to: usize| {
        let length = to - from;
        // An empty span names the line before it, as `diff -u` does.
        if length == 0 { format!("{from},0") } else { format!("{},{length}", from + 1) }
    };
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return String::new() };
    let old = span(first.old_range().start, last.old_range().end);
    let new = span(first.new_range().start, last.new_range().end);
    format!("@@ -{old} +{new} @@")
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// `text` with characters that would deceive a reader (controls, bidirectional overrides, zero-width and other
/// invisible ones) spelled as `⟨U+202E⟩`. Tabs stay.
pub fn visible(text: &str) -> String {
    if text.chars().all(plain) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if plain(c) {
            shown.push(c);
        } else {
            let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(c));
        }
    }
    shown
}

fn plain(c: char) -> bool {
    let invisible = matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}');
    c == '\t' || !(c.is_control() || invisible)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(component: &str, name: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> DiffItem {
        let side = |bytes| Side { bytes, mode: Some(0o644) };
        super::item(component, name, old.map(side), new.map(side))
    }

    #[test]
    fn a_changed_mode_stands_before_the_lines_whatever_the_bytes_are() {
        let lines = |old: Option<Side<'_>>, new: Side<'_>| {
            let view = super::item("web", "a.conf", old, Some(new));
            let of = |hunk: &DiffHunk| {
                let lines = hunk.lines.iter().map(|line| format!("{}{}", line.op.mark(), line.text));
                (hunk.header.clone(), lines.collect::<Vec<_>>())
            };
            view.hunks.iter().map(of).collect::<Vec<_>>()
        };
        let side = |bytes: &'static [u8], mode| Side { bytes, mode: Some(mode) };
        let mode =
            |lines: &[&str]| ("mode".to_owned(), lines.iter().map(|&l| l.to_owned()).collect::<Vec<_>>());
        assert_eq!(lines(Some(side(b"\0", 0o600)), side(b"\0", 0o644)), [mode(&["-0600", "+0644"])]);
        assert_eq!(lines(Some(side(b"a", 0o4755)), side(b"b", 0o755))[0], mode(&["-4755", "+0755"]));
        assert_eq!(lines(None, side(b"", 0o755)), [mode(&["+0755"])]);
        assert_eq!(lines(None, side(b"", 0o644)), []);
    }

    #[test]
    fn a_changed_line_shows_what_was_and_what_will_be() {
        let view = item("web", "a.conf", Some(b"one\ntwo\nthree\n"), Some(b"one\n2\nthree\n"));
        assert_eq!((view.added, view.removed, view.change), (1, 1, ItemChange::Changed));
        let lines: Vec<String> =
            view.hunks[0].lines.iter().map(|l| format!("{}{}", l.op.mark(), l.text)).collect();
        assert_eq!(lines, [" one", "-two", "+2", " three"]);
        assert_eq!(view.hunks[0].header, "@@ -1,3 +1,3 @@");
    }

    #[test]
    fn absent_and_binary_items_say_so() {
        assert_eq!(item("c", "p", None, Some(b"x\n")).hunks[0].header, "@@ -0,0 +1,1 @@");
        assert_eq!(item("c", "p", Some(b"x\n"), None).change, ItemChange::Removed);
        assert!(item("c", "p", Some(b"\0"), Some(b"x")).binary);
        assert!(item("c", "p", Some(b"\xff"), Some(b"x")).binary);
    }

    #[test]
    fn long_items_are_counted_and_cut() {
        let long = "x\n".repeat(limits::DIFF_LINES + 1);
        let view = item("c", "p", Some(b""), Some(long.as_bytes()));
        assert!(view.truncated && view.hunks.is_empty() && view.added > 0);
        let wide = format!("{}\n", "y".repeat(limits::DIFF_BYTES)).repeat(3);
        let view = item("c", "p", Some(b""), Some(wide.as_bytes()));
        assert!(view.truncated);
        assert_eq!(view.added, 3);
    }

    #[test]
    fn deceptive_characters_are_spelled_out() {
        assert_eq!(visible("a\u{202E}b"), "a⟨U+202E⟩b");
        assert_eq!(visible("a\u{200B}\u{7}\tb"), "a⟨U+200B⟩⟨U+0007⟩\tb");
        assert_eq!(visible("Grüße, 世界"), "Grüße, 世界");
    }
}
