//! One subsystem's answer to an announcement: heard, thought about, witnessed, signed, handed in.
//!
//! Owns the order of these steps and when an answer is given again. Never decides whether it counts.

use grace_domain::core::codes::Code;
use grace_domain::core::states::State;
use std::sync::Arc;

use grace_api::requests::{ById, Nothing, StatementRequest};
use grace_api::signer::blobs_of;
use grace_api::types::{HandshakeView, SimSubsystemView};
use grace_api::{ActName, Client, Problem};
use grace_domain::core::canon;
use grace_domain::core::ids::ComponentId;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::statement::{Ack, HandIn, Statement as _, Vote};

use crate::behaviour::{self, Answer, SignedWith};
use crate::pace::{Closed, Pace};
use crate::subsystems::{self, Newcomer};
use crate::witness::Witness;

/// State of a handshake that waits for answers.
const WAITING: State = State::Announced;
/// How long an answer that could not be taken waits.
const AGAIN_MS: u64 = 500;
/// Status of what may be taken later.
const UNAVAILABLE: u16 = 503;

/// A subsystem that is played.
pub(crate) struct Actor {
    pub(crate) id: ComponentId,
    pub(crate) key: SignerKey,
    pub(crate) client: Client,
    pub(crate) pace: Pace,
    pub(crate) witness: Arc<Witness>,
}

impl Actor {
    /// Answers an announcement as it is set. An answer that could not be taken is given again as long as the handshake
    /// waits: one COMMIT that fails must not cost a quorum.
    pub(crate) async fn acknowledge(self: Arc<Self>, handshake: String) {
        let mut wait = None;
        loop {
            match self.once(&handshake, wait).await {
                Ok(Ok(())) | Err(Closed) => return,
                Ok(Err(problem)) => {
                    tracing::warn!(subsystem = %self.id, code = %problem.code, detail = %problem.detail, "no answer");
                    if problem.status != UNAVAILABLE {
                        return;
                    }
                    wait = Some(AGAIN_MS);
                }
            }
        }
    }

    async fn once(&self, handshake: &str, wait: Option<u64>) -> Result<Result<(), Problem>, Closed> {
        let setting = match self.setting().await {
            Ok(Some(setting)) => setting,
            // Not simulated any more.
            Ok(None) => return Ok(Ok(())),
            Err(problem) => return Ok(Err(problem)),
        };
        self.pace.sleep_ms(wait.unwrap_or(setting.delay_ms)).await?;
        Ok(self.answer(handshake, &setting).await)
    }

    async fn setting(&self) -> Result<Option<SimSubsystemView>, Problem> {
        let shown = self.client.sim_show(Nothing {}).await?;
        Ok(shown.subsystems.into_iter().find(|s| s.id == self.id.as_str()))
    }

    async fn answer(&self, handshake: &str, setting: &SimSubsystemView) -> Result<(), Problem> {
        let behaviour = setting.behaviour;
        if behaviour::answer(behaviour, &setting.nack_reason, None).is_none() {
            return Ok(());
        }
        let shown = self.client.handshake_show(ById { id: handshake.to_owned() }).await?;
        let waits = shown.state == WAITING && shown.required.iter().any(|r| r == self.id.as_str());
        if !waits || shown.acks.iter().any(|a| a.by == self.id.as_str()) {
            return Ok(());
        }
        let witnessed = self.witness.witness(&self.client, &self.id).await?;
        let Some(answer) = behaviour::answer(behaviour, &setting.nack_reason, witnessed.refuses) else {
            return Ok(());
        };
        let handed = self.sign(&shown, &answer, witnessed.seen).await?;
        self.client.hand_in(ActName::Ack, Some(handshake), &handed, None).await?;
        for _ in 1..answer.times {
            // A second answer of one key never counts; whoever gives it hears so.
            if let Err(problem) = self.client.hand_in(ActName::Ack, Some(handshake), &handed, None).await {
                tracing::info!(subsystem = %self.id, code = %problem.code, "said twice");
            }
        }
        Ok(())
    }

    /// The statement as the engine words it for everybody, with what this subsystem itself has to say in it.
    async fn sign(&self, shown: &HandshakeView, answer: &Answer, seen: String) -> Result<HandIn, Problem> {
        let request = StatementRequest {
            act: ActName::Ack,
            subject: Some(shown.id.clone()),
            person: self.id.to_string(),
            decision: Some(answer.vote.into()),
            reason: Some(answer.reason.clone()),
            ..StatementRequest::default()
        };
        let worded = self.client.statement(request).await?;
        let statement: Ack = serde_json::from_str(&worded.payload).map_err(|e| unsigned(&e.to_string()))?;
        let newcomer = Newcomer { component: &shown.component, metrics: &shown.metrics };
        let adjustments = match answer.vote {
            Vote::Ack => subsystems::of(&self.id).adjustments(&newcomer),
            Vote::Nack => Vec::new(),
        };
        let said = Ack { seen, adjustments, at: self.pace.ports.clock.now(), ..statement };
        let payload = canon::to_canonical(&said).map_err(|e| unsigned(&e.to_string()))?;
        let another;
        let key = match answer.signed_with {
            SignedWith::OwnKey => &self.key,
            SignedWith::AnotherKey => {
                another = SignerKey::from_seed(self.pace.ports.seed());
                &another
            }
        };
        let blobs = blobs_of(&worded)?.into_values().collect();
        Ok(HandIn { envelope: Envelope::sign(Ack::PAYLOAD_TYPE, payload, &[key]), blobs })
    }
}

fn unsigned(why: &str) -> Problem {
    let detail = format!("The answer cannot be written: {why}.");
    Problem::new(500, Code::Unencodable, detail, "See the log of this process.")
}
