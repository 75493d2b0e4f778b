//! How every command finds its world.
//!
//! Owns the default directory.

use std::path::PathBuf;

use grace_api::{Client, Problem};
use grace_domain::core::codes::Code;

use crate::args::Cli;

/// The directory of the world: `--data-dir`, else `grace/world` beneath the XDG data directory.
pub fn data_dir(cli: &Cli) -> Result<PathBuf, Problem> {
    if let Some(dir) = &cli.data_dir {
        return Ok(dir.clone());
    }
    let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    named("XDG_DATA_HOME")
        .or_else(|| named("HOME").map(|d| d.join(".local/share")))
        .map(|d| d.join("grace").join("world"))
        .ok_or_else(|| {
            Problem::new(400, Code::NoDataDir, "There is no place for a world.", "Name one with --data-dir.")
        })
}

/// The engine of the world if one runs, else the world read only.
pub async fn client(cli: &Cli) -> Result<Client, Problem> {
    Client::discover(&data_dir(cli)?).await
}
