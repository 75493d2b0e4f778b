//! Whoever answers and sends metrics in a test's world: acknowledgers and sources, played by the test through the ways
//! in that others take. Never reaches past the engine's handle.

use super::sign::sealed;
use super::{Bench, id};
use grace_domain::core::ids::{ComponentId, HandshakeId};
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::handshake::Handshake;
use grace_domain::statement::{Ack, Adjustment, Vote};
use grace_engine::keyring::Keyring;
use grace_engine::metrics::Pushed;
use grace_engine::{Engine, Ports};
use grace_store::layout;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

/// Time between two looks at what is announced.
const THINK_MS: u64 = 400;
/// Time between two samples.
const SEND_MS: u64 = 1_000;

/// What a source sends, in millionths of the metric's unit.
#[derive(Clone)]
pub struct Source {
    pub error_rate_micro: u64,
    pub latency_p95_ms_micro: u64,
    pub silent: bool,
}

impl Default for Source {
    fn default() -> Self {
        Self { error_rate_micro: 4_000, latency_p95_ms_micro: 120_000_000, silent: false }
    }
}

/// What is set; a restart does not change it.
#[derive(Default)]
pub struct Settings {
    silent: BTreeSet<String>,
    sources: BTreeMap<ComponentId, Source>,
}

/// Those who play while an engine runs.
pub fn play(engine: &Engine, ports: &Ports, settings: &Arc<Mutex<Settings>>) -> JoinSet<()> {
    let mut playing = JoinSet::new();
    let player = || Player { engine: engine.clone(), ports: ports.clone(), settings: settings.clone() };
    playing.spawn(player().answer());
    playing.spawn(player().send());
    playing
}

struct Player {
    engine: Engine,
    ports: Ports,
    settings: Arc<Mutex<Settings>>,
}

impl Player {
    async fn answer(self) {
        loop {
            self.ports.clock.sleep_ms(THINK_MS).await;
            let world = self.engine.world();
            for (handshake, h) in world.handshakes().iter().filter(|(_, h)| h.state().as_str() == "announced")
            {
                for by in ACKNOWLEDGERS {
                    let silent = self.settings.lock().expect("held for an instant").silent.contains(by);
                    if !silent && !h.acks().iter().any(|a| a.facts.by.as_str() == by) {
                        self.acknowledge(handshake, h, by).await;
                    }
                }
            }
        }
    }

    /// An answer that is not taken is given again at the next look.
    async fn acknowledge(&self, handshake: &HandshakeId, h: &Handshake, by: &str) {
        let Ok(seen) = self.engine.reader().checkpoint().await else { return };
        let ack = Ack {
            world: self.engine.world().origin().to_owned(),
            handshake: handshake.clone(),
            nonce: h.nonce().clone(),
            request: h.request(),
            by: id(by),
            vote: Vote::Ack,
            reason: "".into(),
            adjustments: vec![Adjustment { key: "newcomer".into(), old: None, new: "noted".into() }],
            seen: seen.text,
            at: self.ports.clock.now(),
        };
        let keyring = Keyring::of_world(&layout::World::at(self.engine.dir()));
        let key = keyring.component(&ack.by).expect("readable");
        let _ = self.engine.acknowledge(handshake, &sealed(&ack, &key), None).await;
    }

    fn source_of(&self, component: &ComponentId) -> Source {
        let settings = self.settings.lock().expect("held for an instant");
        settings.sources.get(component).cloned().unwrap_or_default()
    }

    async fn send(self) {
        loop {
            self.ports.clock.sleep_ms(SEND_MS).await;
            let world = self.engine.world();
            for component in world.components().values().filter(|c| !c.facts().metrics.is_empty()) {
                let source = self.source_of(component.id());
                if source.silent {
                    continue;
                }
                let mut dice = [0u8; 1];
                self.ports.random.fill(&mut dice);
                // Real sources are never flat.
                let near = |set: u64| set / 100 * (95 + u64::from(dice[0]) % 11);
                let pushed = component.facts().metrics.iter().map(|metric| Pushed {
                    metric: metric.clone(),
                    value_micro: match metric.as_str() {
                        "error_rate" => near(source.error_rate_micro).min(1_000_000),
                        "latency_p95_ms" => near(source.latency_p95_ms_micro),
                        _ => near(1_000_000),
                    },
                    count: 100,
                    at: None,
                });
                let _ = self.engine.push_samples(component.id(), &pushed.collect::<Vec<_>>()).await;
            }
        }
    }
}

impl Bench {
    fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().expect("held for an instant"));
    }

    /// What a metrics source sends.
    pub fn source(&self, component: &str, source: Source) {
        self.set(|s| {
            s.sources.insert(id(component), source);
        });
    }

    pub fn errors(&self, component: &str, micro: u64) {
        self.source(component, Source { error_rate_micro: micro, ..Source::default() });
    }

    pub fn silent(&self, component: &str) {
        self.source(component, Source { silent: true, ..Source::default() });
    }

    /// An acknowledger answers by itself again.
    pub fn answers(&self, subsystem: &str) {
        self.set(|s| {
            s.silent.remove(subsystem);
        });
    }

    /// None of the five answers by itself: the test does.
    pub fn all_silent(&self) {
        self.set(|s| s.silent.extend(ACKNOWLEDGERS.map(str::to_owned)));
    }
}
