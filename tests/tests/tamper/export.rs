//! An export on its way to somebody else: no changed byte passes, and no other signature.

use super::history::History;
use crate::harness::tools::run_python;
use crate::harness::{Serve, binary, soak};
use std::path::Path;

/// Bytes changed through the binary; every single one is changed in process by the API's own tests.
const FLIPS: u64 = 200;
/// Processes at the same time.
const WORKERS: u64 = 4;

/// An export of a lived-in world, and its verifier key.
struct Exported {
    history: History,
    path: String,
    vkey: String,
}

fn export() -> Exported {
    let history = History::live(|_| {});
    let world = history.place.world();
    let serve = Serve::start(&world);
    let job = binary::run(&world, &["audit", "export", "--name", "history.audit"]).done();
    serve.stop();
    let path = job["path"].as_str().expect("a path").to_owned();
    let vkey = history.place.text("world/log.vkey");
    Exported { history, path, vkey }
}

/// Verifies where no world is.
fn verify(path: &str, trust: &str) -> binary::Answer {
    binary::run(Path::new("/nonexistent"), &["audit", "verify", path, "--trust", trust])
}

#[test]
fn two_hundred_changed_bytes_are_refused_one_by_one() {
    let exported = export();
    let bytes = std::fs::read(&exported.path).expect("the export");
    let whole = verify(&exported.path, &exported.vkey).done();
    assert_eq!(
        (whole["ok"].as_bool(), whole["broken"].as_array().map(Vec::len)),
        (Some(true), Some(0)),
        "{whole}"
    );
    let flips = soak::count(FLIPS);
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (exported, bytes) = (&exported, &bytes);
            scope.spawn(move || {
                let file = exported.history.place.text(&format!("flipped-{worker}.audit"));
                for n in (0..flips).filter(|n| n % WORKERS == worker) {
                    let random = soak::number(n);
                    let at = usize::try_from(random % bytes.len() as u64).expect("within the file");
                    let bit = 1 << (random >> 61);
                    let mut flipped = bytes.clone();
                    flipped[at] ^= bit;
                    std::fs::write(&file, &flipped).expect("a changed export");
                    let answer = verify(&file, &exported.vkey);
                    assert_eq!(answer.status, 1, "byte {at} xor {bit}: {answer:?}");
                    assert_eq!(answer.json()["ok"], false, "byte {at} xor {bit}: {answer:?}");
                    assert_ne!(answer.json()["broken"], serde_json::json!([]), "byte {at}: {answer:?}");
                }
            });
        }
    });
    // Cut, doubled, empty.
    let file = exported.history.place.text("other.audit");
    for other in
        [&bytes[..bytes.len() - 1], &bytes[..bytes.len() / 2], &[bytes.as_slice(), &bytes].concat(), &[]]
    {
        std::fs::write(&file, other).expect("a changed export");
        assert_eq!(verify(&file, &exported.vkey).status, 1, "{} bytes", other.len());
    }
}

/// Signs the checkpoint of an export anew with a key of its own, under the same name, and mends the last line.
const RE_SIGN: &str = r#"
import base64, hashlib, json, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
lines = open(sys.argv[1], "rb").read().split(b"\n")
header = json.loads(lines[0])
key = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
public = b"\1" + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
name = header["origin"]
digest = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
body = header["checkpoint"].split("\n\n")[0] + "\n"
note = base64.b64encode(digest + key.sign(body.encode())).decode()
line = f"\u2014 {name} {note}\n"
header["checkpoint"] = header["checkpoint"] + line if sys.argv[3] == "beside" else f"{body}\n{line}"
if sys.argv[3] == "all":
    header["vkey"] = f"{name}+{digest.hex()}+{base64.b64encode(public).decode()}"
lines[0] = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
whole = b"\n".join(lines[:-2]) + b"\n"
whole += b"sha256 " + hashlib.sha256(whole).hexdigest().encode() + b"\n"
open(sys.argv[2], "wb").write(whole)
print(f"{name}+{digest.hex()}+{base64.b64encode(public).decode()}")
"#;

#[test]
fn an_export_whose_checkpoint_bears_a_line_of_an_unknown_key_names_that_key() {
    let exported = export();
    assert_eq!(verify(&exported.path, &exported.vkey).done()["unknown_signers"], serde_json::Value::Null);
    let file = exported.history.place.text("beside.audit");
    let other = run_python(RE_SIGN, &[&exported.path, &file, "beside"]);
    let named = other.trim().rsplit_once('+').expect("a key").0;
    let view = verify(&file, &exported.vkey).done();
    assert_eq!(
        (&view["ok"], &view["unknown_signers"]),
        (&true.into(), &serde_json::json!([named])),
        "{view}"
    );
}

#[test]
fn an_export_signed_anew_is_refused_by_whoever_trusts_the_log() {
    let exported = export();
    let file = exported.history.place.text("re-signed.audit");
    for whole in ["checkpoint", "all"] {
        run_python(RE_SIGN, &[&exported.path, &file, whole]);
        let answer = verify(&file, &exported.vkey);
        assert_eq!(answer.status, 1, "{whole}: {answer:?}");
        assert_eq!(answer.json()["ok"], false, "{whole}: {answer:?}");
    }
    // The export as it is, to somebody who trusts another key.
    let other = run_python(RE_SIGN, &[&exported.path, &file, "all"]);
    assert_eq!(verify(&exported.path, other.trim()).status, 1);
    let nonsense = verify(&exported.path, "not-a-key");
    assert_eq!(nonsense.status, 2, "what is no key is wrong use: {nonsense:?}");
}
