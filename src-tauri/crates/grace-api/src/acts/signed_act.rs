//! The seam of a signed act: what is shown of it, what is signed for it, and how it is handed in.
//!
//! Owns the trait and what its functions answer. Knows no act.

use std::collections::BTreeMap;

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::PersonId;
use grace_domain::governance::policy::{People, Person};
use grace_domain::statement::StatementError;
use grace_domain::world::World;
use serde_json::Value;

use super::hand_in::HandedIn;
use super::statement::StatementBuilder;
use crate::handlers::context::Context;
use crate::problem::Problem;
use crate::problems::invalid;
use crate::requests::{SigningRequest, StatementRequest};
use crate::text::phrases::as_sentence;
use crate::types::{ActView, SigningView, StatementView};

/// One act. Its file implements this, or the narrower seam of `on_update` or `on_component`.
pub(crate) trait SignedAct {
    /// Fills in what the signing window shows, and says which digest the signature is bound to and who may not sign.
    async fn show(
        ctx: &Context,
        world: &World,
        request: &SigningRequest,
        view: &mut SigningView,
    ) -> Result<Shown, Problem>;

    /// The statement that is signed.
    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem>;

    /// What the statement must say for `request`.
    fn matches(request: &StatementRequest) -> Matches;

    /// Hands a signed envelope to the engine.
    async fn hand_in(ctx: &Context, act: HandedIn) -> Result<ActView, Problem>;
}

/// What a signature would be bound to, and who may not give it.
pub(crate) struct Shown {
    pub(crate) digest: Digest,
    /// What the verification phrase stands for: of an update its `bound`, which comes with stage 5, of a handshake
    /// its own, which comes with the request.
    pub(crate) phrase_of: Option<Digest>,
    pub(crate) excluded: Excluded,
}

/// Who may not sign, and why, in a sentence.
#[derive(Default)]
pub(crate) struct Excluded(BTreeMap<PersonId, String>);

impl Excluded {
    /// Those of whom `why` says something: a clause of the rules.
    pub(crate) fn each(people: &People, why: impl Fn(&PersonId, &Person) -> Option<String>) -> Self {
        let of = |(id, person): (&PersonId, &Person)| Some((id.clone(), as_sentence(&why(id, person)?)));
        Self(people.iter().filter_map(of).collect())
    }

    /// Services, where only persons sign.
    pub(crate) fn services(people: &People) -> Self {
        Self::each(people, service)
    }

    /// Why this person may not.
    pub(crate) fn why(&self, id: &PersonId) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

/// What is said of a service whose signature would decide or act.
pub(crate) fn service(id: &PersonId, person: &Person) -> Option<String> {
    person.is_service().then(|| StatementError::Service { service: id.to_string() }.to_string())
}

/// What a statement must say before a key signs it.
pub(crate) struct Matches {
    /// Its DSSE payload type.
    pub(crate) payload_type: &'static str,
    /// The member that names the signer.
    pub(crate) signer: &'static str,
    /// Members and their values.
    pub(crate) members: Vec<(&'static str, Value)>,
    /// Members that are digests of salted texts, and the texts; the empty text is none.
    pub(crate) texts: Vec<(&'static str, String)>,
    /// The same of members that are lists of them.
    pub(crate) lists: Vec<(&'static str, Vec<String>)>,
    /// Of a submission: its parts, with each content document in the place of its digest.
    pub(crate) parts: Option<Value>,
}

/// The reason of the request, as [`Matches::texts`] takes it.
pub(crate) fn reason_of(request: &StatementRequest) -> (&'static str, String) {
    ("reason", request.reason.as_deref().unwrap_or_default().trim().to_owned())
}

/// The subject that most acts need.
pub(crate) fn subject(subject: Option<&str>) -> Result<&str, Problem> {
    subject.ok_or_else(|| {
        invalid(Code::SubjectMissing, "This act needs a subject.", "Name the update, handshake or component.")
    })
}
