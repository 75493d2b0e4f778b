//! What an update is and does, as people read it: files, keys, guardrails, the rollback plan.
//!
//! Owns the wording of summaries, for updates and for plans. Never computes one: the domain compared the contents.

use std::collections::{BTreeMap, BTreeSet};

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, MetricId};
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::content::Content;
use grace_domain::kinds::risk::Risk;
use grace_domain::kinds::summary::Summary;
use grace_domain::kinds::target_kind::ItemCounts;
use grace_domain::update::Update;
use grace_domain::world::World;
use grace_engine::windows;
use grace_target::{ItemState, TargetPlan};

use crate::diff::visible;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::updates::diff::more;
use crate::handlers::updates::documents::UpdateDocuments;
use crate::types::*;

/// The summary of an update: of its package once there is one, of what was submitted before.
pub(crate) fn of_update(
    u: &Update,
    rules: &Rules<'_>,
    world: &World,
    watch: &Watch,
    documents: &UpdateDocuments,
) -> SummaryView {
    let items = match (&documents.plans, &documents.content) {
        (Some(plans), _) => planned_items(world, plans),
        (None, Some(content)) => submitted_items(world, u, content),
        // Nothing of it can be read; of a package the log still knows how much it changes.
        (None, None) => (Vec::new(), u.package().map(|package| package.items.clone()).unwrap_or_default()),
    };
    summary_view(
        u.components().iter().map(ToString::to_string).collect(),
        items,
        documents.summary.as_ref(),
        rules,
        watch,
        u.package().map(|p| (p.revert_ms, p.invertible)),
    )
}

/// The summary from its parts; `rehearsed` is the time of the rehearsed rollback and whether it came back exact.
pub(crate) fn summary_view(
    components: Vec<String>,
    (items, counts): (Vec<ItemChangeView>, ItemCounts),
    summary: Option<&Summary>,
    rules: &Rules<'_>,
    watch: &Watch,
    rehearsed: Option<(u64, bool)>,
) -> SummaryView {
    let were = if counts.total() == 1 { "it was" } else { "they were" };
    let rollback_plan = match rehearsed {
        Some((ms, true)) => {
            format!("Put {counts} back as {were}; rehearsed on a copy in {ms} ms, byte for byte.")
        }
        Some((_, false)) => {
            "Cannot be rolled back exactly: the rehearsal did not lead to the content from before.".into()
        }
        None => format!("Put {counts} back as {were}; the rehearsal on a copy comes with stage 5."),
    };
    SummaryView {
        components,
        items,
        more_items: more(counts.total()),
        touches: counts.to_string(),
        sections: summary.iter().flat_map(|s| &s.sections).map(|section| section.map(visible)).collect(),
        breaking: summary.is_some_and(|s| s.assessment.breaking.is_some()),
        breaking_reason: summary.and_then(|s| s.assessment.breaking.as_deref()).map(visible),
        rollback_plan,
        guardrails: watch.guardrails(),
        window_length_s: watch.length_s,
        window_criteria: if watch.document {
            vec!["At each evaluation the document in force is the one that was applied.".into()]
        } else {
            rules.criteria(&watch.metrics)
        },
        added_lines: summary.map_or(0, |s| s.extent.added_lines),
        removed_lines: summary.map_or(0, |s| s.extent.removed_lines),
    }
}

/// How an update will be watched.
pub(crate) struct Watch {
    /// None of a document.
    pub(crate) metrics: BTreeSet<MetricId>,
    pub(crate) length_s: u64,
    /// It changes a document of a registry, which is watched by the log alone.
    pub(crate) document: bool,
}

impl Watch {
    /// By the policy, of an update of this type and risk.
    pub(crate) fn of(
        rules: &Rules<'_>,
        world: &World,
        components: &[ComponentId],
        risk: Risk,
        update_type: UpdateType,
    ) -> Self {
        let document = update_type.holder().is_some();
        Self {
            metrics: windows::watched_metrics(world, update_type, components),
            length_s: rules.policy.window_s(risk, document),
            document,
        }
    }

    /// Refuses it where one of its metrics could not be judged in a window of this length.
    pub(crate) fn check(&self, rules: &Rules<'_>) -> Result<(), Refusal> {
        rules.refuse_too_short(&self.metrics, self.length_s)
    }

    fn guardrails(&self) -> Vec<String> {
        let said: &[&str] = if self.document {
            &[
                "The document is checked by the rules of its type before anybody signs.",
                "It comes into force with the entry of its receipt, and nothing else is touched.",
                "What an open window needs is not removed.",
            ]
        } else {
            &[
                "Nothing is applied to a target that was changed outside Grace.",
                "The target's own check runs on a copy, sandboxed, before anybody signs.",
                "If applying or verifying fails, the content from before is put back at once.",
                "If a limit is broken or metrics vanish during the window, the update is rolled back by itself.",
            ]
        };
        said.iter().map(|&sentence| sentence.to_owned()).collect()
    }
}

/// One item before and after, each with its digest and length where they are known.
pub(crate) fn item_change(
    component: &ComponentId,
    name: &str,
    before: Option<(Digest, Option<u64>)>,
    after: Option<(Digest, Option<u64>)>,
) -> ItemChangeView {
    ItemChangeView {
        component: component.to_string(),
        name: visible(name),
        change: ItemChange::of(before.is_some(), after.is_some()),
        before: before.map(|(digest, _)| digest.to_hex()),
        after: after.map(|(digest, _)| digest.to_hex()),
        bytes_before: before.and_then(|(_, bytes)| bytes),
        bytes_after: after.and_then(|(_, bytes)| bytes),
    }
}

/// Items of these components, counted by the kinds of their targets.
pub(crate) fn counts<'c>(
    world: &World,
    of: impl IntoIterator<Item = (&'c ComponentId, usize)>,
) -> ItemCounts {
    let kind = |id: &ComponentId| world.components().get(id)?.facts().target_kind();
    of.into_iter().filter_map(|(id, n)| Some((kind(id)?, n))).collect()
}

/// The items of a package that are shown, and how many there are.
fn planned_items(
    world: &World,
    plans: &BTreeMap<ComponentId, TargetPlan>,
) -> (Vec<ItemChangeView>, ItemCounts) {
    let all = plans.iter().flat_map(|(id, plan)| plan.changes.iter().map(move |change| (id, change)));
    let side = |state: Option<ItemState>| state.map(|state| (state.digest, state.size));
    let shown = all
        .take(limits::ITEMS_SHOWN)
        .map(|(id, change)| item_change(id, &change.name, side(change.old), side(change.new)));
    (shown.collect(), counts(world, plans.iter().map(|(id, plan)| (id, plan.changes.len()))))
}

/// Before the targets were inspected, only what was submitted is known.
fn submitted_items(world: &World, u: &Update, content: &Content) -> (Vec<ItemChangeView>, ItemCounts) {
    let items = content.items();
    let mut shown = Vec::new();
    for component in u.components() {
        let room = limits::ITEMS_SHOWN.saturating_sub(shown.len());
        shown.extend(items.iter().take(room).map(|(name, wanted)| ItemChangeView {
            change: ItemChange::of(true, wanted.is_some()),
            ..item_change(component, name, None, wanted.map(|digest| (digest, None)))
        }));
    }
    (shown, counts(world, u.components().iter().map(|id| (id, items.len()))))
}
