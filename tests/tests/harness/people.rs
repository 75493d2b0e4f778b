//! People who sign: with a key in memory for speed, or with a key file through the CLI as a person would.

use super::api::Api;
use super::binary::{self, Answer};
use super::http::Reply;
use grace_domain::core::digest::Digest;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The passphrase of every key file in these tests.
const PASSPHRASE: &str = "a passphrase for tests only";

/// Somebody whose key is derived from the name.
#[derive(Debug)]
pub struct Person {
    /// Person id.
    pub id: &'static str,
    key: SignerKey,
}

impl Person {
    /// Always the same key for the same name.
    pub fn named(id: &'static str) -> Self {
        Self::with_key_of(id, id)
    }

    /// Claims to be `id`, but holds the key of `other`.
    pub fn with_key_of(id: &'static str, other: &str) -> Self {
        Self { id, key: SignerKey::from_seed(*Digest::of(other.as_bytes()).as_bytes()) }
    }

    /// Public key as in `people.yaml`.
    pub fn public(&self) -> String {
        let value = serde_json::to_value(self.key.public()).expect("a public key has a text form");
        value.as_str().expect("a text").to_owned()
    }

    /// Signs a statement exactly as the engine wrote it.
    #[track_caller]
    pub fn sign(&self, statement: &Value) -> Vec<u8> {
        let text =
            |name: &str| statement[name].as_str().unwrap_or_else(|| panic!("no {name} in {statement}"));
        self.handed_in(text("payload_type"), text("payload").as_bytes(), &statement["blobs"])
    }

    /// Signs a statement whose payload was changed, and hands its blobs in with it.
    #[track_caller]
    pub fn changed(&self, statement: &Value, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut payload: Value =
            serde_json::from_str(statement["payload"].as_str().expect("a payload")).expect("JSON");
        change(&mut payload);
        let kind = statement["payload_type"].as_str().expect("a payload type");
        self.handed_in(kind, payload.to_string().as_bytes(), &statement["blobs"])
    }

    /// Signs any payload.
    pub fn envelope(&self, payload_type: &str, payload: &[u8]) -> Vec<u8> {
        self.handed_in(payload_type, payload, &json!([]))
    }

    /// Signs any payload, and hands any blobs in with it.
    fn handed_in(&self, payload_type: &str, payload: &[u8], blobs: &Value) -> Vec<u8> {
        let envelope = Envelope::sign(payload_type, payload.to_vec(), &[&self.key]).to_json();
        let envelope: Value = serde_json::from_slice(&envelope).expect("an envelope is JSON");
        json!({ "envelope": envelope, "blobs": blobs }).to_string().into_bytes()
    }

    /// Asks for the statement of an act and signs it.
    #[track_caller]
    pub fn statement(&self, api: &Api, act: &str, more: &Value) -> Vec<u8> {
        let mut request = json!({ "act": act, "person": self.id });
        for (name, value) in more.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        self.sign(&api.post("/api/statements", &request).done())
    }

    /// Signs an act and hands it in at `path`.
    #[track_caller]
    pub fn act(&self, api: &Api, act: &str, more: &Value, path: &str) -> Reply {
        let envelope = self.statement(api, act, more);
        api.try_post(path, &envelope).unwrap_or_else(|e| panic!("POST {path}: {e}"))
    }
}

/// Somebody with an encrypted key file, who acts through the CLI.
#[derive(Debug)]
pub struct CliPerson {
    /// Person id.
    pub id: &'static str,
    /// Public key as in `people.yaml`.
    pub public: String,
    /// The key file.
    pub key: PathBuf,
    /// The file with the passphrase.
    pub passphrase: PathBuf,
}

impl CliPerson {
    /// Makes a key with `grace key create` in `dir`.
    #[track_caller]
    pub fn create(dir: &Path, id: &'static str) -> Self {
        let key = dir.join(format!("{id}.pem"));
        let passphrase = dir.join("passphrase");
        std::fs::write(&passphrase, format!("{PASSPHRASE}\n")).expect("the passphrase file can be written");
        let text = |p: &Path| p.to_str().expect("temporary paths are UTF-8").to_owned();
        let made = binary::run(
            &dir.join("no-world"),
            &["key", "create", "--out", &text(&key), "--passphrase-file", &text(&passphrase)],
        );
        let public = made.done()["key"].as_str().expect("key create prints the public key").to_owned();
        Self { id, public, key, passphrase }
    }

    /// Runs a command and signs it.
    pub fn run(&self, world: &Path, args: &[&str]) -> Answer {
        let text = |p: &Path| p.to_str().expect("temporary paths are UTF-8").to_owned();
        let (key, passphrase) = (text(&self.key), text(&self.passphrase));
        let mut all = vec!["--as", self.id, "--key", &key, "--passphrase-file", &passphrase];
        all.extend(args);
        binary::run(world, &all)
    }
}
