//! The content document: which metric, and the definition that shall be in force, named by digest.
//!
//! Owns its shape. Never reads the definition: its bytes are a blob, read where both sides are compared.

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::DocumentId;
use crate::core::refusal::Refusal;
use crate::core::{canon, limits};
use crate::kinds::content::{Content, DocumentEdit, Sizes, size_of};
use crate::metrics::definition::MetricDefinition;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    metric: DocumentId,
    /// Absent to take the metric out of force.
    #[serde(default)]
    definition: Option<Blob>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blob {
    sha256: Digest,
}

/// A draft holds the definition itself, or names it by digest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    metric: DocumentId,
    #[serde(default)]
    definition: Option<Value>,
}

/// The definition by the digest of its canonical JSON.
pub(super) fn document(draft: &Value) -> Result<(Value, Vec<Vec<u8>>), Refusal> {
    let wrong = |e: String| {
        Refusal::invalid(
            Code::WrongShape,
            format!("the content of a metric_definition update does not read: {e}"),
            "send `metric` (its id) and `definition`, or no definition to remove it",
        )
    };
    let Draft { metric, definition } = canon::from_named(draft).map_err(wrong)?;
    let Some(definition) = definition else { return Ok((json!({ "metric": metric }), Vec::new())) };
    if definition.get("sha256").is_some() {
        return Ok((json!({ "metric": metric, "definition": definition }), Vec::new()));
    }
    // Read before it is written: what is left out gets the form that stands in the registry.
    let definition: MetricDefinition = canon::from_named(&definition).map_err(wrong)?;
    let bytes = canon::to_canonical(&definition).map_err(|e| wrong(e.to_string()))?;
    let document = json!({ "metric": metric, "definition": { "sha256": Digest::of(&bytes) } });
    Ok((document, vec![bytes]))
}

pub(super) fn parse(document: &Value, sizes: &Sizes) -> Result<Content, Refusal> {
    let Document { metric, definition } = canon::from_named(document).map_err(|e| {
        Refusal::invalid(
            Code::WrongShape,
            format!("the content of a metric_definition update does not read: {e}"),
            "send `metric` (its id) and `definition` (sha256), or no definition to remove it",
        )
    })?;
    let size = definition.as_ref().map(|d| size_of(metric.as_str(), &d.sha256, sizes)).transpose()?;
    if size.is_some_and(|size| size > limits::DOCUMENT_BYTES as u64) {
        return Err(Refusal::invalid(
            Code::DocumentTooLarge,
            format!("a definition has at most {} bytes", limits::DOCUMENT_BYTES),
            "shorten it",
        ));
    }
    Ok(Content::Document(DocumentEdit { id: metric, new: definition.map(|d| d.sha256) }))
}
