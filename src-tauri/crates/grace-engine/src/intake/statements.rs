//! What is checked of every statement: its signature, its texts, and that it was not handed in before.

use super::named_blobs::NamedBlobs;
use crate::blob_store::EffectError;
use crate::engine::handle::Engine;
use grace_domain::core::codes::Code;
use grace_domain::core::refusal::Refusal;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::statement::{self, HandIn, PersonStatement, StatementError, Verified};

impl Engine {
    /// A statement whose signature holds.
    pub(super) fn verify<T: PersonStatement>(&self, envelope: &Envelope) -> Result<Verified<T>, Refusal> {
        let world = self.world();
        statement::verify_person(envelope, world.origin(), world.people(), self.context.ports.clock.now())
            .map_err(|e| refused_statement(&e))
    }

    /// A statement whose signature holds, with the texts that it names.
    pub(super) async fn opened<T: PersonStatement>(&self, handed: &HandIn) -> Result<Verified<T>, Refusal> {
        let mut verified: Verified<T> = self.verify(&handed.envelope)?;
        let mut blobs = NamedBlobs::of(handed);
        blobs.texts(&self.context, &mut verified.statement).await?;
        blobs.nothing_beside()?;
        Ok(verified)
    }

    /// Keeps an envelope before the fact that names it.
    pub(super) async fn keep_envelope(&self, envelope: &Envelope) -> Result<(), Refusal> {
        self.context.keep(&envelope.to_json()).await.map(|_| ()).map_err(EffectError::unavailable)
    }

    /// Refuses a statement that was handed in before.
    pub(super) async fn unused(&self, nonce: &str) -> Result<(), Refusal> {
        match self.context.reader.nonce_used(nonce).await {
            Ok(None) => Ok(()),
            Ok(Some(seq)) => Err(Refusal::conflict(
                if nonce.contains('/') { Code::NonceUsed } else { Code::Replayed },
                format!("this statement was handed in before, log {seq}"),
                "sign a new one; nothing was changed",
            )),
            Err(e) => Err(EffectError::new(Code::LogUnreadable, e.to_string()).unavailable()),
        }
    }

    /// What begins with a statement has no entries yet. The log itself says so: the table of nonces is beside it.
    pub(super) async fn unheard_of(&self, subject: &str) -> Result<(), Refusal> {
        match self.context.reader.entries_of(subject, None, 1).await {
            Ok(found) => found.first().map_or(Ok(()), |entry| {
                Err(Refusal::conflict(
                    Code::Replayed,
                    format!("the log has {subject} already, from entry {} on", entry.seq),
                    "sign a new one; nothing was changed",
                ))
            }),
            Err(e) => Err(self.not_believed(&e.into())),
        }
    }
}

/// A statement that does not verify: the code says why.
pub fn refused_statement(e: &StatementError) -> Refusal {
    let hint = "take the statement from the engine and sign exactly its bytes; nothing was recorded";
    match e {
        StatementError::Service { .. } => {
            let hint = "let a person sign it; nothing was recorded";
            Refusal::forbidden(e.code(), e.to_string(), hint)
        }
        StatementError::NotTheirKey { .. } => {
            let hint = "sign with a key that is registered for this person; nothing was recorded";
            Refusal::forbidden(e.code(), e.to_string(), hint)
        }
        StatementError::FromTheFuture { .. } => {
            let hint = "set the clock where it was signed and sign it again; nothing was recorded";
            Refusal::forbidden(e.code(), e.to_string(), hint)
        }
        StatementError::Json(_) | StatementError::Shape(_) => Refusal::invalid(e.code(), e.to_string(), hint),
        StatementError::Signature(_)
        | StatementError::PayloadType { .. }
        | StatementError::World { .. }
        | StatementError::UnknownPerson { .. }
        | StatementError::Expired { .. }
        | StatementError::ExpiresBeforeSigned { .. }
        | StatementError::TooLong { .. } => Refusal::forbidden(e.code(), e.to_string(), hint),
    }
}
