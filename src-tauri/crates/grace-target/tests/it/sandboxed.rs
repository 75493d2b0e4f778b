//! The sandbox as a hostile check meets it.
//!
//! What a kernel without the needed parts cannot enforce is not asserted there; that such a kernel is found out and
//! the check refused, is.

use grace_domain::core::codes::Code;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use grace_target::{
    CheckReport, CheckRequest, CommandSpec, Level, RequiredLevel, SandboxError, SandboxLauncher, Staged,
    check, copy,
};

use crate::support::{Bench, clock_ms, eventually, everything, runs, write};

fn launcher() -> SandboxLauncher {
    SandboxLauncher { program: PathBuf::from(env!("CARGO_BIN_EXE_grace-sandbox")) }
}

fn command(argv: &[&str], timeout_s: u64) -> CommandSpec {
    CommandSpec { argv: argv.iter().map(|part| (*part).to_owned()).collect(), timeout_s }
}

async fn copy_of(bench: &Bench) -> Staged {
    copy(&bench.root, &bench.managed, &bench.scratch()).await.unwrap()
}

async fn run_check(
    bench: &Bench,
    staged: &Staged,
    argv: &[&str],
    timeout_s: u64,
) -> Result<CheckReport, SandboxError> {
    let command = command(argv, timeout_s);
    let private = [bench.base.path().to_owned()];
    let request = CheckRequest {
        command: &command,
        staged,
        root: bench.root.path(),
        required: RequiredLevel::Partial,
        private: &private,
    };
    check(&launcher(), request, &clock_ms).await
}

/// Runs a shell script as a check of a fresh copy. `None` where the kernel has no sandbox at all, after seeing that
/// the check was refused for it.
async fn script(bench: &Bench, text: &str) -> Option<CheckReport> {
    let staged = copy_of(bench).await;
    report_of(run_check(bench, &staged, &["sh", "-c", text], 20).await)
}

fn report_of(result: Result<CheckReport, SandboxError>) -> Option<CheckReport> {
    match result {
        Ok(report) => Some(report),
        Err(SandboxError::Level { reached: Level::None { .. }, .. }) => None,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_check_works_on_its_copy_and_its_own_temporary_files() {
    let bench = Bench::new();
    let text = r#"set -e
        test "$(cat main.conf)" = "main old"
        test "$(cat {staged}/mime.types)" = types
        echo x > made && mkdir dir && mv made dir/moved && ln dir/moved dir/linked && rm -r dir
        echo y > "$TMPDIR/y" && cat "$TMPDIR/y"
        ls /usr/bin > /dev/null && cat /etc/hostname > /dev/null && head -c 8 /dev/urandom > /dev/null
        pwd"#;
    let staged = copy_of(&bench).await;
    let Some(report) = report_of(run_check(&bench, &staged, &["sh", "-c", text], 20).await) else { return };
    assert!(report.passed(), "{:?}", report.outcome);
    let here = staged.root().path().canonicalize().unwrap();
    assert_eq!(report.outcome.output.text(), format!("y\n{}\n", here.display()));
    assert!(!report.survivors);
}

#[tokio::test]
async fn a_failing_check_is_told_with_its_words() {
    let bench = Bench::new();
    let Some(report) = script(&bench, "echo bad line 7 >&2; exit 3").await else { return };
    assert!(!report.passed());
    assert_eq!((report.outcome.exit, report.outcome.output.text().as_str()), (Some(3), "bad line 7\n"));
    let Some(report) = script(&bench, "kill -SEGV $$").await else { return };
    assert_eq!((report.outcome.exit, report.outcome.signal), (None, Some(11)));
}

#[tokio::test]
async fn nothing_outside_is_read_or_written() {
    let bench = Bench::new();
    let key = bench.base.path().join("keys/engine.key");
    fs::create_dir(key.parent().unwrap()).unwrap();
    write(&key, "top secret", 0o600);
    let elsewhere = tempfile::tempdir().unwrap();
    let before = (bench.everything(), everything(elsewhere.path()));
    let base = bench.base.path().display().to_string();
    let elsewhere_path = elsewhere.path().display();
    let attempts = [
        format!("cat {base}/keys/engine.key"),
        format!("cat {base}/outside/secret"),
        format!("ls {base}"),
        format!("ls {base}/scratch"),
        format!("cat {base}/target/main.conf"),
        String::from("cat {root}/main.conf"),
        String::from("ls {root}"),
        format!("ln -s {base}/keys link && cat link/engine.key"),
        format!("ln {base}/keys/engine.key hard && cat hard"),
        format!("echo x > {base}/outside/canary"),
        format!("echo x > {base}/outside/secret"),
        format!("true >> {base}/outside/secret && perl -e 'truncate(\"{base}/outside/secret\", 0) or die'"),
        format!("mkdir {base}/outside/canary"),
        format!("rm {base}/outside/secret"),
        format!("mv {base}/outside/secret {base}/outside/moved"),
        format!("ln -s x {base}/outside/canary"),
        format!("mkfifo {base}/outside/canary"),
        format!("echo x > {elsewhere_path}/canary"),
        String::from("echo x > {root}/canary"),
        String::from("echo x > /usr/canary"),
        String::from("echo x > /etc/canary"),
        String::from("echo x > /dev/shm/canary"),
        String::from("cat /proc/1/environ"),
        String::from("ls /root"),
        String::from("ls /home"),
        String::from("ls /var"),
        String::from("mount -t tmpfs none ."),
    ];
    for attempt in attempts {
        let Some(report) = script(&bench, &attempt).await else { return };
        assert!(!report.passed(), "{attempt}: {:?}", report.outcome);
        let said = report.outcome.output.text();
        assert!(!said.contains("secret\n") && !said.contains("top secret"), "{attempt}: {said}");
    }
    let mut now = bench.everything();
    now.retain(|path, _| !path.starts_with("scratch/"));
    assert_eq!((now, everything(elsewhere.path())), before);
    for canary in ["/usr/canary", "/etc/canary", "/dev/shm/canary"] {
        assert!(!Path::new(canary).exists(), "{canary}");
    }
}

/// Perl is in every Debian and Ubuntu, with its sockets.
fn perl(text: &str) -> String {
    format!("perl -MSocket -e '{text}'")
}

#[tokio::test]
async fn no_connection_leaves_and_binding_stays_possible() {
    let bench = Bench::new();
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    tcp.set_nonblocking(true).unwrap();
    let port = tcp.local_addr().unwrap().port();
    let unix = bench.base.path().join("outside/bus");
    let bus = UnixListener::bind(&unix).unwrap();
    bus.set_nonblocking(true).unwrap();
    let to_tcp = perl(&format!(
        r#"socket(S, PF_INET, SOCK_STREAM, 0) or die "socket: $!"; connect(S, sockaddr_in({port}, INADDR_LOOPBACK)) or die "refused: $!";"#
    ));
    let to_unix = perl(&format!(
        r#"socket(S, PF_UNIX, SOCK_STREAM, 0) or die "refused: $!"; connect(S, sockaddr_un("{}")) or die "refused: $!";"#,
        unix.display()
    ));
    let serve = perl(
        r#"socket(S, PF_INET, SOCK_STREAM, 0) or die; bind(S, sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!"; listen(S, 1) or die; socketpair(A, B, AF_UNIX, SOCK_STREAM, 0) or die "pair: $!";"#,
    );
    let Some(report) = script(&bench, &serve).await else { return };
    assert!(report.passed(), "{:?}", report.outcome);
    if report.sandbox != Level::Full {
        return;
    }
    for attempt in [to_tcp, to_unix] {
        let Some(report) = script(&bench, &attempt).await else { return };
        assert!(!report.passed() && report.outcome.output.text().contains("refused"), "{:?}", report.outcome);
    }
    assert!(tcp.accept().is_err(), "nobody came");
    assert!(bus.accept().is_err(), "nobody came");
}

#[tokio::test]
async fn nothing_outside_can_be_signalled_or_looked_into() {
    let bench = Bench::new();
    let mut victim = tokio::process::Command::new("sleep").arg("600").kill_on_drop(true).spawn().unwrap();
    let pid = victim.id().unwrap();
    let Some(report) = script(&bench, &format!("kill -TERM {pid}")).await else { return };
    if report.sandbox == Level::Full {
        assert!(!report.passed());
        for attempt in ["kill -TERM $PPID", &format!("kill -0 {pid}"), "cat /proc/$PPID/environ"] {
            let report = script(&bench, attempt).await.unwrap();
            assert!(!report.passed() && !report.survivors, "{attempt}: {:?}", report.outcome);
        }
        assert!(victim.try_wait().unwrap().is_none(), "still running");
    }
}

#[tokio::test]
async fn a_check_that_hangs_is_killed_with_all_it_started_wherever_that_hid() {
    let bench = Bench::new();
    let staged = copy_of(&bench).await;
    let text = "sleep 600 & echo $! > group
        setsid sh -c 'echo $$ > session; sleep 600' &
        (setsid sh -c '(sleep 600 & echo $! > orphan) &' &)
        echo said
        while test ! -s orphan || test ! -s session; do :; done
        sleep 600";
    let result = run_check(&bench, &staged, &["sh", "-c", text], 2).await;
    let Some(report) = report_of(result) else { return };
    assert!(report.outcome.timed_out && !report.passed() && !report.survivors);
    assert_eq!(report.outcome.signal, Some(9));
    assert_eq!(report.outcome.output.text(), "said\n");
    for name in ["group", "session", "orphan"] {
        let pid = fs::read_to_string(staged.root().path().join(name)).unwrap();
        assert!(!runs(&pid), "{name} is dead when the check is over");
    }
}

#[tokio::test]
async fn what_a_passing_check_leaves_behind_is_dead_when_it_is_over() {
    let bench = Bench::new();
    let staged = copy_of(&bench).await;
    let text = "setsid sh -c 'echo $$ > pid; exec sleep 600' & while test ! -s pid; do :; done";
    let Some(report) = report_of(run_check(&bench, &staged, &["sh", "-c", text], 20).await) else { return };
    assert!(report.passed());
    assert!(!runs(&fs::read_to_string(staged.root().path().join("pid")).unwrap()));
}

#[tokio::test]
async fn a_check_that_nobody_waits_for_any_more_is_killed() {
    let bench = Bench::new();
    let staged = copy_of(&bench).await;
    let pid = staged.root().path().join("pid");
    let text = "setsid sh -c 'echo $$ > pid; exec sleep 600' & sleep 600";
    let own = staged.clone();
    let private = bench.base.path().to_owned();
    let running = tokio::spawn(async move {
        let command = command(&["sh", "-c", text], 60);
        let request = CheckRequest {
            command: &command,
            staged: &own,
            root: Path::new("/srv"),
            required: RequiredLevel::None,
            private: &[private],
        };
        check(&launcher(), request, &clock_ms).await
    });
    eventually("it has started", || fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n'))).await;
    running.abort();
    let pid = fs::read_to_string(&pid).unwrap();
    eventually("it is dead", || !runs(&pid)).await;
}

#[tokio::test]
async fn resources_are_bounded() {
    let bench = Bench::new();
    let Some(report) = script(&bench, "ulimit -c; ulimit -v; ulimit -f; ulimit -n").await else { return };
    let bounds = ["0", "2097152", "524288", "1024"].join("\n") + "\n";
    assert_eq!(report.outcome.output.text(), bounds);
    let Some(report) = script(&bench, &perl(r#"$x = "x" x 3_000_000_000; print length $x"#)).await else {
        return;
    };
    assert!(!report.passed());
}

#[tokio::test]
async fn output_is_bounded_here_too() {
    let bench = Bench::new();
    let Some(report) = script(&bench, "yes | head -c 1000000; echo last").await else { return };
    assert!(report.passed() && report.outcome.output.tail.ends_with("last\n"));
    assert_eq!(report.outcome.output.dropped_bytes, 1_000_005 - 64 * 1024);
}

#[tokio::test]
async fn the_program_may_lie_outside_of_the_system_but_not_among_private_files() {
    let bench = Bench::new();
    let tools = tempfile::tempdir().unwrap();
    let tool = tools.path().join("tool");
    write(&tool, "#!/bin/sh\necho tool ran\ncat \"$0.data\"\n", 0o755);
    write(&tools.path().join("tool.data"), "data", 0o644);
    let staged = copy_of(&bench).await;
    let result = run_check(&bench, &staged, &[tool.to_str().unwrap()], 20).await;
    let Some(report) = report_of(result) else { return };
    assert!(!report.passed(), "only the program itself may be read");
    assert!(report.outcome.output.text().starts_with("tool ran\n"));

    let private = bench.base.path().join("tool");
    write(&private, "#!/bin/sh\ntrue\n", 0o755);
    let refused = run_check(&bench, &staged, &[private.to_str().unwrap()], 20).await.unwrap_err();
    assert_eq!(refused.code(), Code::CommandNotFound);
    write(&staged.root().path().join("tool"), "#!/bin/sh\ntrue\n", 0o755);
    assert!(run_check(&bench, &staged, &["{staged}/tool"], 20).await.unwrap().passed());
}

#[tokio::test]
async fn a_command_that_cannot_start_did_not_run() {
    let bench = Bench::new();
    let staged = copy_of(&bench).await;
    let refused = run_check(&bench, &staged, &["no-such-program"], 20).await.unwrap_err();
    assert_eq!(refused.code(), Code::CommandNotFound);
    write(&staged.root().path().join("broken"), "#!/no/such/interpreter\n", 0o755);
    let refused = run_check(&bench, &staged, &["{staged}/broken"], 20).await.unwrap_err();
    assert_eq!(refused.code(), Code::SandboxLauncher, "{refused}");
}

#[tokio::test]
async fn a_world_where_every_check_may_read_blocks() {
    let bench = Bench::new();
    let staged = copy_of(&bench).await;
    let command = command(&["true"], 20);
    for private in ["/etc/grace", "/usr/local/var/world", "/bin"] {
        let private = [PathBuf::from(private)];
        let (root, required) = (bench.root.path(), RequiredLevel::None);
        let request = CheckRequest { command: &command, staged: &staged, root, required, private: &private };
        let refused = check(&launcher(), request, &clock_ms).await.unwrap_err();
        assert_eq!(refused.code(), Code::SandboxExposed);
    }
}

#[tokio::test]
async fn a_launcher_that_is_none_or_claims_too_little_blocks() {
    let bench = Bench::new();
    let staged = copy_of(&bench).await;
    let command = command(&["sh", "-c", "echo ran > {staged}/ran"], 20);
    let ran = r#""exit":0,"signal":null,"timed_out":false,"survivors":false"#;
    let claims = [
        ("sandbox_launcher", String::from("exit 0")),
        ("sandbox_launcher", String::from("echo nonsense >&0")),
        ("sandbox_launcher", format!(r#"echo '{{"report":"ran",{ran}}}' >&0"#)),
        ("sandbox_launcher", String::from(r#"echo '{"report":"failed","reason":"x"}' >&0"#)),
        (
            "sandbox_level",
            format!(r#"echo '{{"report":"ran","sandbox":{{"level":"none","reason":"x"}},{ran}}}' >&0"#),
        ),
        (
            "sandbox_level",
            format!(r#"echo '{{"report":"ran","sandbox":{{"level":"partial","missing":"x"}},{ran}}}' >&0"#),
        ),
        (
            "sandbox_level",
            String::from(r#"echo '{"report":"too_weak","sandbox":{"level":"partial","missing":"x"}}' >&0"#),
        ),
    ];
    for (code, claim) in claims {
        let program = bench.base.path().join("launcher");
        write(&program, &format!("#!/bin/sh\n{claim}\n"), 0o755);
        let launcher = SandboxLauncher { program };
        let (root, required) = (bench.root.path(), RequiredLevel::Full);
        let request = CheckRequest { command: &command, staged: &staged, root, required, private: &[] };
        let refused = check(&launcher, request, &clock_ms).await.unwrap_err();
        assert_eq!(refused.code().as_str(), code, "{claim}: {refused}");
        assert!(!staged.root().path().join("ran").exists());
    }
    let launcher = SandboxLauncher { program: PathBuf::from("/no/such/launcher") };
    let (root, required) = (bench.root.path(), RequiredLevel::None);
    let request = CheckRequest { command: &command, staged: &staged, root, required, private: &[] };
    assert_eq!(check(&launcher, request, &clock_ms).await.unwrap_err().code(), Code::SandboxLauncher);
}

#[tokio::test]
async fn the_level_is_told_and_this_kernel_reaches_what_it_has() {
    let bench = Bench::new();
    let staged = copy_of(&bench).await;
    let command = command(&["true"], 20);
    let (root, required) = (bench.root.path(), RequiredLevel::Full);
    let request = CheckRequest { command: &command, staged: &staged, root, required, private: &[] };
    match check(&launcher(), request, &clock_ms).await {
        Ok(report) => assert_eq!(report.sandbox, Level::Full),
        Err(SandboxError::Level { reached, .. }) => assert_ne!(reached, Level::Full),
        Err(other) => panic!("{other}"),
    }
}
