//! What only reads: doctor, numbers, the log, audits. Works without an engine.

use crate::args::{AuditVerb, Cli, LogVerb};
use crate::out::{Exit, Out, visible};
use crate::world::client;
use grace_api::client::Client;
use grace_api::requests::{ById, ExportRequest, LogListRequest, Nothing, ProveRequest, SeqRequest};
use grace_api::views::JobView;
use grace_domain::checkpoint::Vkey;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

/// Between two looks at a job.
const JOB_POLL: Duration = Duration::from_millis(150);

/// `doctor`
pub async fn doctor(cli: &Cli, out: &Out) -> Result<(), Exit> {
    let status = client(cli).await?.status(Nothing {}).await?;
    out.answer(&status, |s| {
        let mut lines = vec![format!("{} in {}", s.world, s.data_dir), format!("log: {} entries, {}", s.log.size, s.log.state)];
        lines.extend(s.checks.iter().map(|c| {
            format!("{} {}: {}", if c.ok { "ok " } else { "BAD" }, c.name, visible(&c.detail))
        }));
        lines.join("\n")
    });
    match status.checks.iter().find(|c| !c.ok) {
        None => Ok(()),
        Some(bad) => Err(Exit::failed("not_well", format!("{}: {}", bad.name, bad.detail), "mend what it names")),
    }
}

/// `stats`
pub async fn stats(cli: &Cli, out: &Out) -> Result<(), Exit> {
    let stats = client(cli).await?.stats(Nothing {}).await?;
    out.answer(&stats, |s| {
        let group = |name: &str, counts: &std::collections::BTreeMap<String, u64>| {
            let all: Vec<String> = counts.iter().map(|(k, n)| format!("{n} {k}")).collect();
            format!("{name}: {}", if all.is_empty() { "none".into() } else { all.join(", ") })
        };
        [group("updates", &s.updates), group("handshakes", &s.handshakes), group("rollbacks", &s.rollbacks)].join("\n")
    });
    Ok(())
}

/// Follows a job to its end, with progress on stderr.
async fn finish(client: &Client, out: &Out, mut job: JobView) -> Result<JobView, Exit> {
    let mut shown = String::new();
    while job.state == "running" {
        tokio::time::sleep(JOB_POLL).await;
        job = client.job_show(ById { id: job.id.clone() }).await?;
        let line = format!("{}: {} of {} {}", job.kind, job.done, job.total, job.unit);
        if line != shown {
            out.say(&line);
            shown = line;
        }
    }
    if job.state == "done" {
        return Ok(job);
    }
    let message = job.message.clone().unwrap_or_else(|| format!("the job is {}", job.state));
    Err(Exit::failed("job_failed", message, "nothing else was changed"))
}

/// `log …`
pub async fn log(cli: &Cli, out: &Out, verb: &LogVerb) -> Result<(), Exit> {
    let client = client(cli).await?;
    match verb {
        LogVerb::List { entry_type, subject, before, limit } => {
            let request = LogListRequest {
                entry_type: entry_type.clone(),
                subject: subject.clone(),
                before: *before,
                limit: *limit,
            };
            let view = client.log_list(request).await?;
            out.answer(&view, |v| {
                let row = |e: &grace_api::views::EntryRow| {
                    format!("{:>8}  {}  {:<30} {:<44} {}", e.seq, e.at, e.entry_type, e.subject, visible(&e.sentence))
                };
                v.entries.iter().map(row).collect::<Vec<_>>().join("\n")
            });
        }
        LogVerb::Show { seq } => {
            let view = client.log_show(SeqRequest { seq: *seq }).await?;
            out.answer(&view, |v| format!("{}\nleaf {}\nproof {}", v.text, v.leaf, if v.proof.verified { "verified" } else { "DOES NOT VERIFY" }));
        }
        LogVerb::Prove { seq, size } => {
            let view = client.log_prove(ProveRequest { seq: *seq, size: *size }).await?;
            out.answer(&view, |v| {
                let path = v.path.join("\n  ");
                format!("entry {} of {}\n  {path}\nroot {}\n{}", v.index, v.size, v.root, if v.verified { "verified" } else { "DOES NOT VERIFY" })
            });
            if !view.verified {
                return Err(Exit::failed("proof_fails", "the proof does not verify", "run `grace log verify`"));
            }
        }
        LogVerb::Checkpoint => {
            let view = client.log_checkpoint(Nothing {}).await?;
            out.answer(&view, |v| format!("{}\nkey {}", v.text.trim_end(), v.vkey));
        }
        LogVerb::Verify => {
            let started = client.log_verify(Nothing {}).await?;
            let job = finish(&client, out, started).await?;
            let view = job
                .verify
                .ok_or_else(|| Exit::failed("job_failed", "the job ended without a result", "run it again"))?;
            out.answer(&view, |v| {
                let mut lines = vec![format!("{} entries, root {}", v.size, v.root)];
                lines.extend(v.broken.iter().map(|b| {
                    let place = b.seq.map_or_else(|| "log".into(), |s| format!("entry {s}"));
                    format!("BROKEN {place}: {}", visible(&b.reason))
                }));
                lines.push(if v.ok { "verified".into() } else { "NOT verified".into() });
                lines.join("\n")
            });
            if !view.ok {
                let first = view.broken.first().map(|b| b.reason.clone()).unwrap_or_default();
                return Err(Exit::failed("log_broken", first, "restore the world from a copy that verifies"));
            }
        }
    }
    Ok(())
}

/// `audit …`
pub async fn audit(cli: &Cli, out: &Out, verb: &AuditVerb) -> Result<(), Exit> {
    match verb {
        AuditVerb::Export { name } => {
            let client = client(cli).await?;
            let started = client.audit_export(ExportRequest { name: name.clone() }).await?;
            let job = finish(&client, out, started).await?;
            let view = serde_json::json!({ "path": job.path, "entries": job.done });
            out.answer(&view, |_| job.path.clone().unwrap_or_default());
            Ok(())
        }
        AuditVerb::Verify { file, trust } => verify(out, file, trust),
    }
}

fn verify(out: &Out, file: &Path, trust: &str) -> Result<(), Exit> {
    let text = if Path::new(trust).is_file() {
        std::fs::read_to_string(trust).map_err(|e| Exit::io("the key file could not be read", &e))?
    } else {
        trust.to_owned()
    };
    let key: Vkey = text.trim().parse().map_err(|e| {
        Exit::usage(format!("--trust is not a verifier key NAME+HASH+KEY: {e}"))
    })?;
    let reader = File::open(file).map_err(|e| Exit::io("the audit could not be opened", &e))?;
    let view = grace_api::audit::verify(BufReader::new(reader), &key, |_, _| {});
    out.answer(&view, |v| {
        let mut lines = vec![
            format!("{} ({}){}", v.world, v.origin, if v.simulation { ", SIMULATED" } else { "" }),
            format!("{} entries, {} signatures, root {}", v.size, v.signatures, v.root),
        ];
        lines.extend(v.broken.iter().map(|b| format!("BROKEN: {}", visible(&b.reason))));
        lines.push(if v.ok { "verified".into() } else { "NOT verified".into() });
        lines.join("\n")
    });
    if view.ok {
        return Ok(());
    }
    let first = view.broken.first().map(|b| b.reason.clone()).unwrap_or_default();
    Err(Exit::failed("audit_broken", first, "do not trust this file"))
}
