//! What every statement carries: its payload type, its world, its texts, and of a person's who signed and until when.
//!
//! Owns these two traits and the macro that answers them. Never knows one kind of statement.

use crate::core::digest::Digest;
use crate::core::ids::PersonId;
use crate::core::sealed_text::{OpenedText, Salt, SealedText};
use crate::core::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// A statement: its payload type and what every kind carries.
pub trait Statement: Serialize + DeserializeOwned + Clone {
    /// DSSE payload type; one per kind, so that no signature serves another purpose.
    const PAYLOAD_TYPE: &'static str;
    /// Origin of the log it was made for.
    fn world(&self) -> &str;
    /// Shows every text that it names by digest.
    fn each_text(&mut self, see: &mut dyn FnMut(&mut SealedText));

    /// Binds its texts to salts, as whoever signs it does, and gives their blobs. Nothing can be signed before.
    fn seal(&mut self, mut salt: impl FnMut() -> Salt) -> Vec<Vec<u8>> {
        let mut blobs = Vec::new();
        self.each_text(&mut |text| blobs.extend(text.seal(salt())));
        blobs
    }

    /// Digests of the blobs of its texts, in order.
    fn texts(&self) -> Vec<Digest> {
        let mut digests = Vec::new();
        self.clone().each_text(&mut |text| digests.extend(text.digest()));
        digests
    }

    /// Takes the texts in whose blobs were found.
    fn resolve(&mut self, found: &BTreeMap<Digest, OpenedText>) {
        self.each_text(&mut |text| text.resolve(found));
    }
}

/// A statement signed by a person.
pub trait PersonStatement: Statement {
    /// Who claims to sign.
    fn person(&self) -> &PersonId;
    /// When it was signed, by the clock of whoever signed it.
    fn at(&self) -> Timestamp;
    /// First instant at which it may no longer be handed in.
    fn expires(&self) -> Timestamp;
    /// Whether a service may sign it too: it submits and requests, never decides.
    const BY_SERVICES: bool;
}

/// The two traits of a kind: its payload type, the member that names its person, whether that may be a service, the
/// members that are texts.
macro_rules! statement {
    ($name:ident, $kind:literal, [$($text:ident),*]) => {
        impl Statement for $name {
            const PAYLOAD_TYPE: &'static str = concat!("application/vnd.grace.", $kind, "+json");
            fn world(&self) -> &str {
                &self.world
            }
            #[allow(unused_variables, reason = "not every kind has a text")]
            fn each_text(&mut self, see: &mut dyn FnMut(&mut $crate::core::sealed_text::SealedText)) {
                $($crate::core::sealed_text::Texts::each(&mut self.$text, see);)*
            }
        }
    };
    ($name:ident, $kind:literal, $person:ident, services: $services:literal, [$($text:ident),*]) => {
        statement!($name, $kind, [$($text),*]);
        impl PersonStatement for $name {
            fn person(&self) -> &PersonId {
                &self.$person
            }
            fn at(&self) -> Timestamp {
                self.at
            }
            fn expires(&self) -> Timestamp {
                self.expires
            }
            const BY_SERVICES: bool = $services;
        }
    };
}
pub(super) use statement;
