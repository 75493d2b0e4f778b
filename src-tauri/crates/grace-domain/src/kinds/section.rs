//! What people read of a difference, in forms that know no type of update: one renderer draws them in the windows, one at
//! the terminal.
//!
//! Owns the forms. Never holds more than is shown.

use serde::{Deserialize, Serialize};

/// One part of what is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, ts_rs::TS)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Section {
    /// Named values, before and after.
    KeyValues {
        /// Above them.
        title: String,
        /// In order.
        values: Vec<KeyValue>,
        /// Stands where there is no value.
        none: String,
    },
    /// Labels with what stands for them.
    Rows {
        /// Above them.
        title: String,
        /// In order.
        rows: Vec<Labelled>,
    },
    /// Columns with a head.
    Table {
        /// Above it.
        title: String,
        /// Beside the title.
        note: String,
        /// Heads of the columns.
        head: Vec<Column>,
        /// Cells, as many as there are columns.
        rows: Vec<Vec<String>>,
    },
    /// Text as it is.
    Text {
        /// Above it.
        title: String,
        /// The text.
        text: String,
    },
}

/// A named value; `None` where there was or will be none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, ts_rs::TS)]
pub struct KeyValue {
    /// Its name.
    pub key: String,
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
    /// What it stands in: a file, a document.
    pub place: String,
}

/// A label with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, ts_rs::TS)]
pub struct Labelled {
    /// What it is.
    pub label: String,
    /// What stands for it.
    pub value: String,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, ts_rs::TS)]
pub struct Column {
    /// What stands in it.
    pub label: String,
    /// Its cells are numbers.
    #[serde(default)]
    pub number: bool,
    /// Its cells are names of files, ids, digests.
    #[serde(default)]
    pub code: bool,
}

impl Section {
    /// The same with each text changed: whoever shows it spells out what would deceive a reader.
    #[must_use]
    pub fn map(&self, text: impl Fn(&str) -> String) -> Self {
        let each = |texts: &[String]| texts.iter().map(|t| text(t)).collect::<Vec<_>>();
        match self {
            Self::KeyValues { title, values, none } => Self::KeyValues {
                title: text(title),
                values: values
                    .iter()
                    .map(|v| KeyValue {
                        key: text(&v.key),
                        old: v.old.as_deref().map(&text),
                        new: v.new.as_deref().map(&text),
                        place: text(&v.place),
                    })
                    .collect(),
                none: text(none),
            },
            Self::Rows { title, rows } => Self::Rows {
                title: text(title),
                rows: rows
                    .iter()
                    .map(|r| Labelled { label: text(&r.label), value: text(&r.value) })
                    .collect(),
            },
            Self::Table { title, note, head, rows } => Self::Table {
                title: text(title),
                note: text(note),
                head: head.iter().map(|c| Column { label: text(&c.label), ..c.clone() }).collect(),
                rows: rows.iter().map(|cells| each(cells)).collect(),
            },
            Self::Text { title, text: body } => Self::Text { title: text(title), text: text(body) },
        }
    }
}
