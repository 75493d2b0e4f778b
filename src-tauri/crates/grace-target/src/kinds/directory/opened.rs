//! A directory behind the seam of all targets: managed files beneath a root.
//!
//! Owns the way from the seam to the mechanics, which stand in [`files`](crate::files). Never writes a file itself.

use std::path::Path;
use std::sync::Arc;

use grace_domain::core::digest::Digest;
use grace_domain::files::path::ManagedPath;
use grace_domain::kinds::content::{Content, FileEdit};
use grace_domain::kinds::target_kind::TargetKind;

use super::document;
use super::spec::DirectorySpec;
use crate::blobs::{BlobPort, BlobSource};
use crate::boxed::BoxFuture;
use crate::error::TargetError;
use crate::fault::TargetFault;
use crate::files::apply::apply;
use crate::files::managed::Managed;
use crate::files::plan::{Plan, PlanError};
use crate::files::root::Root;
use crate::files::scan::{scan, snapshot};
use crate::files::staging::{rehearse, stage};
use crate::hook::{ApplyId, Hook};
use crate::process::probe::{VerifyReport, verify};
use crate::process::run::{Clock, CommandError, Outcome, activate, find_program};
use crate::process::sandbox::{CheckRequest, check};
use crate::rehearsal::Rehearsal;
use crate::spec::{KindSpec as _, SpecError};
use crate::target::{Checked, LogView, Observed, Sandbox, Target, TargetPlan, Workbench};
use crate::threads::blocking;

/// A directory, opened.
#[derive(Debug, Clone)]
pub struct Directory {
    spec: Arc<DirectorySpec>,
    root: Root,
    managed: Managed,
}

impl From<PlanError> for TargetError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Target(error) => error,
            other => Self::Plan { code: other.code(), reason: other.to_string() },
        }
    }
}

impl Directory {
    /// Opens the root: it must exist, be a directory, and not be `/`.
    pub fn open(spec: &DirectorySpec, _: &LogView) -> Result<Self, TargetFault> {
        let managed = Managed::new(&spec.managed).map_err(SpecError::Globs)?;
        Ok(Self { root: Root::open(&spec.root)?, managed, spec: Arc::new(spec.clone()) })
    }

    /// The plan of a document, checked against what is managed here.
    fn plan_of(&self, plan: &TargetPlan) -> Result<Plan, TargetError> {
        let plan = document::plan(plan.before, plan.after, &plan.document)?;
        plan.check(&self.managed)?;
        Ok(plan)
    }

    async fn kept(&self, items: Vec<(String, Digest)>, blobs: &dyn BlobPort) -> Result<(), TargetError> {
        let path = |(name, digest): (String, Digest)| Some((ManagedPath::parse(&name).ok()?, digest));
        snapshot(&self.root, items.into_iter().filter_map(path), blobs).await
    }

    async fn write_back(
        &self,
        now: &Observed,
        document: &[u8],
        blobs: &dyn BlobPort,
        hook: Hook<'_>,
    ) -> Result<Digest, TargetError> {
        let (now, wanted) = (document::tree(&now.document)?, document::tree(document)?);
        let own = self.clone();
        let plan = blocking(move || Plan::between(&own.root, &own.managed, &now, &wanted)).await?;
        snapshot(&self.root, plan.bases(), blobs).await?;
        let id = ApplyId::new("restore").expect("invariant: plain letters are an id");
        Ok(apply(&self.root, &self.managed, &plan, &id, blobs, hook).await?.digest)
    }
}

/// The edits of an update that is about files.
fn edits(content: &Content) -> Result<Vec<FileEdit>, TargetError> {
    match content {
        Content::Files(edits) => Ok(edits.clone()),
        Content::Document(_) => Err(TargetError::NotTaken {
            kind: TargetKind::Directory.as_str(),
            content: "a governed document",
        }),
    }
}

impl Target for Directory {
    fn inspect(&self) -> BoxFuture<'_, Result<Observed, TargetError>> {
        Box::pin(async {
            let root = Root::open(&self.spec.root)?;
            document::observed(scan(&root, &self.managed).await?)
        })
    }

    fn read<'a>(
        &'a self,
        name: &'a str,
        _: &'a dyn BlobSource,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, TargetError>> {
        Box::pin(async move {
            let Some(path) = ManagedPath::parse(name).ok().filter(|path| self.managed.matches(path)) else {
                return Ok(None);
            };
            let root = self.root.clone();
            blocking(move || root.read(&path)).await
        })
    }

    fn keep<'a>(
        &'a self,
        items: Vec<(String, Digest)>,
        blobs: &'a dyn BlobPort,
    ) -> BoxFuture<'a, Result<(), TargetError>> {
        Box::pin(self.kept(items, blobs))
    }

    /// No path may lead over a link: what lies behind it is not ours.
    fn reaches<'a>(&'a self, content: &'a Content) -> BoxFuture<'a, Result<(), TargetError>> {
        Box::pin(async move {
            let (root, edits) = (self.root.clone(), edits(content)?);
            let link = move || edits.iter().find_map(|edit| root.link_on_the_way(edit.path()));
            blocking(link).await.map_or(Ok(()), Err)
        })
    }

    fn plan<'a>(
        &'a self,
        now: &'a Observed,
        content: &'a Content,
    ) -> BoxFuture<'a, Result<TargetPlan, TargetError>> {
        Box::pin(async move {
            let (own, now, edits) = (self.clone(), document::tree(&now.document)?, edits(content)?);
            let plan = move || Plan::of_edits(&own.root, &own.managed, &now, &edits);
            document::target_plan(&blocking(plan).await?)
        })
    }

    fn check(&self, plan: &TargetPlan) -> Result<(), TargetError> {
        self.plan_of(plan).map(|_| ())
    }

    fn validate<'a>(
        &'a self,
        plan: &'a TargetPlan,
        bench: Workbench<'a>,
        sandbox: Sandbox<'a>,
    ) -> BoxFuture<'a, Result<Option<Checked>, TargetFault>> {
        Box::pin(async move {
            let plan = self.plan_of(plan)?;
            let staged = stage(&self.root, &self.managed, &plan, bench.blobs, bench.scratch).await?;
            let command = self.spec.check.command();
            let request = CheckRequest {
                command: &command,
                staged: &staged,
                root: self.root.path(),
                required: sandbox.required,
                private: sandbox.private,
            };
            let report = check(sandbox.launcher, request, bench.clock)
                .await
                .map_err(|e| TargetFault::new(e.code(), format!("the check could not run: {e}")))?;
            Ok(Some(Checked { command: command.argv, report }))
        })
    }

    fn rehearse<'a>(
        &'a self,
        plan: &'a TargetPlan,
        bench: Workbench<'a>,
    ) -> BoxFuture<'a, Result<Rehearsal, TargetError>> {
        Box::pin(async move {
            let plan = self.plan_of(plan)?;
            rehearse(&self.root, &self.managed, &plan, bench.blobs, bench.scratch, bench.clock).await
        })
    }

    fn apply<'a>(
        &'a self,
        plan: &'a TargetPlan,
        id: &'a ApplyId,
        blobs: &'a dyn BlobSource,
        hook: Hook<'a>,
    ) -> BoxFuture<'a, Result<Digest, TargetError>> {
        Box::pin(async move {
            let plan = self.plan_of(plan)?;
            Ok(apply(&self.root, &self.managed, &plan, id, blobs, hook).await?.digest)
        })
    }

    fn revert<'a>(
        &'a self,
        plan: &'a TargetPlan,
        id: &'a ApplyId,
        blobs: &'a dyn BlobSource,
        hook: Hook<'a>,
    ) -> BoxFuture<'a, Result<Digest, TargetError>> {
        Box::pin(async move {
            let inverse = self.plan_of(plan)?.inverse();
            Ok(apply(&self.root, &self.managed, &inverse, id, blobs, hook).await?.digest)
        })
    }

    fn restore<'a>(
        &'a self,
        now: &'a Observed,
        document: &'a [u8],
        blobs: &'a dyn BlobPort,
        hook: Hook<'a>,
    ) -> BoxFuture<'a, Result<Digest, TargetError>> {
        Box::pin(self.write_back(now, document, blobs, hook))
    }

    fn activate<'a>(&'a self, clock: Clock<'a>) -> BoxFuture<'a, Result<Option<Outcome>, CommandError>> {
        Box::pin(async move {
            match &self.spec.activate {
                Some(command) => activate(command, &self.root, clock).await.map(Some),
                None => Ok(None),
            }
        })
    }

    fn verify<'a>(&'a self, clock: Clock<'a>) -> BoxFuture<'a, Option<VerifyReport>> {
        Box::pin(async move {
            match &self.spec.verify {
                Some(spec) => Some(verify(spec, &self.root, clock).await),
                None => None,
            }
        })
    }

    /// What the directory itself brings along is not looked for.
    fn runnable(&self) -> Result<(), TargetFault> {
        let brought =
            |program: &str| program.contains('{') || Path::new(program).starts_with(&self.spec.root);
        for (command, argv) in self.spec.commands() {
            let Some(program) = argv.first().filter(|program| !brought(program)) else { continue };
            find_program(program.as_ref())
                .map_err(|e| TargetFault::new(e.code(), format!("the command {command}: {e}")))?;
        }
        Ok(())
    }
}
