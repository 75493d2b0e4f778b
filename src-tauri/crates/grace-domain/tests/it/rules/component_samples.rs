//! One event of each kind of a component, as the golden entries hold them.

use super::samples::{Samples, facts, signed};
use super::{PERSONS, at, digest, hs, nonce, person, upd};
use grace_domain::component::event::ComponentEvent;
use grace_domain::component::{ComponentSnapshot, InstalledSnapshot};
use grace_domain::core::version::Version;
use grace_domain::log::Event;
use std::collections::BTreeMap;

pub fn component(all: &mut Samples) {
    let mut push = |name, event| all.push((name, Event::Component("web".parse().unwrap(), event)));
    let target = r#"{"kind":"directory"}"#;
    push("", ComponentEvent::Registered { facts: Box::new(facts("Web", 40, target)), handshake: None });
    push(
        "joined",
        ComponentEvent::Registered { facts: Box::new(facts("Web", 40, target)), handshake: Some(hs(1)) },
    );
    push("", ComponentEvent::Baseline { digest: digest("first"), tree: digest("tree") });
    push("", ComponentEvent::Activated {});
    push(
        "",
        ComponentEvent::Installed {
            update: upd(1),
            version: Version::next(None, at(0)),
            by: person(PERSONS[0]),
            digest: digest("after"),
            tree: digest("tree"),
            document: None,
        },
    );
    let document = Some("latency_p99_ms".parse().unwrap());
    push("", ComponentEvent::Reverted { update: upd(1), digest: digest("before"), document: None });
    push("document", ComponentEvent::Reverted { update: upd(1), digest: digest("before"), document });
    push(
        "",
        ComponentEvent::Documents {
            documents: [("error_rate".parse().unwrap(), digest("error rate"))].into(),
        },
    );
    push("", ComponentEvent::DriftDetected { expected: digest("before"), found: digest("strange") });
    push("", ComponentEvent::RollbackFailed { update: upd(1), found: Some(digest("strange")) });
    push("unseen", ComponentEvent::RollbackFailed { update: upd(1), found: None });
    push(
        "",
        ComponentEvent::Adopted { by: signed("ben", 9), digest: digest("strange"), tree: digest("tree") },
    );
    push("", ComponentEvent::RestoreStarted { by: signed("ben", 10) });
    push("", ComponentEvent::Restored { digest: digest("before"), receipt: digest("receipt") });
    push("", ComponentEvent::RestoreFailed { reason: "disk full".into(), receipt: None });
    push("", ComponentEvent::Suspended { reason: "said no after the quorum".into() });
    for (name, content, installed) in
        [("empty", None, vec![]), ("", Some((digest("after"), digest("tree"))), vec![installed()])]
    {
        let nonces = installed.iter().map(|_| nonce(9)).collect();
        let (first_seq, since, registered_seq) = (3, at(0), 7);
        let documents = BTreeMap::new();
        let removed = content.iter().map(|(last, _)| ("queue_depth".parse().unwrap(), *last)).collect();
        let (digest, tree) = content.unzip();
        let snapshot = ComponentSnapshot {
            first_seq,
            since,
            registered_seq,
            digest,
            tree,
            documents,
            removed,
            installed,
            nonces,
        };
        push(name, ComponentEvent::Snapshot(Box::new(snapshot)));
    }
}

fn installed() -> InstalledSnapshot {
    InstalledSnapshot {
        update: upd(1),
        version: Version::next(None, at(0)),
        by: person(PERSONS[0]),
        installed_at: at(1),
        document: None,
        before: digest("first"),
        before_tree: digest("tree"),
    }
}
