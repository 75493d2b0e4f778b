//! What lines are put together from.

use grace_api::types::Action;

/// One line per row, or that there is none.
pub fn lines<T>(rows: &[T], line: impl Fn(&T) -> String, none: &str) -> String {
    if rows.is_empty() { none.to_owned() } else { rows.iter().map(line).collect::<Vec<_>>().join("\n") }
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
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (column, cell) in row.as_ref().iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(column) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    let line = |row: &R| {
        let cells = row.as_ref().iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
