//! The words of `grace update`, and what a draft is made of.
//!
//! Owns its verbs and flags. Never reads the files that they name.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use grace_domain::governance::policy::Risk;
use grace_domain::kinds::UpdateType;

use super::act::{ActCommand, OnUpdate};
use super::shared::{ApproveArgs, PageArgs};

/// `grace update …`.
#[derive(Debug, Subcommand)]
pub enum UpdateCommand {
    /// Hand in a signed update.
    Submit {
        /// The draft.
        #[command(flatten)]
        draft: DraftArgs,
        /// Show progress until it ends or needs somebody.
        #[arg(long)]
        wait: bool,
        /// A key that is taken once, whatever is handed in with it again.
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
    },
    /// Stages, approvers, diff, rollback plan and conflicts; writes nothing.
    Plan(DraftArgs),
    /// A page of updates, newest first.
    List {
        /// Comma-separated states.
        #[arg(long)]
        state: Option<String>,
        /// Of this component.
        #[arg(long)]
        component: Option<String>,
        /// Text in title, id or reason.
        #[arg(long)]
        text: Option<String>,
        /// Which page.
        #[command(flatten)]
        page: PageArgs,
    },
    /// One update with all its evidence.
    Show {
        /// Update id.
        id: String,
    },
    /// What changes, line by line.
    Diff {
        /// Update id.
        id: String,
    },
    /// Sign for it.
    Approve(ApproveArgs),
    /// Sign against it; final.
    Deny(ApproveArgs),
    /// A signed act on it.
    #[command(flatten)]
    Act(ActCommand<OnUpdate>),
}

/// What a draft is made of.
#[derive(Debug, Args)]
pub struct DraftArgs {
    /// Component to change; more than one for a joint update.
    #[arg(long = "component", required = true, value_name = "ID")]
    pub components: Vec<String>,
    /// A file beneath the target and where its new content is.
    #[arg(long = "file", value_name = "PATH=LOCAL")]
    pub files: Vec<String>,
    /// All files of a directory, by their relative paths.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// A file to remove beneath the target.
    #[arg(long = "remove", value_name = "PATH")]
    pub remove: Vec<String>,
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["files", "dir", "remove"],
        help = format!("The whole content in a file, JSON or YAML: {}", UpdateType::contents())
    )]
    pub content: Option<PathBuf>,
    /// Declared risk.
    #[arg(long, default_value = Risk::Low.as_str(), value_parser = PossibleValuesParser::new(Risk::ALL.iter().map(|risk| risk.as_str())))]
    pub risk: String,
    /// One line.
    #[arg(long)]
    pub title: String,
    /// Why, at length.
    #[arg(long, default_value = "")]
    pub description: String,
    /// A ticket; may be given several times.
    #[arg(long = "ref", value_name = "TICKET")]
    pub refs: Vec<String>,
    /// What it means for security.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub security_impact: String,
    /// Type of the update; needed only where the components take more than one.
    #[arg(
        long = "type",
        value_parser = PossibleValuesParser::new(UpdateType::supported().map(UpdateType::as_str))
    )]
    pub update_type: Option<String>,
}
