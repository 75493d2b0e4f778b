//! Connections that are opened and then left: they take no place from anybody for long.

use crate::harness::{Place, Serve, Windows, until};
use grace_domain::core::limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

/// As many connections as a server has places.
const PLACES: usize = limits::HTTP_CONNECTIONS;
/// As many of them say something before they are left.
const SAY: usize = 64;
/// Longer than a server waits for a head, or for somebody to take an answer.
const LIMIT_S: u64 = 60;

/// A connection that says `bytes` and nothing more, and reads nothing.
fn left(serve: &Serve, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(serve.address).expect("a connection");
    stream.set_write_timeout(Some(Duration::from_millis(200))).expect("a timeout");
    // One that floods is cut off when nothing more fits: the rest would not change what is held.
    let _ = stream.write_all(bytes);
    stream
}

/// Lets this process hold so many connections at once.
fn may_open_files(wanted: u64) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = Some(maximum.map_or(wanted, |maximum| maximum.min(wanted)));
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).expect("as many as the system allows");
}

#[test]
fn connections_that_are_left_open_give_their_places_back() {
    may_open_files(4 * PLACES as u64);
    let place = Place::new();
    place.init(Windows::OPEN);
    let serve = Serve::start(&place.world());
    let head = format!("Host: {}\r\nAuthorization: Bearer {}\r\n", serve.address, serve.token);
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\n{head}\r\n");
    let kinds = [
        // Silent; in the middle of a head; served once and kept open; requesting on and on without taking an answer, until
        // the buffers between the two hold no more.
        String::new(),
        format!("GET /api/status HTTP/1.1\r\n{head}X-"),
        get("/api/status"),
        get("/api/openapi.json").repeat(400),
    ];
    let silent = std::iter::repeat_n(&kinds[0], PLACES - SAY);
    let held: Vec<TcpStream> =
        kinds.iter().cycle().take(SAY).chain(silent).map(|said| left(&serve, said.as_bytes())).collect();
    let full = serve.get("/api/status");
    assert_eq!((full.status, full.code().as_str()), (503, "too_many_connections"), "{}", full.text());
    until("a good request is served", LIMIT_S, || (serve.get("/api/status").status == 200).then_some(()));
    // Every place is free again: all but one can be taken anew, and beside them a request is served.
    until("all of them are gone", LIMIT_S, || {
        let _anew: Vec<TcpStream> = (1..PLACES).map(|_| left(&serve, b"")).collect();
        (serve.get("/api/status").status == 200).then_some(())
    });
    drop(held);
    serve.stop();
}
