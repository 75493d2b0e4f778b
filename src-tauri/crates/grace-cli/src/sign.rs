//! The one way to a signature: make → check → sign → hand in.
//!
//! Owns these steps, each once. What is signed is the statement's exact bytes, and only if they say what was requested.

use grace_api::requests::{Nothing, StatementRequest};
use grace_api::signer::{check_statement, is_encrypted, sign_as_component, sign_statement};
use grace_api::types::{ActView, StatementView};
use grace_api::{Client, Problem};
use grace_domain::core::codes::Code;
use grace_domain::statement::HandIn;

use crate::args::Cli;
use crate::keys;

/// Makes the statement, checks it, signs it as `--as` and hands it in.
pub async fn and_hand_in(
    cli: &Cli,
    client: &Client,
    request: StatementRequest,
    idempotency_key: Option<&str>,
) -> Result<ActView, Problem> {
    let statement = made(client, &request).await?;
    let handed = as_person(cli, client, &statement).await?;
    client.hand_in(request.act, request.subject.as_deref(), &handed, idempotency_key).await
}

/// The statement, which says what was requested.
pub async fn made(client: &Client, request: &StatementRequest) -> Result<StatementView, Problem> {
    let statement = client.statement(request.clone()).await?;
    check_statement(&statement, request)?;
    Ok(statement)
}

/// Signs as `--as`, with the key of `--key` or the one known for the person.
pub async fn as_person(cli: &Cli, client: &Client, statement: &StatementView) -> Result<HandIn, Problem> {
    let id = keys::person(cli)?;
    let status = client.status(Nothing {}).await?;
    let person = status.persons.into_iter().find(|p| p.id == id);
    let path = keys::key_file(cli, person.as_ref()).ok_or_else(keys::no_key)?;
    let key = keys::open(cli, &path)?;
    if let Some(person) = person {
        let found = key.public().crypto_id().to_string();
        // The engine counts registered keys only; telling it here spares a refusal after the passphrase.
        if cli.key.is_none() && found != person.crypto_id {
            return Err(Problem::new(
                422,
                Code::OtherKey,
                format!(
                    "{} holds the key {found}, registered for {id} is {}.",
                    path.display(),
                    person.crypto_id
                ),
                "Name the right file with --key.",
            ));
        }
    }
    sign_statement(statement, &key)
}

/// Signs without a world at hand.
pub fn offline(cli: &Cli, statement: &StatementView) -> Result<HandIn, Problem> {
    let path = cli.key.clone().or_else(|| keys::default_file(cli)).ok_or_else(keys::no_key)?;
    sign_statement(statement, &keys::open(cli, &path)?)
}

/// Signs as a subsystem, with the key file that `--key` names: an encrypted one as a person's, or a component's bare one.
pub fn as_subsystem(cli: &Cli, statement: &StatementView) -> Result<HandIn, Problem> {
    let file = cli.key.as_deref().ok_or_else(|| {
        Problem::new(400, Code::KeyMissing, "No key file of the subsystem is named.", "Name it with --key.")
    })?;
    if is_encrypted(file)? {
        sign_statement(statement, &keys::open(cli, file)?)
    } else {
        sign_as_component(statement, file)
    }
}
