//! Whether a statement says what a person requested, before a key signs it. A signer that takes the engine's word for
//! it would sign whatever answers at the engine's address. Never signs and never asks the engine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::sealed_text::{OpenedText, unsalted};
use grace_domain::statement::{Part, check_signable, set_digest};
use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::acts::table;
use crate::problem::Problem;
use crate::requests::StatementRequest;
use crate::types::StatementView;

fn differs(member: &str) -> Problem {
    Problem::new(
        409,
        Code::StatementDiffers,
        format!("The statement to sign says another `{member}` than what was requested. Nothing was signed."),
        "Look at what it is now, then decide again. If it stays so, do not trust this engine.",
    )
}

/// Refuses a statement that an engine would not read, and one whose kind, signer, subject, decision, reason or content
/// is not what `request` says.
pub fn check_statement(statement: &StatementView, request: &StatementRequest) -> Result<(), Problem> {
    reads(statement)?;
    says_members(statement, request)
}

/// What does not read as the kind of statement that it claims to be says something that nobody was shown.
fn reads(statement: &StatementView) -> Result<(), Problem> {
    check_signable(&statement.payload_type, statement.payload.as_bytes()).map_err(|e| {
        Problem::new(
            422,
            e.code(),
            format!("What the engine wants signed is no statement of a known kind: {e}. Nothing was signed."),
            "Do not trust this engine before somebody knows why.",
        )
    })
}

fn says_members(statement: &StatementView, request: &StatementRequest) -> Result<(), Problem> {
    let said: Value = serde_json::from_str(&statement.payload).map_err(|_| differs("payload"))?;
    let mut wanted = table::matches(request);
    if statement.payload_type != wanted.payload_type {
        return Err(differs("payload_type"));
    }
    wanted.members.push((wanted.signer, json!(request.person)));
    if let Some((name, _)) = wanted.members.iter().find(|(name, value)| said[*name] != *value) {
        return Err(differs(name));
    }
    let blobs = blobs_of(statement)?;
    if let Some(parts) = &wanted.parts
        && !says_parts(&said, parts, &blobs)
    {
        return Err(differs("parts"));
    }
    if let Some((name, _)) = wanted.lists.iter().find(|(name, all)| !says_all(&said[*name], all, &blobs)) {
        return Err(differs(name));
    }
    match wanted.texts.iter().find(|(name, text)| !says(&said[*name], text, &blobs)) {
        Some((name, _)) => Err(differs(name)),
        None => Ok(()),
    }
}

/// The text that a member of the statement names; empty when it names none.
pub fn text_of(statement: &StatementView, member: &str) -> Result<String, Problem> {
    let said: Value = serde_json::from_str(&statement.payload).map_err(|_| differs("payload"))?;
    match &said[member] {
        Value::Null => Ok(String::new()),
        named => opened(named, &blobs_of(statement)?)
            .map(|opened| opened.text().to_owned())
            .ok_or_else(|| differs(member)),
    }
}

/// The blobs that come with a statement, by their digests.
pub fn blobs_of(statement: &StatementView) -> Result<BTreeMap<Digest, Vec<u8>>, Problem> {
    let decoded = statement.blobs.iter().map(|blob| STANDARD.decode(blob).map_err(|_| differs("blobs")));
    decoded.map(|blob| blob.map(|blob| (Digest::of(&blob), blob))).collect()
}

/// Whether the parts are these, each content by the digest of a salted blob of this very document, and `set` is theirs.
fn says_parts(said: &Value, wanted: &Value, blobs: &BTreeMap<Digest, Vec<u8>>) -> bool {
    let Ok(parts) = serde_json::from_value::<Vec<Part>>(said["parts"].clone()) else { return false };
    let mut shown = said["parts"].clone();
    for (part, shown) in parts.iter().zip(shown.as_array_mut().into_iter().flatten()) {
        shown["content"] = json!(blobs.get(&part.content).and_then(|blob| unsalted(blob)));
    }
    shown == *wanted && said["set"] == json!(set_digest(&parts))
}

/// Whether a member is the digest of a salted blob of this very text; there is none for the empty text.
fn says(member: &Value, text: &str, blobs: &BTreeMap<Digest, Vec<u8>>) -> bool {
    if text.is_empty() {
        return member.is_null();
    }
    opened(member, blobs).is_some_and(|opened| opened.text() == text)
}

/// The same of a list; an empty one does not stand there at all.
fn says_all(member: &Value, texts: &[String], blobs: &BTreeMap<Digest, Vec<u8>>) -> bool {
    match member.as_array() {
        None => member.is_null() && texts.is_empty(),
        Some(named) => {
            named.len() == texts.len()
                && named.iter().zip(texts).all(|(digest, text)| says(digest, text, blobs))
        }
    }
}

fn opened(member: &Value, blobs: &BTreeMap<Digest, Vec<u8>>) -> Option<OpenedText> {
    OpenedText::read(blobs.get(&member.as_str()?.parse().ok()?)?)
}

#[cfg(test)]
mod tests {
    use grace_domain::core::sealed_text::salted;
    use grace_domain::kinds::UpdateType;
    use grace_domain::statement::{ActStatement, ApprovalStatement, Statement as _, Submission};

    use super::*;
    use crate::requests::UpdateDraft;
    use crate::types::ActName;
    use crate::types::DecisionWord;

    fn request() -> StatementRequest {
        StatementRequest {
            act: ActName::Approve,
            subject: Some("upd_1".into()),
            person: "sre".into(),
            decision: Some(DecisionWord::Approve),
            reason: Some(" because ".into()),
            ..StatementRequest::default()
        }
    }

    fn blob(text: &str) -> (String, String) {
        let bytes = salted([7; 32], &json!(text)).expect("a text");
        (Digest::of(&bytes).to_hex(), STANDARD.encode(bytes))
    }

    fn said(change: (&str, Value)) -> StatementView {
        let (because, because_blob) = blob("because");
        let mut payload = json!({
            "subject": "upd_1", "decision": "approve", "person": "sre", "reason": because, "nonce": "n",
        });
        payload[change.0] = change.1;
        StatementView {
            payload_type: ApprovalStatement::PAYLOAD_TYPE.into(),
            payload: payload.to_string(),
            blobs: vec![because_blob, blob("why not").1],
        }
    }

    #[test]
    fn a_statement_about_something_else_is_not_signed() {
        assert!(says_members(&said(("nonce", json!("m"))), &request()).is_ok());
        for (member, value) in [
            ("subject", json!("upd_2")),
            ("subject", Value::Null),
            ("decision", json!("deny")),
            ("person", json!("dba")),
            ("reason", json!("because")),
            ("reason", Value::Null),
            ("reason", json!(blob("why not").0)),
            ("reason", json!(blob("not among the blobs").0)),
        ] {
            let refused = says_members(&said((member, value)), &request()).expect_err(member);
            assert_eq!(refused.code, Code::StatementDiffers, "{member}");
        }
        let other =
            StatementView { payload_type: ActStatement::PAYLOAD_TYPE.into(), ..said(("nonce", json!(1))) };
        assert!(says_members(&other, &request()).is_err());
    }

    #[test]
    fn what_no_engine_would_read_is_not_signed() {
        let digest = Digest::of(b"x");
        let good = json!({
            "world": "grace/w", "subject": "upd_1", "decision": "approve", "stage": "governance", "set": digest,
            "package": digest, "rollback_plan": digest, "policy": digest, "person": "sre",
            "nonce": "00112233445566778899aabbccddeeff", "at": "2026-01-01T00:00:00.000Z",
            "expires": "2026-01-02T00:00:00.000Z",
        });
        let view = |payload: String| StatementView {
            payload_type: ApprovalStatement::PAYLOAD_TYPE.into(),
            payload,
            blobs: Vec::new(),
        };
        let request = StatementRequest { reason: None, ..request() };
        assert_eq!(check_statement(&view(good.to_string()), &request).map_err(|p| p.detail), Ok(()));
        let mut more = good.clone();
        more["more"] = json!(1);
        let mut word = good.clone();
        word["decision"] = json!({ "approve": null });
        let twice = good.to_string().replacen('{', "{\"person\":\"sre\",", 1);
        for (payload, code) in [
            (more.to_string(), Code::WrongShape),
            (word.to_string(), Code::WrongShape),
            (twice, Code::NotStrictJson),
        ] {
            let refused = check_statement(&view(payload.clone()), &request).expect_err(&payload);
            assert_eq!(refused.code, code, "{payload}");
        }
        let other = StatementView { payload_type: "text/plain".into(), ..view(good.to_string()) };
        assert_eq!(check_statement(&other, &request).expect_err("no kind").code, Code::WrongPayloadType);
    }

    #[test]
    fn a_submission_holds_the_very_content_that_was_drafted() {
        let draft = UpdateDraft {
            update_type: "config".into(),
            component_targets: vec!["files".into()],
            content: json!({ "files": { "main.conf": { "text": "a = 1\n" } }, "remove": ["old.conf"] }),
            created_by: "ann".into(),
            risk_level: "low".into(),
            title: " More ".into(),
            description: String::new(),
            refs: vec![" OPS-1 ".into()],
            security_impact: String::new(),
        };
        let request = StatementRequest {
            act: ActName::Submit,
            person: "ann".into(),
            draft: Some(draft),
            ..StatementRequest::default()
        };
        let (title, title_blob) = blob("More");
        let (ticket, ticket_blob) = blob("OPS-1");
        let view = |text: &str| {
            let digest = Digest::of(text.as_bytes());
            let document = json!({ "files": { "main.conf": { "sha256": digest } }, "remove": ["old.conf"] });
            let content = salted([8; 32], &document).expect("a document");
            let part = Part {
                update_type: UpdateType::Config,
                component_targets: vec!["files".parse().expect("an id")],
                content: Digest::of(&content),
            };
            let payload = json!({
                "parts": [part], "set": set_digest(std::slice::from_ref(&part)), "risk_level": "low",
                "title": title, "created_by": "ann", "id": "upd_1", "refs": [ticket],
            });
            StatementView {
                payload_type: Submission::PAYLOAD_TYPE.into(),
                payload: payload.to_string(),
                blobs: vec![title_blob.clone(), ticket_blob.clone(), STANDARD.encode(content)],
            }
        };
        assert!(says_members(&view("a = 1\n"), &request).is_ok());
        assert!(says_members(&view("a = 2\n"), &request).is_err());
    }
}
