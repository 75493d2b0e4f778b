//! People who sign: with a key in memory for speed, or with a key file through the CLI as a person would.

use super::api::Api;
use super::binary::{self, Answer};
use super::http::Reply;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grace_domain::core::canon::to_canonical;
use grace_domain::core::digest::Digest;
use grace_domain::core::sealed_text::{salted, unsalted};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;
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

    /// Signs a statement whose payload was changed, and hands the blobs in that it names then. Of a submission `change`
    /// sees the content document in the place of its digest; a file may be given there by its `text`.
    #[track_caller]
    pub fn changed(&self, statement: &Value, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut payload: Value =
            serde_json::from_str(statement["payload"].as_str().expect("a payload")).expect("JSON");
        let mut blobs = Blobs::of(statement);
        let submitted = payload.get("parts").is_some();
        if submitted {
            let content = &mut payload["parts"][0]["content"];
            *content = blobs.document(content);
        }
        change(&mut payload);
        if submitted {
            blobs.put_content(&mut payload);
        }
        let kind = statement["payload_type"].as_str().expect("a payload type");
        let named = blobs.named(&payload);
        self.handed_in(kind, payload.to_string().as_bytes(), &named)
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

    /// Requests the statement of an act and signs it.
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

/// The blobs of a statement by their digests.
struct Blobs(BTreeMap<String, Vec<u8>>);

impl Blobs {
    fn of(statement: &Value) -> Self {
        let mut blobs = Self(BTreeMap::new());
        for blob in statement["blobs"].as_array().expect("blobs") {
            blobs.put(STANDARD.decode(blob.as_str().expect("text")).expect("base64"));
        }
        blobs
    }

    fn put(&mut self, blob: Vec<u8>) -> String {
        let digest = Digest::of(&blob).to_hex();
        self.0.insert(digest.clone(), blob);
        digest
    }

    fn document(&self, digest: &Value) -> Value {
        unsalted(&self.0[digest.as_str().expect("a digest")]).expect("a salted document")
    }

    /// The content document back in its blob, texts of files by digest, and `set` as the parts are now.
    fn put_content(&mut self, payload: &mut Value) {
        let content = &mut payload["parts"][0]["content"];
        for file in content["files"].as_object_mut().into_iter().flat_map(|files| files.values_mut()) {
            if let (Some(text), None) = (file["text"].as_str().map(str::to_owned), file.get("sha256")) {
                let digest = self.put(text.into_bytes());
                file.as_object_mut().expect("a file").remove("text");
                file["sha256"] = json!(digest);
            }
        }
        let blob = salted([5; 32], content).expect("a document");
        *content = json!(self.put(blob));
        let parts = to_canonical(&payload["parts"]).expect("canonical");
        payload["set"] = json!(Digest::of(&parts));
    }

    /// Those that the payload or its content document names, base64.
    fn named(&self, payload: &Value) -> Value {
        let mut text = payload.to_string();
        if let Some(blob) = payload.pointer("/parts/0/content").and_then(|c| self.0.get(c.as_str()?)) {
            text.push_str(&String::from_utf8_lossy(blob));
        }
        let named = self.0.iter().filter(|(digest, _)| text.contains(digest.as_str()));
        json!(named.map(|(_, blob)| STANDARD.encode(blob)).collect::<Vec<_>>())
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
