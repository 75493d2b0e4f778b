//! `grace log …`: reading, proving, verifying.
//!
//! `log verify` trusts no running engine: it reads files.

use std::process::ExitCode;

use grace_api::Problem;
use grace_api::handlers::verify_dir;
use grace_api::requests::*;
use grace_domain::core::count::counted;

use crate::args::{Cli, LogCommand};
use crate::output::{Output, exit};
use crate::{output, render, world};

/// `grace log …`.
pub async fn run(cli: &Cli, command: &LogCommand, output: Output) -> Result<ExitCode, Problem> {
    let client = async || world::client(cli).await;
    match command {
        LogCommand::List { entry_type, subject, before, limit } => {
            let request = LogListRequest {
                entry_type: entry_type.as_deref().map(Into::into),
                subject: subject.clone(),
                before: *before,
                limit: *limit,
            };
            output.lines(&client().await?.log_list(request).await?, |v| render::entries(&v.entries))?;
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
    let view = verify_dir(&world::data_dir(cli)?, move |done, total| {
        if done >= told + 100_000 {
            told = done;
            output::say(&format!("verified {done} of {}", counted(total, "entry")));
        }
    })
    .await?;
    output.view(&view)?;
    Ok(exit(view.ok))
}
