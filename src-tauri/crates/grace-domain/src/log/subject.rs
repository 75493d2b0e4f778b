//! What an entry is about.
//!
//! Owns the spelling of subjects. Takes nothing for an aggregate that does not begin as its subjects do.

use crate::aggregates;

/// Makes the enum of subjects: the world, and one variant per aggregate; and the enum of what they are.
#[macro_export]
macro_rules! make_subjects {
    ($Subject:ident, $Kind:ident; $($(#[$doc:meta])* $Name:ident: $State:ty => $map:ident,)*) => {
        /// What an entry is about.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $Subject {
            /// The world itself.
            World,
            $($(#[$doc])* $Name(<$State as $crate::aggregate::Aggregate>::Id),)*
        }

        impl $Subject {
            /// The id alone; the world's own word for the world.
            pub fn id(&self) -> String {
                match self {
                    Self::World => self.to_string(),
                    $(Self::$Name(id) => id.to_string(),)*
                }
            }

            /// What it is, if it has a life of its own.
            pub fn kind(&self) -> Option<$Kind> {
                match self {
                    Self::World => None,
                    $(Self::$Name(_) => Some($Kind::$Name),)*
                }
            }
        }

        $crate::closed! {
            /// What something with a life of its own is.
            pub enum $Kind {
                $($(#[$doc])* $Name = <$State as $crate::aggregate::Aggregate>::NOUN,)*
            }
        }

        impl std::fmt::Display for $Subject {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    Self::World => f.write_str("world"),
                    $(Self::$Name(id) => {
                        f.write_str(&<$State as $crate::aggregate::Aggregate>::PREFIX.subject(id))
                    })*
                }
            }
        }

        impl std::str::FromStr for $Subject {
            type Err = $crate::core::ids::IdError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                if s == "world" {
                    return Ok(Self::World);
                }
                $(if let Some(id) = <$State as $crate::aggregate::Aggregate>::PREFIX.id(s) {
                    return Ok(Self::$Name(id.parse()?));
                })*
                Err($crate::core::ids::IdError { what: "subject", found: s.chars().take(80).collect() })
            }
        }
    };
}

aggregates!(make_subjects Subject, SubjectKind;);
