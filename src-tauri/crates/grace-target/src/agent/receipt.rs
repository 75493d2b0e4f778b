//! The receipt: what an agent signs of what it did, and keeps before it hands it out.
//!
//! Owns signing and keeping. Never signs for anything that was not inspected, and never tells anybody.

use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::UpdateId;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::{PublicKey, SignerKey};
use grace_domain::statement::{self, Receipt, ReceiptAct, Statement as _, Verified};

use super::ended::Ended;
use super::offer::Registered;
use super::ports::{AgentBlobs, AgentClock, AgentPorts, OwnKey};
use crate::fault::TargetFault;
use crate::hook::{Moment, Step};

/// Most of a receipt's reason that is kept, characters: several receipts must fit into one entry.
const REASON_CHARS: usize = 500;
/// How long is waited before each further attempt to do what could not be done and may pass by itself, ms.
pub const PATIENCE_MS: [u64; 5] = [1_000, 2_000, 4_000, 8_000, 16_000];

/// A receipt, signed and kept.
#[derive(Debug, Clone)]
pub struct SignedReceipt {
    /// What it says.
    pub receipt: Receipt,
    /// The key that signed it.
    pub key: PublicKey,
    /// Digest of its envelope, a blob.
    pub envelope: Digest,
    /// Digest of the blob that describes what is there now, when that is what was wanted.
    pub tree: Option<Digest>,
    /// What the operator's commands said.
    pub output: String,
}

/// As much of a reason as is kept.
pub fn within_bound(reason: &str) -> String {
    reason.chars().take(REASON_CHARS).collect()
}

/// What a component signs with. Held before the first byte is changed: who has one can sign for what follows, whatever
/// becomes of the key's place meanwhile.
pub(super) struct ReceiptSigner {
    key: SignerKey,
}

/// What a receipt is about.
pub(super) struct About<'a> {
    pub(super) component: &'a Registered,
    pub(super) update: UpdateId,
    /// Digest of the package, or of the tree that was restored.
    pub(super) package: Digest,
    pub(super) act: ReceiptAct,
    /// Monotonic milliseconds at which the act began.
    pub(super) start_ms: u64,
}

impl ReceiptSigner {
    /// Proves that the component can sign, and that what it signs can be kept.
    pub(super) async fn prove<B: AgentBlobs, C: AgentClock, K: OwnKey>(
        ports: &AgentPorts<B, C, K>,
        component: &Registered,
    ) -> Result<Self, TargetFault> {
        let key = ports.key.read()?;
        if key.public() != component.key {
            let other = "the key in the world is not the one that it is registered with";
            return Err(TargetFault::new(Code::ComponentKey, other));
        }
        ports.blobs.ready().await?;
        Ok(Self { key })
    }

    /// Signs how an act ended, and keeps it. What was done is not done again because its receipt cannot be kept at once.
    pub(super) async fn sign<B: AgentBlobs, C: AgentClock, K: OwnKey>(
        &self,
        ports: &AgentPorts<B, C, K>,
        about: About<'_>,
        ended: Ended,
    ) -> Result<SignedReceipt, TargetFault> {
        let mut receipt = Receipt {
            world: about.component.world.clone(),
            update: about.update,
            component: about.component.id.clone(),
            package: about.package,
            act: about.act,
            result: ended.result,
            before: ended.before,
            after: ended.after,
            reason: within_bound(&ended.reason).into(),
            code: ended.code,
            ms: ports.clock.monotonic_ms().saturating_sub(about.start_ms),
            at: ports.clock.now(),
        };
        let texts = receipt.seal(|| ports.key.salt());
        let payload = canon::to_canonical(&receipt).map_err(|e| {
            TargetFault::new(Code::Unencodable, format!("the receipt cannot be written: {e}"))
        })?;
        let envelope = Envelope::sign(Receipt::PAYLOAD_TYPE, payload, &[&self.key]);
        // Verified like anybody else's: the key must be the registered one.
        let verified: Verified<Receipt> =
            statement::verify(&envelope, &about.component.world, &[about.component.key])
                .map_err(|e| TargetFault::new(e.code(), format!("the receipt does not verify: {e}")))?;
        ports.hook.tell(Moment::Before, &Step::ReceiptKept)?;
        let mut waits = PATIENCE_MS.into_iter();
        let (digest, tree) = loop {
            let fault = match kept(&ports.blobs, &envelope, &texts, ended.content.as_deref()).await {
                Ok(kept) => break kept,
                Err(fault) => fault,
            };
            let Some(wait_ms) = waits.next().filter(|_| fault.transient) else { return Err(fault) };
            tracing::warn!(code = %fault.code, reason = %fault.reason, wait_ms, "a receipt could not be kept");
            ports.clock.sleep_ms(wait_ms).await;
        };
        ports.hook.tell(Moment::After, &Step::ReceiptKept)?;
        Ok(SignedReceipt { receipt, key: verified.key, envelope: digest, tree, output: ended.output })
    }
}

async fn kept(
    blobs: &impl AgentBlobs,
    envelope: &Envelope,
    texts: &[Vec<u8>],
    content: Option<&[u8]>,
) -> Result<(Digest, Option<Digest>), TargetFault> {
    for text in texts {
        blobs.put(text).await?;
    }
    let digest = blobs.put(&envelope.to_json()).await?;
    let content = match content {
        Some(document) => Some(blobs.put(document).await?),
        None => None,
    };
    Ok((digest, content))
}
