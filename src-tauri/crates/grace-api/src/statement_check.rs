//! Whether a statement says what a person asked for, before a key signs it. A signer that takes the engine's word for
//! it would sign whatever answers at the engine's address. Never signs and never asks the engine.

use grace_domain::core::codes::Code;
use serde_json::{Value, json};

use crate::acts::table;
use crate::problem::Problem;
use crate::requests::StatementRequest;
use crate::views::StatementView;

fn differs(member: &str) -> Problem {
    Problem::new(
        409,
        Code::StatementDiffers,
        format!("The statement to sign says another `{member}` than what was asked for. Nothing was signed."),
        "Look at what it is now, then decide again. If it stays so, do not trust this engine.",
    )
}

/// Refuses a statement whose kind, signer, subject, decision, reason or content is not what `request` asks for.
pub fn says_what_was_asked(statement: &StatementView, request: &StatementRequest) -> Result<(), Problem> {
    let said: Value = serde_json::from_str(&statement.payload).map_err(|_| differs("payload"))?;
    let mut wanted = table::matches(request);
    if statement.payload_type != wanted.payload_type {
        return Err(differs("payload_type"));
    }
    wanted.members.push((wanted.signer, json!(request.person)));
    match wanted.members.into_iter().find(|(name, value)| said[*name] != *value) {
        Some((name, _)) => Err(differs(name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use grace_domain::statement::{ActStatement, ApprovalStatement, Statement as _, Submission};

    use super::*;
    use crate::requests::UpdateDraft;
    use crate::types::act_name::ActName;
    use crate::types::decision::DecisionWord;

    fn asked() -> StatementRequest {
        StatementRequest {
            act: ActName::Approve,
            subject: Some("upd_1".into()),
            person: "sre".into(),
            decision: Some(DecisionWord::Approve),
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
            assert_eq!(refused.code, Code::StatementDiffers, "{member}");
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
            act: ActName::Submit,
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
