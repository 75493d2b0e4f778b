//! `grace update …`.
//!
//! Owns its verbs. Drafts are read by `draft`; who waits for what comes of one is with `follow`.

use std::process::ExitCode;

use grace_api::requests::*;
use grace_api::{ActName, Client, Problem};
use grace_domain::governance::tally::Decision;

use crate::args::{Cli, DraftArgs, UpdateCommand};
use crate::commands::act::act;
use crate::commands::decide::{Approvable, decide};
use crate::follow::Goal;
use crate::output::Output;
use crate::{draft, follow, render, sign, world};

/// The command.
pub async fn run(cli: &Cli, command: &UpdateCommand, output: Output) -> Result<ExitCode, Problem> {
    let client = async || world::client(cli).await;
    match command {
        UpdateCommand::Submit { draft, wait, idempotency_key } => {
            submit(cli, &client().await?, draft, *wait, idempotency_key.as_deref(), output).await
        }
        UpdateCommand::Plan(args) => {
            let client = client().await?;
            let plan = client.update_plan(draft::read(cli, &client, args, false).await?).await?;
            output.lines(&plan, render::plan::page)?;
            Ok(if plan.ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        UpdateCommand::List { state, component, text, page } => {
            let request = UpdateListRequest {
                state: state.clone(),
                component: component.clone(),
                text: text.clone(),
                before: page.before.clone(),
                limit: page.limit,
            };
            output
                .lines(&client().await?.update_list(request).await?, |v| render::update::rows(&v.updates))?;
            Ok(ExitCode::SUCCESS)
        }
        UpdateCommand::Show { id } => {
            output
                .lines(&client().await?.update_show(ById { id: id.clone() }).await?, render::update::page)?;
            Ok(ExitCode::SUCCESS)
        }
        UpdateCommand::Diff { id } => {
            output.lines(&client().await?.update_diff(ById { id: id.clone() }).await?, render::diff::page)?;
            Ok(ExitCode::SUCCESS)
        }
        UpdateCommand::Approve(args) => {
            decide(cli, args, Decision::Approve, Approvable::Update, output).await
        }
        UpdateCommand::Deny(args) => decide(cli, args, Decision::Deny, Approvable::Update, output).await,
        UpdateCommand::Act(command) => act(cli, &client().await?, command, output).await,
    }
}

async fn submit(
    cli: &Cli,
    client: &Client,
    args: &DraftArgs,
    wait: bool,
    idempotency_key: Option<&str>,
    output: Output,
) -> Result<ExitCode, Problem> {
    let draft = draft::read(cli, client, args, true).await?;
    let request = StatementRequest {
        act: ActName::Submit,
        person: draft.created_by.clone(),
        draft: Some(draft),
        ..StatementRequest::default()
    };
    let done = sign::and_hand_in(cli, client, request, idempotency_key).await?;
    if wait {
        return follow::update(client, &done.id, Goal::Forward, output).await;
    }
    output.lines(&done, render::act)?;
    Ok(ExitCode::SUCCESS)
}
