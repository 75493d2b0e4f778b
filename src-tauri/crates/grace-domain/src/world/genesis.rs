//! The first entry of a log: who may sign, under which policy.
//!
//! Owns what it must hold together. Never changes.

use crate::core::digest::Digest;
use crate::crypto::keys::PublicKey;
use crate::governance::people::Recovery;
use crate::governance::policy::{People, Policy};
use crate::log::entry::Recorded;
use crate::log::event::Event;
use crate::log::world::WorldEvent;

/// What the genesis entry says.
#[derive(Debug, Clone)]
pub struct Genesis {
    pub(super) name: String,
    pub(super) origin: String,
    pub(super) simulation: bool,
    pub(super) people: People,
    pub(super) policy: Policy,
    pub(super) policy_digest: Digest,
    pub(super) engine_key: PublicKey,
    pub(super) recovery: Option<Recovery>,
}

/// A first entry that is not a genesis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Entry 0 is of another type.
    #[error("entry 0 is not world.created")]
    NotGenesis,
    /// Its policy does not read.
    #[error("the policy in the genesis entry does not read: {0}")]
    Policy(String),
    /// Its recovery keys do not hold together.
    #[error("the genesis entry: {0}")]
    Recovery(String),
}

impl Genesis {
    /// Reads entry 0.
    pub fn read(recorded: &Recorded) -> Result<Self, GenesisError> {
        let Event::World(WorldEvent::Created {
            name,
            origin,
            simulation,
            people,
            policy,
            policy_text,
            engine_key,
            recovery,
        }) = &recorded.entry.event
        else {
            return Err(GenesisError::NotGenesis);
        };
        if Digest::of(policy_text.as_bytes()) != *policy {
            return Err(GenesisError::Policy("its digest differs".into()));
        }
        let document: Policy =
            serde_json::from_str(policy_text).map_err(|e| GenesisError::Policy(e.to_string()))?;
        document.check(people).map_err(|e| GenesisError::Policy(e.to_string()))?;
        if let Some(recovery) = recovery {
            recovery.check(people, [(engine_key, "the engine")]).map_err(GenesisError::Recovery)?;
        }
        Ok(Self {
            name: name.clone(),
            origin: origin.clone(),
            simulation: *simulation,
            people: people.clone(),
            policy: document,
            policy_digest: *policy,
            engine_key: *engine_key,
            recovery: recovery.clone(),
        })
    }
}
