//! Signatures verified by tools that are not ours: Python's `cryptography` and OpenSSL, from the formats' published
//! descriptions alone.

use super::history::History;
use crate::harness::tools::{need, run_python, try_python};
use crate::harness::{CliPerson, Place, binary};
use std::process::Command;

/// C2SP tlog-checkpoint and signed-note, RFC 6962: `python note.py CHECKPOINT VKEY EXPORT`.
const CHECKPOINT: &str = r#"
import base64, hashlib, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
text, vkey, export = open(sys.argv[1]).read(), open(sys.argv[2]).read().strip(), sys.argv[3]
name, key_hash, key = vkey.split("+", 2)
key = base64.b64decode(key, validate=True)
assert key[0] == 1 and len(key) == 33
expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
assert key_hash == expected.hex()
body, signatures = text.split("\n\n", 1)
body += "\n"
dash, signer, blob = signatures.rstrip("\n").split(" ")
assert dash == "\u2014" and signer == name
blob = base64.b64decode(blob, validate=True)
assert blob[:4] == expected
Ed25519PublicKey.from_public_bytes(key[1:]).verify(blob[4:], body.encode())
origin, size, root = body.rstrip("\n").split("\n")
assert origin == name

leaves = [line for line in open(export, "rb").read().split(b"\n")[1:] if line.startswith(b"{")]
def tree(hashes):
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\1" + tree(hashes[:k]) + tree(hashes[k:])).digest()
assert len(leaves) == int(size), (len(leaves), size)
found = tree([hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves])
assert base64.b64encode(found).decode() == root
print("verified", size)
"#;

/// DSSE v1: every envelope of an approval or a submission in an export, with the keys of the genesis entry.
const ENVELOPES: &str = r#"
import base64, hashlib, json, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
lines = open(sys.argv[1], "rb").read().split(b"\n")
genesis = json.loads(lines[1])
keys = []
def collect(value):
    if isinstance(value, dict):
        [collect(v) for v in value.values()]
    elif isinstance(value, list):
        [collect(v) for v in value]
    elif isinstance(value, str) and value.startswith("ed25519:") and len(value) == 72:
        keys.append(Ed25519PublicKey.from_public_bytes(bytes.fromhex(value[8:])))
for line in lines:
    if line.startswith(b"{"):
        collect(json.loads(line))
kinds = {}
for line in lines:
    if len(line) < 66 or line[64:65] != b" " or line.startswith(b"sha256 "):
        continue
    data = base64.b64decode(line[65:], validate=True)
    assert hashlib.sha256(data).hexdigest() == line[:64].decode()
    envelope = json.loads(data)
    # Salted texts and documents that stand outside of the log, so that an export may redact them.
    if set(envelope) == {"salt", "value"}:
        kinds["texts"] = kinds.get("texts", 0) + 1
        continue
    kind, payload = envelope["payloadType"], base64.b64decode(envelope["payload"], validate=True)
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    for signature in envelope["signatures"]:
        sig = base64.b64decode(signature["sig"], validate=True)
        def fits(key):
            try:
                key.verify(sig, pae)
                return True
            except InvalidSignature:
                return False
        assert any(fits(key) for key in keys), kind
        pae += b"!"
        assert not any(fits(key) for key in keys), kind
    kinds[kind] = kinds.get(kind, 0) + 1
print(json.dumps(kinds, sort_keys=True))
"#;

fn export_of(history: &History) -> String {
    let world = history.place.world();
    // An export is made by an engine: it is written beneath the world.
    let serve = crate::harness::Serve::start(&world);
    let job = binary::run(&world, &["audit", "export", "--name", "independent.audit"]).done();
    serve.stop();
    job["path"].as_str().expect("a path").to_owned()
}

#[test]
fn checkpoint_tree_and_envelopes_are_verified_by_python_alone() {
    let history = History::live(|_| {});
    let export = export_of(&history);
    let header = std::fs::read_to_string(&export).expect("the export is text");
    let header: serde_json::Value =
        serde_json::from_str(header.lines().next().expect("a header")).expect("JSON");
    let note = history.place.text("checkpoint");
    std::fs::write(&note, header["checkpoint"].as_str().expect("a checkpoint")).expect("the checkpoint");
    let vkey = history.place.text("world/log.vkey");
    assert!(run_python(CHECKPOINT, &[&note, &vkey, &export]).starts_with("verified"));

    // The same words about another size do not verify: the test can fail.
    let text = std::fs::read_to_string(&note).expect("the checkpoint");
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines[1] = "7";
    std::fs::write(&note, lines.join("\n")).expect("the checkpoint");
    assert!(!try_python(CHECKPOINT, &[&note, &vkey, &export]).status.success());

    let kinds: serde_json::Value = serde_json::from_str(&run_python(ENVELOPES, &[&export])).expect("JSON");
    let count = |kind: &str| kinds[format!("application/vnd.grace.{kind}+json")].as_u64().unwrap_or_default();
    // Two submissions; approval and denial; the handshake's approval; its five acks; receipts of apply and revert.
    assert_eq!(count("update"), 2, "{kinds}");
    assert_eq!(count("approval"), 3, "{kinds}");
    assert_eq!(count("ack"), 5, "{kinds}");
    assert_eq!(count("receipt"), 2, "{kinds}");
    assert!(kinds["texts"].as_u64() > Some(0), "titles and reasons travel beside the log: {kinds}");
}

#[test]
fn a_persons_key_file_is_one_that_openssl_opens() {
    let place = Place::new();
    let bob = CliPerson::create(place.top(), "bob");
    let pem = std::fs::read_to_string(&bob.key).expect("the key file");
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{pem}");
    let passin = format!("file:{}", bob.passphrase.display());
    let openssl = |passin: &str| {
        Command::new(need("openssl", "openssl"))
            .args(["pkey", "-passin", passin, "-pubout", "-outform", "DER", "-in"])
            .arg(&bob.key)
            .output()
            .expect("openssl starts")
    };
    let opened = openssl(&passin);
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    // SubjectPublicKeyInfo of Ed25519 (RFC 8410) ends with the 32 bytes of the key.
    let key: String = opened.stdout[opened.stdout.len() - 32..].iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(bob.public, format!("ed25519:{key}"));
    assert!(!openssl("pass:wrong").status.success(), "another passphrase opens nothing");
}
