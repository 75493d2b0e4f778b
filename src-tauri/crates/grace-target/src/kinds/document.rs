//! The documents of all kinds: canonical JSON that says its kind.
//!
//! Owns how one is read, written and refused. Never knows what stands in one: each kind has shapes of its own.

use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::TargetError;

pub(super) fn refused(code: Code, reason: impl ToString) -> TargetError {
    TargetError::Plan { code, reason: reason.to_string() }
}

pub(super) fn parse<T: DeserializeOwned>(document: &[u8]) -> Result<T, TargetError> {
    serde_json::from_slice(document).map_err(|error| refused(Code::TargetDocument, error))
}

pub(super) fn write(document: &impl Serialize) -> Result<Vec<u8>, TargetError> {
    canon::to_canonical(document).map_err(|error| refused(Code::TargetDocument, error))
}
