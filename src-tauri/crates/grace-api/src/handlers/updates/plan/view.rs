//! A plan as people read it: risk, who must sign, the stages to come.
//!
//! Owns its wording. Never computes a risk: the domain did.

use grace_domain::core::count::counted;
use grace_domain::core::ids::GroupId;
use grace_domain::core::limits;
use grace_domain::governance::policy::{Policy, Risk};
use grace_domain::governance::tally::{Requester, Requirement};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::summary::Summary;
use grace_domain::update::StageName;
use grace_domain::world::World;
use grace_engine::preview::TouchedItem;
use grace_target::ItemState;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::updates::plan::draft::Draft;
use crate::handlers::updates::plan::findings::Findings;
use crate::handlers::updates::summary::{Watch, counts, item_change, summary_view};
use crate::text::phrases::{clause, duration};
use crate::types::*;

/// The view of what was found.
pub(crate) fn view(
    mut findings: Findings,
    ctx: &Context,
    world: &World,
    rules: &Rules<'_>,
    draft: &Draft,
    touched: &[TouchedItem],
    summary: Option<&Summary>,
) -> PlanView {
    let policy = world.policy();
    let computed = summary.map_or(draft.risk, |s| s.assessment.risk);
    let risk = draft.risk.max(computed);
    if computed > draft.risk {
        findings.warnings.push(format!(
            "Declared {}, computed {}: the higher counts.",
            draft.risk.as_str(),
            computed.as_str()
        ));
    }
    if let Some(freeze) = policy.frozen(ctx.now()) {
        findings.warnings.push(format!("Frozen until {}: {}.", freeze.to.plain(), clause(&freeze.reason)));
    }
    let need = requirement(policy, draft.update_type, risk, summary);
    let needed = needed(world, draft, &need);
    if needed.candidates.len() < usize::try_from(need.count).unwrap_or(usize::MAX) {
        findings.warnings.push("Fewer persons can sign than are needed.".into());
    }
    for group in need.groups.iter().filter(|group| !represented(world, &needed, group)) {
        let by = &draft.created_by;
        findings.warnings.push(format!("Nobody of group {group} can sign what {by} submits: one must."));
    }
    let items = (
        touched.iter().take(limits::ITEMS_SHOWN).map(item_view).collect(),
        counts(world, touched.iter().map(|item| (&item.component, 1))),
    );
    let components = draft.components.iter().map(ToString::to_string).collect();
    let watch = Watch::of(rules, world, &draft.components, risk, draft.update_type);
    if let Err(refusal) = watch.check(rules) {
        findings.refuse(refusal);
    }
    // Of content that does not read nothing is known but why.
    let read = draft.content.is_ok();
    let summary_shown = summary.map(|s| summary_view(components, items, Some(s), rules, &watch, None));
    PlanView {
        ok: findings.problems.is_empty(),
        stages: if read { stages(&need, &watch, draft) } else { Vec::new() },
        risk: summary.map(|s| RiskView {
            declared: draft.risk,
            computed: s.assessment.risk,
            lower_bound: s.assessment.lower_bound,
            reasons: s.assessment.reasons.iter().map(|r| visible(r)).collect(),
        }),
        summary: summary_shown,
        needed: read.then_some(needed),
        diff: DiffView { items: Vec::new(), more_items: 0, unreadable: Vec::new() },
        problems: findings.problems,
        conflicts: findings.conflicts,
        warnings: if read { findings.warnings } else { Vec::new() },
    }
}

/// Who must sign for a draft of this risk, as far as the comparison says it: of what cannot be rolled back, more persons.
fn requirement(
    policy: &Policy,
    update_type: UpdateType,
    risk: Risk,
    summary: Option<&Summary>,
) -> Requirement {
    Requirement::of_update(policy, update_type, risk, summary.is_none_or(|s| s.assessment.invertible))
}

fn needed(world: &World, draft: &Draft, need: &Requirement) -> NeededView {
    let people = world.people();
    let key = people.get(&draft.created_by).and_then(|p| p.keys.first());
    let requester = key.map(|key| Requester { person: &draft.created_by, key });
    let others = people
        .iter()
        .filter(|(id, p)| requester.is_some_and(|requester| requester.excludes(id, p, people).is_none()));
    NeededView {
        count: need.count,
        groups: need.groups.iter().map(ToString::to_string).collect(),
        have: 0,
        missing_groups: need.groups.iter().map(ToString::to_string).collect(),
        candidates: others.map(|(id, _)| id.to_string()).collect(),
        because: need.because.clone(),
    }
}

/// Whether one of those who could sign is of this group.
fn represented(world: &World, needed: &NeededView, group: &GroupId) -> bool {
    let people = world.people().iter().filter(|(id, _)| needed.candidates.iter().any(|c| c == id.as_str()));
    people.into_iter().any(|(_, person)| person.groups.contains(group))
}

fn item_view(item: &TouchedItem) -> ItemChangeView {
    let side = |side: &Option<(ItemState, Vec<u8>)>| side.as_ref().map(|(s, _)| (s.digest, s.size));
    item_change(&item.component, &item.name, side(&item.old), side(&item.new))
}

/// The eight stages as this update will meet them.
fn stages(need: &Requirement, watch: &Watch, draft: &Draft) -> Vec<String> {
    let groups = if need.groups.is_empty() {
        String::new()
    } else {
        let names: Vec<&str> = need.groups.iter().map(GroupId::as_str).collect();
        format!(", one of each group: {}", names.join(", "))
    };
    let verb = if need.count == 1 { "signs" } else { "sign" };
    let n = draft.components.len();
    let apply = if watch.document {
        "the document comes into force with its receipt".to_owned()
    } else if n == 1 {
        "1 component applies, activates, verifies and signs a receipt".to_owned()
    } else {
        format!("{} apply, activate, verify and sign a receipt", counted(n, "component"))
    };
    let receipts =
        if n == 1 { "the receipt is".to_owned() } else { format!("all {} are", counted(n, "receipt")) };
    let sentence = |name: StageName| match name {
        StageName::Governance => {
            format!("{} other than {} {verb}{groups}", counted(need.count, "person"), draft.created_by)
        }
        StageName::Identity => format!("the signature of {} over the content is checked", draft.created_by),
        StageName::LogProposed => "the entry's inclusion proof is checked".into(),
        StageName::Validation if watch.document => "the rules of its type are checked".into(),
        StageName::Validation => "the target's own check runs on a copy, sandboxed".into(),
        StageName::Package => "applied and reverted on a copy; the digests must be equal".into(),
        StageName::Distribution => apply.clone(),
        StageName::LogDistributed => format!("{receipts} there"),
        StageName::Watchdog => format!("observed for {}", duration(watch.length_s)),
    };
    (1_u8..)
        .zip(StageName::ALL)
        .map(|(n, &name)| format!("{n} {}: {}.", name.label(), sentence(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use grace_domain::core::refusal::Refusal;
    use grace_domain::kinds::content::{Content, Sizes};
    use grace_domain::kinds::measured::Measured;
    use grace_domain::kinds::section::Section;
    use grace_domain::kinds::summary::{Assessment, Extent};
    use grace_domain::kinds::target_kind::TargetKind;
    use grace_domain::kinds::touched::Touched;
    use grace_domain::kinds::update_kind::{Signed, UpdateKind, compare};
    use grace_domain::metrics::limit::Demands;
    use serde_json::Value;

    use super::*;

    /// Drops a table where it is allowed to: what it held cannot be put back.
    struct Drops<const INVERTIBLE: bool>;

    impl<const INVERTIBLE: bool> UpdateKind for Drops<INVERTIBLE> {
        type Difference = ();
        const TARGETS: &'static [TargetKind] = TargetKind::ALL;
        const CONTENT: &'static str = "{}";

        fn document(draft: &Value) -> Result<Signed, Refusal> {
            Ok((draft.clone(), Vec::new()))
        }

        fn parse(_: &Value, _: &Sizes) -> Result<Content, Refusal> {
            unreachable!("nothing is read")
        }

        fn difference(_: &[Touched<'_>], _: Option<&[Measured]>) -> Result<(), Refusal> {
            Ok(())
        }

        fn assess((): &()) -> Assessment {
            Assessment { invertible: INVERTIBLE, ..Assessment::low() }
        }

        fn extent((): &()) -> Extent {
            Extent::default()
        }

        fn sections((): &()) -> Vec<Section> {
            Vec::new()
        }
    }

    #[test]
    fn what_cannot_be_rolled_back_needs_more_approvals() {
        let back = compare::<Drops<true>>(&[], None, &Demands::default()).expect("compared");
        let gone = compare::<Drops<false>>(&[], None, &Demands::default()).expect("compared");
        let said = "it cannot be rolled back";
        for (risk, extra, count) in
            [(Risk::Low, 1, 1), (Risk::Medium, 0, 1), (Risk::High, 2, 2), (Risk::Critical, 1, 3)]
        {
            let policy = Policy { not_invertible_extra: extra, ..Policy::default() };
            for (summary, more) in [(None, 0), (Some(&back), 0), (Some(&gone), extra)] {
                let need = requirement(&policy, UpdateType::Config, risk, summary);
                assert_eq!(need.count, count + more, "{risk:?} {summary:?}");
                let told = need.because.iter().any(|why| why.contains(said));
                assert_eq!(told, summary == Some(&gone), "{:?}", need.because);
            }
        }
    }
}
