//! People's keys: encrypted key files, and the one place where a person's signature is made.
//!
//! Owns the file format (encrypted PKCS#8 v1, PEM; scrypt and AES-256-CBC, as OpenSSL reads it) and the checks
//! around opening one. Never sends a key, a seed or a passphrase anywhere, and never keeps one open: a caller opens,
//! signs and drops. The engine cannot reach this module.

use grace_domain::core::codes::Code;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::{PublicKey, SignerKey};
use grace_domain::statement::HandIn;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{EncryptedPrivateKeyInfoRef, LineEnding, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use crate::problem::Problem;
use crate::text::phrases::sentence;
use crate::types::StatementView;

/// A key file is a few hundred bytes; anything much larger is something else.
const KEY_FILE_BYTES: u64 = 16 * 1024;
/// First line of a passphrase file.
const PASSPHRASE_BYTES: usize = 1024;
/// PEM label of an encrypted PKCS#8 key (RFC 7468, section 11).
const LABEL: &str = "ENCRYPTED PRIVATE KEY";
/// id-Ed25519 (RFC 8410, section 3).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// The seed is an OCTET STRING inside the private key's OCTET STRING (RFC 8410, section 7): tag and length.
const SEED_HEAD: [u8; 2] = [0x04, 0x20];
/// Memory that scrypt may take (128·N·r); a hostile file could name all there is.
const SCRYPT_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// Rounds that PBKDF2 may take.
const PBKDF2_ROUNDS: u32 = 10_000_000;

/// Why a key file cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The passphrase does not open the file.
    #[error("the passphrase does not open {path}")]
    WrongPassphrase {
        /// Key file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("there is no key file {path}")]
    Missing {
        /// Key file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("the key file {path} cannot be used: {kind}")]
    Unreadable {
        /// Key file.
        path: PathBuf,
        /// What the system said, in words.
        kind: io::ErrorKind,
    },
    /// Others may read or write the file.
    #[error("the key file {path} is open to others (mode {mode:04o}); it must be 0600")]
    TooOpen {
        /// Key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is no encrypted Ed25519 key that we read.
    #[error("the file {path} is not an encrypted Ed25519 key (PKCS#8): {what}")]
    NotAKey {
        /// Key file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The file holds another key than the one that is registered.
    #[error("the file {path} holds the key {found}, which is not registered for this person")]
    OtherKey {
        /// Key file.
        path: PathBuf,
        /// Its `crypto_id`.
        found: String,
    },
    /// A file is there already; a key is never overwritten.
    #[error("the file {path} exists already; a key is never overwritten")]
    Exists {
        /// Key file.
        path: PathBuf,
    },
    /// The file that should hold the passphrase cannot be read.
    #[error("the passphrase file {path} cannot be read: {kind}")]
    PassphraseFile {
        /// That file.
        path: PathBuf,
        /// What the system said, in words.
        kind: io::ErrorKind,
    },
    /// No passphrase, or one that is too long.
    #[error("the passphrase must have 1 to {PASSPHRASE_BYTES} bytes")]
    Passphrase,
    /// The system gave no randomness.
    #[error("the system gives no random bytes")]
    Random,
}

impl SignerError {
    /// Closed code.
    pub fn code(&self) -> Code {
        match self {
            Self::WrongPassphrase { .. } => Code::WrongPassphrase,
            Self::Missing { .. } | Self::Unreadable { .. } => Code::KeyFileUnreadable,
            Self::TooOpen { .. } => Code::KeyFileTooOpen,
            Self::NotAKey { .. } => Code::NotAKey,
            Self::OtherKey { .. } => Code::OtherKey,
            Self::Exists { .. } => Code::KeyFileExists,
            Self::PassphraseFile { .. } | Self::Passphrase => Code::PassphraseUnusable,
            Self::Random => Code::NoRandomness,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::WrongPassphrase { .. } => "Type it again; nothing was signed.".into(),
            Self::Missing { .. } => {
                "Name the file with --key, or make a key with: grace --as PERSON key create".into()
            }
            Self::Unreadable { .. } => "Check that the file is yours and can be read.".into(),
            Self::TooOpen { path, .. } => format!("Run: chmod 600 {}", path.display()),
            Self::NotAKey { .. } => "Make one with: grace key create".into(),
            Self::OtherKey { .. } => "Use the key file that belongs to this person.".into(),
            Self::Exists { .. } => "Choose another file name.".into(),
            Self::PassphraseFile { .. } => {
                "Name a file whose first line is the passphrase, with --passphrase-file or GRACE_PASSPHRASE_FILE.".into()
            }
            Self::Passphrase => "Give one with --passphrase-file or type it.".into(),
            Self::Random => "Try again; nothing was written.".into(),
        }
    }
}

impl From<SignerError> for Problem {
    fn from(error: SignerError) -> Self {
        Self::new(422, error.code(), sentence(&error.to_string()), error.hint())
    }
}

/// Where `grace key create` puts key files, unless told otherwise: `GRACE_KEYS`, else beneath the XDG data directory.
pub fn keys_dir() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    named("GRACE_KEYS")
        .or_else(|| named("XDG_DATA_HOME").map(|d| d.join("grace").join("keys")))
        .or_else(|| named("HOME").map(|d| d.join(".local/share/grace/keys")))
}

/// A passphrase, wiped when dropped; `Debug` hides it.
pub struct Passphrase(Zeroizing<String>);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(hidden)")
    }
}

impl Passphrase {
    /// Takes typed text.
    pub fn new(text: String) -> Result<Self, SignerError> {
        let text = Zeroizing::new(text);
        if (1..=PASSPHRASE_BYTES).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(SignerError::Passphrase)
        }
    }

    /// Reads the first line of a file.
    pub fn from_file(path: &Path) -> Result<Self, SignerError> {
        let unreadable = |e: io::Error| SignerError::PassphraseFile { path: path.to_owned(), kind: e.kind() };
        let mut text = Zeroizing::new(String::new());
        let limit = PASSPHRASE_BYTES as u64 + 2;
        File::open(path).and_then(|f| f.take(limit).read_to_string(&mut text)).map_err(unreadable)?;
        Self::new(text.lines().next().unwrap_or_default().to_owned())
    }
}

/// A person's key, open. Wiped when dropped.
#[derive(Debug)]
pub struct PersonKey(SignerKey);

impl PersonKey {
    /// Makes a key and writes it to `path`, mode 0600; refuses to overwrite.
    pub fn create(path: &Path, passphrase: &Passphrase) -> Result<PublicKey, SignerError> {
        let mut seed = Zeroizing::new([0_u8; 32]);
        getrandom::fill(seed.as_mut()).map_err(|_| SignerError::Random)?;
        let key = SignerKey::from_seed(*seed);
        write_new(path, encrypt(&seed, passphrase)?.as_bytes())?;
        // What cannot be opened again must not be registered: read it back before anyone relies on it.
        let opened = Self::open(path, passphrase, &[key.public()])?;
        Ok(opened.public())
    }

    /// Opens a key file. `registered`: the keys recorded for the person; the file must hold one of them. Without any
    /// recorded key pass an empty slice.
    pub fn open(path: &Path, passphrase: &Passphrase, registered: &[PublicKey]) -> Result<Self, SignerError> {
        let pem = read_private(path)?;
        let not_a_key = |what| SignerError::NotAKey { path: path.to_owned(), what };
        let (label, document) = SecretDocument::from_pem(&pem).map_err(|_| not_a_key("no PEM in it"))?;
        if label != LABEL {
            return Err(not_a_key("it is not encrypted, or something else"));
        }
        let info = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
            .map_err(|_| not_a_key("the PEM holds no PKCS#8"))?;
        check_cost(&info.encryption_algorithm).map_err(not_a_key)?;
        let wrong_passphrase = || SignerError::WrongPassphrase { path: path.to_owned() };
        // CBC carries no MAC: a wrong passphrase shows as bad padding or as DER that does not parse, and, should
        // both happen to fit, as a key that is not the registered one.
        let plain = info.decrypt(passphrase.0.as_bytes()).map_err(|_| wrong_passphrase())?;
        let info = PrivateKeyInfoRef::try_from(plain.as_bytes()).map_err(|_| wrong_passphrase())?;
        if info.algorithm.oid != ED25519 || info.algorithm.parameters.is_some() {
            return Err(not_a_key("the key is of another kind than Ed25519"));
        }
        let seed =
            info.private_key.as_bytes().strip_prefix(&SEED_HEAD).and_then(|s| <&[u8; 32]>::try_from(s).ok());
        let key = SignerKey::from_seed(*seed.ok_or_else(|| not_a_key("the key is damaged"))?);
        if !registered.is_empty() && !registered.contains(&key.public()) {
            return Err(SignerError::OtherKey {
                path: path.to_owned(),
                found: key.public().crypto_id().to_string(),
            });
        }
        Ok(Self(key))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.0.public()
    }
}

pub use crate::statement_check::{blobs_of, check_statement, text_of};

/// Signs exactly the bytes of `statement` as its payload type; its blobs go along. The only way to a person's signature; what the engine
/// made is held against what was requested first: [`check_statement`].
pub fn sign_statement(statement: &StatementView, key: &PersonKey) -> Result<HandIn, Problem> {
    signed(statement, &key.0)
}

fn signed(statement: &StatementView, key: &SignerKey) -> Result<HandIn, Problem> {
    let blobs = blobs_of(statement)?.into_values().collect();
    let payload = statement.payload.clone().into_bytes();
    Ok(HandIn { envelope: Envelope::sign(&statement.payload_type, payload, &[key]), blobs })
}

/// Whether a key file needs a passphrase: people's keys do, the bare key of a component does not.
pub fn is_encrypted(path: &Path) -> Result<bool, SignerError> {
    Ok(read_private(path)?.trim_start().starts_with("-----BEGIN"))
}

/// Signs a subsystem's statement with its key file (64 hex digits, mode 0600), as a component that runs elsewhere does.
pub fn sign_as_component(statement: &StatementView, key_file: &Path) -> Result<HandIn, Problem> {
    let text = read_private(key_file)?;
    let mut seed = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(text.trim(), seed.as_mut()).map_err(|_| SignerError::NotAKey {
        path: key_file.to_owned(),
        what: "it holds neither that nor the 64 hex digits of a component's key",
    })?;
    signed(statement, &SignerKey::from_seed(*seed))
}

fn encrypt(seed: &[u8; 32], passphrase: &Passphrase) -> Result<Zeroizing<String>, SignerError> {
    let mut wrapped = Zeroizing::new([0_u8; 34]);
    wrapped[..2].copy_from_slice(&SEED_HEAD);
    wrapped[2..].copy_from_slice(seed);
    let octets = OctetStringRef::new(wrapped.as_ref()).expect("invariant: 34 bytes fit an OCTET STRING");
    let info = PrivateKeyInfoRef::new(AlgorithmIdentifierRef { oid: ED25519, parameters: None }, octets);
    let document = info.encrypt(passphrase.0.as_bytes()).map_err(|_| SignerError::Random)?;
    Ok(document.to_pem(LABEL, LineEnding::LF).expect("invariant: a DER document has a PEM form"))
}

/// Refuses schemes whose key derivation would eat the machine.
fn check_cost(scheme: &EncryptionScheme) -> Result<(), &'static str> {
    let EncryptionScheme::Pbes2(parameters) = scheme else {
        return Err("its encryption scheme is too old");
    };
    let scrypt = parameters.kdf.scrypt().is_none_or(|s| {
        u64::from(s.block_size)
            .checked_mul(128)
            .and_then(|b| b.checked_mul(s.cost_parameter))
            .is_some_and(|bytes| bytes <= SCRYPT_MEMORY_BYTES && s.parallelization <= 16)
    });
    let pbkdf2 = parameters.kdf.pbkdf2().is_none_or(|p| p.iteration_count <= PBKDF2_ROUNDS);
    if scrypt && pbkdf2 { Ok(()) } else { Err("its key derivation takes too much") }
}

/// Reads a file that only its owner may read; checks the opened file, not the name.
fn read_private(path: &Path) -> Result<Zeroizing<String>, SignerError> {
    let unreadable = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => SignerError::Missing { path: path.to_owned() },
        kind => SignerError::Unreadable { path: path.to_owned(), kind },
    };
    let file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(SignerError::NotAKey { path: path.to_owned(), what: "it is not a file" });
    }
    let mode = meta.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SignerError::TooOpen { path: path.to_owned(), mode });
    }
    if meta.len() > KEY_FILE_BYTES {
        return Err(SignerError::NotAKey { path: path.to_owned(), what: "it is too long" });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(KEY_FILE_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| SignerError::NotAKey { path: path.to_owned(), what: "no PEM in it" })?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Writes a new private file whole: never over another one, on disk before it is relied on.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), SignerError> {
    let failed = |e: io::Error| match e.kind() {
        io::ErrorKind::AlreadyExists => SignerError::Exists { path: path.to_owned() },
        kind => SignerError::Unreadable { path: path.to_owned(), kind },
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // Half a key is worse than none; the file is ours, made a moment ago.
        let _ = fs::remove_file(path);
        return Err(failed(error));
    }
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|d| d.sync_all()).map_err(failed)
}
