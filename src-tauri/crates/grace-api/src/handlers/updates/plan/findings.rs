//! What stands against a draft, and what it should be warned of.
//!
//! Owns their wording and what waits for what. The rules themselves are the domain's.

use crate::problem::Problem;
use grace_domain::core::hint::Hint;

use grace_domain::component::{Component, ComponentPhase};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, DocumentId};
use grace_domain::core::refusal::Refusal;
use grace_domain::kinds::content::Content;
use grace_domain::update::UpdatePhase;
use grace_domain::update::decide::{Draft as DraftFacts, check_draft};
use grace_domain::world::World;
use grace_engine::blob_store::{EffectError, way};

use crate::diff::visible;
use crate::handlers::updates::plan::draft::Draft;
use crate::problems::refused;
use crate::text::phrases::{as_sentence, duration};
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
    let window = world.handshakes().values().filter(|h| *h.component() == *c.id()).find_map(|h| h.window());
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
        self.add(ProblemView { code, message, hint, way });
    }

    fn add(&mut self, problem: ProblemView) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.found(refused(refusal));
    }

    /// A document that it stands on is lost.
    pub(crate) fn unreadable(&mut self, lost: UnreadableView) {
        self.add(lost.problem);
    }

    pub(crate) fn missing(&mut self, missing: EffectError) {
        let hint = match missing.code {
            Code::BlobStore | Code::BlobDiffers => Hint::from(way(missing.code)),
            _ => "Correct it and plan again.".into(),
        };
        self.problem(missing.code, &as_sentence(&missing.reason), hint);
    }

    /// What can be said without inspecting a target.
    pub(crate) fn check_draft(&mut self, world: &World, draft: &Draft, wanted: Option<&Content>) {
        let facts = DraftFacts {
            update_type: draft.update_type,
            components: &draft.components,
            created_by: &draft.created_by,
            title: &draft.title,
            description: &draft.description,
            refs: draft.refs.iter().map(String::as_str).collect(),
            security_impact: &draft.security_impact,
            edit: wanted.and_then(Content::edit),
        };
        for refusal in check_draft(world, &facts) {
            self.refuse(refusal);
        }
        for id in &draft.components {
            let component = world.components().get(id);
            self.conflicts.extend(component.and_then(|c| still_validating(world, c)));
            self.check_neighbours(world, id, wanted.and_then(Content::document));
        }
    }

    fn check_neighbours(&mut self, world: &World, id: &ComponentId, document: Option<&DocumentId>) {
        for u in world
            .updates()
            .values()
            .filter(|u| !u.ended() && u.components().contains(id) && u.document() == document)
        {
            let state = u.state().plain();
            let then = if u.occupies() || matches!(u.phase(), UpdatePhase::Approved { .. }) {
                "this one waits for it"
            } else {
                "whichever comes second is prepared anew"
            };
            self.conflicts.push(format!("“{}” ({}) is {state} on {id}; {then}.", visible(u.title()), u.id()));
        }
    }
}
