//! Documents that a view stands on and that cannot be read: which, by what digest, why, and what to do.
//!
//! Owns reading such documents for views, and the sentence of one that is lost. Never takes one that is lost for one that
//! says nothing.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::sealed_text::unsalted;
use grace_domain::crypto::dsse::Envelope;
use grace_engine::blob_store::way;
use grace_engine::metrics::definitions::LostDefinition;
use grace_store::Blobs;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diff::visible;
use crate::problem::Problem;
use crate::text::phrases::as_sentence;
use crate::types::{DocumentRole, ProblemView, UnreadableView};

/// Which document is read: its role, and its name where there are several.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Which<'n>(pub(crate) DocumentRole, pub(crate) &'n str);

impl Which<'_> {
    /// As the beginning of a clause.
    fn phrase(self) -> String {
        let name = visible(self.1);
        match self.0 {
            DocumentRole::Content => "the submitted content".to_owned(),
            DocumentRole::Manifest => "the signed package".to_owned(),
            DocumentRole::Plan => format!("the package's plan for {name}"),
            DocumentRole::Summary => "the package's summary".to_owned(),
            DocumentRole::Item if name.is_empty() => "a part of the submitted content".to_owned(),
            DocumentRole::Item => format!("the content of {name}"),
            DocumentRole::Definition => format!("the definition of {name}"),
        }
    }

    /// It is not there: texts and contents may have been redacted, everything else was lost.
    fn missing(self, digest: &Digest) -> String {
        let why = match self.0 {
            DocumentRole::Content | DocumentRole::Summary => ", lost or redacted",
            DocumentRole::Manifest | DocumentRole::Plan | DocumentRole::Item | DocumentRole::Definition => "",
        };
        format!("its blob {digest} is not there{why}")
    }

    /// Reads its bytes.
    pub(crate) fn bytes(self, blobs: &Blobs, digest: &Digest) -> Result<Vec<u8>, UnreadableView> {
        match blobs.get(digest) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(self.lost(digest, Code::BlobMissing, &self.missing(digest))),
            Err(error) => Err(self.lost(digest, error.code(), &error.to_string())),
        }
    }

    /// Reads a salted document.
    pub(crate) fn salted(self, blobs: &Blobs, digest: &Digest) -> Result<Value, UnreadableView> {
        unsalted(&self.bytes(blobs, digest)?)
            .ok_or_else(|| self.malformed(digest, "it is no salted document"))
    }

    /// Reads the payload of an envelope. Its signature was checked when it came in, and `audit verify` checks it again;
    /// here it is only shown.
    pub(crate) fn payload<T: DeserializeOwned>(
        self,
        blobs: &Blobs,
        digest: &Digest,
    ) -> Result<T, UnreadableView> {
        let read = Envelope::from_json(&self.bytes(blobs, digest)?)
            .ok()
            .and_then(|envelope| serde_json::from_slice(&envelope.payload).ok());
        read.ok_or_else(|| self.malformed(digest, "it is no such envelope"))
    }

    /// Its bytes are there and say nothing that this release reads.
    pub(crate) fn malformed(self, digest: &Digest, why: &str) -> UnreadableView {
        self.lost(digest, Code::BlobMalformed, why)
    }

    /// What is told of it; a store that cannot be read at all is another matter than bytes that are gone.
    fn lost(self, digest: &Digest, code: Code, why: &str) -> UnreadableView {
        let said = as_sentence(&format!("{} cannot be read: {why}", self.phrase()));
        let Problem { code, detail: message, hint, way, .. } = Problem::new(500, code, said, way(code));
        UnreadableView {
            document: self.0,
            which: visible(self.1),
            digest: digest.to_hex(),
            problem: ProblemView { code, message, hint, way },
        }
    }
}

/// Reads the bytes of a document off the async threads.
pub(crate) async fn bytes(
    blobs: &Blobs,
    role: DocumentRole,
    name: &str,
    digest: &Digest,
) -> Result<Vec<u8>, UnreadableView> {
    let (blobs, owned, of) = (blobs.clone(), name.to_owned(), *digest);
    let read = tokio::task::spawn_blocking(move || Which(role, &owned).bytes(&blobs, &of)).await;
    let cut = |_| Err(Which(role, name).lost(digest, Code::BlobStore, "reading it was cut short"));
    read.unwrap_or_else(cut)
}

/// A definition in force that is lost.
pub(crate) fn definition(lost: &LostDefinition) -> UnreadableView {
    let which = Which(DocumentRole::Definition, lost.metric.as_str());
    which.lost(&lost.digest, Code::DocumentUnreadable, &lost.why)
}
