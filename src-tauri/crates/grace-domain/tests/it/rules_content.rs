//! What a submission says beside its title: its parts, the document of its content, and the members that a policy may
//! require or that this release does nothing for yet.

use crate::rules::sim::{Sim, refused_without_trace, submission};
use crate::rules::{at, by_person, digest, key, key_of, policy, upd};
use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use grace_domain::governance::policy::{RequiredField, Risk};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::content::named;
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::statement::{Submission, set_digest};
use grace_domain::update::decide;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn a_content_changes_something_within_the_limits_and_is_signed_by_digest_alone() {
    let read = |document: &Value| {
        let sizes = named(document).into_iter().map(|digest| (digest, 6)).collect();
        UpdateType::Config.parse(document, &sizes).map_err(|refusal| refusal.code)
    };
    assert_eq!(read(&json!({})), Err(Code::NothingToChange));
    let mut remove: Vec<String> = (0..limits::FILES_PER_UPDATE).map(|i| format!("{i}")).collect();
    assert!(read(&json!({ "remove": remove })).is_ok());
    remove.push("one more".into());
    assert_eq!(read(&json!({ "remove": remove })), Err(Code::TooManyFiles));
    let text = "a = 1\n";
    let draft = json!({ "files": { "a": { "text": text, "mode": "0640" }, "b": { "text": text } } });
    let (document, blobs) = UpdateType::Config.document(&draft).unwrap();
    assert_eq!(blobs, [text.as_bytes().to_vec()], "each once");
    let sha256 = digest(text);
    let signed = json!({ "files": { "a": { "sha256": sha256, "mode": "0640" }, "b": { "sha256": sha256 } }, "remove": [] });
    assert_eq!(document, signed);
    assert!(read(&document).is_ok());
    assert_eq!(UpdateType::Config.parse(&document, &BTreeMap::new()).unwrap_err().code, Code::BlobMissing);
    assert_eq!(read(&draft), Err(Code::WrongShape), "a text is never signed");
    for bad in [json!({ "text": "x", "sha256": sha256 }), json!({})] {
        let draft = json!({ "files": { "a": bad } });
        assert_eq!(UpdateType::Config.document(&draft).unwrap_err().code, Code::WrongShape);
    }
}

/// The code with which a submission that was changed so is refused.
fn refused(s: &mut Sim, n: u32, change: impl Fn(&mut Submission)) -> String {
    let mut said = submission(upd(n), "ada", Risk::Low, &["web"], s.now);
    change(&mut said);
    refused_without_trace(s, |s| s.hand_in(&said))
}

#[test]
fn a_type_is_taken_only_where_this_release_can_apply_it() {
    let mut s = Sim::new(policy());
    for (n, kind) in (1..).zip(UpdateType::ALL.iter().copied()) {
        let code = match kind.targets() {
            [] => "update_type_unsupported",
            targets if targets.contains(&TargetKind::Directory) => continue,
            _ => "target_kind",
        };
        let typed = |x: &mut Submission| {
            x.parts[0].update_type = kind;
            x.set = set_digest(&x.parts);
        };
        assert_eq!(refused(&mut s, n, typed), code, "{}", kind.as_str());
    }
}

#[test]
fn a_submission_has_one_part_and_the_set_of_its_parts() {
    let mut s = Sim::new(policy());
    assert_eq!(refused(&mut s, 1, |x| x.parts.clear()), "parts_unsupported");
    assert_eq!(refused(&mut s, 2, |x| x.parts.push(x.parts[0].clone())), "parts_unsupported");
    assert_eq!(refused(&mut s, 3, |x| x.set = digest("other parts")), "wrong_set");
}

#[test]
fn what_this_release_does_nothing_for_is_refused_by_name_and_never_passed_over() {
    type Change = fn(&mut Submission);
    let members: [(&str, Change); 8] = [
        ("emergency", |x| x.emergency = true),
        ("supersedes", |x| x.supersedes = Some(upd(9))),
        ("on_behalf_of", |x| x.on_behalf_of = Some("ben".parse().unwrap())),
        ("not_before", |x| x.not_before = Some(at(1))),
        ("not_after", |x| x.not_after = Some(at(2))),
        ("release", |x| x.release = Some("r1".parse().unwrap())),
        ("promoted_from", |x| x.promoted_from = Some(upd(8))),
        ("irreversible", |x| x.irreversible = true),
    ];
    let mut s = Sim::new(policy());
    for (n, (name, change)) in (1..).zip(members) {
        assert_eq!(refused(&mut s, n, change), "not_supported_yet", "{name}");
        let mut said = submission(upd(n), "ada", Risk::Low, &["web"], s.now);
        change(&mut said);
        assert_eq!(said.not_supported_yet(), Some(name));
    }
}

#[test]
fn a_policy_may_require_a_description_tickets_and_the_security_impact() {
    type Change = fn(&mut Submission);
    let fields: [(RequiredField, Change); 3] = [
        (RequiredField::Description, |x| x.description = "why".into()),
        (RequiredField::Refs, |x| x.refs = vec!["OPS-1".into()]),
        (RequiredField::SecurityImpact, |x| x.security_impact = "none".into()),
    ];
    for (field, say) in fields {
        let mut policy = policy();
        policy.required_fields.insert(field);
        let mut s = Sim::new(policy);
        assert_eq!(refused(&mut s, 1, |_| {}), "field_required", "{}", field.as_str());
        let mut said = submission(upd(2), "ada", Risk::Low, &["web"], s.now);
        say(&mut said);
        assert_eq!(s.hand_in(&said), Ok(()), "{}", field.as_str());
    }
    let mut all = policy();
    all.required_fields.extend(fields.map(|(field, _)| field));
    let s = Sim::new(all);
    let bare = submission(upd(5), "ada", Risk::Low, &["web"], s.now);
    let bare = by_person(&bare, &key(key_of("ada")), s.world.people(), s.now).expect("it verifies");
    let said = decide::submit(&s.world, &bare, None, s.now).expect_err("nothing is said").message;
    assert!(said.ends_with("requires `description` and `refs` and `security_impact`"), "{said}");
    let mut s = Sim::new(policy());
    assert_eq!(refused(&mut s, 3, |x| x.refs = vec![" ".into()]), "refs_length");
    let long = |x: &mut Submission| x.security_impact = "x".repeat(limits::REASON_BYTES + 1).into();
    assert_eq!(refused(&mut s, 4, long), "security_impact_length");
}

#[test]
fn no_content_is_taken_as_a_list_of_its_members() {
    let definition = serde_json::to_value(&grace_domain::metrics::builtin::definitions()[0]).unwrap();
    let mut listed = definition.clone();
    listed["source"] = json!(["push"]);
    let digest = "0".repeat(64);
    let refused = [
        (UpdateType::Config, json!([{ "a.conf": { "text": "x" } }, []])),
        (UpdateType::Config, json!({ "files": { "a.conf": ["x", null, null] } })),
        (UpdateType::MetricDefinition, json!(["error_rate"])),
        (UpdateType::MetricDefinition, json!(["error_rate", definition])),
        (UpdateType::MetricDefinition, json!({ "metric": "error_rate", "definition": listed })),
    ];
    for (kind, draft) in refused {
        let why = kind.document(&draft).expect_err("a list");
        assert_eq!(why.code, Code::WrongShape);
        assert!(why.message.contains("named members"), "{draft}: {}", why.message);
    }
    for (kind, document) in [
        (UpdateType::Config, json!([{ "a.conf": { "sha256": digest } }, []])),
        (UpdateType::Config, json!({ "files": { "a.conf": [digest] } })),
        (UpdateType::MetricDefinition, json!(["error_rate"])),
        (UpdateType::MetricDefinition, json!({ "metric": "error_rate", "definition": [digest] })),
    ] {
        let why = kind.parse(&document, &BTreeMap::new()).expect_err("a list");
        assert_eq!(why.code, Code::WrongShape, "{document}: {}", why.message);
    }
}
