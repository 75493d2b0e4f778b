//! The signed acts of a person on an update or a component: one row per act.
//!
//! Owns their words, what each is about and what it requires of the signer. Whoever lists, shows, routes or reads acts
//! reads this table. Never says when an act is allowed: that is [`crate::update::decide`] and [`crate::component`].

use serde::{Deserialize, Serialize};

/// Calls `$callback!` with the table; a row names the word, the variant of [`Act`] and the members of [`ActInfo`].
#[macro_export]
macro_rules! acts {
    ($callback:ident) => {
        $callback! {
            withdraw Withdraw {
                subject: Update, verb: "Withdraw", about: "Withdraw it before anything of it is applied",
                dangerous: false, needs_reason: true, begins: true
            }
            retry Retry {
                subject: Update, verb: "Retry", about: "Prepare a blocked one again",
                dangerous: false, needs_reason: true, begins: true
            }
            keep Keep {
                subject: Update, verb: "Keep", about: "Keep a held one",
                dangerous: false, needs_reason: true, begins: true
            }
            rollback Rollback {
                subject: Update, verb: "Roll back", about: "Roll it back to the content from before",
                dangerous: true, needs_reason: true, begins: true
            }
            review Review {
                subject: Update, verb: "Review", about: "Review a rollback that another person alone has signed",
                dangerous: false, needs_reason: true, begins: false
            }
            adopt Adopt {
                subject: Component, verb: "Adopt", about: "What is on the target is its content from now on",
                dangerous: false, needs_reason: true, begins: true
            }
            restore Restore {
                subject: Component, verb: "Restore", about: "Put the last recorded content back",
                dangerous: true, needs_reason: true, begins: true
            }
        }
    };
}

/// What an act is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActSubject {
    /// An update.
    Update,
    /// A component.
    Component,
}

impl ActSubject {
    /// The noun.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Component => "component",
        }
    }
}

/// What is known of an act before anybody signs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActInfo {
    /// Which one.
    pub act: Act,
    /// Its word in statements, routes and on the command line.
    pub word: &'static str,
    /// What the button that signs it says. One that opens the signing window first adds an ellipsis.
    pub verb: &'static str,
    /// What it does, for help.
    pub about: &'static str,
    /// What it is about.
    pub subject: ActSubject,
    /// Whether it overwrites content on a target.
    pub dangerous: bool,
    /// Whether its signer must say why.
    pub needs_reason: bool,
    /// Whether something is under way after it, so that a caller may wait for its end.
    pub begins: bool,
}

macro_rules! table {
    ($($word:ident $name:ident {
        subject: $subject:ident, verb: $verb:literal, about: $about:literal,
        dangerous: $dangerous:literal, needs_reason: $reason:literal, begins: $begins:literal
    })*) => {
        /// The signed acts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Act { $(#[doc = $about] $name),* }

        /// Every act, in the order of the table.
        pub const ACTS: &[ActInfo] = &[$(Act::$name.info()),*];

        impl Act {
            /// Its row.
            pub const fn info(self) -> ActInfo {
                match self {
                    $(Self::$name => ActInfo {
                        act: Self::$name, word: stringify!($word), verb: $verb, about: $about,
                        subject: ActSubject::$subject, dangerous: $dangerous, needs_reason: $reason, begins: $begins,
                    }),*
                }
            }

            /// The word.
            pub const fn as_str(self) -> &'static str {
                self.info().word
            }
        }
    };
}
acts!(table);

#[cfg(test)]
mod tests {
    use super::ACTS;

    #[test]
    fn the_word_of_a_row_is_the_word_in_a_statement() {
        for row in ACTS {
            assert_eq!(serde_json::to_value(row.act).expect("JSON"), row.word);
        }
    }
}
