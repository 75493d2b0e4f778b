//! Tokens: who may call the API at all, and which groups of operations.
//!
//! Owns the token files of a world. A token is a bearer secret of 256 bits; only its SHA-256 is kept in memory and
//! compared, in constant time. A token never approves anything: signed acts carry a signature of their own.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use grace_domain::core::digest::Digest;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use crate::operations::Group;

/// The world's own token, which may do everything.
const WORLD_TOKEN: &str = "token";
/// Further tokens, as digests with scopes.
const MORE_TOKENS: &str = "tokens.json";
/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Tokens of one world.
const TOKENS: usize = 256;
/// Length of the file of further tokens.
const TOKENS_FILE_BYTES: u64 = 64 * 1024;

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Reading and planning.
    Read,
    /// Also handing in signed acts and blobs.
    Submit,
    /// What a subsystem needs: reading, acknowledging, pushing samples.
    Ack,
    /// Everything.
    Admin,
}

impl Scope {
    /// Whether this token reaches `operation` of `group`.
    pub fn allows(self, group: Group, operation: &str) -> bool {
        match (self, group) {
            // A statement is there to be signed and handed in; the one of a request to join makes a component's key.
            (Self::Read, Group::Prepare) if operation == "statement" => false,
            (Self::Admin, _) | (_, Group::Read | Group::Prepare) | (Self::Submit, Group::Signed) => true,
            (Self::Ack, Group::Signed | Group::Operate) => {
                matches!(operation, "handshake_ack" | "metrics_push")
            }
            (Self::Read, Group::Signed | Group::Operate) | (Self::Submit, Group::Operate) => false,
        }
    }
}

/// Which of the known tokens a request shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenIndex(pub(super) usize);

/// The tokens that this server takes.
pub struct Tokens {
    known: Vec<(Digest, Scope)>,
    file: PathBuf,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens({})", self.known.len())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sha256: Digest,
    scope: Scope,
}

impl Tokens {
    /// Reads the tokens of the world in `dir`; makes the world's own token, mode 0600, when there is none.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let file = dir.join(WORLD_TOKEN);
        if !file.exists() {
            create(&file)?;
        }
        let own = read_private(&file, 1024)?;
        let mut known = vec![(Digest::of(own.trim_end().as_bytes()), Scope::Admin)];
        let more = dir.join(MORE_TOKENS);
        if more.exists() {
            let text = read_private(&more, TOKENS_FILE_BYTES)?;
            let entries: Vec<Entry> = serde_json::from_str(&text).map_err(io::Error::other)?;
            if entries.len() > TOKENS {
                return Err(io::Error::other("too many tokens"));
            }
            known.extend(entries.into_iter().map(|e| (e.sha256, e.scope)));
        }
        Ok(Self { known, file })
    }

    /// Where the world's own token lies.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    /// Which one `token` is, and its scope, if it is known. Looks at every known token whatever it finds.
    pub(crate) fn find(&self, token: &str) -> Option<(TokenIndex, Scope)> {
        let given = Digest::of(token.as_bytes());
        let mut found = None;
        for (n, (digest, scope)) in self.known.iter().enumerate() {
            if bool::from(digest.as_bytes().ct_eq(given.as_bytes())) {
                found = Some((TokenIndex(n), *scope));
            }
        }
        found
    }
}

/// Reads the world's own token, for a client on this machine.
pub fn read_world_token(file: &Path) -> io::Result<String> {
    Ok(read_private(file, 1024)?.trim_end().to_owned())
}

fn create(file: &Path) -> io::Result<()> {
    let mut bytes = [0_u8; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| io::Error::other("no random bytes"))?;
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    let written = out.write_all(format!("{}\n", hex::encode(bytes)).as_bytes()).and_then(|()| out.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(file);
    }
    written
}

fn read_private(file: &Path, limit: u64) -> io::Result<String> {
    let opened = fs::File::open(file)?;
    let mode = opened.metadata()?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(io::Error::other(format!("open to others (mode {mode:04o}); it must be 0600")));
    }
    let mut text = String::new();
    opened.take(limit).read_to_string(&mut text)?;
    Ok(text)
}
