//! The flags of `grace init` and `grace serve`.

use std::path::PathBuf;

use clap::Args;

/// `grace init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Who may sign.
    #[arg(long, value_name = "FILE")]
    pub people: PathBuf,
    /// The policy; the default one without it.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Name of the world.
    #[arg(long, default_value = "world")]
    pub name: String,
}

/// `grace serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}
