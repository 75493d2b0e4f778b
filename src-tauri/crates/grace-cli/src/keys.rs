//! People's keys at the command line: making, listing, showing, and finding the one that signs.
//!
//! Owns the way from `--as`, `--key` and `--passphrase-file` to an open key. The key stays in this process.

use grace_domain::core::codes::Code;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use grace_api::requests::{Nothing, StatementRequest};
use grace_api::signer::{
    PersonKey, is_encrypted, keys_dir, says_what_was_asked, sign_as_component, sign_statement,
};
use grace_api::types::{PersonView, StatementView};
use grace_api::{Client, Problem};
use grace_domain::statement::HandIn;
use serde_json::json;

use crate::args::{Cli, KeyCommand};
use crate::engine;
use crate::output::Output;
use crate::terminal;

/// `grace key …`.
pub async fn run(cli: &Cli, command: &KeyCommand, output: Output) -> Result<ExitCode, Problem> {
    match command {
        KeyCommand::Create { out } => create(cli, out.as_deref(), output)?,
        KeyCommand::List => {
            let status = engine::client(cli).await?.status(Nothing {}).await?;
            output.view(&status.persons)?;
        }
        KeyCommand::Show { file } => {
            let path = match file.clone().or_else(|| cli.key.clone()) {
                Some(named) => named,
                None => known_file(cli).await.ok_or_else(no_key)?,
            };
            let key = open(cli, &path)?;
            let public = key.public();
            output.view(&json!({ "file": path, "key": public, "fingerprint": public.fingerprint() }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn create(cli: &Cli, out: Option<&Path>, output: Output) -> Result<(), Problem> {
    let path = if let Some(path) = out.map(Path::to_owned).or_else(|| cli.key.clone()) {
        path
    } else {
        let path = default_file(cli).ok_or_else(no_key)?;
        let dir = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir).map_err(|e| engine::unreadable(dir, &e))?;
        path
    };
    let passphrase = terminal::new_passphrase(cli.passphrase_file.as_deref())?;
    let public = PersonKey::create(&path, &passphrase)?;
    output.view(&json!({ "file": path, "key": public, "fingerprint": public.fingerprint() }))
}

fn default_file(cli: &Cli) -> Option<PathBuf> {
    let person: grace_domain::core::ids::PersonId = cli.person.as_ref()?.parse().ok()?;
    keys_dir().map(|dir| dir.join(format!("{person}.pem")))
}

/// The key file that signing as this person would take: the one that the world names, if there is a world, else the
/// one where `key create` puts it.
async fn known_file(cli: &Cli) -> Option<PathBuf> {
    let id = cli.person.as_ref()?;
    let status = match engine::client(cli).await {
        Ok(client) => client.status(Nothing {}).await.ok(),
        Err(_) => None,
    };
    let named = status.and_then(|s| s.persons.into_iter().find(|p| p.id == *id)?.key_file);
    named.map(PathBuf::from).or_else(|| default_file(cli))
}

fn no_key() -> Problem {
    Problem::new(
        400,
        Code::KeyMissing,
        "No key file is named.",
        "Name one with --key, or the person with --as.",
    )
}

fn open(cli: &Cli, path: &Path) -> Result<PersonKey, Problem> {
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

/// Asks for the statement and signs it, if it says what was asked for.
pub async fn state(cli: &Cli, client: &Client, request: StatementRequest) -> Result<HandIn, Problem> {
    let statement = client.statement(request.clone()).await?;
    sign(cli, client, &statement, &request).await
}

/// Signs `statement` as `--as`, with the key of `--key` or the one known for the person.
pub async fn sign(
    cli: &Cli,
    client: &Client,
    statement: &StatementView,
    request: &StatementRequest,
) -> Result<HandIn, Problem> {
    says_what_was_asked(statement, request)?;
    let id = person(cli)?;
    let status = client.status(Nothing {}).await?;
    let person = status.persons.into_iter().find(|p| p.id == id);
    let path = key_file(cli, person.as_ref()).ok_or_else(no_key)?;
    let key = open(cli, &path)?;
    if let Some(person) = person {
        let found = key.public().fingerprint().to_string();
        // The engine counts registered keys only; telling it here spares a refusal after the passphrase.
        if cli.key.is_none() && found != person.key {
            return Err(Problem::new(
                422,
                Code::OtherKey,
                format!("{} holds the key {found}, registered for {id} is {}.", path.display(), person.key),
                "Name the right file with --key.",
            ));
        }
    }
    sign_statement(statement, &key)
}

/// Signs without a world at hand.
pub fn sign_offline(cli: &Cli, statement: &StatementView) -> Result<HandIn, Problem> {
    let path = cli.key.clone().or_else(|| default_file(cli)).ok_or_else(no_key)?;
    sign_statement(statement, &open(cli, &path)?)
}

/// Signs as a subsystem, with the key file that `--key` names: an encrypted one as a person's, or a component's bare one.
pub fn sign_as_subsystem(cli: &Cli, statement: &StatementView) -> Result<HandIn, Problem> {
    let file = cli.key.as_deref().ok_or_else(|| {
        Problem::new(400, Code::KeyMissing, "No key file of the subsystem is named.", "Name it with --key.")
    })?;
    if is_encrypted(file)? {
        sign_statement(statement, &open(cli, file)?)
    } else {
        sign_as_component(statement, file)
    }
}

fn key_file(cli: &Cli, person: Option<&PersonView>) -> Option<PathBuf> {
    cli.key
        .clone()
        .or_else(|| person.and_then(|p| p.key_file.clone()).map(PathBuf::from))
        .or_else(|| default_file(cli).filter(|p| p.is_file()))
}
