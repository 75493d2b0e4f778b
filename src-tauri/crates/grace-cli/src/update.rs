//! `update …`: drafts, progress, and every signed act on an update.

use crate::args::{ActArgs, Cli, DraftArgs, Signing, UpdateVerb};
use crate::keys::{read_envelope, sign, sign_offline};
use crate::out::{Exit, Out, visible};
use crate::world::client;
use grace_api::client::Client;
use grace_api::requests::{
    ById, DraftContent, DraftFile, StatementRequest, UpdateDraft, UpdateListRequest,
};
use grace_api::views::{ActView, PlanView, UpdateView};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most bytes of text that travel within a submission; larger or binary files are uploaded.
const INLINE_BYTES: usize = 256 * 1024;

/// `update …`
pub async fn run(cli: &Cli, out: &Out, verb: &UpdateVerb) -> Result<(), Exit> {
    match verb {
        UpdateVerb::Submit { draft, signing, wait } => submit(cli, out, draft, signing, *wait).await,
        UpdateVerb::Plan { draft, person } => {
            let client = client(cli).await?;
            let draft = read_draft(&client, draft, person.as_deref().unwrap_or_default(), false).await?;
            let plan = client.update_plan(draft).await?;
            out.answer(&plan, plan_words);
            if plan.ok { Ok(()) } else { Err(first_problem(&plan)) }
        }
        UpdateVerb::List { state, component, before, limit } => {
            let request = UpdateListRequest {
                state: state.clone(),
                component: component.clone(),
                text: None,
                before: before.clone(),
                limit: *limit,
            };
            let view = client(cli).await?.update_list(request).await?;
            out.answer(&view, |v| {
                let row = |u: &grace_api::views::UpdateRow| {
                    let reason = u.reason.as_deref().map(|r| format!("  ({})", visible(r))).unwrap_or_default();
                    format!("{}  {:<18} {:<9} {}{reason}", u.id, u.state, u.risk.computed, visible(&u.title))
                };
                v.updates.iter().map(row).collect::<Vec<_>>().join("\n")
            });
            Ok(())
        }
        UpdateVerb::Show { id, wait } => {
            let client = client(cli).await?;
            let view = if *wait {
                follow(&client, out, id).await?
            } else {
                client.update_show(ById { id: id.clone() }).await?
            };
            out.answer(&view, show_words);
            Ok(())
        }
        UpdateVerb::Approve { id, offline, out: file, envelope, reason, signing } => {
            approve(cli, out, id.as_deref(), offline.as_deref(), file.as_deref(), envelope.as_deref(), reason, signing)
                .await
        }
        UpdateVerb::Request { id, person, out: file } => {
            let request = decision(id, "approve", "", person);
            let statement = client(cli).await?.statement(request).await?;
            let bytes = serde_json::to_vec(&statement)
                .map_err(|e| Exit::failed("unencodable", e.to_string(), "nothing was written"))?;
            std::fs::write(file, bytes).map_err(|e| Exit::io("the request could not be written", &e))?;
            out.answer(&serde_json::json!({ "file": file }), |_| format!("written to {}", file.display()));
            Ok(())
        }
        UpdateVerb::Deny(args) => {
            let client = client(cli).await?;
            let request = decision(&args.id, "deny", &args.reason, "");
            let envelope = sign(cli, out, &client, &args.signing, request).await?;
            let key = args.signing.idempotency_key.as_deref();
            done(out, client.update_decide(Some(&args.id), &envelope, key).await?);
            Ok(())
        }
        UpdateVerb::Cancel(args) => act(cli, out, "cancel", args).await,
        UpdateVerb::Retry(args) => act(cli, out, "retry", args).await,
        UpdateVerb::Keep(args) => act(cli, out, "keep", args).await,
        UpdateVerb::Rollback(args) => act(cli, out, "rollback", args).await,
    }
}

fn done(out: &Out, view: ActView) {
    out.answer(&view, |v| format!("{}  {}", v.id, v.state));
}

fn decision(id: &str, decision: &str, reason: &str, person: &str) -> StatementRequest {
    StatementRequest {
        act: "approve".into(),
        subject: Some(id.into()),
        decision: Some(decision.into()),
        reason: Some(reason.into()),
        person: person.into(),
        ..StatementRequest::default()
    }
}

#[allow(clippy::too_many_arguments)] // one per flag of the verb
async fn approve(
    cli: &Cli,
    out: &Out,
    id: Option<&str>,
    offline: Option<&Path>,
    file: Option<&Path>,
    envelope: Option<&Path>,
    reason: &str,
    signing: &Signing,
) -> Result<(), Exit> {
    if let Some(request) = offline {
        let file = file.ok_or_else(|| Exit::usage("--offline needs --out FILE"))?;
        let envelope = sign_offline(out, request, signing)?;
        std::fs::write(file, envelope.to_json()).map_err(|e| Exit::io("the envelope could not be written", &e))?;
        out.answer(&serde_json::json!({ "file": file }), |_| format!("signed: {}", file.display()));
        return Ok(());
    }
    let id = id.ok_or_else(|| Exit::usage("which update?"))?;
    let client = client(cli).await?;
    let envelope = match envelope {
        Some(file) => read_envelope(file)?,
        None => sign(cli, out, &client, signing, decision(id, "approve", reason, "")).await?,
    };
    done(out, client.update_decide(Some(id), &envelope, signing.idempotency_key.as_deref()).await?);
    Ok(())
}

async fn act(cli: &Cli, out: &Out, act: &str, args: &ActArgs) -> Result<(), Exit> {
    let client = client(cli).await?;
    let request = StatementRequest {
        act: act.into(),
        subject: Some(args.id.clone()),
        reason: Some(args.reason.clone()),
        ..StatementRequest::default()
    };
    let envelope = sign(cli, out, &client, &args.signing, request).await?;
    let key = args.signing.idempotency_key.as_deref();
    let id = Some(args.id.as_str());
    let view = match act {
        "cancel" => client.update_cancel(id, &envelope, key).await?,
        "retry" => client.update_retry(id, &envelope, key).await?,
        "keep" => client.update_keep(id, &envelope, key).await?,
        _ => client.update_rollback(id, &envelope, key).await?,
    };
    done(out, view);
    Ok(())
}

async fn submit(cli: &Cli, out: &Out, draft: &DraftArgs, signing: &Signing, wait: bool) -> Result<(), Exit> {
    let client = client(cli).await?;
    let person = signing.person.clone().ok_or_else(|| Exit::usage("who submits? name --as PERSON"))?;
    let draft = read_draft(&client, draft, &person, true).await?;
    let request = StatementRequest { act: "submit".into(), draft: Some(draft), ..StatementRequest::default() };
    let envelope = sign(cli, out, &client, signing, request).await?;
    let view = client.update_submit(None, &envelope, signing.idempotency_key.as_deref()).await?;
    if !wait {
        done(out, view);
        return Ok(());
    }
    out.say(&format!("{} submitted", view.id));
    let end = follow(&client, out, &view.id).await?;
    out.answer(&end, show_words);
    if matches!(end.state.as_str(), "failed" | "refused" | "cancelled" | "rolled_back" | "rollback_failed" | "blocked") {
        let reason = end.reason.clone().unwrap_or_default();
        return Err(Exit::failed(&end.state, reason, "see `grace update show` for the evidence"));
    }
    Ok(())
}

/// Follows an update until it rests: ended, or waiting for a person.
async fn follow(client: &Client, out: &Out, id: &str) -> Result<UpdateView, Exit> {
    let mut notices = client.notices(None).await?;
    let mut told = BTreeMap::new();
    loop {
        let view = client.update_show(ById { id: id.into() }).await?;
        for stage in &view.stages {
            let line = format!("  {} {:<16} {:<8} {}", stage.n, stage.name, stage.verdict, visible(&stage.sentence));
            if stage.verdict != "todo" && told.insert(stage.n, line.clone()) != Some(line.clone()) {
                out.say(&line);
            }
        }
        if !matches!(view.state.as_str(), "proposed" | "validating" | "approved" | "distributing" | "rolling_back") {
            return Ok(view);
        }
        notices.next().await?;
    }
}

async fn read_draft(client: &Client, args: &DraftArgs, person: &str, upload: bool) -> Result<UpdateDraft, Exit> {
    let mut local: BTreeMap<String, PathBuf> = BTreeMap::new();
    if let Some(dir) = &args.dir {
        walk(dir, "", &mut local)?;
    }
    for file in &args.files {
        let (path, from) = file.split_once('=').ok_or_else(|| Exit::usage(format!("`{file}` is not PATH=FILE")))?;
        local.insert(path.into(), from.into());
    }
    let mut files = BTreeMap::new();
    for (path, from) in local {
        let bytes = std::fs::read(&from).map_err(|e| Exit::io(&format!("{} could not be read", from.display()), &e))?;
        let file = match String::from_utf8(bytes) {
            Ok(text) if text.len() <= INLINE_BYTES => DraftFile { text: Some(text), ..DraftFile::default() },
            other => {
                let bytes = other.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes);
                if !upload {
                    return Err(Exit::failed(
                        "plan_needs_text",
                        format!("{path} is binary or large; a plan writes nothing and so cannot upload it"),
                        "plan the text files, or submit",
                    ));
                }
                DraftFile { sha256: Some(client.upload(bytes).await?.sha256), ..DraftFile::default() }
            }
        };
        files.insert(path, file);
    }
    Ok(UpdateDraft {
        update_type: args.update_type.clone(),
        component_targets: args.components.clone(),
        content: DraftContent { files, remove: args.remove.clone() },
        created_by: person.into(),
        risk_level: args.risk.clone(),
        title: args.title.clone(),
        description: args.description.clone(),
    })
}

fn walk(dir: &Path, prefix: &str, found: &mut BTreeMap<String, PathBuf>) -> Result<(), Exit> {
    let unreadable = |e: std::io::Error| Exit::io(&format!("{} could not be read", dir.display()), &e);
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().into_string().map_err(|_| Exit::usage("a file name is not UTF-8"))?;
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            walk(&entry.path(), &path, found)?;
        } else if kind.is_file() {
            found.insert(path, entry.path());
        } else {
            return Err(Exit::usage(format!("{path} is neither a file nor a directory")));
        }
    }
    Ok(())
}

fn first_problem(plan: &PlanView) -> Exit {
    plan.problems.first().map_or_else(
        || Exit::failed("plan_refused", "the plan has problems", "see its answer"),
        |p| Exit::failed(&p.code, p.message.clone(), p.hint.clone()),
    )
}

fn plan_words(plan: &PlanView) -> String {
    let mut lines = Vec::new();
    if let Some(risk) = &plan.risk {
        lines.push(format!("risk {} (declared {}): {}", risk.computed, risk.declared, risk.reasons.join("; ")));
    }
    if let Some(needed) = &plan.needed {
        let who = needed.candidates.join(", ");
        lines.push(format!("needs {} signatures ({}); can sign: {who}", needed.count, needed.because.join("; ")));
    }
    lines.extend(plan.gates.iter().map(|g| format!("gate: {g}")));
    lines.extend(plan.conflicts.iter().map(|c| format!("conflict: {c}")));
    lines.extend(plan.warnings.iter().map(|w| format!("warning: {w}")));
    if let Some(summary) = &plan.summary {
        lines.push(format!("way back: {}", summary.rollback_plan));
    }
    for file in &plan.diff.files {
        lines.push(format!("--- {} {} ({})", file.component, file.path, file.change));
        for hunk in &file.hunks {
            lines.push(hunk.header.clone());
            lines.extend(hunk.lines.iter().map(|l| format!("{}{}", l.op, visible(&l.text))));
        }
    }
    lines.join("\n")
}

fn show_words(u: &UpdateView) -> String {
    let mut lines = vec![format!("{}  {}  {}", u.id, u.version, visible(&u.title))];
    let reason = u.reason.as_deref().map(|r| format!(": {}", visible(r))).unwrap_or_default();
    lines.push(format!("{}{reason}", u.state));
    for s in &u.stages {
        let seq = s.seq.map_or_else(|| "      ".into(), |n| format!("{n:>6}"));
        lines.push(format!("{seq}  {} {:<16} {:<8} {}", s.n, s.name, s.verdict, visible(&s.sentence)));
    }
    for a in &u.approvals {
        let counted = if a.counted { "counts".to_owned() } else { a.code.clone().unwrap_or_default() };
        lines.push(format!("        {} {} ({counted})", a.person, a.decision));
    }
    if let Some(r) = &u.rollback {
        lines.push(format!("rollback {} ({}): {}", r.state, r.trigger, visible(&r.reason)));
    }
    lines.join("\n")
}
