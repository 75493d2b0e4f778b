//! The metric definitions in force, read from the blobs that the registry names.
//!
//! Owns the reading and one kept answer. Never says which are in force: the log does.

use crate::blob_store::{BlobStore, EffectError};
use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::DocumentId;
use grace_domain::core::limits;
use grace_domain::metrics::REGISTRY;
use grace_domain::metrics::definition::{Definitions, MetricDefinition};
use grace_domain::world::World;
use std::collections::BTreeMap;
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
    /// As what stops who cannot go on without it.
    pub fn fault(&self) -> EffectError {
        EffectError::new(Code::DocumentUnreadable, format!("the definition of {}: {}", self.metric, self.why))
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

/// Reads definitions and keeps the last whole answer, which holds as long as the registry names the same digests.
#[derive(Clone, Default)]
pub struct DefinitionReader(Arc<Mutex<Option<Kept>>>);

impl DefinitionReader {
    /// The definitions in force in `world`. One that cannot be read is an error: without its limits a window would call
    /// well what is not.
    pub async fn in_force(&self, world: &World, blobs: &BlobStore) -> Result<Arc<Definitions>, EffectError> {
        let Readable { definitions, lost } = self.readable(world, blobs).await;
        lost.first().map_or(Ok(definitions), |lost| Err(lost.fault()))
    }

    /// The same for who only shows them: what cannot be read stands beside what can.
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
