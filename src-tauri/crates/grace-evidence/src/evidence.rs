//! What an entry stands on: the envelopes it names, who must have signed them, and whether they say what it says.
//!
//! Owns the comparison of an entry with its envelopes. Never reads a file and never trusts a name: keys come from
//! the entries before. A component's key is the one of its newest registration: an earlier one is believed no more.

use grace_domain::component::event::ComponentEvent;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::sealed_text::SealedText;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::PublicKey;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::event::{AckFacts, HandshakeEvent};
use grace_domain::log::{Entry, Event, Signed};
use grace_domain::statement::{
    self, Ack, Act, ActStatement, ApprovalStatement, HandshakeRequest, Manifest, PersonStatement, Receipt,
    Statement, Submission, Verified, possession_message, set_digest,
};
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::ReceiptFacts;
use grace_domain::world::World;

/// The digests of the envelopes that `entry` stands on, in the order in which a pack holds them.
pub fn of(entry: &Entry) -> Vec<Digest> {
    entry.event.info().evidence.envelopes
}

/// Checks that `envelopes` (as [`of`] names them) were signed by whom the entry says, and say what it says. `world` is
/// what the entries before say.
pub(crate) fn check(world: &World, entry: &Entry, envelopes: &[Envelope]) -> Result<(), String> {
    let check = Check { world, entry };
    let [envelope] = envelopes else { return Ok(()) };
    match &entry.event {
        Event::World(_) => Ok(()),
        Event::Update(id, event) => check.update(id.as_str(), event, envelope),
        Event::Handshake(id, event) => check.handshake(id.as_str(), event, envelope),
        Event::Component(id, event) => check.component(id, event, envelope),
    }
}

struct Check<'a> {
    world: &'a World,
    entry: &'a Entry,
}

impl Check<'_> {
    fn update(&self, id: &str, event: &UpdateEvent, envelope: &Envelope) -> Result<(), String> {
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
                let s: Submission = self.person(by, envelope)?;
                same(
                    "the submission",
                    s.id.as_str() == id
                        && s.parts == *parts
                        && s.set == *set
                        && set_digest(parts) == *set
                        && s.title == *title
                        && s.description == *description
                        && s.refs == *refs
                        && s.security_impact == *security_impact
                        && s.risk_level == *declared,
                )
            }
            UpdateEvent::Approval { by, decision, bound, .. } => {
                self.approval(id, by, *decision, bound, envelope)
            }
            UpdateEvent::Kept { by } => self.act(by, envelope, Act::Keep, id).map(drop),
            UpdateEvent::Withdrawn { by } => self.act(by, envelope, Act::Withdraw, id).map(drop),
            UpdateEvent::Retried { by, .. } => self.act(by, envelope, Act::Retry, id).map(drop),
            UpdateEvent::RollbackReviewed { by, .. } => self.act(by, envelope, Act::Review, id).map(drop),
            UpdateEvent::RollbackStarted { by: Some(by), reason, .. } => {
                let signed = self.act(by, envelope, Act::Rollback, id)?;
                same("the reason", signed == *reason)
            }
            UpdateEvent::Packaged(package) => {
                let verified: Verified<Manifest> = self.verified(envelope, self.world.engine_key())?;
                same(
                    "the package",
                    verified.statement.update.as_str() == id
                        && verified.statement.rollback_plan() == package.rollback_plan,
                )
            }
            UpdateEvent::Receipt(facts) => self.receipt(id, facts, envelope),
            _ => Ok(()),
        }
    }

    fn handshake(&self, id: &str, event: &HandshakeEvent, envelope: &Envelope) -> Result<(), String> {
        match event {
            HandshakeEvent::Requested { component, facts, by, .. } => {
                let s: HandshakeRequest = self.person(by, envelope)?;
                let message = possession_message(self.world.origin(), &s.id, &s.component, &s.nonce);
                let proof = hex::decode(&s.possession).ok().and_then(|p| <[u8; 64]>::try_from(p).ok());
                let held = proof.is_some_and(|p| facts.key.verify(&message, &p).is_ok());
                same(
                    "the request",
                    s.id.as_str() == id
                        && s.component == *component
                        && s.public_key == facts.key
                        && s.title == facts.title,
                )?;
                same("the proof that the component holds its key", held)
            }
            HandshakeEvent::Approval { by, decision, bound, .. } => {
                self.approval(id, by, *decision, bound, envelope)
            }
            HandshakeEvent::Ack(ack) => self.ack(id, ack, envelope, true),
            HandshakeEvent::AckNotCounted { ack, .. } => self.ack(id, ack, envelope, false),
            _ => Ok(()),
        }
    }

    fn approval(
        &self,
        id: &str,
        by: &Signed,
        decision: Decision,
        bound: &Digest,
        envelope: &Envelope,
    ) -> Result<(), String> {
        let s: ApprovalStatement = self.person(by, envelope)?;
        same(
            "the approval",
            s.subject == id
                && s.decision == decision
                && s.bound() == *bound
                && s.nonce == by.nonce
                && s.reason == by.reason,
        )
    }

    fn component(&self, id: &ComponentId, event: &ComponentEvent, envelope: &Envelope) -> Result<(), String> {
        match event {
            ComponentEvent::Adopted { by, .. } => self.act(by, envelope, Act::Adopt, id.as_str()).map(drop),
            ComponentEvent::RestoreStarted { by } => {
                self.act(by, envelope, Act::Restore, id.as_str()).map(drop)
            }
            ComponentEvent::Restored { digest, .. } => {
                let key = self.component_key(id)?;
                let verified: Verified<Receipt> = self.verified(envelope, key)?;
                same(
                    "the receipt",
                    verified.statement.component == *id && verified.statement.after == *digest,
                )
            }
            _ => Ok(()),
        }
    }

    /// The reason that was signed.
    fn act(&self, by: &Signed, envelope: &Envelope, act: Act, subject: &str) -> Result<SealedText, String> {
        let s: ActStatement = self.person(by, envelope)?;
        same(
            "the signed act",
            s.act == act && s.subject == subject && s.nonce == by.nonce && s.reason == by.reason,
        )?;
        Ok(s.reason)
    }

    fn receipt(&self, id: &str, facts: &ReceiptFacts, envelope: &Envelope) -> Result<(), String> {
        let key = self.world.receipt_key(&facts.component);
        let key = key.ok_or_else(|| format!("no key of {} is registered", facts.component))?;
        let verified: Verified<Receipt> = self.verified(envelope, key)?;
        let s = verified.statement;
        same(
            "the receipt",
            key == facts.key
                && s.update.as_str() == id
                && s.component == facts.component
                && s.act == facts.act
                && s.result == facts.result
                && says(&facts.reason, &s.reason)
                && s.before == facts.before
                && s.after == facts.after,
        )
    }

    fn ack(&self, id: &str, ack: &AckFacts, envelope: &Envelope, counted: bool) -> Result<(), String> {
        let key = self.component_key(&ack.by)?;
        let verified: Verified<Ack> = self.verified(envelope, key)?;
        let s = verified.statement;
        // An answer that is logged and not counted may name another handshake: that is then why it is not counted.
        same(
            "the acknowledgement",
            key == ack.key
                && s.by == ack.by
                && s.vote == ack.vote
                && s.reason == ack.reason
                && (!counted || s.handshake.as_str() == id),
        )
    }

    fn component_key(&self, id: &ComponentId) -> Result<PublicKey, String> {
        let component = self.world.components.get(id);
        component.map(|c| c.facts().key).ok_or_else(|| format!("no key of {id} is registered"))
    }

    fn person<T: PersonStatement>(&self, by: &Signed, envelope: &Envelope) -> Result<T, String> {
        let people = self.world.people();
        let person = people.get(&by.person).ok_or_else(|| format!("{} is not registered", by.person))?;
        if !person.keys.contains(&by.key) {
            return Err(format!("the key {} is not registered for {}", by.key.fingerprint(), by.person));
        }
        if person.is_service() && !T::BY_SERVICES {
            return Err(format!("{} is a service and cannot sign that", by.person));
        }
        let verified: Verified<T> = self.verified(envelope, by.key)?;
        same("the signer", verified.statement.person() == &by.person)?;
        same("the time of the signature", self.entry.at < verified.statement.expires())?;
        Ok(verified.statement)
    }

    fn verified<T: Statement>(&self, envelope: &Envelope, key: PublicKey) -> Result<Verified<T>, String> {
        statement::verify(envelope, self.world.origin(), &[key]).map_err(|e| e.to_string())
    }
}

/// Whether a text is the one that was signed; one that is redacted contradicts nothing.
fn says(sealed: &SealedText, signed: &str) -> bool {
    sealed.text().is_none_or(|text| text == signed)
}

fn same(what: &str, holds: bool) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{what} does not say what the entry says")) }
}
