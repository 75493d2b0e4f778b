//! Every column, row and index of the databases edited while the engine is down. Each edit is named by the verification, or
//! noticed by the engine that starts on it, or it changes nothing of what that engine decides: it holds the same aggregates
//! in the same states, refuses the same statements with the same codes.
//!
//! The list is read from the schema, and each of its places must have an edit that takes: a new column has none until it is
//! filled here. A normal run follows some of them to their end; `cargo xtask soak tables` all, at as many rows as it is told.
//! What is [`Worth::Believed`] is edited and not judged: nothing proves it.

use crate::support::sign::sealed;
use crate::support::{Act, Bench, id, submission, wait};
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::UpdateId;
use grace_domain::core::refusal::Refusal;
use grace_domain::statement::{HandIn, Submission};
use grace_engine::metrics::Pushed;
use grace_engine::startup_verification::Proof;
use grace_engine::{Engine, Once, Outcome, audit};
use grace_store::tables::{Database, TABLES, Worth};
use grace_store::{Reader, verify_log};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const SWEEP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/sweep.py");

/// Of so many places, one is followed in a normal run.
const SAMPLE: usize = 10;

/// Table, column or index, and how.
type EditOf = (String, Option<String>, String);

/// An edit of a database.
type Edit = (Database, EditOf);

fn file(database: Database) -> &'static str {
    match database {
        Database::Log => "grace.db",
        Database::Samples => "samples.db",
    }
}

/// Edits, by database, by table, by what is edited of it, and by whether that is a row.
type ByPlace = BTreeMap<(Database, String, Option<String>, bool), Vec<Edit>>;

/// What came of an edit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    Named,
    Noticed,
    Harmless,
    /// Nothing proves it, as the list of tables says.
    Believed,
    /// It takes; a sample does not follow it.
    Takes,
    /// SQLite takes no such row, or there is nothing to edit.
    None,
}

/// A stopped world with something in every table, and what was signed in it.
struct Lived {
    bench: Bench,
    denied: UpdateId,
    approval: HandIn,
    used: HandIn,
    denial: HandIn,
}

async fn submit_once(bench: &Bench, s: &Submission, key: &str) -> HandIn {
    let handed = sealed(s, bench.key(s.created_by.as_str()));
    let once = Once { key: key.to_owned(), body: Digest::of(key.as_bytes()) };
    bench.engine().submit_update(&handed, Some(once)).await.expect("taken");
    handed
}

async fn lived() -> Lived {
    let mut bench = Bench::with(|s| s.policy.windows_s.low = 3600).await;
    let first = bench.statement_of(submission("edge", "low").file("app.conf", "workers = 8\n"));
    let used = submit_once(&bench, &first, "one").await;
    let denied = first.id;
    bench.until(&denied, "awaiting_approval").await;
    let statement = bench.approval_of(&denied, "sre").await;
    let approval = sealed(&statement, bench.key("sre"));
    let no = bench.approval_of(&denied, "qa").await;
    let no = grace_domain::statement::ApprovalStatement {
        decision: grace_domain::governance::tally::Decision::Deny,
        reason: "not like this".into(),
        ..no
    };
    let denial = sealed(&no, bench.key("qa"));
    bench.engine().approve_update(&denied, &denial, None).await.expect("denied");
    bench.until(&denied, "refused").await;
    let second = bench.statement_of(submission("store", "low").file("app.conf", "workers = 8\n"));
    submit_once(&bench, &second, "two").await;
    bench.until(&second.id, "awaiting_approval").await;
    bench.approve(&second.id, "sre").await.expect("taken");
    bench.until(&second.id, "observing").await;
    // Enough that the upper tree has a row.
    while bench.size().await < 130 {
        let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 7\n")).await;
        bench.until(&update, "awaiting_approval").await;
        bench.act(&update, Act::Withdraw, "developer").await.expect("taken");
    }
    let third = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    bench.until(&third, "awaiting_approval").await;
    let reader = bench.engine().reader();
    let counted = async {
        while reader.window_progress(second.id.as_str()).await.expect("readable").is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(wait::deadline(), counted).await.expect("counted beside the log in time");
    // Some samples in chunks, one that is pending.
    bench.engine().journal().prune(0, 0).await.expect("moved");
    let (metric, value_micro) = (id("error_rate"), 10_000);
    let pushed = Pushed { metric, value_micro, count: 1, at: Some(bench.ports.clock.now()) };
    bench.engine().push_samples(&id("edge"), &[pushed]).await.expect("kept");
    bench.stop().await;
    // As where a file was missing once: every column has a value.
    let lost = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); \
                db.execute(\"UPDATE state SET lost = 'once', lost_before_ms = 1\"); db.close()";
    run("python3", &["-c", lost, text(&bench.dir.join("samples.db"))]);
    Lived { bench, denied, approval, used, denial }
}

fn run(program: &str, args: &[&str]) -> String {
    let done = Command::new(program).args(args).output().expect("runs");
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text").trim().to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Where a copy of the world stands, made anew for each edit.
struct Copies(tempfile::TempDir);

impl Copies {
    /// A database alone.
    fn of_database(&self, dir: &Path, database: Database) -> PathBuf {
        let file = file(database);
        std::fs::copy(dir.join(file), self.0.path().join(file)).expect("copied");
        self.0.path().to_owned()
    }

    fn of(&self, dir: &Path) -> PathBuf {
        let copy = self.0.path().join("world");
        let _ = std::fs::remove_dir_all(&copy);
        run("cp", &["-a", text(dir), text(&copy)]);
        copy
    }
}

/// What the verification names first.
async fn named(dir: &Path) -> Option<String> {
    let reader = match Reader::open(dir) {
        Ok(reader) => reader,
        Err(error) => return Some(error.to_string()),
    };
    let found = async {
        let report = match verify_log(&reader, |_, _| {}).await {
            Ok(report) => report,
            Err(error) => return Some(error.to_string()),
        };
        if let Some(broken) = report.broken.first() {
            return Some(broken.reason.clone());
        }
        let (differences, redacted) = match audit::compare(&reader, report.size).await {
            Ok(found) => found,
            Err(error) => return Some(error.to_string()),
        };
        if let Some(difference) = differences.into_iter().find(|d| !redacted.explains(d)) {
            return Some(difference.reason);
        }
        reader.listed_faults().await.map_or_else(|e| Some(e.to_string()), |faults| faults.into_iter().next())
    };
    let found = found.await;
    reader.close().await;
    found
}

fn code(answer: Result<Outcome, Refusal>) -> String {
    answer.map_or_else(
        |refusal| refusal.code.to_string(),
        |outcome| format!("taken: {}", outcome.state.as_str()),
    )
}

/// What an engine on this world holds and how it answers; `None` when it does not start or closes the log.
async fn behaviour(lived: &Lived, dir: &Path) -> Option<Vec<String>> {
    let engine = lived.bench.engine_on(dir).await.ok()?;
    let mut found = None;
    lived
        .bench
        .until_true("the log is proved or closed", || !matches!(engine.proof(), Proof::Running { .. }))
        .await;
    if matches!(engine.proof(), Proof::Whole { .. }) {
        found = Some(decides(lived, &engine).await);
    }
    engine.shutdown().await;
    found
}

async fn decides(lived: &Lived, engine: &Engine) -> Vec<String> {
    let world = engine.world();
    let mut found: Vec<String> = world
        .subjects()
        .map(|subject| format!("{subject} {}", world.state(&subject).map_or("", |state| state.as_str())))
        .collect();
    found.sort();
    found.push(format!("{:?}", world.last_version()));
    found.push(code(engine.approve_update(&lived.denied, &lived.approval, None).await));
    found.push(code(engine.approve_update(&lived.denied, &lived.denial, None).await));
    found.push(code(engine.submit_update(&lived.used, None).await));
    found
}

/// Does an edit on a copy; false when it takes nothing.
fn takes(copy: &Path, edit: &Edit, row: usize) -> bool {
    let asked = serde_json::to_string(&edit.1).expect("JSON");
    run("python3", &[SWEEP, text(&copy.join(file(edit.0))), &asked, &row.to_string()]) == "done"
}

/// Does an edit on a copy and says what came of it. An edit that changes a decision fails the test.
async fn followed(lived: &Lived, copies: &Copies, edit: &Edit, row: usize, well: &[String]) -> Came {
    let copy = copies.of(&lived.bench.dir);
    if !takes(&copy, edit, row) {
        return Came::None;
    }
    let worth = TABLES
        .iter()
        .find(|t| (t.database, t.name) == (edit.0, edit.1.0.as_str()))
        .expect("a table that is listed")
        .worth;
    if worth == Worth::Believed {
        return Came::Believed;
    }
    if named(&copy).await.is_some() {
        return Came::Named;
    }
    match behaviour(lived, &copy).await {
        None => Came::Noticed,
        Some(found) => {
            assert_eq!(found, well, "{edit:?} at row {row} changes what is decided, and nobody names it");
            Came::Harmless
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_edit_of_every_table_is_named_or_noticed_or_changes_no_decision() {
    let lived = lived().await;
    let copies = Copies(tempfile::tempdir().expect("a directory"));
    let untouched = copies.of(&lived.bench.dir);
    assert_eq!(named(&untouched).await, None);
    let well = behaviour(&lived, &untouched).await.expect("an engine on what nobody touched");
    let mut by_place = ByPlace::new();
    for database in [Database::Log, Database::Samples] {
        let listed = run("python3", &[SWEEP, text(&lived.bench.dir.join(file(database)))]);
        let edits: Vec<EditOf> = serde_json::from_str(&listed).expect("a list");
        for edit in edits {
            let alone = edit.1.is_none();
            let what = edit.1.clone().or_else(|| alone.then(|| edit.2.clone()));
            by_place.entry((database, edit.0.clone(), what, alone)).or_default().push((database, edit));
        }
    }
    let soak = wait::soak_count();
    let mut outcomes: BTreeMap<(Database, String), BTreeSet<Came>> = BTreeMap::new();
    for (n, (place, edits)) in by_place.into_iter().enumerate() {
        let mut found = BTreeSet::new();
        for row in 0..soak.unwrap_or(1) {
            for k in 0..edits.len() {
                // A sample takes another edit of each next column, and one more where that one edits nothing.
                let edit = &edits[(n + k) % edits.len()];
                let came = if soak.is_some() || n % SAMPLE == 0 {
                    followed(&lived, &copies, edit, n + row, &well).await
                } else if takes(&copies.of_database(&lived.bench.dir, edit.0), edit, n + row) {
                    Came::Takes
                } else {
                    Came::None
                };
                let effective = came != Came::None;
                found.insert(came);
                if effective && soak.is_none() {
                    break;
                }
            }
        }
        found.remove(&Came::None);
        println!("{}.{}: {found:?}", place.1, place.2.as_deref().unwrap_or_default());
        assert!(!found.is_empty(), "nothing could be edited at {place:?}: it has no place in the sweep");
        outcomes.entry((place.0, place.1)).or_default().extend(found);
    }
    for table in TABLES {
        let found = &outcomes[&(table.database, table.name.to_owned())];
        let in_vain = table.worth == Worth::Log && soak.is_some() && !found.contains(&Came::Named);
        assert!(!in_vain, "nobody names any edit of {}: {found:?}", table.name);
    }
}
