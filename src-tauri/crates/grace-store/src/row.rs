//! What a projection row is, and which of them one asks for. Reads and writes none.

use grace_domain::core::time::Timestamp;

/// Which list a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKind {
    /// An update.
    Update,
    /// A handshake.
    Handshake,
    /// A component.
    Component,
    /// A rollback.
    Rollback,
    /// The second person's review that a rollback of one signature needs, by the id of its update.
    Review,
}

impl RowKind {
    /// The word for it, in SQL and elsewhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Handshake => "handshake",
            Self::Component => "component",
            Self::Rollback => "rollback",
            Self::Review => "review",
        }
    }

    /// Every list.
    pub const ALL: [Self; 5] = [Self::Update, Self::Handshake, Self::Component, Self::Rollback, Self::Review];

    /// The list of a word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One aggregate as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which list.
    pub kind: RowKind,
    /// Id of the aggregate.
    pub id: String,
    /// Its state, one word.
    pub state: String,
    /// The component that it is about, or empty.
    pub component: String,
    /// What lists are ordered by.
    pub at: Timestamp,
    /// Its first entry.
    pub first_seq: Option<u64>,
    /// Everything else, canonical JSON.
    pub doc: String,
}

/// Which rows; an empty filter matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFilter {
    /// Any of these states; empty: all.
    pub states: Vec<String>,
    /// Of this component.
    pub component: Option<String>,
    /// Any of these ids; empty: all.
    pub ids: Vec<String>,
}
