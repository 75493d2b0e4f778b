//! What an entry stands on: the envelopes it names, who must have signed them, and whether they say what it says.
//!
//! Owns the comparison of an entry with its envelopes. Never reads a file and never trusts a name: keys come from
//! the entries before. A component's key is the one of its newest registration: an earlier one is believed no more.

use grace_domain::component::event::ComponentEvent;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::checkpoint::{self, Vkey};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::PublicKey;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::event::{AckFacts, HandshakeEvent};
use grace_domain::log::{Entry, Event, Signed};
use grace_domain::statement::{
    self, Ack, Act, ActStatement, ApprovalStatement, HandshakeRequest, Manifest, PersonStatement, Receipt,
    ReceiptAct, ReceiptResult, Statement, Submission, Verified, Vote, possession_message, set_digest,
};
use grace_domain::update::Update;
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::ReceiptFacts;
use grace_domain::world::World;

use crate::heads::Heads;
use crate::join_facts::asks_for;
use crate::proved::Proved;
use crate::read::ReadEntry;

/// The digests of the envelopes that `entry` stands on, in the order in which a pack holds them.
pub fn of(entry: &Entry) -> Vec<Digest> {
    entry.event.info().evidence.envelopes
}

/// Who checks what entries stand on: everything but the world, which the entries before one say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checks<'k> {
    /// The log's own key.
    pub(crate) log: &'k Vkey,
    /// What the log's tree was, as far as that is held.
    pub(crate) heads: &'k Heads,
}

impl Checks<'_> {
    /// Checks that the envelopes of an entry (as [`of`] names them) were signed by whom it says, and say what it says.
    /// `world` is what the entries before say.
    pub(crate) fn proved(self, world: &World, read: &ReadEntry) -> Result<Proved, String> {
        let check = Check { world, seq: read.recorded.seq, entry: read.entry(), checks: self };
        let envelope = match &read.envelopes[..] {
            [] => return Ok(Proved::Nothing),
            [envelope] => envelope,
            _ => return Err("it stands on several envelopes, and nobody knows which says what".to_owned()),
        };
        match &read.entry().event {
            Event::World(_) => unknown(),
            Event::Update(id, event) => check.update(id.as_str(), event, envelope),
            Event::Handshake(id, event) => check.handshake(id.as_str(), event, envelope),
            Event::Component(id, event) => check.component(id, event, envelope),
        }
    }
}

struct Check<'a> {
    world: &'a World,
    seq: u64,
    entry: &'a Entry,
    checks: Checks<'a>,
}

impl Check<'_> {
    fn update(&self, id: &str, event: &UpdateEvent, envelope: &Envelope) -> Result<Proved, String> {
        match event {
            UpdateEvent::Proposed {
                by,
                parts,
                set,
                title,
                description,
                refs,
                security_impact,
                declared,
                ..
            } => {
                let verified: Verified<Submission> = self.person(by, envelope)?;
                let s = &verified.statement;
                same(
                    "the submission",
                    s.id.as_str() == id
                        && by.nonce.as_str() == id
                        && s.parts == *parts
                        && s.set == *set
                        && set_digest(parts) == *set
                        && s.title == *title
                        && s.description == *description
                        && s.refs == *refs
                        && s.security_impact == *security_impact
                        && s.risk_level == *declared,
                )?;
                Ok(Proved::Submission(Box::new(verified)))
            }
            UpdateEvent::Approval { by, decision, bound, expires } => {
                self.approval(id, by, (*decision, bound, *expires), envelope)
            }
            UpdateEvent::Kept { by } => self.act(by, envelope, Act::Keep, id).map(Proved::Act),
            UpdateEvent::Withdrawn { by } => self.act(by, envelope, Act::Withdraw, id).map(Proved::Act),
            UpdateEvent::Retried { by, .. } => self.act(by, envelope, Act::Retry, id).map(Proved::Act),
            UpdateEvent::RollbackReviewed { by, .. } => {
                self.act(by, envelope, Act::Review, id).map(Proved::Act)
            }
            UpdateEvent::RollbackStarted { by: Some(by), reason, .. } => {
                let signed = self.act(by, envelope, Act::Rollback, id)?;
                same("the reason", signed.statement.reason == *reason)?;
                Ok(Proved::Act(signed))
            }
            UpdateEvent::Packaged(package) => {
                let verified: Verified<Manifest> = self.verified(envelope, self.world.engine_key())?;
                let manifest = verified.statement;
                let plans = manifest.components.iter().map(|(id, plan)| (id, plan.before, plan.after));
                let facts = package.components.iter().map(|(id, plan)| (id, plan.before, plan.after));
                let rehearsed = || manifest.components.values().map(|plan| &plan.rehearsal);
                same(
                    "the package",
                    manifest.update.as_str() == id
                        && self.is_set(id, &manifest.set)
                        && plans.eq(facts)
                        && manifest.rollback_plan() == package.rollback_plan
                        && manifest.computed == package.computed
                        && manifest.invertible == package.invertible
                        && manifest.summary == package.summary
                        && rehearsed().map(|r| r.apply_ms).sum::<u64>() == package.apply_ms
                        && rehearsed().map(|r| r.revert_ms).sum::<u64>() == package.revert_ms,
                )?;
                let restored =
                    manifest.components.values().all(|plan| plan.rehearsal.reverted == plan.before);
                if !restored {
                    return Err("its rehearsal did not come back to what was there".to_owned());
                }
                Ok(Proved::Package)
            }
            UpdateEvent::Receipt(facts) => self.receipt(id, facts, envelope),
            UpdateEvent::Stage(_)
            | UpdateEvent::Rebased { .. }
            | UpdateEvent::Approved { .. }
            | UpdateEvent::ApprovalLapsed { .. }
            | UpdateEvent::Waiting { .. }
            | UpdateEvent::Distributing { .. }
            | UpdateEvent::ApplyStarted { .. }
            | UpdateEvent::NoReceipt(_)
            | UpdateEvent::Distributed { .. }
            | UpdateEvent::WindowOpened { .. }
            | UpdateEvent::Evaluation(_)
            | UpdateEvent::Stable {}
            | UpdateEvent::Held { .. }
            | UpdateEvent::Blocked { .. }
            | UpdateEvent::Failed { .. }
            | UpdateEvent::Refused { .. }
            | UpdateEvent::RollbackStarted { by: None, .. }
            | UpdateEvent::RolledBack { .. }
            | UpdateEvent::RollbackFailed { .. } => unknown(),
        }
    }

    fn handshake(&self, id: &str, event: &HandshakeEvent, envelope: &Envelope) -> Result<Proved, String> {
        match event {
            HandshakeEvent::Requested { component, facts, by, request, .. } => {
                let verified: Verified<HandshakeRequest> = self.person(by, envelope)?;
                let s = &verified.statement;
                let message = possession_message(self.world.origin(), &s.id, &s.component, &s.nonce);
                let proof = hex::decode(&s.possession).ok().and_then(|p| <[u8; 64]>::try_from(p).ok());
                let held = proof.is_some_and(|p| facts.key.verify(&message, &p).is_ok());
                same(
                    "the request",
                    s.id.as_str() == id
                        && s.component == *component
                        && s.nonce == by.nonce
                        && *request == by.envelope
                        && asks_for(s, facts),
                )?;
                same("the proof that the component holds its key", held)?;
                Ok(Proved::Request(Box::new(verified)))
            }
            HandshakeEvent::Approval { by, decision, bound, expires } => {
                self.approval(id, by, (*decision, bound, *expires), envelope)
            }
            HandshakeEvent::Ack(ack) => self.ack(id, ack, envelope, true),
            HandshakeEvent::AckNotCounted { ack, .. } => self.ack(id, ack, envelope, false),
            HandshakeEvent::Announced { .. }
            | HandshakeEvent::Integrated { .. }
            | HandshakeEvent::Baseline { .. }
            | HandshakeEvent::WindowOpened { .. }
            | HandshakeEvent::Evaluation(_)
            | HandshakeEvent::Validated {}
            | HandshakeEvent::QuorumFailed { .. }
            | HandshakeEvent::RefusedBy { .. }
            | HandshakeEvent::Refused { .. }
            | HandshakeEvent::Suspended { .. } => unknown(),
        }
    }

    fn approval(
        &self,
        id: &str,
        by: &Signed,
        (decision, bound, expires): (Decision, &Digest, Timestamp),
        envelope: &Envelope,
    ) -> Result<Proved, String> {
        let verified: Verified<ApprovalStatement> = self.person(by, envelope)?;
        let s = &verified.statement;
        same(
            "the approval",
            s.subject == id
                && s.decision == decision
                && s.bound() == *bound
                // The policy may end it sooner, never later.
                && expires <= s.expires
                && s.nonce == by.nonce
                && s.reason == by.reason,
        )?;
        Ok(Proved::Approval(Box::new(verified)))
    }

    fn component(
        &self,
        id: &ComponentId,
        event: &ComponentEvent,
        envelope: &Envelope,
    ) -> Result<Proved, String> {
        match event {
            ComponentEvent::Adopted { by, digest, .. } => {
                let s = self.act(by, envelope, Act::Adopt, id.as_str())?;
                same("the signed act", s.statement.digest == *digest)?;
                Ok(Proved::Act(s))
            }
            ComponentEvent::RestoreStarted { by } => {
                self.act(by, envelope, Act::Restore, id.as_str()).map(Proved::Act)
            }
            ComponentEvent::Restored { digest, .. } => {
                let facts = self.restore(id, envelope)?;
                let applied = facts.result == ReceiptResult::Applied && facts.after == *digest;
                same("the receipt", applied)?;
                Ok(Proved::Receipt(facts))
            }
            ComponentEvent::RestoreFailed { .. } => self.restore(id, envelope).map(Proved::Receipt),
            ComponentEvent::Registered { .. }
            | ComponentEvent::Baseline { .. }
            | ComponentEvent::Documents { .. }
            | ComponentEvent::Activated {}
            | ComponentEvent::Installed { .. }
            | ComponentEvent::Reverted { .. }
            | ComponentEvent::DriftDetected { .. }
            | ComponentEvent::RollbackFailed { .. }
            | ComponentEvent::Suspended { .. }
            | ComponentEvent::Snapshot(_) => unknown(),
        }
    }

    /// The receipt of a restore.
    fn restore(&self, id: &ComponentId, envelope: &Envelope) -> Result<Box<ReceiptFacts>, String> {
        let verified: Verified<Receipt> = self.verified(envelope, self.component_key(id)?)?;
        let s = verified.statement;
        same("the receipt", s.component == *id && s.act == ReceiptAct::Restore)?;
        Ok(Box::new(ReceiptFacts::of(s, verified.key, verified.envelope)))
    }

    /// The act that was signed.
    fn act(
        &self,
        by: &Signed,
        envelope: &Envelope,
        act: Act,
        subject: &str,
    ) -> Result<Box<Verified<ActStatement>>, String> {
        let verified: Verified<ActStatement> = self.person(by, envelope)?;
        let s = &verified.statement;
        same(
            "the signed act",
            s.act == act
                && s.subject == subject
                && self.is_set(subject, &s.digest)
                && s.nonce == by.nonce
                && s.reason == by.reason,
        )?;
        Ok(Box::new(verified))
    }

    /// The update of this id, while it is open or remembered.
    fn known(&self, update: &str) -> Option<&Update> {
        let id: UpdateId = update.parse().ok()?;
        self.world.updates().get(&id).map(AsRef::as_ref)
    }

    /// Whether `digest` is the set of this update. One that has ended and is open no more was compared when it was.
    fn is_set(&self, update: &str, digest: &Digest) -> bool {
        self.known(update).is_none_or(|update| update.set() == *digest)
    }

    /// Whether `digest` is the package of this update.
    fn is_package(&self, update: &str, digest: &Digest) -> bool {
        self.known(update).and_then(Update::package).is_none_or(|package| package.package == *digest)
    }

    fn receipt(&self, id: &str, facts: &ReceiptFacts, envelope: &Envelope) -> Result<Proved, String> {
        let key = self.world.receipt_key(&facts.component);
        let key = key.ok_or_else(|| format!("no key of {} is registered", facts.component))?;
        let verified: Verified<Receipt> = self.verified(envelope, key)?;
        let s = verified.statement;
        let of_this = s.update.as_str() == id && self.is_package(id, &s.package);
        let (output, tree) = (facts.output, facts.tree);
        let said = ReceiptFacts { output, tree, ..ReceiptFacts::of(s, verified.key, verified.envelope) };
        same("the receipt", of_this && said == *facts)?;
        Ok(Proved::Receipt(Box::new(facts.clone())))
    }

    fn ack(&self, id: &str, ack: &AckFacts, envelope: &Envelope, counted: bool) -> Result<Proved, String> {
        let key = self.component_key(&ack.by)?;
        let verified: Verified<Ack> = self.verified(envelope, key)?;
        let s = &verified.statement;
        // An answer that is logged and not counted may name another handshake: that is then why it is not counted.
        same(
            "the acknowledgement",
            key == ack.key
                && s.by == ack.by
                && s.vote == ack.vote
                && s.reason == ack.reason
                && s.adjustments == ack.adjustments
                && (!counted || s.handshake.as_str() == id && self.answers(s))
                && self.has_seen(s, ack.seen_size),
        )?;
        Ok(Proved::Ack(Box::new(verified)))
    }

    /// Whether whoever answers has seen this size of this log, as the log signed it; 0 stands for a refusal by who has
    /// seen none of it. Where the log no longer knows what its beginning was, either is believed of a refusal.
    fn has_seen(&self, ack: &Ack, size: u64) -> bool {
        let none = ack.vote == Vote::Nack && size == 0;
        let seen = checkpoint::verify(&ack.seen, self.checks.log).ok().filter(|seen| seen.size <= self.seq);
        seen.map_or(none, |seen| match self.checks.heads.begin_with(&seen) {
            Some(true) => size == seen.size,
            Some(false) => none,
            None => none || size == seen.size,
        })
    }

    /// Whether it answers the request of the handshake that it names, not an earlier one.
    fn answers(&self, ack: &Ack) -> bool {
        let handshake = self.world.handshakes().get(&ack.handshake);
        handshake.is_some_and(|h| *h.nonce() == ack.nonce && h.request() == ack.request)
    }

    fn component_key(&self, id: &ComponentId) -> Result<PublicKey, String> {
        let component = self.world.components().get(id);
        component.map(|c| c.facts().key).ok_or_else(|| format!("no key of {id} is registered"))
    }

    fn person<T: PersonStatement>(&self, by: &Signed, envelope: &Envelope) -> Result<Verified<T>, String> {
        let people = self.world.people();
        let person = people.get(&by.person).ok_or_else(|| format!("{} is not registered", by.person))?;
        if !person.keys.contains(&by.key) {
            return Err(format!("the key {} is not registered for {}", by.key.crypto_id(), by.person));
        }
        if person.is_service() && !T::BY_SERVICES {
            return Err(format!("{} is a service and cannot sign that", by.person));
        }
        let verified: Verified<T> = self.verified(envelope, by.key)?;
        same("the signer", verified.statement.person() == &by.person)?;
        statement::check_time(&verified.statement, self.entry.at).map_err(|e| e.to_string())?;
        Ok(verified)
    }

    fn verified<T: Statement>(&self, envelope: &Envelope, key: PublicKey) -> Result<Verified<T>, String> {
        statement::verify(envelope, self.world.origin(), &[key]).map_err(|e| e.to_string())
    }
}

/// Nobody has said what must be signed for this entry: it is not believed.
fn unknown() -> Result<Proved, String> {
    Err("it stands on an envelope, and nothing is known of its signature".to_owned())
}

fn same(what: &str, holds: bool) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{what} does not say what the entry says")) }
}

#[cfg(test)]
mod tests;
