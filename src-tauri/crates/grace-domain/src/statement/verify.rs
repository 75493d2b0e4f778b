//! From an envelope to a verified statement, or the reason why not.
//!
//! Owns the order of the checks: payload type, strict JSON, world, key, time span. Never decides whether the statement
//! may act.

use super::act::ActStatement;
use super::approval::ApprovalStatement;
use super::joining::{Ack, HandshakeRequest};
use super::signed::{PersonStatement, Statement};
use super::submission::Submission;
use crate::core::canon::{self, CanonError};
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::limits;
use crate::core::time::Timestamp;
use crate::crypto::dsse::{DsseError, Envelope};
use crate::crypto::keys::PublicKey;
use crate::governance::policy::People;

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
    #[error("person {person} is not registered")]
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
    /// A service signed what only a person may sign.
    #[error("the signer {service} is a service: it may submit and request, but not decide or act")]
    Service {
        /// Its name.
        service: String,
    },
    /// Handed in too late.
    #[error("the statement expired at {}", expires.plain())]
    Expired {
        /// When.
        expires: Timestamp,
    },
    /// Signed by a clock that is ahead.
    #[error("the statement was signed at {}, more than {limit_s} s from now", at.plain())]
    FromTheFuture {
        /// When, by that clock.
        at: Timestamp,
        /// How far it may be ahead.
        limit_s: u64,
    },
    /// It would have expired before it was signed.
    #[error("the statement was signed at {}, when it had expired already", at.plain())]
    ExpiresBeforeSigned {
        /// When it was signed.
        at: Timestamp,
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
    pub fn code(&self) -> Code {
        match self {
            Self::Signature(_) => Code::BadSignature,
            Self::PayloadType { .. } => Code::WrongPayloadType,
            Self::Json(_) => Code::NotStrictJson,
            Self::Shape(_) => Code::WrongShape,
            Self::World { .. } => Code::WrongWorld,
            Self::UnknownPerson { .. } => Code::UnknownPerson,
            Self::NotTheirKey { .. } => Code::UnknownKey,
            Self::Service { .. } => Code::ServiceCannotSign,
            Self::Expired { .. } | Self::ExpiresBeforeSigned { .. } => Code::StatementExpired,
            Self::FromTheFuture { .. } => Code::StatementFromTheFuture,
            Self::TooLong { .. } => Code::LifeTooLong,
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

/// Reads a payload, whether it is signed yet or not: what this refuses is nothing that anybody can sign.
pub fn parse<T: Statement>(payload_type: &str, payload: &[u8]) -> Result<T, StatementError> {
    if payload_type != T::PAYLOAD_TYPE {
        return Err(StatementError::PayloadType {
            expected: T::PAYLOAD_TYPE,
            found: payload_type.chars().take(128).collect(),
        });
    }
    let value = canon::parse_strict(payload, limits::JSON_DEPTH).map_err(StatementError::Json)?;
    canon::from_named(&value).map_err(StatementError::Shape)
}

/// Refuses to let a person or a subsystem sign what does not read as one of the statements that they sign.
pub fn check_signable(payload_type: &str, payload: &[u8]) -> Result<(), StatementError> {
    match payload_type {
        HandshakeRequest::PAYLOAD_TYPE => parse::<HandshakeRequest>(payload_type, payload).map(drop),
        Submission::PAYLOAD_TYPE => parse::<Submission>(payload_type, payload).map(drop),
        ActStatement::PAYLOAD_TYPE => parse::<ActStatement>(payload_type, payload).map(drop),
        Ack::PAYLOAD_TYPE => parse::<Ack>(payload_type, payload).map(drop),
        _ => parse::<ApprovalStatement>(payload_type, payload).map(drop),
    }
}

/// Reads the payload without trusting it. Used to find out whose key to ask for.
pub fn read<T: Statement>(envelope: &Envelope, world: &str) -> Result<T, StatementError> {
    let statement: T = parse(&envelope.payload_type, &envelope.payload)?;
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
    if registered.is_service() && !T::BY_SERVICES {
        return Err(StatementError::Service { service: person });
    }
    check_time(&verified.statement, now)?;
    Ok(verified)
}

/// Refuses a statement outside its own time span at `now`, and one whose span is not believable.
pub fn check_time<T: PersonStatement>(statement: &T, now: Timestamp) -> Result<(), StatementError> {
    check_not_ahead(statement.at(), now)?;
    let expires = statement.expires();
    if now >= expires {
        return Err(StatementError::Expired { expires });
    }
    if expires <= statement.at() {
        return Err(StatementError::ExpiresBeforeSigned { at: statement.at() });
    }
    if expires.since_ms(statement.at().min(now)) > millis(limits::APPROVAL_LIFE_MAX_S) {
        return Err(StatementError::TooLong { limit_s: limits::APPROVAL_LIFE_MAX_S });
    }
    Ok(())
}

/// Refuses what was signed `at` a time further ahead of `now` than clocks may be apart.
pub fn check_not_ahead(at: Timestamp, now: Timestamp) -> Result<(), StatementError> {
    if at.since_ms(now) > millis(limits::STATEMENT_SKEW_S) {
        return Err(StatementError::FromTheFuture { at, limit_s: limits::STATEMENT_SKEW_S });
    }
    Ok(())
}

fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds * 1000).unwrap_or(i64::MAX)
}
