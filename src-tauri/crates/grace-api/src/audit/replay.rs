//! The rules played again over the log: an engine that signed a breach of its own policy is found by whoever audits.
//!
//! Owns the few invariants that signatures alone do not show: nothing was distributed or announced without the
//! approvals that the policy of the genesis entry demands, and "rolled back" was said only of equal digests. Holds
//! open aggregates only.

use grace_domain::event::{Entry, Event, HandshakeEvent, Recorded, UpdateEvent};
use grace_domain::handshake::Handshake;
use grace_domain::ids::UpdateId;
use grace_domain::time::Timestamp;
use grace_domain::update::Update;
use grace_domain::world::{Genesis, World};

/// The world as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Replay {
    world: Option<World>,
}

impl Replay {
    /// Judges the next entry by what came before it, then takes it in.
    pub(super) fn take(&mut self, seq: u64, entry: Entry) -> Result<(), String> {
        let recorded = Recorded { seq, entry };
        let Some(world) = &mut self.world else {
            let genesis = Genesis::read(&recorded).map_err(|e| e.to_string())?;
            self.world = Some(World::new(genesis));
            return Ok(());
        };
        let at = recorded.entry.at;
        match &recorded.entry.event {
            Event::Update(id, event) => judge_update(world, id, event, at)?,
            Event::Handshake(id, HandshakeEvent::Announced { .. }) => {
                let known = world.handshakes.get(id).ok_or("it was announced before it was requested")?;
                judge_announcement(world, known, at)?;
            }
            Event::World(_) | Event::Handshake(..) | Event::Component(..) => {}
        }
        world.evolve(&recorded);
        if ends(&recorded.entry.event) {
            world.prune();
        }
        Ok(())
    }
}

fn judge_update(world: &World, id: &UpdateId, event: &UpdateEvent, at: Timestamp) -> Result<(), String> {
    let known = || world.updates.get(id).ok_or_else(|| format!("{id} is not open"));
    match event {
        UpdateEvent::Approved { .. } | UpdateEvent::Distributing { .. } => {
            let update: &Update = known()?;
            let genesis = &world.genesis;
            if update.tally(&genesis.policy, &genesis.people, at).passed {
                Ok(())
            } else {
                Err(format!("{id} went on without the approvals that the policy demands"))
            }
        }
        UpdateEvent::RolledBack { .. } => judge_rollback(known()?),
        _ => Ok(()),
    }
}

/// Law 5: said only after every component's digest equals the one from before.
fn judge_rollback(update: &Update) -> Result<(), String> {
    let restored =
        update.rollback.as_ref().zip(update.package.as_ref()).is_some_and(|(rollback, package)| {
            rollback.components.iter().all(|id| {
                let newest = rollback.receipts.iter().rev().find(|(r, _, _)| r.component == *id);
                let before = package.components.get(id).map(|c| c.before);
                newest.is_some_and(|(r, _, _)| Some(r.after) == before)
            })
        });
    if restored {
        Ok(())
    } else {
        Err(format!("{} is called rolled back, its receipts say otherwise", update.id))
    }
}

fn judge_announcement(world: &World, handshake: &Handshake, at: Timestamp) -> Result<(), String> {
    let genesis = &world.genesis;
    if handshake.tally(&genesis.policy, &genesis.people, at).passed {
        Ok(())
    } else {
        Err(format!("{} was announced without the approvals that the policy demands", handshake.id))
    }
}

/// Whether something may have ended, so that it needs no memory any more.
fn ends(event: &Event) -> bool {
    match event {
        Event::World(_) => false,
        Event::Update(_, e) => matches!(
            e,
            UpdateEvent::Stable {}
                | UpdateEvent::Kept { .. }
                | UpdateEvent::Failed { .. }
                | UpdateEvent::Refused { .. }
                | UpdateEvent::Cancelled { .. }
                | UpdateEvent::RolledBack { .. }
                | UpdateEvent::RollbackFailed { .. }
        ),
        Event::Handshake(_, e) => matches!(
            e,
            HandshakeEvent::Validated {}
                | HandshakeEvent::QuorumFailed { .. }
                | HandshakeEvent::RefusedBy { .. }
                | HandshakeEvent::Refused { .. }
                | HandshakeEvent::Suspended { .. }
        ),
        Event::Component(..) => true,
    }
}
