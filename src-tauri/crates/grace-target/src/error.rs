//! Why a target could not be inspected or changed.
//!
//! Owns the closed codes of that. Never holds file content, and names paths only beneath the root.

use std::io::{self, ErrorKind};

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;

use crate::blobs::BlobError;
use crate::hook::EndedAt;

/// An inspection of a target or a change of it that did not come to its end.
///
/// Paths are relative to the target's root. [`code`](Self::code) is stable; the words are for people.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The root is not there, not a directory, or `/`.
    #[error("the root cannot be used: {reason}")]
    Root {
        /// Why.
        reason: &'static str,
    },
    /// A symbolic link stands where managed content is or would be.
    #[error("the path {path} is a symbolic link where managed content belongs")]
    Link {
        /// The link.
        path: String,
    },
    /// A socket, pipe or device stands where managed content belongs.
    #[error("the path {path} is neither a file nor a directory")]
    Special {
        /// The thing.
        path: String,
    },
    /// A managed file stands in the tree of names more than once, here or outside the root.
    #[error(
        "the path {path} has {names} names (hard links); make it a file of its own, or choose patterns that do not match it"
    )]
    HardLink {
        /// The file.
        path: String,
        /// How many.
        names: u64,
    },
    /// A pattern matches a name that cannot be managed.
    #[error(
        "the path {path} cannot be managed: {reason}; rename it, or choose patterns that do not match it"
    )]
    Name {
        /// Its path, spelled so that each byte shows.
        path: String,
        /// Why.
        reason: String,
    },
    /// A pattern matches what lies deeper than is managed.
    #[error(
        "the path {path} lies too deep, at most {max} names make a path; choose patterns that do not reach it"
    )]
    Depth {
        /// Its path, spelled so that each byte shows.
        path: String,
        /// The bound.
        max: usize,
    },
    /// A directory stands where a managed file belongs, or the other way round.
    #[error("the path {path} is a {found}, which stands in the way")]
    InTheWay {
        /// What stands there.
        path: String,
        /// `file` or `directory`.
        found: &'static str,
    },
    /// More than the bounds allow.
    #[error("the target is too large: {what}, at most {max}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// The bound.
        max: u64,
    },
    /// Two managed files that some file system takes for one.
    #[error("the managed files cannot stand side by side: {reason}")]
    Collision {
        /// Which.
        reason: String,
    },
    /// Managed content was changed outside Grace. Nothing of that was overwritten.
    #[error("{what} was changed outside Grace", what = path.as_ref().map_or_else(|| "managed content that this change leaves alone".to_owned(), |path| format!("the path {path}")))]
    DriftDetected {
        /// The file, when it is one that the plan changes; `None` when it is another managed file.
        path: Option<String>,
        /// Digest of the managed content as found.
        found: Option<Digest>,
    },
    /// The plan itself cannot be applied here.
    #[error("{reason}")]
    Plan {
        /// Code of the [`PlanError`](crate::PlanError).
        code: Code,
        /// Its words.
        reason: String,
    },
    /// The bytes of a change are not in the store.
    #[error("the bytes {sha256} of {path} are missing")]
    BlobMissing {
        /// The file that needs them.
        path: String,
        /// Their digest.
        sha256: Digest,
    },
    /// The store answered with other bytes.
    #[error("the bytes for {path} are not those of {sha256}")]
    BlobDiffers {
        /// The file that needs them.
        path: String,
        /// The digest that was requested.
        sha256: Digest,
    },
    /// The store did not give or keep them.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// Everything was written, and what is there now is not what the plan promised.
    #[error("the managed content is {found} and should be {expected}")]
    DigestDiffers {
        /// Promised by the plan.
        expected: Digest,
        /// Found by the inspection afterwards.
        found: Digest,
    },
    /// The owner of a file cannot be kept.
    #[error("the owner of {path} cannot be kept: this process may not give files to user {uid}, group {gid}")]
    Owner {
        /// The file.
        path: String,
        /// Its user.
        uid: u32,
        /// Its group.
        gid: u32,
    },
    /// An extended attribute cannot be kept.
    #[error("the extended attribute {name} of {path} cannot be kept: {reason}")]
    Attribute {
        /// The file.
        path: String,
        /// Its name, escaped.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// The operating system refused.
    #[error("{doing} {path} failed: {source}")]
    Io {
        /// What was tried, as a participle.
        doing: &'static str,
        /// On what.
        path: String,
        /// The system's error.
        source: io::Error,
    },
    /// What the update wants cannot be said of a target of this kind.
    #[error("a target of the kind {kind} does not take {content}")]
    NotTaken {
        /// The kind's word.
        kind: &'static str,
        /// What it should take.
        content: &'static str,
    },
    /// The hook says to end here, as a kill would.
    #[error(transparent)]
    Interrupted(#[from] EndedAt),
}

impl TargetError {
    /// The closed code of this error.
    pub fn code(&self) -> Code {
        match self {
            Self::Root { .. } => Code::TargetRoot,
            Self::Link { .. } => Code::TargetLink,
            Self::Special { .. } => Code::TargetSpecial,
            Self::HardLink { .. } => Code::TargetHardLink,
            Self::Name { .. } => Code::TargetName,
            Self::Depth { .. } => Code::TargetDepth,
            Self::InTheWay { .. } => Code::TargetInTheWay,
            Self::TooLarge { .. } => Code::TargetTooLarge,
            Self::Collision { .. } => Code::TargetCollision,
            Self::DriftDetected { .. } => Code::DriftDetected,
            Self::Plan { code, .. } => *code,
            Self::BlobMissing { .. } => Code::BlobMissing,
            Self::BlobDiffers { .. } => Code::BlobDiffers,
            Self::Blobs(error) => error.code,
            Self::DigestDiffers { .. } => Code::DigestDiffers,
            Self::Owner { .. } => Code::TargetOwner,
            Self::Attribute { .. } => Code::TargetAttribute,
            Self::Io { .. } => Code::TargetIo,
            Self::NotTaken { .. } => Code::ContentNotTaken,
            Self::Interrupted(_) => Code::Interrupted,
        }
    }

    /// Whether it may pass by itself, so that trying again without anybody's help is worth the time.
    pub fn transient(&self) -> bool {
        match self {
            Self::Io { source, .. } => may_pass(source),
            Self::Blobs(error) => error.transient(),
            Self::Root { .. }
            | Self::Link { .. }
            | Self::Special { .. }
            | Self::HardLink { .. }
            | Self::Name { .. }
            | Self::Depth { .. }
            | Self::InTheWay { .. }
            | Self::TooLarge { .. }
            | Self::Collision { .. }
            | Self::DriftDetected { .. }
            | Self::Plan { .. }
            | Self::BlobMissing { .. }
            | Self::BlobDiffers { .. }
            | Self::DigestDiffers { .. }
            | Self::Owner { .. }
            | Self::Attribute { .. }
            | Self::NotTaken { .. }
            | Self::Interrupted(_) => false,
        }
    }

    pub(crate) fn io(doing: &'static str, path: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

/// Whether what the system refused may pass by itself: a full disk, a busy or interrupted call, too many open files. Not
/// where something is not there, not allowed or of another form: that waits for a person.
pub fn may_pass(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::AlreadyExists
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::DirectoryNotEmpty
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::CrossesDevices
            | ErrorKind::TooManyLinks
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidData
            | ErrorKind::Unsupported
    )
}
