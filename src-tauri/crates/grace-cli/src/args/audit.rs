//! The words of `grace audit`.

use std::path::PathBuf;

use clap::Subcommand;

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
