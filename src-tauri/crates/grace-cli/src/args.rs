//! What can be typed. One enum per noun; words are those of the glossary.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Grace Control Center without a window.
#[derive(Debug, Parser)]
#[command(name = "grace", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// Directory of the world.
    #[arg(long, global = true, env = "GRACE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Noun.
    #[command(subcommand)]
    pub noun: Noun,
}

/// Nouns.
#[derive(Debug, Subcommand)]
pub enum Noun {
    /// Make a real world.
    Init {
        /// Its name.
        #[arg(long, default_value = "world")]
        name: String,
        /// Who may sign.
        #[arg(long)]
        people: PathBuf,
        /// What it demands; the default policy when absent.
        #[arg(long)]
        policy: Option<PathBuf>,
    },
    /// Make a simulated world with persons, targets and metrics.
    Demo,
    /// Run the engine until it is told to stop.
    Serve {
        /// Port on 127.0.0.1; 0 takes a free one.
        #[arg(long, default_value_t = 0)]
        listen: u16,
    },
    /// Is everything well?
    Doctor,
    /// Numbers of updates, handshakes and rollbacks.
    Stats,
    /// Keys of persons.
    #[command(subcommand)]
    Key(KeyVerb),
    /// Components.
    #[command(subcommand)]
    Component(ComponentVerb),
    /// Updates.
    #[command(subcommand)]
    Update(UpdateVerb),
    /// Handshakes.
    #[command(subcommand)]
    Handshake(HandshakeVerb),
    /// Metrics.
    #[command(subcommand)]
    Metrics(MetricsVerb),
    /// Behaviour of the simulation.
    #[command(subcommand)]
    Sim(SimVerb),
    /// The log.
    #[command(subcommand)]
    Log(LogVerb),
    /// Audit files.
    #[command(subcommand)]
    Audit(AuditVerb),
}

/// Who signs, with which key.
#[derive(Debug, Clone, Args)]
pub struct Signing {
    /// Person who signs.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: Option<String>,
    /// Key file; the world's own for the person when absent.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// First line is the passphrase; asked for at the terminal when absent.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// A repeated request with the same key and content is answered, not done again.
    #[arg(long)]
    pub idempotency_key: Option<String>,
}

/// Keys of persons.
#[derive(Debug, Subcommand)]
pub enum KeyVerb {
    /// Make a key file; prints the public key.
    Create {
        /// Where; must not exist.
        file: PathBuf,
        /// First line is the passphrase.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Persons of the world and their keys.
    List,
    /// The public key of a key file.
    Show {
        /// Which.
        file: PathBuf,
        /// First line is the passphrase.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

/// Components.
#[derive(Debug, Subcommand)]
pub enum ComponentVerb {
    /// Ask for a component to join.
    Add {
        /// JSON or YAML document of the component and its target.
        #[arg(long, value_name = "FILE")]
        target: PathBuf,
        /// Who signs.
        #[command(flatten)]
        signing: Signing,
    },
    /// All of them.
    List,
    /// One of them.
    Show {
        /// Which.
        id: String,
    },
    /// Declare what is there to be the base.
    Adopt(ActArgs),
    /// Put the last known content back.
    Restore(ActArgs),
}

/// A signed act with its reason.
#[derive(Debug, Clone, Args)]
pub struct ActArgs {
    /// Of what.
    pub id: String,
    /// Why; part of what is signed.
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Who signs.
    #[command(flatten)]
    pub signing: Signing,
}

/// A draft of an update.
#[derive(Debug, Clone, Args)]
pub struct DraftArgs {
    /// Components, in the order of distribution.
    #[arg(long = "component", required = true)]
    pub components: Vec<String>,
    /// `PATH=FILE`: the managed file at PATH gets the content of FILE.
    #[arg(long = "file", value_name = "PATH=FILE")]
    pub files: Vec<String>,
    /// Every file beneath this directory, at its own path.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// A managed file to remove.
    #[arg(long = "remove", value_name = "PATH")]
    pub remove: Vec<String>,
    /// Kind.
    #[arg(long = "type", default_value = "config")]
    pub update_type: String,
    /// Declared risk.
    #[arg(long, default_value = "low")]
    pub risk: String,
    /// One line.
    #[arg(long)]
    pub title: String,
    /// Why.
    #[arg(long, default_value = "")]
    pub description: String,
}

/// Updates.
#[derive(Debug, Subcommand)]
pub enum UpdateVerb {
    /// Hand an update in.
    Submit {
        /// What.
        #[command(flatten)]
        draft: DraftArgs,
        /// Who signs.
        #[command(flatten)]
        signing: Signing,
        /// Show stages until it rests.
        #[arg(long)]
        wait: bool,
    },
    /// What it would do and need; writes nothing.
    Plan {
        /// What.
        #[command(flatten)]
        draft: DraftArgs,
        /// Who would submit it.
        #[arg(long = "as", value_name = "PERSON")]
        person: Option<String>,
    },
    /// A page, newest first.
    List {
        /// Only these states, separated by commas.
        #[arg(long)]
        state: Option<String>,
        /// Only of this component.
        #[arg(long)]
        component: Option<String>,
        /// From the answer before: `next`.
        #[arg(long)]
        before: Option<String>,
        /// Rows.
        #[arg(long)]
        limit: Option<u32>,
    },
    /// One of them, with its evidence.
    Show {
        /// Which.
        id: String,
        /// Wait until it rests: ended, held, blocked, or in need of a person.
        #[arg(long)]
        wait: bool,
    },
    /// Sign for it.
    Approve {
        /// Which.
        #[arg(required_unless_present = "offline")]
        id: Option<String>,
        /// Only sign a request file (from `update request`), without any engine; needs `--key` and `--out`.
        #[arg(long, value_name = "REQUEST")]
        offline: Option<PathBuf>,
        /// Where the envelope goes.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Hand an envelope in that was signed elsewhere.
        #[arg(long, value_name = "FILE")]
        envelope: Option<PathBuf>,
        /// In your words.
        #[arg(long, default_value = "")]
        reason: String,
        /// Who signs.
        #[command(flatten)]
        signing: Signing,
    },
    /// Write the request file that `approve --offline` signs.
    Request {
        /// Which.
        id: String,
        /// For whom.
        #[arg(long = "as", value_name = "PERSON")]
        person: String,
        /// Where it goes.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Sign against it; final.
    Deny(ActArgs),
    /// Withdraw it.
    Cancel(ActArgs),
    /// Try a blocked one again.
    Retry(ActArgs),
    /// Keep a held one.
    Keep(ActArgs),
    /// Take it back.
    Rollback(ActArgs),
}

/// Handshakes.
#[derive(Debug, Subcommand)]
pub enum HandshakeVerb {
    /// A page, newest first.
    List,
    /// One of them.
    Show {
        /// Which.
        id: String,
    },
    /// Sign for it.
    Approve(ActArgs),
    /// Sign against it.
    Deny(ActArgs),
    /// Hand a subsystem's signed answer in.
    Ack {
        /// Which.
        id: String,
        /// The DSSE envelope.
        #[arg(long, value_name = "FILE")]
        envelope: PathBuf,
    },
}

/// Metrics.
#[derive(Debug, Subcommand)]
pub enum MetricsVerb {
    /// Send samples of a component.
    Push {
        /// Whose.
        id: String,
        /// `NAME=VALUE`, several allowed: error_rate=0.01 latency_p95_ms=120.
        #[arg(required = true, value_name = "NAME=VALUE")]
        samples: Vec<String>,
        /// Observations that each value stands for.
        #[arg(long)]
        count: Option<u32>,
    },
}

/// Behaviour of the simulation.
#[derive(Debug, Subcommand)]
pub enum SimVerb {
    /// What is set.
    Show,
    /// How a subsystem answers.
    Subsystem {
        /// Which.
        id: String,
        /// `ack`, `nack`, `silent`, `wrong_key`.
        #[arg(long)]
        behaviour: Option<String>,
        /// How long it thinks.
        #[arg(long)]
        delay_ms: Option<u64>,
        /// Why it says no.
        #[arg(long)]
        nack_reason: Option<String>,
    },
    /// What a component's metrics source sends.
    Metrics {
        /// Whose.
        id: String,
        /// Fraction of failed requests.
        #[arg(long)]
        error_rate: Option<f64>,
        /// Milliseconds.
        #[arg(long)]
        latency_p95_ms: Option<f64>,
        /// Send nothing.
        #[arg(long)]
        silent: Option<bool>,
    },
}

/// The log.
#[derive(Debug, Subcommand)]
pub enum LogVerb {
    /// A page, newest first.
    List {
        /// Only of this type.
        #[arg(long = "type")]
        entry_type: Option<String>,
        /// Only about this.
        #[arg(long)]
        subject: Option<String>,
        /// Only below this sequence.
        #[arg(long)]
        before: Option<u64>,
        /// Rows.
        #[arg(long)]
        limit: Option<u32>,
    },
    /// One entry with its proof.
    Show {
        /// Its sequence.
        seq: u64,
    },
    /// The inclusion proof of an entry.
    Prove {
        /// Its sequence.
        seq: u64,
        /// In the tree of this size; the newest when absent.
        #[arg(long)]
        size: Option<u64>,
    },
    /// The newest signed tree head.
    Checkpoint,
    /// Everything again: hashes, tree, checkpoint, pin, projections.
    Verify,
}

/// Audit files.
#[derive(Debug, Subcommand)]
pub enum AuditVerb {
    /// Write the whole log with its envelopes to one file beneath `exports/`.
    Export {
        /// Its name.
        #[arg(long)]
        name: Option<String>,
    },
    /// Check such a file, anywhere, with nothing but the log's public key.
    Verify {
        /// The file.
        file: PathBuf,
        /// The verifier key, or a file that holds it.
        #[arg(long)]
        trust: String,
    },
}
