//! Worlds are made whole or not at all, and read without an engine.

use grace_api::requests::*;
use grace_api::types::CheckName;
use grace_api::types::LogState;
use grace_api::{Client, EngineFile, worlds};
use grace_domain::core::codes::Code;
use grace_domain::crypto::keys::{PublicKey, SignerKey};
use grace_domain::governance::policy::{Person, Policy};
use grace_engine::Ports;
use grace_engine::genesis::{Acknowledger, Plan, create};

fn key(seed: u8) -> PublicKey {
    SignerKey::from_seed([seed; 32]).public()
}

/// One person.
fn people(seed: u8) -> String {
    format!("persons:\n  ada: {{ name: Ada, groups: [sre], keys: [\"{}\"] }}\n", key(seed))
}

/// As many as the default policy requires: three who approve, and who submits.
fn four() -> String {
    let more = |n: u8| format!("  p{n}: {{ name: P, keys: [\"{}\"] }}\n", key(n));
    people(1) + &(2..=4).map(more).collect::<String>()
}

#[tokio::test]
async fn a_real_world_is_made_of_two_documents() {
    let dir = tempfile::tempdir().expect("a directory");
    let world = dir.path().join("w");
    let made = worlds::init(
        &world,
        "production",
        &four(),
        "windows_s: { low: 1, medium: 1, high: 1, critical: 1 }\n",
    )
    .await
    .expect("made");
    assert_eq!((made.simulation, made.persons), (false, ["ada", "p2", "p3", "p4"].map(Into::into).to_vec()));
    let client = Client::discover(&world).await.expect("readable");
    let status = client.status(Nothing {}).await.expect("status");
    assert!(!status.simulation && status.log.state == LogState::ReadOnly);
    let refused = client
        .metrics_push(MetricsPushRequest { id: "x".into(), samples: vec![] })
        .await
        .expect_err("refused");
    assert_eq!(refused.code, Code::EngineNotRunning);
    assert!(refused.hint.contains("serve"), "{}", refused.hint);
    let again = worlds::init(&world, "production", &four(), "{}").await.expect_err("refused");
    assert_eq!(again.code, Code::WorldExists);
}

#[tokio::test]
async fn documents_that_do_not_hold_together_make_no_world() {
    let dir = tempfile::tempdir().expect("a directory");
    let twice = format!("{}  bob: {{ name: Bob, keys: [\"{}\"] }}\n", people(1), key(1));
    for (i, (people, policy, code)) in [
        ("persons: {}".to_owned(), "{}".to_owned(), "no_persons"),
        ("persons: [".to_owned(), "{}".to_owned(), "bad_document"),
        (people(1) + "bogus: 1\n", "{}".to_owned(), "bad_document"),
        (people(1), "approvals: { low: 0, medium: 1, high: 2, critical: 3 }".to_owned(), "bad_policy"),
        (people(1), "version: 1\nversion: 2\n".to_owned(), "bad_document"),
        (people(1), "a: &x 1\nb: *x\n".to_owned(), "bad_document"),
        (people(1), "groups: { low: [], medium: [], high: [nobody], critical: [] }".to_owned(), "bad_policy"),
        (twice, "{}".to_owned(), "shared_key"),
    ]
    .into_iter()
    .enumerate()
    {
        let world = dir.path().join(i.to_string());
        let refused = worlds::init(&world, "w", &people, &policy).await.expect_err("refused");
        assert_eq!(refused.code.as_str(), code, "{people} {policy}: {}", refused.detail);
        assert!(!world.join("world.json").exists());
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_document_is_said_in_words() {
    let dir = tempfile::tempdir().expect("a directory");
    let good = four();
    let own = format!("[\"{}\"]", key(1));
    let person = |old: &str, new: &str| {
        assert!(good.contains(old), "{good}");
        good.replacen(old, new, 1)
    };
    let acknowledger = |id: &str, n: u8| format!("{good}acknowledgers: {{ {id}: \"{}\" }}\n", key(n));
    let recovery = |keys: &[u8], threshold: u32| {
        let keys: Vec<String> = keys.iter().map(|n| format!("\"{}\"", key(*n))).collect();
        format!("{good}recovery: {{ keys: [{}], threshold: {threshold} }}\n", keys.join(", "))
    };
    let freeze = "freezes: [{ from: 2026-01-02T00:00:00.000Z, to: 2026-01-01T00:00:00.000Z, reason: x }]";
    for (i, (people, policy, code, said)) in [
        (person("  p3:", "  p2:"), "{}", "bad_document", "line 4 column 3: `p2` stands there twice."),
        (person("name: P,", "name: P, name: Q,"), "{}", "bad_document", "`name` stands there twice."),
        (person("name: P,", "name: P, nick: Q,"), "{}", "bad_document", "unknown field `nick`"),
        (good.clone(), "evaluate_every_s: many", "bad_document", "a whole number must stand there."),
        (person(&own, &format!("[\"{0}\", \"{0}\"]", key(1))), "{}", "key_twice", "stands twice under ada."),
        (person(&own, "[]"), "{}", "no_keys", "ada has no key"),
        (person("name: Ada", "name: \" \""), "{}", "bad_person_name", "The name of ada"),
        (person("name: Ada", "name: \"A\\u202eda\""), "{}", "bad_person_name", "The name of ada"),
        (person("name: Ada", &format!("name: {}", "x".repeat(121))), "{}", "bad_person_name", "120"),
        (acknowledger("nobody", 9), "{}", "unknown_acknowledger", "does not wait for it."),
        (acknowledger("memory_fusion", 1), "{}", "same_key", "memory_fusion has the key of ada."),
        (person("name: Ada,", "name: Ada, owner: p2,"), "{}", "bad_owner", "person ada has an owner"),
        (
            person("name: Ada,", "name: Ada, kind: service,"),
            "{}",
            "bad_owner",
            "nobody answers for the service ada.",
        ),
        (person("name: Ada,", "name: Ada, kind: service, owner: p2,"), "{}", "policy_unmet", "risk critical"),
        (recovery(&[1], 1), "{}", "bad_recovery", "is that of ada."),
        (
            acknowledger("memory_fusion", 9) + &recovery(&[9], 1)[good.len()..],
            "{}",
            "bad_recovery",
            "memory_fusion.",
        ),
        (recovery(&[9, 9], 1), "{}", "bad_recovery", "each once."),
        (recovery(&[9], 0), "{}", "bad_recovery", "1 to 1 of its keys."),
        (recovery(&[], 1), "{}", "bad_recovery", "1 to 32 keys"),
        (good.clone(), freeze, "bad_policy", "ends before it begins."),
    ]
    .into_iter()
    .enumerate()
    {
        let world = dir.path().join(i.to_string());
        let refused = worlds::init(&world, "w", &people, policy).await.expect_err("refused");
        assert_eq!((refused.code.as_str(), refused.status), (code, 422), "{}", refused.detail);
        assert!(refused.detail.contains(said) && !refused.detail.contains("error:"), "{}", refused.detail);
        assert!(refused.detail.ends_with("Nothing was made."), "{}", refused.detail);
        assert!(!refused.hint.is_empty() && !world.exists(), "{}", refused.detail);
    }
}

#[tokio::test]
async fn a_directory_that_is_no_world_is_named_as_it_is_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("file");
    std::fs::write(&file, "x").expect("a file");
    for place in [dir.path().join("none"), file] {
        let refused = Client::discover(&place).await.err().expect("refused");
        assert_eq!(refused.code, Code::NotAWorld, "{}", refused.detail);
        assert!(refused.detail.contains(&*place.to_string_lossy()), "{}", refused.detail);
        assert!(!refused.hint.is_empty());
    }
    let refused = Client::discover(std::path::Path::new("none-here")).await.err().expect("refused");
    assert_eq!(refused.detail, "The directory none-here is not a world.");
}

#[tokio::test]
async fn a_world_needs_a_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let refused = worlds::init(&dir.path().join("w"), "", &four(), "{}").await.expect_err("refused");
    assert_eq!(refused.code, Code::BadName);
}

/// The block of the README that is marked `yaml NAME`.
fn readme(name: &str) -> String {
    let text = include_str!("../../../../../README.md");
    let block = text.split(&format!("```yaml {name}\n")).nth(1).expect("the README shows one");
    block.split("```").next().expect("and ends it").to_owned()
}

#[tokio::test]
async fn the_examples_of_the_readme_make_a_world() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut people = readme("people");
    for (seed, name) in [(1, "ADA"), (2, "GRACE"), (3, "MARY"), (4, "KAY")] {
        let key = SignerKey::from_seed([seed; 32]).public().to_string();
        people = people.replace(&format!("ed25519:{name}"), &key);
    }
    let made = worlds::init(&dir.path().join("w"), "production", &people, &readme("policy")).await;
    assert_eq!(made.expect("made").persons.len(), 4);
    let component: ComponentDraft = worlds::read_document("component", &readme("component")).expect("reads");
    grace_engine::genesis::canonical_target(&component.target.to_string()).expect("a target");
}

#[tokio::test]
async fn what_does_not_read_is_told_in_one_line() {
    let dir = tempfile::tempdir().expect("a directory");
    let refused = worlds::init(&dir.path().join("w"), "p", "persons: [", "{}").await.expect_err("refused");
    assert_eq!(refused.detail.lines().count(), 1, "{}", refused.detail);
}

#[tokio::test]
async fn a_policy_that_these_people_can_never_satisfy_makes_no_world() {
    let dir = tempfile::tempdir().expect("a directory");
    let ones = "approvals: { low: 1, medium: 1, high: 1, critical: 1 }\n";
    let two = people(1) + &format!("  bob: {{ name: Bob, groups: [dba], keys: [\"{}\"] }}\n", key(2));
    let both = format!("{ones}groups: {{ low: [], medium: [], high: [], critical: [sre, dba] }}\n");
    for (i, (people, policy, why)) in [
        (
            people(1),
            ones,
            "needs 1 approval, not by whoever submits or requests it: 2 persons, and 1 is named",
        ),
        (
            two.clone(),
            "{}",
            "risk high needs 2 approvals, none of them by whoever submits or requests it: 3 persons",
        ),
        (two.clone(), &both, "each group (dba, sre)"),
        (two.clone(), &format!("{ones}handshake: {{ approvals: 2 }}\n"), "a handshake needs 2 approvals"),
    ]
    .into_iter()
    .enumerate()
    {
        let world = dir.path().join(i.to_string());
        let refused = worlds::init(&world, "w", &people, policy).await.expect_err("refused");
        assert_eq!(refused.code, Code::PolicyUnmet, "{}", refused.detail);
        assert!(refused.detail.contains(why), "{}", refused.detail);
        assert!(!refused.hint.is_empty() && !world.exists(), "nothing was written");
    }
    worlds::init(&dir.path().join("w"), "w", &two, ones).await.expect("one submits, the other approves");
}

#[tokio::test]
async fn the_doctor_says_what_nobody_can_ever_approve() {
    let dir = tempfile::tempdir().expect("a directory");
    let person = Person::new("Ada", [].into(), vec![key(1)]);
    let policy = Policy::default();
    let acknowledgers = policy.handshake.required.iter();
    let plan = Plan {
        name: "lonely".into(),
        simulation: false,
        people: [("ada".parse().expect("id"), person)].into(),
        acknowledgers: acknowledgers.map(|id| Acknowledger { id: id.clone(), key: None }).collect(),
        policy,
        components: Vec::new(),
        owner: "ada".parse().expect("id"),
        recovery: None,
    };
    let lonely = dir.path().join("lonely");
    create(&lonely, &plan, &Ports::system()).await.expect("a world of an earlier release");
    let met = dir.path().join("met");
    worlds::init(&met, "w", &four(), "{}").await.expect("made");
    for (world, well, said) in
        [(lonely, false, "a handshake needs 1 approval"), (met, true, "every approval")]
    {
        let client = Client::discover(&world).await.expect("readable");
        let checks = client.status(Nothing {}).await.expect("status").checks;
        let check = checks.iter().find(|c| c.name == CheckName::Approvals).expect("it is checked");
        assert_eq!(check.ok, well, "{}", check.detail);
        assert!(check.detail.contains(said), "{}", check.detail);
    }
}

#[tokio::test]
async fn an_engine_that_takes_connections_and_says_nothing_is_named() {
    use std::os::unix::fs::OpenOptionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let world = dir.path().join("w");
    worlds::init(&world, "production", &four(), "{}").await.expect("made");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let token_file = dir.path().join("token");
    let mut token =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&token_file).expect("new");
    std::io::Write::write_all(&mut token, "ab".repeat(32).as_bytes()).expect("written");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    EngineFile { url: url.clone(), token_file, pid: std::process::id() }.write(&world).expect("written");
    let refused = Client::discover(&world).await.err().expect("silent");
    assert_eq!(refused.code, Code::EngineSilent);
    let said = serde_json::to_string(&refused).expect("a problem");
    assert!(said.contains(&url) && !refused.hint.is_empty(), "{said}");
}
