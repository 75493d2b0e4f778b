//! What a person is about to sign, and what came of it, as callers read it.

use grace_domain::core::states::State;

use super::act_name::ActName;
use super::component::ComponentView;
use super::diff::DiffView;
use super::handshake::HandshakeView;
use super::plan::PlanView;
use super::update::UpdateView;
use super::view::view;

view! {
    /// What a person is about to sign, computed by the engine; the signing window and the CLI show exactly this.
    SigningView {
        act: ActName,
        subject: String,
        title: String,
        /// What putting a name under it does, one sentence.
        consequence: String,
        expires_at: Option<String>,
        update: Option<UpdateView>,
        plan: Option<PlanView>,
        diff: Option<DiffView>,
        handshake: Option<HandshakeView>,
        component: Option<ComponentView>,
        /// Digest that the signature is bound to.
        digest: String,
        /// Of an update the phrase of its `bound`, none before stage 5; of a request to join none, it comes with the request; of anything else
        /// the phrase of `digest`.
        verification_phrase: Option<Vec<String>>,
        signers: Vec<SignerView>,
        /// False when nothing can be signed any more; then `closed_reason` says why.
        open: bool,
        closed_reason: Option<String>,
        reason_required: bool,
        simulation: bool,
        log_size: u64,
    }
    SignerView { person: String, name: String, groups: Vec<String>, /** Of the first key. */ crypto_id: String, key_file: Option<String>, allowed: bool, reason: Option<String> }
    /// An unsigned statement: sign exactly `payload` as DSSE with `payload_type`.
    StatementView {
        payload_type: String,
        /// Canonical JSON text.
        payload: String,
        /// The salted blobs that it names, base64: handed in with the signature.
        #[serde(default)] blobs: Vec<String>,
    }
    /// Answer to a signed act.
    ActView { id: String, state: State, seq: Option<u64>, message: String }
}
