//! What an operator declares about a directory: its root, the managed globs, and the commands around a change.
//!
//! Owns this document and its checks. Never looks at the directory, but to find the place that its root names.

use std::path::{Path, PathBuf};

use grace_domain::core::ids::ComponentId;
use grace_domain::kinds::target_kind::TargetKind;
use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::files::managed::Managed;
use crate::occupied::{Occupied, Place};
use crate::spec::{CheckSpec, CommandSpec, KindSpec, SpecError, VerifySpec};

/// A directory as declared in a handshake or by `component add`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectorySpec {
    /// This kind: the table has chosen by it.
    pub kind: TargetKind,
    /// Absolute path of the directory.
    pub root: PathBuf,
    /// Globs, relative to the root, of what is ours.
    pub managed: Vec<String>,
    /// Says whether a staged copy is good: exit status 0. Runs sandboxed.
    pub check: CheckSpec,
    /// Makes the running system use what was applied. Must be idempotent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activate: Option<CommandSpec>,
    /// Says whether the running system did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<VerifySpec>,
}

impl KindSpec for DirectorySpec {
    fn check(&self) -> Result<(), SpecError> {
        check_root(&self.root)?;
        if self.managed.is_empty() {
            return Err(SpecError::NoGlobs);
        }
        Managed::new(&self.managed).map_err(SpecError::Globs)?;
        self.check.check()?;
        if let Some(activate) = &self.activate {
            activate.check("activate", false)?;
        }
        if let Some(verify) = &self.verify {
            verify.check()?;
        }
        Ok(())
    }

    fn commands(&self) -> Vec<(&'static str, &[String])> {
        let activate = self.activate.as_ref().map(|a| ("activate", a.argv.as_slice()));
        let verify = self.verify.as_ref().and_then(|v| Some(("verify", v.argv.as_deref()?)));
        std::iter::once(("check", self.check.argv.as_slice())).chain(activate).chain(verify).collect()
    }

    /// Its whole root, managed or not, as the file system sees it: links are followed.
    fn occupies(&self, _: &ComponentId) -> Result<Occupied, SpecError> {
        let real = self.root.canonicalize().or_else(|_| std::path::absolute(&self.root));
        let root = real.map_err(|error| SpecError::Place {
            root: self.root.display().to_string(),
            reason: error.to_string(),
        })?;
        Ok(Occupied::Files(Place::found(root)))
    }

    fn describe(&self) -> Vec<Fact> {
        let mut facts = vec![
            Fact::of("root", vec![self.root.display().to_string()]),
            Fact::of("managed", self.managed.clone()),
        ];
        facts.extend(self.check.describe());
        facts.extend(self.activate.as_ref().map(|command| command.describe("activate")));
        facts.extend(self.verify.as_ref().map(VerifySpec::describe));
        facts
    }
}

fn check_root(root: &Path) -> Result<(), SpecError> {
    use std::path::Component;
    let plain = root.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    // `components` drops a `.` in the middle, so the text is looked at too.
    let text = root.to_str().ok_or(SpecError::Root)?;
    let dotted = text.split('/').any(|segment| segment == "." || segment == "..");
    let named = root.file_name().is_some();
    let clean = !text.chars().any(char::is_control);
    if root.is_absolute() && plain && !dotted && named && clean { Ok(()) } else { Err(SpecError::Root) }
}
