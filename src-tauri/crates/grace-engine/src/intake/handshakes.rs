//! Requests to join, and what subsystems answer to them.

use crate::engine::handle::{Engine, key_unusable};
use crate::genesis::canonical_target;
use crate::handshake::acknowledgement::verified_ack;
use crate::input::{Once, Outcome};
use crate::{occupancy, preview, windows};
use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::HandshakeId;
use grace_domain::core::refusal::Refusal;
use grace_domain::handshake::Handshake;
use grace_domain::handshake::input::HandshakeInput;
use grace_domain::input::Input;
use grace_domain::statement::{HandIn, HandshakeRequest, Verified};

impl Engine {
    /// Takes a signed request to join in.
    pub async fn request_handshake(&self, handed: &HandIn, once: Option<Once>) -> Result<Outcome, Refusal> {
        let verified: Verified<HandshakeRequest> = self.opened(handed).await?;
        let s = &verified.statement;
        self.unused(s.id.as_str()).await?;
        self.unheard_of(s.id.as_str()).await?;
        let target = canonical_target(&s.target.to_string()).map_err(|m| {
            Refusal::invalid(
                m.code,
                format!("the target document: {}", m.reason),
                "correct that member under `target` and sign the request again",
            )
        })?;
        if canon::to_canonical(&s.target).ok().is_none_or(|signed| signed != target.as_bytes()) {
            return Err(Refusal::invalid(
                Code::TargetSpecDocument,
                "the target document is signed in another form than it is recorded in",
                "sign it without members that have no value, as a draft of the request writes it",
            ));
        }
        occupancy::apart_from_world(&self.context.dir, &s.component, &target).map_err(|m| {
            Refusal::invalid(m.code, m.reason, "choose a root outside of the world's directory")
        })?;
        let world = self.world();
        self.context
            .occupancy
            .apart(&s.component, &target, preview::other_targets(&world, &s.component))
            .map_err(|m| {
                Refusal::conflict(m.code, m.reason, "choose a root that no other component manages")
            })?;
        let inspection = preview::inspect_at(&s.component, &target)
            .await
            .map_err(|m| Refusal::invalid(m.code, m.reason, "the target must be readable now"))?;
        inspection
            .runnable()
            .map_err(|m| Refusal::invalid(m.code, m.reason, "install it, or name another program"))?;
        let ours = self.context.keyring.known(&s.component, &s.public_key).map_err(|e| key_unusable(&e))?;
        let ours = ours.is_some_and(|k| k.public() == s.public_key);
        if !ours {
            return Err(Refusal::invalid(
                Code::ComponentKey,
                format!(
                    "the key of {} is not in this world; only local components can join yet",
                    s.component
                ),
                "take the statement from the engine",
            ));
        }
        let definitions = self.context.definitions.readable(&world, &self.context.blobs).await;
        windows::refuse_unjudged_newcomer(&definitions, world.policy(), &s.metrics)?;
        let simulated = world.simulation();
        self.keep_envelope(&handed.envelope).await?;
        let id = verified.statement.id.clone();
        let input = HandshakeInput::Request { request: Box::new(verified), target, simulated };
        self.send(Input::Handshake(id, input), once, None).await
    }

    /// Takes a subsystem's answer in.
    pub async fn acknowledge(
        &self,
        id: &HandshakeId,
        handed: &HandIn,
        once: Option<Once>,
    ) -> Result<Outcome, Refusal> {
        let world = self.world();
        let input = verified_ack(&self.context, &world, handed).await?;
        if !matches!(&input, Input::Handshake(named, _) if named == id) {
            return Err(Refusal::conflict(
                Code::WrongSubject,
                "the answer is about another handshake",
                "answer this one",
            ));
        }
        let ended = self.ended::<Handshake>(id).await?;
        self.send(input, once, ended).await
    }
}
