//! The rules played again over the log: an engine that signed a breach of its own policy is found by whoever audits.
//!
//! Owns the few invariants that signatures alone do not show: nothing was distributed or announced without the
//! approvals that the policy of the genesis entry demands, nobody joined without the acknowledgements that it demands
//! or as another than was requested, "rolled back" was said only of equal digests, and nobody reviewed a rollback of
//! their own. Holds open aggregates and reviews that are still needed only.

use grace_domain::component::event::{ComponentEvent, ComponentFacts};
use grace_domain::core::ids::ComponentId;
use grace_domain::core::ids::UpdateId;
use grace_domain::core::time::Timestamp;
use grace_domain::handshake::event::HandshakeEvent;
use grace_domain::handshake::{Handshake, HandshakePhase};
use grace_domain::log::{Entry, Event, Recorded, Signed};
use grace_domain::update::Update;
use grace_domain::update::event::UpdateEvent;
use grace_domain::world::{Genesis, World};
use std::collections::BTreeMap;

/// The world as far as it was read.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    world: Option<World>,
    /// Somebody has requested something: the components of the genesis are all there.
    founded: bool,
    /// Who requested the rollbacks that need a review.
    reviews_needed: BTreeMap<UpdateId, Signed>,
}

impl Replay {
    /// What the entries so far say; `None` before the first.
    pub(crate) fn world(&self) -> Option<&World> {
        self.world.as_ref()
    }

    /// Judges the next entry by what came before it, then takes it in.
    pub(crate) fn take(&mut self, seq: u64, entry: Entry) -> Result<(), String> {
        let recorded = Recorded { seq, entry };
        let Some(world) = &mut self.world else {
            let genesis = Genesis::read(&recorded).map_err(|e| e.to_string())?;
            self.world = Some(World::new(genesis));
            return Ok(());
        };
        let subject = recorded.entry.event.subject();
        // What has ended is not held any more; of such a subject only the order is known.
        let (known, prev) = (world.last_seq(&subject), recorded.entry.prev);
        if known.is_some() && prev != known || prev.is_some_and(|prev| prev >= seq) {
            return Err(format!("it does not go on from the entry of {subject} before it"));
        }
        let at = recorded.entry.at;
        match &recorded.entry.event {
            Event::Update(id, event) => {
                judge_update(world, id, event, at)?;
                judge_review(&mut self.reviews_needed, id, event)?;
            }
            Event::Handshake(id, HandshakeEvent::Announced { .. }) => {
                let known = world.handshakes().get(id).ok_or("it was announced before it was requested")?;
                judge_announcement(world, known, at)?;
            }
            Event::Handshake(id, HandshakeEvent::Integrated { .. }) => {
                let known = world.handshakes().get(id).ok_or("it was integrated before it was requested")?;
                judge_quorum(world, known)?;
            }
            Event::Component(id, ComponentEvent::Registered { facts, handshake }) => match handshake {
                Some(handshake) => {
                    let known = world
                        .handshakes()
                        .get(handshake)
                        .filter(|h| *h.phase() == HandshakePhase::Integrated);
                    judge_registration(id, facts, known.map(AsRef::as_ref))?;
                }
                None if self.founded => judge_registration(id, facts, None)?,
                None => {}
            },
            Event::World(_) | Event::Handshake(..) | Event::Component(..) => {}
        }
        self.founded |= matches!(&recorded.entry.event, Event::Update(..) | Event::Handshake(..));
        world.evolve(&recorded);
        // Its own end, or that a component forgets what ended before.
        if recorded.entry.event.info().ends || matches!(recorded.entry.event, Event::Component(..)) {
            world.prune();
        }
        Ok(())
    }
}

fn judge_update(world: &World, id: &UpdateId, event: &UpdateEvent, at: Timestamp) -> Result<(), String> {
    let known = || world.updates().get(id).ok_or_else(|| format!("{id} is not open"));
    match event {
        UpdateEvent::Approved { .. } | UpdateEvent::Distributing { .. } => {
            let update: &Update = known()?;
            if update.tally(world.policy_of(update.policy()), world.people(), at).passed {
                Ok(())
            } else {
                Err(format!("{id} went on without the approvals that the policy demands"))
            }
        }
        UpdateEvent::RolledBack { .. } => judge_rollback(known()?),
        _ => Ok(()),
    }
}

/// By whoever did not request the rollback, and once.
fn judge_review(
    reviews_needed: &mut BTreeMap<UpdateId, Signed>,
    id: &UpdateId,
    event: &UpdateEvent,
) -> Result<(), String> {
    match event {
        UpdateEvent::RollbackStarted { by: Some(by), review_needed: true, .. } => {
            reviews_needed.insert(id.clone(), by.clone());
        }
        UpdateEvent::RollbackReviewed { by, .. } => {
            let requested_by = reviews_needed.remove(id).ok_or_else(|| format!("{id} needed no review"))?;
            if requested_by.person == by.person || requested_by.key == by.key {
                return Err(format!("{} reviewed a rollback of their own: {id}", by.person));
            }
        }
        _ => {}
    }
    Ok(())
}

/// Law 5: said only after every component's digest equals the one from before.
fn judge_rollback(update: &Update) -> Result<(), String> {
    let restored = update.rollback().zip(update.package()).is_some_and(|(rollback, package)| {
        rollback.components.iter().all(|id| {
            let newest = rollback.receipts.iter().rev().find(|(r, _, _)| r.component == *id);
            let before = package.components.get(id).map(|c| c.before);
            newest.is_some_and(|(r, _, _)| Some(r.after) == before)
        })
    });
    if restored {
        Ok(())
    } else {
        Err(format!("{} is called rolled back, its receipts say otherwise", update.id()))
    }
}

fn judge_announcement(world: &World, handshake: &Handshake, at: Timestamp) -> Result<(), String> {
    if handshake.tally(world.policy_of(handshake.policy()), world.people(), at).passed {
        Ok(())
    } else {
        Err(format!("{} was announced without the approvals that the policy demands", handshake.id()))
    }
}

/// Whoever is not required makes no quorum.
fn judge_quorum(world: &World, handshake: &Handshake) -> Result<(), String> {
    let policy = &world.policy_of(handshake.policy()).handshake;
    let counted = handshake.acknowledged().into_iter().filter(|by| policy.required.contains(by)).count();
    if counted >= policy.quorum as usize {
        Ok(())
    } else {
        Err(format!("{} was integrated without the acknowledgements that the policy demands", handshake.id()))
    }
}

/// Somebody becomes what the integrated handshake requested: with its key, and no other. Titles are texts and may be
/// redacted in either entry; they decide nothing.
fn judge_registration(
    id: &ComponentId,
    facts: &ComponentFacts,
    integrated: Option<&Handshake>,
) -> Result<(), String> {
    let Some(handshake) = integrated else {
        return Err(format!("{id} was registered without a handshake that was integrated"));
    };
    let requested = ComponentFacts { title: facts.title.clone(), ..handshake.facts().clone() };
    if *handshake.component() == *id && requested == *facts {
        Ok(())
    } else {
        Err(format!("{id} was registered as something that is not what its handshake requested"))
    }
}
