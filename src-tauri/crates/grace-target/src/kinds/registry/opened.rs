//! A registry behind the seam of all targets: governed documents that the log puts in force.
//!
//! Owns what may be changed of such a document. Never puts one in force itself: the entry with the receipt does. Until
//! then an opened registry answers as that entry will leave it, so that whoever acts on it can look at what it has done.
//!
//! # Why a kill does no harm
//!
//! Nothing durable is changed here. What is in force is handed in anew at each opening: a document before, or after when
//! the entry was written. Both are taken, and nothing else.

use std::sync::{Mutex, PoisonError};

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::DocumentId;
use grace_domain::kinds::content::{Content, DocumentEdit, absent};
use grace_domain::kinds::target_kind::TargetKind;

use super::document::{self, Change};
use super::spec::RegistrySpec;
use crate::blobs::{BlobPort, BlobSource};
use crate::boxed::BoxFuture;
use crate::error::TargetError;
use crate::fault::TargetFault;
use crate::hook::{ApplyId, Hook, Moment, Step, tell};
use crate::process::probe::VerifyReport;
use crate::process::run::{Clock, CommandError, Outcome};
use crate::rehearsal::Rehearsal;
use crate::target::{Checked, Documents, LogView, Observed, Sandbox, Target, TargetPlan, Workbench};

/// A registry, opened on what the log says of it.
#[derive(Debug)]
pub struct Registry {
    documents: Mutex<Documents>,
    document: Option<DocumentId>,
}

impl Registry {
    /// Opens it on the documents that are in force.
    pub fn open(_: &RegistrySpec, log: &LogView) -> Result<Self, TargetFault> {
        Ok(Self { documents: Mutex::new(log.documents.clone()), document: log.document.clone() })
    }

    fn documents(&self) -> Documents {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn leave(&self, documents: Documents) {
        *self.documents.lock().unwrap_or_else(PoisonError::into_inner) = documents;
    }

    /// The change of a plan, when this was opened for it.
    fn change_of(&self, plan: &TargetPlan) -> Result<Change, TargetError> {
        let change = document::change(plan.before, plan.after, &plan.document)?;
        if self.document.as_ref().is_some_and(|one| *one != change.document) {
            let reason = format!("the plan is of another document, {}", change.document);
            return Err(TargetError::Plan { code: Code::PlanContradiction, reason });
        }
        Ok(change)
    }

    /// Takes the step from one state of a document to the other, from either of the two.
    async fn change(
        &self,
        change: &Change,
        blobs: &dyn BlobSource,
        hook: Hook<'_>,
    ) -> Result<Digest, TargetError> {
        let mut documents = self.documents();
        let found = documents.get(&change.document).copied();
        if found != change.old && found != change.new {
            let path = Some(change.document.to_string());
            return Err(TargetError::DriftDetected { path, found: Some(found.unwrap_or_else(absent)) });
        }
        if let Some(new) = change.new {
            must_be_kept(change.document.as_str(), new, blobs).await?;
        }
        tell(hook, Moment::After, &Step::Checked)?;
        put(&mut documents, change);
        self.leave(documents);
        tell(hook, Moment::After, &Step::Confirmed)?;
        Ok(change.after())
    }
}

/// Makes the change in a list of documents.
fn put(documents: &mut Documents, change: &Change) {
    match change.new {
        Some(digest) => documents.insert(change.document.clone(), digest),
        None => documents.remove(&change.document),
    };
}

async fn must_be_kept(name: &str, digest: Digest, blobs: &dyn BlobSource) -> Result<Vec<u8>, TargetError> {
    let missing = || TargetError::BlobMissing { path: name.to_owned(), sha256: digest };
    let bytes = blobs.get(&digest).await?.ok_or_else(missing)?;
    if Digest::of(&bytes) == digest {
        Ok(bytes)
    } else {
        Err(TargetError::BlobDiffers { path: name.to_owned(), sha256: digest })
    }
}

/// What an update about a governed document wants of it.
fn edit(content: &Content) -> Result<&DocumentEdit, TargetError> {
    match content {
        Content::Document(edit) => Ok(edit),
        Content::Files(_) => {
            Err(TargetError::NotTaken { kind: TargetKind::Registry.as_str(), content: "files" })
        }
    }
}

impl Target for Registry {
    fn inspect(&self) -> BoxFuture<'_, Result<Observed, TargetError>> {
        Box::pin(async { document::observed(&self.documents(), self.document.as_ref()) })
    }

    fn read<'a>(
        &'a self,
        name: &'a str,
        blobs: &'a dyn BlobSource,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, TargetError>> {
        Box::pin(async move {
            let Ok(id) = name.parse::<DocumentId>() else { return Ok(None) };
            match self.documents().get(&id) {
                Some(digest) => must_be_kept(name, *digest, blobs).await.map(Some),
                None => Ok(None),
            }
        })
    }

    /// They are blobs already.
    fn keep<'a>(
        &'a self,
        items: Vec<(String, Digest)>,
        blobs: &'a dyn BlobPort,
    ) -> BoxFuture<'a, Result<(), TargetError>> {
        Box::pin(async move {
            for (name, digest) in items {
                must_be_kept(&name, digest, blobs).await?;
            }
            Ok(())
        })
    }

    fn reaches<'a>(&'a self, content: &'a Content) -> BoxFuture<'a, Result<(), TargetError>> {
        Box::pin(async move { edit(content).map(|_| ()) })
    }

    fn plan<'a>(
        &'a self,
        now: &'a Observed,
        content: &'a Content,
    ) -> BoxFuture<'a, Result<TargetPlan, TargetError>> {
        Box::pin(async move {
            let DocumentEdit { id, new } = edit(content)?;
            let (documents, _) = document::contents(&now.document)?;
            let change = Change { document: id.clone(), old: documents.get(id).copied(), new: *new };
            let plan = document::target_plan(&change)?;
            self.change_of(&plan).map(|_| plan)
        })
    }

    fn check(&self, plan: &TargetPlan) -> Result<(), TargetError> {
        self.change_of(plan).map(|_| ())
    }

    /// Whether a document is good is a rule of its type, not a command's to say.
    fn validate<'a>(
        &'a self,
        plan: &'a TargetPlan,
        _: Workbench<'a>,
        _: Sandbox<'a>,
    ) -> BoxFuture<'a, Result<Option<Checked>, TargetFault>> {
        Box::pin(async move {
            self.check(plan)?;
            Ok(None)
        })
    }

    fn rehearse<'a>(
        &'a self,
        plan: &'a TargetPlan,
        bench: Workbench<'a>,
    ) -> BoxFuture<'a, Result<Rehearsal, TargetError>> {
        Box::pin(async move {
            let change = self.change_of(plan)?;
            let seen =
                |documents: &Documents| documents.get(&change.document).copied().unwrap_or_else(absent);
            let original = self.documents();
            let mut copy = original.clone();
            let (before, start) = (seen(&copy), (bench.clock)());
            for digest in [change.old, change.new].into_iter().flatten() {
                must_be_kept(change.document.as_str(), digest, bench.blobs).await?;
            }
            put(&mut copy, &change);
            let (applied, middle) = (seen(&copy), (bench.clock)());
            put(&mut copy, &change.inverse());
            let (reverted, end) = (seen(&copy), (bench.clock)());
            Ok(Rehearsal {
                before,
                applied,
                reverted,
                nothing_left: copy == original,
                apply_ms: middle.saturating_sub(start),
                revert_ms: end.saturating_sub(middle),
                measured: serde_json::Value::Null,
            })
        })
    }

    fn apply<'a>(
        &'a self,
        plan: &'a TargetPlan,
        _: &'a ApplyId,
        blobs: &'a dyn BlobSource,
        hook: Hook<'a>,
    ) -> BoxFuture<'a, Result<Digest, TargetError>> {
        Box::pin(async move { self.change(&self.change_of(plan)?, blobs, hook).await })
    }

    fn revert<'a>(
        &'a self,
        plan: &'a TargetPlan,
        _: &'a ApplyId,
        blobs: &'a dyn BlobSource,
        hook: Hook<'a>,
    ) -> BoxFuture<'a, Result<Digest, TargetError>> {
        Box::pin(async move { self.change(&self.change_of(plan)?.inverse(), blobs, hook).await })
    }

    fn restore<'a>(
        &'a self,
        _: &'a Observed,
        document: &'a [u8],
        blobs: &'a dyn BlobPort,
        hook: Hook<'a>,
    ) -> BoxFuture<'a, Result<Digest, TargetError>> {
        Box::pin(async move {
            let (wanted, one) = document::contents(document)?;
            for (id, digest) in &wanted {
                must_be_kept(id.as_str(), *digest, blobs).await?;
            }
            tell(hook, Moment::After, &Step::Checked)?;
            let documents = match one {
                Some(id) => {
                    let mut documents = self.documents();
                    let new = wanted.get(&id).copied();
                    put(&mut documents, &Change { document: id, old: None, new });
                    documents
                }
                None => wanted,
            };
            self.leave(documents);
            tell(hook, Moment::After, &Step::Confirmed)?;
            Ok(self.inspect().await?.digest)
        })
    }

    fn activate<'a>(&'a self, _: Clock<'a>) -> BoxFuture<'a, Result<Option<Outcome>, CommandError>> {
        Box::pin(async { Ok(None) })
    }

    fn verify<'a>(&'a self, _: Clock<'a>) -> BoxFuture<'a, Option<VerifyReport>> {
        Box::pin(async { None })
    }

    fn runnable(&self) -> Result<(), TargetFault> {
        Ok(())
    }
}
