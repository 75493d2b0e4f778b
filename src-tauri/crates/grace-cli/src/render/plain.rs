//! Any view as lines for people: members one per line, lists of alike things as tables, each in the order in which its
//! type names them.
//!
//! Owns this general form, for views that have no lines of their own.

use std::fmt::{self, Write as _};

use grace_api::diff::visible;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;
use serde_json::Value;

use super::line::table;

/// What is shown, with its members in their order: a JSON value of this tree sorts them by name.
enum Shown {
    Members(Vec<(String, Shown)>),
    List(Vec<Shown>),
    One(Value),
}

/// Lines for people.
pub fn human<T: Serialize>(view: &T) -> String {
    human_without(view, &[])
}

/// Lines for people, of everything but these members.
pub fn human_without<T: Serialize>(view: &T, left_to_others: &[&str]) -> String {
    let json = serde_json::to_string(view).expect("invariant: a view has no key that is not text");
    let mut shown: Shown = serde_json::from_str(&json).expect("invariant: what was written as JSON is JSON");
    if let Shown::Members(members) = &mut shown {
        members.retain(|(name, _)| !left_to_others.contains(&name.as_str()));
    }
    let mut text = String::new();
    write_value(&mut text, &shown, 0);
    text
}

impl Shown {
    fn is_one(&self) -> bool {
        matches!(self, Self::One(_))
    }

    fn member(&self, name: &str) -> Option<&Self> {
        let Self::Members(members) = self else { return None };
        members.iter().find(|(n, _)| n == name).map(|(_, member)| member)
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsWritten)
    }
}

struct AsWritten;

impl<'de> Visitor<'de> for AsWritten {
    type Value = Shown;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shown, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Shown::Members(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shown, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(Shown::List(list))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Shown, E> {
        Ok(Shown::One(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Shown, E> {
        Ok(Shown::One(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Shown, E> {
        Ok(Shown::One(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Shown, E> {
        Ok(Shown::One(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Shown, E> {
        Ok(Shown::One(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Shown, E> {
        Ok(Shown::One(Value::Null))
    }
}

fn write_value(text: &mut String, value: &Shown, depth: usize) {
    match value {
        Shown::Members(members) => {
            for (name, member) in members {
                write_member(text, name, member, depth);
            }
        }
        Shown::List(items) => write_list(text, items, depth),
        Shown::One(scalar) => {
            let _ = writeln!(text, "{}{}", indent(depth), cell(scalar));
        }
    }
}

fn write_member(text: &mut String, name: &str, member: &Shown, depth: usize) {
    let label = format!("{}{}", indent(depth), visible(&name.replace('_', " ")));
    match member {
        Shown::One(Value::Null) => {}
        Shown::List(items) if items.is_empty() => {}
        Shown::List(items) if items.iter().all(Shown::is_one) => {
            let cells: Vec<String> = items.iter().map(one).collect();
            if cells.iter().any(|c| c.contains(' ')) {
                let _ = writeln!(text, "{label}:");
                for sentence in &cells {
                    let _ = writeln!(text, "{}- {sentence}", indent(depth + 1));
                }
            } else {
                let _ = writeln!(text, "{label}: {}", cells.join(", "));
            }
        }
        Shown::Members(inner) if inner.is_empty() => {}
        Shown::Members(_) | Shown::List(_) => {
            let _ = writeln!(text, "{label}:");
            write_value(text, member, depth + 1);
        }
        Shown::One(Value::String(lines)) if lines.contains('\n') => {
            let _ = writeln!(text, "{label}:");
            for line in lines.lines() {
                let _ = writeln!(text, "{}{}", indent(depth + 1), visible(line));
            }
        }
        Shown::One(scalar) => {
            let _ = writeln!(text, "{label}: {}", cell(scalar));
        }
    }
}

fn write_list(text: &mut String, items: &[Shown], depth: usize) {
    let flat = |item: &Shown| matches!(item, Shown::Members(m) if m.iter().all(|(_, v)| v.is_one()));
    if items.iter().all(flat) {
        write_table(text, items, depth);
        return;
    }
    for item in items {
        let mut inner = String::new();
        write_value(&mut inner, item, depth + 1);
        // The first line of an item carries the dash.
        let dashed = inner.replacen(&indent(depth + 1), &format!("{}- ", indent(depth)), 1);
        text.push_str(&dashed);
    }
}

fn write_table(text: &mut String, items: &[Shown], depth: usize) {
    let Some(Shown::Members(first)) = items.first() else { return };
    let filled = |name: &str| {
        items.iter().filter_map(|i| i.member(name)).any(|v| !matches!(v, Shown::One(Value::Null)))
    };
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).filter(|name| filled(name)).collect();
    let heads = names.iter().map(|n| n.replace('_', " ").to_uppercase()).collect();
    let cells = |i: &Shown| names.iter().map(|n| i.member(n).map(one).unwrap_or_default()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(heads).chain(items.iter().map(cells)).collect();
    for line in table(&rows) {
        let _ = writeln!(text, "{}{line}", indent(depth));
    }
}

fn one(value: &Shown) -> String {
    let Shown::One(scalar) = value else { return String::new() };
    cell(scalar)
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(s) => visible(s),
        Value::Null => String::new(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        other => other.to_string(),
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    struct Row {
        seq: u64,
        name: &'static str,
        at: Option<&'static str>,
    }

    #[derive(serde::Serialize)]
    struct View {
        verdict: &'static str,
        rows: Vec<Row>,
        about: &'static str,
    }

    #[test]
    fn members_and_columns_come_in_the_order_of_their_type() {
        let rows = vec![Row { seq: 1, name: "a", at: None }, Row { seq: 12, name: "b", at: Some("now") }];
        let view = View { verdict: "ok", rows, about: "x" };
        let lines = "verdict: ok\nrows:\n  SEQ  NAME  AT\n  1    a\n  12   b     now\nabout: x\n";
        assert_eq!(human(&view), lines);
        assert_eq!(human_without(&view, &["rows"]), "verdict: ok\nabout: x\n");
    }
}
