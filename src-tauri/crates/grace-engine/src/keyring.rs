//! The keys that live in the world: the log's, the engine's, and those of components that this engine runs.
//! Never holds or reads a person's key.

use crate::ports::Ports;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::crypto::keys::{PublicKey, SignerKey};
use grace_store::keyfile::{self, KeyFileError};
use grace_store::layout::{LayoutError, World};

/// What the engine's key signs for nothing but the key of a component; what is signed for others is DSSE.
const DERIVED: &str = "grace-component-key-v1";

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// Its place.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

/// The key files of a world.
#[derive(Debug, Clone)]
pub struct Keyring {
    world: World,
}

impl Keyring {
    /// The keyring of a world; touches nothing.
    pub fn of_world(world: &World) -> Self {
        Self { world: world.clone() }
    }

    /// The log's key.
    pub fn log(&self) -> Result<SignerKey, KeyringError> {
        Ok(keyfile::load(&self.world.log_key())?)
    }

    /// The engine's key, with which packages are signed.
    pub fn engine(&self) -> Result<SignerKey, KeyringError> {
        Ok(keyfile::load(&self.world.engine_key())?)
    }

    /// The key of a component that this engine runs: from its file, or where it has none derived from the engine's, so
    /// that a key can be told before anybody has signed for the component.
    pub fn component(&self, id: &ComponentId) -> Result<SignerKey, KeyringError> {
        match self.of_file(id)? {
            Some(key) => Ok(key),
            None => self.derived(id),
        }
    }

    /// The same for one that is known by this public key; `None` when it has no file, and the derived key is another.
    pub fn known(&self, id: &ComponentId, public: &PublicKey) -> Result<Option<SignerKey>, KeyringError> {
        match self.of_file(id)? {
            Some(key) => Ok(Some(key)),
            None => Ok(Some(self.derived(id)?).filter(|key| key.public() == *public)),
        }
    }

    fn of_file(&self, id: &ComponentId) -> Result<Option<SignerKey>, KeyringError> {
        let path = self.world.component_key(id.as_str())?;
        if path.exists() { Ok(Some(keyfile::load(&path)?)) } else { Ok(None) }
    }

    /// Its seed is the SHA-256 of the engine's signature over its id under a name of its own. An Ed25519 signature over
    /// the same bytes is always the same, and nobody is ever given this one.
    fn derived(&self, id: &ComponentId) -> Result<SignerKey, KeyringError> {
        let signature = self.engine()?.sign(format!("{DERIVED}\n{id}\n").as_bytes());
        Ok(SignerKey::from_seed(*Digest::of(&signature).as_bytes()))
    }

    /// Makes the log's and the engine's key. Refuses to replace any.
    pub fn create(&self, ports: &Ports) -> Result<(SignerKey, SignerKey), KeyringError> {
        let make = |path: &std::path::Path| {
            let seed = ports.seed();
            keyfile::create(path, &seed).map(|()| SignerKey::from_seed(seed))
        };
        Ok((make(&self.world.log_key())?, make(&self.world.engine_key())?))
    }

    /// The key of a component that a world begins with, in a file of its own; made when it has none yet.
    pub fn component_or_new(&self, id: &ComponentId, ports: &Ports) -> Result<SignerKey, KeyringError> {
        if let Some(key) = self.of_file(id)? {
            return Ok(key);
        }
        let seed = ports.seed();
        keyfile::create(&self.world.component_key(id.as_str())?, &seed)?;
        Ok(SignerKey::from_seed(seed))
    }
}
