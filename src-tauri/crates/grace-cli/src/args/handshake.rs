//! The words of `grace handshake`.

use std::path::PathBuf;

use clap::Subcommand;

use super::shared::{ApproveArgs, PageArgs};

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
        /// Refuse.
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
