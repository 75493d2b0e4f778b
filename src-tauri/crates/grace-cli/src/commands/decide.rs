//! Approvals and denials, of updates and of handshakes: here, or signed elsewhere.
//!
//! Owns request and envelope files. The signature itself is made by `sign`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use grace_api::requests::*;
use grace_api::types::{ActView, StatementView};
use grace_api::{ActName, Client, Problem, signer};
use grace_domain::core::codes::Code;
use grace_domain::core::states::State;
use grace_domain::governance::tally::Decision;
use grace_domain::statement::{ApprovalStatement, HandIn, StatementError, parse};
use grace_engine::ports::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::args::{ApproveArgs, Cli};
use crate::follow::Goal;
use crate::output::Output;
use crate::{files, follow, keys, output, render, sign, world};

/// What is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approvable {
    /// An update.
    Update,
    /// A handshake.
    Handshake,
}

impl Approvable {
    fn act(self) -> ActName {
        match self {
            Self::Update => ActName::Approve,
            Self::Handshake => ActName::HandshakeApprove,
        }
    }
}

/// Approve or deny, here or elsewhere.
pub async fn decide(
    cli: &Cli,
    args: &ApproveArgs,
    decision: Decision,
    kind: Approvable,
    output: Output,
) -> Result<ExitCode, Problem> {
    if let Some(signed) = sign_request_file(cli, args, decision, output) {
        return signed;
    }
    let client = &world::client(cli).await?;
    if let Some(file) = &args.envelope {
        return hand_in(client, args, file, kind, output).await;
    }
    if let Some(request) = &args.offline {
        return offline(cli, client, args, request, decision, kind, output).await;
    }
    let id = args.id.as_deref().ok_or_else(id_missing)?;
    let request = approval(cli, id, decision, &args.reason, kind)?;
    if let Some(file) = &args.request_out {
        let statement = sign::made(client, &request).await?;
        write(file, &serde_json::to_vec(&statement).unwrap_or_default())?;
        output.view(&json!({ "id": id, "request": file }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (_, handed) = signed(cli, client, &request).await?;
    let done = client.hand_in(kind.act(), Some(id), &handed, None).await?;
    finish(client, args, &done, goal_of(decision), kind, output).await
}

fn id_missing() -> Problem {
    Problem::new(400, Code::IdMissing, "No id is named.", "Name the update or handshake.")
}

fn approval(
    cli: &Cli,
    id: &str,
    decision: Decision,
    reason: &str,
    kind: Approvable,
) -> Result<StatementRequest, Problem> {
    Ok(StatementRequest {
        act: kind.act(),
        subject: Some(id.to_owned()),
        person: keys::person(cli)?,
        decision: Some(decision.into()),
        reason: Some(reason.to_owned()),
        ..StatementRequest::default()
    })
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
    kind: Approvable,
    output: Output,
) -> Result<ExitCode, Problem> {
    if !args.wait || done.state == State::AwaitingApproval {
        output.lines(done, render::act)?;
        return Ok(ExitCode::SUCCESS);
    }
    match kind {
        Approvable::Update => follow::update(client, &done.id, goal, output).await,
        Approvable::Handshake => follow::handshake(client, &done.id, goal, output).await,
    }
}

/// Signs the request for an id here, to be handed in elsewhere.
async fn offline(
    cli: &Cli,
    client: &Client,
    args: &ApproveArgs,
    id: &str,
    decision: Decision,
    kind: Approvable,
    output: Output,
) -> Result<ExitCode, Problem> {
    let request = approval(cli, id, decision, &args.reason, kind)?;
    let (said, handed) = signed(cli, client, &request).await?;
    keep(args, &said, &handed, output)
}

/// Makes the statement, shows what it says, and signs it as `--as`.
async fn signed(
    cli: &Cli,
    client: &Client,
    request: &StatementRequest,
) -> Result<(ApprovalStatement, HandIn), Problem> {
    let statement = sign::made(client, request).await?;
    let said = read_statement(&statement)
        .map_err(|e| unsigned(e.code(), format!("What the engine wants signed is no approval: {e}.")))?;
    show(&said, &statement)?;
    let handed = sign::as_person(cli, client, &statement).await?;
    Ok((said, handed))
}

/// Signs a request file if `--offline` names one: with the file, the key and no world at all.
fn sign_request_file(
    cli: &Cli,
    args: &ApproveArgs,
    decision: Decision,
    output: Output,
) -> Option<Result<ExitCode, Problem>> {
    let file = args.offline.as_deref().map(Path::new).filter(|file| file.is_file())?;
    let signed = read_request(file, decision, &args.reason).and_then(|(said, statement)| {
        may_sign(cli, args, &said, file)?;
        show(&said, &statement)?;
        let handed = sign::offline(cli, &statement)?;
        keep(args, &said, &handed, output)
    });
    Some(signed)
}

/// The approval that a statement is: what an engine would not read is not signed either.
fn read_statement(statement: &StatementView) -> Result<ApprovalStatement, StatementError> {
    parse(&statement.payload_type, statement.payload.as_bytes())
}

fn unsigned(code: Code, detail: String) -> Problem {
    Problem::new(422, code, format!("{detail} Nothing was signed."), "Make a new request with --request-out.")
}

/// Refuses a request of another person than `--as`, of another subject than the one named, and one that would not count
/// any more.
fn may_sign(cli: &Cli, args: &ApproveArgs, said: &ApprovalStatement, file: &Path) -> Result<(), Problem> {
    let file = file.display();
    if let Some(person) = cli.person.as_deref().filter(|person| *person != said.person.as_str()) {
        let detail = format!("{file} was made for {}, and {person} would sign it.", said.person);
        return Err(unsigned(Code::WrongPerson, detail));
    }
    if let Some(id) = args.id.as_deref().filter(|id| *id != said.subject) {
        return Err(unsigned(Code::WrongSubject, format!("{file} is about {}, not {id}.", said.subject)));
    }
    if SystemClock::default().now() >= said.expires {
        let detail = format!("{file} would count until {}, which has passed.", said.expires.plain());
        return Err(unsigned(Code::StatementExpired, detail));
    }
    Ok(())
}

/// Shows people what is about to be signed.
fn show(said: &ApprovalStatement, statement: &StatementView) -> Result<(), Problem> {
    let reason = signer::text_of(statement, "reason")?;
    for line in &render::statement(said, &reason, &statement.payload) {
        output::say(line);
    }
    Ok(())
}

/// Writes what was signed to its file.
fn keep(
    args: &ApproveArgs,
    said: &ApprovalStatement,
    handed: &HandIn,
    output: Output,
) -> Result<ExitCode, Problem> {
    let (subject, person) = (&said.subject, &said.person);
    let named = || {
        // The subject is a text in the statement; only one that is an id names a file.
        let id = subject.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        PathBuf::from(format!("{}.{person}.envelope.json", if id { subject } else { "statement" }))
    };
    let file = args.out.clone().unwrap_or_else(named);
    write(&file, &handed.to_json())?;
    output.view(
        &json!({ "id": subject, "person": person, "envelope": file, "digest": handed.envelope.digest() }),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// A request file says what it decides and why; signing it under other words would deceive who gives them.
fn read_request(
    file: &Path,
    decision: Decision,
    reason: &str,
) -> Result<(ApprovalStatement, StatementView), Problem> {
    let wrong = |what: &str| {
        Problem::new(
            422,
            Code::BadRequestFile,
            format!("{} {what}. Nothing was signed.", file.display()),
            "Make one with --request-out.",
        )
    };
    let statement: StatementView =
        serde_json::from_str(&files::read(file)?).map_err(|_| wrong("is no request"))?;
    let said = read_statement(&statement)
        .map_err(|e| wrong(&format!("holds no statement that can be signed: {e}")))?;
    if said.decision != decision {
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
    Ok((said, statement))
}

async fn hand_in(
    client: &Client,
    args: &ApproveArgs,
    file: &Path,
    kind: Approvable,
    output: Output,
) -> Result<ExitCode, Problem> {
    let handed = read_signed(file)?;
    let said: Value = serde_json::from_slice(&handed.envelope.payload).unwrap_or_default();
    let subject = said.get("subject").and_then(Value::as_str).map(str::to_owned);
    let id = args.id.clone().or(subject).ok_or_else(id_missing)?;
    let done = client.hand_in(kind.act(), Some(&id), &handed, None).await?;
    // What was signed counts, not the word of the command that hands it in.
    let denied = said.get("decision").and_then(Value::as_str) == Some(Decision::Deny.as_str());
    let goal = goal_of(if denied { Decision::Deny } else { Decision::Approve });
    finish(client, args, &done, goal, kind, output).await
}

/// What was signed elsewhere.
pub fn read_signed(file: &Path) -> Result<HandIn, Problem> {
    let bytes = std::fs::read(file).map_err(|e| files::unreadable(file, &e))?;
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
    std::fs::write(file, bytes).map_err(|e| files::unreadable(file, &e))
}
