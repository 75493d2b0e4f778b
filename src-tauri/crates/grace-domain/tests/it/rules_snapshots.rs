//! Snapshots of a component: whatever its history is, its registration, its newest snapshot and what came after make the
//! same component as all of its entries, and the same as if no snapshot had been taken.

use crate::rules::samples::{facts, signed};
use crate::rules::{PERSONS, at, digest, hs, person, upd};
use crate::soak;
use grace_domain::aggregate::Aggregate;
use grace_domain::component::event::ComponentEvent;
use grace_domain::component::{self, Component};
use grace_domain::core::ids::{DocumentId, HandshakeId};
use grace_domain::core::limits;
use grace_domain::core::version::Version;
use grace_domain::kinds::content::absent;
use grace_domain::log::Event;
use proptest::prelude::*;

/// A stored event with a number that makes it another one.
fn event((which, n): (u8, u32)) -> ComponentEvent {
    let (digest, tree) = (digest(format!("content {n}")), digest(format!("tree {n}")));
    let update = upd(n % 12);
    match which {
        0 => registered(Some(hs(n % 3))),
        1 => ComponentEvent::Baseline { digest, tree },
        2 | 3 => ComponentEvent::Activated {},
        4 => {
            let digest = if n.is_multiple_of(4) { absent() } else { digest };
            ComponentEvent::Reverted { update, digest, document: document(n) }
        }
        5 => ComponentEvent::DriftDetected { expected: digest, found: tree },
        6 => ComponentEvent::RollbackFailed { update, found: Some(digest) },
        7 => ComponentEvent::Adopted { by: signed("ben", n), digest, tree },
        8 => ComponentEvent::RestoreStarted { by: signed("ben", n) },
        9 => ComponentEvent::Restored { digest, receipt: tree },
        10 => ComponentEvent::RestoreFailed { reason: "disk full".into(), receipt: None },
        12 => ComponentEvent::Documents { documents: [("document0".parse().unwrap(), digest)].into() },
        11 => ComponentEvent::Suspended { reason: "said no".into() },
        _ => {
            let version = Version::next(None, at(i64::from(n)));
            let (by, document) = (person(PERSONS[0]), document(n));
            ComponentEvent::Installed { update, version, by, digest, tree, document }
        }
    }
}

/// Of a registry, or of a target that holds none.
fn document(n: u32) -> Option<DocumentId> {
    n.is_multiple_of(3).then(|| format!("document{}", n % 2).parse().unwrap())
}

fn registered(handshake: Option<HandshakeId>) -> ComponentEvent {
    ComponentEvent::Registered { facts: Box::new(facts("Web", 40, r#"{"kind":"directory"}"#)), handshake }
}

fn made_of<'e>(entries: impl IntoIterator<Item = &'e (u64, ComponentEvent)>) -> Component {
    let mut made: Option<Component> = None;
    for (seq, event) in entries {
        let at = at(i64::try_from(*seq).unwrap());
        match (&mut made, event) {
            (Some(component), event) => component.evolve(event, at, *seq),
            (none, event) => *none = Component::begin(&"web".parse().unwrap(), event, at, *seq),
        }
    }
    made.unwrap()
}

/// All that it is, without the entry that was its last and how many there were.
fn state(component: &Component) -> impl PartialEq + std::fmt::Debug + use<> {
    let handshake = component.handshake().cloned();
    let (facts, phase) = (component.facts().clone(), component.phase().clone());
    (component.snapshot(), facts, handshake, phase, component.needs_handshake())
}

proptest! {
    #![proptest_config(soak::cases(256))]
    #[test]
    fn a_snapshot_stands_for_what_came_before_it(
        events in prop::collection::vec((0_u8..20, 0_u32..64), 0..120),
        often in 1_usize..40,
    ) {
        let mut plain = vec![(3, registered(None))];
        let mut entries = plain.clone();
        for (n, drawn) in (0_u64..).zip(&events) {
            let entry = (4 + 2 * n, event(*drawn));
            plain.push(entry.clone());
            entries.push(entry);
            let component = made_of(&entries);
            if component.may_be_snapshot() && usize::try_from(n).unwrap() % often == 0 {
                entries.push((5 + 2 * n, ComponentEvent::Snapshot(Box::new(component.snapshot()))));
            }
        }
        let whole = made_of(&entries);
        prop_assert_eq!(state(&whole), state(&made_of(&plain)));
        let newest = entries.iter().rposition(|(_, e)| matches!(e, ComponentEvent::Snapshot(_)));
        if let Some(newest) = newest {
            let (_, ComponentEvent::Snapshot(snapshot)) = &entries[newest] else { unreachable!() };
            let registration = entries.iter().find(|(seq, _)| *seq == snapshot.registered_seq).unwrap();
            prop_assert_eq!(made_of([registration].into_iter().chain(&entries[newest..])), whole);
        }
    }
}

#[test]
fn a_snapshot_is_due_after_enough_entries_and_only_of_an_active_component() {
    let mut entries = vec![(0, registered(None))];
    let mut seq = 1;
    while made_of(&entries).since_snapshot() < limits::COMPONENT_SNAPSHOT_ENTRIES {
        assert_eq!(component::decide_snapshot(&made_of(&entries)), []);
        entries.push((seq, event((2, 0))));
        seq += 1;
    }
    let component = made_of(&entries);
    let due = component::decide_snapshot(&component);
    let [Event::Component(id, snapshot @ ComponentEvent::Snapshot(says))] = due.as_slice() else {
        panic!("{due:?}")
    };
    assert_eq!((id, &**says), (component.id(), &component.snapshot()));
    for busy in [5, 6, 8, 10, 11] {
        let suspended = entries.iter().cloned().chain([(seq, event((busy, 1)))]).collect::<Vec<_>>();
        assert_eq!(component::decide_snapshot(&made_of(&suspended)), [], "{busy}");
    }
    entries.push((seq, snapshot.clone()));
    assert_eq!(component::decide_snapshot(&made_of(&entries)), []);
}

#[test]
fn a_snapshot_that_does_not_fit_an_entry_is_not_taken() {
    let acts = limits::ENTRY_BYTES / 20;
    let entries: Vec<_> = std::iter::once((0, registered(None)))
        .chain((1..).zip((0..u32::try_from(acts).unwrap()).map(|n| event((7, n)))))
        .collect();
    let component = made_of(&entries);
    assert!(component.may_be_snapshot());
    assert_eq!(component::decide_snapshot(&component), []);
}
