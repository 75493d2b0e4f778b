//! The facts of a component that joins, held against the request that somebody signed.
//!
//! Owns that comparison, member by member. Never looks at a signature.

use grace_domain::component::event::ComponentFacts;
use grace_domain::core::canon;
use grace_domain::statement::HandshakeRequest;

/// Whether the facts of a component are what its request says. What this engine adds to them nobody signed, but that
/// it plays the component itself, which the facts say: it decides nothing here.
pub(crate) fn asks_for(s: &HandshakeRequest, facts: &ComponentFacts) -> bool {
    let ComponentFacts {
        title,
        component_type,
        version,
        capabilities,
        metrics,
        key,
        owner,
        target,
        depends_on,
        environment,
        track,
        secrets,
        subsystem,
        simulated: _,
    } = facts;
    s.title == *title
        && s.component_type == *component_type
        && s.version == *version
        && s.capabilities == *capabilities
        && s.metrics == *metrics
        && s.public_key == *key
        && s.requested_by == *owner
        && s.depends_on == *depends_on
        && s.environment == *environment
        && s.track == *track
        && s.secrets == *secrets
        && !subsystem
        && canon::to_canonical(&s.target).is_ok_and(|signed| signed == target.as_bytes())
}
