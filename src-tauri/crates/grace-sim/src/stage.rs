//! The stage itself: opens beside an engine, hears what happens on the mesh, and closes before the engine does.
//!
//! Owns the tasks. Never decides what a subsystem says: that is asked of the subsystem and of its settings.

use grace_domain::core::states::State;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use grace_api::client::Following;
use grace_api::requests::{Nothing, PageRequest};
use grace_api::{Client, Host, Ports, Problem};
use grace_domain::core::ids::ComponentId;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::handshake::event::HandshakeEntryType;
use grace_domain::log::EntryType;
use tokio::task::{JoinHandle, JoinSet};

use crate::answer::Actor;
use crate::metrics;
use crate::pace::{Closer, Pace};
use crate::subsystems::{self, Command, Event};
use crate::witness::Witness;

/// Entry type of an announcement.
const ANNOUNCED: EntryType = EntryType::Handshake(HandshakeEntryType::Announced);
/// State of a handshake that waits for answers.
const WAITING: State = State::Announced;

/// Who is played, and with what.
pub struct Cast {
    /// The subsystems, each with its own key.
    pub subsystems: BTreeMap<ComponentId, SignerKey>,
    /// Where each keeps what it remembers of the log.
    pub memory: PathBuf,
    /// Time and randomness: the engine's, so that both live in one time.
    pub ports: Ports,
}

/// A stage that plays. [`Stage::close`] ends it; whoever only drops it leaves it playing to the end of the process.
pub struct Stage {
    closer: Closer,
    tasks: Vec<JoinHandle<()>>,
}

impl Stage {
    /// Opens a stage beside the engine of this process. `None` when it cannot be opened: the engine serves all the same,
    /// and to it whoever is simulated is silent.
    pub async fn beside(host: &Host) -> Option<Self> {
        let subsystems = host.simulated_subsystems();
        let memory = host.dir().join("subsystems");
        match Self::open(host.client(), Cast { subsystems, memory, ports: host.ports() }).await {
            Ok(stage) => Some(stage),
            Err(problem) => {
                tracing::warn!(code = %problem.code, detail = %problem.detail, "nobody simulated is played");
                None
            }
        }
    }

    /// Opens a stage for this cast. What was announced before is answered now.
    pub async fn open(client: Client, cast: Cast) -> Result<Self, Problem> {
        let (closer, pace) = Pace::new(cast.ports);
        // Heard from now on, and only then looked back: nothing is missed in between.
        let following = client.notices(None).await?;
        let vkey = client.log_checkpoint(Nothing {}).await?.vkey;
        let witness = Arc::new(Witness::new(cast.memory, &vkey)?);
        let actors = cast.subsystems.into_iter().map(|(id, key)| {
            Arc::new(Actor {
                id,
                key,
                client: client.clone(),
                pace: pace.clone(),
                witness: Arc::clone(&witness),
            })
        });
        let play = Play { client: client.clone(), pace: pace.clone(), actors: actors.collect() };
        let tasks = vec![tokio::spawn(play.run(following)), tokio::spawn(metrics::send(client, pace))];
        Ok(Self { closer, tasks })
    }

    /// Closes the stage: who was about to answer does not, and who was answering has answered.
    pub async fn close(self) {
        self.closer.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the stage failed");
            }
        }
    }
}

/// The subsystems while they play.
struct Play {
    client: Client,
    pace: Pace,
    actors: Vec<Arc<Actor>>,
}

impl Play {
    async fn run(self, mut following: Following) {
        let mut acting = JoinSet::new();
        let mut before = self.waiting().await;
        for handshake in &before {
            self.publish(&Event::Announced { handshake }, &mut acting);
        }
        while let Ok(heard) = self.pace.until_closed(following.next()).await {
            let notices = match heard {
                Ok(notices) => notices,
                Err(problem) => {
                    tracing::warn!(code = %problem.code, detail = %problem.detail, "the mesh has ended");
                    break;
                }
            };
            for notice in notices.iter().filter(|n| n.entry_type == ANNOUNCED) {
                // Announced between listening and looking back: it was heard twice.
                if !before.remove(&notice.subject) {
                    self.publish(&Event::Announced { handshake: &notice.subject }, &mut acting);
                }
            }
            while let Some(ended) = acting.try_join_next() {
                report(ended);
            }
        }
        while let Some(ended) = acting.join_next().await {
            report(ended);
        }
    }

    /// Handshakes that wait for answers already.
    async fn waiting(&self) -> BTreeSet<String> {
        let mut waiting = BTreeSet::new();
        let mut before = None;
        loop {
            let page = match self.client.handshake_list(PageRequest { before, limit: None }).await {
                Ok(page) => page,
                Err(problem) => {
                    tracing::warn!(code = %problem.code, detail = %problem.detail, "no handshakes to look back at");
                    return waiting;
                }
            };
            waiting.extend(page.handshakes.into_iter().filter(|h| h.state == WAITING).map(|h| h.id));
            match page.next {
                Some(next) => before = Some(next),
                None => return waiting,
            }
        }
    }

    fn publish(&self, event: &Event<'_>, acting: &mut JoinSet<()>) {
        for actor in &self.actors {
            for command in subsystems::of(&actor.id).on(event) {
                match command {
                    Command::Acknowledge { handshake } => {
                        acting.spawn(Arc::clone(actor).acknowledge(handshake));
                    }
                }
            }
        }
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a simulated subsystem failed while it answered");
    }
}
