//! `grace audit …`: evidence for others.
//!
//! `audit verify` trusts no running engine: it reads one file.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::ExitCode;

use grace_api::Problem;
use grace_api::requests::*;
use grace_api::types::{AuditView, JobState};
use grace_domain::core::codes::Code;
use grace_domain::crypto::checkpoint::Vkey;

use crate::args::{AuditCommand, Cli};
use crate::output::{Output, exit};
use crate::{files, follow, world};

/// `grace audit …`.
pub async fn run(cli: &Cli, command: &AuditCommand, output: Output) -> Result<ExitCode, Problem> {
    match command {
        AuditCommand::Export { name } => {
            let client = world::client(cli).await?;
            let job = client.audit_export(ExportRequest { name: name.clone() }).await?;
            let job = follow::job(&client, job).await?;
            output.view(&job)?;
            Ok(exit(job.state == JobState::Done))
        }
        AuditCommand::Verify { file, trust } => {
            let vkey = trusted(trust)?;
            let opened = File::open(file).map_err(|e| files::unreadable(file, &e))?;
            let pack = BufReader::with_capacity(1 << 20, opened);
            let view = AuditView::from(grace_evidence::verify(pack, &vkey, |_, _| {}));
            output.view(&view)?;
            Ok(exit(view.ok))
        }
    }
}

/// A verifier key as text, or a file that holds one.
fn trusted(trust: &str) -> Result<Vkey, Problem> {
    let text = if Path::new(trust).is_file() { files::read(Path::new(trust))? } else { trust.to_owned() };
    text.trim().parse().map_err(|_| {
        Problem::new(
            400,
            Code::BadVkey,
            "--trust names no verifier key.",
            "Give the line of log.vkey, or the file itself.",
        )
    })
}
