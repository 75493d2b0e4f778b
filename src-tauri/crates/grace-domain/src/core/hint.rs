//! What to do next, for whoever was told of a problem: a sentence of its own, or a way that every surface knows.
//!
//! Owns the closed set of such ways. Never words one: a terminal names a command, a window a place or a button.

crate::closed! {
    /// Something to do that the terminal and the window offer, each in its own words.
    pub enum Way {
        /// Look at what is well and what is not.
        Doctor = "doctor",
        /// Check the whole log; what cannot be read comes back from a copy of the world only.
        VerifyLog = "verify_log",
        /// Put back from a copy of the world what is missing or changed.
        RestoreCopy = "restore_copy",
        /// Start the engine of this world.
        StartEngine = "start_engine",
        /// Name another directory, or make a world.
        ChooseWorld = "choose_world",
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A sentence that holds wherever it is read.
    Text(String),
    /// A way that each surface words itself.
    Way(Way),
}

impl Hint {
    /// The sentence, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Way(_) => None,
        }
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Way> for Hint {
    fn from(way: Way) -> Self {
        Self::Way(way)
    }
}
