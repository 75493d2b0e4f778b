//! Inspecting a target: what counts as managed, and what is refused.

use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use grace_domain::kinds::content::FileEdit;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use grace_target::{Plan, Root, TargetError, copy, scan, snapshot};

use crate::support::{Bench, link, managed, managed_path, write};

async fn code_of_scan(bench: &Bench) -> Code {
    scan(&bench.root, &bench.managed).await.unwrap_err().code()
}

#[tokio::test]
async fn only_managed_files_count() {
    let bench = Bench::new();
    let before = bench.scan().await;
    let paths: Vec<_> =
        before.files().map(|(path, file)| (path.to_string(), file.attributes.mode, file.size)).collect();
    let expected = [("conf.d/a.conf", 0o600, 6), ("conf.d/b.conf", 0o644, 6), ("main.conf", 0o644, 9)];
    assert_eq!(paths, expected.map(|(path, mode, size)| (path.to_owned(), mode, size)));
    write(&bench.at("mime.types"), "other\n", 0o600);
    fs::write(bench.at("logs/new"), "x").unwrap();
    link("/etc", &bench.at("logs/link"));
    assert_eq!(bench.scan().await.digest(), before.digest());
    write(&bench.at("main.conf"), "main old\n", 0o640);
    assert_ne!(bench.scan().await.digest(), before.digest(), "the mode is content");
}

#[tokio::test]
async fn our_temporary_files_and_names_that_no_pattern_matches_are_not_content() {
    let bench = Bench::new();
    let before = bench.scan().await.digest();
    fs::write(bench.at("conf.d/.grace-upd_1-0.tmp"), "x").unwrap();
    fs::create_dir_all(bench.at("logs\nold")).unwrap();
    fs::write(bench.at("logs\nold/x.conf"), "x").unwrap();
    fs::create_dir_all(bench.at(&format!("conf.d/{}", ["d"; 20].join("/")))).unwrap();
    fs::create_dir(bench.at("conf.d/back\\slash")).unwrap();
    assert_eq!(bench.scan().await.digest(), before);
}

#[tokio::test]
async fn a_name_that_cannot_be_managed_is_refused_where_a_pattern_matches_it() {
    for (name, spelled) in [
        (&b"con"[..], "con"),
        (b"back\\slash", "back\\x5cslash"),
        (b"a\nb", "a\\x0ab"),
        (b"a\xffb", "a\\xffb"),
        ("a\u{202e}b".as_bytes(), "a\\xe2\\x80\\xaeb"),
        (b"a\x1b[31mb", "a\\x1b[31mb"),
        (b"dot.", "dot."),
        (b"a:b", "a:b"),
        (b"dir\xff/x.conf", "dir\\xff/x.conf"),
    ] {
        let bench = Bench::new();
        let at = bench.at("conf.d").join(OsStr::from_bytes(name));
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, "x").unwrap();
        let error = scan(&bench.root, &bench.managed).await.unwrap_err();
        assert_eq!(error.code(), Code::TargetName, "{error}");
        assert!(error.to_string().starts_with(&format!("the path conf.d/{spelled} ")), "{error}");
        copy(&bench.root, &bench.managed, &bench.scratch()).await.unwrap();
    }
}

#[tokio::test]
async fn what_lies_deeper_than_is_managed_is_refused_where_a_pattern_matches_it() {
    for names in [17, 65] {
        let bench = Bench::new();
        let dir = bench.at("conf.d").join(vec!["d"; names - 2].join("/"));
        fs::create_dir_all(&dir).unwrap();
        if names == 17 {
            bench.scan().await;
        }
        fs::write(dir.join("x"), "x").unwrap();
        let error = scan(&bench.root, &bench.managed).await.unwrap_err();
        assert_eq!(error.code(), Code::TargetDepth, "{error}");
        assert!(error.to_string().contains("conf.d/d/d/"), "{error}");
    }
}

#[tokio::test]
async fn a_file_with_several_names_is_refused_where_it_is_managed() {
    let bench = Bench::new();
    fs::hard_link(bench.at("mime.types"), bench.at("logs/types")).unwrap();
    bench.scan().await;
    fs::hard_link(bench.at("main.conf"), bench.outside().join("main.conf")).unwrap();
    assert_eq!(code_of_scan(&bench).await, Code::TargetHardLink);
}

#[tokio::test]
async fn a_link_where_managed_content_belongs_is_refused_and_named() {
    for (target, at, named) in [
        ("/etc/passwd", "conf.d/x.conf", "conf.d/x.conf"),
        ("a.conf", "conf.d/x.conf", "conf.d/x.conf"),
        ("nowhere", "conf.d/x.conf", "conf.d/x.conf"),
        ("/etc", "conf.d/sub", "conf.d/sub"),
        ("../outside", "empty", "empty"),
    ] {
        let bench = Bench::new();
        link(target, &bench.at(at));
        let error = scan(&bench.root, &bench.managed).await.unwrap_err();
        assert!(matches!(&error, TargetError::Link { path } if path == named), "{at}: {error}");
        assert_eq!(error.code(), Code::TargetLink);
    }
}

#[tokio::test]
async fn a_pipe_where_a_managed_file_belongs_is_refused_without_waiting_for_it() {
    let bench = Bench::new();
    let made = std::process::Command::new("mkfifo").arg(bench.at("conf.d/pipe")).status().unwrap();
    assert!(made.success());
    assert_eq!(code_of_scan(&bench).await, Code::TargetSpecial);
}

#[tokio::test]
async fn sizes_are_bounded_before_they_are_read() {
    let bench = Bench::new();
    let huge = fs::File::create(bench.at("conf.d/huge")).unwrap();
    huge.set_len(64 * 1024 * 1024 + 1).unwrap();
    assert_eq!(code_of_scan(&bench).await, Code::TargetTooLarge);
}

#[tokio::test]
async fn a_target_holds_as_many_files_as_the_limit_and_not_one_more() {
    let bench = Bench::new();
    let held = bench.scan().await.len();
    let at_limit = bench.managed.clone().with_max_files(held);
    let now = scan(&bench.root, &at_limit).await.unwrap();
    let write = |path| bench.write_edit(path, "more\n", None);
    let plan = |edits: &[FileEdit]| Plan::of_edits(&bench.root, &at_limit, &now, edits);
    // One goes and one comes: as many as before.
    plan(&[FileEdit::Remove { path: managed_path("conf.d/b.conf") }, write("conf.d/c.conf")]).unwrap();
    // What could not be inspected afterwards is not planned.
    assert_eq!(plan(&[write("conf.d/c.conf")]).unwrap_err().code(), Code::TargetTooLarge);

    fs::write(bench.at("conf.d/c.conf"), "more\n").unwrap();
    let error = scan(&bench.root, &at_limit).await.unwrap_err();
    assert!(matches!(error, TargetError::TooLarge { max, .. } if max == held as u64), "{error}");
    assert_eq!(error.code(), Code::TargetTooLarge);
    assert_eq!(bench.scan().await.len(), held + 1);
    assert_eq!(bench.managed.max_files(), limits::FILES_PER_TARGET);
}

#[tokio::test]
async fn twins_by_case_are_refused() {
    let bench = Bench::new();
    fs::write(bench.at("conf.d/A.CONF"), "x").unwrap();
    assert_eq!(code_of_scan(&bench).await, Code::TargetCollision);
}

#[tokio::test]
async fn every_kind_of_glob_finds_its_files_and_only_the_links_in_their_way() {
    let bench = Bench::new();
    fs::create_dir_all(bench.at("x/y/z")).unwrap();
    for path in ["x/1.conf", "x/y/2.conf", "x/y/z/3.conf"] {
        fs::write(bench.at(path), path).unwrap();
    }
    link("/etc", &bench.at("aside"));
    for (globs, expected) in [
        (&["**/*.conf"][..], 5 + 1),
        (&["x/**"], 3),
        (&["x/*/*.conf"], 1),
        (&["x/{y/z,nothing}/*.conf"], 1),
        (&["{x,conf.d}/*.conf"], 3),
        (&["x/[y]/2.conf"], 1),
        (&["main.conf", "x/y/z/3.conf"], 2),
    ] {
        let managed = managed(globs);
        let found = scan(&bench.root, &managed).await;
        if globs[0].starts_with("**") {
            // Everything counts, so the link may hide content.
            assert_eq!(found.unwrap_err().code(), Code::TargetLink);
            fs::remove_file(bench.at("aside")).unwrap();
            assert_eq!(scan(&bench.root, &managed).await.unwrap().len(), expected);
            link("/etc", &bench.at("aside"));
        } else {
            assert_eq!(found.unwrap().len(), expected, "{globs:?}");
        }
    }
}

#[test]
fn a_root_must_be_a_directory_and_not_the_top() {
    let bench = Bench::new();
    link("/", &bench.at("top"));
    for path in ["/", "//", "/.", "/usr/..", "relative", "/no/such/place"] {
        assert_eq!(Root::open(path.as_ref()).unwrap_err().code(), Code::TargetRoot, "{path}");
    }
    for path in ["main.conf", "top"] {
        assert_eq!(Root::open(&bench.at(path)).unwrap_err().code(), Code::TargetRoot, "{path}");
    }
}

#[tokio::test]
async fn a_snapshot_keeps_only_bytes_that_were_seen() {
    let bench = Bench::new();
    let seen = bench.scan().await;
    let wanted: Vec<_> = seen.files().map(|(path, file)| (path.clone(), file.sha256)).collect();
    snapshot(&bench.root, wanted.clone(), &bench.blobs).await.unwrap();
    assert_eq!(bench.blobs.0.lock().unwrap().len(), 3);
    fs::write(bench.at("conf.d/a.conf"), "changed").unwrap();
    let error = snapshot(&bench.root, wanted.clone(), &bench.blobs).await.unwrap_err();
    assert_eq!(error.code(), Code::DriftDetected);
    fs::remove_file(bench.at("conf.d/a.conf")).unwrap();
    assert_eq!(snapshot(&bench.root, wanted, &bench.blobs).await.unwrap_err().code(), Code::DriftDetected);
    assert!(bench.root.read(&managed_path("conf.d/a.conf")).unwrap().is_none());
}
