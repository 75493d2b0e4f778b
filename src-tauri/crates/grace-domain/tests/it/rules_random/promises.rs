//! What the product promises, read from the log alone.

use crate::rules::sim::Sim;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, PersonId, UpdateId};
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::Verdict;
use grace_domain::log::{Entry, Event};
use grace_domain::update::UpdatePhase;
use grace_domain::update::event::UpdateEvent;
use std::collections::{BTreeMap, BTreeSet};
/// What a reader of the log alone can say about every distribution: who had signed, and that enough had.
pub fn hold_promises(s: &Sim) {
    let mut signed: BTreeMap<UpdateId, Vec<(PersonId, [u8; 32], Digest)>> = BTreeMap::new();
    let mut submitter: BTreeMap<UpdateId, PersonId> = BTreeMap::new();
    let mut bound: BTreeMap<UpdateId, (Digest, u32)> = BTreeMap::new();
    let mut applied: BTreeMap<(UpdateId, ComponentId), u32> = BTreeMap::new();
    let mut denied: BTreeSet<UpdateId> = BTreeSet::new();
    for bytes in &s.log {
        let Event::Update(id, event) = Entry::decode(bytes).unwrap().event else { continue };
        match event {
            UpdateEvent::Proposed { by, .. } => {
                submitter.insert(id, by.person);
            }
            UpdateEvent::Packaged(p) => {
                let u = &s.world.updates()[&id];
                let digest = grace_domain::statement::bound_digest(
                    id.as_str(),
                    &u.set(),
                    &p.package,
                    &p.rollback_plan,
                    &u.policy(),
                );
                let need = s.world.policy().approvals.at(p.computed.max(u.declared()));
                bound.insert(id, (digest, *need));
            }
            UpdateEvent::Approval { by, decision: Decision::Approve, bound, .. } => {
                signed.entry(id).or_default().push((by.person, *by.key.as_bytes(), bound));
            }
            UpdateEvent::Approval { .. } => {
                denied.insert(id);
            }
            UpdateEvent::Distributing { .. } => {
                let (digest, need) = bound[&id];
                let valid: Vec<_> = signed[&id].iter().filter(|(_, _, b)| *b == digest).collect();
                let persons: BTreeSet<_> = valid.iter().map(|(p, _, _)| p).collect();
                let keys: BTreeSet<_> = valid.iter().map(|(_, k, _)| k).collect();
                assert!(persons.len() >= need as usize && keys.len() >= need as usize, "{id}: too few");
                assert!(!persons.contains(&submitter[&id]) && !denied.contains(&id));
            }
            UpdateEvent::ApplyStarted { component } => *applied.entry((id, component)).or_default() += 1,
            UpdateEvent::Retried { .. } => applied.retain(|(u, _), _| *u != id),
            UpdateEvent::RolledBack { .. } => {
                let u = &s.world.updates()[&id];
                let plans = &u.package().unwrap().components;
                let back = &u.rollback().unwrap().receipts;
                assert!(
                    plans
                        .iter()
                        .all(|(c, p)| back.iter().any(|(r, _, _)| r.component == *c && r.after == p.before))
                );
            }
            _ => {}
        }
    }
    assert!(applied.values().all(|n| *n == 1), "each component is changed once per preparation");
    for u in s.world.updates().values() {
        if matches!(u.phase(), UpdatePhase::Stable) {
            let kept = s.log.iter().any(|b| {
                matches!(Entry::decode(b).unwrap().event, Event::Update(id, UpdateEvent::Kept { .. }) if id == *u.id())
            });
            let window = u.window();
            assert!(
                kept || window
                    .is_some_and(|w| w.observed_ms >= w.length_ms && w.verdict == Some(Verdict::Healthy))
            );
        }
    }
}
