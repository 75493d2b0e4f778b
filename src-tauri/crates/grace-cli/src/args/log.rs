//! The words of `grace log`.

use clap::Subcommand;

use super::shared::rows;

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
        #[arg(long, value_parser = rows())]
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
