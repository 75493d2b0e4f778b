//! Hostile content: refused with a code before anything is touched, or sandboxed where it runs.

use crate::support::{Act, Bench, place, submission};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_target::{BlobSource as _, TargetError, TargetFault};
use serde_json::{Value, json};

fn text(text: &str, mode: &str) -> Value {
    json!({ "text": text, "mode": mode })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_paths_modes_and_blobs_are_refused_and_leave_nothing() {
    let bench = Bench::new().await;
    let size = bench.size().await;
    let long = format!("{}.conf", "x".repeat(300));
    let deep = format!("{}app.conf", "d/".repeat(40));
    let paths = [
        "../app.conf",
        "/etc/passwd",
        "a/../../b.conf",
        "./app.conf",
        "",
        "a\0.conf",
        "C:\\app.conf",
        "a\\b.conf",
        "a//b.conf",
        "dir/",
        &long,
        &deep,
        "evil\u{202e}fnoc.conf",
        "CON.conf",
        "name .conf ",
        "a\n.conf",
    ];
    for path in paths {
        let refused =
            bench.try_submit(submission("edge", "low").file(path, "secret of a refused path")).await;
        assert_eq!(refused.expect_err("must be refused").code, Code::BadPath, "{path:?}");
        let refused = bench.try_submit(submission("edge", "low").remove(path)).await;
        assert_eq!(refused.expect_err("must be refused").code, Code::BadPath, "{path:?}");
    }
    let kept = bench.engine().context().blobs.0.has(&Digest::of(b"secret of a refused path"));
    assert!(!kept, "a refused path leaves no bytes");
    for (a, b) in [("a.conf", "A.conf"), ("conf.d/x", "conf.d/x/y"), ("caf\u{e9}.conf", "cafe\u{301}.conf")] {
        let refused = bench.try_submit(submission("edge", "low").file(a, "1").file(b, "2")).await;
        let code = refused.expect_err("must be refused").code;
        assert!(["path_collision", "bad_path"].contains(&code.as_str()), "{a} {b}: {code}");
    }
    for mode in ["04755", "4755", "999", "rwx", "", "-644"] {
        let wanted = submission("edge", "low").any_file("app.conf", text("a", mode));
        assert_eq!(
            bench.try_submit(wanted).await.expect_err("must be refused").code,
            Code::BadMode,
            "{mode}"
        );
    }
    let absent = json!({ "sha256": Digest::of(b"never uploaded") });
    let refused = bench.try_submit(submission("edge", "low").any_file("app.conf", absent)).await;
    assert_eq!(refused.expect_err("must be refused").code, Code::BlobMissing);
    let both = json!({ "sha256": Digest::of(b"a"), "text": "a" });
    let refused = bench.try_submit(submission("edge", "low").any_file("app.conf", both)).await;
    assert_eq!(refused.expect_err("must be refused").code, Code::WrongShape);
    let refused = bench.try_submit(submission("edge", "low")).await;
    assert_eq!(refused.expect_err("must be refused").code, Code::NothingToChange);
    let refused = bench.try_submit(submission("nobody", "low").file("app.conf", "a")).await;
    assert_eq!(refused.expect_err("must be refused").code, Code::NotFound);
    let refused = bench.try_submit(submission("memory_fusion", "low").file("app.conf", "a")).await;
    assert_eq!(refused.expect_err("must be refused").code, Code::NoTarget);
    let refused = bench.try_submit(submission("edge", "low").and("edge").file("app.conf", "a")).await;
    assert_eq!(refused.expect_err("must be refused").code, Code::ComponentTwice);
    assert_eq!(bench.size().await, size);
    assert_eq!(bench.edge().text(), place::FIRST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_is_not_managed_and_a_change_of_nothing_fail_before_anybody_approves() {
    let bench = Bench::new().await;
    for (wanted, code) in [
        (submission("edge", "low").file("secret.key", "a"), "path_not_managed"),
        (submission("edge", "low").file(".grace-x.tmp", "a"), "path_reserved_name"),
        (submission("edge", "low").remove("absent.conf"), "path_not_there"),
        (submission("edge", "low").file("app.conf", place::FIRST), "plan_empty"),
    ] {
        let update = bench.submit(wanted).await;
        let failed = bench.until(&update, "failed").await;
        assert_eq!(failed.card(4).map(|c| c.facts.code.map_or("", Code::as_str)), Some(code));
    }
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_blob_has_one_code_wherever_it_is_met() {
    let bench = Bench::with(|s| s.speed = 100).await;
    let context = bench.engine().context();
    let digest = context.keep(b"workers = 8\n").await.expect("kept");
    let wanted = || submission("edge", "low").any_file("app.conf", json!({ "sha256": digest }));
    let update = bench.submit(wanted()).await;
    bench.until(&update, "awaiting_approval").await;
    let blob = context.blobs.0.path(&digest);
    let link = blob.with_extension("whole");
    std::fs::rename(&blob, &link).expect("moved");
    for damage in ["other bytes", "a link in its place"] {
        std::fs::remove_file(&blob).ok();
        match damage {
            "other bytes" => std::fs::write(&blob, "workers = 9\n").expect("damaged"),
            _ => std::os::unix::fs::symlink(&link, &blob).expect("a link"),
        }
        let at_port = context.blobs.get(&digest).await.expect_err("damaged");
        let met = [
            ("the store", context.blobs.0.get(&digest).expect_err("damaged").code()),
            ("the port of targets", at_port.code),
            ("an inspection", TargetError::from(at_port.clone()).code()),
            ("an act at a target", TargetFault::from(at_port).code),
            ("an effect", context.blob(&digest).await.expect_err("damaged").code),
            ("a governed document", context.blobs.document(&digest).await.expect_err("damaged").code),
            ("a submission", bench.try_submit(wanted()).await.expect_err("refused").code),
        ];
        for (place, code) in met {
            assert_eq!(code, Code::BlobDiffers, "{place}: {damage}");
        }
    }
    bench.approve(&update, "sre").await.expect("approved");
    let failed = bench.until(&update, "failed").await;
    assert_eq!(failed.card(6).and_then(|card| card.facts.code), Some(Code::BlobDiffers));
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_uploaded_blob_and_a_mode_arrive_as_they_were_signed() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new().await;
    let bytes = [0u8, 159, 146, 150, 255, 10];
    let digest = bench.engine().context().keep(&bytes).await.expect("kept");
    let file = json!({ "sha256": digest, "mode": "0640" });
    let update = bench.submit(submission("edge", "low").any_file("conf.d/deep/blob", file)).await;
    bench.until(&update, "awaiting_approval").await;
    let summary = bench.update(&update).await.package().cloned().expect("packaged");
    assert!(summary.reasons.iter().any(|r| r.contains("not text")), "{:?}", summary.reasons);
    bench.approve(&update, "sre").await.expect("approved");
    bench.until(&update, "observing").await;
    assert_eq!(bench.edge().read("conf.d/deep/blob"), bytes);
    let mode =
        std::fs::metadata(bench.edge().root.join("conf.d/deep/blob")).expect("there").permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    bench.until(&update, "rolled_back").await;
    assert!(!bench.edge().root.join("conf.d").exists(), "made for it, gone with it");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_in_the_root_that_points_outside_is_never_followed() {
    let bench = Bench::new().await;
    let outside = bench.dir.with_file_name("outside");
    std::fs::create_dir(&outside).expect("a directory");
    std::fs::write(outside.join("app"), "not yours\n").expect("written");
    std::os::unix::fs::symlink(&outside, bench.edge().root.join("conf.d")).expect("linked");
    let size = bench.size().await;
    for path in ["conf.d/app", "conf.d"] {
        let refused = bench.try_submit(submission("edge", "low").file(path, "stolen\n")).await;
        assert_eq!(refused.expect_err("a link is in the way").code, Code::TargetLink);
        let refused = bench.try_submit(submission("edge", "low").remove(path)).await;
        assert_eq!(refused.expect_err("a link is in the way").code, Code::TargetLink);
    }
    assert_eq!(bench.size().await, size, "a refusal wrote something");
    // Another path of a target with a link in it does not get past the look at the target.
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    let stopped =
        bench.until_is(&update, "stopped", |u| ["failed", "blocked"].contains(&u.state().as_str())).await;
    assert_eq!(stopped.card(4).map(|c| c.facts.code.map_or("", Code::as_str)), Some("target_link"));
    assert_eq!(std::fs::read(outside.join("app")).expect("there"), b"not yours\n");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_swapped_in_before_apply_is_never_followed() {
    let bench = Bench::new().await;
    let outside = bench.dir.with_file_name("outside");
    std::fs::create_dir(&outside).expect("a directory");
    let update = bench.submit(submission("edge", "low").file("conf.d/app", "stolen\n")).await;
    bench.until(&update, "awaiting_approval").await;
    std::os::unix::fs::symlink(&outside, bench.edge().root.join("conf.d")).expect("linked");
    bench.approve(&update, "sre").await.expect("approved");
    let blocked = bench.until(&update, "blocked").await;
    assert_eq!(blocked.card(6).map(|c| c.facts.code.map_or("", Code::as_str)), Some("target_link"));
    assert_eq!(std::fs::read_dir(&outside).expect("there").count(), 0);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_cannot_read_keys_or_write_outside_its_copy() {
    let script = r#"
        for f in "@WORLD@/keys/log.key" "@WORLD@/keys/components/edge.key" "@WORLD@/grace.db" "@WORLD@/../edge/app.conf"; do
            if cat "$f" 2>/dev/null; then echo "READ $f"; fi
        done
        for d in "@WORLD@" "@WORLD@/keys" "@WORLD@/scratch" "@WORLD@/.." "@WORLD@/../edge" /tmp /var/tmp "$HOME" /dev/shm; do
            if ( : > "$d/grace-canary" ) 2>/dev/null && [ "$d" != "" ]; then echo "WROTE $d"; fi
        done
        env | grep -v -e '^PATH=' -e '^PWD=' -e '^OLDPWD=' -e '^_=' -e '^SHLVL=' -e '^TMPDIR=' -e '^HOME=' | sed 's/^/ENV /'
        echo done-looking
        : > "$1/within-the-copy" || exit 1
    "#;
    let bench = Bench::with(|s| s.check = Some(script.into())).await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    let card = bench.update(&update).await.card(4).cloned().expect("a card");
    let output = card.facts.output.expect("it says something");
    let output =
        String::from_utf8(bench.engine().context().blob(&output).await.expect("kept")).expect("text");
    assert!(output.contains("done-looking"), "{output}");
    assert!(!output.contains("READ") && !output.contains("ENV"), "{output}");
    let key = std::fs::read_to_string(bench.dir.join("keys/log.key")).expect("readable for the engine");
    assert!(!output.contains(key.trim()), "a key was read");
    let base = bench.dir.parent().expect("a parent").to_owned();
    for dir in [
        bench.dir.clone(),
        bench.dir.join("keys"),
        bench.dir.join("scratch"),
        base.clone(),
        base.join("edge"),
    ] {
        assert!(!dir.join("grace-canary").exists(), "{}", dir.display());
    }
    assert!(!std::path::Path::new("/var/tmp/grace-canary").exists());
    assert!(!bench.edge().root.join("within-the-copy").exists());
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_talks_without_end_still_fails_the_stage() {
    let script = r"head -c 300000 /dev/zero | tr '\0' 'x'; exit 1";
    let bench = Bench::with(|s| s.check = Some(script.into())).await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    let failed = bench.until(&update, "failed").await;
    let card = failed.card(4).cloned().expect("a card");
    assert_eq!(card.facts.code, Some(Code::CheckFailed));
    assert!(card.facts.sentence.len() < 2000);
    assert!(card.facts.output.is_some(), "the whole output is evidence");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_any_length_in_a_document_do_not_stop_the_package() {
    let bench = Bench::new().await;
    let long = "k".repeat(90_000);
    let first =
        bench.submit(submission("edge", "low").file("data.conf", &format!("{{\"{long}\": 1}}"))).await;
    bench.until(&first, "awaiting_approval").await;
    bench.approve(&first, "sre").await.expect("approved");
    bench.until(&first, "stable").await;
    let second = bench.submit(submission("edge", "low").file("data.conf", "{}")).await;
    let packaged = bench.until(&second, "awaiting_approval").await;
    let reasons = packaged.package().map(|p| p.reasons.clone()).expect("packaged");
    assert!(reasons.iter().any(|r| r.starts_with("data.conf: kkk")), "{reasons:?}");
    assert!(reasons.iter().all(|r| r.len() < 1000));
    bench.verify().await;
}
