//! Each member of an entry that stands on an envelope is what was signed: a log that says one of them otherwise does not
//! verify, although its engine signed it.

use grace_domain::component::event::ComponentFacts;
use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::event::{AckFacts, HandshakeEvent};
use grace_domain::log::{Entry, Event, Signed};
use grace_domain::statement::{Act, Adjustment, Vote};
use grace_domain::update::event::UpdateEvent;

use crate::component_keys::{Log, SPINE};
use crate::packs::{UPDATE, acted, check, export, genesis, key, submission_entry};

/// A log whose newest entry is the request of `web`.
fn requested() -> Log {
    let mut log = Log::new();
    log.announced(1, &key(30));
    log.lines.truncate(3);
    log
}

#[test]
fn every_fact_of_a_component_that_joins_is_what_was_signed() {
    type Change = fn(&mut ComponentFacts);
    let changes: [(&str, Change); 19] = [
        ("title", |f| f.title = "Wob".into()),
        ("component_type", |f| f.component_type = "database".into()),
        ("version", |f| f.version = "2".into()),
        ("capabilities", |f| f.capabilities.extend(["payments".into()])),
        ("metrics", |f| f.metrics.extend(["error_rate".parse().expect("id")])),
        ("key", |f| f.key = key(31).public()),
        ("owner", |f| f.owner = "bob".parse().expect("id")),
        ("another target", |f| f.target = r#"{"kind":"registry"}"#.into()),
        ("more target", |f| f.target = r#"{"activate":{"argv":["/bin/sh"]},"kind":"directory"}"#.into()),
        ("less target", |f| f.target = "{}".into()),
        ("no target", |f| f.target = String::new()),
        ("a target with null", |f| f.target = r#"{"check":null,"kind":"directory"}"#.into()),
        ("depends_on", |f| f.depends_on.extend([SPINE.parse().expect("id")])),
        ("environment", |f| f.environment = Some("production".into())),
        ("track", |f| f.track = Some("stable".into())),
        ("secrets", |f| f.secrets.extend(["db_password".into()])),
        ("subsystem", |f| f.subsystem = true),
        ("two at once", |f| (f.track, f.environment) = (Some("a".into()), Some("b".into()))),
        ("version with a space", |f| f.version = "1 ".into()),
    ];
    assert!(requested().verify().ok(), "{:?}", requested().verify().broken);
    for (what, change) in changes {
        let mut log = requested();
        let Event::Handshake(_, HandshakeEvent::Requested { facts, .. }) = &mut log.lines[2].0.event else {
            panic!("the request");
        };
        change(facts);
        let view = log.verify();
        assert!(!view.ok(), "{what} passed");
        log.refused("the request does not say");
    }
}

#[test]
fn a_request_is_named_as_it_was_signed() {
    for other in 0..3 {
        let mut log = requested();
        let Event::Handshake(_, HandshakeEvent::Requested { component, by, request, .. }) =
            &mut log.lines[2].0.event
        else {
            panic!("the request");
        };
        match other {
            0 => *component = "edge".parse().expect("id"),
            1 => by.nonce = "another-nonce-of-the-request".parse().expect("nonce"),
            _ => *request = Digest::of(b"another request"),
        }
        log.refused("the request does not say");
    }
}

#[test]
fn an_approval_counts_for_what_it_says_and_no_longer_than_it_says() {
    type Change = fn(&mut Decision, &mut Digest, &mut Timestamp, &mut Signed);
    let changes: [(Change, bool); 6] = [
        (|_, _, expires, _| *expires = Timestamp::from_millis(59_999), true),
        (|_, _, expires, _| *expires = Timestamp::from_millis(60_001), false),
        (|decision, _, _, _| *decision = Decision::Deny, false),
        (|_, bound, _, _| *bound = Digest::of(b"another set"), false),
        (|_, _, _, by| by.nonce = "another-nonce-of-the-approval".parse().expect("nonce"), false),
        (|_, _, _, by| by.reason = "read it".into(), false),
    ];
    for (change, good) in changes {
        let mut log = Log::new();
        log.announced(1, &key(30));
        log.lines.truncate(4);
        let Event::Handshake(_, HandshakeEvent::Approval { by, decision, bound, expires }) =
            &mut log.lines[3].0.event
        else {
            panic!("the approval");
        };
        change(decision, bound, expires, by);
        if good {
            assert!(log.verify().ok(), "{:?}", log.verify().broken);
        } else {
            log.refused("the approval does not say");
        }
    }
}

#[test]
fn an_acknowledgement_sets_what_it_says() {
    type Change = fn(&mut AckFacts);
    let changes: [Change; 4] = [
        |ack| ack.seen_size += 1,
        |ack| {
            let key = "sampling".to_owned();
            ack.adjustments.push(Adjustment { key, old: None, new: "5 s".into() });
        },
        |ack| ack.vote = Vote::Nack,
        |ack| ack.reason = "fine".into(),
    ];
    for change in changes {
        let mut log = Log::new();
        let request = log.announced(1, &key(30));
        log.ack(1, request, SPINE, &key(20), None);
        assert!(log.verify().ok());
        let Some(Event::Handshake(_, HandshakeEvent::Ack(ack))) =
            log.lines.last_mut().map(|line| &mut line.0.event)
        else {
            panic!("the answer");
        };
        change(ack);
        log.refused("the acknowledgement does not say");
    }
}

#[test]
fn an_acknowledgement_counts_for_the_request_that_it_answers() {
    let mut log = Log::new();
    log.announced(1, &key(30));
    log.ack(1, Digest::of(b"another request"), SPINE, &key(20), None);
    log.refused("the acknowledgement does not say");
}

fn broken(entries: &[(Entry, Vec<Vec<u8>>)]) -> String {
    check(&export(entries, 7)).broken.map(|b| b.reason).unwrap_or_default()
}

#[test]
fn a_submission_is_recorded_as_it_was_signed() {
    type Change = fn(&mut UpdateEvent);
    let changes: [(&str, Change); 6] = [
        ("description", |e| match e {
            UpdateEvent::Proposed { description, .. } => *description = "because".into(),
            _ => panic!("no submission"),
        }),
        ("refs", |e| match e {
            UpdateEvent::Proposed { refs, .. } => refs.push("OPS-1".into()),
            _ => panic!("no submission"),
        }),
        ("security_impact", |e| match e {
            UpdateEvent::Proposed { security_impact, .. } => *security_impact = "none".into(),
            _ => panic!("no submission"),
        }),
        ("declared", |e| match e {
            UpdateEvent::Proposed { declared, .. } => *declared = Risk::High,
            _ => panic!("no submission"),
        }),
        ("set", |e| match e {
            UpdateEvent::Proposed { set, .. } => *set = Digest::of(b"another set"),
            _ => panic!("no submission"),
        }),
        ("nonce", |e| match e {
            UpdateEvent::Proposed { by, .. } => by.nonce = "another-nonce-of-it".parse().expect("nonce"),
            _ => panic!("no submission"),
        }),
    ];
    for (what, change) in changes {
        let (mut entry, envelope) = submission_entry(&key(1), "Raise a");
        let Event::Update(_, event) = &mut entry.event else { panic!("an update") };
        change(event);
        let why = broken(&[(genesis(), vec![]), (entry, vec![envelope])]);
        assert!(why.contains("the submission does not say"), "{what}: {why}");
    }
}

#[test]
fn an_act_is_recorded_as_it_was_signed() {
    type Change = fn(&mut Signed);
    let (proposed, submission) = submission_entry(&key(1), "Raise a");
    let changes: [(Act, Change, bool); 4] = [
        (Act::Withdraw, |_| {}, true),
        (Act::Retry, |_| {}, false),
        (Act::Withdraw, |by| by.reason = "for fun".into(), false),
        (Act::Withdraw, |by| by.nonce = "another-nonce-of-the-act".parse().expect("nonce"), false),
    ];
    for (act, change, good) in changes {
        let (mut by, envelope) = acted("ada", &key(1), act, "nonce-of-the-act-itself");
        change(&mut by);
        let event = Event::Update(UPDATE.parse().expect("id"), UpdateEvent::Withdrawn { by });
        let entry = Entry::new(Timestamp::from_millis(3_000), "person:ada", event);
        let why = broken(&[
            (genesis(), vec![]),
            (proposed.clone(), vec![submission.clone()]),
            (entry, vec![envelope]),
        ]);
        assert_eq!(why.is_empty(), good, "{why}");
        assert!(good || why.contains("the signed act does not say"), "{why}");
    }
}
