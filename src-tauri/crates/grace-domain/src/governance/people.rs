//! Who may sign: persons and services with their keys and groups, and the keys that could bring a world back.
//!
//! Owns these facts of the genesis. Never says what anybody may do: that is the policy.

use crate::core::ids::{GroupId, PersonId};
use crate::core::limits;
use crate::core::sealed_text::SealedText;
use crate::crypto::keys::PublicKey;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A person: registered keys and groups. Fixed at genesis in this release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Full name or role.
    pub name: SealedText,
    /// Whether somebody or something.
    #[serde(default, skip_serializing_if = "PersonKind::is_person")]
    pub kind: PersonKind,
    /// The person who answers for a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<PersonId>,
    /// Groups that a policy may demand.
    #[serde(default)]
    pub groups: BTreeSet<GroupId>,
    /// Registered public keys, at least one.
    pub keys: Vec<PublicKey>,
}

impl Person {
    /// Somebody with a name, groups and keys.
    pub fn new(name: impl Into<SealedText>, groups: BTreeSet<GroupId>, keys: Vec<PublicKey>) -> Self {
        Self { name: name.into(), kind: PersonKind::Person, owner: None, groups, keys }
    }

    /// Something, not somebody: it may submit and request, and its signature never counts.
    pub fn is_service(&self) -> bool {
        match self.kind {
            PersonKind::Person => false,
            PersonKind::Service => true,
        }
    }
}

/// Whether somebody or something signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// A human being.
    #[default]
    Person,
    /// A program with a key of its own, for which a person answers.
    Service,
}

impl PersonKind {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_person(&self) -> bool {
        *self == Self::Person
    }
}

/// Everybody who may sign.
pub type People = BTreeMap<PersonId, Person>;

/// Keys of which so many together could give a world new ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// Kept away from the world.
    pub keys: Vec<PublicKey>,
    /// How many of them must sign.
    pub threshold: u32,
}

impl Recovery {
    /// Distinct keys within the limit, none of which signs anything else, and a threshold that they can reach. `others`
    /// are the keys of everybody beside the people, and whose.
    pub fn check<'k>(
        &self,
        people: &'k People,
        others: impl IntoIterator<Item = (&'k PublicKey, &'k str)>,
    ) -> Result<(), String> {
        let distinct: BTreeSet<&[u8; 32]> = self.keys.iter().map(PublicKey::as_bytes).collect();
        let within = (1..=limits::KEYS_PER_PERSON).contains(&self.keys.len());
        if distinct.len() != self.keys.len() || !within {
            return Err(format!("recovery names 1 to {} keys, each once", limits::KEYS_PER_PERSON));
        }
        let of_people = people.iter().flat_map(|(id, p)| p.keys.iter().map(move |key| (key, id.as_str())));
        if let Some((key, whose)) = of_people.chain(others).find(|(key, _)| distinct.contains(key.as_bytes()))
        {
            return Err(format!("the recovery key {} is that of {whose}", key.crypto_id()));
        }
        if self.threshold == 0 || self.threshold as usize > self.keys.len() {
            return Err(format!("recovery needs 1 to {} of its keys", self.keys.len()));
        }
        Ok(())
    }
}

/// Whoever answers for a service is registered, and a person who answers for none else.
pub fn check_owners(people: &People) -> Result<(), String> {
    for (id, person) in people {
        let owner = person.owner.as_ref().map(|owner| (owner, people.get(owner)));
        match (person.kind, owner) {
            (PersonKind::Person, None) => {}
            (PersonKind::Person, Some(_)) => {
                return Err(format!("person {id} has an owner, as only a service has"));
            }
            (PersonKind::Service, None) => return Err(format!("nobody answers for the service {id}")),
            (PersonKind::Service, Some((_, Some(found)))) if found.kind == PersonKind::Person => {}
            (PersonKind::Service, Some((owner, _))) => {
                return Err(format!("the owner of {id}, {owner}, is no registered person"));
            }
        }
    }
    Ok(())
}
