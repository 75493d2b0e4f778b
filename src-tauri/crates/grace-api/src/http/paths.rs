//! The paths that stand beside the list of operations.
//!
//! Owns their text. What answers there is with the routes.

use grace_domain::kinds::UpdateType;

use crate::operations;

/// Blob upload.
pub(crate) const BLOBS: &str = "/api/blobs/{sha256}";

/// Event stream.
pub(crate) const EVENTS: &str = "/api/events";

/// The API's description.
pub(crate) const OPENAPI: &str = "/api/openapi.json";

/// Numbers for a collector.
pub(crate) const METRICS: &str = "/metrics";

/// The submit routes beside the one that is in the list.
pub(crate) fn submit_routes() -> impl Iterator<Item = (String, UpdateType)> {
    let all = UpdateType::ALL.iter().map(|kind| (format!("/api/unified-logic/{}", kind.route()), *kind));
    all.filter(|(path, _)| operations::list().iter().all(|operation| operation.path != path))
}
