//! A served demo world and raw requests against it: bytes in, bytes out, no client in between.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use grace_api::requests::StatementRequest;
use grace_api::signer::{Passphrase, PersonKey, sign_statement};
use grace_api::{Client, Host, worlds};
use grace_domain::statement::HandIn;
use serde_json::Value;

/// A demo world with its engine and server in this process.
pub struct Served {
    pub host: Host,
    pub dir: tempfile::TempDir,
    pub port: u16,
    pub token: String,
}

/// Status, head and body of an answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {:?}", String::from_utf8_lossy(&self.body)))
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Served {
    pub async fn start() -> Self {
        Self::start_in(|_| {}).await
    }

    /// The same, once `prepare` has seen the world's directory.
    pub async fn start_in(prepare: impl FnOnce(&Path)) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let world = dir.path().join("world");
        worlds::demo(&world).await.expect("a demo world");
        prepare(&world);
        Self::serve(dir).await
    }

    /// Another engine on the same world, after what is done while there is none.
    pub async fn restarted(self, between: impl FnOnce()) -> Self {
        self.host.shutdown().await;
        between();
        Self::serve(self.dir).await
    }

    async fn serve(dir: tempfile::TempDir) -> Self {
        // No check runs in these tests: a program that is no launcher makes stage 4 blocked, which is an answer too.
        let host = Host::start(&dir.path().join("world"), PathBuf::from("/bin/false"), 0).await;
        let host = host.expect("an engine");
        let file = host.engine_file();
        let port = file.url.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
        let token = std::fs::read_to_string(&file.token_file).expect("a token").trim().to_owned();
        Self { host, dir, port, token }
    }

    pub fn world(&self) -> PathBuf {
        self.dir.path().join("world")
    }

    pub fn client(&self) -> Client {
        self.host.client()
    }

    /// Entries in the log.
    pub async fn size(&self) -> u64 {
        self.host.engine().reader().head().await.expect("a head").size
    }

    /// A request with the right host and token, and `extra` header lines.
    pub async fn request(&self, method: &str, path: &str, extra: &[&str], body: &[u8]) -> Answer {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {}\r\n",
            self.port, self.token
        );
        for line in extra {
            let _ = write!(head, "{line}\r\n");
        }
        let _ = write!(head, "content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        self.raw([head.as_bytes(), body].concat()).await
    }

    pub async fn post(&self, path: &str, body: &[u8]) -> Answer {
        self.request("POST", path, &["content-type: application/json"], body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], b"").await
    }

    /// Exactly these bytes, and everything that comes back.
    pub async fn raw(&self, bytes: Vec<u8>) -> Answer {
        let port = self.port;
        let sent = tokio::task::spawn_blocking(move || exchange(port, &bytes));
        parse(&sent.await.expect("the exchange ends"))
    }

    /// A person's statement of `act`, signed.
    pub async fn signed(&self, person: &str, request: StatementRequest) -> HandIn {
        let request = StatementRequest { person: person.into(), ..request };
        let statement = self.client().statement(request).await.expect("a statement");
        let people = self.world().join("people");
        let passphrase = Passphrase::from_file(&people.join("passphrase")).expect("a passphrase");
        let key = PersonKey::open(&people.join(format!("{person}.pem")), &passphrase, &[]).expect("a key");
        sign_statement(&statement, &key).expect("its blobs are base64")
    }
}

fn exchange(port: u16, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connect");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    // The server may refuse before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

pub fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    Answer { status, body: bytes.get(end + 4..).unwrap_or_default().to_vec(), head }
}
