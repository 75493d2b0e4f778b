//! An engine of which a part panicked: refuses, says so wherever its state is shown, and lets everything be read.

use grace_api::types::ActionName;
use grace_api::types::{CheckName, LogState};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use grace_api::requests::*;
use grace_api::{Host, worlds};
use grace_engine::ports::{SystemClock, SystemRandom};
use grace_engine::{Clock, EngineConfig, Ports};
use grace_target::SandboxLauncher;

/// A clock that breaks under whoever is about to wait by it.
#[derive(Default)]
struct Fragile {
    machine: SystemClock,
    broken: AtomicBool,
}

impl Clock for Fragile {
    fn now(&self) -> grace_domain::core::time::Timestamp {
        self.machine.now()
    }

    fn is_wall_clock(&self) -> bool {
        true
    }

    fn monotonic_ms(&self) -> u64 {
        self.machine.monotonic_ms()
    }

    fn sleep_ms(&self, ms: u64) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        assert!(!self.broken.load(Ordering::SeqCst), "the spring snapped");
        self.machine.sleep_ms(ms)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_engine_that_failed_is_said_by_status_doctor_and_overview_and_by_each_refusal() {
    let dir = tempfile::tempdir().expect("a directory");
    let world = dir.path().join("world");
    worlds::demo(&world).await.expect("a demo world");
    let clock = Arc::new(Fragile::default());
    let config = EngineConfig {
        dir: world.clone(),
        ports: Ports { clock: clock.clone(), random: Arc::new(SystemRandom) },
        launcher: SandboxLauncher { program: PathBuf::from("/bin/false") },
    };
    let host = Host::start_with(config, 0).await.expect("an engine");
    let client = host.client();
    let well = client.status(Nothing {}).await.expect("a status");
    assert_eq!((well.log.state.as_str(), well.log.reason), ("ok", None));
    let parts = well.checks.iter().find(|c| c.name == CheckName::Parts).expect("the check");
    assert!(parts.ok, "{parts:?}");

    clock.broken.store(true, Ordering::SeqCst);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    // The checks of a status hold for some seconds.
    let (ill, parts) = loop {
        let status = client.status(Nothing {}).await.expect("a status");
        let parts = status.checks.iter().find(|c| c.name == CheckName::Parts).expect("the check").clone();
        if !parts.ok || tokio::time::Instant::now() > deadline {
            break (status, parts);
        }
    };
    assert!(!parts.ok && parts.detail.contains("the spring snapped"), "{parts:?}");
    assert!(parts.detail.contains("until it is started again"), "{parts:?}");
    assert_eq!(ill.log.state, LogState::ReadOnly);
    assert_eq!(ill.log.reason.as_ref(), Some(&parts.detail));
    let overview = client.overview(OverviewRequest::default()).await.expect("readable");
    let alarm = overview.needs_you.iter().find(|n| n.title == "The engine").expect("it needs somebody");
    assert_eq!((alarm.kind.as_str(), &alarm.sentence), ("alarm", &parts.detail));

    let refused = client
        .sim_metrics(SimMetricsRequest { id: "edge-gateway".into(), ..SimMetricsRequest::default() })
        .await
        .expect_err("refused");
    assert_eq!((refused.code.as_str(), refused.status), ("engine_part_failed", 503));
    assert!(refused.hint.starts_with("Start the engine again"), "{refused:?}");
    let component = client.component_show(ById { id: "edge-gateway".into() }).await.expect("readable");
    let submit = component.actions.iter().find(|a| a.name == ActionName::Submit).expect("the action");
    assert_eq!(
        (submit.allowed, submit.reason.as_ref()),
        (false, Some(&parts.detail)),
        "no button leads nowhere"
    );
    host.shutdown().await;

    clock.broken.store(false, Ordering::SeqCst);
    let host = Host::start(&world, PathBuf::from("/bin/false"), 0).await.expect("an engine");
    let status = host.client().status(Nothing {}).await.expect("a status");
    assert_eq!(status.log.state, LogState::Ok);
    host.shutdown().await;
}
