//! Entry v1: one golden file per type, one spelling, nothing unknown read, nothing lost.

use crate::rules::samples;
use crate::rules::{at, upd};
use grace_domain::core::canon::to_canonical;
use grace_domain::core::ids::{ComponentId, Nonce, UpdateId};
use grace_domain::core::limits;
use grace_domain::log::{Entry, EntryError, EntryType, Event, Subject, TypeFilter, WorldEvent};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/entries").join(format!("{name}.json"))
}

fn entries() -> Vec<(String, Entry)> {
    samples::all()
        .into_iter()
        .map(|(name, event)| (name, sealed(Entry::new(at(123), "person:ada", event))))
        .collect()
}

/// With a salt that a golden file can hold.
fn sealed(mut entry: Entry) -> Entry {
    entry.seal(|| [7; 32]);
    entry
}

fn bytes(entry: &Entry) -> Vec<u8> {
    entry.encode().unwrap().0
}

fn value(entry: &Entry) -> Map<String, Value> {
    serde_json::from_slice(&bytes(entry)).unwrap()
}

fn decode(value: &Map<String, Value>) -> Result<Entry, EntryError> {
    Entry::decode(&to_canonical(value).unwrap())
}

#[test]
#[allow(clippy::disallowed_methods)] // the golden files lie on disk; the rules themselves do no IO
fn every_type_has_its_golden_entry() {
    let rewrite = std::env::var_os("UPDATE").is_some_and(|v| v == "1");
    for (name, entry) in entries() {
        let written = bytes(&entry);
        let path = golden(&name);
        if rewrite {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &written).unwrap();
        }
        let kept =
            std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; UPDATE=1 writes it", path.display()));
        assert_eq!(String::from_utf8_lossy(&kept), String::from_utf8_lossy(&written), "{name}");
        assert_eq!(Entry::decode(&kept).unwrap(), entry, "{name}");
    }
}

#[test]
fn no_golden_entry_is_forgotten_and_none_is_left_over() {
    let types: BTreeSet<&str> = EntryType::known().map(EntryType::as_str).collect();
    assert!(types.len() > 50, "{}", types.len());
    let names: BTreeSet<String> = samples::all().into_iter().map(|(name, _)| name).collect();
    for kind in &types {
        assert!(names.contains(*kind), "{kind} has no golden entry");
    }
    let kept: BTreeSet<String> = std::fs::read_dir(golden("x").parent().unwrap())
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap().trim_end_matches(".json").to_owned())
        .collect();
    assert_eq!(kept, names);
}

#[test]
fn what_is_written_reads_back_and_is_written_the_same_again() {
    for (name, entry) in entries() {
        let (first, kind) = entry.encode().unwrap();
        let again = Entry::decode(&first).unwrap();
        assert_eq!(again, entry, "{name}");
        assert_eq!(again.encode().unwrap(), (first.clone(), kind.clone()), "{name}");
        let frame = value(&entry);
        assert_eq!(frame["v"], 1);
        assert_eq!(frame["at"], "2026-11-19T09:25:10.123Z");
        assert_eq!(frame["actor"], "person:ada");
        assert_eq!(frame["type"], kind.as_str());
        assert_eq!(frame["subject"].as_str().unwrap().parse::<Subject>().unwrap(), entry.event.subject());
        assert!(entry.event.fits());
    }
}

#[test]
fn what_is_known_of_an_event_is_what_its_entry_says() {
    let mut types = BTreeSet::new();
    for (name, entry) in entries() {
        let info = entry.event.info();
        let entry_type = entry.event.entry_type();
        assert_eq!(entry_type.as_str(), entry.encode().unwrap().1, "{name}");
        assert_eq!((entry_type.ends(), entry_type.calls()), (info.ends, info.calls), "{name}");
        let text = String::from_utf8(bytes(&entry)).unwrap();
        let named = info.evidence.envelopes.iter().chain(&info.evidence.documents);
        assert!(named.into_iter().all(|digest| text.contains(&digest.to_hex())), "{name}");
        assert_eq!(
            info.evidence.envelopes.is_empty(),
            !text.contains("\"envelope\":")
                && !text.contains("\"package\":")
                && !text.contains("\"receipt\":"),
            "{name}"
        );
        types.insert(entry_type);
    }
    assert_eq!(types, EntryType::known().collect());
}

#[test]
fn only_what_needs_a_person_calls_one() {
    let calls = EntryType::known().filter_map(|t| Some((t.as_str(), t.calls()?.as_str())));
    assert_eq!(
        calls.collect::<Vec<_>>(),
        [
            ("update.packaged", "approve"),
            ("update.held", "held"),
            ("update.rollback_started", "rollback"),
            ("update.rollback_failed", "rollback_failed"),
            ("handshake.requested", "handshake_approve"),
        ]
    );
}

#[test]
fn a_type_of_entry_is_spelled_one_way() {
    for known in EntryType::known() {
        assert_eq!(EntryType::of_word(known.as_str()), Some(known));
        assert_eq!(TypeFilter::of_word(known.as_str()), Some(TypeFilter::One(known)));
    }
    assert_eq!(EntryType::of_stored("model.trained"), EntryType::Unknown);
    for word in TypeFilter::words() {
        assert_eq!(TypeFilter::of_word(&word).expect("a filter").to_string(), word);
    }
    for none in ["", "*", ".*", "up*", "update*", "update.roll*", "model.*", "unknown"] {
        assert_eq!(TypeFilter::of_word(none), None, "{none}");
    }
}

#[test]
fn a_subject_of_no_aggregate_is_none() {
    for subject in
        ["", "World", "upd_", "hs_9", "cmd_1", "component:", "component", "web", "model:a", "upd_upd_1"]
    {
        assert!(subject.parse::<Subject>().is_err(), "{subject}");
    }
}

#[test]
fn unknown_types_and_versions_are_refused_by_name() {
    for (name, entry) in entries() {
        let mut v2 = value(&entry);
        v2.insert("v".into(), 2.into());
        match decode(&v2) {
            Err(EntryError::Unknown { version: 2, kind, .. }) => assert!(name.starts_with(&kind)),
            other => panic!("{name}: {other:?}"),
        }
        for unknown in ["update.teleported", "update", "", "UPDATE.STAGE"] {
            let mut changed = value(&entry);
            changed.insert("type".into(), unknown.into());
            match decode(&changed) {
                Err(EntryError::Unknown { version: 1, kind, .. }) => assert_eq!(kind, unknown),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_type_on_the_wrong_subject_is_refused() {
    let component: ComponentId = "web".parse().unwrap();
    let subjects = [
        Subject::World,
        Subject::Update(upd(9)),
        Subject::Handshake(crate::rules::hs(9)),
        Subject::Component(component),
    ];
    for (name, entry) in entries() {
        for subject in &subjects {
            let same_kind = std::mem::discriminant(subject) == std::mem::discriminant(&entry.event.subject());
            let mut changed = value(&entry);
            changed.insert("subject".into(), subject.to_string().into());
            assert_eq!(decode(&changed).is_ok(), same_kind, "{name} on {subject}");
        }
    }
}

/// Calls `change` once for every object in `value`, each time on a fresh copy of the whole.
fn each_object(value: &Value, change: &dyn Fn(&mut Map<String, Value>), result: &mut dyn FnMut(&str, Value)) {
    fn paths(value: &Value, path: String, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                found.push(path.clone());
                for (k, v) in map {
                    paths(v, format!("{path}/{}", k.replace('~', "~0").replace('/', "~1")), found);
                }
            }
            Value::Array(items) => {
                for (i, v) in items.iter().enumerate() {
                    paths(v, format!("{path}/{i}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    paths(value, String::new(), &mut found);
    for path in found {
        let mut copy = value.clone();
        change(copy.pointer_mut(&path).and_then(Value::as_object_mut).unwrap());
        result(&path, copy);
    }
}

#[test]
fn an_unknown_field_is_refused_at_every_depth() {
    let mut tried = 0;
    for (name, entry) in entries() {
        let whole = Value::Object(value(&entry));
        let add = |map: &mut Map<String, Value>| {
            map.insert("zzz".into(), 1.into());
        };
        each_object(&whole, &add, &mut |path, changed| {
            tried += 1;
            let refused = Entry::decode(&to_canonical(&changed).unwrap());
            assert!(
                matches!(refused, Err(EntryError::Unknown { version: 1, .. })),
                "{name}{path}: {refused:?}"
            );
        });
    }
    assert!(tried > 90, "{tried}");
}

#[test]
fn a_missing_field_of_the_frame_is_refused() {
    for (name, entry) in entries() {
        for field in ["v", "at", "actor", "subject", "type"] {
            let mut without = value(&entry);
            without.remove(field);
            assert!(
                matches!(decode(&without), Err(EntryError::Frame(f)) if f == field),
                "{name} without {field}"
            );
            for wrong in [Value::Null, true.into(), "".into(), Value::Array(Vec::new())] {
                let mut other = value(&entry);
                other.insert(field.into(), wrong.clone());
                assert!(decode(&other).is_err(), "{name}: {field} = {wrong}");
            }
        }
    }
}

#[test]
fn numbers_that_are_no_plain_integers_are_refused() {
    let mut tried = 0;
    for (name, entry) in entries() {
        let text = String::from_utf8(bytes(&entry)).unwrap();
        let mut from = 0;
        // Every `:<digits>` outside of a string: the policy text holds escaped quotes, so it is passed over.
        while let Some(i) = text[from..].find("\":").map(|i| from + i + 2) {
            from = i;
            let digits = text[i..].bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 || text[..i].ends_with("\\\":") {
                continue;
            }
            let (head, number, tail) = (&text[..i], &text[i..i + digits], &text[i + digits..]);
            for other in [
                format!("{number}.5"),
                format!("{number}.0"),
                format!("{number}e0"),
                format!("0{number}"),
                format!("-{number}"),
                "9007199254740993".into(),
                "18446744073709551616".into(),
                "1e400".into(),
            ] {
                tried += 1;
                let changed = format!("{head}{other}{tail}");
                assert!(Entry::decode(changed.as_bytes()).is_err(), "{name}: {number} as {other}");
            }
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn every_other_spelling_is_refused() {
    for (name, entry) in entries() {
        let text = String::from_utf8(bytes(&entry)).unwrap();
        let pretty = serde_json::to_string_pretty(&value(&entry)).unwrap();
        assert!(matches!(Entry::decode(pretty.as_bytes()), Err(EntryError::NotCanonical)), "{name}");
        let reordered = format!("{},\"v\":1}}", text.trim_end_matches('}').replacen(",\"v\":1", "", 1));
        for changed in [
            format!(" {text}"),
            format!("{text}\n"),
            format!("{text}{text}"),
            text.replacen("\"actor\":\"person:ada\"", "\"actor\":\"person:ada\",\"actor\":\"person:ada\"", 1),
            text.replacen("person:ada", "person\\u003aada", 1),
            reordered,
        ] {
            assert!(changed == text || Entry::decode(changed.as_bytes()).is_err(), "{name}: {changed}");
        }
    }
    for actor in ["", "engine ", "Engine", "person:", "person:Ada", "ada", "upd_1", "person:ada\n"] {
        let (_, entry) = entries().remove(1);
        let mut changed = value(&entry);
        changed.insert("actor".into(), actor.into());
        assert!(matches!(decode(&changed), Err(EntryError::Frame("actor"))), "{actor}");
        assert!(Entry { actor: actor.into(), ..entry }.encode().is_err(), "{actor}");
    }
    for junk in ["", "null", "[]", "{}", "1", "{\"v\":1}", "\u{feff}{}"] {
        assert!(Entry::decode(junk.as_bytes()).is_err(), "{junk}");
    }
    assert!(Entry::decode(&[0xff, 0xfe]).is_err());
}

#[test]
fn an_entry_that_is_too_large_is_neither_written_nor_read() {
    let started = |version: String| {
        Entry::new(at(0), "engine", Event::World(WorldEvent::EngineStarted { version, epoch: 1 }))
    };
    let overhead = bytes(&started(String::new())).len();
    let full = started("x".repeat(limits::ENTRY_BYTES - overhead));
    assert_eq!(Entry::decode(&bytes(&full)).unwrap(), full);
    let over = started("x".repeat(limits::ENTRY_BYTES - overhead + 1));
    assert!(matches!(over.encode(), Err(EntryError::TooLarge { .. })));
    assert!(!over.event.fits());
    let text = String::from_utf8(bytes(&full)).unwrap().replacen("xx", "xxx", 1);
    assert!(matches!(Entry::decode(text.as_bytes()), Err(EntryError::TooLarge { .. })));
}

#[test]
fn a_number_that_json_readers_bend_is_not_written() {
    let mut entry = entries().into_iter().find(|(name, _)| name == "world.engine_started").unwrap().1;
    entry.event = Event::World(WorldEvent::EngineStarted { version: "0.1.0".into(), epoch: (1 << 53) + 1 });
    assert!(matches!(entry.encode(), Err(EntryError::Canon(_))));
}

#[test]
fn ids_follow_their_grammar() {
    for good in ["web", "web-1", "a", "0", "a.b_c-d"] {
        assert!(good.parse::<ComponentId>().is_ok(), "{good}");
    }
    let long = "x".repeat(65);
    for bad in ["", "Web", "-web", ".web", "_web", "we b", "wéb", "web\n", "a/b", "a:b", long.as_str()] {
        assert!(bad.parse::<ComponentId>().is_err(), "{bad}");
        assert!(serde_json::from_value::<ComponentId>(bad.into()).is_err(), "{bad}");
    }
    let uuid = "00000000-0000-7000-8000-00000000000a";
    assert!(format!("upd_{uuid}").parse::<UpdateId>().is_ok());
    for bad in [
        uuid.to_owned(),
        format!("hs_{uuid}"),
        format!("UPD_{uuid}"),
        format!("upd_{}", uuid.to_uppercase()),
        format!("upd_{}", uuid.replace('-', "")),
        format!("upd_{{{uuid}}}"),
        format!("upd_{uuid} "),
        "upd_".into(),
    ] {
        assert!(bad.parse::<UpdateId>().is_err(), "{bad}");
    }
    for bad in ["short", "with space 0123456789", "0123456789abcdé", ""] {
        assert!(bad.parse::<Nonce>().is_err(), "{bad}");
    }
    for bad in ["", "worlds", "component:", "component:Web", "upd_", "hs_1", "person:ada"] {
        assert!(bad.parse::<Subject>().is_err(), "{bad}");
    }
}
