//! Signing: the only place where a person's key is opened. The statement comes from the engine, exactly its bytes are
//! signed, the key is forgotten again. Never signs anything but what stood on the screen when the person pressed: a
//! seal over all of it goes out with the view and must come back.

use grace_api::DecisionWord;
use grace_api::client::Client;
use grace_api::problem::Problem;
use grace_api::requests::{SigningRequest, StatementRequest};
use grace_api::signer::{Passphrase, PersonKey, check_statement, sign_statement};
use grace_api::types::{ActView, SigningView};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use serde::Deserialize;

/// What the signing window sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignRequest {
    /// Who signs.
    person: String,
    /// Opens the key; wiped after use.
    passphrase: String,
    /// `approve` or `deny`, where the act requires one.
    decision: Option<DecisionWord>,
    /// In the person's words.
    reason: String,
    /// The seal of what stood on the screen.
    seal: String,
}

/// Stands for everything on the screen that a signature is about: what is requested, whose content it is, how it
/// differs from what is there. Who has signed already may change without changing it.
pub fn seal(about: &SigningRequest, view: &SigningView) -> Result<String, Problem> {
    let plan = view.plan.as_ref().map(|plan| (&plan.risk, &plan.summary));
    let shown = (about, &view.act, &view.subject, &view.title, &view.digest, &view.diff, plan);
    let bytes = serde_json::to_vec(&shown).map_err(|_| {
        refused(
            Code::Unsealable,
            "What is to be signed cannot be written down. Nothing was signed.",
            "Close this window.",
        )
    })?;
    Ok(Digest::of(&bytes).to_hex())
}

fn refused(code: Code, detail: impl Into<String>, hint: &str) -> Problem {
    Problem::new(422, code, detail, hint)
}

fn changed() -> Problem {
    Problem::new(
        409,
        Code::ChangedMeanwhile,
        "This is not any more what stood on the screen. Nothing was signed.",
        "Look at what it is now, then decide again.",
    )
}

/// Opens the key, signs the engine's statement, hands it in.
pub async fn sign(client: &Client, about: SigningRequest, given: SignRequest) -> Result<ActView, Problem> {
    let passphrase = Passphrase::new(given.passphrase)?;
    let shown = client.signing_show(about.clone()).await?;
    if seal(&about, &shown)? != given.seal {
        return Err(changed());
    }
    let file = key_file(&shown, &given.person)?;
    let key = tokio::task::spawn_blocking(move || PersonKey::open(file.as_ref(), &passphrase, &[]))
        .await
        .map_err(|_| {
        refused(Code::SigningInterrupted, "Signing was interrupted. Nothing was signed.", "Try again.")
    })??;
    let request = StatementRequest {
        act: about.act,
        subject: about.subject.clone(),
        draft: about.draft.clone(),
        target: about.target.clone(),
        person: given.person,
        decision: given.decision,
        reason: Some(given.reason),
    };
    let statement = client.statement(request.clone()).await?;
    check_statement(&statement, &request)?;
    // The statement was made between two equal looks, so it is about what was looked at.
    if seal(&about, &client.signing_show(about.clone()).await?)? != given.seal {
        return Err(changed());
    }
    let handed = sign_statement(&statement, &key)?;
    drop(key);
    client.hand_in(about.act, about.subject.as_deref(), &handed, None).await
}

fn key_file(shown: &SigningView, person: &str) -> Result<String, Problem> {
    let signer = shown.signers.iter().find(|s| s.person == person).ok_or_else(|| {
        refused(Code::UnknownPerson, format!("{person} is not registered."), "Choose a signer.")
    })?;
    if !signer.allowed {
        let why = signer.reason.clone().unwrap_or_default();
        return Err(refused(
            Code::MayNotSign,
            format!("{person} may not sign this: {why}"),
            "Choose another signer.",
        ));
    }
    signer.key_file.clone().ok_or_else(|| {
        refused(
            Code::KeyNotHere,
            format!("The key of {person} is not on this machine."),
            "Sign where the key is, or with `grace update approve --offline`.",
        )
    })
}
