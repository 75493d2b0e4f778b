//! `grace key …`.
//!
//! Owns making, listing and showing key files. Never signs.

use std::path::Path;
use std::process::ExitCode;

use grace_api::Problem;
use grace_api::requests::Nothing;
use grace_api::signer::PersonKey;
use serde_json::json;

use crate::args::{Cli, KeyCommand};
use crate::output::Output;
use crate::{files, keys, terminal, world};

/// `grace key …`.
pub async fn run(cli: &Cli, command: &KeyCommand, output: Output) -> Result<ExitCode, Problem> {
    match command {
        KeyCommand::Create { out } => create(cli, out.as_deref(), output)?,
        KeyCommand::List => {
            let status = world::client(cli).await?.status(Nothing {}).await?;
            output.view(&status.persons)?;
        }
        KeyCommand::Show { file } => {
            let path = match file.clone().or_else(|| cli.key.clone()) {
                Some(named) => named,
                None => keys::known_file(cli).await.ok_or_else(keys::no_key)?,
            };
            let key = keys::open(cli, &path)?;
            let public = key.public();
            output.view(&json!({ "file": path, "key": public, "crypto_id": public.crypto_id() }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn create(cli: &Cli, out: Option<&Path>, output: Output) -> Result<(), Problem> {
    let path = if let Some(path) = out.map(Path::to_owned).or_else(|| cli.key.clone()) {
        path
    } else {
        let path = keys::default_file(cli).ok_or_else(keys::no_key)?;
        let dir = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir).map_err(|e| files::unreadable(dir, &e))?;
        path
    };
    let passphrase = terminal::new_passphrase(cli.passphrase_file.as_deref())?;
    let public = PersonKey::create(&path, &passphrase)?;
    output.view(&json!({ "file": path, "key": public, "crypto_id": public.crypto_id() }))
}
