//! Services: they submit and request, and decide nothing; whoever answers for one decides nothing that it submitted or requested.

use crate::rules::sim::{Sim, sim, submission};
use crate::rules::{ORIGIN, by_person, digest, key, key_of, nonce, people, person, public, upd};
use grace_domain::acts::ACTS;
use grace_domain::core::ids::{PersonId, UpdateId};
use grace_domain::governance::policy::{People, Person, PersonKind, Policy, PolicyError, Recovery, Risk};
use grace_domain::governance::tally::{Approval, Decision, NotCounted, Requester, Requirement, tally};
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{Act, PersonStatement};
use grace_domain::update::decide;

/// Ada answers for `ci`, Ben for `bot`; both services are in the group of Cleo.
fn with_services() -> People {
    let mut people = people();
    for (name, owner, n) in [("ci", "ada", 70), ("bot", "ben", 71)] {
        let groups = ["sec".parse().unwrap()].into();
        let service = Person {
            kind: PersonKind::Service,
            owner: Some(person(owner)),
            ..Person::new(name, groups, vec![public(n)])
        };
        people.insert(person(name), service);
    }
    people
}

fn number(name: &str) -> u8 {
    match name {
        "ci" => 70,
        "bot" => 71,
        other => key_of(other),
    }
}

fn world_with_services() -> Sim {
    let mut s = sim();
    s.world = s.world.clone().with_people(with_services());
    s
}

/// What is said when `who` signs it; empty when it verifies.
fn signed<T: PersonStatement>(s: &Sim, statement: &T, who: &str) -> &'static str {
    by_person(statement, &key(number(who)), s.world.people(), s.now)
        .map_or_else(|e| e.code().as_str(), |_| "")
}

fn approval(who: &str, decision: Decision) -> Approval {
    let now = crate::rules::at(0);
    Approval {
        person: person(who),
        key: public(number(who)),
        decision,
        bound: digest("bound"),
        nonce: nonce(u32::from(number(who))),
        at: now,
        expires: now.plus_ms(1),
        envelope: digest("envelope"),
    }
}

#[test]
fn a_service_never_counts_and_its_owner_not_for_what_it_requested() {
    let people = with_services();
    let need = Requirement { count: 1, groups: ["sec".parse().unwrap()].into(), because: Vec::new() };
    for (requester, signer, code) in [
        ("ada", "ci", "service_cannot_sign"),
        ("ada", "bot", "service_cannot_sign"),
        ("ci", "ci", "service_cannot_sign"),
        ("ci", "bot", "service_cannot_sign"),
        ("ci", "ada", "self_approval"),
        ("bot", "ben", "self_approval"),
        ("ci", "ben", ""),
        ("ci", "cleo", ""),
        ("bot", "ada", ""),
        ("ada", "cleo", ""),
    ] {
        let (requester_id, requester_key) = (person(requester), public(number(requester)));
        let own = Requester { person: &requester_id, key: &requester_key };
        let count = |decision| {
            tally(&need, &[approval(signer, decision)], &people, own, digest("bound"), crate::rules::at(0))
        };
        let found = count(Decision::Approve);
        let verdict = found.verdicts[0].map_or("", |v| v.code().as_str());
        assert_eq!(verdict, code, "{signer} approves what {requester} submits");
        assert_eq!(found.have, u32::from(code.is_empty()));
        assert_eq!(found.passed, signer == "cleo", "only she is a person of the group");
        let denied = count(Decision::Deny).denied_by.is_some();
        assert_eq!(denied, !people[&person(signer)].is_service(), "{signer} denies what {requester} submits");
        let excluded = own.excludes(&person(signer), &people[&person(signer)], &people);
        assert_eq!(excluded, found.verdicts[0], "{signer} could sign for {requester}");
    }
}

#[test]
fn whoever_answers_for_a_service_is_told_so() {
    let people = with_services();
    let why = |requester: &str, signer: &str| {
        let (id, key) = (person(requester), public(number(requester)));
        let excluded =
            Requester { person: &id, key: &key }.excludes(&person(signer), &people[&person(signer)], &people);
        excluded.map(NotCounted::reason)
    };
    assert_eq!(why("ada", "ada"), Some("whoever submitted or requested it cannot approve it"));
    assert_eq!(
        why("ci", "ada"),
        Some("whoever answers for the service that submitted or requested it cannot approve it")
    );
    assert_eq!(why("ci", "ci"), Some("it is a service, and only persons approve"));
    assert_eq!((why("ci", "ben"), why("ada", "ben")), (None, None));
}

#[test]
fn a_service_submits_and_requests_and_signs_nothing_else() {
    let mut s = world_with_services();
    let submitted = submission(upd(9), "ci", Risk::Low, &["web"], s.now);
    assert_eq!(signed(&s, &submitted, "ci"), "");
    assert_eq!(signed(&s, &submitted, "bot"), "unknown_key");
    let mut request = s.request("cache", 50);
    request.requested_by = person("ci");
    assert_eq!(signed(&s, &request, "ci"), "");
    let update = s.submit(Risk::Low, &["web"]);
    s.prepare(&update);
    for decision in [Decision::Approve, Decision::Deny] {
        let mut approval = s.approval(&update, "ben", decision);
        assert_eq!(signed(&s, &approval, "ben"), "");
        approval.person = person("ci");
        assert_eq!(signed(&s, &approval, "ci"), "service_cannot_sign");
        assert_eq!(signed(&s, &approval, "bot"), "unknown_key", "whose key it is comes first");
    }
    for act in ACTS.iter().map(|row| row.act) {
        let mut statement = s.act_statement(&update, "ben", act);
        assert_eq!(signed(&s, &statement, "ben"), "");
        statement.person = person("ci");
        assert_eq!(signed(&s, &statement, "ci"), "service_cannot_sign", "{act:?}");
    }
}

/// An update of `ci` as far as its window, which could not be judged.
fn held(s: &mut Sim) -> UpdateId {
    let update = upd(9);
    let submitted = submission(update.clone(), "ci", Risk::Low, &["web"], s.now);
    let verified = by_person(&submitted, &key(number("ci")), s.world.people(), s.now).unwrap();
    s.take(decide::submit(&s.world, &verified, None, s.now)).unwrap();
    s.prepare(&update);
    assert_eq!(s.approve(&update, "ada"), Err("self_approval".into()), "Ada answers for ci");
    s.approve(&update, "ben").unwrap();
    s.settle();
    s.receipts(&update);
    s.open_window(&update, None);
    s.evaluate(&update, Verdict::NoData, 0, 20_000);
    assert_eq!(s.state(&update), "held");
    update
}

#[test]
fn whoever_answers_for_a_service_does_not_keep_its_update_unobserved() {
    let mut s = world_with_services();
    let update = held(&mut s);
    assert_eq!(s.act(&update, "ada", Act::Keep), Err("self_approval".into()));
    assert_eq!(s.act(&update, "cleo", Act::Keep), Ok(()));
    assert_eq!(s.state(&update), "stable");
}

type Change = fn(&mut People);

#[test]
fn the_people_of_a_policy_are_its_persons() {
    let rule = |change: Change| {
        let mut people = with_services();
        change(&mut people);
        Policy::default().check(&people).err()
    };
    assert_eq!(rule(|_| {}), None);
    let owners: [(Change, &str); 4] = [
        (|p| p.get_mut(&person("ci")).unwrap().owner = None, "nobody answers for the service ci"),
        (|p| p.get_mut(&person("ci")).unwrap().owner = Some(person("bot")), "the owner of ci, bot,"),
        (|p| drop(p.remove(&person("ben"))), "the owner of bot, ben,"),
        (|p| p.get_mut(&person("dan")).unwrap().owner = Some(person("ada")), "person dan has an owner"),
    ];
    for (change, said) in owners {
        match rule(change) {
            Some(PolicyError::Owner(why)) => assert!(why.contains(said), "{why}"),
            other => panic!("{said}: {other:?}"),
        }
    }
    let policy = Policy {
        groups_by_type: [(grace_domain::kinds::UpdateType::Config, ["sec".parse().unwrap()].into())].into(),
        ..Policy::default()
    };
    assert_eq!(policy.check(&with_services()), Ok(()));
    let mut only_services = with_services();
    only_services.remove(&person("cleo"));
    assert!(matches!(policy.check(&only_services), Err(PolicyError::EmptyGroup { group }) if group == "sec"));
    // Four persons meet the default policy; with one less no service fills the gap.
    assert_eq!(Policy::default().unmet(&with_services()), []);
    assert_eq!(Policy::default().unmet(&only_services).len(), 1);
    // In this group she is the only person: whoever submits but her, she can approve.
    assert_eq!(policy.unmet(&with_services()), []);
}

#[test]
fn recovery_keys_sign_nothing_else() {
    let people = with_services();
    let (engine, acknowledger) = (public(9), public(30));
    let others = || [(&engine, "the engine"), (&acknowledger, "agentic_spine")];
    let check = |keys: &[u8], threshold| {
        let keys = keys.iter().map(|n| public(*n)).collect();
        Recovery { keys, threshold }.check(&people, others())
    };
    assert_eq!(check(&[60], 1), Ok(()));
    assert_eq!(check(&[60, 61, 62], 2), Ok(()));
    let most: Vec<u8> = (100..132).collect();
    assert_eq!(check(&most, 32), Ok(()));
    let of = |name: &str| number(name);
    for (keys, threshold, said) in [
        (vec![], 0, "1 to 32 keys"),
        (vec![60, 60], 1, "each once"),
        ((100..133).collect(), 1, "1 to 32 keys"),
        (vec![60, 61], 0, "1 to 2 of its keys"),
        (vec![60, 61], 3, "1 to 2 of its keys"),
        (vec![60, of("ada")], 1, "that of ada"),
        (vec![20], 1, "that of ada"),
        (vec![60, of("bot")], 1, "that of bot"),
        (vec![9], 1, "that of the engine"),
        (vec![60, 30], 2, "that of agentic_spine"),
    ] {
        let why = check(&keys, threshold).expect_err(said);
        assert!(why.contains(said), "{why}");
    }
}

#[test]
fn no_component_joins_with_a_recovery_key() {
    let mut s = sim();
    let request = s.request("cache", 60);
    assert_eq!(s.hand_request(&request), Err("same_key".into()));
}

#[test]
fn the_test_world_is_what_it_says() {
    let world = world_with_services().world;
    assert_eq!(world.origin(), ORIGIN);
    let services: Vec<&PersonId> =
        world.people().iter().filter(|(_, p)| p.is_service()).map(|(id, _)| id).collect();
    assert_eq!(services, [&person("bot"), &person("ci")]);
}
