//! Approvals and denials.

use crate::engine::handle::Engine;
use crate::input::{Once, Outcome};
use grace_domain::core::ids::{HandshakeId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::handshake::Handshake;
use grace_domain::handshake::input::HandshakeInput;
use grace_domain::input::Input;
use grace_domain::statement::{ApprovalStatement, HandIn, Verified};
use grace_domain::update::Update;
use grace_domain::update::input::UpdateInput;

impl Engine {
    /// Takes an approval or denial of an update in.
    pub async fn approve_update(
        &self,
        id: &UpdateId,
        handed: &HandIn,
        once: Option<Once>,
    ) -> Result<Outcome, Refusal> {
        let verified: Verified<ApprovalStatement> = self.opened(handed).await?;
        self.unused(&format!("{id}/{}", verified.statement.nonce)).await?;
        let ended = self.ended::<Update>(id).await?;
        self.keep_envelope(&handed.envelope).await?;
        self.send(Input::Update(id.clone(), UpdateInput::Approve(Box::new(verified))), once, ended).await
    }

    /// Takes an approval or denial of a handshake in.
    pub async fn approve_handshake(
        &self,
        id: &HandshakeId,
        handed: &HandIn,
        once: Option<Once>,
    ) -> Result<Outcome, Refusal> {
        let verified: Verified<ApprovalStatement> = self.opened(handed).await?;
        self.unused(&format!("{id}/{}", verified.statement.nonce)).await?;
        let ended = self.ended::<Handshake>(id).await?;
        self.keep_envelope(&handed.envelope).await?;
        self.send(Input::Handshake(id.clone(), HandshakeInput::Approve(Box::new(verified))), once, ended)
            .await
    }
}
