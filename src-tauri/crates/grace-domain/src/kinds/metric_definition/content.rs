//! The content document: which metric, and the definition that shall be in force, named by digest.
//!
//! Owns its shape. Never reads the definition: its bytes are a blob, read where both sides are compared.

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::DocumentId;
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::kinds::content::{Content, DocumentEdit};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    metric: DocumentId,
    /// Absent to take the metric out of force.
    #[serde(default)]
    definition: Option<Blob>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Blob {
    sha256: Digest,
    size: u64,
}

pub(super) fn parse(document: &Value) -> Result<Content, Refusal> {
    let Document { metric, definition } = Document::deserialize(document).map_err(|e| {
        Refusal::invalid(
            Code::WrongShape,
            format!("the content of a metric_definition update does not read: {e}"),
            "send `metric` (its id) and `definition` (sha256 and size), or no definition to remove it",
        )
    })?;
    if definition.as_ref().is_some_and(|d| d.size > limits::DOCUMENT_BYTES as u64) {
        return Err(Refusal::invalid(
            Code::DocumentTooLarge,
            format!("a definition has at most {} bytes", limits::DOCUMENT_BYTES),
            "shorten it",
        ));
    }
    Ok(Content::Document(DocumentEdit { id: metric, new: definition.map(|d| d.sha256) }))
}
