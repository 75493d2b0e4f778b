//! The file itself: a good one passes, every changed byte is refused, texts may be redacted.

use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::Vkey;
use grace_domain::governance::policy::Risk;
use grace_evidence::verify;

use crate::history::{History, ORIGIN, check, forged, key, pack};

/// A short history: a submission that is withdrawn.
fn short() -> History {
    let mut history = History::new();
    let id = history.propose(Risk::Low, &["web"]).expect("proposed");
    let set = history.update(&id).set();
    history.act(&id, "ada", grace_domain::statement::Act::Withdraw, set).expect("withdrawn");
    history
}

#[test]
fn a_good_file_passes() {
    let history = short();
    let view = history.verify();
    assert!(view.ok(), "{:?}", view.broken);
    assert_eq!((view.size, view.signatures), (history.lines.len() as u64, 2));
    assert_eq!((view.world.as_str(), view.redacted), ("test", 0));
}

#[test]
fn what_is_redacted_is_counted_and_every_proof_holds() {
    let history = short();
    let all = history.verify().blobs;
    let view = check(&pack(&history.lines, &history.blobs, |_| false));
    assert!(view.ok(), "{:?}", view.broken);
    assert_eq!((view.signatures, view.blobs, view.redacted), (2, 0, all));
}

#[test]
fn texts_that_are_not_the_ones_of_the_entry_are_refused() {
    let mut history = short();
    for blob in history.blobs.values_mut() {
        if let Ok(text) = std::str::from_utf8(blob) {
            *blob = text.replace("Raise the worker count", "Lower the worker count").into_bytes();
        }
    }
    let broken = history.verify().broken.expect("a break");
    assert!(broken.reason.contains("not the one that the entry names"), "{broken}");
}

#[test]
fn every_flipped_byte_is_refused() {
    let file = short().pack();
    // All of the last lines, and a sample of what the world begins with.
    for at in (0..file.len()).filter(|at| at % 23 == 0 || *at > file.len() - 900) {
        for flip in [0x01, 0x20] {
            let mut changed = file.clone();
            changed[at] ^= flip;
            assert!(!check(&changed).ok(), "byte {at} ^ {flip:#x} passed");
        }
    }
}

#[test]
fn cut_extended_and_reordered_files_are_refused() {
    let file = short().pack();
    for length in (0..file.len()).step_by(41).chain([file.len() - 1]) {
        assert!(!check(&file[..length]).ok(), "cut at {length} passed");
    }
    assert!(!check(&[file.as_slice(), b"\n"].concat()).ok());
    let text = String::from_utf8(file).expect("text");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(1, 2);
    assert!(!check(format!("{}\n", lines.join("\n")).as_bytes()).ok());
}

#[test]
fn a_file_that_another_log_has_signed_is_refused() {
    let other = Vkey::new(ORIGIN, key(8).public()).expect("a vkey");
    let view = verify(short().pack().as_slice(), &other, |_, _| {});
    let broken = view.broken.expect("a break");
    assert!(broken.reason.contains("trusted key"), "{broken}");
}

#[test]
fn an_entry_without_its_envelope_is_refused() {
    let mut history = short();
    let at = history.newest("update.proposed");
    let envelope: Digest =
        history.lines[at]["by"]["envelope"].as_str().expect("a digest").parse().expect("one");
    history.blobs.remove(&envelope);
    let broken = history.verify().broken.expect("a break");
    assert_eq!(broken.seq, Some(at as u64), "{broken}");
}

#[test]
fn a_log_that_ends_within_a_decision_is_refused() {
    let mut history = History::new();
    let id = history.propose(Risk::Low, &["web"]).expect("proposed");
    history.prepare(&id);
    history.decide(&id, "ben", grace_domain::governance::tally::Decision::Approve).expect("approved");
    let mut lines = history.lines.clone();
    assert_eq!(lines.pop().expect("an entry")["type"], "update.apply_started");
    let broken = check(&forged(&lines, &history.blobs)).broken.expect("a break");
    assert!(broken.reason.contains("update.apply_started must follow"), "{broken}");
}

#[test]
fn what_is_no_export_is_refused_and_does_not_panic() {
    for file in [&b""[..], b"\n", b"{}\n", b"[]\n", b"{\"format\":\"grace-audit-1\"}\n", &[0xff; 300]] {
        assert!(!check(file).ok());
    }
}
