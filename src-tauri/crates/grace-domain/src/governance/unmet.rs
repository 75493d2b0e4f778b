//! What a policy demands that its people can never give, whoever submits or requests: approvals by more persons than
//! there are beside that one, or by a group that has nobody else. Services give none; one that submits or requests keeps
//! the person who answers for it from approving, as if that person had done it. Among persons another one may submit; what
//! a service is there for, nobody submits in its place, so each of them must find its approvals.
//!
//! Owns the comparison of demands with people. Never changes what an existing world accepts: its genesis was judged
//! by [`Policy::check`] alone, and a demand that nobody can meet only waits until it expires.

use crate::core::count::counted;
use crate::core::ids::{GroupId, PersonId};
use crate::governance::policy::{People, Policy, Risk};
use crate::governance::tally::Requirement;
use crate::kinds::UpdateType;
use std::collections::BTreeSet;

/// A demand that can never be met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    /// Too few persons besides whoever submits or requests.
    #[error(
        "{what} needs {}, {} by whoever submits or requests it: {} persons, and {} named",
        counted(*needed, "approval"),
        if *needed == 1 { "not" } else { "none of them" },
        needed + 1,
        are(*named)
    )]
    Persons {
        /// An update of a risk, or a handshake.
        what: String,
        /// Approvals by distinct persons.
        needed: u32,
        /// Persons that there are.
        named: usize,
    },
    /// Whoever submits, some group has nobody else in it.
    #[error(
        "{what} needs an approval of each group ({}) by somebody other than who submits it, and \
         whoever submits it, one of them has nobody else in it",
        list(groups)
    )]
    Groups {
        /// An update of a risk or type.
        what: String,
        /// The groups.
        groups: BTreeSet<GroupId>,
    },
    /// What a service submits, only the person who answers for it could approve.
    #[error(
        "{what}, when the service {service} submits it, needs an approval of group {group} by somebody other than \
         {owner}, who answers for that service, and nobody else is in it"
    )]
    Service {
        /// An update of a risk or type.
        what: String,
        /// Who submits.
        service: PersonId,
        /// Who answers for it.
        owner: PersonId,
        /// The group.
        group: GroupId,
    },
}

fn are(named: usize) -> String {
    if named == 1 { "1 is".to_owned() } else { format!("{named} are") }
}

fn list(groups: &BTreeSet<GroupId>) -> String {
    groups.iter().map(GroupId::as_str).collect::<Vec<_>>().join(", ")
}

impl Policy {
    /// The demands that these people can never meet; none in a world that can do everything its policy speaks of.
    /// Further approvals for what cannot be rolled back are not counted: no such package is made.
    pub fn unmet(&self, people: &People) -> Vec<Unmet> {
        let mut unmet = Vec::new();
        let named = people.values().filter(|person| !person.is_service()).count();
        let persons = |what: String, needed: u32| {
            let too_few = named.saturating_sub(1) < needed as usize;
            too_few.then_some(Unmet::Persons { what, needed, named })
        };
        for &risk in Risk::ALL {
            let what = format!("an update of risk {}", risk.as_str());
            unmet.extend(persons(what.clone(), *self.approvals.at(risk)));
            unmet.extend(groups(what, self.groups.at(risk), people));
        }
        for (kind, demanded) in &self.groups_by_type {
            let alone = groups(format!("an update of type {}", kind.as_str()), demanded, people);
            if alone.is_none() {
                unmet.extend(Risk::ALL.iter().filter_map(|&risk| self.together(*kind, risk, people)));
            }
            unmet.extend(alone);
        }
        unmet.extend(persons("a handshake".to_owned(), Requirement::of_handshake(self).count));
        unmet.extend(self.unmet_of_services(people));
        unmet
    }

    /// The demands that some person's submission could meet and that of a service never. Who is left to approve differs by
    /// service alone, so what each group can give by itself, all of them can give together.
    fn unmet_of_services(&self, people: &People) -> Vec<Unmet> {
        let by_risk = Risk::ALL
            .iter()
            .map(|&risk| (format!("an update of risk {}", risk.as_str()), self.groups.at(risk)));
        let by_type = self
            .groups_by_type
            .iter()
            .map(|(kind, groups)| (format!("an update of type {}", kind.as_str()), groups));
        let mut unmet = Vec::new();
        for (what, demanded) in by_risk.chain(by_type).filter(|(_, groups)| covered(groups, people)) {
            for (service, owner) in people.iter().filter_map(|(id, p)| Some((id, p.owner.as_ref()?))) {
                unmet.extend(demanded.iter().filter(|group| !others(people, owner, group)).map(|group| {
                    let (service, owner, group) = (service.clone(), owner.clone(), group.clone());
                    Unmet::Service { what: what.clone(), service, owner, group }
                }));
            }
        }
        unmet
    }

    /// Groups of a type and of a risk that can be met one by one, but not both.
    fn together(&self, kind: UpdateType, risk: Risk, people: &People) -> Option<Unmet> {
        if covered(self.groups.at(risk), people) {
            let need = Requirement::of_update(self, kind, risk, true);
            groups(
                format!("an update of type {} and risk {}", kind.as_str(), risk.as_str()),
                &need.groups,
                people,
            )
        } else {
            None
        }
    }
}

fn groups(what: String, groups: &BTreeSet<GroupId>, people: &People) -> Option<Unmet> {
    (!covered(groups, people)).then(|| Unmet::Groups { what, groups: groups.clone() })
}

/// Whether a group has a person in it who is not this one.
fn others(people: &People, requester: &PersonId, group: &GroupId) -> bool {
    people.iter().any(|(id, person)| !person.is_service() && id != requester && person.groups.contains(group))
}

/// Whether somebody may submit without taking the last member out of a group.
fn covered(groups: &BTreeSet<GroupId>, people: &People) -> bool {
    let mut persons = people.iter().filter(|(_, person)| !person.is_service());
    groups.is_empty()
        || persons.any(|(requester, _)| groups.iter().all(|group| others(people, requester, group)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::keys::SignerKey;
    use crate::governance::people::PersonKind;
    use crate::governance::policy::{ByRisk, HandshakePolicy, Person};
    use std::collections::BTreeMap;

    fn people(groups: &[&[&str]]) -> People {
        let id = |n: usize| format!("p{n}").parse().expect("id");
        let person = |n: usize, groups: &[&str]| {
            let groups = groups.iter().map(|g| g.parse().expect("group")).collect();
            let key = SignerKey::from_seed([u8::try_from(n).expect("few"); 32]).public();
            Person::new("P", groups, vec![key])
        };
        groups.iter().enumerate().map(|(n, g)| (id(n), person(n, g))).collect()
    }

    fn set(groups: &[&str]) -> BTreeSet<GroupId> {
        groups.iter().map(|g| g.parse().expect("group")).collect()
    }

    fn ones() -> Policy {
        Policy { approvals: ByRisk { low: 1, medium: 1, high: 1, critical: 1 }, ..Policy::default() }
    }

    fn said(policy: &Policy, people: &People) -> Vec<String> {
        policy.unmet(people).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_requester_is_not_one_of_those_who_approve() {
        for (persons, missing) in [(4, 0), (3, 1), (2, 2), (1, 5)] {
            let people = people(&vec![&[][..]; persons]);
            assert_eq!(Policy::default().unmet(&people).len(), missing, "{persons} persons");
        }
        let two = people(&[&[], &[]]);
        assert_eq!(said(&ones(), &two), Vec::<String>::new());
        assert_eq!(
            said(&Policy::default(), &two),
            [
                "an update of risk high needs 2 approvals, none of them by whoever submits or requests it: 3 persons, and 2 are named",
                "an update of risk critical needs 3 approvals, none of them by whoever submits or requests it: 4 persons, and 2 are named",
            ]
        );
        let handshake = HandshakePolicy { approvals: 2, ..HandshakePolicy::default() };
        let policy = Policy { handshake, ..ones() };
        assert_eq!(policy.unmet(&two).len(), 1);
        assert_eq!(policy.unmet(&people(&[&[], &[], &[]])).len(), 0);
    }

    #[test]
    fn a_group_counts_only_when_somebody_else_may_submit() {
        let critical = |groups: &[&str]| Policy {
            groups: ByRisk { critical: set(groups), ..ByRisk::default() },
            ..ones()
        };
        // The only member cannot submit; the others can.
        assert_eq!(critical(&["a"]).unmet(&people(&[&["a"], &[]])).len(), 0);
        // Each of the two is the only one of a group: whoever submits, one is missing.
        let both = people(&[&["a"], &["b"]]);
        assert_eq!(critical(&["a", "b"]).unmet(&both).len(), 1);
        assert!(said(&critical(&["a", "b"]), &both)[0].starts_with("an update of risk critical needs"));
        assert_eq!(critical(&["a", "b"]).unmet(&people(&[&["a"], &["b"], &[]])).len(), 0);
        assert_eq!(critical(&["a", "b"]).unmet(&people(&[&["a", "b"], &[]])).len(), 0);
        assert_eq!(critical(&["a"]).unmet(&people(&[&[], &[]])).len(), 1);
    }

    #[test]
    fn what_a_service_submits_its_owner_alone_can_never_approve() {
        let by_risk = Policy { groups: ByRisk { high: set(&["a"]), ..ByRisk::default() }, ..ones() };
        let by_type =
            Policy { groups_by_type: BTreeMap::from([(UpdateType::Config, set(&["a"]))]), ..ones() };
        let none: &[&str] = &[];
        // Groups of p0, p1 and of the service, for which p0 answers.
        for (persons, service, policy, said) in [
            (vec![&["a"][..], none], none, &by_risk, &["an update of risk high"][..]),
            (vec![&["a"], none], &["a"], &by_risk, &["an update of risk high"]),
            (vec![&["a"], none], none, &by_type, &["an update of type config"]),
            (vec![&["a"], &["a"]], none, &by_risk, &[]),
            (vec![none, &["a"]], &["a"], &by_risk, &[]),
            (vec![&["a"], none], none, &ones(), &[]),
        ] {
            let mut people = people(&persons);
            let owner: PersonId = "p0".parse().expect("id");
            let mut of_service = people[&owner].clone();
            of_service.groups = set(service);
            (of_service.kind, of_service.owner) = (PersonKind::Service, Some(owner));
            of_service.keys = vec![SignerKey::from_seed([99; 32]).public()];
            assert_eq!(policy.unmet(&people), [], "{persons:?}: of persons, another one may submit");
            people.insert("ci".parse().expect("id"), of_service);
            let unmet = policy.unmet(&people);
            assert_eq!(unmet.len(), said.len(), "{persons:?} {service:?}: {unmet:?}");
            for (one, what) in unmet.iter().zip(said) {
                let told = format!(
                    "{what}, when the service ci submits it, needs an approval of group a by somebody other than \
                     p0, who answers for that service, and nobody else is in it"
                );
                assert_eq!(one.to_string(), told);
            }
        }
    }

    #[test]
    fn groups_of_a_type_and_a_risk_are_demanded_together() {
        let policy = Policy {
            groups: ByRisk { high: set(&["a"]), ..ByRisk::default() },
            groups_by_type: BTreeMap::from([(UpdateType::Schema, set(&["b"]))]),
            ..ones()
        };
        let unmet = policy.unmet(&people(&[&["a"], &["b"]]));
        let groups = set(&["a", "b"]);
        assert_eq!(unmet, [Unmet::Groups { what: "an update of type schema and risk high".into(), groups }]);
        assert_eq!(policy.unmet(&people(&[&["a"], &["b"], &[]])), []);
        let alone = policy.unmet(&people(&[&["a"], &[]]));
        let groups = set(&["b"]);
        assert_eq!(alone, [Unmet::Groups { what: "an update of type schema".into(), groups }]);
    }
}
