//! `grace component …`.
//!
//! Owns its verbs.

use std::process::ExitCode;

use grace_api::requests::*;
use grace_api::{ActName, Problem};

use crate::args::{Cli, ComponentCommand};
use crate::commands::act::act;
use crate::output::Output;
use crate::{files, keys, render, sign, world};

/// `grace component …`.
pub async fn run(cli: &Cli, command: &ComponentCommand, output: Output) -> Result<ExitCode, Problem> {
    let client = world::client(cli).await?;
    match command {
        ComponentCommand::Add { target } => {
            let draft: ComponentDraft = grace_api::worlds::read_document("component", &files::read(target)?)?;
            let request = StatementRequest {
                act: ActName::HandshakeRequest,
                person: keys::person(cli)?,
                target: Some(draft),
                ..StatementRequest::default()
            };
            output.lines(&sign::and_hand_in(cli, &client, request, None).await?, render::act)?;
        }
        ComponentCommand::List => output
            .lines(&client.component_list(PageRequest::default()).await?, |v| {
                render::component::rows(&v.components)
            })?,
        ComponentCommand::Show { id } => {
            output.lines(&client.component_show(ById { id: id.clone() }).await?, render::component::whole)?;
        }
        ComponentCommand::Act(command) => return act(cli, &client, command, output).await,
    }
    Ok(ExitCode::SUCCESS)
}
