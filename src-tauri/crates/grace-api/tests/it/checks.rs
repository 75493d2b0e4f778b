//! How often a target is read for those who ask how the world is: counted by the kernel, from outside.

use grace_domain::core::ids::ComponentId;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use grace_api::requests::Nothing;
use grace_api::types::StatusView;
use grace_api::{Client, Host, worlds};
use grace_domain::core::time::Timestamp;
use grace_engine::ports::{SystemClock, SystemRandom};
use grace_engine::{Clock, EngineConfig, Ports};
use grace_target::SandboxLauncher;
use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use serde_json::Value;

const CALLERS: usize = 8;

/// A clock whose time of day moves only when it is told to.
struct Held {
    machine: SystemClock,
    now_ms: AtomicI64,
}

impl Held {
    fn advance(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for Held {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_ms.load(Ordering::SeqCst))
    }

    fn is_wall_clock(&self) -> bool {
        false
    }

    fn monotonic_ms(&self) -> u64 {
        self.machine.monotonic_ms()
    }

    fn sleep_ms(&self, ms: u64) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.machine.sleep_ms(ms)
    }
}

/// How often a file was opened.
struct Opened(OwnedFd);

impl Opened {
    fn of(file: &Path) -> Self {
        let watch = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).expect("inotify");
        add_watch(&watch, file, WatchFlags::OPEN | WatchFlags::CLOSE_NOWRITE).expect("watched");
        Self(watch)
    }

    /// Since the last time that this was asked. The kernel joins two that follow each other unread: each is told apart by
    /// the closing between them.
    fn count(&self) -> usize {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.0, &mut buffer);
        let mut opened = 0;
        while let Ok(event) = reader.next() {
            opened += usize::from(event.events().contains(ReadFlags::OPEN));
        }
        opened
    }
}

/// An engine on a held clock, and the file at a target of its world.
async fn served(dir: &Path) -> (Host, Arc<Held>, PathBuf) {
    let world = dir.join("world");
    worlds::demo(&world).await.expect("a demo world");
    let machine = SystemClock::default();
    let now_ms = AtomicI64::new(machine.now().millis());
    let clock = Arc::new(Held { machine, now_ms });
    let config = EngineConfig {
        dir: world,
        ports: Ports { clock: clock.clone(), random: Arc::new(SystemRandom) },
        launcher: SandboxLauncher { program: PathBuf::from("/bin/false") },
    };
    let host = Host::start_with(config, 0).await.expect("an engine");
    let id = "edge-gateway".parse::<ComponentId>().expect("an id");
    let target: Value =
        serde_json::from_str(&host.engine().world().components()[&id].facts().target).expect("JSON");
    let file = Path::new(target["root"].as_str().expect("a root")).join("gateway.conf");
    (host, clock, file)
}

async fn status(client: &Client) -> StatusView {
    client.status(Nothing {}).await.expect("a status")
}

async fn doctor(client: &Client) -> StatusView {
    client.doctor(Nothing {}).await.expect("a status")
}

/// When the checks of an answer began, and whether they say that the target is well.
fn seen(status: &StatusView) -> (String, bool) {
    let check = status.checks.iter().find(|c| c.component.as_deref() == Some("edge-gateway"));
    (status.checked_at.clone(), check.expect("the check").ok)
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_ask_for_the_status_at_once_each_target_is_read_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let (host, clock, file) = served(dir.path()).await;
    let client = host.client();
    let opened = Opened::of(&file);
    let first = join_all((0..CALLERS).map(|_| status(&client))).await;
    assert_eq!(opened.count(), 1);
    std::fs::write(&file, "changed outside\n").expect("written");
    opened.count();

    // Nobody waits for others to be made: what was found is told with its time, and made anew once.
    clock.advance(6_000);
    let later = join_all((0..CALLERS).map(|_| status(&client))).await;
    for answer in first.iter().chain(&later) {
        assert_eq!(seen(answer), (first[0].checked_at.clone(), true));
    }
    assert!(later.iter().all(|answer| answer.now_at > answer.checked_at));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let renewed = loop {
        let answer = status(&client).await;
        if answer.checked_at != first[0].checked_at {
            break answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "never made anew");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(seen(&renewed), (renewed.now_at.clone(), false));
    assert_eq!(opened.count(), 1);

    // What nobody asked for in a long time is waited for.
    clock.advance(600_000);
    let answers = join_all((0..CALLERS).map(|_| status(&client))).await;
    assert!(answers.iter().all(|answer| answer.checked_at == answer.now_at));
    assert_eq!(opened.count(), 1);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_reads_each_target_after_it_was_asked_and_who_waits_shares_that() {
    let dir = tempfile::tempdir().expect("a directory");
    let (host, _clock, file) = served(dir.path()).await;
    let client = host.client();
    status(&client).await;
    let opened = Opened::of(&file);
    doctor(&client).await;
    assert_eq!(opened.count(), 1, "not what the status has found");
    join_all((0..CALLERS).map(|_| doctor(&client))).await;
    assert_eq!(opened.count(), 2, "one for the first, one for all who came while it ran");
    host.shutdown().await;
}
