//! Who may do what, when: the policy document and the people it speaks of. Pure data with its own checks;
//! never asks the time and never has zero approvals.

use crate::core::ids::{ComponentId, GroupId, PersonId};
use crate::core::limits;
use crate::core::time::Timestamp;
use crate::governance::people::check_owners;
use crate::judge::freshness::Freshness;
use crate::kinds::UpdateType;
use crate::metrics::definition::Definitions;
use crate::metrics::limit::{Demands, Overrides};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use crate::governance::people::{People, Person, PersonKind, Recovery};
pub use crate::kinds::risk::Risk;
/// A list of people that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A bound is broken.
    #[error("the value of {what} must be between {min} and {max}, found {found}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// Smallest allowed.
        min: u64,
        /// Largest allowed.
        max: u64,
        /// What the document says.
        found: u64,
    },
    /// A key stands under two persons.
    #[error("the key {crypto_id} stands under both {first} and {second}")]
    SharedKey {
        /// Of the key.
        crypto_id: String,
        /// First holder.
        first: String,
        /// Second holder.
        second: String,
    },
    /// A group is demanded that nobody is in.
    #[error("the policy demands group {group}, but no person is in it")]
    EmptyGroup {
        /// The group.
        group: String,
    },
    /// The quorum cannot be met.
    #[error("the handshake quorum {quorum} is larger than the {required} acknowledgers named")]
    Quorum {
        /// Demanded.
        quorum: u32,
        /// Named.
        required: usize,
    },
    /// Nobody answers for a service, or whoever is named for it cannot.
    #[error("{0}")]
    Owner(String),
    /// A limit that cannot hold instead of a definition's.
    #[error("the limit of {metric} in the policy: {why}")]
    Limit {
        /// Of which metric.
        metric: String,
        /// What is wrong.
        why: String,
    },
}

crate::closed! {
    /// A member of a submission that a policy may require, by its name.
    pub enum RequiredField {
        /// Why, in the submitter's words.
        Description = "description",
        /// Tickets.
        Refs = "refs",
        /// What it means for security.
        SecurityImpact = "security_impact",
    }
}

/// Approvals by risk, groups, windows, limits, freezes. Durations are whole seconds, rates parts per million.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Version of the document, counted by its authors.
    pub version: u32,
    /// Distinct persons needed, by risk.
    pub approvals: ByRisk<u32>,
    /// Further persons when the update cannot be rolled back.
    pub not_invertible_extra: u32,
    /// Groups of which at least one approver must be, by risk.
    pub groups: ByRisk<BTreeSet<GroupId>>,
    /// Groups of which at least one approver must be, by type.
    pub groups_by_type: BTreeMap<UpdateType, BTreeSet<GroupId>>,
    /// How long one approval counts.
    pub approval_ttl_s: u64,
    /// How long an update may wait for approvals before it is refused.
    pub submission_ttl_s: u64,
    /// Isolation that `check` commands must reach.
    pub check_isolation: Isolation,
    /// Length of the observation window, by risk.
    pub windows_s: ByRisk<u64>,
    /// Time between two evaluations.
    pub evaluate_every_s: u64,
    /// A sample older than this is stale.
    pub fresh_s: u64,
    /// Fewest samples an evaluation needs per metric.
    pub min_samples: u32,
    /// Samples of this long before distribution make the baseline, where a metric's own span is not shorter.
    pub baseline_s: u64,
    /// Length of the window in which a governed document must stay in force.
    pub registry_window_s: u64,
    /// Limits that hold instead of those of a metric's definition.
    pub limits: Overrides,
    /// Spans in which nothing is distributed.
    pub freezes: Vec<Freeze>,
    /// How components join.
    pub handshake: HandshakePolicy,
    /// What every submission must say.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub required_fields: BTreeSet<RequiredField>,
}

/// One value per risk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByRisk<T> {
    /// Low.
    pub low: T,
    /// Medium.
    pub medium: T,
    /// High.
    pub high: T,
    /// Critical.
    pub critical: T,
}

impl<T> ByRisk<T> {
    /// The value for a risk.
    pub fn at(&self, risk: Risk) -> &T {
        match risk {
            Risk::Low => &self.low,
            Risk::Medium => &self.medium,
            Risk::High => &self.high,
            Risk::Critical => &self.critical,
        }
    }
}

/// How well a `check` command is sandboxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Not at all.
    None,
    /// Some rules only.
    Partial,
    /// Every rule.
    Full,
}

/// A span in which nothing is distributed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub to: Timestamp,
    /// Shown to whoever waits.
    pub reason: String,
}

/// How components join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HandshakePolicy {
    /// Distinct persons needed, never the requester.
    pub approvals: u32,
    /// Subsystems that must answer.
    pub required: BTreeSet<ComponentId>,
    /// How many of them must acknowledge.
    pub quorum: u32,
    /// From announcement to deadline.
    pub timeout_s: u64,
    /// Validation window.
    pub window_s: u64,
}

/// The five acknowledgers of the default policy.
pub const ACKNOWLEDGERS: [&str; 5] =
    ["agentic_spine", "anomaly_watchdog", "memory_fusion", "metrics_collector", "self_heal_scheduler"];

impl Default for HandshakePolicy {
    fn default() -> Self {
        let required = ACKNOWLEDGERS.iter().filter_map(|s| s.parse().ok()).collect();
        Self { approvals: 1, required, quorum: 5, timeout_s: 60, window_s: 3600 }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            approvals: ByRisk { low: 1, medium: 1, high: 2, critical: 3 },
            not_invertible_extra: 1,
            groups: ByRisk::default(),
            groups_by_type: BTreeMap::new(),
            approval_ttl_s: 24 * 3600,
            submission_ttl_s: 7 * 24 * 3600,
            check_isolation: Isolation::Full,
            windows_s: ByRisk { low: 3600, medium: 6 * 3600, high: 24 * 3600, critical: 72 * 3600 },
            evaluate_every_s: 15,
            fresh_s: 60,
            min_samples: 3,
            baseline_s: 3600,
            registry_window_s: 60,
            limits: BTreeMap::new(),
            freezes: Vec::new(),
            handshake: HandshakePolicy::default(),
            required_fields: BTreeSet::new(),
        }
    }
}

impl Policy {
    /// How long an update is observed, s: one of a document by the log alone, any other by its risk.
    pub fn window_s(&self, risk: Risk, document: bool) -> u64 {
        if document { self.registry_window_s } else { *self.windows_s.at(risk) }
    }

    /// What it says of samples, for a window of this length.
    pub fn freshness(&self, window_s: Option<u64>) -> Freshness {
        Freshness { fresh_s: self.fresh_s, min_samples: self.min_samples, window_s }
    }

    /// What it demands of the definitions of metrics.
    pub fn demands(&self) -> Demands {
        let longest = Risk::ALL.iter().map(|&risk| *self.windows_s.at(risk)).max();
        Demands {
            limits: self.limits.clone(),
            longest_interval_s: Some(self.freshness(longest).longest_interval_s()),
        }
    }
}

fn range(what: &'static str, min: u64, max: u64, found: u64) -> Result<(), PolicyError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(PolicyError::OutOfRange { what, min, max, found }) }
}

impl Policy {
    /// Checks the document against itself and the people it governs.
    pub fn check(&self, people: &People) -> Result<(), PolicyError> {
        range("persons", 1, limits::PERSONS as u64, people.len() as u64)?;
        let mut holders: BTreeMap<[u8; 32], &PersonId> = BTreeMap::new();
        for (id, person) in people {
            range("keys of a person", 1, limits::KEYS_PER_PERSON as u64, person.keys.len() as u64)?;
            for key in &person.keys {
                if let Some(first) = holders.insert(*key.as_bytes(), id) {
                    return Err(PolicyError::SharedKey {
                        crypto_id: key.crypto_id().to_string(),
                        first: first.to_string(),
                        second: id.to_string(),
                    });
                }
            }
        }
        check_owners(people).map_err(PolicyError::Owner)?;
        let mut demanded: BTreeSet<&GroupId> = self.groups_by_type.values().flatten().collect();
        for &risk in Risk::ALL {
            range("approvals", 1, limits::PERSONS as u64, u64::from(*self.approvals.at(risk)))?;
            range("windows_s", limits::WINDOW_MIN_S, limits::WINDOW_MAX_S, *self.windows_s.at(risk))?;
            demanded.extend(self.groups.at(risk));
        }
        for group in demanded {
            if !people.values().any(|p| !p.is_service() && p.groups.contains(group)) {
                return Err(PolicyError::EmptyGroup { group: group.to_string() });
            }
        }
        range("not_invertible_extra", 0, 16, u64::from(self.not_invertible_extra))?;
        range("approval_ttl_s", 1, limits::APPROVAL_LIFE_MAX_S, self.approval_ttl_s)?;
        range("submission_ttl_s", 1, 365 * 24 * 3600, self.submission_ttl_s)?;
        range("evaluate_every_s", 1, 3600, self.evaluate_every_s)?;
        range("fresh_s", 1, 24 * 3600, self.fresh_s)?;
        range("min_samples", 1, 1_000_000, u64::from(self.min_samples))?;
        range("baseline_s", 1, limits::BASELINE_MAX_S, self.baseline_s)?;
        range("registry_window_s", limits::WINDOW_MIN_S, limits::WINDOW_MAX_S, self.registry_window_s)?;
        range("limits", 0, limits::DOCUMENTS_PER_REGISTRY as u64, self.limits.len() as u64)?;
        range("freezes", 0, limits::CALENDAR_RULES as u64, self.freezes.len() as u64)?;
        let h = &self.handshake;
        range("handshake.approvals", 1, limits::PERSONS as u64, u64::from(h.approvals))?;
        range("handshake.required", 1, limits::ACKNOWLEDGERS as u64, h.required.len() as u64)?;
        range("handshake.quorum", 1, limits::ACKNOWLEDGERS as u64, u64::from(h.quorum))?;
        if h.quorum as usize > h.required.len() {
            return Err(PolicyError::Quorum { quorum: h.quorum, required: h.required.len() });
        }
        range("handshake.timeout_s", 1, limits::QUORUM_TIMEOUT_MAX_S, h.timeout_s)?;
        range("handshake.window_s", limits::WINDOW_MIN_S, limits::WINDOW_MAX_S, h.window_s)
    }

    /// Checks the limits as those of the definitions in force are checked, which they stand in for.
    pub fn check_limits(&self, definitions: &Definitions) -> Result<(), PolicyError> {
        for (metric, limits) in &self.limits {
            let wrong = |why: String| PolicyError::Limit { metric: metric.to_string(), why };
            let defined =
                definitions.get(metric).ok_or_else(|| wrong("this world defines no such metric".into()))?;
            if !limits.any() {
                return Err(wrong("it names no limit: leave it out to keep the definition's".into()));
            }
            limits.check(defined.kind, defined.worse).map_err(wrong)?;
        }
        Ok(())
    }

    /// The required members that a submission does not have; `has` says which it has.
    pub fn missing_fields(&self, has: impl Fn(RequiredField) -> bool) -> Vec<RequiredField> {
        self.required_fields.iter().copied().filter(|field| !has(*field)).collect()
    }

    /// The freeze that covers `now`, if any.
    pub fn frozen(&self, now: Timestamp) -> Option<&Freeze> {
        self.freezes.iter().find(|f| f.from <= now && now < f.to)
    }
}
