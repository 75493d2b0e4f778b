//! People's keys at the command line: finding the one that signs, and opening it.
//!
//! Owns the way from `--as`, `--key` and `--passphrase-file` to an open key. The key stays in this process.

use std::path::{Path, PathBuf};

use grace_api::Problem;
use grace_api::requests::Nothing;
use grace_api::signer::{PersonKey, keys_dir};
use grace_api::types::PersonView;
use grace_domain::core::codes::Code;

use crate::args::Cli;
use crate::{terminal, world};

/// Where `key create` puts the key of `--as`.
pub fn default_file(cli: &Cli) -> Option<PathBuf> {
    let person: grace_domain::core::ids::PersonId = cli.person.as_ref()?.parse().ok()?;
    keys_dir().map(|dir| dir.join(format!("{person}.pem")))
}

/// The key file that signing as this person would take: the one that the world names, if there is a world, else the
/// one where `key create` puts it.
pub async fn known_file(cli: &Cli) -> Option<PathBuf> {
    let id = cli.person.as_ref()?;
    let status = match world::client(cli).await {
        Ok(client) => client.status(Nothing {}).await.ok(),
        Err(_) => None,
    };
    let named = status.and_then(|s| s.persons.into_iter().find(|p| p.id == *id)?.key_file);
    named.map(PathBuf::from).or_else(|| default_file(cli))
}

/// Nothing says which key signs.
pub fn no_key() -> Problem {
    Problem::new(
        400,
        Code::KeyMissing,
        "No key file is named.",
        "Name one with --key, or the person with --as.",
    )
}

/// An open key file.
pub fn open(cli: &Cli, path: &Path) -> Result<PersonKey, Problem> {
    let question = format!("Passphrase of {}: ", path.display());
    let passphrase = terminal::passphrase(cli.passphrase_file.as_deref(), &question)?;
    Ok(PersonKey::open(path, &passphrase, &[])?)
}

/// The person who signs.
pub fn person(cli: &Cli) -> Result<String, Problem> {
    cli.person.clone().ok_or_else(|| {
        Problem::new(400, Code::PersonMissing, "Nobody is named who signs.", "Name the person with --as.")
    })
}

/// The key file that signs for this person.
pub fn key_file(cli: &Cli, person: Option<&PersonView>) -> Option<PathBuf> {
    cli.key
        .clone()
        .or_else(|| person.and_then(|p| p.key_file.clone()).map(PathBuf::from))
        .or_else(|| default_file(cli).filter(|p| p.is_file()))
}
