//! The metric definitions in force, read from the blobs that the registry names.
//!
//! Owns the reading and one kept answer. Never says which are in force: the log does.

use crate::blob_store::{BlobStore, EffectError};
use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::hint::Way;
use grace_domain::core::ids::{DocumentId, MetricId};
use grace_domain::core::limits;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::metrics::REGISTRY;
use grace_domain::metrics::definition::{Definitions, MetricDefinition};
use grace_domain::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Registered digests and what they say.
type Kept = (BTreeMap<DocumentId, Digest>, Arc<Definitions>);

/// A definition in force that cannot be read.
#[derive(Debug, Clone)]
pub struct LostDefinition {
    /// Of which metric.
    pub metric: DocumentId,
    /// Its digest in the registry.
    pub digest: Digest,
    /// Why, a clause.
    pub why: String,
}

impl LostDefinition {
    /// As a clause.
    fn reason(&self) -> String {
        format!("the definition of {} cannot be read: {}", self.metric, self.why)
    }
}

/// What stops an effect that cannot go on without it.
impl From<&LostDefinition> for EffectError {
    fn from(lost: &LostDefinition) -> Self {
        Self::new(Code::DocumentUnreadable, lost.reason())
    }
}

/// The answer to who asks for what cannot go on without it.
impl From<&LostDefinition> for Refusal {
    fn from(lost: &LostDefinition) -> Self {
        Self::new(RefusalKind::Unavailable, Code::DocumentUnreadable, lost.reason(), Way::RestoreCopy)
    }
}

/// The definitions in force, as far as they can be read.
#[derive(Debug, Clone, Default)]
pub struct Readable {
    /// Those that can.
    pub definitions: Arc<Definitions>,
    /// Those that cannot, by id.
    pub lost: Vec<LostDefinition>,
}

impl Readable {
    /// Those of these metrics that cannot be read: no other one concerns who judges these.
    pub fn lost_of<'m>(
        &self,
        metrics: impl IntoIterator<Item = &'m MetricId>,
    ) -> impl Iterator<Item = &LostDefinition> {
        let metrics: BTreeSet<&str> = metrics.into_iter().map(MetricId::as_str).collect();
        self.lost.iter().filter(move |lost| metrics.contains(lost.metric.as_str()))
    }

    /// The definitions for who judges these metrics. One of theirs that cannot be read is an error: without its limits a
    /// window would call well what is not.
    pub fn judging<'m>(
        &self,
        metrics: impl IntoIterator<Item = &'m MetricId>,
    ) -> Result<&Arc<Definitions>, &LostDefinition> {
        self.lost_of(metrics).next().map_or(Ok(&self.definitions), Err)
    }
}

/// Reads definitions and keeps the last whole answer, which holds as long as the registry names the same digests.
#[derive(Clone, Default)]
pub struct DefinitionReader(Arc<Mutex<Option<Kept>>>);

impl DefinitionReader {
    /// The definitions in force in `world` for who judges these metrics; an error where one of theirs cannot be read.
    pub async fn judging<'m>(
        &self,
        world: &World,
        blobs: &BlobStore,
        metrics: impl IntoIterator<Item = &'m MetricId>,
    ) -> Result<Arc<Definitions>, EffectError> {
        let readable = self.readable(world, blobs).await;
        Ok(Arc::clone(readable.judging(metrics)?))
    }

    /// The definitions in force in `world`: what cannot be read stands beside what can.
    pub async fn readable(&self, world: &World, blobs: &BlobStore) -> Readable {
        let Some(named) = world.documents(REGISTRY) else { return Readable::default() };
        if let Some(definitions) = self.kept(named) {
            return Readable { definitions, lost: Vec::new() };
        }
        let (mut read, mut lost) = (Definitions::new(), Vec::new());
        for (metric, digest) in named {
            match one(blobs, digest).await {
                Ok(definition) => {
                    read.insert(definition.id.clone(), definition);
                }
                Err(why) => lost.push(LostDefinition { metric: metric.clone(), digest: *digest, why }),
            }
        }
        let definitions = Arc::new(read);
        if lost.is_empty() {
            let whole = (named.clone(), Arc::clone(&definitions));
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(whole);
        }
        Readable { definitions, lost }
    }

    fn kept(&self, named: &BTreeMap<DocumentId, Digest>) -> Option<Arc<Definitions>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(of, _)| of == named).map(|(_, definitions)| Arc::clone(definitions))
    }
}

async fn one(blobs: &BlobStore, digest: &Digest) -> Result<MetricDefinition, String> {
    let missing = || format!("its blob {digest} is missing and has to be put back from a copy of the world");
    let bytes = blobs.document(digest).await.map_err(|e| e.reason)?.ok_or_else(missing)?;
    let value = canon::parse_strict(&bytes, limits::JSON_DEPTH).map_err(|e| e.to_string())?;
    serde_json::from_value(value).map_err(|e| e.to_string())
}
