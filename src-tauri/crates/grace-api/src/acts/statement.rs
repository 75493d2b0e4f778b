//! What all statements share: the exact bytes that a person signs, made from what the engine knows.
//!
//! Owns the signer's checked texts and their salts, the moment and the nonce, so that nobody signs a document that a caller invented.
//! Never signs: a statement is only text until a person's key makes it an act.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{Nonce, PersonId};
use grace_domain::core::sealed_text::{self, SealedText};
use grace_domain::core::time::Timestamp;
use grace_domain::core::visible::is_blank;
use grace_domain::governance::tally::Decision;
use grace_domain::statement::Statement;
use grace_domain::world::World;
use serde::Serialize;

use crate::handlers::context::Context;
use crate::problem::Problem;
use crate::problems::{invalid, not_found};
use crate::requests::StatementRequest;
use crate::types::DecisionWord;
use crate::types::StatementView;

/// How long a statement that is no approval may lie before it is handed in.
const HAND_IN_S: u64 = 3600;

/// What a statement is made from.
pub(crate) struct StatementBuilder<'a> {
    pub(crate) world: &'a World,
    pub(crate) ctx: &'a Context,
    pub(crate) request: &'a StatementRequest,
    /// In the signer's words, trimmed.
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
}

impl StatementBuilder<'_> {
    /// The registered person who signs.
    pub(crate) fn person(&self) -> Result<PersonId, Problem> {
        let named = &self.request.person;
        let person: PersonId = named.parse().map_err(|_| not_found("person", named))?;
        if self.world.people().contains_key(&person) {
            Ok(person)
        } else {
            Err(not_found("person", person.as_str()))
        }
    }

    pub(crate) fn origin(&self) -> String {
        self.world.origin().to_owned()
    }

    pub(crate) fn nonce(&self) -> Nonce {
        self.ctx.ports().nonce()
    }

    /// A document under a salt of its own: digest and blob.
    pub(crate) fn salted<T: Serialize>(&self, document: &T) -> Result<(Digest, Vec<u8>), Problem> {
        let unwritable = |e: String| {
            invalid(
                Code::WrongShape,
                format!("This cannot be written as a document: {e}."),
                "Use whole numbers.",
            )
        };
        let value = serde_json::to_value(document).map_err(|e| unwritable(e.to_string()))?;
        let blob =
            sealed_text::salted(self.ctx.ports().seed(), &value).map_err(|e| unwritable(e.to_string()))?;
        Ok((Digest::of(&blob), blob))
    }

    /// Until when an approval counts.
    pub(crate) fn counts_until(&self) -> Timestamp {
        self.at.plus_s(self.world.policy().approval_ttl_s)
    }

    /// Until when another statement may be handed in.
    pub(crate) fn handed_in_until(&self) -> Timestamp {
        self.at.plus_s(HAND_IN_S)
    }

    /// For or against; a denial says why.
    pub(crate) fn decision(&self) -> Result<Decision, Problem> {
        match self.request.decision {
            Some(DecisionWord::Approve) => Ok(Decision::Approve),
            Some(DecisionWord::Deny) if is_blank(&self.reason) => {
                Err(invalid(Code::ReasonRequired, "A denial needs a reason.", "Say why."))
            }
            Some(DecisionWord::Deny) => Ok(Decision::Deny),
            Some(DecisionWord::Ack | DecisionWord::Nack) | None => {
                Err(invalid(Code::DecisionMissing, "This act needs a decision.", "Say approve or deny."))
            }
        }
    }

    /// The reason that an act cannot be without.
    pub(crate) fn required_reason(&self) -> Result<SealedText, Problem> {
        if is_blank(&self.reason) {
            Err(invalid(Code::ReasonRequired, "A signed act needs a reason.", "Say why in one sentence."))
        } else {
            Ok(self.reason.as_str().into())
        }
    }
}

/// The same with more blobs that it names.
pub(crate) fn with_blobs(view: StatementView, more: impl IntoIterator<Item = Vec<u8>>) -> StatementView {
    let more = more.into_iter().map(|blob| STANDARD.encode(blob));
    StatementView { blobs: view.blobs.into_iter().chain(more).collect(), ..view }
}

/// A statement as text to sign, its texts salted, with the blobs that it names.
pub(crate) fn view<T: Statement>(
    builder: &StatementBuilder<'_>,
    mut statement: T,
) -> Result<StatementView, Problem> {
    let blobs = statement.seal(|| builder.ctx.ports().seed());
    let bytes = canon::to_canonical(&statement).map_err(|e| {
        invalid(
            Code::WrongShape,
            format!("This cannot be written as a statement: {e}."),
            "Use whole numbers.",
        )
    })?;
    let payload = String::from_utf8(bytes).expect("invariant: canonical JSON is UTF-8");
    let blobs = blobs.iter().map(|blob| STANDARD.encode(blob)).collect();
    Ok(StatementView { payload_type: T::PAYLOAD_TYPE.into(), payload, blobs })
}
