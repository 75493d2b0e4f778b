//! At least one event of every type, with every optional field once set and once absent.

use super::component_samples::component;
use super::{at, digest, hs, key_of, nonce, people, person, policy, public, upd};
use grace_domain::component::event::ComponentFacts;
use grace_domain::core::canon::to_canonical;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::version::Version;
use grace_domain::governance::policy::{Policy, Recovery, Risk};
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::event::{AckFacts, HandshakeEvent};
use grace_domain::judge::window::{EvaluationReport, Rule, Series, Verdict};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::log::{Baseline, Event, Signed, WorldEvent};
use grace_domain::metrics::builtin;
use grace_domain::statement::{Adjustment, Part, ReceiptAct, ReceiptResult, Vote, set_digest};
use grace_domain::update::decide::rollback_id;
use grace_domain::update::event::{Trigger, UpdateEvent};
use grace_domain::update::evidence::{
    BeforeAfter, CardFacts, CardVerdict, NoReceiptFacts, PackageFacts, ReceiptFacts,
};
use std::collections::BTreeSet;

/// A signature of a person.
pub fn signed(name: &str, n: u32) -> Signed {
    Signed {
        person: person(name),
        key: public(key_of(name)),
        envelope: digest(format!("envelope {name} {n}")),
        nonce: nonce(n),
        reason: if n.is_multiple_of(2) { "it is as agreed".into() } else { "".into() },
    }
}

/// Facts of a component; `target` empty for a subsystem.
pub fn facts(title: &str, key: u8, target: &str) -> ComponentFacts {
    ComponentFacts {
        title: title.into(),
        component_type: "service".into(),
        version: "1.2.3".into(),
        capabilities: ["http", "cache"].iter().map(ToString::to_string).collect(),
        metrics: ["error_rate", "latency_p95_ms"].iter().map(|m| m.parse().unwrap()).collect(),
        key: public(key),
        owner: person("ada"),
        target: target.into(),
        depends_on: if target.is_empty() { BTreeSet::new() } else { ["db".parse().unwrap()].into() },
        environment: (!target.is_empty()).then(|| "production".into()),
        track: (!target.is_empty()).then(|| "stable".into()),
        secrets: if target.is_empty() { BTreeSet::new() } else { ["TLS_KEY".into()].into() },
        subsystem: target.is_empty(),
        simulated: true,
    }
}

/// The genesis event.
pub fn genesis() -> WorldEvent {
    let policy_text = String::from_utf8(to_canonical(&policy()).unwrap()).unwrap();
    WorldEvent::Created {
        name: "rules".into(),
        origin: super::ORIGIN.into(),
        simulation: true,
        people: people(),
        policy: Digest::of(policy_text.as_bytes()),
        policy_text,
        engine_key: public(9),
        recovery: Some(Recovery { keys: vec![public(60), public(61)], threshold: 1 }),
    }
}

/// A card.
pub fn card(attempt: u32, n: u8, verdict: CardVerdict) -> CardFacts {
    let code = if verdict == CardVerdict::Passed { None } else { Some(Code::CheckFailed) };
    CardFacts {
        attempt,
        n,
        verdict,
        code,
        sentence: format!("stage {n} says so.").into(),
        ms: 12,
        facts: [("level".to_owned(), "full".to_owned())].into(),
        output: (verdict != CardVerdict::Passed).then(|| digest("output")),
    }
}

/// A package of one component.
pub fn package(attempt: u32) -> PackageFacts {
    PackageFacts {
        attempt,
        package: digest("package"),
        rollback_plan: digest("plan"),
        components: [(
            "web".parse().unwrap(),
            BeforeAfter { before: digest("before"), after: digest("after") },
        )]
        .into(),
        computed: Risk::High,
        reasons: vec!["a sensitive directive changes".into()],
        invertible: true,
        apply_ms: 5,
        revert_ms: 7,
        items: [(TargetKind::Directory, 2)].into_iter().collect(),
        summary: digest("summary"),
    }
}

/// A receipt.
pub fn no_receipt(component: &str, act: ReceiptAct, begun: bool) -> NoReceiptFacts {
    NoReceiptFacts {
        component: component.parse().unwrap(),
        act,
        code: Code::ComponentKey,
        reason: "its key is not here".into(),
        begun,
        found: begun.then(|| digest("found")),
    }
}

pub fn receipt(act: ReceiptAct, result: ReceiptResult) -> ReceiptFacts {
    let good = result == ReceiptResult::Applied;
    ReceiptFacts {
        component: "web".parse().unwrap(),
        key: public(40),
        act,
        result,
        code: if good { None } else { Some(Code::VerifyFailed) },
        reason: if good { "".into() } else { "the probe answered 500".into() },
        before: digest("before"),
        after: digest("after"),
        ms: 31,
        envelope: digest("receipt"),
        output: (!good).then(|| digest("output")),
        tree: good.then(|| digest("tree")),
    }
}

/// A report of the watcher.
pub fn evaluation(verdict: Verdict, observed_ms: u64, elapsed_ms: u64) -> EvaluationReport {
    EvaluationReport {
        verdict,
        observed_ms,
        elapsed_ms,
        evaluations: 4,
        healthy: 3,
        digest: digest("evaluations"),
        reason: "error_rate 1,200 ppm of 50,000.".into(),
    }
}

/// A series of `web` with the rule that a world's first definitions give it.
pub fn baseline(metric: &str, value: Option<u64>) -> Baseline {
    let series = Series { component: "web".parse().unwrap(), metric: metric.parse().unwrap() };
    let definition = builtin::definitions().into_iter().find(|d| d.id == series.metric);
    let freshness = Policy::default().freshness(None);
    let Rule { baseline: value, limit, worse, fresh_s } =
        Rule::of(definition.as_ref(), None, freshness, value);
    Baseline { series, value, limit, worse, fresh_s }
}

/// Two series, one without a baseline.
pub fn baselines() -> Vec<Baseline> {
    vec![baseline("error_rate", Some(1_000)), baseline("latency_p95_ms", None)]
}

/// An answer of a subsystem.
pub fn ack(by: &str, vote: Vote) -> AckFacts {
    let nack = vote == Vote::Nack;
    AckFacts {
        by: by.parse().unwrap(),
        key: public(30),
        vote,
        reason: if nack { "no room".into() } else { "".into() },
        adjustments: if nack {
            Vec::new()
        } else {
            vec![
                Adjustment { key: "weight".into(), old: Some("1".into()), new: "2".into() },
                Adjustment { key: "watch".into(), old: None, new: "on".into() },
            ]
        },
        seen_size: 17,
        envelope: digest(format!("ack {by}")),
    }
}

/// A golden file's name and its event.
pub fn all() -> Vec<(String, Event)> {
    let mut all: Vec<(&str, Event)> = Vec::new();
    world(&mut all);
    update(&mut all);
    update_ends(&mut all);
    handshake(&mut all);
    component(&mut all);
    all.into_iter()
        .map(|(variant, event)| {
            let mut entry = grace_domain::log::Entry::new(at(0), "engine", event.clone());
            entry.seal(|| [0; 32]);
            let (_, kind) = entry.encode().unwrap();
            (if variant.is_empty() { kind } else { format!("{kind}.{variant}") }, event)
        })
        .collect()
}

/// Names and events.
pub type Samples = Vec<(&'static str, Event)>;

fn world(all: &mut Samples) {
    all.push(("", Event::World(genesis())));
    all.push(("", Event::World(WorldEvent::EngineStarted { version: "0.1.0".into(), epoch: 3 })));
    all.push(("", Event::World(WorldEvent::ClockSetBack { before: at(1) })));
}

fn update(all: &mut Samples) {
    let mut push = |name, event| all.push((name, Event::Update(upd(1), event)));
    let part = Part {
        update_type: UpdateType::Config,
        component_targets: vec!["web".parse().unwrap(), "api".parse().unwrap()],
        content: digest("content"),
    };
    push(
        "",
        UpdateEvent::Proposed {
            version: Version::next(None, at(0)),
            parts: vec![part.clone()],
            set: set_digest(std::slice::from_ref(&part)),
            title: "Raise the worker count".into(),
            description: "It is slow in the evening.".into(),
            refs: vec!["OPS-1".into(), "OPS-2".into()],
            security_impact: "None: the workers have no rights.".into(),
            by: signed("ada", 1),
            declared: Risk::Low,
            document: None,
            policy: digest("policy"),
            expires: at(1_000_000),
        },
    );
    push("", UpdateEvent::Stage(card(1, 2, CardVerdict::Passed)));
    push("failed", UpdateEvent::Stage(card(1, 4, CardVerdict::Failed)));
    push("blocked", UpdateEvent::Stage(card(1, 4, CardVerdict::Blocked)));
    push("", UpdateEvent::Packaged(package(1)));
    push("", UpdateEvent::Rebased { attempt: 2, reason: "the content of web changed".into() });
    for (name, decision) in [("", Decision::Approve), ("deny", Decision::Deny)] {
        push(
            name,
            UpdateEvent::Approval {
                by: signed("ben", 2),
                decision,
                bound: digest("bound"),
                expires: at(86_400_000),
            },
        );
    }
    push("", UpdateEvent::Approved { have: 2, need: 2 });
    push("", UpdateEvent::ApprovalLapsed { reason: "only 1 approvals still count".into() });
    push("", UpdateEvent::Waiting { reason: "frozen until Monday".into() });
    push("", UpdateEvent::Distributing { have: 2 });
    push("", UpdateEvent::ApplyStarted { component: "web".parse().unwrap() });
    push("", UpdateEvent::Receipt(receipt(ReceiptAct::Apply, ReceiptResult::Applied)));
    push("undone", UpdateEvent::Receipt(receipt(ReceiptAct::Apply, ReceiptResult::Undone)));
    push("revert", UpdateEvent::Receipt(receipt(ReceiptAct::Revert, ReceiptResult::Applied)));
    push("", UpdateEvent::NoReceipt(no_receipt("web", ReceiptAct::Apply, true)));
    push("untouched", UpdateEvent::NoReceipt(no_receipt("web", ReceiptAct::Apply, false)));
    push("", UpdateEvent::Distributed { receipts: 2 });
    push("", UpdateEvent::WindowOpened { length_ms: 3_600_000, baselines: baselines(), document: None });
    let document = Some(digest("after"));
    push("document", UpdateEvent::WindowOpened { length_ms: 60_000, baselines: Vec::new(), document });
    push("", UpdateEvent::Evaluation(evaluation(Verdict::Healthy, 3_000, 4_000)));
}

fn update_ends(all: &mut Samples) {
    let mut push = |name, event| all.push((name, Event::Update(upd(1), event)));
    push("", UpdateEvent::Stable {});
    push("", UpdateEvent::Held { reason: "nobody can tell".into() });
    push("", UpdateEvent::Kept { by: signed("ben", 3) });
    let (code, reason) = (|| Code::CheckFailed, || "nginx: unknown directive".to_owned());
    push("", UpdateEvent::Blocked { stage: 4, code: code(), reason: reason().into() });
    push("", UpdateEvent::Failed { stage: 6, code: code(), reason: reason().into() });
    push("", UpdateEvent::Refused { code: Code::Denied, reason: "Denied by ben.".into() });
    push("", UpdateEvent::Withdrawn { by: signed("ada", 4) });
    push("", UpdateEvent::Retried { by: signed("ada", 5), attempt: 2 });
    for (name, trigger, by, review_needed) in [
        ("", Trigger::Regressed, None, false),
        ("person", Trigger::Person, Some(signed("ada", 6)), false),
        ("needs_review", Trigger::Person, Some(signed("ada", 6)), true),
    ] {
        push(
            name,
            UpdateEvent::RollbackStarted {
                rollback: rollback_id(&upd(1)),
                trigger,
                reason: "error_rate 200,000 ppm of 50,000.".into(),
                by,
                components: vec!["web".parse().unwrap()],
                review_needed,
            },
        );
    }
    push("", UpdateEvent::RollbackReviewed { rollback: rollback_id(&upd(1)), by: signed("ben", 9) });
    push("", UpdateEvent::RolledBack { rollback: rollback_id(&upd(1)) });
    push(
        "",
        UpdateEvent::RollbackFailed { rollback: rollback_id(&upd(1)), reason: "web is not as before".into() },
    );
}

fn handshake(all: &mut Samples) {
    let mut push = |name, event| all.push((name, Event::Handshake(hs(1), event)));
    push(
        "",
        HandshakeEvent::Requested {
            component: "cache".parse().unwrap(),
            facts: Box::new(facts("Cache", 50, r#"{"kind":"directory"}"#)),
            by: signed("ada", 7),
            request: digest("request"),
            policy: digest("policy"),
            expires: at(1_000_000),
        },
    );
    push(
        "",
        HandshakeEvent::Approval {
            by: signed("ben", 8),
            decision: Decision::Approve,
            bound: digest("bound"),
            expires: at(86_400_000),
        },
    );
    push("", HandshakeEvent::Announced { deadline: at(60_000) });
    push("", HandshakeEvent::Ack(ack("memory_fusion", Vote::Ack)));
    push("nack", HandshakeEvent::Ack(ack("memory_fusion", Vote::Nack)));
    push("", HandshakeEvent::AckNotCounted { ack: ack("memory_fusion", Vote::Ack), code: Code::Late });
    push("", HandshakeEvent::Integrated { acks: 5 });
    push("", HandshakeEvent::Baseline { digest: digest("first") });
    push("", HandshakeEvent::WindowOpened { length_ms: 3_600_000, baselines: baselines() });
    push("", HandshakeEvent::Evaluation(evaluation(Verdict::NoData, 0, 4_000)));
    push("", HandshakeEvent::Validated {});
    push("", HandshakeEvent::QuorumFailed { missing: ["memory_fusion".parse().unwrap()].into() });
    push("", HandshakeEvent::RefusedBy { by: "memory_fusion".parse().unwrap(), reason: "no room".into() });
    push("", HandshakeEvent::Refused { code: Code::Denied, reason: "denied by ben".into() });
    for (name, undone) in [("", Vec::new()), ("undone", vec!["memory_fusion: weight".to_owned()])] {
        let reason = "said no after the quorum".into();
        push(name, HandshakeEvent::Suspended { code: Code::Contradiction, reason, undone });
    }
}
