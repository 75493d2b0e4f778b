//! Worlds are made whole or not at all, and read without an engine.

use grace_api::requests::*;
use grace_api::{Client, worlds};

const PEOPLE: &str = "persons:\n  ada: { name: Ada, groups: [sre], keys: [\"ed25519:KEY\"] }\n";

fn people(seed: u8) -> String {
    let key = grace_domain::keys::SignerKey::from_seed([seed; 32]).public().to_string();
    PEOPLE.replace("ed25519:KEY", &key)
}

#[tokio::test]
async fn a_real_world_is_made_of_two_documents() {
    let dir = tempfile::tempdir().expect("a directory");
    let world = dir.path().join("w");
    let made = worlds::init(
        &world,
        "production",
        &people(1),
        "windows_s: { low: 1, medium: 1, high: 1, critical: 1 }\n",
    )
    .await
    .expect("made");
    assert_eq!((made.simulation, made.persons), (false, vec!["ada".to_owned()]));
    let client = Client::discover(&world).await.expect("readable");
    let status = client.status(Nothing {}).await.expect("status");
    assert!(!status.simulation && status.log.state == "read_only");
    let refused = client
        .metrics_push(MetricsPushRequest { id: "x".into(), samples: vec![] })
        .await
        .expect_err("refused");
    assert_eq!(refused.code, "engine_not_running");
    assert!(refused.hint.contains("serve"), "{}", refused.hint);
    let again = worlds::init(&world, "production", &people(1), "{}").await.expect_err("refused");
    assert_eq!(again.code, "world_exists");
}

#[tokio::test]
async fn documents_that_do_not_hold_together_make_no_world() {
    let dir = tempfile::tempdir().expect("a directory");
    let twice = format!(
        "{}  bob: {{ name: Bob, keys: [\"{}\"] }}\n",
        people(1),
        grace_domain::keys::SignerKey::from_seed([1; 32]).public()
    );
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
        assert_eq!(refused.code, code, "{people} {policy}: {}", refused.detail);
        assert!(!world.join("world.json").exists());
    }
}

#[tokio::test]
async fn a_world_needs_a_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let refused = worlds::init(&dir.path().join("w"), "", &people(1), "{}").await.expect_err("refused");
    assert_eq!(refused.code, "bad_name");
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
        let key = grace_domain::keys::SignerKey::from_seed([seed; 32]).public().to_string();
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
