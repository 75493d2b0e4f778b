//! The tally against a small oracle of its own: every assignment of up to four persons and five keys, every kind of
//! flaw, every order of denials, and ten thousand random lists.

use crate::rules::{at, digest, nonce, public};
use crate::soak;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{GroupId, Nonce, PersonId};
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::PublicKey;
use grace_domain::governance::policy::{ByRisk, People, Person, Policy, Risk};
use grace_domain::governance::release::{Release, release_is_approved};
use grace_domain::governance::tally::{Approval, Decision, Requester, Requirement, tally};
use grace_domain::kinds::UpdateType;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const PERSONS: [&str; 4] = ["p0", "p1", "p2", "p3"];
static KEYS: LazyLock<[PublicKey; 5]> =
    LazyLock::new(|| [public(1), public(2), public(3), public(4), public(5)]);
static IDS: LazyLock<[PersonId; 4]> = LazyLock::new(|| PERSONS.map(|p| p.parse().unwrap()));
// Made once: the lists below are tallied half a million times.
static NONCES: LazyLock<Vec<Nonce>> = LazyLock::new(|| (0..40).map(nonce).collect());
static BOUND: LazyLock<[Digest; 2]> = LazyLock::new(|| [digest("bound"), digest("other")]);
static GROUP_SETS: LazyLock<[BTreeSet<GroupId>; 4]> = LazyLock::new(|| {
    let group = |g: &str| g.parse::<GroupId>().unwrap();
    [[].into(), [group("dba")].into(), [group("sre")].into(), [group("dba"), group("sre")].into()]
});

/// One signature in small numbers; what is tallied is made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sig {
    person: usize,
    key: usize,
    deny: bool,
    expired: bool,
    wrong: bool,
    nonce: u32,
}

fn sig(person: usize, key: usize) -> Sig {
    Sig { person, key, deny: false, expired: false, wrong: false, nonce: 0 }
}

/// Who holds which keys (bits), who is in which groups (bits), and what is demanded.
#[derive(Debug, Clone, Copy)]
struct Case {
    holds: [u8; 4],
    groups: [u8; 4],
    need: u32,
    need_groups: u8,
    requester: (usize, usize),
}

fn holds(case: &Case, person: usize, key: usize) -> bool {
    case.holds[person] & (1 << key) != 0
}

/// What the rules say, said a second time in the shortest way: codes by index, and whether it passed.
fn oracle(case: &Case, sigs: &[Sig]) -> (Vec<&'static str>, u32, bool) {
    let mut codes: Vec<&'static str> = Vec::new();
    for (i, s) in sigs.iter().enumerate() {
        let counted = |ok: &dyn Fn(&Sig) -> bool| (0..i).any(|j| codes[j].is_empty() && ok(&sigs[j]));
        let own =
            s.person == case.requester.0 || s.key == case.requester.1 || holds(case, case.requester.0, s.key);
        codes.push(if !holds(case, s.person, s.key) {
            "unknown_key"
        } else if counted(&|o| o.deny) {
            "after_denial"
        } else if !s.deny && own {
            "self_approval"
        } else if s.wrong {
            "wrong_digest"
        } else if !s.deny && s.expired {
            "approval_expired"
        } else if (0..i).any(|j| sigs[j].nonce == s.nonce) {
            "nonce_used"
        } else if !s.deny && counted(&|o| !o.deny && o.person == s.person) {
            "same_person"
        } else if !s.deny && counted(&|o| !o.deny && o.key == s.key) {
            "same_key"
        } else {
            ""
        });
    }
    let good: Vec<&Sig> =
        sigs.iter().zip(&codes).filter(|(s, c)| c.is_empty() && !s.deny).map(|(s, _)| s).collect();
    let denied = sigs.iter().zip(&codes).any(|(s, c)| c.is_empty() && s.deny);
    let groups = good.iter().fold(0, |all, s| all | case.groups[s.person]);
    let have = u32::try_from(good.len()).unwrap();
    let passed = !denied && have >= case.need && case.need_groups & !groups == 0;
    (codes, have, passed)
}

/// The most persons that can be told apart by person *and* key among what is signed without a flaw: no rule of order,
/// only what counting means. More than this can never be counted.
fn most(case: &Case, sigs: &[Sig]) -> u32 {
    fn search(options: &[Vec<usize>], used: u8) -> u32 {
        let Some((first, rest)) = options.split_first() else { return 0 };
        let without = search(rest, used);
        first
            .iter()
            .filter(|k| used & (1 << **k) == 0)
            .map(|k| 1 + search(rest, used | (1 << *k)))
            .fold(without, u32::max)
    }
    let good = |s: &&Sig| {
        !s.deny
            && !s.expired
            && !s.wrong
            && holds(case, s.person, s.key)
            && s.person != case.requester.0
            && s.key != case.requester.1
            && !holds(case, case.requester.0, s.key)
    };
    let options: Vec<Vec<usize>> =
        (0..4).map(|p| sigs.iter().filter(good).filter(|s| s.person == p).map(|s| s.key).collect()).collect();
    search(&options, 0)
}

fn group_set(bits: u8) -> BTreeSet<GroupId> {
    GROUP_SETS[usize::from(bits)].clone()
}

fn people(case: &Case) -> People {
    (0..4)
        .filter(|p| case.holds[*p] != 0)
        .map(|p| {
            let keys = (0..5).filter(|k| holds(case, p, *k)).map(|k| KEYS[k]).collect();
            (IDS[p].clone(), Person::new(PERSONS[p], group_set(case.groups[p]), keys))
        })
        .collect()
}

fn now() -> Timestamp {
    at(1_000)
}

fn approval(s: &Sig) -> Approval {
    Approval {
        person: IDS[s.person].clone(),
        key: KEYS[s.key],
        decision: if s.deny { Decision::Deny } else { Decision::Approve },
        bound: BOUND[usize::from(s.wrong)],
        nonce: NONCES[s.nonce as usize].clone(),
        at: at(0),
        expires: if s.expired { now() } else { at(1_001) },
        envelope: BOUND[0],
    }
}

fn compare(case: &Case, people: &People, sigs: &[Sig]) {
    let approvals: Vec<Approval> = sigs.iter().map(approval).collect();
    let need = Requirement { count: case.need, groups: group_set(case.need_groups), because: Vec::new() };
    let requester = Requester { person: &IDS[case.requester.0], key: &KEYS[case.requester.1] };
    let t = tally(&need, &approvals, people, requester, BOUND[0], now());
    let codes: Vec<&str> = t.verdicts.iter().map(|v| v.map_or("", |v| v.code().as_str())).collect();
    let (expected, have, passed) = oracle(case, sigs);
    assert_eq!(codes, expected, "{case:?} {sigs:?}");
    assert_eq!((t.have, t.passed), (have, passed), "{case:?} {sigs:?}");
    let release = Release { need: &need, approvals: &approvals, people, requester, bound: BOUND[0] };
    match release_is_approved(release, now()) {
        Ok(approved) => assert_eq!((approved.have, true), (have, passed), "{case:?} {sigs:?}"),
        Err(not) => {
            let code = if t.denied_by.is_some() { Code::AfterDenial } else { Code::NotApproved };
            assert_eq!((not.have, not.code(), false), (have, code, passed), "{case:?} {sigs:?}");
        }
    }
    assert!(t.have <= most(case, sigs), "{case:?} {sigs:?}");
    assert_eq!(t.denied_by.is_some(), expected.iter().zip(sigs).any(|(c, s)| c.is_empty() && s.deny));
    // Where no key stands under two names, the order of signing makes no difference to the number.
    let shared = (0..5).any(|k| (0..4).filter(|p| holds(case, *p, k)).count() > 1);
    let plain = sigs.iter().all(|s| !s.deny)
        && (0..sigs.len()).all(|i| (0..i).all(|j| sigs[i].nonce != sigs[j].nonce));
    if !shared && plain {
        assert_eq!(t.have, most(case, sigs), "{case:?} {sigs:?}");
    }
}

/// Numbers the nonces so that each is new.
fn fresh(mut sigs: Vec<Sig>) -> Vec<Sig> {
    for (n, s) in (1..).zip(&mut sigs) {
        s.nonce = n;
    }
    sigs
}

#[test]
fn every_registration_of_five_keys_under_up_to_four_persons() {
    // Each key stands under any one person, under any two, or under nobody: 11^5 registrations.
    let options: Vec<u8> = (0u8..16).filter(|bits| bits.count_ones() <= 2).collect();
    assert_eq!(options.len(), 11);
    let mut seen = 0;
    for mut n in 0..11usize.pow(5) {
        let mut case =
            Case { holds: [0; 4], groups: [1, 1, 2, 3], need: 2, need_groups: 0, requester: (0, 0) };
        let mut sigs = Vec::new();
        for key in 0..5 {
            let holders = options[n % 11];
            n /= 11;
            for (person, held) in case.holds.iter_mut().enumerate() {
                if holders & (1 << person) != 0 {
                    *held |= 1 << key;
                    sigs.push(sig(person, key));
                }
            }
        }
        case.need = 1 + case.holds[1].count_ones() % 3;
        case.need_groups = case.holds[2] & 3;
        let people = people(&case);
        let sigs = fresh(sigs);
        compare(&case, &people, &sigs);
        let backwards: Vec<Sig> = sigs.into_iter().rev().collect();
        compare(&case, &people, &backwards);
        seen += 1;
    }
    assert_eq!(seen, 161_051);
}

/// Registrations that differ in kind: one key each; the submitter with two; a key under two names; the submitter's key
/// under another name; a second key of the submitter under another name; persons without keys.
const REGISTRATIONS: [[u8; 4]; 7] = [
    [0b0_0001, 0b0_0010, 0b0_0100, 0b0_1000],
    [0b1_0001, 0b0_0010, 0b0_0100, 0b0_1000],
    [0b0_0001, 0b0_0010, 0b0_0110, 0b0_1000],
    [0b0_0001, 0b0_0011, 0b0_0100, 0b0_1000],
    [0b1_0001, 0b1_0010, 0b0_0100, 0b0_1000],
    [0b0_0001, 0b0_0110, 0b0_0110, 0b1_1000],
    [0b0_0001, 0b0_0010, 0, 0],
];

#[test]
fn every_sequence_of_up_to_three_signatures_of_every_person_and_key() {
    for holds in REGISTRATIONS {
        for (need, need_groups) in [(1, 0), (2, 1), (3, 2)] {
            let case = Case { holds, groups: [3, 1, 2, 1], need, need_groups, requester: (0, 0) };
            let people = people(&case);
            let all: Vec<Sig> = (0..20).map(|n| sig(n / 5, n % 5)).collect();
            compare(&case, &people, &[]);
            for a in &all {
                compare(&case, &people, &fresh(vec![*a]));
                for b in &all {
                    compare(&case, &people, &fresh(vec![*a, *b]));
                    if need == 3 {
                        for c in &all {
                            compare(&case, &people, &fresh(vec![*a, *b, *c]));
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_pair_with_every_flaw_and_every_place_of_a_denial() {
    for holds in REGISTRATIONS {
        let case = Case { holds, groups: [1, 1, 2, 1], need: 2, need_groups: 0, requester: (0, 0) };
        let people = people(&case);
        let mut all = Vec::new();
        for n in 0..20 {
            for flaw in 0..8u8 {
                let (deny, expired, wrong) = (flaw & 1 != 0, flaw & 2 != 0, flaw & 4 != 0);
                all.push(Sig { deny, expired, wrong, ..sig(n / 5, n % 5) });
            }
        }
        let third = sig(3, 3);
        for a in &all {
            for b in &all {
                compare(&case, &people, &fresh(vec![*a, *b]));
                if holds == REGISTRATIONS[2] {
                    compare(&case, &people, &[*a, *b]);
                    compare(&case, &people, &fresh(vec![*a, *b, third]));
                    compare(&case, &people, &fresh(vec![third, *a, *b]));
                }
            }
        }
    }
}

fn any_sig() -> impl Strategy<Value = Sig> {
    let rarely = || prop::bool::weighted(0.08);
    (0usize..4, 0usize..5, rarely(), rarely(), rarely(), 0u32..30).prop_map(
        |(person, key, deny, expired, wrong, nonce)| Sig { person, key, deny, expired, wrong, nonce },
    )
}

fn any_case() -> impl Strategy<Value = Case> {
    (
        [0u8..32, 0u8..32, 0u8..32, 0u8..32],
        [0u8..4, 0u8..4, 0u8..4, 0u8..4],
        1u32..5,
        0u8..4,
        (0usize..4, 0usize..5),
    )
        .prop_map(|(holds, groups, need, need_groups, requester)| Case {
            holds,
            groups,
            need,
            need_groups,
            requester,
        })
}

proptest! {
    #![proptest_config(soak::cases(10_000))]
    #[test]
    fn ten_thousand_random_lists_agree_with_the_oracle(
        case in any_case(),
        sigs in prop::collection::vec(any_sig(), 0..14),
        doubled in any::<prop::sample::Index>(),
    ) {
        let people = people(&case);
        compare(&case, &people, &sigs);
        // A signature handed in twice changes nothing but its own verdict.
        if !sigs.is_empty() {
            let mut more = sigs.clone();
            more.push(sigs[doubled.index(sigs.len())]);
            compare(&case, &people, &more);
            prop_assert_eq!(oracle(&case, &more).1, oracle(&case, &sigs).1);
        }
    }
}

#[test]
fn each_reason_has_its_code() {
    let case = Case { holds: REGISTRATIONS[2], groups: [0; 4], need: 3, need_groups: 0, requester: (0, 0) };
    let people = people(&case);
    let requester = Requester { person: &IDS[0], key: &KEYS[0] };
    let need = Requirement { count: 3, groups: BTreeSet::new(), because: Vec::new() };
    let mut rows: BTreeMap<&str, Vec<Sig>> = BTreeMap::new();
    rows.insert("self_approval", vec![sig(0, 0)]);
    rows.insert("same_person", vec![sig(2, 1), sig(2, 2)]);
    rows.insert("same_key", vec![sig(1, 1), sig(2, 1)]);
    rows.insert("wrong_digest", vec![Sig { wrong: true, ..sig(1, 1) }]);
    rows.insert("approval_expired", vec![Sig { expired: true, ..sig(1, 1) }]);
    rows.insert("after_denial", vec![Sig { deny: true, ..sig(1, 1) }, sig(2, 2)]);
    rows.insert("nonce_used", vec![sig(1, 1), Sig { nonce: 1, ..sig(2, 2) }]);
    rows.insert("unknown_key", vec![sig(1, 3)]);
    for (code, sigs) in rows {
        let sigs =
            if code == "nonce_used" { vec![Sig { nonce: 1, ..sigs[0] }, sigs[1]] } else { fresh(sigs) };
        let approvals: Vec<Approval> = sigs.iter().map(approval).collect();
        let t = tally(&need, &approvals, &people, requester, digest("bound"), now());
        assert_eq!(t.verdicts.last().unwrap().map(|v| v.code().as_str()), Some(code));
        assert_eq!(t.have, u32::from(sigs.len() == 2 && !sigs[0].deny), "{code} is not counted");
        assert!(!t.passed);
    }
}

#[test]
fn an_envelope_whose_time_ran_out_does_not_count_when_it_is_handed_in_again() {
    let case = Case { holds: REGISTRATIONS[0], groups: [0; 4], need: 1, need_groups: 0, requester: (0, 0) };
    let lapsed = Sig { expired: true, nonce: 7, ..sig(1, 1) };
    let again = Sig { expired: false, ..lapsed };
    compare(&case, &people(&case), &[lapsed, again]);
    assert_eq!(oracle(&case, &[lapsed, again]), (vec!["approval_expired", "nonce_used"], 0, false));
    let renewed = Sig { nonce: 8, ..again };
    compare(&case, &people(&case), &[lapsed, renewed]);
    assert_eq!(oracle(&case, &[lapsed, renewed]).1, 1);
}

#[test]
fn the_demand_grows_with_risk_and_with_what_cannot_be_rolled_back() {
    let groups = ByRisk { high: group_set(2), critical: group_set(2), ..ByRisk::default() };
    let policy =
        Policy { groups, groups_by_type: [(UpdateType::Schema, group_set(1))].into(), ..Policy::default() };
    let of = |kind, risk, invertible| Requirement::of_update(&policy, kind, risk, invertible);
    for (risk, count) in [(Risk::Low, 1), (Risk::Medium, 1), (Risk::High, 2), (Risk::Critical, 3)] {
        assert_eq!(of(UpdateType::Config, risk, true).count, count);
        assert_eq!(of(UpdateType::Config, risk, false).count, count + 1);
        assert_eq!(
            of(UpdateType::Config, risk, true).groups,
            group_set(if risk >= Risk::High { 2 } else { 0 })
        );
        assert_eq!(
            of(UpdateType::Schema, risk, true).groups,
            group_set(if risk >= Risk::High { 3 } else { 1 })
        );
        assert!(!of(UpdateType::Config, risk, true).because.is_empty());
    }
    assert_eq!(Requirement::of_handshake(&policy).count, 1);
}
