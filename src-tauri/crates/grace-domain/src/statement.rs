//! What people, components and the engine sign: one struct and one DSSE payload type per kind of statement.
//! Turns verified envelopes into values; never decides whether the statement may act.

use crate::canon::{self, CanonError};
use crate::digest::Digest;
use crate::dsse::{DsseError, Envelope};
use crate::ids::{ComponentId, HandshakeId, MetricId, Nonce, PersonId, UpdateId};
use crate::keys::PublicKey;
use crate::limits;
use crate::policy::{People, Risk, UpdateType};
use crate::tally::Decision;
use crate::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A statement: its payload type and what every kind carries.
pub trait Statement: Serialize + DeserializeOwned {
    /// DSSE payload type; one per kind, so that no signature serves another purpose.
    const PAYLOAD_TYPE: &'static str;
    /// Origin of the log it was made for.
    fn world(&self) -> &str;
}

/// A statement signed by a person.
pub trait PersonStatement: Statement {
    /// Who claims to sign.
    fn person(&self) -> &PersonId;
    /// First instant at which it may no longer be handed in.
    fn expires(&self) -> Timestamp;
}

macro_rules! statement {
    ($name:ident, $kind:literal) => {
        impl Statement for $name {
            const PAYLOAD_TYPE: &'static str = concat!("application/vnd.grace.", $kind, "+json");
            fn world(&self) -> &str {
                &self.world
            }
        }
    };
    ($name:ident, $kind:literal, $person:ident) => {
        statement!($name, $kind);
        impl PersonStatement for $name {
            fn person(&self) -> &PersonId {
                &self.$person
            }
            fn expires(&self) -> Timestamp {
                self.expires
            }
        }
    };
}

/// A submission: the seed's JSON plus what binds it to one world and one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Origin of the log.
    pub world: String,
    /// Id of the update to be; a second use is a replay.
    pub id: UpdateId,
    /// Kind.
    pub update_type: UpdateType,
    /// Components, in the order of distribution.
    pub component_targets: Vec<ComponentId>,
    /// What to write and remove.
    pub content: Content,
    /// The signer's person.
    pub created_by: PersonId,
    /// Declared risk.
    pub risk_level: Risk,
    /// One line.
    pub title: String,
    /// Why, in the submitter's words.
    #[serde(default)]
    pub description: String,
    /// When it was written.
    pub at: Timestamp,
    /// May be handed in until.
    pub expires: Timestamp,
}
statement!(Submission, "update", created_by);

/// Files of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Path → new content.
    #[serde(default)]
    pub files: BTreeMap<String, ContentFile>,
    /// Paths to remove.
    #[serde(default)]
    pub remove: BTreeSet<String>,
}

/// Content of one file: its text, or the digest of an uploaded blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentFile {
    /// UTF-8 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Digest of a blob uploaded before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Permission bits in octal; kept, or `0644` for a new file, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

/// Approval or denial of an update or a handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalStatement {
    /// Origin of the log.
    pub world: String,
    /// The update or handshake.
    pub subject: String,
    /// For or against.
    pub decision: Decision,
    /// The gate; `governance`.
    pub stage: String,
    /// Digest of the content, or of the handshake request.
    pub content: Digest,
    /// Digest of the package; the handshake request's digest again for a handshake.
    pub package: Digest,
    /// Digest of the rollback plan; the target document's digest for a handshake.
    pub rollback_plan: Digest,
    /// Digest of the policy.
    pub policy: Digest,
    /// Who.
    pub person: PersonId,
    /// Used once.
    pub nonce: Nonce,
    /// When.
    pub at: Timestamp,
    /// Counts until.
    pub expires: Timestamp,
    /// In the person's words; needed to deny.
    #[serde(default)]
    pub reason: String,
}
statement!(ApprovalStatement, "approval", person);

/// The digest that binds an approval to exactly what was shown.
pub fn bound_digest(
    subject: &str,
    content: &Digest,
    package: &Digest,
    rollback_plan: &Digest,
    policy: &Digest,
) -> Digest {
    let mut text = String::from("grace-approval-v1\n");
    for part in [subject, &content.to_hex(), &package.to_hex(), &rollback_plan.to_hex(), &policy.to_hex()] {
        text.push_str(part);
        text.push('\n');
    }
    Digest::of(text.as_bytes())
}

impl ApprovalStatement {
    /// See [`bound_digest`].
    pub fn bound(&self) -> Digest {
        bound_digest(&self.subject, &self.content, &self.package, &self.rollback_plan, &self.policy)
    }
}

/// The other signed acts of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Withdraw an update before distribution.
    Cancel,
    /// Try a blocked update again.
    Retry,
    /// Keep a held update.
    Keep,
    /// Take an applied update back.
    Rollback,
    /// What is on the target is the new base.
    Adopt,
    /// Put the last known content back.
    Restore,
}

impl Act {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Retry => "retry",
            Self::Keep => "keep",
            Self::Rollback => "rollback",
            Self::Adopt => "adopt",
            Self::Restore => "restore",
        }
    }
}

/// A signed act with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActStatement {
    /// Origin of the log.
    pub world: String,
    /// What to do.
    pub act: Act,
    /// An update id, or a component id for adopt and restore.
    pub subject: String,
    /// Digest that was shown: content of the update; for adopt and restore what is on the target now.
    pub digest: Digest,
    /// Who.
    pub person: PersonId,
    /// Used once per subject.
    pub nonce: Nonce,
    /// When.
    pub at: Timestamp,
    /// May be handed in until.
    pub expires: Timestamp,
    /// In the person's words; never empty.
    pub reason: String,
}
statement!(ActStatement, "act", person);

/// A component asks to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandshakeRequest {
    /// Origin of the log.
    pub world: String,
    /// Id of the handshake to be.
    pub id: HandshakeId,
    /// Who joins.
    pub component: ComponentId,
    /// One line for people.
    pub title: String,
    /// What kind of thing it is.
    pub component_type: String,
    /// Its own version.
    pub version: String,
    /// What it can do.
    pub capabilities: BTreeSet<String>,
    /// Metrics it will send.
    pub expected_metrics: BTreeSet<MetricId>,
    /// Its key.
    pub public_key: PublicKey,
    /// Proof that the component holds the key: hex Ed25519 signature over [`possession_message`].
    pub possession: String,
    /// The target document, with its commands; checked where targets are known.
    pub target: serde_json::Value,
    /// Person who asks.
    pub requested_by: PersonId,
    /// Used once; every acknowledgement repeats it.
    pub nonce: Nonce,
    /// When.
    pub at: Timestamp,
    /// May be handed in until.
    pub expires: Timestamp,
}
statement!(HandshakeRequest, "handshake", requested_by);

/// What a joining component signs to prove that it holds its key.
pub fn possession_message(world: &str, id: &HandshakeId, component: &ComponentId, nonce: &Nonce) -> Vec<u8> {
    format!("grace-possession-v1\n{world}\n{id}\n{component}\n{nonce}\n").into_bytes()
}

/// A subsystem's answer to an announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// Origin of the log.
    pub world: String,
    /// Which handshake.
    pub handshake: HandshakeId,
    /// Nonce of the request.
    pub nonce: Nonce,
    /// Digest of the request envelope.
    pub request: Digest,
    /// Who answers.
    pub by: ComponentId,
    /// For or against.
    pub vote: Vote,
    /// Why against.
    #[serde(default)]
    pub reason: String,
    /// What the subsystem will set for the newcomer.
    #[serde(default)]
    pub adjustments: Vec<Adjustment>,
    /// Last checkpoint the sender has seen, as a signed note; empty when it has seen none.
    #[serde(default)]
    pub seen: String,
    /// When.
    pub at: Timestamp,
}
statement!(Ack, "ack");

/// For or against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    /// Welcome.
    Ack,
    /// No.
    Nack,
}

/// One setting a subsystem makes for a newcomer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// Its name.
    pub key: String,
    /// Value before, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// Value for the newcomer.
    pub new: String,
}

/// A component's statement of what it did with a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Origin of the log.
    pub world: String,
    /// Which update.
    pub update: UpdateId,
    /// Who did it.
    pub component: ComponentId,
    /// Digest of the package envelope it verified.
    pub package: Digest,
    /// Apply or take back.
    pub act: ReceiptAct,
    /// How it ended.
    pub result: ReceiptResult,
    /// Managed digest found.
    pub before: Digest,
    /// Managed digest left behind.
    pub after: Digest,
    /// Why not, when it did not work.
    #[serde(default)]
    pub reason: String,
    /// Closed code, when it did not work.
    #[serde(default)]
    pub code: String,
    /// How long it took.
    pub ms: u64,
    /// When.
    pub at: Timestamp,
}
statement!(Receipt, "receipt");

/// Apply or take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptAct {
    /// Brought the new content.
    Apply,
    /// Brought the old content back.
    Revert,
    /// Brought the last known content back on request.
    Restore,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptResult {
    /// Content as wanted, activated and verified.
    Applied,
    /// Nothing touched: a check at the component failed.
    Refused,
    /// It did not work; the content from before is back, equal by digest.
    Restored,
    /// It did not work and the content from before is not back.
    Dirty,
}

impl ReceiptResult {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Refused => "refused",
            Self::Restored => "restored",
            Self::Dirty => "dirty",
        }
    }
}

/// The package manifest, signed by the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Origin of the log.
    pub world: String,
    /// Which update.
    pub update: UpdateId,
    /// Digest of the submitted content.
    pub content: Digest,
    /// Per component what must be there now, what to do, and how to take it back.
    pub components: BTreeMap<ComponentId, ComponentPlan>,
    /// When.
    pub at: Timestamp,
}
statement!(Manifest, "package");

/// One component's part of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentPlan {
    /// Managed digest that must be there.
    pub before: Digest,
    /// Managed digest afterwards.
    pub after: Digest,
    /// Every touched file, old and new.
    pub files: Vec<PlannedFile>,
    /// Directories to make.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub make_dirs: Vec<String>,
    /// Directories to drop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop_dirs: Vec<String>,
    /// The rehearsal on a copy.
    pub rehearsal: Rehearsal,
}

/// One touched file: `None` means absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFile {
    /// Beneath the target's root.
    pub path: String,
    /// What is there.
    pub old: Option<FileState>,
    /// What will be there.
    pub new: Option<FileState>,
}

/// Content and permission bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileState {
    /// SHA-256 of the content.
    pub sha256: Digest,
    /// Permission bits.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
}

/// Apply and revert on a copy, with digests and times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rehearsal {
    /// Digest after taking it back on the copy; equal to `before` or the stage fails.
    pub reverted: Digest,
    /// Time to apply.
    pub apply_ms: u64,
    /// Time to take back.
    pub revert_ms: u64,
}

impl Manifest {
    /// Digest of the rollback plan: what every component must look like afterwards, file by file.
    pub fn rollback_plan(&self) -> Digest {
        let plan: Vec<_> = self
            .components
            .iter()
            .map(|(id, c)| {
                let files: Vec<_> = c.files.iter().map(|f| (f.path.as_str(), f.old.as_ref())).collect();
                (id, &c.before, files)
            })
            .collect();
        Digest::of(
            &canon::to_canonical(&plan)
                .expect("invariant: a manifest holds no floats and only bounded integers"),
        )
    }
}

/// Why an envelope is not the statement it should be. Closed.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// No valid signature of the right kind.
    #[error("the signature does not verify")]
    Signature(#[from] DsseError),
    /// The payload type is another one.
    #[error("the payload type is {found}, expected {expected}")]
    PayloadType {
        /// Wanted.
        expected: &'static str,
        /// Found.
        found: String,
    },
    /// The payload is not strict JSON.
    #[error("the signed payload is not strict JSON: {0}")]
    Json(CanonError),
    /// The payload has another shape.
    #[error("the signed payload does not have the right shape: {0}")]
    Shape(String),
    /// Made for another world.
    #[error("the statement was made for {found}, this is {expected}")]
    World {
        /// This one.
        expected: String,
        /// The statement's.
        found: String,
    },
    /// Nobody of that name is registered.
    #[error("{person} is not registered")]
    UnknownPerson {
        /// The claimed name.
        person: String,
    },
    /// No registered key of that person made the signature.
    #[error("no registered key of {person} made this signature")]
    NotTheirKey {
        /// The claimed name.
        person: String,
    },
    /// Handed in too late.
    #[error("the statement expired at {expires}")]
    Expired {
        /// When.
        expires: Timestamp,
    },
    /// Valid for longer than the limit.
    #[error("the statement is valid for longer than {limit_s} s")]
    TooLong {
        /// Longest life.
        limit_s: u64,
    },
}

impl StatementError {
    /// Closed code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Signature(_) => "bad_signature",
            Self::PayloadType { .. } => "wrong_payload_type",
            Self::Json(_) => "not_strict_json",
            Self::Shape(_) => "wrong_shape",
            Self::World { .. } => "wrong_world",
            Self::UnknownPerson { .. } => "unknown_person",
            Self::NotTheirKey { .. } => "unknown_key",
            Self::Expired { .. } => "statement_expired",
            Self::TooLong { .. } => "life_too_long",
        }
    }
}

/// A statement whose signature was verified against exactly this key.
#[derive(Debug, Clone)]
pub struct Verified<T> {
    /// What was said.
    pub statement: T,
    /// The key that said it.
    pub key: PublicKey,
    /// Digest of the envelope as JSON: the name of its blob.
    pub envelope: Digest,
}

/// Reads the payload without trusting it. Used to find out whose key to ask for.
pub fn read<T: Statement>(envelope: &Envelope, world: &str) -> Result<T, StatementError> {
    if envelope.payload_type != T::PAYLOAD_TYPE {
        return Err(StatementError::PayloadType {
            expected: T::PAYLOAD_TYPE,
            found: envelope.payload_type.chars().take(128).collect(),
        });
    }
    let value = canon::parse_strict(&envelope.payload, limits::JSON_DEPTH).map_err(StatementError::Json)?;
    let statement: T = serde_json::from_value(value).map_err(|e| StatementError::Shape(e.to_string()))?;
    if statement.world() != world {
        return Err(StatementError::World {
            expected: world.to_owned(),
            found: statement.world().chars().take(limits::ORIGIN_BYTES).collect(),
        });
    }
    Ok(statement)
}

/// Verifies a statement against keys registered before; exactly one of them must have signed.
pub fn verify<T: Statement>(
    envelope: &Envelope,
    world: &str,
    keys: &[PublicKey],
) -> Result<Verified<T>, StatementError> {
    let statement = read(envelope, world)?;
    let signed = envelope.verify_with(T::PAYLOAD_TYPE, keys)?;
    let mut signed = signed.into_iter();
    let key = signed.next().ok_or(StatementError::Signature(DsseError::NoValidSignature))?;
    if signed.next().is_some() {
        return Err(StatementError::Shape("signed by more than one registered key".into()));
    }
    Ok(Verified { statement, key, envelope: Digest::of(&envelope.to_json()) })
}

/// Verifies a person's statement against that person's registered keys and its own time span.
pub fn verify_person<T: PersonStatement>(
    envelope: &Envelope,
    world: &str,
    people: &People,
    now: Timestamp,
) -> Result<Verified<T>, StatementError> {
    let claimed: T = read(envelope, world)?;
    let person = claimed.person().to_string();
    let Some(registered) = people.get(claimed.person()) else {
        return Err(StatementError::UnknownPerson { person });
    };
    let verified = match verify::<T>(envelope, world, &registered.keys) {
        Ok(v) => v,
        Err(StatementError::Signature(e)) => {
            // A good signature by somebody else's registered key is a different answer than a broken one.
            let everybody: Vec<PublicKey> = people.values().flat_map(|p| p.keys.iter().copied()).collect();
            return Err(if envelope.verify_with(T::PAYLOAD_TYPE, &everybody).is_ok_and(|k| !k.is_empty()) {
                StatementError::NotTheirKey { person }
            } else {
                StatementError::Signature(e)
            });
        }
        Err(e) => return Err(e),
    };
    let expires = verified.statement.expires();
    if now >= expires {
        return Err(StatementError::Expired { expires });
    }
    if expires.since_ms(now) > i64::try_from(limits::APPROVAL_LIFE_MAX_S * 1000).unwrap_or(i64::MAX) {
        return Err(StatementError::TooLong { limit_s: limits::APPROVAL_LIFE_MAX_S });
    }
    Ok(verified)
}
