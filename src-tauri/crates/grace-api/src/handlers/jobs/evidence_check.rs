//! Whether the evidence that entries stand on is kept, signed envelopes and salted documents, and whether the governed
//! documents in force and those of open updates are: each under its digest.
//!
//! Owns that comparison. The log proves what the evidence was; without it nobody can check a signature again, and no
//! audit can be exported. Documents may be redacted, envelopes may not.

use grace_domain::component::Component;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::DocumentId;
use grace_domain::log::Entry;
use grace_domain::update::Update;
use grace_domain::world::World;
use grace_evidence::evidence_of;
use grace_store::{Blobs, Reader};
use std::sync::Arc;

use crate::handlers::updates::documents::unreadable;
use crate::text::phrases::clause;
use crate::types::{BrokenView, UnreadableView};

/// Most places that are named; the first ones say enough.
const NAMED: usize = 100;

/// What is missing or damaged of the evidence of the first `size` entries.
pub(crate) async fn damaged(reader: &Reader, blobs: &Blobs, size: u64) -> Result<Vec<BrokenView>, String> {
    let mut broken = Vec::new();
    let mut entries = reader.stream_entries(0, size);
    while let Some(run) = entries.next().await.map_err(|e| e.to_string())? {
        let blobs = blobs.clone();
        let found = tokio::task::spawn_blocking(move || {
            run.iter().flat_map(|(seq, bytes)| of_entry(&blobs, seq, bytes)).take(NAMED).collect::<Vec<_>>()
        });
        broken.extend(found.await.map_err(|_| "the evidence could not be read".to_owned())?);
        if broken.len() >= NAMED {
            break;
        }
    }
    broken.truncate(NAMED);
    Ok(broken)
}

/// Governed documents in force that cannot be read, each said with what to do. What they rule is not done meanwhile.
pub(crate) async fn not_in_force(world: &World, blobs: &Blobs) -> Result<Vec<String>, String> {
    let documents = |c: &Component| {
        let named = |(id, digest): (&DocumentId, &Digest)| (format!("{id} of {}", c.id()), *digest);
        c.documents().iter().map(named).collect::<Vec<_>>()
    };
    let named: Vec<(String, Digest)> = world.components().values().flat_map(|c| documents(c)).collect();
    let blobs = blobs.clone();
    let search = move || {
        let lost = |(name, digest): &(String, Digest)| {
            let why = match blobs.get(digest) {
                Ok(Some(_)) => return None,
                Ok(None) => format!("its blob {digest} is not there"),
                Err(error) => format!("its blob {digest} cannot be read: {error}"),
            };
            Some(format!("{name} is in force and {why}; put it back from a copy of the world"))
        };
        named.iter().filter_map(lost).take(NAMED).collect()
    };
    tokio::task::spawn_blocking(search)
        .await
        .map_err(|_| "the documents in force could not be read".to_owned())
}

/// Documents of updates that have not ended and that cannot be read: their way stops where they are needed.
pub(crate) async fn not_of_updates(world: &World, blobs: &Blobs) -> Result<Vec<String>, String> {
    let open: Vec<_> = world.updates().values().filter(|u| !u.ended()).cloned().collect();
    let blobs = blobs.clone();
    let search = move || {
        let lost = |u: &Arc<Update>| {
            let said = |lost: UnreadableView| format!("{}: {}", u.id(), clause(&lost.problem.message));
            unreadable(&blobs, u).into_iter().map(said).collect::<Vec<_>>()
        };
        open.iter().flat_map(lost).take(NAMED).collect()
    };
    tokio::task::spawn_blocking(search)
        .await
        .map_err(|_| "the documents of updates could not be read".to_owned())
}

fn of_entry(blobs: &Blobs, seq: u64, bytes: &[u8]) -> Vec<BrokenView> {
    // What does not read is no entry of ours, and was said already.
    let Ok(entry) = Entry::decode(bytes) else { return Vec::new() };
    let one = |digest: &Digest, may_be_redacted: bool| {
        let reason = match blobs.get(digest) {
            Ok(Some(_)) => return None,
            Ok(None) if may_be_redacted => return None,
            Ok(None) => format!("its evidence {digest} is not there"),
            Err(error) => format!("its evidence {digest} cannot be read: {error}"),
        };
        Some(BrokenView::of_log(Some(seq), reason))
    };
    let envelopes = evidence_of(&entry).into_iter().filter_map(|digest| one(&digest, false));
    let documents = entry.documents();
    envelopes.chain(documents.iter().filter_map(|digest| one(digest, true))).collect()
}
