//! The words of `grace key`.

use std::path::PathBuf;

use clap::Subcommand;

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
