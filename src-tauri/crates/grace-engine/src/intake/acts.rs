//! Signed acts on updates and components.

use crate::blob_store::EffectError;
use crate::engine::handle::Engine;
use crate::handshake::baseline::keep_content;
use crate::input::{Once, Outcome};
use grace_domain::component::input::ComponentInput;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::core::visible::is_blank;
use grace_domain::input::Input;
use grace_domain::statement::{Act, ActStatement, HandIn, Verified};
use grace_domain::update::Update;
use grace_domain::update::input::UpdateInput;

impl Engine {
    /// Takes withdraw, retry, keep or roll back in.
    pub async fn act_on_update(
        &self,
        id: &UpdateId,
        act: Act,
        handed: &HandIn,
        once: Option<Once>,
    ) -> Result<Outcome, Refusal> {
        let verified: Verified<ActStatement> = self.opened(handed).await?;
        same_act(act, &verified)?;
        self.unused(&format!("{id}/{}", verified.statement.nonce)).await?;
        let ended = self.ended::<Update>(id).await?;
        self.keep_envelope(&handed.envelope).await?;
        self.send(Input::Update(id.clone(), UpdateInput::Act(Box::new(verified))), once, ended).await
    }

    /// Takes adopt or restore in: inspects the target first, and keeps what is there.
    pub async fn act_on_component(
        &self,
        id: &ComponentId,
        act: Act,
        handed: &HandIn,
        once: Option<Once>,
    ) -> Result<Outcome, Refusal> {
        let verified: Verified<ActStatement> = self.opened(handed).await?;
        same_act(act, &verified)?;
        if verified.statement.subject != id.as_str() {
            return Err(Refusal::conflict(
                Code::WrongSubject,
                format!("the statement is about {}, not {id}", verified.statement.subject),
                "sign a statement for this component",
            ));
        }
        if is_blank(&verified.statement.reason) {
            return Err(Refusal::invalid(Code::ReasonRequired, "a signed act needs a reason", "say why"));
        }
        self.unused(&format!("{id}/{}", verified.statement.nonce)).await?;
        let world = self.world();
        let component =
            world.components().get(id).ok_or_else(|| Refusal::not_found("component", id.as_str()))?;
        component.may_adopt_or_restore()?;
        let found = keep_content(&self.context.blobs, id, &component.facts().target)
            .await
            .map_err(EffectError::unavailable)?;
        self.keep_envelope(&handed.envelope).await?;
        let act = ComponentInput::Act(Box::new(verified), found);
        self.send(Input::Component(id.clone(), act), once, None).await
    }
}

fn same_act(act: Act, verified: &Verified<ActStatement>) -> Result<(), Refusal> {
    if verified.statement.act == act {
        return Ok(());
    }
    Err(Refusal::conflict(
        Code::WrongAct,
        format!("the statement says {}, not {}", verified.statement.act.as_str(), act.as_str()),
        "sign a statement for this act",
    ))
}
