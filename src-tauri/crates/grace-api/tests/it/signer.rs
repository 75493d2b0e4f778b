//! Key files: what opens them, what does not, and that others can read them.

use grace_domain::core::codes::Code;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use grace_api::signer::{Passphrase, PersonKey, sign_statement};
use grace_api::types::StatementView;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.into()).expect("a passphrase")
}

fn code_of(path: &Path, text: &str) -> Code {
    PersonKey::open(path, &passphrase(text), &[]).expect_err("must not open").code()
}

#[test]
fn a_key_that_was_created_opens_and_signs() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("ada.pem");
    let public = PersonKey::create(&path, &passphrase("correct horse")).expect("create");
    assert_eq!(fs::metadata(&path).expect("metadata").permissions().mode() & 0o7777, 0o600);
    let key = PersonKey::open(&path, &passphrase("correct horse"), &[public]).expect("open");
    let statement = StatementView {
        payload_type: "application/vnd.grace.test+json".into(),
        payload: "{}".into(),
        blobs: vec!["YQ==".into()],
    };
    let handed = sign_statement(&statement, &key).expect("its blobs are base64");
    assert_eq!(handed.blobs, [b"a".to_vec()], "what the statement names goes along");
    let envelope = handed.envelope;
    assert_eq!(envelope.verify_with(&statement.payload_type, &[public]).expect("verifies"), [public]);
    assert_eq!(format!("{:?}", passphrase("secret")), "Passphrase(hidden)");
    assert!(!format!("{key:?}").contains(&hex::encode([0; 8])));
}

#[test]
fn a_key_file_is_never_overwritten() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("ada.pem");
    PersonKey::create(&path, &passphrase("one")).expect("create");
    let before = fs::read(&path).expect("read");
    assert_eq!(
        PersonKey::create(&path, &passphrase("two")).expect_err("refused").code(),
        Code::KeyFileExists
    );
    assert_eq!(fs::read(&path).expect("read"), before);
}

#[test]
fn each_way_not_to_open_has_its_code() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("ada.pem");
    let other = dir.path().join("bob.pem");
    let public = PersonKey::create(&path, &passphrase("right")).expect("create");
    PersonKey::create(&other, &passphrase("right")).expect("create");

    assert_eq!(code_of(&path, "wrong"), Code::WrongPassphrase);
    assert_eq!(code_of(&dir.path().join("none.pem"), "right"), Code::KeyFileUnreadable);
    let mismatch = PersonKey::open(&other, &passphrase("right"), &[public]).expect_err("another key");
    assert_eq!(mismatch.code(), Code::OtherKey);
    assert_eq!(Passphrase::new(String::new()).expect_err("empty").code(), Code::PassphraseUnusable);

    for mode in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
        assert_eq!(code_of(&path, "right"), Code::KeyFileTooOpen, "mode {mode:o}");
    }
    let text = fs::read_to_string(&other).expect("read");
    for (name, content) in [
        ("empty", String::new()),
        ("text", "hello".to_owned()),
        ("label", text.replace("ENCRYPTED PRIVATE", "PRIVATE")),
        ("cut", text.lines().take(2).collect::<Vec<_>>().join("\n")),
        ("long", "x".repeat(20_000)),
    ] {
        let file = dir.path().join(name);
        fs::write(&file, content).expect("write");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("chmod");
        assert_eq!(code_of(&file, "right"), Code::NotAKey, "{name}");
    }
}

#[test]
fn a_hundred_wrong_passphrases_all_say_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("ada.pem");
    PersonKey::create(&path, &passphrase("right")).expect("create");
    // 1 in 256 wrong passphrases happens to leave good padding; the code must be the same.
    for n in 0..100 {
        assert_eq!(code_of(&path, &format!("wrong {n}")), Code::WrongPassphrase);
    }
}

/// Skipping would prove nothing, so without openssl the file's own structure is checked instead.
#[test]
fn openssl_reads_the_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("ada.pem");
    let public = PersonKey::create(&path, &passphrase("correct horse")).expect("create");
    let pem = fs::read_to_string(&path).expect("read");
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{pem}");
    let Ok(output) = Command::new("openssl")
        .args(["pkey", "-in"])
        .arg(&path)
        .args(["-passin", "pass:correct horse", "-pubout", "-outform", "DER"])
        .output()
    else {
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(&output.stdout[output.stdout.len() - 32..], public.as_bytes());
}
