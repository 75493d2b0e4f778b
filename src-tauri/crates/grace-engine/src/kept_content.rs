//! The contents that a rollback, a restore or an approved update will need: whether they are kept whole, found out before
//! they are needed. A start reads and hashes all of them beside its proof of the log, `doctor` whenever it is asked.
//!
//! Owns that search and what the last reading found damaged. Never mends: handing the same bytes in again does.

use crate::blob_store::BlobStore;
use grace_domain::component::NeededContent;
use grace_domain::core::digest::Digest;
use grace_domain::core::sealed_text::unsalted;
use grace_domain::kinds::content::named;
use grace_domain::update::Update;
use grace_domain::world::World;
use grace_target::{blocking, read_observed};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// How contents are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looking {
    /// For the files: they are there, and the last reading did not find them damaged.
    AtNames,
    /// At every byte.
    AtBytes,
}

/// What the last reading found damaged. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct LastReading(Arc<Mutex<BTreeSet<Digest>>>);

/// A file of a content, under the name that people know.
type Named = (String, Digest);

/// One look at the blobs.
struct Look<'a> {
    blobs: &'a BlobStore,
    how: Looking,
    /// What was looked at, and why it is not whole.
    seen: BTreeMap<Digest, Option<String>>,
    damaged: BTreeSet<Digest>,
}

impl Look<'_> {
    /// Why a blob is not kept whole, if it is not.
    fn lost(&mut self, digest: &Digest) -> Option<String> {
        if let Some(known) = self.seen.get(digest) {
            return known.clone();
        }
        let why = if self.how == Looking::AtBytes {
            match self.blobs.0.check(digest) {
                Ok(true) => None,
                Ok(false) => Some("is not there".to_owned()),
                Err(error) => {
                    self.damaged.insert(*digest);
                    Some(format!("cannot be read: {error}"))
                }
            }
        } else if !self.blobs.0.has(digest) {
            Some("is not there".to_owned())
        } else {
            self.damaged.contains(digest).then(|| "was found damaged".to_owned())
        };
        self.seen.insert(*digest, why.clone());
        why
    }

    /// The first of these that is not kept whole, in a clause.
    fn first_lost(&mut self, files: impl IntoIterator<Item = Named>) -> Option<String> {
        files.into_iter().find_map(|(name, digest)| {
            let why = self.lost(&digest)?;
            Some(format!("{name} (blob {digest}) {why}"))
        })
    }

    /// What an old content names, or why that cannot be read.
    fn of_content(&mut self, content: &NeededContent) -> Option<String> {
        let tree = match content {
            NeededContent::Document(document) => {
                return self.first_lost([("its document".into(), *document)]);
            }
            NeededContent::Tree(tree) => tree,
        };
        if let Some(lost) = self.first_lost([("its list of files".into(), *tree)]) {
            return Some(lost);
        }
        let read = self.blobs.0.get(tree).ok().flatten().and_then(|bytes| read_observed(&bytes).ok());
        let Some(observed) = read else { return Some(format!("its list of files {tree} does not read")) };
        self.first_lost(observed.items.into_iter().map(|item| (item.name, item.state.digest)))
    }

    /// What the content of an update names.
    fn of_update(&mut self, update: &Update) -> Option<String> {
        update.parts().iter().find_map(|part| {
            if let Some(lost) = self.first_lost([("its content".into(), part.content)]) {
                return Some(lost);
            }
            let document = self.blobs.0.get(&part.content).ok().flatten().and_then(|blob| unsalted(&blob));
            let Some(document) = document else { return Some("its content does not read".to_owned()) };
            self.first_lost(named(&document).into_iter().map(|digest| ("a file of it".to_owned(), digest)))
        })
    }
}

/// Every content that would be needed and is not kept whole, each with the first file that is not.
pub async fn lost(world: &World, blobs: &BlobStore, last: &LastReading, how: Looking) -> Vec<String> {
    let (world, blobs, last) = (world.clone(), blobs.clone(), last.clone());
    blocking(move || {
        let known = || last.0.lock().unwrap_or_else(PoisonError::into_inner);
        let damaged = if how == Looking::AtBytes { BTreeSet::new() } else { known().clone() };
        let mut look = Look { blobs: &blobs, how, seen: BTreeMap::new(), damaged };
        let mut found = Vec::new();
        for (name, content) in world.components().values().flat_map(|c| c.needed_contents()) {
            found.extend(look.of_content(&content).map(|lost| format!("{name}: {lost}")));
        }
        for update in world.updates().values().filter(|u| !u.ended()) {
            found.extend(look.of_update(update).map(|lost| format!("{}: {lost}", update.id())));
        }
        *known() = look.damaged;
        found
    })
    .await
}
