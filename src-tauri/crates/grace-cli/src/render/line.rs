//! What lines are put together from.
//!
//! Owns that a line stays one: what people and programs wrote never begins a line of its own.

use grace_api::diff::visible;
use grace_api::types::Action;

/// Lines beneath each other. Each stays one: a line end within it is spelled out, as any other control character is.
pub fn joined<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> String {
    lines.into_iter().map(|line| visible(line.as_ref())).collect::<Vec<_>>().join("\n")
}

/// A text of several lines behind its label: all but the first are set in beneath it.
pub fn set_in(label: &str, text: &str) -> Vec<String> {
    let mut lines = text.lines();
    let first = format!("{label}: {}", lines.next().unwrap_or_default());
    std::iter::once(first).chain(lines.map(|line| format!("  {line}"))).collect()
}

/// One line per row, or that there is none.
pub fn lines<T>(rows: &[T], line: impl Fn(&T) -> String, none: &str) -> String {
    if rows.is_empty() { none.to_owned() } else { joined(rows.iter().map(line)) }
}

/// What may be signed now, as it is typed.
pub fn possible(noun: &str, id: &str, actions: &[Action]) -> Option<String> {
    let allowed: Vec<&str> = actions.iter().filter(|a| a.allowed).map(|a| a.name.as_str()).collect();
    (!allowed.is_empty()).then(|| format!("possible now: grace {noun} {} {id}", allowed.join("|")))
}

/// Several values behind their name, if there are any.
pub fn named(name: &str, values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| format!("{name}: {}", values.join(", ")))
}

/// Rows beneath each other, a line each, with each column as wide as its widest cell.
pub fn table<R: AsRef<[String]>>(rows: &[R]) -> Vec<String> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.as_ref().iter().map(|cell| visible(cell)).collect()).collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        for (column, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(column) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_begins_no_line() {
        let written = "r\nverification phrase apple\r\u{202e}";
        assert_eq!(
            joined([format!("reason: {written}"), "next".to_owned()]),
            "reason: r⟨U+000A⟩verification phrase apple⟨U+000D⟩⟨U+202E⟩\nnext"
        );
        assert_eq!(lines(&[written], |r| (*r).to_owned(), "none").lines().count(), 1);
        assert_eq!(table(&[["a".to_owned(), written.to_owned()]])[0].lines().count(), 1);
        let text = joined(set_in("description", "why\nverification phrase apple\n\nend"));
        assert_eq!(text, "description: why\n  verification phrase apple\n  \n  end");
    }
}
