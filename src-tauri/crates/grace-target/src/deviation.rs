//! In what a content that was found is not as it was recorded, item by item.
//!
//! Owns the form of it. Never compares: each kind of target does, by documents of its own.

/// One thing in which an item is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The item's name.
    pub item: String,
    /// In what it differs.
    pub differs: Differs,
}

/// In what an item differs from what was recorded, with what people read of both sides. Unchecked text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Differs {
    /// It is there and was not recorded.
    Added {
        /// All of it.
        found: String,
    },
    /// It was recorded and is not there.
    Removed {
        /// All of it.
        recorded: String,
    },
    /// Other bytes.
    Content {
        /// What they were.
        recorded: String,
        /// What they are.
        found: String,
    },
    /// Something that counts beside the bytes.
    Attribute {
        /// What it is called.
        name: String,
        /// Its value; none where it had none.
        recorded: Option<String>,
        /// Its value; none where it has none.
        found: Option<String>,
    },
}

impl Differs {
    /// What differs, without its values.
    pub fn name(&self) -> &str {
        match self {
            Self::Added { .. } => "added",
            Self::Removed { .. } => "removed",
            Self::Content { .. } => "content",
            Self::Attribute { name, .. } => name,
        }
    }
}
