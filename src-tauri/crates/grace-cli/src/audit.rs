//! The log and its evidence: reading, proving, verifying, exporting.
//!
//! Owns following a job to its end. `log verify` and `audit verify` trust no running engine: they read files.

use grace_api::types::JobState;
use grace_domain::core::codes::Code;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use grace_api::handlers::verify_dir;
use grace_api::requests::*;
use grace_api::types::{AuditView, JobView};
use grace_api::{Client, Problem};
use grace_domain::core::count::counted;
use grace_domain::crypto::checkpoint::Vkey;

use crate::args::{AuditCommand, Cli, LogCommand};
use crate::engine;
use crate::output::{self, Output};
use crate::render;

/// `grace log …`.
pub async fn log(cli: &Cli, command: &LogCommand, output: Output) -> Result<ExitCode, Problem> {
    let client = async || engine::client(cli).await;
    match command {
        LogCommand::List { entry_type, subject, before, limit } => {
            let request = LogListRequest {
                entry_type: entry_type.clone(),
                subject: subject.clone(),
                before: *before,
                limit: *limit,
            };
            output.told(&client().await?.log_list(request).await?, |v| render::entries(&v.entries))?;
        }
        LogCommand::Show { seq } => {
            output.view(&client().await?.log_show(SeqRequest { seq: *seq }).await?)?;
        }
        LogCommand::Prove { seq, size } => {
            let proof = client().await?.log_prove(ProveRequest { seq: *seq, size: *size }).await?;
            output.view(&proof)?;
            return Ok(exit(proof.verified));
        }
        LogCommand::Checkpoint => output.view(&client().await?.log_checkpoint(Nothing {}).await?)?,
        LogCommand::Verify => return verify(cli, output).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(cli: &Cli, output: Output) -> Result<ExitCode, Problem> {
    let mut told = 0;
    let view = verify_dir(&engine::data_dir(cli)?, move |done, total| {
        if done >= told + 100_000 {
            told = done;
            output::say(&format!("verified {done} of {}", counted(total, "entry")));
        }
    })
    .await?;
    output.view(&view)?;
    Ok(exit(view.ok))
}

/// `grace audit …`.
pub async fn run(cli: &Cli, command: &AuditCommand, output: Output) -> Result<ExitCode, Problem> {
    match command {
        AuditCommand::Export { name } => {
            let client = engine::client(cli).await?;
            let job = client.audit_export(ExportRequest { name: name.clone() }).await?;
            let job = follow(&client, job).await?;
            output.view(&job)?;
            Ok(exit(job.state == JobState::Done))
        }
        AuditCommand::Verify { file, trust } => {
            let vkey = trusted(trust)?;
            let opened = File::open(file).map_err(|e| engine::unreadable(file, &e))?;
            let pack = BufReader::with_capacity(1 << 20, opened);
            let view = AuditView::from(grace_evidence::verify(pack, &vkey, |_, _| {}));
            output.view(&view)?;
            Ok(exit(view.ok))
        }
    }
}

/// A verifier key as text, or a file that holds one.
fn trusted(trust: &str) -> Result<Vkey, Problem> {
    let text = if Path::new(trust).is_file() { engine::read(Path::new(trust))? } else { trust.to_owned() };
    text.trim().parse().map_err(|_| {
        Problem::new(
            400,
            Code::BadVkey,
            "--trust names no verifier key.",
            "Give the line of log.vkey, or the file itself.",
        )
    })
}

async fn follow(client: &Client, mut job: JobView) -> Result<JobView, Problem> {
    let mut told = 0;
    while job.state == JobState::Running {
        tokio::time::sleep(Duration::from_millis(50)).await;
        job = client.job_show(ById { id: job.id }).await?;
        if job.done >= told + 100_000 {
            told = job.done;
            output::say(&format!("{} of {} {}", job.done, job.total, job.unit));
        }
    }
    Ok(job)
}

fn exit(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
