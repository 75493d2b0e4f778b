//! What an update does, as lines: each section by its form, whatever the update's type.
//!
//! Owns the form of each kind of section on a terminal. Never knows a type of update.

use grace_domain::kinds::section::{KeyValue, Section};

use super::line::table;

/// The lines of the sections, an empty one between two.
pub fn page(sections: &[Section]) -> Vec<String> {
    sections.iter().map(one).collect::<Vec<_>>().join(&String::new())
}

fn one(section: &Section) -> Vec<String> {
    match section {
        Section::KeyValues { title, values, none } if values.is_empty() => {
            under(title, "", std::iter::once(none.clone()))
        }
        Section::KeyValues { title, values, .. } => under(title, "", values.iter().map(change)),
        Section::Rows { title, rows } => {
            let rows: Vec<[String; 2]> =
                rows.iter().map(|row| [row.label.clone(), row.value.clone()]).collect();
            under(title, "", table(&rows).into_iter())
        }
        Section::Table { title, note, head, rows } => {
            let labels: Vec<String> = head.iter().map(|column| column.label.clone()).collect();
            let all: Vec<&Vec<String>> = std::iter::once(&labels).chain(rows).collect();
            under(title, note, table(&all).into_iter())
        }
        Section::Text { title, text } => under(title, "", text.lines().map(str::to_owned)),
    }
}

/// A title, what stands beside it, and lines set in beneath.
fn under(title: &str, note: &str, lines: impl Iterator<Item = String>) -> Vec<String> {
    let head = if note.is_empty() { title.to_owned() } else { format!("{title} ({note})") };
    std::iter::once(head).chain(lines.map(|line| format!("  {line}"))).collect()
}

fn change(value: &KeyValue) -> String {
    let old = value.old.as_deref().unwrap_or("not set");
    let new = value.new.as_deref().unwrap_or("removed");
    format!("{}: {old} -> {new}  ({})", value.key, value.place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use grace_domain::kinds::section::{Column, Labelled};

    #[test]
    fn each_form_has_its_lines() {
        let text = |text: &str| text.to_owned();
        let value = |old: Option<&str>, new: Option<&str>| KeyValue {
            key: text("limit"),
            old: old.map(text),
            new: new.map(text),
            place: text("error_rate"),
        };
        let column = |label: &str| Column { label: text(label), number: false, code: false };
        let sections = [
            Section::KeyValues {
                title: text("Definition"),
                values: vec![
                    value(Some("5 %"), Some("6 %")),
                    value(None, Some("1 %")),
                    value(Some("1 %"), None),
                ],
                none: text("Nothing changes."),
            },
            Section::KeyValues {
                title: text("Settings"),
                values: Vec::new(),
                none: text("Nothing changes."),
            },
            Section::Rows {
                title: text("Effect"),
                rows: vec![
                    Labelled { label: text("Rows"), value: text("12") },
                    Labelled { label: text("Lock"), value: text("none") },
                ],
            },
            Section::Table {
                title: text("Files"),
                note: text("2 of 9"),
                head: vec![column("Path"), column("Change")],
                rows: vec![vec![text("a.conf"), text("changed")], vec![text("long/b.conf"), text("added")]],
            },
            Section::Text { title: text("Plan"), text: text("one\ntwo") },
        ];
        let told = "Definition\n  limit: 5 % -> 6 %  (error_rate)\n  limit: not set -> 1 %  (error_rate)\n  \
                    limit: 1 % -> removed  (error_rate)\n\nSettings\n  Nothing changes.\n\nEffect\n  \
                    Rows  12\n  Lock  none\n\nFiles (2 of 9)\n  Path         Change\n  a.conf       changed\n  \
                    long/b.conf  added\n\nPlan\n  one\n  two";
        assert_eq!(page(&sections).join("\n"), told);
    }
}
