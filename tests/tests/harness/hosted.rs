//! An engine in this process, on a clock that the test drives: what lasts for minutes takes seconds. The programs take
//! no time from outside, so what is about time is tried here, over the same HTTP as everything else.

use super::api::Api;
use super::binary;
use grace_api::Host;
use grace_domain::core::time::Timestamp;
use grace_engine::EngineConfig;
use grace_engine::ports::{Clock, Ports, Random, SystemClock, SystemRandom};
use grace_sim::Stage;
use grace_target::SandboxLauncher;
use std::future::Future;
use std::ops::Deref;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Runs this many times as fast as the machine's.
const SPEED: u64 = 4;

/// Faster than the machine's.
#[derive(Debug)]
pub struct FastClock {
    machine: SystemClock,
    begin: Timestamp,
}

impl FastClock {
    /// Begins now.
    pub fn start() -> Arc<Self> {
        let machine = SystemClock::default();
        let begin = machine.now();
        Arc::new(Self { machine, begin })
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let since = i64::try_from(self.monotonic_ms()).expect("a test is short");
        self.begin.plus_ms(since)
    }

    fn is_wall_clock(&self) -> bool {
        false
    }

    fn monotonic_ms(&self) -> u64 {
        self.machine.monotonic_ms() * SPEED
    }

    fn sleep_ms(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(Duration::from_millis((ms / SPEED).max(1))))
    }
}

/// The engine of a world, in this process.
pub struct Hosted {
    api: Api,
    host: Host,
    stage: Option<Stage>,
    runtime: Runtime,
}

impl Deref for Hosted {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Hosted {
    /// Opens `world` on this clock.
    #[track_caller]
    pub fn start(world: &Path, clock: &Arc<FastClock>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let config = EngineConfig {
            dir: world.to_owned(),
            ports: Ports { clock: Arc::clone(clock) as Arc<dyn Clock>, random },
            launcher: SandboxLauncher { program: binary::grace() },
        };
        let host = runtime
            .block_on(Host::start_with(config, 0))
            .unwrap_or_else(|problem| panic!("the engine does not start: {problem:?}"));
        let stage = runtime.block_on(Stage::beside(&host));
        let file = host.engine_file();
        let token = std::fs::read_to_string(&file.token_file).expect("the token").trim().to_owned();
        let address = file.url.strip_prefix("http://").and_then(|a| a.parse().ok()).expect("an address");
        Self { api: Api { address, token }, host, stage, runtime }
    }

    /// Ends it in order.
    pub fn stop(self) {
        self.runtime.block_on(async {
            if let Some(stage) = self.stage {
                stage.close().await;
            }
            self.host.shutdown().await;
        });
    }
}
