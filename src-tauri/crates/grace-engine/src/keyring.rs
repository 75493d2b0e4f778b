//! The keys that live in the world: the log's, the engine's, and those of components that this engine runs.
//! Never holds or reads a person's key.

use crate::ports::Ports;
use grace_domain::core::ids::ComponentId;
use grace_domain::crypto::keys::SignerKey;
use grace_store::keyfile::{self, KeyFileError};
use grace_store::layout::{LayoutError, World};

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

    /// The key of a component that this engine runs; `None` when it is not ours.
    pub fn component(&self, id: &ComponentId) -> Result<Option<SignerKey>, KeyringError> {
        let path = self.world.component_key(id.as_str())?;
        if path.exists() { Ok(Some(keyfile::load(&path)?)) } else { Ok(None) }
    }

    /// Makes the log's and the engine's key. Refuses to replace any.
    pub fn create(&self, ports: &Ports) -> Result<(SignerKey, SignerKey), KeyringError> {
        let make = |path: &std::path::Path| {
            let seed = ports.seed();
            keyfile::create(path, &seed).map(|()| SignerKey::from_seed(seed))
        };
        Ok((make(&self.world.log_key())?, make(&self.world.engine_key())?))
    }

    /// The key of a component, made when it has none yet.
    pub fn component_or_new(&self, id: &ComponentId, ports: &Ports) -> Result<SignerKey, KeyringError> {
        if let Some(key) = self.component(id)? {
            return Ok(key);
        }
        let seed = ports.seed();
        keyfile::create(&self.world.component_key(id.as_str())?, &seed)?;
        Ok(SignerKey::from_seed(seed))
    }
}
