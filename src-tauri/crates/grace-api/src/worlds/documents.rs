//! What people write to make a world: `people.yaml`, `policy.yaml`, and other documents of theirs.
//!
//! Owns reading them strictly and saying what is wrong with them before anything is made. Never makes anything.

use grace_domain::core::codes::Code;
use std::collections::{BTreeMap, BTreeSet};

use grace_domain::core::ids::{ComponentId, GroupId, PersonId};
use grace_domain::core::limits;
use grace_domain::core::visible::check;
use grace_domain::crypto::keys::PublicKey;
use grace_domain::governance::policy::{People, Person, PersonKind, Policy, PolicyError, Recovery};
use grace_domain::governance::unmet::Unmet;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// `people.yaml`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleDocument {
    pub(super) persons: BTreeMap<PersonId, PersonDocument>,
    /// Acknowledgers with keys of their own; the others are simulated by the engine.
    #[serde(default)]
    pub(super) acknowledgers: BTreeMap<ComponentId, PublicKey>,
    /// Keys that could bring the world back.
    #[serde(default)]
    pub(super) recovery: Option<Recovery>,
}

/// One person of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonDocument {
    name: String,
    #[serde(default)]
    kind: PersonKind,
    #[serde(default)]
    owner: Option<PersonId>,
    #[serde(default)]
    groups: BTreeSet<GroupId>,
    keys: Vec<PublicKey>,
}

impl PeopleDocument {
    /// Says what is wrong with the people alone.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if self.persons.is_empty() {
            return Err(refused(
                Code::NoPersons,
                "The people document names nobody",
                "Name at least one person.",
            ));
        }
        for (id, person) in &self.persons {
            let name = person.name.trim();
            if name.is_empty() || name.len() > limits::NAME_BYTES || check("a name", name).is_err() {
                let max = limits::NAME_BYTES;
                return Err(refused(
                    Code::BadPersonName,
                    format!("The name of {id} is not one line of 1 to {max} visible bytes"),
                    "Write the name as it is spoken.",
                ));
            }
            let mut keys: BTreeSet<&[u8; 32]> = BTreeSet::new();
            if person.keys.is_empty() {
                return Err(refused(
                    Code::NoKeys,
                    format!("{id} has no key and could sign nothing"),
                    "Make one with `grace key create`, and paste the key that it prints.",
                ));
            }
            if let Some(twice) = person.keys.iter().find(|k| !keys.insert(k.as_bytes())) {
                return Err(refused(
                    Code::KeyTwice,
                    format!("The key {} stands twice under {id}", twice.crypto_id()),
                    "Name each key once.",
                ));
            }
        }
        let Some(recovery) = &self.recovery else { return Ok(()) };
        let acknowledgers = self.acknowledgers.iter().map(|(id, key)| (key, id.as_str()));
        recovery.check(&self.people(), acknowledgers).map_err(|why| {
            let hint = "Name keys that sign nothing else, each once, and how many of them must sign.";
            refused(Code::BadRecovery, format!("The recovery cannot be used: {why}"), hint)
        })
    }

    /// The people as the genesis entry names them.
    pub(super) fn people(&self) -> People {
        let person = |person: &PersonDocument| Person {
            kind: person.kind,
            owner: person.owner.clone(),
            ..Person::new(person.name.as_str(), person.groups.clone(), person.keys.clone())
        };
        self.persons.iter().map(|(id, document)| (id.clone(), person(document))).collect()
    }

    /// Says which acknowledger the policy does not require: its key would be of no use, and another's would be made here.
    pub(super) fn check_acknowledgers(&self, policy: &Policy) -> Result<(), Problem> {
        let required = &policy.handshake.required;
        match self.acknowledgers.keys().find(|id| !required.contains(*id)) {
            None => Ok(()),
            Some(id) => Err(refused(
                Code::UnknownAcknowledger,
                format!("{id} has a key, but the policy does not wait for it"),
                "Name it under handshake.required of the policy, or leave its key out.",
            )),
        }
    }
}

/// Checks a policy against itself and the people that it governs.
pub(super) fn check_policy(policy: &Policy, people: &People) -> Result<(), Problem> {
    policy.check(people).map_err(|e| policy_problem(&e))?;
    if let Some(freeze) = policy.freezes.iter().find(|f| f.to <= f.from) {
        return Err(refused(
            Code::BadPolicy,
            format!("The freeze from {} ends before it begins", freeze.from),
            "Let it end after it begins.",
        ));
    }
    check_met(policy, people)
}

/// Nothing was made, and why.
fn refused(code: Code, detail: impl std::fmt::Display, hint: &str) -> Problem {
    Problem::new(422, code, format!("{detail}. Nothing was made."), hint)
}

/// Reads a document of the caller (YAML or JSON) strictly: no anchors, tags or merges, no key twice, no unknown
/// member. `what` names it in a refusal.
pub fn read_document<T: DeserializeOwned + Serialize>(what: &str, text: &str) -> Result<T, Problem> {
    let bad = |reason: String| {
        // The parser draws the place below its words.
        let reason = reason.lines().next().unwrap_or_default().trim_end_matches('.');
        let reason: String = reason.chars().take(400).collect();
        Problem::new(
            422,
            Code::BadDocument,
            format!("The {what} document does not read: {reason}. Nothing was made."),
            "Correct it there; the README shows one under \"A real world\".",
        )
    };
    if text.len() > limits::YAML_BYTES {
        return Err(bad(format!("it has more than {} bytes", limits::YAML_BYTES)));
    }
    grace_target::yaml::read(text).map_err(bad)
}

/// People and policy are fixed in the first entry: what these people can never approve would wait for ever.
fn check_met(policy: &Policy, people: &People) -> Result<(), Problem> {
    let unmet = policy.unmet(people);
    let Some(first) = unmet.first() else { return Ok(()) };
    let more = match unmet.len() - 1 {
        0 => String::new(),
        1 => " One more demand cannot be met either.".to_owned(),
        n => format!(" {n} more demands cannot be met either."),
    };
    let hint = match first {
        Unmet::Persons { .. } => "Name more persons, or require fewer approvals in the policy.",
        Unmet::Service { .. } => {
            "Put another person into that group, or let another one answer for the service."
        }
        Unmet::Groups { .. } => "Put another person into the groups, or let the policy demand fewer of them.",
    };
    let detail = format!("These people can never satisfy the policy: {first}.{more} Nothing was made.");
    Err(Problem::new(422, Code::PolicyUnmet, detail, hint))
}

pub(super) fn policy_problem(error: &PolicyError) -> Problem {
    match error {
        e @ PolicyError::SharedKey { .. } => Problem::new(
            422,
            Code::SharedKey,
            format!("These people cannot be told apart: {e}. Nothing was made."),
            "Give each person a key of their own.",
        ),
        e @ PolicyError::Owner(_) => Problem::new(
            422,
            Code::BadOwner,
            format!("These people cannot be used: {e}. Nothing was made."),
            "Give each service an `owner` who is a person, and no person one.",
        ),
        e => Problem::new(
            422,
            Code::BadPolicy,
            format!("The policy cannot be used: {e}. Nothing was made."),
            "Correct that member of the policy; one that is left out keeps its default.",
        ),
    }
}
