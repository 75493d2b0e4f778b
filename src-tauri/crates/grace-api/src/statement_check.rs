//! Whether a statement says what a person asked for, before a key signs it. A signer that takes the engine's word for
//! it would sign whatever answers at the engine's address. Never signs and never asks the engine.

use grace_domain::statement::{
    Ack, ActStatement, ApprovalStatement, HandshakeRequest, Statement as _, Submission,
};
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::requests::{ComponentDraft, StatementRequest, UpdateDraft};
use crate::views::StatementView;

fn differs(member: &str) -> Problem {
    Problem::new(
        409,
        "statement_differs",
        format!("The statement to sign says another `{member}` than what was asked for. Nothing was signed."),
        "Look at what it is now, then decide again. If it stays so, do not trust this engine.",
    )
}

/// Refuses a statement whose kind, signer, subject, decision, reason or content is not what `request` asks for.
pub fn says_what_was_asked(statement: &StatementView, request: &StatementRequest) -> Result<(), Problem> {
    let said: Value = serde_json::from_str(&statement.payload).map_err(|_| differs("payload"))?;
    let reason = json!(request.reason.as_deref().unwrap_or_default().trim());
    let (subject, decision) = (json!(request.subject), json!(request.decision));
    let (kind, signer, mut wanted) = match request.act.as_str() {
        "submit" => (Submission::PAYLOAD_TYPE, "created_by", submission(request.draft.as_ref())),
        "handshake_request" => {
            (HandshakeRequest::PAYLOAD_TYPE, "requested_by", joining(request.target.as_ref()))
        }
        "approve" | "handshake" => (
            ApprovalStatement::PAYLOAD_TYPE,
            "person",
            vec![("subject", subject), ("decision", decision), ("reason", reason)],
        ),
        "ack" => {
            (Ack::PAYLOAD_TYPE, "by", vec![("handshake", subject), ("vote", decision), ("reason", reason)])
        }
        act => (
            ActStatement::PAYLOAD_TYPE,
            "person",
            vec![("act", json!(act)), ("subject", subject), ("reason", reason)],
        ),
    };
    if statement.payload_type != kind {
        return Err(differs("payload_type"));
    }
    wanted.push((signer, json!(request.person)));
    match wanted.into_iter().find(|(name, value)| said[*name] != *value) {
        Some((name, _)) => Err(differs(name)),
        None => Ok(()),
    }
}

fn submission(draft: Option<&UpdateDraft>) -> Vec<(&'static str, Value)> {
    let Some(draft) = draft else { return vec![("content", Value::Null)] };
    let files = draft.content.files.iter().map(|(path, file)| {
        let members = [("text", &file.text), ("sha256", &file.sha256), ("mode", &file.mode)];
        let given = members.into_iter().filter_map(|(n, v)| Some((n.to_owned(), json!(v.as_ref()?))));
        (path.clone(), Value::Object(given.collect()))
    });
    let mut remove = draft.content.remove.clone();
    remove.sort();
    remove.dedup();
    vec![
        ("content", json!({ "files": Value::Object(files.collect()), "remove": remove })),
        ("component_targets", json!(draft.component_targets)),
        ("update_type", json!(draft.update_type)),
        ("risk_level", json!(draft.risk_level)),
        ("title", json!(draft.title.trim())),
        ("description", json!(draft.description)),
    ]
}

fn joining(draft: Option<&ComponentDraft>) -> Vec<(&'static str, Value)> {
    let Some(draft) = draft else { return vec![("component", Value::Null)] };
    vec![
        ("component", json!(draft.component)),
        ("title", json!(draft.title)),
        ("component_type", json!(draft.component_type)),
        ("version", json!(draft.version)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> StatementRequest {
        StatementRequest {
            act: "approve".into(),
            subject: Some("upd_1".into()),
            person: "sre".into(),
            decision: Some("approve".into()),
            ..StatementRequest::default()
        }
    }

    fn said(change: (&str, Value)) -> StatementView {
        let mut payload =
            json!({ "subject": "upd_1", "decision": "approve", "person": "sre", "reason": "", "nonce": "n" });
        payload[change.0] = change.1;
        StatementView { payload_type: ApprovalStatement::PAYLOAD_TYPE.into(), payload: payload.to_string() }
    }

    #[test]
    fn a_statement_about_something_else_is_not_signed() {
        assert!(says_what_was_asked(&said(("nonce", json!("m"))), &asked()).is_ok());
        for (member, value) in [
            ("subject", json!("upd_2")),
            ("subject", Value::Null),
            ("decision", json!("deny")),
            ("person", json!("dba")),
            ("reason", json!("because")),
        ] {
            let refused = says_what_was_asked(&said((member, value)), &asked()).expect_err(member);
            assert_eq!(refused.code, "statement_differs", "{member}");
        }
        let other =
            StatementView { payload_type: ActStatement::PAYLOAD_TYPE.into(), ..said(("nonce", json!(1))) };
        assert!(says_what_was_asked(&other, &asked()).is_err());
    }

    #[test]
    fn a_submission_holds_the_very_content_that_was_drafted() {
        let file = crate::requests::DraftFile { text: Some("a = 1\n".into()), ..Default::default() };
        let draft = UpdateDraft {
            update_type: "config".into(),
            component_targets: vec!["files".into()],
            content: crate::requests::DraftContent {
                files: [("main.conf".to_owned(), file)].into(),
                remove: vec!["old.conf".into()],
            },
            created_by: "ann".into(),
            risk_level: "low".into(),
            title: " More ".into(),
            description: String::new(),
        };
        let request = StatementRequest {
            act: "submit".into(),
            person: "ann".into(),
            draft: Some(draft),
            ..StatementRequest::default()
        };
        let payload = |text: &str| {
            json!({
                "content": { "files": { "main.conf": { "text": text } }, "remove": ["old.conf"] },
                "component_targets": ["files"], "update_type": "config", "risk_level": "low",
                "title": "More", "description": "", "created_by": "ann", "id": "upd_1",
            })
            .to_string()
        };
        let view = |text: &str| StatementView {
            payload_type: Submission::PAYLOAD_TYPE.into(),
            payload: payload(text),
        };
        assert!(says_what_was_asked(&view("a = 1\n"), &request).is_ok());
        assert!(says_what_was_asked(&view("a = 2\n"), &request).is_err());
    }
}
