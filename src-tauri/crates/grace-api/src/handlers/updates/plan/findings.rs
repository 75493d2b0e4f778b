//! What stands against a draft, and what it should be warned of.
//!
//! Owns the checks that need no target. The rules themselves are asked of the domain.

use crate::problem::Problem;
use grace_domain::core::hint::Hint;
use std::collections::BTreeSet;

use grace_domain::component::{Component, ComponentPhase};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, DocumentId};
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::governance::policy::RequiredField;
use grace_domain::update::Phase;
use grace_domain::update::decide::{check_component, check_refs, check_required, check_series};
use grace_domain::world::World;
use grace_engine::blob_store::EffectError;

use crate::diff::visible;
use crate::handlers::updates::plan::draft::Draft;
use crate::problems::refused;
use crate::text::phrases::{clause, duration};
use crate::types::*;

#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) problems: Vec<ProblemView>,
    pub(crate) conflicts: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// What an update of a component that has just joined waits for.
fn still_validating(world: &World, c: &Component) -> Option<String> {
    if *c.phase() != ComponentPhase::Validating {
        return None;
    }
    let window = world.handshakes.values().filter(|h| *h.component() == *c.id()).find_map(|h| h.window());
    let long = window.map(|w| format!(" of {}", duration(w.length_ms / 1000))).unwrap_or_default();
    Some(format!(
        "{} has just joined; this one waits until its validation window{long} has ended well.",
        c.id()
    ))
}

impl Findings {
    /// Says it once, however many of its components have it.
    pub(crate) fn problem(&mut self, code: Code, message: &str, hint: impl Into<Hint>) {
        self.found(Problem::new(422, code, message, hint));
    }

    fn found(&mut self, problem: Problem) {
        let Problem { code, detail: message, hint, way, .. } = problem;
        let problem = ProblemView { code, message, hint, way };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.found(refused(refusal));
    }

    pub(crate) fn missing(&mut self, missing: EffectError) {
        self.problem(missing.code, &format!("{}.", clause(&missing.reason)), "Correct it and plan again.");
    }

    /// What can be said without looking at a target.
    pub(crate) fn check_draft(&mut self, world: &World, draft: &Draft, document: Option<&DocumentId>) {
        if draft.title.is_empty() || draft.title.len() > limits::TITLE_BYTES {
            self.problem(
                Code::TitleLength,
                &format!("A title has 1 to {} bytes.", limits::TITLE_BYTES),
                "Say in one line what changes.",
            );
        }
        if let Err(refusal) = check_refs(draft.refs.iter().map(String::as_str), draft.security_impact.len()) {
            self.refuse(refusal);
        }
        let required = check_required(world.policy(), |field| match field {
            RequiredField::Description => !draft.description.trim().is_empty(),
            RequiredField::Refs => !draft.refs.is_empty(),
            RequiredField::SecurityImpact => !draft.security_impact.is_empty(),
        });
        if let Err(refusal) = required {
            self.refuse(refusal);
        }
        if !world.people().contains_key(&draft.created_by) {
            self.problem(
                Code::UnknownPerson,
                &format!("{} is not registered in this world.", draft.created_by),
                "Name who signs.",
            );
        }
        if draft.components.is_empty() || draft.components.len() > limits::COMPONENTS_PER_UPDATE {
            self.problem(
                Code::ComponentCount,
                &format!("An update names 1 to {} components.", limits::COMPONENTS_PER_UPDATE),
                "Name its components.",
            );
        }
        if draft.components.iter().collect::<BTreeSet<_>>().len() != draft.components.len() {
            self.problem(Code::ComponentTwice, "A component is named twice.", "Name each once.");
        }
        for id in &draft.components {
            if let Err(refusal) = check_component(world, draft.update_type, id) {
                self.refuse(refusal);
            } else {
                let waits = world.components.get(id).and_then(|c| still_validating(world, c));
                self.conflicts.extend(waits);
            }
            self.check_neighbours(world, id, document);
        }
        if let Err(refusal) = check_series(world, &draft.components) {
            self.refuse(refusal);
        }
    }

    fn check_neighbours(&mut self, world: &World, id: &ComponentId, document: Option<&DocumentId>) {
        for u in world
            .updates
            .values()
            .filter(|u| !u.ended() && u.components().contains(id) && u.document() == document)
        {
            let state = u.state().as_str().replace('_', " ");
            let then = if u.occupies() || matches!(u.phase(), Phase::Approved { .. }) {
                "this one waits for it"
            } else {
                "whichever comes second is prepared anew"
            };
            self.conflicts.push(format!("“{}” ({}) is {state} on {id}; {then}.", visible(u.title()), u.id()));
        }
    }
}
