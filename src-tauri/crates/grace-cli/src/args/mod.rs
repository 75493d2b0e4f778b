//! The words of the command line, one file per noun.
//!
//! Owns nouns, verbs and flags. Never reads a file and never decides.

mod act;
mod audit;
mod component;
mod engine;
mod handshake;
mod key;
mod log;
mod metrics;
mod shared;
mod sim;
mod update;

pub use act::ActCommand;
pub use audit::AuditCommand;
pub use component::ComponentCommand;
pub use engine::{InitArgs, ServeArgs};
pub use handshake::HandshakeCommand;
pub use key::KeyCommand;
pub use log::LogCommand;
pub use metrics::MetricsCommand;
pub use shared::ApproveArgs;
pub use sim::{BehaviourArg, SimCommand};
pub use update::{DraftArgs, UpdateCommand};

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Governed updates and handshakes with proof.
#[derive(Debug, Parser)]
#[command(name = "grace", version, arg_required_else_help = true)]
pub struct Cli {
    /// The world's directory.
    #[arg(long, global = true, env = "GRACE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Results as JSON on stdout.
    #[arg(long, global = true)]
    pub json: bool,
    /// Person who signs.
    #[arg(long = "as", global = true, env = "GRACE_PERSON", value_name = "PERSON")]
    pub person: Option<String>,
    /// File whose first line is the passphrase; without it a terminal is asked.
    #[arg(long, global = true, env = "GRACE_PASSPHRASE_FILE", value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Key file of the person.
    #[arg(long, global = true, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Nouns, and verbs without one.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a real world.
    Init(InitArgs),
    /// Make a simulated world.
    Demo,
    /// Run the engine and its API until a signal ends it.
    Serve(ServeArgs),
    /// What is well and what is not.
    Doctor,
    /// Counts and typical times.
    Stats,
    /// The policy in force and the world's recovery keys.
    Policy,
    /// People's keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// What can be updated.
    #[command(subcommand)]
    Component(ComponentCommand),
    /// Governed changes.
    #[command(subcommand)]
    Update(UpdateCommand),
    /// Definitions and samples of metrics.
    #[command(subcommand)]
    Metrics(MetricsCommand),
    /// Behaviour of simulated parts.
    #[command(subcommand)]
    Sim(SimCommand),
    /// Components that join.
    #[command(subcommand)]
    Handshake(HandshakeCommand),
    /// The log.
    #[command(subcommand)]
    Log(LogCommand),
    /// Evidence for others.
    #[command(subcommand)]
    Audit(AuditCommand),
}
