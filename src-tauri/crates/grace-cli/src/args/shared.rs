//! Arguments that several nouns take.
//!
//! Owns their shape. Reads nothing.

use std::path::PathBuf;

use clap::Args;
use grace_domain::core::limits;

/// An approval or denial.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// Id of what is decided on; an envelope and a request file name it themselves.
    pub id: Option<String>,
    /// Why. A request file says its own.
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Sign this request file (or the request for this id) and write the envelope to a file instead of handing it in.
    #[arg(long, value_name = "REQUEST", conflicts_with_all = ["envelope", "request_out"])]
    pub offline: Option<String>,
    /// Hand in an envelope that was signed elsewhere.
    #[arg(long, value_name = "FILE", conflicts_with = "request_out")]
    pub envelope: Option<PathBuf>,
    /// Write the request, to be signed elsewhere.
    #[arg(long, value_name = "FILE")]
    pub request_out: Option<PathBuf>,
    /// Where `--offline` writes the envelope; `ID.PERSON.envelope.json` without it.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Show progress until it ends or needs somebody.
    #[arg(long)]
    pub wait: bool,
}

/// A page of a list.
#[derive(Debug, Args)]
pub struct PageArgs {
    /// Where the page begins: `next` of the one before.
    #[arg(long)]
    pub before: Option<String>,
    /// Rows.
    #[arg(long, value_parser = rows())]
    pub limit: Option<u32>,
}

/// Rows of a page: as many as one answer holds.
pub(super) fn rows() -> clap::builder::RangedI64ValueParser<u32> {
    let most = i64::try_from(limits::PAGE_ROWS).unwrap_or(i64::MAX);
    clap::value_parser!(u32).range(1..=most)
}
