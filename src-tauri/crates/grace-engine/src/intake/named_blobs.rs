//! The blobs that a statement names: found among those handed in with it or kept before, and nothing beside them.
//!
//! Owns that comparison and reading the statement's texts. Never decides whether a text may be said.

use crate::blob_store::EffectError;
use crate::content;
use crate::effects::context::EffectContext;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::sealed_text::{OpenedText, unsalted};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::content::{Content, named};
use grace_domain::statement::{HandIn, Statement};
use std::collections::{BTreeMap, BTreeSet};

/// What came with a statement, and which of it was named so far.
pub(crate) struct NamedBlobs<'a> {
    given: BTreeMap<Digest, &'a [u8]>,
    named: BTreeSet<Digest>,
    /// Of those the content: its document and its files.
    documents: BTreeSet<Digest>,
}

impl<'a> NamedBlobs<'a> {
    /// Of what was handed in.
    pub(crate) fn of(handed: &'a HandIn) -> Self {
        Self { given: handed.by_digest(), named: BTreeSet::new(), documents: BTreeSet::new() }
    }

    /// The bytes of a digest that the statement names.
    pub(crate) async fn find(
        &mut self,
        context: &EffectContext,
        digest: &Digest,
    ) -> Result<Vec<u8>, Refusal> {
        self.named.insert(*digest);
        if let Some(bytes) = self.given.get(digest) {
            return Ok(bytes.to_vec());
        }
        context.blob(digest).await.map_err(|missing| match missing.code {
            Code::BlobMissing => Refusal::invalid(
                missing.code,
                format!("the statement names the blob {digest}, which is neither in `blobs` nor uploaded"),
                "send it in `blobs`, or PUT /api/blobs/{sha256} first; nothing was changed",
            ),
            _ => missing.unavailable(),
        })
    }

    /// Takes the texts of the statement in.
    pub(crate) async fn texts<T: Statement>(
        &mut self,
        context: &EffectContext,
        statement: &mut T,
    ) -> Result<(), Refusal> {
        let mut found = BTreeMap::new();
        for digest in statement.texts() {
            let blob = self.find(context, &digest).await?;
            let opened = OpenedText::read(&blob).filter(|opened| !opened.text().is_empty());
            found.insert(digest, opened.ok_or_else(|| no_text(&digest))?);
        }
        statement.resolve(&found);
        Ok(())
    }

    /// The content document under this digest; the blobs that it names are named by the statement too.
    pub(crate) async fn content(
        &mut self,
        context: &EffectContext,
        update_type: UpdateType,
        digest: &Digest,
    ) -> Result<Content, Refusal> {
        let blob = self.find(context, digest).await?;
        let document = unsalted(&blob).ok_or_else(|| {
            Refusal::invalid(
                Code::BlobMalformed,
                format!("the blob {digest} is not a salted document"),
                "send {salt, value} as canonical JSON",
            )
        })?;
        let given = |digest: &Digest| self.given.get(digest).map(|bytes| bytes.len() as u64);
        let read = content::read_beside(&context.blobs, update_type, &document, given).await?;
        let blobs = named(&document);
        self.named.extend(&blobs);
        self.documents.insert(*digest);
        self.documents.extend(blobs);
        Ok(read)
    }

    /// Keeps the content that came along. Texts are kept with the entry that names them.
    pub(crate) async fn keep(&self, context: &EffectContext) -> Result<(), Refusal> {
        for digest in &self.documents {
            if let Some(bytes) = self.given.get(digest) {
                context.keep(bytes).await.map_err(EffectError::unavailable)?;
            }
        }
        Ok(())
    }

    /// Refuses what came along and was not named.
    pub(crate) fn nothing_beside(&self) -> Result<(), Refusal> {
        match self.given.keys().find(|digest| !self.named.contains(*digest)) {
            None => Ok(()),
            Some(digest) => Err(Refusal::invalid(
                Code::BlobUnnamed,
                format!("the statement does not name the blob {digest}"),
                "send only blobs that the statement names; nothing was changed",
            )),
        }
    }
}

fn no_text(digest: &Digest) -> Refusal {
    Refusal::invalid(
        Code::BlobMalformed,
        format!("the blob {digest} is not a salted text of at least one byte"),
        "send {salt, value} as canonical JSON; for an empty text name no blob",
    )
}
