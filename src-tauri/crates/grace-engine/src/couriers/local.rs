//! The way to components on this machine: their agents run in the engine's process.
//!
//! Owns handing an agent its surroundings: the world's blobs, the engine's clock, the component's own key and the
//! directory of its apply journal.

use super::courier::Courier;
use crate::blob_store::BlobStore;
use crate::effects::context::EffectContext;
use crate::keyring::{Keyring, KeyringError};
use crate::ports::{Clock, Ports};
use grace_domain::component::event::ComponentFacts;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::core::sealed_text::Salt;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::{PublicKey, SignerKey};
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::update::UpdatePhase;
use grace_domain::update::evidence::ReceiptFacts;
use grace_domain::world::World;
use grace_store::keyfile::KeyFileError;
use grace_target::agent::offer::{Offer, Registered};
use grace_target::agent::ports::{AgentBlobs, AgentClock, AgentPorts, OwnKey, StepHook};
use grace_target::agent::{Agent, AttemptFailed, apply_journal};
use grace_target::{BlobError, TargetFault};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the agents of this world remember what they have begun.
fn memory(dir: &Path) -> PathBuf {
    dir.join("apply_journal")
}

/// The way to one component on this machine.
pub struct LocalCourier<'c> {
    context: &'c EffectContext,
    agent: Agent<BlobStore, EngineClock, ReceiptKey>,
}

impl<'c> LocalCourier<'c> {
    /// Gives the component's agent its surroundings; touches nothing.
    pub fn new(context: &'c EffectContext, component: &ComponentId) -> Self {
        let world = context.world();
        let facts = world.components().get(component).map(|c| c.facts());
        let registry = facts.and_then(ComponentFacts::target_kind);
        let key = ReceiptKey {
            keyring: context.keyring.clone(),
            component: component.clone(),
            registered: facts.map_or(world.engine_key(), |facts| facts.key),
            of_engine: registry.is_some_and(TargetKind::is_in_log),
            ports: context.ports.clone(),
        };
        let agent = Agent::new(AgentPorts {
            blobs: context.blobs.clone(),
            clock: EngineClock(context.ports.clock.clone()),
            key,
            memory: memory(&context.dir),
            hook: StepHook::default(),
        });
        Self { context, agent }
    }
}

impl Courier for LocalCourier<'_> {
    async fn offer(&self, component: &Registered, offer: &Offer) -> Result<ReceiptFacts, AttemptFailed> {
        let signed = self.agent.take(component, offer).await?;
        let output = self.context.keep_output(&signed.output).await;
        let facts = ReceiptFacts::of(signed.receipt, signed.key, signed.envelope);
        Ok(ReceiptFacts { output, tree: signed.tree, ..facts })
    }
}

/// Forgets what an agent remembered of an update whose receipt is in the log.
pub async fn forget(context: &EffectContext, update: &UpdateId, component: &ComponentId) {
    apply_journal::forget(&memory(&context.dir), update, component).await;
}

/// At the start, forgets what belongs to no update that is being distributed.
pub fn sweep(dir: &Path, world: &World) -> io::Result<()> {
    apply_journal::sweep(&memory(dir), |id| {
        world.updates().get(id).is_some_and(|u| matches!(u.phase(), UpdatePhase::Distributing { .. }))
    })
}

impl AgentBlobs for BlobStore {
    async fn ready(&self) -> Result<(), BlobError> {
        self.try_out().await
    }
}

/// Whether a key may be readable again by itself.
fn may_pass(error: &KeyringError) -> bool {
    matches!(error, KeyringError::File(KeyFileError::Io { source, .. }) if grace_target::may_pass(source))
}

struct EngineClock(Arc<dyn Clock>);

impl AgentClock for EngineClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn monotonic_ms(&self) -> u64 {
        self.0.monotonic_ms()
    }

    async fn sleep_ms(&self, ms: u64) {
        self.0.sleep_ms(ms).await;
    }
}

/// What a component that this engine runs signs its receipts with: its own key, or the engine's where its documents
/// are kept by the engine.
struct ReceiptKey {
    keyring: Keyring,
    component: ComponentId,
    registered: PublicKey,
    of_engine: bool,
    ports: Ports,
}

impl OwnKey for ReceiptKey {
    fn read(&self) -> Result<SignerKey, TargetFault> {
        let fault = |reason: String| TargetFault::new(Code::ComponentKey, reason);
        if self.of_engine {
            return self.keyring.engine().map_err(|e| {
                fault(format!("the engine's key cannot be read: {e}")).transient_if(may_pass(&e))
            });
        }
        self.keyring
            .known(&self.component, &self.registered)
            .map_err(|e| fault(format!("its key cannot be read: {e}")).transient_if(may_pass(&e)))?
            .ok_or_else(|| {
                fault(format!("its key is not in the world (keys/components/{}.key)", self.component))
            })
    }

    fn salt(&self) -> Salt {
        self.ports.seed()
    }
}
