//! `grace handshake …`.
//!
//! Owns its verbs, and a subsystem's answer.

use std::process::ExitCode;

use grace_api::requests::*;
use grace_api::{ActName, Client, DecisionWord, Problem};
use grace_domain::governance::tally::Decision;
use grace_domain::statement::HandIn;

use crate::args::{Cli, HandshakeCommand};
use crate::commands::decide::{Approvable, decide, read_signed};
use crate::output::Output;
use crate::{keys, render, sign, world};

/// `grace handshake …`.
pub async fn run(cli: &Cli, command: &HandshakeCommand, output: Output) -> Result<ExitCode, Problem> {
    let client = async || world::client(cli).await;
    match command {
        HandshakeCommand::List { page } => {
            let page = client()
                .await?
                .handshake_list(PageRequest { before: page.before.clone(), limit: page.limit })
                .await?;
            output.lines(&page, |v| render::handshake::rows(&v.handshakes))?;
        }
        HandshakeCommand::Show { id } => {
            output.lines(
                &client().await?.handshake_show(ById { id: id.clone() }).await?,
                render::handshake::page,
            )?;
        }
        HandshakeCommand::Approve(args) => {
            return decide(cli, args, Decision::Approve, Approvable::Handshake, output).await;
        }
        HandshakeCommand::Deny(args) => {
            return decide(cli, args, Decision::Deny, Approvable::Handshake, output).await;
        }
        HandshakeCommand::Ack { id, nack, reason, envelope } => {
            let client = client().await?;
            let handed = match envelope {
                Some(file) => read_signed(file)?,
                None => answer(cli, &client, id, *nack, reason).await?,
            };
            output.lines(&client.hand_in(ActName::Ack, Some(id), &handed, None).await?, render::act)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A subsystem's answer, signed with its own key file.
async fn answer(cli: &Cli, client: &Client, id: &str, nack: bool, reason: &str) -> Result<HandIn, Problem> {
    let request = StatementRequest {
        act: ActName::Ack,
        subject: Some(id.to_owned()),
        person: keys::person(cli)?,
        decision: Some(if nack { DecisionWord::Nack } else { DecisionWord::Ack }),
        reason: Some(reason.to_owned()),
        ..StatementRequest::default()
    };
    sign::as_subsystem(cli, &sign::made(client, &request).await?)
}
