//! What stands on an envelope of which nothing is known.

use super::*;
use grace_domain::core::canon;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::{Person, Policy};
use grace_domain::log::{Recorded, WorldEvent};
use grace_domain::world::Genesis;
use std::collections::{BTreeMap, BTreeSet};

fn world() -> (World, Entry) {
    let key = SignerKey::from_seed([1; 32]).public();
    let policy = canon::to_canonical(&Policy::default()).expect("canonical");
    let created = WorldEvent::Created {
        name: "test".into(),
        origin: "grace.example/test".into(),
        simulation: false,
        people: [("ada".parse().expect("id"), Person::new("Ada", BTreeSet::new(), vec![key]))].into(),
        policy: Digest::of(&policy),
        policy_text: String::from_utf8(policy).expect("text"),
        engine_key: SignerKey::from_seed([9; 32]).public(),
        recovery: None,
    };
    let entry = Entry::new(Timestamp::from_millis(0), "engine", Event::World(created));
    let genesis = Genesis::read(&Recorded { seq: 0, entry: entry.clone() }).expect("a genesis");
    (World::new(genesis), entry)
}

#[test]
fn an_envelope_of_which_nothing_is_known_is_not_passed_over() {
    let (world, first) = world();
    let key = SignerKey::from_seed([1; 32]);
    let envelope = Envelope::sign("application/vnd.grace.act+json", b"{}".to_vec(), &[&key]);
    let update = "upd_0190f3a4-1111-7000-8000-000000000001".parse().expect("id");
    let waiting = Event::Update(update, UpdateEvent::Waiting { reason: "later".into() });
    let waiting = Entry::new(Timestamp::from_millis(1), "engine", waiting);
    let log = Vkey::new("grace.example/test", key.public()).expect("a vkey");
    for entry in [&first, &waiting] {
        let check = |envelopes: &[Envelope]| {
            let read = ReadEntry {
                recorded: Recorded { seq: 1, entry: entry.clone() },
                envelopes: envelopes.to_vec(),
                documents: BTreeMap::new(),
            };
            Checks { log: &log, heads: &Heads::default() }.proved(&world, &read).map(drop)
        };
        assert_eq!(check(&[]), Ok(()));
        let why = check(std::slice::from_ref(&envelope)).expect_err("unknown");
        assert!(why.contains("nothing is known"), "{why}");
        let why = check(&[envelope.clone(), envelope.clone()]).expect_err("several");
        assert!(why.contains("several envelopes"), "{why}");
    }
}
