//! Writing a pack, line by line.
//!
//! Owns the bytes of the file. Never holds more than one entry with its envelopes.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grace_domain::core::canon;
use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::{Checkpoint, Vkey};
use grace_domain::log::{Entry, EntryError};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::evidence;

/// Name and version of the format.
pub(crate) const FORMAT: &str = "grace-audit-1";
/// What the last line begins with.
pub(crate) const TRAILER: &str = "sha256 ";

/// Stands where a salted blob is redacted.
pub(crate) const REDACTED: &str = "-";

/// What an entry names, by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Signed envelopes: what it stands on, never redacted.
    pub envelopes: Vec<Digest>,
    /// Salted texts, kept beside the log.
    pub texts: Vec<Digest>,
    /// Salted documents, kept as blobs.
    pub documents: Vec<Digest>,
}

/// Why a pack cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The file cannot be written.
    #[error("the export cannot be written")]
    Io(#[from] io::Error),
    /// An entry is not one that this release knows.
    #[error("entry {seq} cannot be exported: {source}")]
    Entry {
        /// Which.
        seq: u64,
        /// Why.
        source: EntryError,
    },
    /// An envelope is missing or another one.
    #[error("entry {seq} stands on {digest}, which is not there")]
    Evidence {
        /// Which entry.
        seq: u64,
        /// Which envelope.
        digest: Digest,
    },
}

/// The header of a pack, exactly.
pub fn header(
    checkpoint_text: &str,
    checkpoint: &Checkpoint,
    vkey: &Vkey,
    world: &str,
    simulation: bool,
) -> Vec<u8> {
    let value = json!({
        "checkpoint": checkpoint_text,
        "format": FORMAT,
        "origin": checkpoint.origin,
        "simulation": simulation,
        "size": checkpoint.size,
        "vkey": vkey.to_string(),
        "world": world,
    });
    canon::to_canonical(&value).expect("invariant: texts, a flag and a size below 2^53 have a canonical form")
}

/// Writes a pack.
pub struct PackWriter<W> {
    out: W,
    hash: Sha256,
    seq: u64,
}

impl<W: Write> PackWriter<W> {
    /// Starts with the header (see [`header`]).
    pub fn start(out: W, header: &[u8]) -> Result<Self, PackError> {
        let mut writer = Self { out, hash: Sha256::new(), seq: 0 };
        writer.line(header)?;
        Ok(writer)
    }

    /// What the entry with these bytes names.
    pub fn needed(&self, bytes: &[u8]) -> Result<Needed, PackError> {
        let entry = Entry::decode(bytes).map_err(|source| PackError::Entry { seq: self.seq, source })?;
        Ok(Needed {
            envelopes: evidence::of(&entry),
            texts: entry.sealed_texts(),
            documents: entry.documents(),
        })
    }

    /// Writes the next entry, then `envelopes` in the order of [`Needed::envelopes`], then the salted blobs in the
    /// order of [`Needed::texts`] and [`Needed::documents`], each with its digest: `None` is redacted.
    pub fn entry(
        &mut self,
        bytes: &[u8],
        envelopes: &[Vec<u8>],
        salted: &[(Digest, Option<Vec<u8>>)],
    ) -> Result<(), PackError> {
        self.line(bytes)?;
        for envelope in envelopes {
            let line = format!("{} {}", Digest::of(envelope), STANDARD.encode(envelope));
            self.line(line.as_bytes())?;
        }
        for (digest, blob) in salted {
            let body = blob.as_ref().map_or_else(|| REDACTED.to_owned(), |b| STANDARD.encode(b));
            self.line(format!("{digest} {body}").as_bytes())?;
        }
        self.seq += 1;
        Ok(())
    }

    /// Writes the last line and gives the file back.
    pub fn finish(mut self) -> Result<W, PackError> {
        let digest = hex::encode(self.hash.clone().finalize());
        self.line(format!("{TRAILER}{digest}").as_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        for part in [bytes, b"\n"] {
            self.out.write_all(part)?;
            self.hash.update(part);
        }
        Ok(())
    }
}
