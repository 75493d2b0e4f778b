//! What an input means for a component: a signed adopt or restore, and how a restore ended. What updates and handshakes do
//! to it is decided where they are.
//!
//! Owns these decisions. Never inspects a target.

use crate::component::event::ComponentEvent;
use crate::component::state::{Component, ComponentPhase};
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::UpdateId;
use crate::core::refusal::Refusal;
use crate::governance::checks::{check_nonce, check_reason, check_subject};
use crate::log::actor::Signed;
use crate::log::event::Event;
use crate::statement::{Act, ActStatement, ReceiptAct, ReceiptResult, Verified};
use crate::update::evidence::ReceiptFacts;
use crate::update::receipts::{check_bounds, check_key};

/// What a scan of the target found, for an adoption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// Managed digest.
    pub digest: Digest,
    /// Tree blob, already durable with every file's content.
    pub tree: Digest,
}

/// Decides a signed adopt or restore. `found` is what the caller's scan saw just before.
pub fn decide_act(
    component: &Component,
    act: &Verified<ActStatement>,
    found: &Scanned,
    busy: Option<&UpdateId>,
) -> Result<Vec<Event>, Refusal> {
    let s = &act.statement;
    check_subject(&s.subject, component.id().as_str(), "component")?;
    check_reason(s)?;
    component.may_adopt_or_restore()?;
    if let Some(update) = busy {
        return Err(Refusal::conflict(
            Code::ComponentBusy,
            format!("update {update} is changing {} now", component.id()),
            "wait until the update has ended",
        ));
    }
    check_nonce(component.nonces(), &s.nonce)?;
    if s.digest != found.digest {
        return Err(Refusal::conflict(
            Code::WrongDigest,
            format!("component {} was signed as {} but is {} now", component.id(), s.digest, found.digest),
            "look at what is there now and sign again",
        ));
    }
    // Taken, an adoption would forget what is installed there, and with it its rollback.
    if matches!(s.act, Act::Adopt | Act::Restore)
        && component.digest() == Some(found.digest)
        && matches!(component.phase(), ComponentPhase::Active)
    {
        let code = if s.act == Act::Adopt { Code::NothingToAdopt } else { Code::NothingToRestore };
        return Err(Refusal::conflict(
            code,
            format!("what is on {} is what was installed", component.id()),
            format!("the act {} is for a component whose content is not ours any more", s.act.as_str()),
        ));
    }
    let by = Signed::of(act, &s.person, &s.nonce, &s.reason);
    let event = match s.act {
        Act::Adopt => ComponentEvent::Adopted { by, digest: found.digest, tree: found.tree },
        Act::Restore => ComponentEvent::RestoreStarted { by },
        Act::Withdraw | Act::Retry | Act::Keep | Act::Rollback | Act::Review => {
            return Err(Refusal::invalid(
                Code::WrongAct,
                format!("the act {} is not one on a component", s.act.as_str()),
                "use adopt or restore",
            ));
        }
    };
    Ok(vec![Event::Component(component.id().clone(), event)])
}

/// A restore could not be tried, or nothing could be signed for it: it failed, and adopt or restore lead out.
pub fn decide_not_restored(component: &Component, reason: &str) -> Vec<Event> {
    if *component.phase() != ComponentPhase::Restoring {
        return Vec::new();
    }
    let reason = format!("restore failed: {reason}; mend it, then restore or adopt the component").into();
    vec![Event::Component(component.id().clone(), ComponentEvent::RestoreFailed { reason, receipt: None })]
}

/// Decides what the receipt of a restore means.
pub fn decide_restored(component: &Component, receipt: &ReceiptFacts) -> Result<Vec<Event>, Refusal> {
    if *component.phase() != ComponentPhase::Restoring || receipt.act != ReceiptAct::Restore {
        return Err(Refusal::conflict(Code::WrongState, "no restore is under way", "nothing to do"));
    }
    check_key(Some(component.facts().key), receipt)?;
    check_bounds(receipt)?;
    let event = if receipt.result == ReceiptResult::Applied && Some(receipt.after) == component.digest() {
        ComponentEvent::Restored { digest: receipt.after, receipt: receipt.envelope }
    } else {
        let reason = format!("restore failed: {}", receipt.reason).into();
        ComponentEvent::RestoreFailed { reason, receipt: Some(receipt.envelope) }
    };
    Ok(vec![Event::Component(component.id().clone(), event)])
}
