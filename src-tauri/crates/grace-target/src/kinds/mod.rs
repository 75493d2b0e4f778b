//! The kinds of target: the table, with one line for each, and what is asked of a description by its kind.
//!
//! Owns the choice by kind. Never knows how a kind does its work: each has a folder of its own, and nothing but its line
//! here names it elsewhere.

pub mod directory;
mod document;
pub mod registry;

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::kinds::target_kind::TargetKind;
use serde::{Deserialize, Serialize};

use crate::deviation::Deviation;
use crate::error::TargetError;
use crate::fact::Fact;
use crate::fault::TargetFault;
use crate::occupied::Occupied;
use crate::spec::{KindSpec, SpecError, read};
use crate::target::{LogView, Observed, Target, TargetPlan};

macro_rules! kinds {
    ($($kind:ident => $folder:ident),+ $(,)?) => {
        /// A target as declared: what its kind requires. Its document says the kind in the member `kind`.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum TargetSpec {
            $(
                #[doc = "Of the kind of this name."]
                $kind(Box<$folder::Spec>)
            ),+
        }

        impl TargetSpec {
            /// Its kind.
            pub fn kind(&self) -> TargetKind {
                match self {
                    $(Self::$kind(_) => TargetKind::$kind),+
                }
            }

            /// Opens the target.
            pub fn open(&self, log: &LogView) -> Result<Box<dyn Target>, TargetFault> {
                Ok(match self {
                    $(Self::$kind(spec) => Box::new($folder::Target::open(spec, log)?)),+
                })
            }

            fn of_kind(kind: TargetKind, text: &str) -> Result<Self, SpecError> {
                Ok(match kind {
                    $(TargetKind::$kind => Self::$kind(Box::new(read(text)?))),+
                })
            }

            fn own(&self) -> &dyn KindSpec {
                match self {
                    $(Self::$kind(spec) => spec.as_ref()),+
                }
            }
        }

        /// Reads the document of a plan, whose digests stand beside it. Whether a target can carry it out is for
        /// [`Target::check`] to say.
        pub fn read_plan(before: Digest, after: Digest, document: &[u8]) -> Result<TargetPlan, TargetError> {
            match kind_of(document)? {
                $(TargetKind::$kind => $folder::read_plan(before, after, document)),+
            }
        }

        /// In what a content that was found differs from what was recorded, both by their documents. In the order of
        /// items.
        pub fn deviations(recorded: &[u8], found: &[u8]) -> Result<Vec<Deviation>, TargetError> {
            match kind_of(recorded)? {
                $(TargetKind::$kind => $folder::deviations(recorded, found)),+
            }
        }

        /// Reads the document of a content that was observed.
        pub fn read_observed(document: &[u8]) -> Result<Observed, TargetError> {
            match kind_of(document)? {
                $(TargetKind::$kind => $folder::read_observed(document)),+
            }
        }
    };
}

kinds! {
    Directory => directory,
    Registry => registry,
}

/// As much of a document as says by which kind it is read.
#[derive(Serialize, Deserialize)]
struct Kind {
    kind: TargetKind,
}

impl TargetSpec {
    /// Reads a YAML or JSON document (JSON when it starts with `{`) and checks it, without inspecting the target.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let Kind { kind } = read(text)?;
        let spec = Self::of_kind(kind, text)?;
        spec.own().check()?;
        Ok(spec)
    }

    /// Its commands, each by the name of its member.
    pub fn commands(&self) -> Vec<(&'static str, &[String])> {
        self.own().commands()
    }

    /// What a target of the component `holder` takes for itself.
    pub fn occupies(&self, holder: &ComponentId) -> Result<Occupied, SpecError> {
        self.own().occupies(holder)
    }

    /// What a person is told of it: what it says nothing of is left out.
    pub fn describe(&self) -> Vec<Fact> {
        self.own().describe().into_iter().filter(|fact| !fact.values.is_empty()).collect()
    }
}

fn kind_of(document: &[u8]) -> Result<TargetKind, TargetError> {
    document::parse(document).map(|Kind { kind }| kind)
}
