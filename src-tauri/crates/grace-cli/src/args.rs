//! The words of the command line.
//!
//! Owns nouns, verbs and flags. Never reads a file and never decides.

mod act;
mod shared;
mod update;

pub use act::{ActCommand, OnComponent};
pub use shared::{ApproveArgs, PageArgs};
pub use update::{DraftArgs, UpdateCommand};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// People's keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// What can be updated.
    #[command(subcommand)]
    Component(ComponentCommand),
    /// Governed changes.
    #[command(subcommand)]
    Update(UpdateCommand),
    /// Samples.
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

/// `grace key …`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key file; prints the public key.
    Create {
        /// Where to; without it `PERSON.pem` among the user's keys (with `--as PERSON`).
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Persons of the world and their keys on this machine.
    List,
    /// The public key of a key file; needs its passphrase.
    Show {
        /// The key file; without it the one of `--key` or `--as`.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// `grace component …`.
#[derive(Debug, Subcommand)]
pub enum ComponentCommand {
    /// Ask that a component may join.
    Add {
        /// Description: component, title, `component_type`, version, capabilities, metrics, target (YAML or JSON).
        #[arg(long, value_name = "FILE")]
        target: PathBuf,
    },
    /// All components.
    List,
    /// One component.
    Show {
        /// Component id.
        id: String,
    },
    /// A signed act on it.
    #[command(flatten)]
    Act(ActCommand<OnComponent>),
}

/// `grace metrics …`.
#[derive(Debug, Subcommand)]
pub enum MetricsCommand {
    /// What metrics mean: the definitions by which windows judge.
    List,
    /// Send samples of a component.
    Push {
        /// Component id.
        id: String,
        /// A value, e.g. `error_rate=0.02`.
        #[arg(long = "sample", required = true, value_name = "METRIC=VALUE")]
        samples: Vec<String>,
        /// Measurements that each value stands for.
        #[arg(long)]
        count: Option<u32>,
        /// Time of the samples (RFC 3339, UTC, ms); now without it.
        #[arg(long)]
        at: Option<String>,
    },
}

/// What a simulated subsystem does.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum BehaviourArg {
    /// Acknowledges.
    Ack,
    /// Says no.
    Nack,
    /// Says nothing.
    Silent,
    /// Gives the same answer twice.
    Duplicate,
    /// Signs with a key that is not registered.
    WrongKey,
}

/// `grace sim …`.
#[derive(Debug, Subcommand)]
pub enum SimCommand {
    /// How everything simulated behaves.
    Show,
    /// Set a subsystem's behaviour.
    Subsystem {
        /// Subsystem id.
        id: String,
        /// What it does.
        #[arg(long, value_enum)]
        behaviour: Option<BehaviourArg>,
        /// How long it thinks.
        #[arg(long)]
        delay_ms: Option<u64>,
        /// Why it says no.
        #[arg(long)]
        nack_reason: Option<String>,
    },
    /// Set what a component's metrics source sends.
    Metrics {
        /// Component id.
        id: String,
        /// Fraction of failures.
        #[arg(long, value_parser = finite)]
        error_rate: Option<f64>,
        /// p95 latency in milliseconds.
        #[arg(long, value_parser = finite)]
        latency_p95_ms: Option<f64>,
        /// Sends nothing.
        #[arg(long, value_name = "BOOL")]
        silent: Option<bool>,
    },
}

/// `grace handshake …`.
#[derive(Debug, Subcommand)]
pub enum HandshakeCommand {
    /// A page of handshakes, newest first.
    List {
        /// Which page.
        #[command(flatten)]
        page: PageArgs,
    },
    /// One handshake with all answers.
    Show {
        /// Handshake id.
        id: String,
    },
    /// Sign for it.
    Approve(ApproveArgs),
    /// Sign against it; final.
    Deny(ApproveArgs),
    /// Answer as a subsystem (`--as SUBSYSTEM --key FILE`), or hand in an answer signed elsewhere.
    Ack {
        /// Handshake id.
        id: String,
        /// Say no.
        #[arg(long)]
        nack: bool,
        /// Why not.
        #[arg(long, default_value = "")]
        reason: String,
        /// Hand in an envelope that was signed elsewhere.
        #[arg(long, value_name = "FILE")]
        envelope: Option<PathBuf>,
    },
}

/// `grace log …`.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// A page of entries, newest first.
    List {
        /// Entry type, or a family as `update.*`.
        #[arg(long = "type")]
        entry_type: Option<String>,
        /// Of this update, handshake, `component:ID` or `world`.
        #[arg(long)]
        subject: Option<String>,
        /// Only before this sequence.
        #[arg(long)]
        before: Option<u64>,
        /// Rows.
        #[arg(long, value_parser = shared::rows())]
        limit: Option<u32>,
    },
    /// One entry with its proof.
    Show {
        /// Sequence.
        seq: u64,
    },
    /// The inclusion proof of an entry.
    Prove {
        /// Sequence.
        seq: u64,
        /// In the tree of this many entries; the newest without it.
        #[arg(long)]
        size: Option<u64>,
    },
    /// The newest signed checkpoint.
    Checkpoint,
    /// Check everything against what was signed.
    Verify,
}

/// `grace audit …`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Write log and envelopes to one file beneath `exports/`.
    Export {
        /// File name.
        #[arg(long)]
        name: Option<String>,
    },
    /// Check an export, offline.
    Verify {
        /// The export.
        file: PathBuf,
        /// The log's public key: a verifier key, or a file that holds one (`log.vkey`).
        #[arg(long, value_name = "VKEY")]
        trust: String,
    },
}

/// JSON knows no NaN and no infinity: they would arrive as nothing.
fn finite(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|n: &f64| n.is_finite()).ok_or_else(|| "not a number".to_owned())
}
