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

/// Rows beneath each other, each column as wide as its widest cell.
pub fn table<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = rows.into_iter().collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
