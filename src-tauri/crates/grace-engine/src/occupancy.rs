//! What the targets of all other components and the world take for themselves, so that a new one is given nothing of
//! it.
//!
//! Owns the comparison and what is remembered for it: each target is looked at once, not at every request to join. What
//! is remembered can be out of date, for a link can be moved: it refuses early, and nobody joins by it. Before the first
//! content of a newcomer is recorded every target is looked at anew.

use crate::blob_store::EffectError;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_target::{Occupied, Place, TargetSpec};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Whose, by which description, and what that takes.
type Remembered = BTreeMap<ComponentId, (String, Occupied)>;

/// What each target was found to take for itself. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Occupancy(Arc<Mutex<Remembered>>);

impl Occupancy {
    /// Refuses a target that has anything in common with that of another component: each would take the other's work for
    /// drift, and one update would change both. By what is remembered of the others; the target itself is looked at.
    pub fn apart<'o>(
        &self,
        id: &ComponentId,
        target: &str,
        others: impl IntoIterator<Item = (&'o ComponentId, &'o str)>,
    ) -> Result<(), EffectError> {
        let own = occupied(id, id, target)?;
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (other, text) in others {
            let known = remembered.get(other).filter(|(of, _)| of == text);
            if known.is_none() {
                let taken = occupied(id, other, text)?;
                remembered.insert(other.clone(), (text.to_owned(), taken));
            }
            if let Some((_, taken)) = remembered.get(other)
                && own.overlaps(taken)
            {
                let reason = format!("component {id}: {own} overlaps with {taken}, which {other} manages");
                return Err(EffectError::new(Code::TargetOverlaps, reason));
            }
        }
        Ok(())
    }

    /// The same with every target looked at anew.
    pub fn apart_now<'o>(
        &self,
        id: &ComponentId,
        target: &str,
        others: impl IntoIterator<Item = (&'o ComponentId, &'o str)>,
    ) -> Result<(), EffectError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.apart(id, target, others)
    }
}

fn spec(id: &ComponentId, target: &str) -> Result<TargetSpec, EffectError> {
    TargetSpec::parse(target).map_err(|e| EffectError::new(e.code(), format!("component {id}: {e}")))
}

/// Refuses a target that would make the world itself managed content: its keys would be read into packages, and an
/// update could write its log.
pub fn apart_from_world(world: &Path, id: &ComponentId, target: &str) -> Result<(), EffectError> {
    let world = world.canonicalize().or_else(|_| std::path::absolute(world)).map_err(|e| {
        EffectError::new(
            Code::TargetRoot,
            format!("component {id}: the world's directory cannot be used: {e}"),
        )
    })?;
    let occupied = occupied(id, id, target)?;
    if occupied.touches_world(&Place::found(world)) {
        return Err(EffectError::new(
            Code::TargetInWorld,
            format!("component {id}: {occupied} holds the world or lies in it"),
        ));
    }
    Ok(())
}

/// What the target of `holder` takes for itself, asked for `id`.
fn occupied(id: &ComponentId, holder: &ComponentId, target: &str) -> Result<Occupied, EffectError> {
    spec(id, target)?.occupies(holder).map_err(|e| EffectError::new(e.code(), format!("component {id}: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn target(root: &Path) -> String {
        let check = serde_json::json!({ "argv": ["true"], "timeout_s": 1 });
        let target =
            serde_json::json!({ "kind": "directory", "root": root, "managed": ["*"], "check": check });
        target.to_string()
    }

    #[test]
    fn a_link_that_was_moved_is_seen_before_anybody_joins_and_from_then_on() {
        let base = tempfile::tempdir().expect("a directory");
        let at = |name: &str| base.path().join(name);
        for name in ["a", "b"] {
            std::fs::create_dir(at(name)).expect("made");
        }
        symlink(at("a"), at("link")).expect("linked");
        let [id, other]: [ComponentId; 2] = ["newcomer", "other"].map(|id| id.parse().expect("an id"));
        let (own, taken) = (target(&at("b")), target(&at("link")));
        let others = || [(&other, taken.as_str())];
        let occupancy = Occupancy::default();
        assert!(occupancy.apart(&id, &own, others()).is_ok());
        let refused = |found: Result<(), EffectError>| found.expect_err("refused").code;
        assert_eq!(refused(occupancy.apart(&id, &target(&at("a")), others())), Code::TargetOverlaps);
        std::fs::remove_file(at("link")).expect("removed");
        symlink(at("b"), at("link")).expect("linked");
        assert_eq!(refused(occupancy.apart_now(&id, &own, others())), Code::TargetOverlaps);
        assert_eq!(refused(occupancy.apart(&id, &own, others())), Code::TargetOverlaps);
        // Another description is another target.
        let elsewhere = target(&at("a"));
        assert!(occupancy.apart(&id, &own, [(&other, elsewhere.as_str())]).is_ok());
    }
}
