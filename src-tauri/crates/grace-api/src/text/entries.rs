//! One plain sentence per log entry, per state and per stage.
//!
//! Owns the wording. Never decides: every sentence only repeats what an entry or a state says.

use grace_domain::component::event::ComponentEvent;
use grace_domain::core::codes::Code;
use grace_domain::core::count::counted;
use grace_domain::core::ids::ComponentId;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::event::{AckFacts, HandshakeEvent};
use grace_domain::judge::window::EvaluationReport;
use grace_domain::log::{Entry, Event, WorldEvent};
use grace_domain::statement::{ReceiptAct, ReceiptResult, Vote};
use grace_domain::update::StageName;
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::{CardFacts, CardVerdict, ReceiptFacts};

use super::phrases::{abbreviated, clause, duration, ordinal};
use crate::diff::visible;

/// What an entry says.
pub(crate) fn of_entry(entry: &Entry) -> String {
    match &entry.event {
        Event::World(event) => of_world(event),
        Event::Update(_, event) => of_update(event),
        Event::Handshake(_, event) => of_handshake(event),
        Event::Component(_, event) => of_component(event),
    }
}

fn of_world(event: &WorldEvent) -> String {
    match event {
        WorldEvent::Created { name, simulation, people, .. } => {
            let kind = if *simulation { "Simulated world" } else { "World" };
            format!("{kind} {} created with {}.", visible(name), counted(people.len(), "person"))
        }
        WorldEvent::EngineStarted { version, epoch } => {
            format!(
                "Engine {} started: the {} opening of the world, counted from its making.",
                visible(version),
                ordinal(*epoch)
            )
        }
        WorldEvent::ClockSetBack { before } => {
            format!("The clock was set back: it had shown {}.", before.plain())
        }
    }
}

fn of_update(event: &UpdateEvent) -> String {
    match event {
        UpdateEvent::Proposed { title, parts, by, declared, .. } => format!(
            "{} submitted “{}” for {} at risk {}.",
            by.person,
            visible(title),
            list(parts.iter().flat_map(|part| &part.component_targets)),
            declared.as_str()
        ),
        UpdateEvent::Stage(card) => of_card(card),
        UpdateEvent::Packaged(p) => format!(
            "Package of {} made, rollback rehearsed in {} ms; computed risk {}.",
            p.items,
            p.revert_ms,
            p.computed.as_str()
        ),
        UpdateEvent::Rebased { reason, .. } => format!("Prepared anew: {}.", clause(reason)),
        UpdateEvent::Approval { by, decision, .. } => match decision {
            Decision::Approve => format!("{} approved.", by.person),
            Decision::Deny => format!("{} denied.", by.person),
        },
        UpdateEvent::Approved { have, need } => format!("Approved: {have} of {need} signed."),
        UpdateEvent::ApprovalLapsed { reason } => format!("The approval lapsed: {}.", clause(reason)),
        UpdateEvent::Waiting { reason } => format!("Waits: {}.", clause(reason)),
        UpdateEvent::Distributing { have } => {
            format!("Distribution begins with {}.", counted(*have, "approval"))
        }
        UpdateEvent::ApplyStarted { component } => format!("{component} is about to be changed."),
        UpdateEvent::Receipt(receipt) => of_receipt(receipt),
        UpdateEvent::NoReceipt(facts) => {
            format!("{} could sign for nothing: {}.", facts.component, clause(&facts.reason))
        }
        UpdateEvent::Distributed { receipts } => distributed(u64::from(*receipts)),
        UpdateEvent::WindowOpened { length_ms, .. } => {
            format!("Observation window of {} opened.", duration(length_ms / 1000))
        }
        UpdateEvent::Evaluation(report) => of_evaluation(report),
        UpdateEvent::Stable {} => "Stable: the window ended well.".into(),
        UpdateEvent::Held { reason } => format!("Held: {}.", clause(reason)),
        UpdateEvent::Kept { by } => format!("{} keeps it.", by.person),
        UpdateEvent::Blocked { stage, reason, .. } => {
            format!("Blocked at {}: {}.", stage_name(*stage), clause(reason))
        }
        UpdateEvent::Failed { stage, reason, .. } => {
            format!("Failed at {}: {}.", stage_name(*stage), clause(reason))
        }
        // Who denied it says already that it is refused.
        UpdateEvent::Refused { code, reason } if *code == Code::Denied => format!("{}.", clause(reason)),
        UpdateEvent::Refused { reason, .. } => format!("Refused: {}.", clause(reason)),
        UpdateEvent::Withdrawn { by } => format!("{} withdrew it.", by.person),
        UpdateEvent::Retried { by, .. } => format!("{} retried it.", by.person),
        UpdateEvent::RollbackStarted { by, reason, components, .. } => match by {
            Some(by) => format!("{} rolls it back on {}: {}.", by.person, list(components), clause(reason)),
            None => format!("Rollback on {}: {}.", list(components), clause(reason)),
        },
        UpdateEvent::RolledBack { .. } => {
            "Rolled back: the content is byte for byte the one from before.".into()
        }
        UpdateEvent::RollbackReviewed { by, .. } => format!("{} reviewed the rollback.", by.person),
        UpdateEvent::RollbackFailed { reason, .. } => format!("Rollback failed: {}.", clause(reason)),
    }
}

fn of_handshake(event: &HandshakeEvent) -> String {
    match event {
        HandshakeEvent::Requested { component, by, .. } => {
            format!("{} requests that {component} may join.", by.person)
        }
        HandshakeEvent::Approval { by, decision, .. } => match decision {
            Decision::Approve => format!("{} approved.", by.person),
            Decision::Deny => format!("{} denied.", by.person),
        },
        HandshakeEvent::Announced { deadline } => {
            format!("Announced to the subsystems; answers until {}.", deadline.plain())
        }
        HandshakeEvent::Ack(ack) => of_ack(ack),
        HandshakeEvent::AckNotCounted { ack, code } => {
            format!("An answer of {} is not counted: {}.", ack.by, code.plain())
        }
        HandshakeEvent::Integrated { acks } => {
            format!("Integrated with {}.", counted(*acks, "acknowledgement"))
        }
        HandshakeEvent::Baseline { digest } => format!("First content recorded as {}.", abbreviated(digest)),
        HandshakeEvent::WindowOpened { length_ms, .. } => {
            format!("Validation window of {} opened.", duration(length_ms / 1000))
        }
        HandshakeEvent::Evaluation(report) => of_evaluation(report),
        HandshakeEvent::Validated {} => "Validated: it belongs.".into(),
        HandshakeEvent::QuorumFailed { missing } => {
            format!("No quorum: {} did not acknowledge.", list(missing))
        }
        HandshakeEvent::RefusedBy { by, reason } => format!("{by} refused: {}.", clause(reason)),
        HandshakeEvent::Refused { reason, .. } => format!("Refused: {}.", clause(reason)),
        HandshakeEvent::Suspended { reason, .. } => format!("Suspended: {}.", clause(reason)),
    }
}

fn of_component(event: &ComponentEvent) -> String {
    match event {
        ComponentEvent::Registered { facts, .. } => {
            format!("{} registered, owned by {}.", visible(&facts.title), facts.owner)
        }
        ComponentEvent::Baseline { digest, .. } => format!("Its content is {}.", abbreviated(digest)),
        ComponentEvent::Documents { documents } => {
            format!("Its registry begins with {}.", counted(documents.len(), "document"))
        }
        ComponentEvent::Activated {} => "Takes updates from now on.".into(),
        ComponentEvent::Installed { version, by, .. } => format!("Installed: {version}, submitted by {by}."),
        ComponentEvent::Reverted { digest, document: Some(document), .. } => {
            format!("The document {document} is back as before: {}.", abbreviated(digest))
        }
        ComponentEvent::Reverted { digest, .. } => format!("Back at {}.", abbreviated(digest)),
        ComponentEvent::DriftDetected { expected, found } => {
            format!(
                "Changed outside Grace: {} is there instead of {}.",
                abbreviated(found),
                abbreviated(expected)
            )
        }
        ComponentEvent::RollbackFailed { found: Some(found), .. } => {
            format!("An update could not be rolled back; {} is there.", abbreviated(found))
        }
        ComponentEvent::RollbackFailed { found: None, .. } => {
            "An update could not be rolled back, and what is there could not be inspected.".into()
        }
        ComponentEvent::Adopted { by, digest, .. } => {
            format!("{} adopted what is there ({}).", by.person, abbreviated(digest))
        }
        ComponentEvent::RestoreStarted { by } => format!("{} restores the last known content.", by.person),
        ComponentEvent::Restored { digest, .. } => format!("Restored to {}.", abbreviated(digest)),
        ComponentEvent::RestoreFailed { reason, .. } => format!("Not restored: {}.", clause(reason)),
        ComponentEvent::Suspended { reason } => format!("Suspended: {}.", clause(reason)),
        ComponentEvent::Snapshot(_) => "What its entries so far come to.".into(),
    }
}

fn of_card(card: &CardFacts) -> String {
    let verdict = match card.verdict {
        CardVerdict::Passed => "passed",
        CardVerdict::Failed => "failed",
        CardVerdict::Blocked => "blocked",
    };
    format!("Stage {} {verdict}: {}.", card.n, clause(&card.sentence))
}

fn of_receipt(receipt: &ReceiptFacts) -> String {
    let component = &receipt.component;
    match (receipt.result, receipt.act) {
        (ReceiptResult::Applied, ReceiptAct::Apply) => {
            format!("{component} applied and verified it in {} ms.", receipt.ms)
        }
        (ReceiptResult::Applied, ReceiptAct::Revert) => {
            format!("{component} put the earlier content back in {} ms.", receipt.ms)
        }
        (ReceiptResult::Applied, ReceiptAct::Restore) => {
            format!("{component} restored its content in {} ms.", receipt.ms)
        }
        (ReceiptResult::Refused, _) => format!("{component} refused: {}.", clause(&receipt.reason)),
        (ReceiptResult::Undone, _) => {
            format!("{component} failed and is as before: {}.", clause(&receipt.reason))
        }
        (ReceiptResult::Dirty, _) => {
            format!("{component} failed and is not as before: {}.", clause(&receipt.reason))
        }
    }
}

fn of_evaluation(report: &EvaluationReport) -> String {
    if report.reason.is_empty() {
        format!("Evaluation {}: {}.", report.evaluations, report.verdict.plain())
    } else {
        format!("Evaluation {}: {} – {}.", report.evaluations, report.verdict.plain(), clause(&report.reason))
    }
}

fn of_ack(ack: &AckFacts) -> String {
    match ack.vote {
        Vote::Ack if ack.adjustments.is_empty() => format!("{} acknowledged.", ack.by),
        Vote::Ack => {
            format!("{} acknowledged with {}.", ack.by, counted(ack.adjustments.len(), "adjustment"))
        }
        Vote::Nack => format!("{} refused: {}.", ack.by, clause(&ack.reason)),
    }
}

/// That every receipt is there.
fn distributed(receipts: u64) -> String {
    match receipts {
        1 => "Distributed: its receipt is there.".into(),
        n => format!("Distributed: all {} are there.", counted(n, "receipt")),
    }
}

/// The stage's name, `stage 9` for what is none.
pub(crate) fn stage_name(n: u8) -> String {
    StageName::of(n).map_or_else(|| format!("stage {n}"), |name| name.label().to_owned())
}

fn list<'a>(ids: impl IntoIterator<Item = &'a ComponentId>) -> String {
    ids.into_iter().map(ComponentId::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_receipt_is_not_all_of_them() {
        assert_eq!(distributed(1), "Distributed: its receipt is there.");
        assert_eq!(distributed(2), "Distributed: all 2 receipts are there.");
    }
}
