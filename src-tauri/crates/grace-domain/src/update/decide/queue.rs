//! Time went by, or something else ended: an update expires, prepares again, waits with its reason, or gets its turn.
//!
//! Owns the order of updates on a component. Never takes an update past approvals that do not count any more.

use super::cards::{card, on, since};
use super::in_use::in_use;
use crate::component::state::ComponentPhase;
use crate::core::codes::Code;
use crate::core::count::counted;
use crate::core::ids::{ComponentId, UpdateId};
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::log::event::Event;
use crate::update::event::UpdateEvent;
use crate::update::evidence::CardVerdict;
use crate::update::state::{Update, UpdatePhase};
use crate::world::World;
use std::fmt;

/// What keeps an approved update from its turn. Displays as the clause that is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A freeze of the policy.
    Frozen {
        /// Its end.
        until: Timestamp,
        /// As the policy gives it.
        reason: String,
    },
    /// What it removes is needed by an open window.
    InUse {
        /// As the rule gives it.
        reason: String,
    },
    /// Another update is changing one of its components.
    Occupied {
        /// Which.
        by: UpdateId,
        /// Its version.
        version: Version,
        /// Where it stands.
        state: State,
        /// On what.
        component: ComponentId,
    },
    /// An earlier version on one of its components has its turn first.
    Earlier {
        /// Which.
        by: UpdateId,
        /// Its version.
        version: Version,
        /// On what.
        component: ComponentId,
    },
    /// A component takes no update now.
    NotReady {
        /// Which.
        component: ComponentId,
        /// Where it stands.
        state: State,
    },
    /// A component is not there.
    NotRegistered {
        /// Which.
        component: ComponentId,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frozen { until, reason } => write!(f, "frozen until {}: {reason}", until.plain()),
            Self::InUse { reason } => f.write_str(reason),
            Self::Occupied { version, state, component, .. } => {
                write!(f, "update {version} is {} on {component}", state.plain())
            }
            Self::Earlier { version, component, .. } => {
                write!(f, "update {version} goes first on {component}")
            }
            Self::NotReady { component, state } => {
                write!(f, "component {component} is not ready: {}", state.plain())
            }
            Self::NotRegistered { component } => write!(f, "component {component} is not registered"),
        }
    }
}

/// Time went by, or something else ended: may it go on?
pub fn tick(world: &World, update: &Update, now: Timestamp) -> Vec<Event> {
    match update.phase() {
        UpdatePhase::Preparing | UpdatePhase::Blocked { .. } => expire(update, now),
        UpdatePhase::AwaitingApproval => match rebase(world, update) {
            Some(event) if now < update.expires() => on(update.id(), [event]),
            _ => expire(update, now),
        },
        UpdatePhase::Approved { waiting } => {
            let expired = expire(update, now);
            if expired.is_empty() { start(world, update, waiting.as_deref(), now) } else { expired }
        }
        UpdatePhase::Distributing { .. }
        | UpdatePhase::Observing { .. }
        | UpdatePhase::Held { .. }
        | UpdatePhase::RollingBack
        | UpdatePhase::Stable
        | UpdatePhase::RolledBack
        | UpdatePhase::RollbackFailed
        | UpdatePhase::Failed { .. }
        | UpdatePhase::Refused { .. }
        | UpdatePhase::Withdrawn => Vec::new(),
    }
}

fn expire(update: &Update, now: Timestamp) -> Vec<Event> {
    if now < update.expires() {
        return Vec::new();
    }
    let code = Code::SubmissionExpired;
    let reason = format!("not distributed until {}", update.expires().plain());
    let mut events = Vec::new();
    if update.card(1).is_none() {
        let ms = since(update.created(), now);
        events.push(UpdateEvent::Stage(card(update, 1, CardVerdict::Failed, code, reason.clone(), ms)));
    }
    events.push(UpdateEvent::Refused { code, reason: reason.into() });
    on(update.id(), events)
}

/// The base of the package is not what is installed any more, and nobody is changing it at the moment.
fn rebase(world: &World, update: &Update) -> Option<UpdateEvent> {
    let package = update.package()?;
    let packaged = update.card(5).map(|card| card.seq);
    let changed = package.components.iter().find_map(|(id, plan)| {
        if world.occupant_of(id, update).is_some() {
            return None;
        }
        let c = world.components().get(id).filter(|c| *c.phase() == ComponentPhase::Active)?;
        // Another target, other commands: what was approved was about what it was before.
        if packaged.is_some_and(|seq| c.registered_seq() > seq) {
            return Some(format!("component {id} joined anew"));
        }
        let expected = c.expected(update.document());
        expected.is_some_and(|d| d != plan.before).then(|| format!("the content of {id} changed"))
    })?;
    Some(UpdateEvent::Rebased {
        attempt: update.attempt().saturating_add(1),
        reason: format!("{changed}; approvals so far are void").into(),
    })
}

fn start(world: &World, update: &Update, waiting: Option<&str>, now: Timestamp) -> Vec<Event> {
    if let Some(reason) = in_the_way(world, update, now) {
        let reason = reason.to_string();
        let same = waiting == Some(reason.as_str());
        return if same {
            Vec::new()
        } else {
            on(update.id(), [UpdateEvent::Waiting { reason: reason.into() }])
        };
    }
    if let Some(event) = rebase(world, update) {
        return on(update.id(), [event]);
    }
    let have = match update.release(world.policy_of(update.policy()), world.people(), now) {
        Ok(approved) => approved.have,
        Err(not) => {
            let reason = format!("only {} still valid", counted(not.have, "approval"));
            return on(update.id(), [UpdateEvent::ApprovalLapsed { reason: reason.into() }]);
        }
    };
    let Some(first) = update.components().first() else { return Vec::new() };
    on(
        update.id(),
        [UpdateEvent::Distributing { have }, UpdateEvent::ApplyStarted { component: first.clone() }],
    )
}

/// What keeps an approved update from its turn now; `None` when nothing does.
pub fn in_the_way(world: &World, update: &Update, now: Timestamp) -> Option<Obstacle> {
    if let Some(freeze) = world.policy().frozen(now) {
        return Some(Obstacle::Frozen { until: freeze.to, reason: freeze.reason.clone() });
    }
    if let Err(refusal) = in_use(world, update, false) {
        return Some(Obstacle::InUse { reason: refusal.message });
    }
    for id in update.components() {
        if let Some(other) = world.occupant_of(id, update) {
            return Some(Obstacle::Occupied {
                by: other.id().clone(),
                version: other.version(),
                state: other.state(),
                component: id.clone(),
            });
        }
        let earlier = world.updates_on(id).find(|u| {
            u.version() < update.version()
                && matches!(u.phase(), UpdatePhase::Approved { .. })
                && u.meets(update)
        });
        if let Some(other) = earlier {
            return Some(Obstacle::Earlier {
                by: other.id().clone(),
                version: other.version(),
                component: id.clone(),
            });
        }
        match world.components().get(id) {
            Some(c) if *c.phase() == ComponentPhase::Active => {}
            Some(c) => {
                return Some(Obstacle::NotReady { component: id.clone(), state: c.phase().state() });
            }
            None => return Some(Obstacle::NotRegistered { component: id.clone() }),
        }
    }
    None
}
