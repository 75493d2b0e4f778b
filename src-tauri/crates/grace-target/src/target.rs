//! A target of any kind: what is asked of it, and the values that go to and fro.
//!
//! Owns the seam. Never knows a kind: each implements [`Target`] in its own folder, and nothing beyond names what a kind
//! is made of.
//!
//! Content is a list of items, each with a name. What more a kind must know of them stands in documents of its own, which
//! say its kind and are kept as blobs: of the whole content ([`Observed::document`]) and of a change
//! ([`TargetPlan::document`]).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::DocumentId;
use grace_domain::kinds::content::Content;

use crate::blobs::{BlobPort, BlobSource};
use crate::boxed::BoxFuture;
use crate::error::TargetError;
use crate::fault::TargetFault;
use crate::hook::{ApplyId, Hook};
use crate::process::launch::RequiredLevel;
use crate::process::probe::VerifyReport;
use crate::process::run::{Clock, CommandError, Outcome};
use crate::process::sandbox::{CheckReport, SandboxLauncher};
use crate::rehearsal::Rehearsal;

/// State of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemState {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Length in bytes, where it is known without reading them.
    pub size: Option<u64>,
    /// Permission bits, where the kind has them.
    pub mode: Option<u32>,
    /// Digest of all that counts beside the bytes, permission bits among it, where the kind has such.
    pub attributes: Option<Digest>,
}

impl ItemState {
    /// Equal as content: the length follows from the digest.
    pub fn same(a: Option<Self>, b: Option<Self>) -> bool {
        a.map(|state| (state.digest, state.attributes)) == b.map(|state| (state.digest, state.attributes))
    }
}

/// One item of a target's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name: unique within the target.
    pub name: String,
    /// What it is.
    pub state: ItemState,
}

/// One item that changes. `None` is "not there".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedChange {
    /// Its name.
    pub name: String,
    /// What must be there.
    pub old: Option<ItemState>,
    /// What shall be there.
    pub new: Option<ItemState>,
}

/// The whole content as an inspection has found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Digest of all of it.
    pub digest: Digest,
    /// Item by item, ordered by name.
    pub items: Vec<Item>,
    /// The kind's own document: canonical JSON, enough to restore this content while the items' bytes are kept.
    pub document: Vec<u8>,
}

impl Observed {
    /// The item of this name.
    pub fn item(&self, name: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.name == name)
    }

    /// The items with the digests of their bytes.
    pub fn contents(&self) -> Vec<(String, Digest)> {
        self.items.iter().map(|item| (item.name.clone(), item.state.digest)).collect()
    }
}

/// A change of a target that leaves no choice to whoever carries it out, and can be reverted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetPlan {
    /// Digest of the whole content before.
    pub before: Digest,
    /// Digest of the whole content after.
    pub after: Digest,
    /// Item by item, ordered by name: what summaries, differences and views read.
    pub changes: Vec<PlannedChange>,
    /// The kind's own document: canonical JSON, from which it is carried out.
    pub document: Vec<u8>,
}

impl TargetPlan {
    /// The bytes that reverting it needs: [`keep`](Target::keep) them before applying.
    pub fn replaced(&self) -> Vec<(String, Digest)> {
        self.changes.iter().filter_map(|change| Some((change.name.clone(), change.old?.digest))).collect()
    }

    /// Whether an item that it changes is as it shall be after.
    pub fn begun_in(&self, now: &Observed) -> bool {
        let now: BTreeMap<&str, ItemState> =
            now.items.iter().map(|item| (item.name.as_str(), item.state)).collect();
        self.changes.iter().any(|change| ItemState::same(now.get(change.name.as_str()).copied(), change.new))
    }
}

/// Governed documents, by the digest of their canonical JSON.
pub type Documents = BTreeMap<DocumentId, Digest>;

/// What a target must be told of the log. Only a registry lives there; every other kind is opened without it.
#[derive(Debug, Clone, Default)]
pub struct LogView {
    /// The documents that the component holds, as they are in force.
    pub documents: Documents,
    /// The one that is inspected or changed; none for all of them.
    pub document: Option<DocumentId>,
}

/// What a change is tried on a copy with.
#[derive(Clone, Copy)]
pub struct Workbench<'w> {
    /// The bytes of both sides.
    pub blobs: &'w dyn BlobSource,
    /// Directory for copies; they are gone afterwards.
    pub scratch: &'w Path,
    /// Monotonic milliseconds.
    pub clock: Clock<'w>,
}

/// What a target's own check is run in.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox<'s> {
    /// Sets it up.
    pub launcher: &'s SandboxLauncher,
    /// What the policy requires.
    pub required: RequiredLevel,
    /// Directories that no check may read: the world with its keys.
    pub private: &'s [PathBuf],
}

/// The target's own check of a change, run on a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Program and arguments as declared.
    pub command: Vec<String>,
    /// How it went.
    pub report: CheckReport,
}

/// One target, opened.
pub trait Target: Send + Sync {
    /// Inspects its whole content as it is now, wherever what was opened has gone. Changes nothing.
    fn inspect(&self) -> BoxFuture<'_, Result<Observed, TargetError>>;

    /// The bytes of an item as it is now, if it is there.
    fn read<'a>(
        &'a self,
        name: &'a str,
        blobs: &'a dyn BlobSource,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, TargetError>>;

    /// Keeps the bytes of these items as blobs, each checked against the digest that was seen before.
    fn keep<'a>(
        &'a self,
        items: Vec<(String, Digest)>,
        blobs: &'a dyn BlobPort,
    ) -> BoxFuture<'a, Result<(), TargetError>>;

    /// Refuses content that cannot be brought here whatever stands here: found without reading all of it.
    fn reaches<'a>(&'a self, content: &'a Content) -> BoxFuture<'a, Result<(), TargetError>>;

    /// The plan that turns what was observed into what the update wants.
    fn plan<'a>(
        &'a self,
        now: &'a Observed,
        content: &'a Content,
    ) -> BoxFuture<'a, Result<TargetPlan, TargetError>>;

    /// Checks a plan that came from elsewhere against what this target manages, without looking at its content.
    fn check(&self, plan: &TargetPlan) -> Result<(), TargetError>;

    /// Has the target's own command, if there is one, check a copy with the plan in place. `Err`: it did not run.
    fn validate<'a>(
        &'a self,
        plan: &'a TargetPlan,
        bench: Workbench<'a>,
        sandbox: Sandbox<'a>,
    ) -> BoxFuture<'a, Result<Option<Checked>, TargetFault>>;

    /// Applies the plan to a copy and reverts it there.
    fn rehearse<'a>(
        &'a self,
        plan: &'a TargetPlan,
        bench: Workbench<'a>,
    ) -> BoxFuture<'a, Result<Rehearsal, TargetError>>;

    /// Old to new, from the state before, from the state after, or from any mixture of the two that a kill left; says the
    /// digest that a fresh inspection found. On an error nothing was overwritten that was changed outside Grace.
    fn apply<'a>(
        &'a self,
        plan: &'a TargetPlan,
        id: &'a ApplyId,
        blobs: &'a dyn BlobSource,
        hook: Hook<'a>,
    ) -> BoxFuture<'a, Result<Digest, TargetError>>;

    /// New to old, likewise.
    fn revert<'a>(
        &'a self,
        plan: &'a TargetPlan,
        id: &'a ApplyId,
        blobs: &'a dyn BlobSource,
        hook: Hook<'a>,
    ) -> BoxFuture<'a, Result<Digest, TargetError>>;

    /// Puts a recorded content back over what was observed, whoever changed it: that is kept as blobs before.
    fn restore<'a>(
        &'a self,
        now: &'a Observed,
        document: &'a [u8],
        blobs: &'a dyn BlobPort,
        hook: Hook<'a>,
    ) -> BoxFuture<'a, Result<Digest, TargetError>>;

    /// Makes the running system use what is there; `None` when nothing was declared for it.
    fn activate<'a>(&'a self, clock: Clock<'a>) -> BoxFuture<'a, Result<Option<Outcome>, CommandError>>;

    /// Sees whether the running system did; `None` when nothing was declared for it.
    fn verify<'a>(&'a self, clock: Clock<'a>) -> BoxFuture<'a, Option<VerifyReport>>;

    /// Refuses a target with a command that is no program here: a component with it could never be changed.
    fn runnable(&self) -> Result<(), TargetFault>;
}
