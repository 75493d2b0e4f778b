//! The proof: one file, a *pack*, that holds a whole log with the envelopes behind it, and the check of such a file by
//! anyone who has the log's public key.
//!
//! Owns the file's format and its verification. Never needs a world, an engine, a database or a network; depends on the
//! rules alone.
//!
//! Reading order: [`evidence_of`] (what an entry stands on), [`PackWriter`] (how a pack is written), [`verify`] (how it
//! is checked), [`Verification`] (what came of it).
//!
//! # Format `grace-audit-1`
//! Text lines, each ended by one LF:
//! 1. a header, canonical JSON: `{checkpoint, format, origin, simulation, size, vkey, world}`;
//! 2. per entry, in order: its bytes verbatim (canonical JSON has no line end in it), followed by one line
//!    `SHA-256 SPACE base64` for each envelope that the entry stands on, in the order of [`evidence_of`];
//!    then one line `SHA-256 SPACE base64` for each salted blob that it names (its texts, then its documents), or
//!    `SHA-256 SPACE -` for one that is redacted: the entry and its proof stay valid, and the verifier counts it;
//! 3. `sha256 SPACE` and the SHA-256 of all bytes before this line.
//!
//! Envelopes are never redacted. Without one the proof of its entry would hold (the digest of an envelope hides what it
//! says as well as a salt does, because nobody can guess the signature in it), but who signed could not be checked.
//!
//! No byte is passed over: the header must be exactly what checkpoint, genesis entry and the trusted key make of it,
//! entries are leaves under the signed root, envelopes are named by entries, and the last line covers the rest.

mod evidence;
mod heads;
mod join_facts;
mod pack;
mod proved;
mod read;
mod replay;
mod verification;
mod verify;

pub use evidence::of as evidence_of;
pub use pack::{Needed, PackError, PackWriter, header};
pub use verification::{Broken, Verification};
pub use verify::verify;
