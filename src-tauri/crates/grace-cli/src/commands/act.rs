//! The verbs of the table of signed acts, on whatever they are.
//!
//! Owns what is followed when somebody waits.

use std::process::ExitCode;

use grace_api::requests::*;
use grace_api::{Client, Problem};
use grace_domain::acts::Act;

use crate::args::{ActCommand, Cli};
use crate::follow::Goal;
use crate::output::Output;
use crate::{follow, keys, render, sign};

/// An act of the table; followed to the end of what it begins when that is requested.
pub async fn act<N>(
    cli: &Cli,
    client: &Client,
    command: &ActCommand<N>,
    output: Output,
) -> Result<ExitCode, Problem> {
    let (act, id) = (command.act, command.id.as_str());
    let request = StatementRequest {
        act: act.into(),
        subject: Some(id.to_owned()),
        person: keys::person(cli)?,
        reason: Some(command.reason.clone()),
        ..StatementRequest::default()
    };
    let done = sign::and_hand_in(cli, client, request, None).await?;
    if !command.wait {
        output.lines(&done, render::act)?;
        return Ok(ExitCode::SUCCESS);
    }
    match act {
        Act::Adopt | Act::Restore => follow::component(client, id, output).await,
        Act::Withdraw => follow::update(client, id, Goal::Withdrawn, output).await,
        Act::Rollback => follow::update(client, id, Goal::Back, output).await,
        Act::Retry | Act::Keep | Act::Review => follow::update(client, id, Goal::Forward, output).await,
    }
}
