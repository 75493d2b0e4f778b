//! The database of a stopped world, edited with an independent tool and without the log key.

use super::history::History;
use crate::harness::tools::run_python;
use crate::harness::tree::restore;
use crate::harness::{Serve, binary};
use serde_json::Value;
use std::fs;

/// What every edit begins with: the triggers are taken away, and put back afterwards, as an intruder would.
const PRELUDE: &str = r#"
import hashlib, json, sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/grace.db")
triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
for name, _ in triggers:
    db.execute(f'DROP TRIGGER "{name}"')
size = db.execute("SELECT size FROM head").fetchone()[0]
seq, update, denied = int(sys.argv[2]), sys.argv[3], sys.argv[4]

def sql(text, *values):
    done = db.execute(text, values).rowcount
    assert done > 0, f"touched nothing: {text}"

def on_index(index, text, *values):
    """SQL on one index alone, as the table `pages`: its columns, then `row`. Table, tree, head and schema stay."""
    global db
    root, = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (index,)).fetchone()
    columns = ", ".join([row[2] for row in db.execute(f"PRAGMA index_info({index})")] + ["row"])
    db.execute("PRAGMA writable_schema = ON")
    db.execute("INSERT INTO sqlite_master VALUES ('table', 'pages', 'pages', ?, ?)",
               (root, f"CREATE TABLE pages ({columns}, PRIMARY KEY ({columns})) WITHOUT ROWID"))
    db.commit()
    db.close()
    db = sqlite3.connect(sys.argv[1] + "/grace.db")
    sql(text, *values)
    db.execute("PRAGMA writable_schema = ON")
    db.execute("DELETE FROM sqlite_master WHERE name = 'pages'")

def entry(n):
    return db.execute("SELECT bytes FROM entries WHERE seq = ?", (n,)).fetchone()[0]

def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()

def recompute(head):
    """Every hash anew from the entries as they are, RFC 6962; for logs below 128 entries."""
    frontier, root = [], None
    rows = db.execute("SELECT seq, bytes FROM entries ORDER BY seq").fetchall()
    assert len(rows) < 128
    for n, data in rows:
        node = leaf(data)
        own, frontier = [node], frontier + [(0, node)]
        while len(frontier) > 1 and frontier[-1][0] == frontier[-2][0]:
            (level, right), (_, left) = frontier.pop(), frontier.pop()
            node = hashlib.sha256(b"\1" + left + right).digest()
            frontier.append((level + 1, node))
            own.append(node)
        db.execute("UPDATE leaves SET hashes = ? WHERE seq = ?", (b"".join(own), n))
    root = frontier[-1][1]
    for _, left in reversed(frontier[:-1]):
        root = hashlib.sha256(b"\1" + left + root).digest()
    if head:
        sql("UPDATE head SET size = ?, root = ?", len(rows), root)
"#;

/// What every edit ends with.
const END: &str = r#"
for _, text in triggers:
    db.execute(text)
db.commit()
db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
db.close()
"#;

/// Turns one person into another within an entry: the same length, still an entry.
const FORGE: &str = r#"
data = entry(seq)
forged = data.replace(b"person:ann", b"person:bob")
assert forged != data
"#;

/// A place that must be named.
enum Place {
    /// Entry by its distance from the entry `proposed`.
    Entry(i64),
    /// Entry by its distance from the end.
    FromEnd(u64),
    /// These words in a reason.
    Sentence(&'static str),
}

/// An edit, and where it must be found.
struct Edit {
    name: &'static str,
    python: &'static str,
    places: &'static [Place],
}

const EDITS: &[Edit] = &[
    Edit {
        name: "a row edited",
        python: "sql('UPDATE entries SET bytes = ? WHERE seq = ?', forged, seq)",
        places: &[Place::Entry(0)],
    },
    Edit {
        name: "one bit of a row turned",
        python: "sql('UPDATE entries SET bytes = ? WHERE seq = ?', data[:40] + bytes([data[40] ^ 1]) + data[41:], seq)",
        places: &[Place::Entry(0)],
    },
    Edit {
        name: "a row deleted",
        python: "sql('DELETE FROM entries WHERE seq = ?', seq)",
        places: &[Place::Entry(0)],
    },
    Edit {
        name: "a row deleted with its hashes",
        python: "sql('DELETE FROM entries WHERE seq = ?', seq); sql('DELETE FROM leaves WHERE seq = ?', seq)",
        places: &[Place::Entry(0)],
    },
    Edit {
        name: "two rows swapped",
        python: "a, b = data, entry(seq + 1)\n\
                 sql('UPDATE entries SET bytes = ? WHERE seq = ?', b, seq)\n\
                 sql('UPDATE entries SET bytes = ? WHERE seq = ?', a, seq + 1)",
        places: &[Place::Entry(0), Place::Entry(1)],
    },
    Edit {
        name: "two rows swapped with their hashes and index",
        python: "a, b = data, entry(seq + 1)\n\
                 sql('UPDATE entries SET bytes = ? WHERE seq = ?', b, seq)\n\
                 sql('UPDATE entries SET bytes = ? WHERE seq = ?', a, seq + 1)\n\
                 la = db.execute('SELECT subject, type, at FROM leaves WHERE seq = ?', (seq,)).fetchone()\n\
                 lb = db.execute('SELECT subject, type, at FROM leaves WHERE seq = ?', (seq + 1,)).fetchone()\n\
                 sql('UPDATE leaves SET subject = ?, type = ?, at = ? WHERE seq = ?', *lb, seq)\n\
                 sql('UPDATE leaves SET subject = ?, type = ?, at = ? WHERE seq = ?', *la, seq + 1)\n\
                 recompute(False)",
        places: &[Place::Sentence("root"), Place::Entry(0)],
    },
    Edit {
        name: "the end cut off",
        python: "sql('DELETE FROM entries WHERE seq >= ?', size - 3); sql('DELETE FROM leaves WHERE seq >= ?', size - 3)",
        places: &[Place::FromEnd(3)],
    },
    Edit {
        name: "the end cut off, with a head to match",
        python: "sql('DELETE FROM entries WHERE seq >= ?', size - 3); sql('DELETE FROM leaves WHERE seq >= ?', size - 3)\n\
                 recompute(True)",
        places: &[Place::Sentence("head")],
    },
    Edit {
        name: "a row edited, all hashes recomputed",
        python: "sql('UPDATE entries SET bytes = ? WHERE seq = ?', forged, seq); recompute(False)",
        places: &[Place::Sentence("root"), Place::Entry(0)],
    },
    Edit {
        name: "a row edited, all hashes and the head recomputed",
        python: "sql('UPDATE entries SET bytes = ? WHERE seq = ?', forged, seq); recompute(True)",
        places: &[Place::Sentence("head"), Place::Entry(0)],
    },
    Edit {
        name: "a row appended, hashes and head recomputed",
        python: "sql('INSERT INTO entries SELECT ?, bytes FROM entries WHERE seq = ?', size, seq)\n\
                 sql('INSERT INTO leaves (seq, hashes, subject, type, at) SELECT ?, hashes, subject, type, at FROM leaves WHERE seq = ?', size, seq)\n\
                 recompute(True)",
        places: &[Place::Sentence("head")],
    },
    Edit {
        name: "an inner node edited",
        python: "odd = seq | 1\n\
                 h = db.execute('SELECT hashes FROM leaves WHERE seq = ?', (odd,)).fetchone()[0]\n\
                 sql('UPDATE leaves SET hashes = ? WHERE seq = ?', h[:-1] + bytes([h[-1] ^ 1]), odd)",
        places: &[Place::Sentence("tree node")],
    },
    Edit {
        name: "the index points an entry elsewhere",
        python: "sql(\"UPDATE leaves SET subject = 'world' WHERE seq = ?\", seq)",
        places: &[Place::Entry(0)],
    },
    Edit {
        name: "a denial hidden from the index alone",
        python: "on_index('leaves_by_subject', 'DELETE FROM pages WHERE subject = ? AND row >= (SELECT max(seq) - 1 FROM leaves WHERE subject = ?)', denied, denied)",
        places: &[Place::Sentence("the index by subject hides it from the entries of upd_")],
    },
    Edit { name: "the head row gone", python: "sql('DELETE FROM head')", places: &[Place::Sentence("head")] },
    Edit {
        name: "a projection edited: what was denied looks stable",
        python: "sql(\"UPDATE rows SET state = 'stable' WHERE id = ?\", denied)",
        places: &[Place::Sentence("upd_")],
    },
    Edit {
        name: "a projection's document edited",
        python: "sql(\"UPDATE rows SET doc = replace(doc, 'A change', 'A charge') WHERE id = ?\", denied)",
        places: &[Place::Sentence("upd_")],
    },
    Edit {
        name: "a projection row deleted: a denied update is hidden",
        python: "sql('DELETE FROM rows WHERE id = ?', denied)",
        places: &[Place::Sentence("upd_")],
    },
    Edit {
        name: "a projection row invented",
        python: "sql(\"INSERT INTO rows SELECT kind, 'upd_01a00000-0000-7000-8000-000000000000', state, component, at, first_seq, doc FROM rows WHERE id = ?\", denied)",
        places: &[Place::Sentence("upd_01a00000")],
    },
];

fn tamper(history: &History, python: &str) {
    let program = format!("{PRELUDE}{FORGE}{python}\n{END}");
    let world = history.place.text("world");
    run_python(&program, &[&world, &history.proposed.to_string(), &history.applied, &history.denied]);
}

fn named(history: &History, broken: &Value, place: &Place) -> bool {
    let broken = broken.as_array().expect("a list");
    let seq = match place {
        Place::Entry(distance) => history.proposed.checked_add_signed(*distance),
        Place::FromEnd(distance) => Some(history.size - distance),
        Place::Sentence(words) => {
            return broken.iter().any(|b| b["reason"].as_str().unwrap_or_default().contains(words));
        }
    };
    broken.iter().any(|b| b["seq"].as_u64() == seq)
}

#[test]
fn every_edit_of_the_journal_is_found_and_its_place_named() {
    let history = History::live(|_| {});
    for edit in EDITS {
        history.put_back();
        tamper(&history, edit.python);
        let broken = history.verify();
        assert_ne!(broken, serde_json::json!([]), "{}: not found", edit.name);
        println!("{}: {broken}", edit.name);
        for place in edit.places {
            assert!(named(&history, &broken, place), "{}: the place is not named: {broken}", edit.name);
        }
    }
}

#[test]
fn texts_that_were_redacted_are_counted_and_nothing_else_is_excused() {
    let history = History::live(|_| {});
    // The title of the update that was applied, and the reason of its rollback; its rows still show both.
    let out = "sql('DELETE FROM texts WHERE seq = ?', seq)\n\
               reason = db.execute(\"SELECT seq FROM leaves WHERE type = 'update.rollback_started'\").fetchone()[0]\n\
               sql('DELETE FROM texts WHERE seq = ?', reason)";
    tamper(&history, out);
    let report = binary::run(&history.place.world(), &["log", "verify"]).done();
    assert_eq!((&report["ok"], &report["broken"]), (&true.into(), &serde_json::json!([])), "{report}");
    assert_eq!(report["redacted"], 2, "{report}");
    for (name, python) in [
        ("another state", "sql(\"UPDATE rows SET state = 'stable' WHERE id = ?\", update)"),
        (
            "another state in the document",
            "sql(\"UPDATE rows SET doc = replace(doc, 'rolled_back', 'stable') WHERE id = ?\", update)",
        ),
        (
            "another submitter",
            "sql(\"UPDATE rows SET doc = replace(doc, '\\\"ann\\\"', '\\\"bob\\\"') WHERE id = ?\", update)",
        ),
        (
            "a text where there was none",
            "sql(\"UPDATE rows SET doc = replace(doc, '\\\"reasons\\\":[', '\\\"reasons\\\":[\\\"invented\\\",') WHERE id = ?\", update)",
        ),
        (
            "another text where the log's are there",
            "sql(\"UPDATE rows SET doc = replace(doc, 'A change', 'A charge') WHERE id = ?\", denied)",
        ),
        ("a row hidden", "sql('DELETE FROM rows WHERE id = ?', update)"),
        (
            "a text beside the log that it does not name",
            "sql('INSERT INTO texts SELECT ?, lines FROM texts WHERE seq != ? LIMIT 1', seq, seq)",
        ),
        (
            "another name of a person",
            "sql(\"UPDATE texts SET lines = CAST(replace(CAST(lines AS TEXT), 'Person ann', 'Person bob') AS BLOB) WHERE seq = 0\")",
        ),
    ] {
        history.put_back();
        tamper(&history, &format!("{out}\n{python}"));
        let broken = history.verify();
        assert!(
            named(&history, &broken, &Place::Sentence("upd_"))
                || named(&history, &broken, &Place::Sentence("texts")),
            "{name}: {broken}"
        );
    }
}

#[test]
fn an_older_database_under_a_newer_pin_is_found_and_no_engine_starts_on_it() {
    let history = History::live(|place| restore(&place.world(), &place.path("older")));
    let world = history.place.world();
    for name in ["grace.db", "grace.db-wal", "grace.db-shm"] {
        let _ = fs::remove_file(world.join(name));
        let older = history.place.path("older").join(name);
        if older.is_file() {
            fs::copy(older, world.join(name)).expect("the older database");
        }
    }
    let broken = history.verify();
    assert!(named(&history, &broken, &Place::Sentence("pin")), "{broken}");
    let answer = binary::run(&world, &["serve"]);
    assert_eq!(answer.status, 1, "{answer:?}");
    assert_eq!(answer.json()["code"], "log_broken", "{answer:?}");
    assert!(answer.json()["message"].as_str().unwrap_or_default().contains("pin"), "{answer:?}");

    // Reading stays possible, and says what is wrong.
    let status = binary::run(&world, &["doctor"]);
    assert_eq!(status.status, 1, "{status:?}");
    assert_eq!(status.json()["log"]["state"], "broken", "{status:?}");
    let listed = binary::run(&world, &["update", "list"]).done();
    assert_eq!(listed["updates"][0]["id"], history.applied.as_str(), "the older database knows one update");
}

#[test]
fn no_engine_starts_on_a_journal_whose_head_is_forged() {
    let history = History::live(|_| {});
    tamper(&history, "sql('UPDATE entries SET bytes = ? WHERE seq = ?', forged, seq); recompute(True)");
    let before = crate::harness::tree::inventory(&history.place.world().join("blobs"), &[]);
    binary::run(&history.place.world(), &["serve"]).refused("log_broken");
    assert_eq!(crate::harness::tree::inventory(&history.place.world().join("blobs"), &[]), before);
    // Put back, it starts: the refusal was the edit's.
    history.put_back();
    Serve::start(&history.place.world()).stop();
}
