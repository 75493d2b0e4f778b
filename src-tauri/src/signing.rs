//! Signing: the only place where a person's key is opened. The statement comes from the engine, exactly its bytes are
//! signed, the key is forgotten again.

use grace_api::client::Client;
use grace_api::problem::Problem;
use grace_api::requests::{SigningRequest, StatementRequest};
use grace_api::signer::{Passphrase, PersonKey, sign_statement};
use grace_api::views::{ActView, SigningView};
use serde::Deserialize;
use zeroize::Zeroize as _;

/// What the signing window sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignRequest {
    /// Who signs.
    pub person: String,
    /// Opens the key; wiped after use.
    pub passphrase: String,
    /// `approve` or `deny`, where that is asked.
    pub decision: Option<String>,
    /// In the person's words.
    pub reason: String,
}

fn refused(code: &str, detail: impl Into<String>, hint: &str) -> Problem {
    Problem::new(422, code, detail, hint)
}

/// Opens the key, signs the engine's statement, hands it in.
pub async fn sign(
    client: &Client,
    about: SigningRequest,
    mut asked: SignRequest,
) -> Result<ActView, Problem> {
    let passphrase = Passphrase::new(std::mem::take(&mut asked.passphrase));
    asked.passphrase.zeroize();
    let passphrase = passphrase?;
    let shown = client.signing_show(about.clone()).await?;
    let file = key_file(&shown, &asked.person)?;
    let key = tokio::task::spawn_blocking(move || PersonKey::open(file.as_ref(), &passphrase, &[]))
        .await
        .map_err(|_| {
        refused("signing_interrupted", "Signing was interrupted. Nothing was signed.", "Try again.")
    })??;
    let statement = client
        .statement(StatementRequest {
            act: about.act.clone(),
            subject: about.subject.clone(),
            draft: about.draft,
            target: about.target,
            person: asked.person,
            decision: asked.decision,
            reason: Some(asked.reason),
        })
        .await?;
    let envelope = sign_statement(&statement, &key);
    drop(key);
    let subject = about.subject.as_deref();
    match about.act.as_str() {
        "submit" => client.update_submit(None, &envelope, None).await,
        "approve" => client.update_decide(subject, &envelope, None).await,
        "cancel" => client.update_cancel(subject, &envelope, None).await,
        "retry" => client.update_retry(subject, &envelope, None).await,
        "keep" => client.update_keep(subject, &envelope, None).await,
        "rollback" => client.update_rollback(subject, &envelope, None).await,
        "adopt" => client.component_adopt(subject, &envelope, None).await,
        "restore" => client.component_restore(subject, &envelope, None).await,
        "handshake_request" => client.handshake_request(None, &envelope, None).await,
        "handshake" => client.handshake_decide(subject, &envelope, None).await,
        other => {
            Err(refused("unknown_act", format!("`{other}` is not something to sign."), "Close this window."))
        }
    }
}

fn key_file(shown: &SigningView, person: &str) -> Result<String, Problem> {
    let signer = shown.signers.iter().find(|s| s.person == person).ok_or_else(|| {
        refused("unknown_person", format!("{person} is not registered."), "Choose a signer.")
    })?;
    if !signer.allowed {
        let why = signer.reason.clone().unwrap_or_default();
        return Err(refused(
            "may_not_sign",
            format!("{person} may not sign this: {why}"),
            "Choose another signer.",
        ));
    }
    signer.key_file.clone().ok_or_else(|| {
        refused(
            "key_not_here",
            format!("The key of {person} is not on this machine."),
            "Sign where the key is, or with `grace update approve --offline`.",
        )
    })
}
