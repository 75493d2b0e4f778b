//! `component …` and `handshake …`.

use crate::args::{ActArgs, Cli, ComponentVerb, HandshakeVerb};
use crate::keys::{read_envelope, sign};
use crate::out::{Exit, Out, visible};
use crate::world::client;
use grace_api::requests::{ById, ComponentDraft, PageRequest, StatementRequest};
use grace_api::views::ActView;

fn done(out: &Out, view: ActView) {
    out.answer(&view, |v| format!("{}  {}", v.id, v.state));
}

/// `component …`
pub async fn component(cli: &Cli, out: &Out, verb: &ComponentVerb) -> Result<(), Exit> {
    let client = client(cli).await?;
    match verb {
        ComponentVerb::Add { target, signing } => {
            let text = std::fs::read_to_string(target)
                .map_err(|e| Exit::io(&format!("{} could not be read", target.display()), &e))?;
            let draft: ComponentDraft = grace_engine::yaml::read(&text).map_err(|e| {
                Exit::failed("document_malformed", format!("the component document does not read: {e}"), "correct it")
            })?;
            let request = StatementRequest {
                act: "handshake_request".into(),
                target: Some(draft),
                ..StatementRequest::default()
            };
            let envelope = sign(cli, out, &client, signing, request).await?;
            done(out, client.handshake_request(None, &envelope, signing.idempotency_key.as_deref()).await?);
        }
        ComponentVerb::List => {
            let view = client.component_list(PageRequest::default()).await?;
            out.answer(&view, |v| {
                let row = |c: &grace_api::views::ComponentRow| {
                    let version = c.version.as_deref().unwrap_or("-");
                    format!("{:<24} {:<16} {:<24} {}", c.id, c.state, version, visible(&c.health_sentence))
                };
                v.components.iter().map(row).collect::<Vec<_>>().join("\n")
            });
        }
        ComponentVerb::Show { id } => {
            let view = client.component_show(ById { id: id.clone() }).await?;
            out.answer(&view, |v| {
                let mut lines = vec![format!("{}  {}  {}", v.row.id, v.row.state, visible(&v.row.title))];
                lines.extend(v.files.iter().map(|f| format!("  {} {:>8} B  {}", f.mode, f.bytes, visible(&f.path))));
                lines.join("\n")
            });
        }
        ComponentVerb::Adopt(args) => act(cli, out, "adopt", args).await?,
        ComponentVerb::Restore(args) => act(cli, out, "restore", args).await?,
    }
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
    let view = if act == "adopt" {
        client.component_adopt(id, &envelope, key).await?
    } else {
        client.component_restore(id, &envelope, key).await?
    };
    done(out, view);
    Ok(())
}

/// `handshake …`
pub async fn handshake(cli: &Cli, out: &Out, verb: &HandshakeVerb) -> Result<(), Exit> {
    let client = client(cli).await?;
    match verb {
        HandshakeVerb::List => {
            let view = client.handshake_list(PageRequest::default()).await?;
            out.answer(&view, |v| {
                let row = |h: &grace_api::views::HandshakeRow| {
                    format!("{}  {:<18} {} of {}  {}", h.id, h.state, h.acks, h.needed, h.component)
                };
                v.handshakes.iter().map(row).collect::<Vec<_>>().join("\n")
            });
        }
        HandshakeVerb::Show { id } => {
            let view = client.handshake_show(ById { id: id.clone() }).await?;
            out.answer(&view, |v| {
                let reason = v.reason.as_deref().map(|r| format!(": {}", visible(r))).unwrap_or_default();
                let mut lines = vec![format!("{}  {}  {}{reason}", v.id, v.component, v.state)];
                lines.extend(v.acks.iter().map(|a| {
                    let counted = if a.counted { "counts" } else { a.code.as_deref().unwrap_or("not counted") };
                    let why = a.reason.as_deref().map(|r| format!(": {}", visible(r))).unwrap_or_default();
                    format!("  {:<22} {} ({counted}){why}", a.by, a.vote)
                }));
                lines.join("\n")
            });
        }
        HandshakeVerb::Approve(args) => decide(cli, out, "approve", args).await?,
        HandshakeVerb::Deny(args) => decide(cli, out, "deny", args).await?,
        HandshakeVerb::Ack { id, envelope } => {
            let envelope = read_envelope(envelope)?;
            done(out, client.handshake_ack(Some(id), &envelope, None).await?);
        }
    }
    Ok(())
}

async fn decide(cli: &Cli, out: &Out, decision: &str, args: &ActArgs) -> Result<(), Exit> {
    let client = client(cli).await?;
    let request = StatementRequest {
        act: "handshake".into(),
        subject: Some(args.id.clone()),
        decision: Some(decision.into()),
        reason: Some(args.reason.clone()),
        ..StatementRequest::default()
    };
    let envelope = sign(cli, out, &client, &args.signing, request).await?;
    let key = args.signing.idempotency_key.as_deref();
    done(out, client.handshake_decide(Some(&args.id), &envelope, key).await?);
    Ok(())
}
