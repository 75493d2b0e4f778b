//! The component's side of an update: verifies package and approvals itself, acts on its target, and signs a receipt of
//! what it did. The same code runs in the engine's process and beside a component elsewhere.
//!
//! Owns the order of these steps. Never decides whether an update is let go, never tells the log, and knows of the world
//! only what an [`Offer`] says and its own checks confirm.
//!
//! In reading order: [`offer`], [`ports`], `verified`, [`apply_journal`], `ended`, `acts`, [`receipt`].

mod acts;
pub mod apply_journal;
mod ended;
pub mod offer;
pub mod ports;
pub mod receipt;
mod verified;

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::UpdateId;
use grace_domain::statement::{ReceiptAct, ReceiptResult};

use crate::fault::TargetFault;
use crate::hook::{ApplyId, Moment, Step};
use crate::inspection::Inspection;
use acts::Acting;
use apply_journal::Place;
use ended::Ended;
use offer::{Offer, Package, Registered, Release};
use ports::{AgentBlobs, AgentClock, AgentPorts, OwnKey};
use receipt::{About, ReceiptSigner, SignedReceipt};

/// No receipt can be given now: something is missing that a person must mend, or passes by itself.
#[derive(Debug)]
pub struct AttemptFailed {
    /// What.
    pub missing: TargetFault,
    /// The content may have been changed, in this run or an earlier one.
    pub begun: bool,
    /// What an inspection has found there, if one was possible.
    pub found: Option<Digest>,
}

/// One component's agent.
#[derive(Debug, Clone)]
pub struct Agent<B, C, K> {
    ports: AgentPorts<B, C, K>,
}

impl<B: AgentBlobs, C: AgentClock, K: OwnKey> Agent<B, C, K> {
    /// An agent in these surroundings.
    pub fn new(ports: AgentPorts<B, C, K>) -> Self {
        Self { ports }
    }

    /// Does what is offered and answers with a signed receipt.
    pub async fn take(&self, component: &Registered, offer: &Offer) -> Result<SignedReceipt, AttemptFailed> {
        match offer {
            Offer::Apply { package, release, before, begun_earlier } => {
                self.apply(component, package, release, *before, *begun_earlier).await
            }
            Offer::Revert { package } => self.revert(component, package).await,
            Offer::Restore { tree, wanted } => self.restore(component, *tree, *wanted).await,
        }
    }

    /// Nothing is changed before it is known that a receipt can be signed and kept, and that it is remembered that the
    /// change was begun.
    async fn apply(
        &self,
        component: &Registered,
        package: &Package,
        release: &Release,
        expected: Digest,
        begun_earlier: bool,
    ) -> Result<SignedReceipt, AttemptFailed> {
        let start_ms = self.ports.clock.monotonic_ms();
        let place = self.place(component, package);
        let noted = place.read().await;
        // By an earlier attempt, or by an earlier run: whatever cannot be inspected may be half way.
        let begun_before = noted.begun() || begun_earlier;
        let signer = match ReceiptSigner::prove(&self.ports, component).await {
            Ok(signer) => signer,
            Err(missing) => return Err(failed_attempt(component, missing, begun_before).await),
        };
        let inspection = match Inspection::of(&component.id, &component.target, &component.log).await {
            Ok(inspection) => inspection,
            Err(missing) => return Err(AttemptFailed { missing, begun: begun_before, found: None }),
        };
        let found = inspection.observed.digest;
        let before = noted.before().unwrap_or(found);
        let ended = match verified::planned(&self.ports.blobs, component, package, &inspection).await {
            Err(fault) if begun_before => Ok(Ended::not_done(ReceiptResult::Dirty, fault, before, found)),
            Err(fault) => Ok(Ended::refused(fault, expected, found)),
            Ok(plan) => {
                let acting = Acting {
                    ports: &self.ports,
                    inspection: &inspection,
                    plan: &plan,
                    id: &apply_id(&package.update),
                    before,
                    begun_before,
                };
                let approved = verified::approved(&self.ports.blobs, component, package, release).await;
                match (noted.failed(), approved) {
                    // An earlier attempt saw it fail and was undoing it.
                    (Some(failed), _) => acting.undo(failed.ended(before, found)).await,
                    (None, Ok(())) => {
                        if let Err(missing) = self.begin(&place, before).await {
                            return Err(AttemptFailed { missing, begun: begun_before, found: Some(found) });
                        }
                        acting.apply(&place).await
                    }
                    (None, Err(fault)) => acting.refuse(fault).await,
                }
            }
        };
        let about = About {
            component,
            update: package.update.clone(),
            package: package.package,
            act: ReceiptAct::Apply,
            start_ms,
        };
        match self.signed(&signer, about, ended).await {
            Ok(receipt) => Ok(receipt),
            // From here on only what was written down tells whether anything was begun.
            Err(missing) => {
                Err(failed_attempt(component, missing, begun_before || place.read().await.begun()).await)
            }
        }
    }

    async fn revert(
        &self,
        component: &Registered,
        package: &Package,
    ) -> Result<SignedReceipt, AttemptFailed> {
        let start_ms = self.ports.clock.monotonic_ms();
        let signer = match ReceiptSigner::prove(&self.ports, component).await {
            Ok(signer) => signer,
            Err(missing) => return Err(failed_attempt(component, missing, true).await),
        };
        let inspection =
            Inspection::of(&component.id, &component.target, &component.log).await.map_err(unproved)?;
        let found = inspection.observed.digest;
        let ended = match verified::planned(&self.ports.blobs, component, package, &inspection).await {
            Err(fault) => Ok(Ended::not_done(ReceiptResult::Dirty, fault, found, found)),
            Ok(plan) => {
                let acting = Acting {
                    ports: &self.ports,
                    inspection: &inspection,
                    plan: &plan,
                    id: &apply_id(&package.update),
                    before: found,
                    begun_before: true,
                };
                acting.revert().await
            }
        };
        let about = About {
            component,
            update: package.update.clone(),
            package: package.package,
            act: ReceiptAct::Revert,
            start_ms,
        };
        match self.signed(&signer, about, ended).await {
            Ok(receipt) => Ok(receipt),
            Err(missing) => Err(failed_attempt(component, missing, true).await),
        }
    }

    /// The receipt names the nil update.
    async fn restore(
        &self,
        component: &Registered,
        tree: Digest,
        wanted: Digest,
    ) -> Result<SignedReceipt, AttemptFailed> {
        let start_ms = self.ports.clock.monotonic_ms();
        let update: UpdateId = "upd_00000000-0000-0000-0000-000000000000"
            .parse()
            .expect("invariant: upd_ and the nil UUID are an update id");
        let signer = ReceiptSigner::prove(&self.ports, component).await.map_err(unproved)?;
        let inspection =
            Inspection::of(&component.id, &component.target, &component.log).await.map_err(unproved)?;
        let ended = acts::restored(&self.ports, &inspection, &tree, wanted).await;
        let about = About { component, update, package: tree, act: ReceiptAct::Restore, start_ms };
        self.signed(&signer, about, ended).await.map_err(unproved)
    }

    async fn signed(
        &self,
        signer: &ReceiptSigner,
        about: About<'_>,
        ended: Result<Ended, TargetFault>,
    ) -> Result<SignedReceipt, TargetFault> {
        signer.sign(&self.ports, about, ended?).await
    }

    async fn begin(&self, place: &Place<'_>, before: Digest) -> Result<(), TargetFault> {
        self.ports.hook.tell(Moment::Before, &Step::Begun)?;
        place.begin(before).await?;
        self.ports.hook.tell(Moment::After, &Step::Begun)?;
        Ok(())
    }

    fn place<'p>(&'p self, component: &'p Registered, package: &'p Package) -> Place<'p> {
        Place {
            memory: &self.ports.memory,
            update: &package.update,
            component: &component.id,
            package: &package.package,
        }
    }
}

fn apply_id(update: &UpdateId) -> ApplyId {
    ApplyId::new(update.as_str()).expect("invariant: an update id is lower-case letters, digits, _ and -")
}

fn unproved(missing: TargetFault) -> AttemptFailed {
    AttemptFailed { missing, begun: true, found: None }
}

/// With what is there now, as far as it can be inspected.
async fn failed_attempt(component: &Registered, missing: TargetFault, begun: bool) -> AttemptFailed {
    let inspection = Inspection::of(&component.id, &component.target, &component.log).await.ok();
    AttemptFailed { missing, begun, found: inspection.map(|inspection| inspection.observed.digest) }
}
