//! Taking statements in: every signature, digest and nonce is checked on the caller's task before anything reaches the
//! owner, and the envelope is kept before the fact that names it.
//!
//! Owns the way from a signed envelope to the owner's inbox. Never decides whether an act is allowed.

use super::Engine;
use crate::acknowledgement::verified_ack;
use crate::content;
use crate::context::EffectError;
use crate::effects;
use crate::genesis::canonical_target;
use crate::health::Broken;
use crate::input::{Ended, Input, Message, Once, Outcome, stopped};
use crate::keyring::KeyringError;
use crate::named_blobs::NamedBlobs;
use crate::preview;
use crate::recovery::{self, HistoryError};
use crate::stop::Phase;
use grace_domain::component::Scanned;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::core::limits;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::handshake::Handshake;
use grace_domain::statement::{
    self, Act, ActStatement, ApprovalStatement, HandIn, HandshakeRequest, PersonStatement, StatementError,
    Submission, Verified,
};
use grace_domain::update::Update;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

impl Engine {
    async fn send(&self, input: Input, once: Option<Once>, ended: Option<Ended>) -> Result<Outcome, Refusal> {
        // What is decided before the log is proved may be decided on what somebody hid.
        if !self.proof.clone().settled().await {
            return Err(self.gone(Broken::refusal).await);
        }
        self.context.health.whole()?;
        let (reply, answer) = oneshot::channel();
        let message = Message { input, once, reply: Some(reply), ended };
        match self.context.inbox.try_send(message) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(busy()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(self.gone(Broken::refusal).await),
        }
        match answer.await {
            Ok(answer) => answer,
            Err(_) => Err(self.gone(Broken::lost).await),
        }
    }

    /// Why a part that should answer is not there: the engine is stopping, or that part broke.
    async fn gone(&self, broken: impl FnOnce(&Broken) -> Refusal) -> Refusal {
        tokio::select! {
            biased;
            () = self.stopper.asked().asked(Phase::Effects) => stopped(),
            broke = self.context.health.breaks() => broken(&broke),
        }
    }

    fn verify<T: PersonStatement>(&self, envelope: &Envelope) -> Result<Verified<T>, Refusal> {
        let world = self.world();
        statement::verify_person(envelope, world.origin(), world.people(), self.context.ports.clock.now())
            .map_err(|e| refused_statement(&e))
    }

    /// A statement whose signature holds, with the texts that it names.
    async fn opened<T: PersonStatement>(&self, handed: &HandIn) -> Result<Verified<T>, Refusal> {
        let mut verified: Verified<T> = self.verify(&handed.envelope)?;
        let mut blobs = NamedBlobs::of(handed);
        blobs.texts(&self.context, &mut verified.statement).await?;
        blobs.nothing_beside()?;
        Ok(verified)
    }

    async fn keep_envelope(&self, envelope: &Envelope) -> Result<(), Refusal> {
        self.context.keep(&envelope.to_json()).await.map(|_| ()).map_err(EffectError::unavailable)
    }

    async fn unused(&self, nonce: &str) -> Result<(), Refusal> {
        match self.context.reader.nonce_used(nonce).await {
            Ok(None) => Ok(()),
            Ok(Some(seq)) => Err(Refusal::conflict(
                if nonce.contains('/') { Code::NonceUsed } else { Code::Replayed },
                format!("this statement was handed in before, log {seq}"),
                "sign a new one; nothing was changed",
            )),
            Err(e) => Err(EffectError::new(Code::LogUnreadable, e.to_string()).unavailable()),
        }
    }

    /// What begins with a statement has no entries yet. The log itself says so: the table of nonces is beside it.
    async fn unheard_of(&self, subject: &str) -> Result<(), Refusal> {
        match self.context.reader.entries_of(subject, None, 1).await {
            Ok(found) => found.first().map_or(Ok(()), |entry| {
                Err(Refusal::conflict(
                    Code::Replayed,
                    format!("{subject} is in the log already, from entry {} on", entry.seq),
                    "sign a new one; nothing was changed",
                ))
            }),
            Err(e) => Err(EffectError::new(Code::LogUnreadable, e.to_string()).unavailable()),
        }
    }

    /// Takes a signed submission in. Durable when answered.
    pub async fn submit_update(&self, handed: &HandIn, once: Option<Once>) -> Result<Outcome, Refusal> {
        let mut verified: Verified<Submission> = self.verify(&handed.envelope)?;
        self.unused(verified.statement.id.as_str()).await?;
        self.unheard_of(verified.statement.id.as_str()).await?;
        let part = verified.statement.part()?.clone();
        let mut blobs = NamedBlobs::of(handed);
        blobs.texts(&self.context, &mut verified.statement).await?;
        let content = blobs.content(&self.context, part.update_type, &part.content).await?;
        blobs.nothing_beside()?;
        content::refuse_unreachable(&self.world(), &part, &content).await?;
        blobs.keep(&self.context).await?;
        self.keep_envelope(&handed.envelope).await?;
        let edit = content.edit().cloned();
        self.send(Input::Propose(Box::new(verified), edit), once, None).await
    }

    /// Takes an approval or denial of an update in.
    pub async fn approve_update(
        &self,
        id: &UpdateId,
        handed: &HandIn,
        once: Option<Once>,
    ) -> Result<Outcome, Refusal> {
        let verified: Verified<ApprovalStatement> = self.opened(handed).await?;
        self.unused(&format!("{id}/{}", verified.statement.nonce)).await?;
        let ended = self.ended_update(id).await?;
        self.keep_envelope(&handed.envelope).await?;
        self.send(Input::ApproveUpdate(id.clone(), Box::new(verified)), once, ended).await
    }

    /// Takes cancel, retry, keep or roll back in.
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
        let ended = self.ended_update(id).await?;
        self.keep_envelope(&handed.envelope).await?;
        self.send(Input::ActOnUpdate(id.clone(), Box::new(verified)), once, ended).await
    }

    /// Takes adopt or restore in: looks at the target first, and keeps what is there.
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
        if verified.statement.reason.trim().is_empty() {
            return Err(Refusal::invalid(Code::ReasonRequired, "a signed act needs a reason", "say why"));
        }
        self.unused(&format!("{id}/{}", verified.statement.nonce)).await?;
        let world = self.world();
        let component =
            world.components.get(id).ok_or_else(|| Refusal::not_found("component", id.as_str()))?;
        component.may_adopt_or_restore()?;
        let (digest, tree) = effects::keep_content(&self.context.blobs, id, &component.facts.target)
            .await
            .map_err(EffectError::unavailable)?;
        self.keep_envelope(&handed.envelope).await?;
        let found = Scanned { digest, tree };
        self.send(Input::ActOnComponent(id.clone(), Box::new(verified), found), once, None).await
    }

    /// Takes a signed request to join in.
    pub async fn request_handshake(&self, handed: &HandIn, once: Option<Once>) -> Result<Outcome, Refusal> {
        let verified: Verified<HandshakeRequest> = self.opened(handed).await?;
        let s = &verified.statement;
        self.unused(s.id.as_str()).await?;
        self.unheard_of(s.id.as_str()).await?;
        let target = canonical_target(&s.target.to_string()).map_err(|m| {
            Refusal::invalid(m.code, format!("the target document: {}", m.reason), "correct it")
        })?;
        preview::apart_from_world(&self.context.dir, &s.component, &target).map_err(|m| {
            Refusal::invalid(m.code, m.reason, "choose a root outside of the world's directory")
        })?;
        let world = self.world();
        preview::apart_from_others(&s.component, &target, preview::other_targets(&world, &s.component))
            .map_err(|m| {
                Refusal::conflict(m.code, m.reason, "choose a root that no other component manages")
            })?;
        let inspection = preview::inspect_at(&s.component, &target)
            .await
            .map_err(|m| Refusal::invalid(m.code, m.reason, "the target must be readable now"))?;
        inspection
            .runnable()
            .map_err(|m| Refusal::invalid(m.code, m.reason, "install it, or name another program"))?;
        let ours = self.context.keyring.component(&s.component).map_err(|e| keyring(&e))?;
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
        let simulated = self.world().simulation();
        self.keep_envelope(&handed.envelope).await?;
        let input = Input::RequestHandshake { request: Box::new(verified), target, simulated };
        self.send(input, once, None).await
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
        let ended = self.ended_handshake(id).await?;
        self.keep_envelope(&handed.envelope).await?;
        self.send(Input::ApproveHandshake(id.clone(), Box::new(verified)), once, ended).await
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
        if !matches!(&input, Input::Ack(named, _, _) if named == id) {
            return Err(Refusal::conflict(
                Code::WrongSubject,
                "the answer is about another handshake",
                "answer this one",
            ));
        }
        let ended = self.ended_handshake(id).await?;
        self.send(input, once, ended).await
    }

    async fn ended_update(&self, id: &UpdateId) -> Result<Option<Ended>, Refusal> {
        if self.world().updates.contains_key(id) {
            return Ok(None);
        }
        match self.update(id).await? {
            Some(update) => Ok(Some(Ended::Update(update))),
            None => Err(Refusal::not_found("update", id.as_str())),
        }
    }

    async fn ended_handshake(&self, id: &HandshakeId) -> Result<Option<Ended>, Refusal> {
        if self.world().handshakes.contains_key(id) {
            return Ok(None);
        }
        match self.handshake(id).await? {
            Some(handshake) => Ok(Some(Ended::Handshake(handshake))),
            None => Err(Refusal::not_found("handshake", id.as_str())),
        }
    }

    /// An update, open or ended.
    pub async fn update(&self, id: &UpdateId) -> Result<Option<Arc<Update>>, Refusal> {
        if let Some(update) = self.world().updates.get(id) {
            return Ok(Some(update.clone()));
        }
        recovery::update(&self.context.reader.proving(), id)
            .await
            .map(|u| u.map(Arc::new))
            .map_err(|e| history_refusal(&e))
    }

    /// A handshake, open or ended.
    pub async fn handshake(&self, id: &HandshakeId) -> Result<Option<Arc<Handshake>>, Refusal> {
        if let Some(handshake) = self.world().handshakes.get(id) {
            return Ok(Some(handshake.clone()));
        }
        recovery::handshake(&self.context.reader.proving(), id)
            .await
            .map(|h| h.map(Arc::new))
            .map_err(|e| history_refusal(&e))
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

fn busy() -> Refusal {
    let message = format!("{} inputs wait already; nothing was recorded", limits::INBOX_WAITING);
    Refusal::new(RefusalKind::Unavailable, Code::Busy, message, "send it again in a moment")
}

/// A key that cannot be used.
pub(super) fn keyring(e: &KeyringError) -> Refusal {
    EffectError::new(Code::ComponentKey, e.to_string()).unavailable()
}

fn history_refusal(e: &HistoryError) -> Refusal {
    EffectError::new(Code::LogUnreadable, e.to_string()).unavailable()
}

/// A statement that does not verify: the code says why.
pub fn refused_statement(e: &StatementError) -> Refusal {
    let hint = "take the statement from the engine and sign exactly its bytes; nothing was recorded";
    match e {
        StatementError::Json(_) | StatementError::Shape(_) => Refusal::invalid(e.code(), e.to_string(), hint),
        StatementError::Signature(_)
        | StatementError::PayloadType { .. }
        | StatementError::World { .. }
        | StatementError::UnknownPerson { .. }
        | StatementError::NotTheirKey { .. }
        | StatementError::Expired { .. }
        | StatementError::TooLong { .. } => Refusal::forbidden(e.code(), e.to_string(), hint),
    }
}
