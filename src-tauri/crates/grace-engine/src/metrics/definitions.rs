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

/// Reads definitions and keeps the last answer, which holds as long as the registry names the same digests.
#[derive(Clone, Default)]
pub struct DefinitionReader(Arc<Mutex<Option<Kept>>>);

impl DefinitionReader {
    /// The definitions in force in `world`. One that cannot be read is an error: without its limits a window would call
    /// well what is not.
    pub async fn in_force(&self, world: &World, blobs: &BlobStore) -> Result<Arc<Definitions>, EffectError> {
        let Some(named) = world.documents(REGISTRY) else { return Ok(Arc::default()) };
        if let Some(definitions) = self.kept(named) {
            return Ok(definitions);
        }
        let mut read = Definitions::new();
        for (id, digest) in named {
            let definition = one(blobs, id, digest).await?;
            read.insert(definition.id.clone(), definition);
        }
        let read = Arc::new(read);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((named.clone(), Arc::clone(&read)));
        Ok(read)
    }

    fn kept(&self, named: &BTreeMap<DocumentId, Digest>) -> Option<Arc<Definitions>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(of, _)| of == named).map(|(_, definitions)| Arc::clone(definitions))
    }
}

async fn one(blobs: &BlobStore, id: &DocumentId, digest: &Digest) -> Result<MetricDefinition, EffectError> {
    let fault =
        |why: String| EffectError::new(Code::DocumentUnreadable, format!("the definition of {id}: {why}"));
    let missing =
        || fault(format!("its blob {digest} is missing and has to be put back from a copy of the world"));
    let bytes = blobs.document(digest).await?.ok_or_else(missing)?;
    let value = canon::parse_strict(&bytes, limits::JSON_DEPTH).map_err(|e| fault(e.to_string()))?;
    serde_json::from_value(value).map_err(|e| fault(e.to_string()))
}
