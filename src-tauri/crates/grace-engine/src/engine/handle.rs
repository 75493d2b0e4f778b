//! The handle of a running engine, and what it answers from the working set and the log.

use super::shutdown::Running;
use crate::aggregates::Listed;
use crate::blob_store::EffectError;
use crate::effects::context::EffectContext;
use crate::health::PartFailed;
use crate::keyring::KeyringError;
use crate::mesh::Bus;
use crate::metrics::{Pushed, SampleQueue};
use crate::owner::Notice;
use crate::recovery;
use crate::recovery_error::RecoveryError;
use crate::startup_verification::{self, Proof};
use crate::stop::Stopper;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, HandshakeId, Nonce, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::PublicKey;
use grace_domain::decider::Decider;
use grace_domain::handshake::Handshake;
use grace_domain::statement;
use grace_domain::update::Update;
use grace_domain::world::{AnyAggregate, World};
use grace_store::{Journal, Reader};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::broadcast;

/// A running engine. Cheap to clone; the last clone does not stop it, [`Engine::shutdown`] does.
#[derive(Clone)]
pub struct Engine {
    pub(crate) context: EffectContext,
    pub(super) samples: SampleQueue,
    pub(super) journal: Arc<Journal>,
    pub(super) notices: broadcast::Sender<Notice>,
    pub(super) since: Timestamp,
    pub(crate) proof: startup_verification::Following,
    pub(crate) stopper: Stopper,
    pub(super) running: Running,
}

impl Engine {
    /// Stops effects, then the owner, then closes the log. What was in flight is found again at the next start.
    pub async fn shutdown(&self) {
        self.running.shutdown().await;
    }

    /// The newest committed working set.
    pub fn world(&self) -> Arc<World> {
        self.context.world()
    }

    /// The log.
    pub fn reader(&self) -> Reader {
        self.context.reader.clone()
    }

    /// What effects work with; for previews and blobs.
    pub fn context(&self) -> &EffectContext {
        &self.context
    }

    /// The journal, for its integrity and fault injection in tests.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Directory of the world.
    pub fn dir(&self) -> &Path {
        &self.context.dir
    }

    /// The proof of the whole log at the start.
    pub fn proof(&self) -> Proof {
        self.proof.now()
    }

    /// The part that failed, if one did: nothing is decided or begun any more.
    pub fn failed_part(&self) -> Option<PartFailed> {
        self.context.health.failed_part()
    }

    /// Refuses in the name of the part that failed, for whoever changes something beside the log.
    pub fn check(&self) -> Result<(), Refusal> {
        self.context.health.check()
    }

    /// When this engine started.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Facts as they become durable.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// The mesh: release facts as CloudEvents.
    pub fn mesh(&self) -> &Bus {
        &self.context.bus
    }

    /// Takes samples in.
    pub async fn push_samples(&self, id: &ComponentId, pushed: &[Pushed]) -> Result<u32, Refusal> {
        self.samples.push(&self.context, id, pushed).await
    }

    /// Pushes of samples that were refused since the start because too many waited.
    pub fn refused_pushes(&self) -> u64 {
        self.samples.refused()
    }

    /// The key of a local component, and its proof of possession for a handshake. Keeps nothing: nobody has signed yet.
    pub fn component_possession(
        &self,
        component: &ComponentId,
        handshake: &HandshakeId,
        nonce: &Nonce,
    ) -> Result<(PublicKey, String), Refusal> {
        let key = self.context.keyring.component(component).map_err(|e| key_unusable(&e))?;
        let world = self.world();
        let message = statement::possession_message(world.origin(), handshake, component, nonce);
        Ok((key.public(), hex::encode(key.sign(&message))))
    }

    /// An update, open or ended.
    pub async fn update(&self, id: &UpdateId) -> Result<Option<Arc<Update>>, Refusal> {
        self.aggregate(id).await
    }

    /// A handshake, open or ended.
    pub async fn handshake(&self, id: &HandshakeId) -> Result<Option<Arc<Handshake>>, Refusal> {
        self.aggregate(id).await
    }

    /// An aggregate, open or ended.
    async fn aggregate<A: Listed>(&self, id: &A::Id) -> Result<Option<Arc<A>>, Refusal> {
        if let Some(open) = A::held(&self.world(), id) {
            return Ok(Some(open.clone()));
        }
        recovery::aggregate(&self.context.reader.proving(), id)
            .await
            .map(|found| found.map(Arc::new))
            .map_err(|e| self.not_believed(&e))
    }

    /// Refuses in the name of entries that could not be read. A log that contradicts itself takes nothing any more.
    pub(crate) fn not_believed(&self, error: &RecoveryError) -> Refusal {
        recovery::close_on_contradiction(&self.journal, error);
        EffectError::new(error.code(), error.to_string()).unavailable()
    }

    /// The aggregate that somebody speaks to, when it has ended and is not in the working set; refuses what never was.
    pub(crate) async fn ended<A: Listed + Decider>(
        &self,
        id: &A::Id,
    ) -> Result<Option<AnyAggregate>, Refusal> {
        if A::held(&self.world(), id).is_some() {
            return Ok(None);
        }
        match self.aggregate::<A>(id).await? {
            Some(found) => Ok(Some(A::as_any(id.clone(), found))),
            None => Err(Refusal::not_found(A::NOUN, &id.to_string())),
        }
    }
}

/// A key that cannot be used.
pub(crate) fn key_unusable(e: &KeyringError) -> Refusal {
    EffectError::new(Code::ComponentKey, e.to_string()).unavailable()
}
