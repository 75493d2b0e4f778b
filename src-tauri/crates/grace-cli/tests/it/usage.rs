//! Wrong use, wrong keys, two engines: exit codes and closed codes.

use serde_json::json;

use crate::grace::{World, grace};

#[test]
fn exit_codes_tell_wrong_use_from_refusal() {
    let w = World::demo();
    assert_eq!(grace(&[]).code, 2);
    assert_eq!(grace(&["nonsense"]).code, 2);
    assert_eq!(grace(&["--help"]).code, 0);
    assert_eq!(w.run(&["update", "show"]).code, 2);
    for sample in ["x", "error_rate=NaN", "error_rate=inf"] {
        let wrong = w.run(&["metrics", "push", "edge-gateway", "--sample", sample]);
        assert_eq!((wrong.code, wrong.code_word().as_str()), (2, "bad_sample"), "{wrong:?}");
    }
    assert_eq!(w.run(&["update", "approve", "upd_x"]).code, 2, "nobody is named");
    let plan = ["update", "plan", "--component", "edge-gateway", "--title", "x", "--remove", "gateway.conf"];
    let risk = w.run(&[&plan[..], &["--risk", "severe"]].concat());
    assert_eq!((risk.code, risk.code_word().as_str()), (2, "usage"));
    assert!(risk.err.contains("low, medium, high, critical"), "{risk:?}");
    let unsupported = w.run(&[&plan[..], &["--type", "schema"]].concat());
    assert_eq!((unsupported.code, unsupported.code_word().as_str()), (2, "usage"));
    assert!(unsupported.err.contains("config, metric_definition"), "{unsupported:?}");
    for wrong in [
        &["log", "list", "--limit", "0"][..],
        &["update", "list", "--limit", "501"],
        &["sim", "metrics", "checkout"],
    ] {
        let wrong = w.run(wrong);
        assert_eq!((wrong.code, wrong.code_word().as_str()), (2, "usage"), "{wrong:?}");
    }
    assert_eq!(w.run(&["log", "show", "0"]).code, 0);
    let wrong = grace(&["--json", "nonsense"]);
    assert_eq!((wrong.code, wrong.code_word().as_str()), (2, "usage"));
    let unnamed = w.run(&["update", "show"]).json();
    for (member, says) in [("message", "<ID>"), ("hint", "grace update show")] {
        assert!(unnamed[member].as_str().is_some_and(|t| t.contains(says)), "{unnamed}");
    }
    let missing = w.run(&["update", "show", "upd_nonsense"]);
    assert_eq!((missing.code, missing.code_word().as_str()), (1, "not_found"));
    let error = missing.json();
    let names: Vec<&String> = error.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["code", "hint", "message"]);
    assert!(missing.err.contains("not_found"));
    let nowhere = w.dir.path().join("none");
    let nowhere = grace(&["--json", "--data-dir", nowhere.to_str().expect("a path"), "stats"]);
    assert_eq!((nowhere.code, nowhere.code_word().as_str()), (1, "not_a_world"));
    // The window shows the same problem: its own way stands there too.
    let hint = nowhere.json()["hint"].as_str().unwrap_or_default().to_owned();
    for way in ["`grace demo`", "`grace init`", "in the window", "another directory"] {
        assert!(hint.contains(way), "{hint}");
    }
    assert_eq!(w.run(&["demo"]).code_word(), "world_exists");
}

#[test]
fn a_path_that_is_named_twice_is_wrong_use() {
    let w = World::demo();
    let (one, two) = (w.file("gateway.conf", "workers = 1\n"), w.file("other.conf", "workers = 2\n"));
    let [one, two] = [one, two].map(|f| format!("gateway.conf={}", f.display()));
    let dir = w.dir.path().join("drafts");
    std::fs::create_dir(&dir).expect("create");
    std::fs::write(dir.join("gateway.conf"), "workers = 3\n").expect("write");
    let dir = dir.to_str().expect("a path");
    for named in [["--file", &one, "--file", &two], ["--dir", dir, "--file", &one]] {
        let plan = ["update", "plan", "--component", "edge-gateway", "--title", "x"];
        let twice = w.run(&[&plan[..], &named[..]].concat());
        assert_eq!((twice.code, twice.code_word().as_str()), (2, "path_twice"), "{named:?}: {twice:?}");
    }
}

#[test]
fn a_new_world_says_how_it_is_started_from_here() {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, shown) in [("plain", "DIR/plain"), ("of mine", "'DIR/of mine'")] {
        let world = dir.path().join(name);
        let made = grace(&["--data-dir", world.to_str().expect("a path"), "demo"]);
        let shown = shown.replace("DIR", dir.path().to_str().expect("a path"));
        assert!(made.err.contains(&format!("grace --data-dir {shown} serve")), "{made:?}");
    }
}

#[test]
fn keys_are_made_shown_and_refused_with_their_codes() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = |name: &str| dir.path().join(name).to_str().expect("a path").to_owned();
    std::fs::write(path("right"), "right\n").expect("write");
    std::fs::write(path("wrong"), "wrong\n").expect("write");
    let made =
        grace(&["--json", "--passphrase-file", &path("right"), "key", "create", "--out", &path("k.pem")])
            .ok();
    let shown = grace(&["--json", "--passphrase-file", &path("right"), "key", "show", &path("k.pem")]).ok();
    assert_eq!(made, shown);
    // In a world, a person's key is found where signing finds it.
    let w = World::demo();
    let found = w.run_as("sre", &["key", "show"]).ok();
    assert_eq!(found["file"], w.path().join("people/sre.pem").to_str().expect("a path"));
    let code = |passphrase: &str, file: &str| {
        grace(&["--json", "--passphrase-file", &path(passphrase), "key", "show", &path(file)]).code_word()
    };
    assert_eq!(code("wrong", "k.pem"), "wrong_passphrase");
    assert_eq!(code("right", "none.pem"), "key_file_unreadable");
    let again =
        grace(&["--json", "--passphrase-file", &path("right"), "key", "create", "--out", &path("k.pem")]);
    assert_eq!((again.code, again.code_word().as_str()), (1, "key_file_exists"));
    std::fs::set_permissions(path("k.pem"), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .expect("chmod");
    assert_eq!(code("right", "k.pem"), "key_file_too_open");
    std::fs::write(path("text"), "hello").expect("write");
    std::fs::set_permissions(path("text"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("chmod");
    assert_eq!(code("right", "text"), "not_a_key");
}

#[test]
fn serve_says_where_it_is_and_a_second_engine_says_who_holds_the_world() {
    let mut w = World::demo();
    let ready = w.serve();
    let mut names: Vec<&String> = ready.as_object().expect("an object").keys().collect();
    names.sort();
    assert_eq!(names, ["pid", "token_file", "url"]);
    let second = w.run(&["serve"]);
    assert_eq!((second.code, second.code_word().as_str()), (1, "world_held"), "{second:?}");
    assert!(second.err.contains(&ready["pid"].to_string()), "{second:?}");
    assert_eq!(w.run(&["doctor"]).ok()["pid"], ready["pid"]);
    assert_eq!(w.stop(), 0);
    assert!(!w.path().join("engine.json").exists());
    // A file left by an engine that was killed leads nobody astray.
    let stale = json!({ "url": "http://127.0.0.1:1", "token_file": w.path().join("token"), "pid": std::process::id() });
    std::fs::write(w.path().join("engine.json"), stale.to_string()).expect("write");
    assert_eq!(w.run(&["doctor"]).ok()["log"]["state"], "read_only");
}

#[test]
fn a_directory_is_taken_whole_or_not_at_all() {
    let w = World::demo();
    let dir = w.dir.path().join("drafts");
    std::fs::create_dir(&dir).expect("create");
    std::fs::write(dir.join("gateway.conf"), "workers = 3\n").expect("write");
    std::os::unix::fs::symlink("/etc/passwd", dir.join("link.conf")).expect("a link");
    let plan = ["update", "plan", "--component", "edge-gateway", "--title", "x", "--dir"];
    let linked = w.run(&[&plan[..], &[dir.to_str().expect("a path")]].concat());
    assert_eq!((linked.code, linked.code_word().as_str()), (2, "file_unusable"), "{linked:?}");
    assert!(linked.err.contains("link.conf"), "{linked:?}");
}

#[test]
fn a_pipe_or_a_device_is_no_content() {
    let w = World::demo();
    let pipe = w.dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("runs").success());
    for file in [pipe.to_str().expect("a path"), "/dev/zero", w.dir.path().to_str().expect("a path")] {
        let named = format!("gateway.conf={file}");
        let plan = ["update", "plan", "--component", "edge-gateway", "--title", "x", "--file", &named];
        let refused = w.run(&plan);
        assert_eq!((refused.code, refused.code_word().as_str()), (2, "file_unusable"), "{refused:?}");
    }
}

#[test]
fn the_components_of_a_draft_say_its_type_where_they_agree() {
    let w = World::served();
    let file = w.file("new.conf", "workers = 40\n");
    let change = format!("gateway.conf={}", file.display());
    let planned = |components: &[&str]| {
        let of = components.iter().flat_map(|id| ["--component", id]);
        let args: Vec<&str> = ["update", "plan", "--file", &change, "--title", "More workers"].into();
        w.run_as("developer", &args.into_iter().chain(of).collect::<Vec<_>>())
    };
    assert!(planned(&["edge-gateway"]).json()["ok"].is_boolean());
    assert_eq!(planned(&["edge-gateway", "metrics_collector"]).code_word(), "usage");
    assert_eq!(planned(&["edge-gateway", "nobody"]).code_word(), "not_found");
}
