//! Texts behind entries: never in the entry, bound by a salted digest, and redacted without harm.

use crate::rules::{at, samples, upd};
use grace_domain::aggregate::Aggregate;
use grace_domain::core::digest::Digest;
use grace_domain::core::sealed_text::{REDACTED, SealedText, salted, texts, unsalted};
use grace_domain::log::{Entry, EntryError, Event, Recorded};
use grace_domain::update::Update;
use grace_domain::update::event::UpdateEvent;
use serde_json::{Value, json};

fn held(reason: &str) -> Entry {
    let event = UpdateEvent::Held { reason: reason.into() };
    Entry::new(at(1), "engine", Event::Update(upd(1), event))
}

fn counting() -> impl FnMut() -> [u8; 32] {
    let mut n = 0u8;
    move || {
        n += 1;
        [n; 32]
    }
}

fn strings(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(s) => out.push(s.clone()),
        Value::Array(items) => items.iter().for_each(|v| strings(v, out)),
        Value::Object(map) => map.values().for_each(|v| strings(v, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn no_entry_holds_a_sentence_that_is_not_a_fact() {
    for (name, event) in samples::all() {
        if name.starts_with("world.") {
            continue;
        }
        let mut entry = Entry::new(at(1), "engine", event);
        entry.seal(counting());
        let value: Value = serde_json::from_slice(&entry.encode().unwrap().0).unwrap();
        let mut found = Vec::new();
        for field in ["title", "reason", "reasons", "sentence"] {
            let places =
                [Some(&value), value.get("ack"), value.get("facts")].map(|v| v.and_then(|v| v.get(field)));
            for place in places.into_iter().flatten() {
                strings(place, &mut found);
            }
        }
        for text in found {
            assert!(text.is_empty() || text.parse::<Digest>().is_ok(), "{name}: {text}");
        }
    }
}

#[test]
fn words_that_nobody_sealed_are_not_written() {
    assert!(matches!(held("why").encode(), Err(EntryError::Unsealed)));
    assert!(held("").encode().is_ok(), "nothing said has nothing to hide");
}

#[test]
fn the_same_words_twice_have_two_digests() {
    let mut salts = counting();
    let (mut a, mut b) = (held("no"), held("no"));
    a.seal(&mut salts);
    b.seal(&mut salts);
    assert_ne!(a.encode().unwrap(), b.encode().unwrap());
}

#[test]
fn what_was_sealed_comes_back_and_what_was_redacted_says_so() {
    for (name, event) in samples::all() {
        let mut entry = Entry::new(at(1), "engine", event);
        let lines = entry.seal(counting());
        let bytes = entry.encode().unwrap().0;
        let mut back = Entry::decode(&bytes).unwrap();
        assert_eq!(back.sealed_texts(), entry.sealed_texts(), "{name}");
        assert_eq!(texts(&lines).len(), entry.sealed_texts().len(), "{name}: each word has its line");
        let shown = |e: &Entry| format!("{:?}", e.event);
        if !lines.is_empty() {
            assert!(shown(&back).contains(REDACTED), "{name}");
            back.resolve(b"{\"salt\":\"\",\"value\":\"forged\"}");
            assert!(shown(&back).contains(REDACTED), "{name}");
        }
        back.resolve(&lines);
        assert_eq!(shown(&back), shown(&entry), "{name}");
        assert_eq!(back.encode().unwrap().0, bytes, "{name}");
    }
}

#[test]
fn a_state_without_its_words_is_the_same_state() {
    let id = upd(1);
    let (mut with, mut without): (Option<Update>, Option<Update>) = (None, None);
    for (seq, (_, event)) in samples::all().into_iter().enumerate() {
        let Event::Update(_, update) = &event else { continue };
        let proposed = matches!(update, UpdateEvent::Proposed { .. });
        if proposed == with.is_some() {
            continue;
        }
        let mut entry = Entry::new(at(1), "engine", event.clone());
        entry.seal(counting());
        let bare = Entry::decode(&entry.encode().unwrap().0).unwrap();
        for (state, entry) in [(&mut with, entry), (&mut without, bare)] {
            let recorded = Recorded { seq: seq as u64, entry };
            let Event::Update(_, update) = &recorded.entry.event else { continue };
            match state {
                None => *state = Update::begin(&id, update, recorded.entry.at, recorded.seq),
                Some(state) => state.evolve(update, recorded.entry.at, recorded.seq),
            }
        }
        let (with, without) = (with.as_ref().unwrap(), without.as_ref().unwrap());
        assert_eq!(with, without);
        assert_eq!((with.state().as_str(), with.todo()), (without.state().as_str(), without.todo()));
    }
    assert!(with.is_some());
}

#[test]
fn a_salted_blob_has_one_spelling() {
    let blob = salted([9; 32], &json!("text")).unwrap();
    assert_eq!(unsalted(&blob), Some(json!("text")));
    let text = String::from_utf8(blob).unwrap();
    assert!(text.starts_with("{\"salt\":\"CQkJ"), "{text}");
    for bad in [
        text.replace("\"value\"", "\"valve\""),
        text.replace("CQkJ", ""),
        format!(" {text}"),
        text.replace('}', ",\"x\":1}"),
        "\"text\"".to_owned(),
        "{}".to_owned(),
    ] {
        assert_eq!(unsalted(bad.as_bytes()), None, "{bad}");
    }
}

#[test]
fn words_without_text_can_be_sealed_again_only_as_what_they_were() {
    let mut words: SealedText = "why".into();
    words.seal([1; 32]);
    let mut bare: SealedText = serde_json::from_value(serde_json::to_value(&words).unwrap()).unwrap();
    assert!(bare.is_redacted() && !bare.is_empty());
    assert_eq!(bare.seal([2; 32]), None);
    assert_eq!(bare, words);
}
