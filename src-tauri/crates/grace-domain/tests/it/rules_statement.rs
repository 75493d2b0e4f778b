//! Signed statements: each kind is read by its own verifier only, and each flaw has its code.

use crate::rules::sim::{Sim, submission};
use crate::rules::{
    ORIGIN, at, digest, envelope, hs, key, key_of, nonce, people, person, policy, public, upd,
};
use crate::soak;
use grace_domain::core::canon::to_canonical;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::statement::{
    Ack, Act, ActStatement, ApprovalStatement, HandshakeRequest, Manifest, PersonStatement, Receipt,
    ReceiptAct, ReceiptResult, Statement, StatementError, Submission, Verified, Vote, bound_digest, read,
    verify, verify_person,
};
use proptest::prelude::*;
use serde_json::Value;

fn approval() -> ApprovalStatement {
    ApprovalStatement {
        world: ORIGIN.into(),
        subject: upd(1).to_string(),
        decision: Decision::Approve,
        stage: "governance".into(),
        set: digest("set"),
        package: digest("package"),
        rollback_plan: digest("plan"),
        policy: digest("policy"),
        person: person("ben"),
        nonce: nonce(1),
        at: at(0),
        expires: at(60_000),
        reason: "".into(),
    }
}

fn act() -> ActStatement {
    ActStatement {
        world: ORIGIN.into(),
        act: Act::Rollback,
        subject: upd(1).to_string(),
        digest: digest("content"),
        person: person("ben"),
        nonce: nonce(1),
        at: at(0),
        expires: at(60_000),
        reason: "it is slow".into(),
    }
}

fn receipt() -> Receipt {
    Receipt {
        world: ORIGIN.into(),
        update: upd(1),
        component: "web".parse().unwrap(),
        package: digest("package"),
        act: ReceiptAct::Apply,
        result: ReceiptResult::Applied,
        before: digest("before"),
        after: digest("after"),
        reason: "".into(),
        code: None,
        ms: 3,
        at: at(0),
    }
}

fn manifest() -> Manifest {
    Manifest {
        world: ORIGIN.into(),
        update: upd(1),
        set: digest("set"),
        components: [].into(),
        computed: Risk::Low,
        invertible: true,
        summary: digest("summary"),
        at: at(0),
    }
}

fn ack() -> Ack {
    Ack {
        world: ORIGIN.into(),
        handshake: hs(1),
        nonce: nonce(1),
        request: digest("request"),
        by: "memory_fusion".parse().unwrap(),
        vote: Vote::Ack,
        reason: "".into(),
        adjustments: Vec::new(),
        seen: String::new(),
        at: at(0),
    }
}

fn request() -> HandshakeRequest {
    Sim::new(policy()).request("cache", 50)
}

/// Every kind, signed by one key that is registered for everything.
fn every_kind(signer: &SignerKey) -> Vec<(&'static str, Envelope)> {
    vec![
        (Submission::PAYLOAD_TYPE, envelope(&submission(upd(1), "ben", Risk::Low, &["web"], at(0)), signer)),
        (ApprovalStatement::PAYLOAD_TYPE, envelope(&approval(), signer)),
        (ActStatement::PAYLOAD_TYPE, envelope(&act(), signer)),
        (HandshakeRequest::PAYLOAD_TYPE, envelope(&request(), signer)),
        (Ack::PAYLOAD_TYPE, envelope(&ack(), signer)),
        (Receipt::PAYLOAD_TYPE, envelope(&receipt(), signer)),
        (Manifest::PAYLOAD_TYPE, envelope(&manifest(), signer)),
    ]
}

fn code<T>(result: Result<T, StatementError>) -> Result<T, &'static str> {
    result.map_err(|e| e.code().as_str())
}

fn offered<T: Statement>(kinds: &[(&'static str, Envelope)], keys: &SignerKey) {
    for (kind, envelope) in kinds {
        let found = code(verify::<T>(envelope, ORIGIN, &[keys.public()]));
        if *kind == T::PAYLOAD_TYPE {
            assert!(found.is_ok(), "{kind}");
            // The same bytes under this type but signed as another one.
            for (other, _) in kinds.iter().filter(|(other, _)| other != kind) {
                let signed = Envelope::sign(other, envelope.payload.clone(), &[keys]);
                let relabelled = Envelope { payload_type: (*kind).to_owned(), ..signed };
                assert_eq!(
                    code(verify::<T>(&relabelled, ORIGIN, &[keys.public()])).err(),
                    Some("bad_signature")
                );
            }
        } else {
            assert_eq!(found.err(), Some("wrong_payload_type"), "{kind} offered as {}", T::PAYLOAD_TYPE);
            // Signed as the right type, but with the content of another kind.
            let relabelled = Envelope::sign(T::PAYLOAD_TYPE, envelope.payload.clone(), &[keys]);
            let found = code(verify::<T>(&relabelled, ORIGIN, &[keys.public()]));
            assert_eq!(found.err(), Some("wrong_shape"), "{kind} relabelled as {}", T::PAYLOAD_TYPE);
        }
    }
}

fn offered_by_person<T: PersonStatement>(kinds: &[(&'static str, Envelope)]) {
    for (kind, envelope) in kinds {
        let found = code(verify_person::<T>(envelope, ORIGIN, &people(), at(1)));
        if *kind != T::PAYLOAD_TYPE {
            assert_eq!(found.err(), Some("wrong_payload_type"), "{kind} offered as {}", T::PAYLOAD_TYPE);
        }
    }
}

#[test]
fn every_kind_is_refused_by_the_verifier_of_every_other_kind() {
    let ben = key(key_of("ben"));
    let kinds = every_kind(&ben);
    let types: std::collections::BTreeSet<&str> = kinds.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(types.len(), kinds.len());
    offered::<Submission>(&kinds, &ben);
    offered::<ApprovalStatement>(&kinds, &ben);
    offered::<ActStatement>(&kinds, &ben);
    offered::<HandshakeRequest>(&kinds, &ben);
    offered::<Ack>(&kinds, &ben);
    offered::<Receipt>(&kinds, &ben);
    offered::<Manifest>(&kinds, &ben);
    offered_by_person::<Submission>(&kinds);
    offered_by_person::<ApprovalStatement>(&kinds);
    offered_by_person::<ActStatement>(&kinds);
    offered_by_person::<HandshakeRequest>(&kinds);
}

fn checked(statement: &ApprovalStatement, signer: u8, now_ms: i64) -> Result<(), &'static str> {
    code(verify_person::<ApprovalStatement>(
        &envelope(statement, &key(signer)),
        ORIGIN,
        &people(),
        at(now_ms),
    ))
    .map(|_| ())
}

#[test]
fn each_flaw_has_its_code() {
    let ben = key_of("ben");
    let a = approval();
    assert_eq!(checked(&a, ben, 0), Ok(()));
    assert_eq!(checked(&a, key_of("cleo"), 0), Err("unknown_key"));
    assert_eq!(checked(&a, 99, 0), Err("bad_signature"));
    assert_eq!(checked(&a, ben, 59_999), Ok(()));
    assert_eq!(checked(&a, ben, 60_000), Err("statement_expired"));
    let timed = |from, to| ApprovalStatement { at: at(from), expires: at(to), ..a.clone() };
    let ms = |seconds: u64| i64::try_from(seconds * 1000).unwrap();
    let (ahead, life) = (ms(limits::STATEMENT_SKEW_S), ms(limits::APPROVAL_LIFE_MAX_S));
    assert_eq!(checked(&timed(ahead, life), ben, 0), Ok(()));
    assert_eq!(checked(&timed(ahead + 1, life), ben, 0), Err("statement_from_the_future"));
    assert_eq!(checked(&timed(ahead, life + 1), ben, 0), Err("life_too_long"));
    assert_eq!(checked(&timed(-1, life), ben, 0), Err("life_too_long"));
    assert_eq!(checked(&timed(20_000, 20_000), ben, 0), Err("statement_expired"));
    let unknown = ApprovalStatement { person: person("eve"), ..a.clone() };
    assert_eq!(checked(&unknown, ben, 0), Err("unknown_person"));
    assert_eq!(
        checked(&ApprovalStatement { world: "other".into(), ..a.clone() }, ben, 0),
        Err("wrong_world")
    );
    // The person may use any registered key.
    let of_ada = ApprovalStatement { person: person("ada"), ..a };
    assert_eq!(checked(&of_ada, key_of("ada"), 0), Ok(()));
    assert_eq!(checked(&of_ada, 20, 0), Ok(()));
}

#[test]
fn two_keys_of_one_person_on_one_envelope_are_refused() {
    let of_ada = ApprovalStatement { person: person("ada"), ..approval() };
    let payload = to_canonical(&of_ada).unwrap();
    let twice = Envelope::sign(ApprovalStatement::PAYLOAD_TYPE, payload, &[&key(10), &key(20)]);
    let found = verify_person::<ApprovalStatement>(&twice, ORIGIN, &people(), at(0));
    assert_eq!(code(found).err(), Some("wrong_shape"));
    // A signature of somebody else beside the person's own changes nothing.
    let beside = Envelope::sign(
        ApprovalStatement::PAYLOAD_TYPE,
        to_canonical(&approval()).unwrap(),
        &[&key(key_of("cleo")), &key(key_of("ben"))],
    );
    let found = verify_person::<ApprovalStatement>(&beside, ORIGIN, &people(), at(0)).unwrap();
    assert_eq!(found.key, public(key_of("ben")));
}

#[test]
fn a_payload_is_strict_json_of_exactly_this_shape() {
    let ben = key(key_of("ben"));
    let text = String::from_utf8(to_canonical(&approval()).unwrap()).unwrap();
    let verdict = |payload: String| {
        let envelope = Envelope::sign(ApprovalStatement::PAYLOAD_TYPE, payload.into_bytes(), &[&ben]);
        code(read::<ApprovalStatement>(&envelope, ORIGIN)).map(|_| ())
    };
    assert_eq!(verdict(text.clone()), Ok(()));
    assert_eq!(verdict(text.replacen('{', "{\"stage\":\"x\",", 1)), Err("not_strict_json"));
    assert_eq!(verdict(format!("{text} {text}")), Err("not_strict_json"));
    assert_eq!(verdict(text[..text.len() - 1].to_owned()), Err("not_strict_json"));
    assert_eq!(verdict("[".repeat(200)), Err("not_strict_json"));
    assert_eq!(verdict(String::new()), Err("not_strict_json"));
    assert_eq!(verdict(text.replacen('{', "{\"extra\":1,", 1)), Err("wrong_shape"));
    assert_eq!(verdict(text.replacen("\"approve\"", "\"maybe\"", 1)), Err("wrong_shape"));
    assert_eq!(verdict(text.replacen("\"approve\"", "1", 1)), Err("wrong_shape"));
    assert_eq!(verdict("null".into()), Err("wrong_shape"));
    let fields: Vec<String> = serde_json::from_str::<serde_json::Map<String, Value>>(&text)
        .unwrap()
        .into_iter()
        .map(|(k, _)| k)
        .collect();
    for field in fields.iter().filter(|f| *f != "reason") {
        let mut map: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
        map.remove(field);
        assert_eq!(verdict(Value::Object(map).to_string()), Err("wrong_shape"), "without {field}");
    }
}

#[test]
fn one_changed_byte_anywhere_is_refused() {
    let signed = envelope(&approval(), &key(key_of("ben")));
    let refused = |e: &Envelope| verify_person::<ApprovalStatement>(e, ORIGIN, &people(), at(0)).is_err();
    for i in 0..signed.payload.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut bent = signed.clone();
            bent.payload[i] ^= bit;
            assert!(refused(&bent), "payload byte {i}");
        }
    }
    for i in 0..64 {
        let mut bent = signed.clone();
        bent.signatures[0].sig[i] ^= 1;
        let found = verify_person::<ApprovalStatement>(&bent, ORIGIN, &people(), at(0));
        assert_eq!(code(found).err(), Some("bad_signature"), "signature byte {i}");
    }
}

#[test]
fn an_approval_is_bound_to_each_of_its_digests() {
    let a = approval();
    let parts = [a.set, a.package, a.rollback_plan, a.policy];
    let bound = |s: &str, p: [Digest; 4]| bound_digest(s, &p[0], &p[1], &p[2], &p[3]);
    let mut seen = std::collections::BTreeSet::from([a.bound()]);
    assert_eq!(a.bound(), bound(&a.subject, parts));
    for i in 0..4 {
        let mut other = parts;
        other[i] = digest("other");
        assert!(seen.insert(bound(&a.subject, other)));
        for j in 0..i {
            let mut swapped = parts;
            swapped.swap(i, j);
            assert!(seen.insert(bound(&a.subject, swapped)));
        }
    }
    assert!(seen.insert(bound(upd(2).as_str(), parts)));
}

#[test]
fn a_statement_that_was_verified_names_its_key_and_its_envelope() {
    let e = envelope(&approval(), &key(key_of("ben")));
    let v: Verified<ApprovalStatement> = verify_person(&e, ORIGIN, &people(), at(0)).unwrap();
    assert_eq!(v.key, public(key_of("ben")));
    assert_eq!(v.envelope, Digest::of(&e.to_json()));
    assert_eq!(v.statement, approval());
}

#[test]
fn the_rollback_plan_changes_with_what_must_be_there_again_and_with_the_plan_that_is_reverted() {
    let sample = |before: &str, after: &str, plan: &str| {
        let plan = serde_json::json!({
            "before": digest(before), "after": digest(after), "plan": digest(plan),
            "rehearsal": {"reverted": digest(before), "apply_ms": 1, "revert_ms": 1},
        });
        let mut m = manifest();
        m.components = [("web".parse().unwrap(), serde_json::from_value(plan).unwrap())].into();
        m.rollback_plan()
    };
    let plan = sample("before", "after", "plan");
    assert_eq!(plan, sample("before", "later", "plan"));
    assert_ne!(plan, sample("else", "after", "plan"));
    assert_ne!(plan, sample("before", "after", "another"));
    assert_ne!(plan, manifest().rollback_plan());
}

proptest! {
    #![proptest_config(soak::cases(256))]
    #[test]
    fn junk_is_refused_without_a_panic(payload in prop::collection::vec(any::<u8>(), 0..200), kind in 0usize..7) {
        let ben = key(key_of("ben"));
        let kinds = every_kind(&ben);
        let envelope = Envelope::sign(kinds[kind].0, payload, &[&ben]);
        prop_assert!(verify::<Submission>(&envelope, ORIGIN, &[ben.public()]).is_err());
        prop_assert!(verify::<Ack>(&envelope, ORIGIN, &[ben.public()]).is_err());
        prop_assert!(verify_person::<ApprovalStatement>(&envelope, ORIGIN, &people(), at(0)).is_err());
    }
}

/// The members of an object in the order in which they are written.
struct InOrder(Vec<Value>);

impl<'de> serde::Deserialize<'de> for InOrder {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = InOrder;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<InOrder, A::Error> {
                let mut values = Vec::new();
                while let Some((_, value)) = map.next_entry::<String, Value>()? {
                    values.push(value);
                }
                Ok(InOrder(values))
            }
        }
        from.deserialize_map(Members)
    }
}

/// Whether serde alone would take the statement as a list of its members.
fn by_position<T: Statement>(kinds: &[(&'static str, Envelope)], signer: &SignerKey) -> bool {
    let (_, envelope) = kinds.iter().find(|(kind, _)| *kind == T::PAYLOAD_TYPE).unwrap();
    let statement: T = read(envelope, ORIGIN).unwrap();
    let InOrder(values) = serde_json::from_str(&serde_json::to_string(&statement).unwrap()).unwrap();
    let list = Value::Array(values);
    let by_list = Envelope::sign(T::PAYLOAD_TYPE, to_canonical(&list).unwrap(), &[signer]);
    let found = verify::<T>(&by_list, ORIGIN, &[signer.public()]);
    assert_eq!(code(found).err(), Some("wrong_shape"), "{}", T::PAYLOAD_TYPE);
    serde_json::from_value::<T>(list).is_ok()
}

#[test]
fn no_statement_is_taken_as_a_list_of_its_members() {
    let signer = key(1);
    let kinds = every_kind(&signer);
    let taken_by_serde = [
        by_position::<Submission>(&kinds, &signer),
        by_position::<ApprovalStatement>(&kinds, &signer),
        by_position::<ActStatement>(&kinds, &signer),
        by_position::<HandshakeRequest>(&kinds, &signer),
        by_position::<Ack>(&kinds, &signer),
        by_position::<Receipt>(&kinds, &signer),
        by_position::<Manifest>(&kinds, &signer),
    ];
    assert!(taken_by_serde.iter().filter(|taken| **taken).count() >= 3, "{taken_by_serde:?}");
}

#[test]
fn no_part_of_a_submission_is_taken_as_a_list_of_its_members() {
    let signer = key(1);
    let statement = submission(upd(1), "ben", Risk::Low, &["web"], at(0));
    let mut value: Value = serde_json::from_slice(&envelope(&statement, &signer).payload).unwrap();
    let InOrder(part) = serde_json::from_str(&serde_json::to_string(&statement.parts[0]).unwrap()).unwrap();
    value["parts"][0] = Value::Array(part);
    assert!(serde_json::from_value::<Submission>(value.clone()).is_ok(), "serde takes it");
    let by_list = Envelope::sign(Submission::PAYLOAD_TYPE, to_canonical(&value).unwrap(), &[&signer]);
    let refused = verify::<Submission>(&by_list, ORIGIN, &[signer.public()]).unwrap_err().to_string();
    assert!(refused.contains("parts[0]: a list stands"), "{refused}");
}
