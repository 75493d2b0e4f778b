//! Commands: time, output, environment, what may stay.

use grace_domain::core::codes::Code;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use grace_target::process::run::run;
use grace_target::{AfterExit, CommandSpec, Invocation, Outcome, Root, activate};

use crate::support::{clock_ms, eventually, runs};

fn shell(script: &str, cwd: &Path, timeout_ms: u64, after: AfterExit) -> Invocation {
    Invocation {
        argv: ["sh", "-c", script].map(OsString::from).to_vec(),
        cwd: cwd.to_owned(),
        env: Vec::new(),
        timeout: Duration::from_millis(timeout_ms),
        after,
    }
}

async fn sh(script: &str) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    run(&shell(script, dir.path(), 20_000, AfterExit::KillGroup), &clock_ms).await.unwrap()
}

#[tokio::test]
async fn status_signal_and_output_are_told_as_they_were() {
    let outcome = sh("echo one; echo two >&2; echo three; exit 7").await;
    assert_eq!((outcome.exit, outcome.signal, outcome.timed_out), (Some(7), None, false));
    assert_eq!(outcome.output.text(), "one\ntwo\nthree\n");
    assert!(!outcome.succeeded());
    let outcome = sh("kill -TERM $$").await;
    assert_eq!((outcome.exit, outcome.signal), (None, Some(15)));
    assert!(sh("true").await.succeeded());
}

#[tokio::test]
async fn environment_and_standard_input_are_empty() {
    let outcome = sh("env | sort; cat; pwd").await;
    let text = outcome.output.text();
    let names: Vec<_> = text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    // A shell sets PWD, and some set these two.
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let rest: Vec<_> = names.into_iter().filter(|name| !own.contains(name)).collect();
    assert_eq!(rest, ["PATH"]);
}

#[tokio::test]
async fn much_output_keeps_its_beginning_and_its_end() {
    let outcome = sh("echo first; i=0; while [ $i -lt 4000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; echo last").await;
    let output = &outcome.output;
    assert!(output.head.starts_with("first\n") && output.tail.ends_with("last\n"));
    assert_eq!(output.head.len() + output.tail.len(), 64 * 1024);
    assert_eq!(output.dropped_bytes, 6 + 4000 * 41 + 5 - 64 * 1024);
    assert!(output.text().contains("bytes dropped"));
    assert_eq!(sh("printf '\\377'").await.output.head, "\u{fffd}");
}

#[tokio::test]
async fn a_timeout_kills_the_whole_group() {
    let dir = tempfile::tempdir().unwrap();
    let script = "(sleep 600 & echo $! > grandchild; wait) & echo said; sleep 600";
    let outcome = run(&shell(script, dir.path(), 500, AfterExit::KillGroup), &clock_ms).await.unwrap();
    assert!(outcome.timed_out && !outcome.succeeded());
    assert_eq!(outcome.signal, Some(9));
    assert_eq!(outcome.output.text(), "said\n");
    assert!(outcome.ms >= 500 && outcome.ms < 10_000, "{} ms", outcome.ms);
    let grandchild = fs::read_to_string(dir.path().join("grandchild")).unwrap();
    eventually("the grandchild is dead", || !runs(&grandchild)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_never_stops_talking_is_killed_in_its_time() {
    let dir = tempfile::tempdir().unwrap();
    // Several write faster than one reads, so that there is always something to read.
    let talking = "for i in 1 2 3 4; do dd if=/dev/zero bs=1M & done; wait";
    let outcome = run(&shell(talking, dir.path(), 300, AfterExit::KillGroup), &clock_ms).await.unwrap();
    assert!(outcome.timed_out && outcome.ms < 10_000, "{} ms", outcome.ms);
    // Out of reach, in a session of its own: its output is not followed for ever.
    let script = "setsid sh -c 'echo $$ > pid; exec yes' & setsid yes & while [ ! -s pid ]; do :; done";
    let outcome = run(&shell(script, dir.path(), 20_000, AfterExit::KillGroup), &clock_ms).await.unwrap();
    assert!(outcome.succeeded() && outcome.ms < 15_000, "{} ms", outcome.ms);
    let pid = fs::read_to_string(dir.path().join("pid")).unwrap();
    eventually("nobody listens to it any more", || !runs(&pid)).await;
}

#[tokio::test]
async fn what_a_command_leaves_behind_dies_with_it_unless_it_may_stay() {
    let dir = tempfile::tempdir().unwrap();
    let script = "sleep 600 & echo $! > pid; echo up";
    let outcome = run(&shell(script, dir.path(), 20_000, AfterExit::KillGroup), &clock_ms).await.unwrap();
    assert!(outcome.succeeded() && outcome.ms < 15_000);
    let pid = fs::read_to_string(dir.path().join("pid")).unwrap();
    eventually("what was left is dead", || !runs(&pid)).await;

    // The daemon holds the output open, which must not be waited for.
    let root = Root::open(dir.path()).unwrap();
    let spec = CommandSpec { argv: ["sh", "-c", script].map(String::from).to_vec(), timeout_s: 20 };
    let outcome = activate(&spec, &root, &clock_ms).await.unwrap();
    assert!(outcome.succeeded() && outcome.ms < 15_000);
    assert_eq!(outcome.output.text(), "up\n");
    let pid = fs::read_to_string(dir.path().join("pid")).unwrap();
    assert!(runs(&pid), "a daemon that activate started stays");
    std::process::Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap();
}

#[tokio::test]
async fn activate_that_hangs_is_killed_with_all_it_started() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path()).unwrap();
    let script = "sleep 600 & echo $! > {root}/pid; sleep 600";
    let spec = CommandSpec { argv: ["sh", "-c", script].map(String::from).to_vec(), timeout_s: 1 };
    let outcome = activate(&spec, &root, &clock_ms).await.unwrap();
    assert!(outcome.timed_out);
    let pid = fs::read_to_string(dir.path().join("pid")).unwrap();
    eventually("the daemon is dead", || !runs(&pid)).await;
}

#[tokio::test]
async fn a_command_that_nobody_waits_for_any_more_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let invocation = shell("sleep 600 & echo $! > pid; sleep 600", dir.path(), 60_000, AfterExit::LeaveGroup);
    let running = tokio::spawn(async move { run(&invocation, &clock_ms).await });
    let pid = dir.path().join("pid");
    eventually("it has started", || fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n'))).await;
    running.abort();
    let pid = fs::read_to_string(&pid).unwrap();
    eventually("it is dead", || !runs(&pid)).await;
}

#[tokio::test]
async fn placeholders_stay_one_argument_and_other_braces_stay() {
    let base = tempfile::tempdir().unwrap();
    let dir = base.path().join("with space; {staged}");
    fs::create_dir(&dir).unwrap();
    let root = Root::open(&dir).unwrap();
    let argv = ["printf", "%s|", "{root}/x", "{root}{root}", "{staged}", "{print $1}", "{"];
    let spec = CommandSpec { argv: argv.map(String::from).to_vec(), timeout_s: 20 };
    let dir = dir.display();
    let expected = format!("{dir}/x|{dir}{dir}|{{staged}}|{{print $1}}|{{|");
    assert_eq!(activate(&spec, &root, &clock_ms).await.unwrap().output.text(), expected);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("plain"), "no program").unwrap();
    let root = Root::open(dir.path()).unwrap();
    for program in ["no-such-program-here", "/no/such/program", "{root}/plain", "{root}"] {
        let spec = CommandSpec { argv: vec![program.to_owned()], timeout_s: 1 };
        let refused = activate(&spec, &root, &clock_ms).await.unwrap_err();
        assert_eq!(refused.code(), Code::CommandNotFound, "{program}");
    }
}
