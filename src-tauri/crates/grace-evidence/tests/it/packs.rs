//! The export and its offline check: a good file passes, every changed byte is refused.

use std::collections::{BTreeMap, BTreeSet};

use grace_domain::core::canon;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::UpdateId;
use grace_domain::core::sealed_text::salted;
use grace_domain::core::time::Timestamp;
use grace_domain::core::version::Version;
use grace_domain::crypto::checkpoint::{self, Checkpoint, Vkey};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::crypto::merkle::{Frontier, leaf_hash};
use grace_domain::governance::policy::{Person, Policy, Risk};
use grace_domain::kinds::UpdateType;
use grace_domain::log::{Entry, Event, Signed, WorldEvent};
use grace_domain::statement::{Act, ActStatement, Part, Statement as _, Submission, set_digest};
use grace_domain::update::event::{Trigger, UpdateEvent};
use grace_evidence::{PackWriter, Verification, header, verify};
use serde_json::json;

pub const ORIGIN: &str = "grace.example/test";
pub const UPDATE: &str = "upd_0190f3a4-1111-7000-8000-000000000001";

pub fn key(n: u8) -> SignerKey {
    SignerKey::from_seed([n; 32])
}

pub fn genesis() -> Entry {
    genesis_of(&Policy::default())
}

pub fn genesis_of(policy: &Policy) -> Entry {
    let person = Person::new("Ada", BTreeSet::new(), vec![key(1).public()]);
    let policy_text = String::from_utf8(canon::to_canonical(policy).expect("canonical")).expect("text");
    Entry::new(
        Timestamp::from_millis(1_000),
        "engine",
        Event::World(WorldEvent::Created {
            name: "test".into(),
            origin: ORIGIN.into(),
            simulation: false,
            people: BTreeMap::from([("ada".parse().expect("id"), person)]),
            policy: Digest::of(policy_text.as_bytes()),
            policy_text,
            engine_key: key(9).public(),
            recovery: None,
        }),
    )
}

/// The content document that every submission here names.
fn content() -> Vec<u8> {
    let document = json!({ "files": { "a.conf": { "sha256": Digest::of(b"a = 2\n") } }, "remove": [] });
    salted([4; 32], &document).expect("canonical")
}

/// What every submission here changes.
fn part() -> Part {
    Part {
        update_type: UpdateType::Config,
        component_targets: vec!["web".parse().expect("id")],
        content: Digest::of(&content()),
    }
}

/// A submission's envelope, and the entry that stands on it; `signer` signs, the entry names Ada's key.
pub fn submission_entry(signer: &SignerKey, title_in_entry: &str) -> (Entry, Vec<u8>) {
    let id: UpdateId = UPDATE.parse().expect("id");
    let part = part();
    let mut statement = Submission::new(
        ORIGIN.into(),
        id.clone(),
        vec![part],
        ("ada".parse().expect("id"), "Raise a".into()),
        Risk::Low,
        (Timestamp::from_millis(1_500), Timestamp::from_millis(60_000)),
    );
    statement.seal(|| [7; 32]);
    let payload = canon::to_canonical(&statement).expect("canonical");
    let envelope = Envelope::sign(Submission::PAYLOAD_TYPE, payload, &[signer]).to_json();
    let event = UpdateEvent::Proposed {
        version: Version::next(None, Timestamp::from_millis(2_000)),
        parts: statement.parts,
        set: statement.set,
        title: title_in_entry.into(),
        description: "".into(),
        refs: Vec::new(),
        security_impact: "".into(),
        by: Signed {
            person: "ada".parse().expect("id"),
            key: key(1).public(),
            envelope: Digest::of(&envelope),
            nonce: UPDATE.parse().expect("nonce"),
            reason: "".into(),
        },
        declared: Risk::Low,
        document: None,
        policy: Digest::of(b"policy"),
        expires: Timestamp::from_millis(90_000),
    };
    let entry = Entry::new(Timestamp::from_millis(2_000), "person:ada", Event::Update(id, event));
    (entry, envelope)
}

fn vkey(n: u8) -> Vkey {
    Vkey::new(ORIGIN, key(n).public()).expect("vkey")
}

pub fn export(entries: &[(Entry, Vec<Vec<u8>>)], log_key: u8) -> Vec<u8> {
    export_with(entries, log_key, Some)
}

/// `blob` says what becomes of each salted blob in the file.
fn export_with(
    entries: &[(Entry, Vec<Vec<u8>>)],
    log_key: u8,
    blob: impl Fn(Vec<u8>) -> Option<Vec<u8>>,
) -> Vec<u8> {
    let mut salted: Vec<Vec<(Digest, Option<Vec<u8>>)>> = Vec::new();
    let mut encoded: Vec<Vec<u8>> = Vec::new();
    let mut newest = BTreeMap::new();
    for (seq, (entry, _)) in (0..).zip(entries) {
        let prev = newest.insert(entry.event.subject(), seq);
        let mut entry = Entry { prev, ..entry.clone() };
        let lines = entry.seal(|| [7; 32]);
        let blobs = lines.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let documents = entry.documents();
        let documents = documents.iter().map(|digest| {
            assert_eq!(*digest, Digest::of(&content()), "the only document of these logs");
            (*digest, blob(content()))
        });
        salted.push(blobs.map(|b| (Digest::of(b), blob(b.to_vec()))).chain(documents).collect());
        encoded.push(entry.encode().expect("encodes").0);
    }
    let mut tree = Frontier::new();
    for bytes in &encoded {
        tree.push(leaf_hash(bytes));
    }
    let head = Checkpoint { origin: ORIGIN.into(), size: tree.size(), root: tree.root() };
    let signed = checkpoint::sign(&head, &key(log_key));
    let head = header(&signed.text, &head, &vkey(log_key), "test", false);
    let mut writer = PackWriter::start(Vec::new(), &head).expect("start");
    for ((bytes, (_, envelopes)), salted) in encoded.iter().zip(entries).zip(&salted) {
        let needed = writer.needed(bytes).expect("reads");
        assert_eq!(needed.texts.len() + needed.documents.len(), salted.len());
        writer.entry(bytes, envelopes, salted).expect("entry");
    }
    writer.finish().expect("finish")
}

fn good() -> Vec<u8> {
    let (entry, envelope) = submission_entry(&key(1), "Raise a");
    export(&[(genesis(), vec![]), (entry, vec![envelope])], 7)
}

pub fn check(file: &[u8]) -> Verification {
    verify(file, &vkey(7), |_, _| {})
}

#[test]
fn a_good_export_passes() {
    let view = check(&good());
    assert!(view.ok(), "{:?}", view.broken);
    assert_eq!((view.size, view.signatures, view.world.as_str()), (2, 1, "test"));
    assert_eq!((view.blobs, view.redacted), (3, 0));
}

#[test]
fn texts_that_are_redacted_are_counted_and_every_proof_holds() {
    let (entry, envelope) = submission_entry(&key(1), "Raise a");
    let entries = [(genesis(), vec![]), (entry, vec![envelope])];
    let view = check(&export_with(&entries, 7, |_| None));
    assert!(view.ok(), "{:?}", view.broken);
    assert_eq!((view.signatures, view.blobs, view.redacted), (1, 0, 3));
}

#[test]
fn texts_that_are_not_the_ones_of_the_entry_are_refused() {
    let (entry, envelope) = submission_entry(&key(1), "Raise a");
    let entries = [(genesis(), vec![]), (entry, vec![envelope])];
    let other =
        |blob: Vec<u8>| Some(String::from_utf8(blob).expect("text").replace("Raise", "Lower").into_bytes());
    let view = check(&export_with(&entries, 7, other));
    assert!(!view.ok());
    assert_eq!((view.broken.as_ref().expect("a break").seq, view.blobs), (Some(1), 1));
    assert!(
        view.broken.as_ref().expect("a break").reason.contains("not the one that the entry names"),
        "{:?}",
        view.broken
    );
}

#[test]
fn every_flipped_byte_is_refused() {
    let file = good();
    for at in 0..file.len() {
        for flip in [0x01, 0x20] {
            let mut changed = file.clone();
            changed[at] ^= flip;
            assert!(!check(&changed).ok(), "byte {at} ^ {flip:#x} passed");
        }
    }
}

#[test]
fn cut_extended_and_reordered_files_are_refused() {
    let file = good();
    for length in 0..file.len() {
        assert!(!check(&file[..length]).ok(), "cut at {length} passed");
    }
    assert!(!check(&[file.as_slice(), b"\n"].concat()).ok());
    let text = String::from_utf8(file).expect("text");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(1, 2);
    assert!(!check(format!("{}\n", lines.join("\n")).as_bytes()).ok());
}

#[test]
fn an_export_signed_with_another_log_key_is_refused() {
    let (entry, envelope) = submission_entry(&key(1), "Raise a");
    let forged = export(&[(genesis(), vec![]), (entry, vec![envelope])], 8);
    let view = check(&forged);
    assert!(!view.ok());
    assert!(view.broken.as_ref().expect("a break").reason.contains("trusted key"), "{:?}", view.broken);
}

#[test]
fn an_entry_needs_an_envelope_signed_by_whom_it_names() {
    let (entry, envelope) = submission_entry(&key(2), "Raise a");
    let view = check(&export(&[(genesis(), vec![]), (entry, vec![envelope])], 7));
    assert!(!view.ok());
    assert_eq!(view.broken.as_ref().expect("a break").seq, Some(1), "{:?}", view.broken);

    let (entry, envelope) = submission_entry(&key(1), "Lower a");
    let view = check(&export(&[(genesis(), vec![]), (entry, vec![envelope])], 7));
    assert!(view.broken.as_ref().expect("a break").reason.contains("does not say"), "{:?}", view.broken);

    let (entry, _) = submission_entry(&key(1), "Raise a");
    assert!(!check(&export(&[(genesis(), vec![]), (entry, vec![])], 7)).ok());
}

#[test]
fn what_is_no_export_is_refused_and_does_not_panic() {
    for file in [&b""[..], b"\n", b"{}\n", b"[]\n", b"{\"format\":\"grace-audit-1\"}\n", &[0xff; 300]] {
        assert!(!check(file).ok());
    }
}

#[test]
fn a_log_that_distributes_without_approval_is_refused_although_its_engine_signed_it() {
    let (entry, envelope) = submission_entry(&key(1), "Raise a");
    let id: UpdateId = UPDATE.parse().expect("id");
    let breach =
        |event| Entry::new(Timestamp::from_millis(3_000), "engine", Event::Update(id.clone(), event));
    for event in [UpdateEvent::Approved { have: 1, need: 1 }, UpdateEvent::Distributing { have: 1 }] {
        let entries = [(genesis(), vec![]), (entry.clone(), vec![envelope.clone()]), (breach(event), vec![])];
        let view = check(&export(&entries, 7));
        assert!(!view.ok());
        assert_eq!(view.broken.as_ref().expect("a break").seq, Some(2));
        assert!(
            view.broken.as_ref().expect("a break").reason.contains("without the approvals"),
            "{:?}",
            view.broken
        );
    }
    let rolled_back =
        UpdateEvent::RolledBack { rollback: UPDATE.replace("upd_", "rb_").parse().expect("id") };
    let view =
        check(&export(&[(genesis(), vec![]), (entry, vec![envelope]), (breach(rolled_back), vec![])], 7));
    assert!(
        view.broken.as_ref().expect("a break").reason.contains("receipts say otherwise"),
        "{:?}",
        view.broken
    );
}

/// What `person` has signed with `signer` on the update, and its envelope.
pub fn acted(person: &str, signer: &SignerKey, act: Act, nonce: &str) -> (Signed, Vec<u8>) {
    let mut statement = ActStatement {
        world: ORIGIN.into(),
        act,
        subject: UPDATE.into(),
        digest: set_digest(&[part()]),
        person: person.parse().expect("id"),
        nonce: nonce.parse().expect("nonce"),
        at: Timestamp::from_millis(2_500),
        expires: Timestamp::from_millis(60_000),
        reason: "because".into(),
    };
    statement.seal(|| [7; 32]);
    let payload = canon::to_canonical(&statement).expect("canonical");
    let envelope = Envelope::sign(ActStatement::PAYLOAD_TYPE, payload, &[signer]).to_json();
    let by = Signed {
        person: statement.person,
        key: signer.public(),
        envelope: Digest::of(&envelope),
        nonce: statement.nonce,
        reason: statement.reason,
    };
    (by, envelope)
}

#[test]
fn a_log_in_which_somebody_reviewed_their_own_rollback_is_refused_although_its_engine_signed_it() {
    let mut founded = genesis();
    if let Event::World(WorldEvent::Created { people, .. }) = &mut founded.event {
        // Ada has two keys; that makes her no two persons.
        for (name, keys) in [("ada", vec![1, 3]), ("ben", vec![2])] {
            let keys = keys.into_iter().map(|n| key(n).public()).collect();
            let person = Person::new(name, BTreeSet::new(), keys);
            people.insert(name.parse().expect("id"), person);
        }
    }
    let (proposed, submission) = submission_entry(&key(1), "Raise a");
    let entry = |event| {
        Entry::new(Timestamp::from_millis(3_000), "engine", Event::Update(UPDATE.parse().expect("id"), event))
    };
    let rollback = || UPDATE.replace("upd_", "rb_").parse().expect("id");
    let started = |review_needed| {
        let (by, envelope) = acted("ada", &key(1), Act::Rollback, "nonce-of-the-rollback");
        let event = UpdateEvent::RollbackStarted {
            rollback: rollback(),
            trigger: Trigger::Person,
            reason: "because".into(),
            by: Some(by),
            components: vec!["web".parse().expect("id")],
            review_needed,
        };
        (entry(event), vec![envelope])
    };
    let reviewed = |person: &str, n: u8, nonce: &str| {
        let (by, envelope) = acted(person, &key(n), Act::Review, nonce);
        (entry(UpdateEvent::RollbackReviewed { rollback: rollback(), by }), vec![envelope])
    };
    let own = "reviewed a rollback of their own";
    for (needed, reviews, refused) in [
        (true, vec![reviewed("ben", 2, "nonce-of-the-first-review")], None),
        (true, vec![reviewed("ada", 1, "nonce-of-the-first-review")], Some(own)),
        (true, vec![reviewed("ada", 3, "nonce-of-the-first-review")], Some(own)),
        (false, vec![reviewed("ben", 2, "nonce-of-the-first-review")], Some("needed no review")),
        (
            true,
            vec![
                reviewed("ben", 2, "nonce-of-the-first-review"),
                reviewed("ben", 2, "nonce-of-the-second-review"),
            ],
            Some("needed no review"),
        ),
    ] {
        let mut entries =
            vec![(founded.clone(), vec![]), (proposed.clone(), vec![submission.clone()]), started(needed)];
        entries.extend(reviews);
        let view = check(&export(&entries, 7));
        assert_eq!(view.ok(), refused.is_none(), "{:?}", view.broken);
        if let Some(refused) = refused {
            assert_eq!(view.broken.as_ref().expect("a break").seq, Some(entries.len() as u64 - 1));
            assert!(view.broken.as_ref().expect("a break").reason.contains(refused), "{:?}", view.broken);
        }
    }
}
