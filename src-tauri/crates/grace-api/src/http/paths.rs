//! The paths that stand beside the list of operations.
//!
//! Owns their text. What answers there is with the routes.

use grace_domain::kinds::UpdateType;

/// Blob upload.
pub(crate) const BLOBS: &str = "/api/blobs/{sha256}";

/// Event stream.
pub(crate) const EVENTS: &str = "/api/events";

/// The API's description.
pub(crate) const OPENAPI: &str = "/api/openapi.json";

/// Numbers for a collector.
pub(crate) const METRICS: &str = "/metrics";

/// The path of the operation that hands in an update, whose last part says the type.
pub(crate) const SUBMIT: &str = "/api/unified-logic/{id}";

/// The same path for each type.
pub(crate) fn submit_routes() -> impl Iterator<Item = (String, UpdateType)> {
    UpdateType::ALL.iter().map(|kind| (SUBMIT.replace("{id}", kind.route()), *kind))
}
