//! The acknowledgers as local simulation: each has its own key, its own memory of the log, and a behaviour that can
//! be set. They hear announcements on the mesh, and answer over the same path as a stranger: a signed envelope, verified
//! by the engine.

use crate::context::{EffectContext, EffectError};
use crate::input::{Input, Message};
use crate::mesh::HANDSHAKE_ANNOUNCE;
use grace_domain::core::count::counted;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::crypto::checkpoint;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::crypto::merkle;
use grace_domain::handshake::Handshake;
use grace_domain::statement::{self, Ack, Adjustment, Statement, Vote};
use grace_domain::world::World;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How a simulated subsystem behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Acknowledges.
    #[default]
    Ack,
    /// Says no.
    Nack,
    /// Says nothing.
    Silent,
    /// Signs with a key that is not registered.
    WrongKey,
}

/// Settings of one simulated subsystem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Setting {
    /// What it does.
    pub behaviour: Behaviour,
    /// How long it thinks.
    pub delay_ms: u64,
    /// Why it says no.
    pub nack_reason: String,
}

impl Default for Setting {
    fn default() -> Self {
        Self { behaviour: Behaviour::Ack, delay_ms: 400, nack_reason: "simulated refusal".into() }
    }
}

/// All settings, kept in the world so that a restart behaves the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// By subsystem.
    pub subsystems: BTreeMap<ComponentId, Setting>,
    /// By component.
    pub sources: BTreeMap<ComponentId, crate::sources::Source>,
}

/// Where the settings of a world are.
pub fn settings_path(dir: &Path) -> PathBuf {
    dir.join("simulation.json")
}

/// Reads the settings; a world without any behaves well.
pub fn settings(dir: &Path) -> Result<Settings, EffectError> {
    match std::fs::read(settings_path(dir)) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| {
            EffectError::new("simulation_malformed", format!("simulation.json does not read: {e}"))
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(e) => Err(EffectError::new("simulation_unreadable", e.to_string())),
    }
}

/// Writes the settings: beside, then in place.
pub fn keep_settings(dir: &Path, settings: &Settings) -> Result<(), EffectError> {
    let io = |e: std::io::Error| EffectError::new("simulation_unwritable", e.to_string());
    let bytes = serde_json::to_vec_pretty(settings)
        .map_err(|e| EffectError::new("simulation_unwritable", e.to_string()))?;
    let file = tempfile::NamedTempFile::new_in(dir).map_err(io)?;
    std::fs::write(file.path(), bytes).map_err(io)?;
    file.persist(settings_path(dir)).map_err(|e| io(e.error))?;
    Ok(())
}

/// Every required subsystem whose key is here and which has not answered yet, answers.
pub async fn answer(context: &EffectContext, h: &Handshake) {
    let world = context.world();
    let answered: Vec<&ComponentId> = h.acks.iter().map(|a| &a.facts.by).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for id in world.genesis.policy.handshake.required.iter().filter(|id| !answered.contains(id)) {
        let (context, h, id) = (context.clone(), h.clone(), id.clone());
        tasks.spawn(async move {
            let mut delay = None;
            // An answer that could not be taken is given again: one COMMIT that fails must not cost a quorum.
            while let Err(missing) = answer_as(&context, &h, &id, delay).await {
                tracing::warn!(subsystem = %id, code = missing.code, reason = %missing.reason, "no answer");
                if missing.code == REFUSED {
                    break;
                }
                delay = Some(AGAIN_MS);
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        // One that panics is a part of the engine that broke, not an acknowledger that says nothing.
        if let Err(Ok(panic)) = ended.map_err(tokio::task::JoinError::try_into_panic) {
            std::panic::resume_unwind(panic);
        }
    }
    // The deadline ends this effect: asking goes on as long as the handshake is announced.
    std::future::pending::<()>().await;
}

/// Refused for good.
const REFUSED: &str = "refused";
/// How long an answer that could not be taken waits.
const AGAIN_MS: u64 = 500;

fn refused(refusal: Refusal) -> EffectError {
    let code = if refusal.kind == RefusalKind::Unavailable { "unavailable" } else { REFUSED };
    EffectError::new(code, refusal.message)
}

async fn answer_as(
    context: &EffectContext,
    h: &Handshake,
    id: &ComponentId,
    delay: Option<u64>,
) -> Result<(), EffectError> {
    let world = context.world();
    let simulated = world.components.get(id).is_some_and(|c| c.facts.subsystem && c.facts.simulated);
    let key = context.keyring.component(id).map_err(|e| EffectError::new("component_key", e.to_string()))?;
    let (true, Some(key)) = (simulated, key) else { return Ok(()) };
    heard(context, h).await?;
    let setting = settings(&context.dir)?.subsystems.get(id).cloned().unwrap_or_default();
    context.ports.clock.sleep_ms(delay.unwrap_or(setting.delay_ms)).await;
    if setting.behaviour == Behaviour::Silent {
        return Ok(());
    }
    let Witnessed { seen, refuses } = witness(context, id).await?;
    let (vote, reason) = match refuses {
        Some(why) => (Vote::Nack, why.to_owned()),
        None if setting.behaviour == Behaviour::Nack => (Vote::Nack, setting.nack_reason.clone()),
        None => (Vote::Ack, String::new()),
    };
    let ack = Ack {
        world: world.genesis.origin.clone(),
        handshake: h.id.clone(),
        nonce: h.nonce().clone(),
        request: h.request,
        by: id.clone(),
        vote,
        reason,
        adjustments: if vote == Vote::Ack { adjustments(id, h) } else { Vec::new() },
        seen,
        at: context.ports.clock.now(),
    };
    let key = match setting.behaviour {
        Behaviour::WrongKey => SignerKey::from_seed(context.ports.seed()),
        Behaviour::Ack | Behaviour::Nack | Behaviour::Silent => key,
    };
    let payload = grace_domain::core::canon::to_canonical(&ack)
        .map_err(|e| EffectError::new("unencodable", format!("the answer cannot be written: {e}")))?;
    let envelope = Envelope::sign(Ack::PAYLOAD_TYPE, payload, &[&key]);
    let message = verified_ack(context, &world, &envelope).await.map_err(refused)?;
    let (reply, answer) = tokio::sync::oneshot::channel();
    let message = Message { input: message, once: None, reply: Some(reply), ended: None };
    if context.inbox.send(message).await.is_ok()
        && let Ok(Err(refusal)) = answer.await
    {
        return Err(refused(refusal));
    }
    Ok(())
}

/// Waits until the mesh tells the announcement; after a restart it tells it again, through the log.
async fn heard(context: &EffectContext, h: &Handshake) -> Result<(), EffectError> {
    let mut mesh = context.bus.from(h.first_seq);
    loop {
        let event = mesh.next().await.map_err(|e| EffectError::new("mesh_unreadable", e.to_string()))?;
        let Some(event) = event else { return Err(EffectError::new("mesh_ended", "the mesh has ended")) };
        if event.event_type == HANDSHAKE_ANNOUNCE && event.subject == h.id.as_str() {
            return Ok(());
        }
    }
}

/// What each of the five sets for a newcomer.
fn adjustments(id: &ComponentId, h: &Handshake) -> Vec<Adjustment> {
    let name = h.component.as_str();
    let metrics: Vec<&str> = h.facts.metrics.iter().map(grace_domain::core::ids::MetricId::as_str).collect();
    let (key, new) = match id.as_str() {
        "agentic_spine" => (format!("plans.{name}"), "may be planned for".to_owned()),
        "memory_fusion" => (format!("access.{name}"), "read".to_owned()),
        "metrics_collector" => (format!("collect.{name}"), metrics.join(", ")),
        "anomaly_watchdog" => (format!("watch.{name}"), counted(metrics.len(), "metric")),
        "self_heal_scheduler" => (format!("heal.{name}"), "observe only".to_owned()),
        _ => return Vec::new(),
    };
    vec![Adjustment { key, old: None, new }]
}

/// What a subsystem has seen of the log.
#[derive(Debug)]
pub struct Witnessed {
    /// The newest checkpoint, or the remembered one that this log does not continue.
    pub seen: String,
    /// Why it does not acknowledge this log.
    pub refuses: Option<&'static str>,
}

/// A subsystem's own memory of the log: the last checkpoint it has seen. Answers with the newest one, and only when that
/// continues the remembered one it is remembered instead. One witness at a time, and memory before log: else another
/// answer of the same subsystem could remember, in between, a checkpoint that is newer than the one looked at.
pub async fn witness(context: &EffectContext, id: &ComponentId) -> Result<Witnessed, EffectError> {
    let _alone = context.witnessing.lock().await;
    let log = |e: grace_store::ReadError| EffectError::new("log_unreadable", e.to_string());
    let dir = context.dir.join("subsystems");
    let path = dir.join(format!("{id}.checkpoint"));
    let io = |e: std::io::Error| EffectError::new("witness_state", e.to_string());
    let refuses = |seen: String, why| Ok(Witnessed { seen, refuses: Some(why) });
    let remembered = match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(io(e)),
    };
    let newest = context.reader.checkpoint().await.map_err(log)?;
    let vkey = context.reader.vkey().clone();
    let Ok(now) = checkpoint::verify(&newest.text, &vkey) else {
        return refuses(String::new(), "the newest checkpoint is not signed with the log's key");
    };
    if let Some(bytes) = remembered {
        let text = String::from_utf8(bytes).unwrap_or_default();
        let Ok(before) = checkpoint::verify(&text, &vkey) else {
            return refuses(String::new(), "what I remember of the log is not a checkpoint of this log");
        };
        let continues = before.size <= now.size && {
            let proof = context.reader.consistency_proof(before.size, now.size).await.map_err(log)?;
            merkle::verify_consistency(before.size, &before.root, now.size, &now.root, &proof)
        };
        if !continues {
            return refuses(text, "the log is not a continuation of what I have seen");
        }
    }
    std::fs::create_dir_all(&dir).map_err(io)?;
    let mut file = tempfile::NamedTempFile::new_in(&dir).map_err(io)?;
    file.write_all(newest.text.as_bytes()).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(&path).map_err(|e| io(e.error))?;
    Ok(Witnessed { seen: newest.text, refuses: None })
}

/// Verifies an answer: the registered key of the subsystem, and for a yes a checkpoint that is a beginning of this log.
/// Whoever says no need not prove that they follow this log: that it is not theirs may be the very reason.
pub async fn verified_ack(
    context: &EffectContext,
    world: &World,
    envelope: &Envelope,
) -> Result<Input, Refusal> {
    let refuse = |e: statement::StatementError| {
        Refusal::forbidden(e.code(), e.to_string(), "only a registered acknowledger's own key counts")
    };
    let claimed: Ack = statement::read(envelope, &world.genesis.origin).map_err(refuse)?;
    let key = grace_domain::handshake::decide::acknowledger_key(world, &claimed.by)?;
    let verified: statement::Verified<Ack> =
        statement::verify(envelope, &world.genesis.origin, &[key]).map_err(refuse)?;
    let seen = &verified.statement.seen;
    let seen_size = match verified.statement.vote {
        Vote::Nack => continuation(context, seen).await.unwrap_or(0),
        Vote::Ack if seen.is_empty() => {
            return Err(Refusal::invalid(
                "no_checkpoint",
                format!("{} acknowledges without a checkpoint of the log", verified.statement.by),
                "answer with the newest checkpoint that continues the last one seen",
            ));
        }
        Vote::Ack => continuation(context, seen).await?,
    };
    context
        .keep(&envelope.to_json())
        .await
        .map_err(|m| Refusal::new(RefusalKind::Unavailable, m.code, m.reason, "see `grace doctor`"))?;
    Ok(Input::Ack(verified.statement.handshake.clone(), Box::new(verified), seen_size))
}

async fn continuation(context: &EffectContext, seen: &str) -> Result<u64, Refusal> {
    let not = |why: String| {
        Refusal::conflict(
            "not_a_continuation",
            format!("the log is not a continuation of the checkpoint the sender has seen: {why}"),
            "run `grace log verify`: either this log or the sender's memory was changed",
        )
    };
    let before = checkpoint::verify(seen, context.reader.vkey()).map_err(|e| not(e.to_string()))?;
    let newest = context.reader.checkpoint().await.map_err(|e| not(e.to_string()))?;
    let now = newest.checkpoint;
    if before.size > now.size {
        return Err(not(format!("it has {}, this log {}", counted(before.size, "entry"), now.size)));
    }
    let proof =
        context.reader.consistency_proof(before.size, now.size).await.map_err(|e| not(e.to_string()))?;
    if before.size > 0 && !merkle::verify_consistency(before.size, &before.root, now.size, &now.root, &proof)
    {
        return Err(not(format!("entry {} and before differ", before.size)));
    }
    Ok(before.size)
}
