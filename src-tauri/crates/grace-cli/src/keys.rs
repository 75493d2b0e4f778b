//! Keys of persons: made, shown, opened, used. The only file that opens one.

use crate::args::{Cli, KeyVerb, Signing};
use crate::out::{Exit, Out, visible};
use crate::world::{client, data_dir};
use grace_api::client::Client;
use grace_api::requests::{Nothing, StatementRequest};
use grace_api::signer::{Passphrase, PersonKey, sign_statement};
use grace_api::views::StatementView;
use grace_domain::dsse::Envelope;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

/// `key …`
pub async fn run(cli: &Cli, out: &Out, verb: &KeyVerb) -> Result<(), Exit> {
    match verb {
        KeyVerb::Create { file, passphrase_file } => {
            let public = PersonKey::create(file, &passphrase(out, passphrase_file.as_deref())?)?;
            answer(out, file, &public.to_string());
            Ok(())
        }
        KeyVerb::Show { file, passphrase_file } => {
            let key = PersonKey::open(file, &passphrase(out, passphrase_file.as_deref())?, &[])?;
            answer(out, file, &key.public().to_string());
            Ok(())
        }
        KeyVerb::List => {
            let status = client(cli).await?.status(Nothing {}).await?;
            out.answer(&status.persons, |persons| {
                let line = |p: &grace_api::views::PersonView| {
                    let groups = p.groups.join(",");
                    let file = p.key_file.as_deref().unwrap_or("not on this machine");
                    format!("{:<18} {:<28} {groups:<14} {file}", visible(&p.id), p.key)
                };
                persons.iter().map(line).collect::<Vec<_>>().join("\n")
            });
            Ok(())
        }
    }
}

fn answer(out: &Out, file: &Path, public: &str) {
    let value = serde_json::json!({ "file": file, "public_key": public });
    out.answer(&value, |_| public.to_owned());
}

/// From a file, or typed at a terminal; never asked for without one.
fn passphrase(out: &Out, file: Option<&Path>) -> Result<Passphrase, Exit> {
    if let Some(file) = file {
        return Ok(Passphrase::from_file(file)?);
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Exit::usage("no terminal to ask for a passphrase: name --passphrase-file"));
    }
    out.say("Passphrase (it will be shown as you type; use --passphrase-file to avoid that):");
    let mut line = String::new();
    stdin.lock().read_line(&mut line).map_err(|e| Exit::io("the passphrase could not be read", &e))?;
    Ok(Passphrase::new(line.trim_end_matches(['\n', '\r']).to_owned())?)
}

/// Person, key file and passphrase of a signature.
fn signer(cli: &Cli, out: &Out, signing: &Signing) -> Result<(PathBuf, Passphrase), Exit> {
    let file = match (&signing.key, &signing.person) {
        (Some(file), _) => file.clone(),
        (None, Some(person)) => data_dir(cli)?.join("people").join(format!("{person}.pem")),
        (None, None) => return Err(Exit::usage("who signs? name --as PERSON")),
    };
    Ok((file, passphrase(out, signing.passphrase_file.as_deref())?))
}

/// Asks the engine for the statement, signs exactly its bytes.
pub async fn sign(
    cli: &Cli,
    out: &Out,
    client: &Client,
    signing: &Signing,
    mut request: StatementRequest,
) -> Result<Envelope, Exit> {
    let person = signing.person.clone().ok_or_else(|| Exit::usage("who signs? name --as PERSON"))?;
    let (file, passphrase) = signer(cli, out, signing)?;
    request.person = person;
    let statement = client.statement(request).await?;
    let key = PersonKey::open(&file, &passphrase, &[])?;
    Ok(sign_statement(&statement, &key))
}

/// Signs a statement file without any engine.
pub fn sign_offline(out: &Out, request: &Path, signing: &Signing) -> Result<Envelope, Exit> {
    let file = signing.key.as_deref().ok_or_else(|| Exit::usage("--offline needs --key FILE"))?;
    let bytes = std::fs::read(request).map_err(|e| Exit::io("the request could not be read", &e))?;
    let statement: StatementView = serde_json::from_slice(&bytes)
        .map_err(|e| Exit::failed("wrong_shape", format!("not a request file: {e}"), "make one with `update request`"))?;
    out.say(&format!("signing as {}:\n{}", visible(&statement.payload_type), visible(&statement.payload)));
    let key = PersonKey::open(file, &passphrase(out, signing.passphrase_file.as_deref())?, &[])?;
    Ok(sign_statement(&statement, &key))
}

/// Reads an envelope that was signed elsewhere.
pub fn read_envelope(file: &Path) -> Result<Envelope, Exit> {
    let bytes = std::fs::read(file).map_err(|e| Exit::io("the envelope could not be read", &e))?;
    Envelope::from_json(&bytes)
        .map_err(|e| Exit::failed("wrong_shape", e.to_string(), "an envelope is DSSE JSON; nothing was handed in"))
}
