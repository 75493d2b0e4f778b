//! What somebody damaged beside the log, and who says so: the doctor, before it is needed, and the verification.

use grace_domain::core::codes::Code;
use grace_domain::core::hint::Way;
use grace_domain::core::ids::ComponentId;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use grace_api::handlers::verify_dir;
use grace_api::requests::*;
use grace_api::types::{CheckName, DoctorCheck, Health, StatusView};

use crate::http::submit;
use crate::operations::draft;
use crate::wire::Served;

/// The check of that name, as the doctor makes it anew.
async fn check(s: &Served, name: CheckName) -> DoctorCheck {
    named(s.client().doctor(Nothing {}).await.expect("a status"), name)
}

fn named(status: StatusView, name: CheckName) -> DoctorCheck {
    status.checks.into_iter().find(|c| c.name == name).expect("the check")
}

/// Where a file of the recorded content of a component is kept, and its name.
fn kept_file(s: &Served) -> (PathBuf, String) {
    let engine = s.host.engine();
    let tree = engine.world().components()[&"edge-gateway".parse::<ComponentId>().expect("an id")]
        .tree()
        .expect("recorded");
    let blobs = &engine.context().blobs.0;
    let document = blobs.get(&tree).expect("readable").expect("kept");
    let observed = grace_target::read_observed(&document).expect("a content");
    let item = observed.items.first().expect("a file");
    (blobs.path(&item.state.digest), item.name.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_the_file_of_an_old_content_whose_bytes_changed() {
    let s = Served::start().await;
    assert!(check(&s, CheckName::RollbackContent).await.ok);
    let (path, name) = kept_file(&s);
    let mut bytes = fs::read(&path).expect("readable");
    bytes[0] ^= 1;
    fs::write(&path, bytes).expect("written");
    let anew = check(&s, CheckName::RollbackContent).await;
    let told = named(s.client().status(Nothing {}).await.expect("a status"), CheckName::RollbackContent);
    for found in [anew, told] {
        assert!(
            !found.ok && found.detail.contains("edge-gateway") && found.detail.contains(&name),
            "{found:?}"
        );
    }
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_reads_every_content_that_may_be_needed_and_the_status_says_what_it_found() {
    let s = Served::start().await;
    let (path, name) = kept_file(&s);
    let dir = s.host.engine().dir().to_owned();
    s.host.shutdown().await;
    let mut bytes = fs::read(&path).expect("readable");
    bytes[0] ^= 1;
    fs::write(&path, bytes).expect("written");
    let again = grace_api::Host::start(&dir, PathBuf::from("/bin/false"), 0).await.expect("an engine");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let status = again.client().status(Nothing {}).await.expect("a status");
        let kept =
            status.checks.into_iter().find(|c| c.name == CheckName::RollbackContent).expect("the check");
        if !kept.ok {
            assert!(kept.detail.contains("edge-gateway") && kept.detail.contains(&name), "{kept:?}");
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "not found: {kept:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    again.shutdown().await;
}

/// Runs SQL on the database of a world, beside its engine.
fn edit(world: &Path, sql: &str) {
    let python = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\nassert db.execute(sys.argv[2]).rowcount > 0\ndb.commit()";
    let done = Command::new("python3").args(["-c", python]).arg(world.join("grace.db")).arg(sql).status();
    assert!(done.expect("runs").success());
}

/// Runs SQL on one index of a database alone, as the table `pages`.
fn on_index(database: &Path, index: &str, sql: &str) {
    let python = r#"
import sqlite3, sys
path, index, sql = sys.argv[1:]
db = sqlite3.connect(path)
root, = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
columns = ", ".join([row[2] for row in db.execute(f"PRAGMA index_info({index})")] + ["row"])
db.execute("PRAGMA writable_schema = ON")
db.execute("INSERT INTO sqlite_schema VALUES ('table', 'pages', 'pages', ?, ?)",
           (root, f"CREATE TABLE pages ({columns}, PRIMARY KEY ({columns})) WITHOUT ROWID"))
db.commit()
db.close()
db = sqlite3.connect(path)
assert db.execute(sql).rowcount > 0
db.execute("PRAGMA writable_schema = ON")
db.execute("DELETE FROM sqlite_schema WHERE name = 'pages'")
db.commit()
db.close()
"#;
    let done = Command::new("python3").args(["-c", python]).arg(database).args([index, sql]).status();
    assert!(done.expect("runs").success());
}

async fn started(dir: &Path) -> grace_api::Host {
    grace_api::Host::start(dir, PathBuf::from("/bin/false"), 0).await.expect("an engine")
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_that_were_lost_are_said_by_the_doctor_and_new_ones_are_taken() {
    let s = Served::start().await;
    assert!(check(&s, CheckName::Samples).await.ok);
    let dir = s.host.engine().dir().to_owned();
    s.host.shutdown().await;
    fs::remove_file(dir.join("samples.db")).expect("removed");
    // Said again by each start.
    for _ in 0..2 {
        let again = started(&dir).await;
        let found = named(again.client().doctor(Nothing {}).await.expect("a status"), CheckName::Samples);
        assert!(!found.ok && found.detail.contains("samples.db was missing"), "{found:?}");
        again.client().metrics_push(pushed()).await.expect("kept");
        again.shutdown().await;
    }
    assert!(verify_dir(&dir, |_, _| {}).await.expect("a report").ok, "the log is whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_samples_that_cannot_be_used_is_said_and_takes_none_and_the_rest_goes_on() {
    let s = Served::start().await;
    let dir = s.host.engine().dir().to_owned();
    s.host.shutdown().await;
    let samples = dir.join("samples.db");
    let size = fs::metadata(&samples).expect("there").len();
    fs::write(&samples, vec![7; usize::try_from(size).expect("small")]).expect("written");
    let again = started(&dir).await;
    let status = again.client().doctor(Nothing {}).await.expect("a status");
    let found = named(status, CheckName::Samples);
    assert!(!found.ok && found.detail.contains("not a database"), "{found:?}");
    let refused = again.client().metrics_push(pushed()).await.expect_err("not kept");
    assert_eq!((refused.status, refused.code), (503, Code::SamplesUnwritable));
    let shown = again.client().component_show(ById { id: "edge-gateway".into() }).await.expect("shown");
    assert_eq!(
        (shown.row.health, shown.row.health_reason.as_deref()),
        (Health::Unknown, Some("Its samples cannot be read."))
    );
    again.shutdown().await;
    assert!(fs::read(&samples).expect("there").iter().all(|byte| *byte == 7), "left as it was");
}

fn pushed() -> MetricsPushRequest {
    let sample = SampleRequest { metric: "error_rate".into(), value: 0.01, count: Some(1), at: None };
    MetricsPushRequest { id: "edge-gateway".into(), samples: vec![sample] }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_hidden_from_an_index_of_lists_is_named_by_the_doctor_and_by_the_verification() {
    for index in ["rows_by_state", "rows_by_time", "rows_by_component", "sqlite_autoindex_rows_1"] {
        let s = Served::start().await;
        assert!(check(&s, CheckName::Database).await.ok);
        let dir = s.host.engine().dir().to_owned();
        on_index(&dir.join("grace.db"), index, "DELETE FROM pages WHERE row = 2");
        let found = check(&s, CheckName::Database).await;
        assert!(!found.ok && found.detail.contains(index), "{found:?}");
        s.host.shutdown().await;
        let report = verify_dir(&dir, |_, _| {}).await.expect("a report");
        assert!(!report.ok && report.broken.iter().any(|b| b.reason.contains(index)), "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_answer_is_believed_only_as_far_as_the_entry_that_it_names_stands_on_the_envelope() {
    let s = Served::start().await;
    let handed = s.signed("developer", submit("Raise the pool")).await.to_json();
    let path = "/api/unified-logic/config-update";
    let key = ["content-type: application/json", "idempotency-key: k"];
    let first = s.request("POST", path, &key, &handed).await;
    assert_eq!(first.status, 200, "{:?}", first.json());
    let again = s.request("POST", path, &key, &handed).await;
    assert_eq!((again.status, again.json()), (200, first.json()));
    let (id, seq) = (first.json()["id"].clone(), first.json()["seq"].clone());
    for response in [
        serde_json::json!({ "id": "upd_01a20530-8a9d-72ea-8371-471e181a0817", "state": "stable", "seq": seq }),
        serde_json::json!({ "id": id, "state": "stable", "seq": 3 }),
        serde_json::json!({ "id": id, "state": "stable", "seq": 1_000_000 }),
        serde_json::json!({ "id": id, "state": "stable", "seq": null }),
    ] {
        edit(&s.world(), &format!("UPDATE idempotency SET response = '{response}'"));
        let forged = s.request("POST", path, &key, &handed).await;
        assert_eq!((forged.status, forged.code().as_str()), (500, "world_unreadable"), "{response}");
    }
    // Without the row the statement is refused as used.
    edit(&s.world(), "DELETE FROM idempotency");
    let replayed = s.request("POST", path, &key, &handed).await;
    assert_eq!((replayed.status, replayed.code().as_str()), (409, "replayed"));
    s.host.shutdown().await;
}

/// A blob that was uploaded and damaged since.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_blob_is_named_by_its_own_code() {
    let s = Served::start().await;
    let blobs = s.host.engine().context().blobs.clone();
    let digest = blobs.keep(b"workers = 8\n").await.expect("kept");
    let mut wanted = draft(&[]);
    wanted.content = json!({ "files": { "gateway.conf": { "sha256": digest.to_hex() } } });
    let whole = s.client().update_plan(wanted.clone()).await.expect("a plan");
    assert_eq!(whole.problems, []);
    fs::write(blobs.0.path(&digest), "other").expect("damaged");
    let plan = s.client().update_plan(wanted.clone()).await.expect("a plan");
    let [problem] = &plan.problems[..] else { panic!("{:?}", plan.problems) };
    assert_eq!((problem.code, problem.way), (Code::BlobDiffers, Some(Way::RestoreCopy)), "{problem:?}");
    s.host.shutdown().await;
}
