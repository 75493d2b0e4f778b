//! Signed acts of persons and subsystems: approvals, denials, and the ways out.
//!
//! Owns fetching a statement, signing exactly its bytes and handing the envelope in, or writing it to a file.

use grace_domain::core::codes::Code;
use grace_domain::core::states::State;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use grace_api::requests::*;
use grace_api::types::{ActView, StatementView};
use grace_api::{ActName, Client, DecisionWord, Problem, signer};
use grace_domain::acts::Act;
use grace_domain::governance::tally::Decision;
use grace_domain::statement::HandIn;
use serde_json::{Value, json};

use crate::args::{ActCommand, ApproveArgs, Cli, ComponentCommand, HandshakeCommand};
use crate::engine;
use crate::follow::{self, Goal};
use crate::keys;
use crate::output::{self, Output};
use crate::render;

/// What is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// An update.
    Update,
    /// A handshake.
    Handshake,
}

impl Gate {
    fn act(self) -> ActName {
        match self {
            Self::Update => ActName::Approve,
            Self::Handshake => ActName::Handshake,
        }
    }
}

/// `grace component …`.
pub async fn component(cli: &Cli, command: &ComponentCommand, output: Output) -> Result<ExitCode, Problem> {
    let client = engine::client(cli).await?;
    match command {
        ComponentCommand::Add { target } => {
            let draft: ComponentDraft =
                grace_api::worlds::read_document("component", &engine::read(target)?)?;
            let request = StatementRequest {
                act: ActName::HandshakeRequest,
                person: keys::person(cli)?,
                target: Some(draft),
                ..StatementRequest::default()
            };
            let handed = keys::state(cli, &client, request).await?;
            output
                .told(&client.hand_in(ActName::HandshakeRequest, None, &handed, None).await?, render::act)?;
        }
        ComponentCommand::List => output
            .told(&client.component_list(PageRequest::default()).await?, |v| {
                render::components(&v.components)
            })?,
        ComponentCommand::Show { id } => {
            output.view(&client.component_show(ById { id: id.clone() }).await?)?;
        }
        ComponentCommand::Act(command) => return act(cli, &client, command, output).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// An act of the table; followed to the end of what it begins when that is asked.
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
    let handed = keys::state(cli, client, request).await?;
    let done = client.hand_in(act.into(), Some(id), &handed, None).await?;
    if !command.wait {
        output.told(&done, render::act)?;
        return Ok(ExitCode::SUCCESS);
    }
    match act {
        Act::Adopt | Act::Restore => follow::component(client, id, output).await,
        Act::Withdraw => follow::update(client, id, Goal::Withdrawn, output).await,
        Act::Rollback => follow::update(client, id, Goal::Back, output).await,
        Act::Retry | Act::Keep | Act::Review => follow::update(client, id, Goal::Forward, output).await,
    }
}

/// Approve or deny, here or elsewhere.
pub async fn decide(
    cli: &Cli,
    args: &ApproveArgs,
    decision: Decision,
    gate: Gate,
    output: Output,
) -> Result<ExitCode, Problem> {
    if let Some(signed) = sign_request_file(cli, args, decision, output) {
        return signed;
    }
    let client = &engine::client(cli).await?;
    if let Some(file) = &args.envelope {
        return hand_in(client, args, file, gate, output).await;
    }
    if let Some(request) = &args.offline {
        return offline(cli, client, args, request, decision, gate, output).await;
    }
    let id = args.id.as_deref().ok_or_else(id_missing)?;
    let request = approval(cli, id, decision, &args.reason, gate)?;
    if let Some(file) = &args.request_out {
        let statement = client.statement(request).await?;
        write(file, &serde_json::to_vec(&statement).unwrap_or_default())?;
        output.view(&json!({ "id": id, "request": file }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let handed = keys::state(cli, client, request).await?;
    let done = decided(client, id, &handed, gate).await?;
    finish(client, args, &done, goal_of(decision), gate, output).await
}

fn id_missing() -> Problem {
    Problem::new(400, Code::IdMissing, "No id is named.", "Name the update or handshake.")
}

fn approval(
    cli: &Cli,
    id: &str,
    decision: Decision,
    reason: &str,
    gate: Gate,
) -> Result<StatementRequest, Problem> {
    Ok(StatementRequest {
        act: gate.act(),
        subject: Some(id.to_owned()),
        person: keys::person(cli)?,
        decision: Some(decision.into()),
        reason: Some(reason.to_owned()),
        ..StatementRequest::default()
    })
}

async fn decided(client: &Client, id: &str, handed: &HandIn, gate: Gate) -> Result<ActView, Problem> {
    client.hand_in(gate.act(), Some(id), handed, None).await
}

fn goal_of(decision: Decision) -> Goal {
    match decision {
        Decision::Approve => Goal::Forward,
        Decision::Deny => Goal::Refused,
    }
}

async fn finish(
    client: &Client,
    args: &ApproveArgs,
    done: &ActView,
    goal: Goal,
    gate: Gate,
    output: Output,
) -> Result<ExitCode, Problem> {
    if !args.wait || done.state == State::AwaitingApproval {
        output.told(done, render::act)?;
        return Ok(ExitCode::SUCCESS);
    }
    match gate {
        Gate::Update => follow::update(client, &done.id, goal, output).await,
        Gate::Handshake => follow::handshake(client, &done.id, goal, output).await,
    }
}

/// Signs the request for an id here, to be handed in elsewhere.
async fn offline(
    cli: &Cli,
    client: &Client,
    args: &ApproveArgs,
    id: &str,
    decision: Decision,
    gate: Gate,
    output: Output,
) -> Result<ExitCode, Problem> {
    let request = approval(cli, id, decision, &args.reason, gate)?;
    let statement = client.statement(request.clone()).await?;
    output::say(&render::to_sign(&statement));
    let handed = keys::sign(cli, client, &statement, &request).await?;
    keep(args, &statement, &handed, output)
}

/// Signs a request file if `--offline` names one: with the file, the key and no world at all.
fn sign_request_file(
    cli: &Cli,
    args: &ApproveArgs,
    decision: Decision,
    output: Output,
) -> Option<Result<ExitCode, Problem>> {
    let file = args.offline.as_deref().map(Path::new).filter(|file| file.is_file())?;
    let signed = read_request(file, decision, &args.reason).and_then(|statement| {
        output::say(&render::to_sign(&statement));
        let handed = keys::sign_offline(cli, &statement)?;
        keep(args, &statement, &handed, output)
    });
    Some(signed)
}

/// Writes what was signed to its file.
fn keep(
    args: &ApproveArgs,
    statement: &StatementView,
    handed: &HandIn,
    output: Output,
) -> Result<ExitCode, Problem> {
    let said: Value = serde_json::from_str(&statement.payload).unwrap_or_default();
    let word = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or("statement").to_owned();
    let file = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}.{}.envelope.json", word("subject"), word("person"))));
    write(&file, &handed.to_json())?;
    output.view(&json!({ "id": word("subject"), "person": word("person"), "envelope": file, "digest": handed.envelope.digest() }))?;
    Ok(ExitCode::SUCCESS)
}

/// A request file says what it decides and why; signing it under other words would deceive who gives them.
fn read_request(file: &Path, decision: Decision, reason: &str) -> Result<StatementView, Problem> {
    let wrong = |what: &str| {
        Problem::new(
            422,
            Code::BadRequestFile,
            format!("{} {what}.", file.display()),
            "Make one with --request-out.",
        )
    };
    let statement: StatementView =
        serde_json::from_str(&engine::read(file)?).map_err(|_| wrong("is no request"))?;
    let said: Value = serde_json::from_str(&statement.payload).map_err(|_| wrong("holds no statement"))?;
    let kind = statement.payload_type == "application/vnd.grace.approval+json";
    if !kind || said.get("decision").and_then(Value::as_str) != Some(decision.as_str()) {
        return Err(wrong(&format!("does not say {}", decision.as_str())));
    }
    let says = signer::text_of(&statement, "reason")?;
    if !reason.is_empty() && reason != says {
        return Err(Problem::new(
            400,
            Code::ReasonInRequest,
            format!(
                "The reason is part of the request, and {} says \"{says}\". Nothing was signed.",
                file.display()
            ),
            "Give --reason with --request-out, where the request is made.",
        ));
    }
    Ok(statement)
}

async fn hand_in(
    client: &Client,
    args: &ApproveArgs,
    file: &Path,
    gate: Gate,
    output: Output,
) -> Result<ExitCode, Problem> {
    let handed = read_signed(file)?;
    let said: Value = serde_json::from_slice(&handed.envelope.payload).unwrap_or_default();
    let subject = said.get("subject").and_then(Value::as_str).map(str::to_owned);
    let id = args.id.clone().or(subject).ok_or_else(id_missing)?;
    let done = decided(client, &id, &handed, gate).await?;
    // What was signed counts, not the word of the command that hands it in.
    let denied = said.get("decision").and_then(Value::as_str) == Some(Decision::Deny.as_str());
    let goal = goal_of(if denied { Decision::Deny } else { Decision::Approve });
    finish(client, args, &done, goal, gate, output).await
}

fn read_signed(file: &Path) -> Result<HandIn, Problem> {
    let bytes = std::fs::read(file).map_err(|e| engine::unreadable(file, &e))?;
    HandIn::from_json(&bytes).map_err(|e| {
        Problem::new(
            422,
            Code::BadEnvelope,
            format!("{} holds no signed statement: {e}.", file.display()),
            "Make one with --offline.",
        )
    })
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Problem> {
    std::fs::write(file, bytes).map_err(|e| engine::unreadable(file, &e))
}

/// `grace handshake …`.
pub async fn handshake(cli: &Cli, command: &HandshakeCommand, output: Output) -> Result<ExitCode, Problem> {
    let client = async || engine::client(cli).await;
    match command {
        HandshakeCommand::List { page } => {
            let page = client()
                .await?
                .handshake_list(PageRequest { before: page.before.clone(), limit: page.limit })
                .await?;
            output.told(&page, |v| render::handshakes(&v.handshakes))?;
        }
        HandshakeCommand::Show { id } => {
            output
                .told(&client().await?.handshake_show(ById { id: id.clone() }).await?, render::handshake)?;
        }
        HandshakeCommand::Approve(args) => {
            return decide(cli, args, Decision::Approve, Gate::Handshake, output).await;
        }
        HandshakeCommand::Deny(args) => {
            return decide(cli, args, Decision::Deny, Gate::Handshake, output).await;
        }
        HandshakeCommand::Ack { id, nack, reason, envelope } => {
            let client = client().await?;
            let handed = match envelope {
                Some(file) => read_signed(file)?,
                None => answer(cli, &client, id, *nack, reason).await?,
            };
            output.told(&client.hand_in(ActName::Ack, Some(id), &handed, None).await?, render::act)?;
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
    let statement = client.statement(request.clone()).await?;
    signer::says_what_was_asked(&statement, &request)?;
    keys::sign_as_subsystem(cli, &statement)
}
