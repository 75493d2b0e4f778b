//! What a dishonest engine writes is refused: a good history is changed in one place, each entry goes on from the one of
//! its subject before it, the tree is made anew and signed with the log's own key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use grace_domain::log::{Entry, EntryType};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::good::{moves, ways};
use crate::history::walk::Move;
use crate::history::{History, check, forged};
use crate::soak::cases;

/// Members that no rule fixes, each with why: an honest engine may write another value there. An entry type that ends in
/// `.` stands for all of that family.
const FREE: [(&str, &str, &str); 49] = [
    (
        "world.clock",
        "/before",
        "how far the clock was ahead when it was set back: the log knows it from below",
    ),
    ("world.engine_started", "/version", "what the engine calls itself"),
    ("world.engine_started", "/epoch", "openings are counted, with gaps"),
    ("component.", "/facts/title", "a text: its words decide nothing"),
    ("component.", "/tree", "names a blob, which is held against the managed digest when it is read"),
    ("component.drift_detected", "/found", "what a stranger left there"),
    ("component.restore_failed", "/reason", "the words of the engine"),
    ("component.suspended", "/reason", "the words of the engine"),
    (
        "handshake.ack_not_counted",
        "/ack/seen_size",
        "what the log was before the announcement, no verifier holds",
    ),
    ("handshake.evaluation", "/verdict", "what was measured"),
    ("handshake.evaluation", "/observed_ms", "what was measured"),
    ("handshake.evaluation", "/elapsed_ms", "what was measured"),
    ("handshake.evaluation", "/evaluations", "what was measured"),
    ("handshake.evaluation", "/healthy", "what was measured"),
    ("handshake.evaluation", "/digest", "what was measured"),
    ("handshake.evaluation", "/reason", "what was measured"),
    ("handshake.observation_started", "/baselines", "what was measured; which series, the rules say"),
    ("handshake.refused", "/reason", "the words of the engine"),
    ("handshake.refused_by", "/reason", "the words of the subsystem's answer, which stand there too"),
    ("handshake.requested", "/facts/simulated", "whether this engine plays the component: nobody signs that"),
    ("handshake.suspended", "/reason", "the words of the engine"),
    ("update.approval_lapsed", "/reason", "the words of the engine"),
    ("update.blocked", "/reason", "the words of the engine"),
    ("update.evaluation", "/verdict", "what was measured"),
    ("update.evaluation", "/observed_ms", "what was measured"),
    ("update.evaluation", "/elapsed_ms", "what was measured"),
    ("update.evaluation", "/evaluations", "what was measured"),
    ("update.evaluation", "/healthy", "what was measured"),
    ("update.evaluation", "/digest", "what was measured"),
    ("update.evaluation", "/reason", "what was measured"),
    ("update.failed", "/reason", "the words of the engine"),
    ("update.held", "/reason", "the words of the engine"),
    ("update.no_receipt", "/code", "what the engine found where nobody could sign"),
    ("update.no_receipt", "/found", "what the engine found where nobody could sign"),
    ("update.no_receipt", "/reason", "what the engine found where nobody could sign"),
    ("update.observation_started", "/baselines", "what was measured; which series, the rules say"),
    ("update.packaged", "/items", "how much it touches"),
    ("update.packaged", "/reasons", "words of the summary"),
    (
        "update.packaged",
        "/summary",
        "a document that may be redacted; where it is there, its risk is compared",
    ),
    ("update.receipt", "/output", "what its commands printed"),
    ("update.receipt", "/tree", "names a blob, which is held against the managed digest when it is read"),
    ("update.re", "/reason", "the words of the engine; those of a person are held against what they signed"),
    (
        "update.rollback_",
        "/reason",
        "the words of the engine; those of a person are held against what they signed",
    ),
    ("update.stage", "/code", "what a stage found; what follows from it, the rules say"),
    ("update.stage", "/facts", "what a stage found; what follows from it, the rules say"),
    ("update.stage", "/ms", "what a stage found; what follows from it, the rules say"),
    ("update.stage", "/output", "what a stage found; what follows from it, the rules say"),
    ("update.stage", "/sentence", "what a stage found; what follows from it, the rules say"),
    ("update.waiting", "/reason", "the words of the engine"),
];

/// Entries that may be missing: without them the log is that of another honest engine.
const MAY_BE_MISSING: [(&str, &str); 13] = [
    (
        "world.clock",
        "the clock was ahead and came back before anybody decided anything; else times run backwards",
    ),
    ("world.engine_started", "openings are counted, with gaps"),
    ("component.drift_detected", "a stage may be blocked without it; the component's state then says less"),
    ("component.snapshot", "says nothing that the entries before it do not say"),
    ("handshake.ack", "of a handshake that came to nothing; where it was counted, its quorum is missed"),
    ("handshake.ack_not_counted", "it changed nothing"),
    ("handshake.evaluation", "its counters are totals: the next one says them"),
    ("update.approval", "one more than was needed, or one that lapsed"),
    ("update.approval_lapsed", "signed again before anybody looked"),
    ("update.evaluation", "its counters are totals: the next one says them"),
    ("update.observation_started", "rolled back by a person before anybody watched"),
    ("update.stage", "of an update that ended without it; where something follows from it, it is missed"),
    ("update.waiting", "it changed nothing"),
];

fn is_free(kind: &str, member: &str) -> bool {
    // When a decision was taken the log alone says; that time goes forwards has its own test.
    member == "/at"
        || FREE.iter().any(|(known, free, _)| {
            let type_fits = kind == *known
                || (known.ends_with(['.', '_']) || *known == "update.re") && kind.starts_with(known);
            type_fits && member.starts_with(free)
        })
}

/// A change of one entry: which member, and the new entry.
struct Change {
    member: String,
    line: Value,
}

/// Every entry of the ways, by type: what a member can be.
fn seen() -> &'static BTreeMap<String, Vec<Value>> {
    static SEEN: OnceLock<BTreeMap<String, Vec<Value>>> = OnceLock::new();
    SEEN.get_or_init(|| {
        let mut seen: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (_, history) in ways() {
            for line in history.lines {
                let of_type = seen.entry(line["type"].as_str().expect("a type").to_owned()).or_default();
                if of_type.len() < 40 {
                    of_type.push(line);
                }
            }
        }
        seen
    })
}

/// The leaves of a value, as JSON pointers.
fn leaves(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(k, v)| leaves(v, &format!("{at}/{k}"), out)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, v)| leaves(v, &format!("{at}/{n}"), out));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push(at.to_owned()),
    }
}

/// What a leaf may be instead.
fn other_values(member: &str, value: &Value) -> Vec<Value> {
    match value {
        Value::String(_) if member == "/actor" => {
            ["engine", "person:dan", "component:web"].iter().map(|actor| json!(actor)).collect()
        }
        Value::Bool(b) => vec![json!(!b)],
        Value::Number(n) => {
            let n = n.as_u64().unwrap_or(0);
            [n.checked_sub(1), n.checked_add(1), Some(n + 1_000_000)]
                .into_iter()
                .flatten()
                .map(|n| json!(n))
                .collect()
        }
        Value::String(text) => {
            if let Ok(at) = text.parse::<Timestamp>() {
                return [-86_400_000, -1, 1, 86_400_000].map(|ms| json!(at.plus_ms(ms).to_string())).to_vec();
            }
            if text.parse::<Digest>().is_ok() {
                return vec![json!(Digest::of(text.as_bytes()).to_string())];
            }
            vec![json!(format!("{text}x")), json!("web"), json!("ben")]
        }
        _ => Vec::new(),
    }
}

/// Every change of a single member: leaves with other values, members as other entries of the type have them.
fn changes(line: &Value) -> Vec<Change> {
    let mut out = Vec::new();
    let mut pointers = Vec::new();
    leaves(line, "", &mut pointers);
    for pointer in pointers {
        for other in other_values(&pointer, line.pointer(&pointer).expect("a leaf")) {
            let mut line = line.clone();
            *line.pointer_mut(&pointer).expect("a leaf") = other;
            out.push(Change { member: pointer.clone(), line });
        }
    }
    let kind = line["type"].as_str().expect("a type");
    let members: BTreeSet<&String> =
        seen()[kind].iter().flat_map(|l| l.as_object().expect("an object").keys()).collect();
    for member in members {
        let mut tried = BTreeSet::new();
        for other in &seen()[kind] {
            if other.get(member) == line.get(member) || !tried.insert(other.get(member).map(Value::to_string))
            {
                continue;
            }
            let mut line = line.clone();
            let map = line.as_object_mut().expect("an object");
            match other.get(member) {
                Some(value) => map.insert(member.clone(), value.clone()),
                None => map.remove(member),
            };
            out.push(Change { member: format!("/{member}"), line });
        }
    }
    // What is linked anew is no change, and what does not read is refused before any rule is asked.
    out.retain(|change| {
        change.member != "/prev"
            && change.line != *line
            && Entry::decode(&grace_domain::core::canon::to_canonical(&change.line).expect("canonical"))
                .is_ok()
    });
    out
}

/// Whether the verifier refuses these lines, and names an entry.
fn refused(lines: &[Value], blobs: &BTreeMap<Digest, Vec<u8>>) -> bool {
    check(&forged(lines, blobs)).broken.is_some()
}

/// All ways, made once.
fn all_ways() -> &'static [(&'static str, History)] {
    static WAYS: OnceLock<Vec<(&'static str, History)>> = OnceLock::new();
    WAYS.get_or_init(ways)
}

/// A history that is changed: one of the ways, or a random one.
fn source(way: u16, moves: &[Move]) -> History {
    let ways: Vec<&History> = all_ways().iter().map(|(_, h)| h).filter(|h| h.lines.len() < 400).collect();
    let way = usize::from(way) % (2 * ways.len());
    ways.get(way).map_or_else(|| History::walked(moves), |history| History::of(history))
}

/// One of the entries after the engine has opened the world: what it begins with is the root of all trust.
fn place(history: &History, at: prop::sample::Index) -> usize {
    let founded =
        history.lines.iter().position(|line| kind(line) == "world.engine_started").expect("it is open");
    founded + at.index(history.lines.len() - founded)
}

fn kind(line: &Value) -> &str {
    line["type"].as_str().expect("a type")
}

/// A new entry type has a member that is proved.
#[test]
fn of_every_entry_type_something_is_proved() {
    let mut proved = BTreeSet::new();
    for (_, history) in all_ways() {
        for (at, line) in history.lines.iter().enumerate() {
            let kind = kind(line);
            let more = !proved.contains(kind);
            let one = |change: &Change| {
                let mut lines = history.lines[..history.lines.len().min(at + 40)].to_vec();
                lines[at] = change.line.clone();
                refused(&lines, &history.blobs)
            };
            if more && changes(line).iter().filter(|c| !is_free(kind, &c.member)).take(3).any(one) {
                proved.insert(kind.to_owned());
            }
        }
    }
    let known: BTreeSet<String> = EntryType::known().map(|t| t.as_str().to_owned()).collect();
    let missing: Vec<_> = known.difference(&proved).collect();
    assert!(missing.is_empty(), "nothing is proved of {missing:?}");
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn no_member_of_an_entry_can_be_another(
        way: u16, moves in moves(120), at: prop::sample::Index, which: prop::sample::Index,
    ) {
        let mut history = source(way, &moves);
        let at = place(&history, at);
        let line = history.lines[at].clone();
        let of_type = kind(&line).to_owned();
        let changes: Vec<Change> =
            changes(&line).into_iter().filter(|change| !is_free(&of_type, &change.member)).collect();
        if changes.is_empty() {
            return Ok(());
        }
        let change = &changes[which.index(changes.len())];
        history.lines[at] = change.line.clone();
        prop_assert!(refused(&history.lines, &history.blobs), "{of_type} {} at {at}", change.member);
    }

    #[test]
    fn no_entry_can_be_left_out(way: u16, moves in moves(120), at: prop::sample::Index) {
        let mut history = source(way, &moves);
        // The newest of its subject would make the log that of another day.
        let at = place(&history, at);
        let line = history.lines.remove(at);
        let goes_on = history.lines[at..].iter().any(|later| later["subject"] == line["subject"]);
        if !goes_on || MAY_BE_MISSING.iter().any(|(known, _)| *known == kind(&line)) {
            return Ok(());
        }
        prop_assert!(refused(&history.lines, &history.blobs), "{} at {at}", kind(&line));
    }

    #[test]
    fn no_entry_can_stand_there_twice(way: u16, moves in moves(120), at: prop::sample::Index) {
        let mut history = source(way, &moves);
        let at = place(&history, at);
        let line = history.lines[at].clone();
        // The clock may have been ahead and come back more than once; each step is counted.
        if kind(&line) == "world.clock" {
            return Ok(());
        }
        history.lines.insert(at + 1, line.clone());
        prop_assert!(refused(&history.lines, &history.blobs), "{} at {at}", kind(&line));
    }

    /// Of those that stand on no signature; what somebody signed may be handed in at another time.
    #[test]
    fn no_entry_of_another_log_can_be_put_in(
        way: u16, moves in moves(120), at: prop::sample::Index, which: prop::sample::Index, whose: prop::sample::Index,
    ) {
        let mut history = source(way, &moves);
        let at = place(&history, at);
        let strangers: Vec<&Value> = seen().values().flatten().collect();
        let mut stranger = strangers[which.index(strangers.len())].clone();
        let known = MAY_BE_MISSING.iter().any(|(known, _)| *known == kind(&stranger));
        let signed = stranger.get("by").is_some() || stranger.get("ack").is_some();
        let family = |line: &Value| line["subject"].as_str().expect("a subject")[..3].to_owned();
        let subjects: BTreeSet<&str> = history.lines.iter().filter(|l| family(l) == family(&stranger))
            .map(|l| l["subject"].as_str().expect("a subject")).collect();
        if known || signed || subjects.is_empty() {
            return Ok(());
        }
        stranger["subject"] = json!(subjects.iter().nth(whose.index(subjects.len())));
        stranger["at"] = history.lines[at]["at"].clone();
        history.lines.insert(at + 1, stranger.clone());
        for (_, other) in all_ways() {
            history.blobs.extend(other.blobs.iter().map(|(digest, blob)| (*digest, blob.clone())));
        }
        prop_assert!(refused(&history.lines, &history.blobs), "{} at {at}", kind(&stranger));
    }
}
