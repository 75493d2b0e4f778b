//! A package whose check would run its own code: `nginx -t` loads the modules and opens the logs that a configuration
//! names. Inside the sandbox it may do so; nothing outside the copy feels it.

use super::journey::{Journey, locations, stage};
use crate::harness::nginx::configuration;
use crate::harness::tools::need;
use crate::harness::tree::{Inventory, inventory};
use crate::harness::{Place, Windows};
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

/// Tries everything that it should not be able to do, and says on standard error how each went.
const EVIL: &str = r#"
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

static void say(const char *what, int done) {
    dprintf(2, "evil: %s: %s\n", what, done ? "DONE" : strerror(errno));
}

static void write_to(const char *what, const char *path, int flags) {
    int fd = open(path, O_WRONLY | flags, 0600);
    say(what, fd >= 0 && write(fd, "evil", 4) == 4);
    if (fd >= 0) close(fd);
}

static void read_from(const char *what, const char *path) {
    char bytes[8];
    int fd = open(path, O_RDONLY);
    say(what, fd >= 0 && read(fd, bytes, sizeof bytes) > 0);
    if (fd >= 0) close(fd);
}

__attribute__((constructor)) static void run(void) {
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    dprintf(2, "evil: running\n");
    write_to("canary", OUTSIDE "/canary", O_CREAT);
    write_to("target", TARGET "/nginx.conf", O_APPEND);
    write_to("export", WORLD "/exports/canary", O_CREAT);
    write_to("blob", WORLD "/blobs/canary", O_CREAT);
    write_to("database", WORLD "/grace.db", O_APPEND);
    write_to("samples", WORLD "/samples.db", O_APPEND);
    read_from("log key", WORLD "/keys/log.key");
    read_from("engine key", WORLD "/keys/engine.key");
    read_from("component key", WORLD "/keys/components/agentic_spine.key");
    read_from("token", WORLD "/token");
    read_from("person's key", OUTSIDE "/../bob.pem");
    read_from("outside", OUTSIDE "/secret");
    say("link", symlink("/", OUTSIDE "/link") == 0);
    say("rename", rename(TARGET "/nginx.conf", TARGET "/gone.conf") == 0);
    say("unlink", unlink(TARGET "/nginx.conf") == 0);
    say("device", mknod("device", S_IFBLK | 0600, makedev(7, 0)) == 0);
    struct rlimit none = { 0, 0 };
    say("limit", prlimit(ENGINE, RLIMIT_FSIZE, &none, 0) == 0);
    say("priority", setpriority(PRIO_PROCESS, ENGINE, 19) == 0);
    /* These are answered as if they were done; whether they were is seen on the disk. */
    chmod(TARGET "/nginx.conf", 0777);
    chmod(WORLD "/keys/log.key", 0644);
    chmod(OUTSIDE, 0777);
    utimes(OUTSIDE "/secret", 0);
    say("connect", connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to) == 0);
    say("signal", kill(ENGINE, SIGUSR1) == 0);
}
"#;

/// What [`EVIL`] tries.
const TRIES: [&str; 19] = [
    "canary",
    "target",
    "export",
    "blob",
    "database",
    "log key",
    "engine key",
    "component key",
    "token",
    "person's key",
    "outside",
    "link",
    "rename",
    "unlink",
    "device",
    "limit",
    "priority",
    "connect",
    "signal",
];

fn compile(place: &Place, engine: i32, port: u16) -> Vec<u8> {
    let source = place.path("evil.c");
    let library = place.path("evil.so");
    fs::write(&source, EVIL).expect("the source");
    let define = |name: &str, value: &PathBuf| format!("-D{name}=\"{}\"", value.display());
    let output = Command::new(need("cc", "gcc"))
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(&source)
        .arg(define("OUTSIDE", &place.path("outside")))
        .arg(define("TARGET", &place.path("srv")))
        .arg(define("WORLD", &place.world()))
        .arg(format!("-DENGINE={engine}"))
        .arg(format!("-DPORT={port}"))
        .output()
        .expect("cc starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(library).expect("the library")
}

/// Everything that must stay as it is.
fn surroundings(place: &Place) -> [Inventory; 4] {
    let names = |dir: PathBuf| {
        let mut found = inventory(
            &dir,
            &[&dir.join("blobs"), &dir.join("scratch"), &dir.join("exports"), &dir.join("keys")],
        );
        // These grow while an engine works; that they are there is all that can be compared.
        for (name, what) in &mut found {
            let grows = ["grace.db", "samples.db"].iter().any(|db| name.to_string_lossy().starts_with(db));
            if grows || name.ends_with("pin") {
                "a file".clone_into(what);
            }
        }
        found
    };
    [
        inventory(&place.path("srv"), &[]),
        inventory(&place.path("outside"), &[]),
        inventory(&place.world().join("keys"), &[]),
        names(place.world()),
    ]
}

#[test]
fn a_module_that_the_check_loads_finds_itself_sandboxed() {
    let journey = Journey::begin(Windows::OPEN, &["*.conf", "modules/*"], None);
    let place = &journey.place;
    fs::create_dir(place.path("outside")).expect("outside");
    fs::write(place.path("outside/secret"), "secret").expect("outside");
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a listener that is only looked at");
    let port = listener.local_addr().expect("an address").port();
    let library = compile(place, journey.serve.pid().as_raw_nonzero().get(), port);
    let before = surroundings(place);

    let text =
        format!("load_module modules/evil.so;\n{}", configuration(&[journey.port], &locations(200, "evil")));
    let update = journey.submit("high", &[("nginx.conf", text.as_bytes()), ("modules/evil.so", &library)]);
    assert_eq!(update["state"], "failed", "it is no module of nginx: {update}");
    let card = stage(&update, 4);
    assert_eq!(card["verdict"], "failed", "{card}");
    let said = card["output"].as_str().expect("the check's words are kept");
    // Without this line the test would prove nothing: the code did run.
    assert!(said.contains("evil: running"), "{said}");
    for tried in TRIES {
        let line = said.lines().find(|l| l.starts_with(&format!("evil: {tried}:")));
        let line = line.unwrap_or_else(|| panic!("nothing about {tried}: {said}"));
        assert!(!line.ends_with("DONE"), "{line}");
    }
    assert_eq!(surroundings(place), before, "something outside the copy changed");
    assert!(listener.accept().is_err(), "it reached a listener");
    assert_eq!(journey.answer("/"), (200, "old\n".into()));
    let scratch = fs::read_dir(place.world().join("scratch")).expect("scratch").count();
    assert_eq!(scratch, 0, "copies are gone when their check is done");
    journey.prove();
}

#[test]
fn a_log_outside_the_prefix_is_refused_and_not_made() {
    let journey = Journey::begin(Windows::OPEN, &["*.conf"], None);
    let place = &journey.place;
    fs::create_dir(place.path("outside")).expect("outside");
    let before = surroundings(place);
    let log = place.text("outside/error.log");
    for hostile in
        [format!("error_log {log};\n"), format!("error_log {};\n", place.text("world/keys/log.key"))]
    {
        let text = format!(
            "{hostile}{}",
            configuration(&[journey.port], &locations(200, "evil"))
                .replace("error_log logs/error.log;\n", "")
        );
        let update = journey.submit("high", &[("nginx.conf", text.as_bytes())]);
        assert_eq!(update["state"], "failed", "{update}");
        let said = stage(&update, 4)["output"].as_str().unwrap_or_default();
        assert!(said.contains("Permission denied"), "{said}");
        assert_eq!(surroundings(place), before, "something outside the copy changed");
    }
    assert_eq!(journey.answer("/"), (200, "old\n".into()));
    journey.prove();
}
