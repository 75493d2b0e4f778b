//! The paths that stand beside the list of operations.
//!
//! Owns their text. What answers there is with the routes.

use grace_domain::governance::policy::UpdateType;

/// Blob upload.
pub(crate) const BLOBS: &str = "/api/blobs/{sha256}";

/// Event stream.
pub(crate) const EVENTS: &str = "/api/events";

/// The API's description.
pub(crate) const OPENAPI: &str = "/api/openapi.json";

/// Numbers for a collector.
pub(crate) const METRICS: &str = "/metrics";

/// The submit routes beside `config-update`, which is in the list.
pub(crate) const SUBMIT_ROUTES: [(&str, UpdateType); 4] = [
    ("/api/unified-logic/schema-update", UpdateType::Schema),
    ("/api/unified-logic/code-update", UpdateType::CodeModule),
    ("/api/unified-logic/playbook-update", UpdateType::Playbook),
    ("/api/unified-logic/metric-update", UpdateType::MetricDefinition),
];
