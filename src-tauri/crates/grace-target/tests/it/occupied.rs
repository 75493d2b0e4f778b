//! What targets take for themselves, and what of that is taken already.

use std::path::Path;

use grace_domain::core::ids::ComponentId;
use grace_target::{Occupied, Place, TargetSpec};

fn files(path: &str) -> Occupied {
    Occupied::Files(Place::found(path.into()))
}

fn documents(holder: &str, document: Option<&str>) -> Occupied {
    let document = document.map(|id| id.parse().unwrap());
    Occupied::Documents { holder: holder.parse().unwrap(), document }
}

#[test]
fn two_targets_overlap_when_one_change_would_be_seen_by_both() {
    for (a, b, overlaps) in [
        (files("/srv/a"), files("/srv/a"), true),
        (files("/srv/a"), files("/srv/a/b"), true),
        (files("/srv/a"), files("/srv/ab"), false),
        (files("/srv/a"), documents("web", None), false),
        (documents("web", None), documents("web", None), true),
        (documents("web", None), documents("web", Some("x")), true),
        (documents("web", Some("x")), documents("web", Some("x")), true),
        (documents("web", Some("x")), documents("web", Some("y")), false),
        (documents("web", Some("x")), documents("db", Some("x")), false),
    ] {
        assert_eq!(a.overlaps(&b), overlaps, "{a} and {b}");
        assert_eq!(b.overlaps(&a), overlaps, "{b} and {a}");
    }
}

#[test]
fn a_target_holds_nothing_of_the_world_but_in_its_place_for_targets() {
    let world = Path::new("/var/grace");
    for (occupied, touches) in [
        (files("/srv/a"), false),
        (files("/var"), true),
        (files("/var/grace"), true),
        (files("/var/grace/blobs"), true),
        (files("/var/grace/targets"), true),
        (files("/var/grace/targets/checkout"), false),
        (documents("web", None), false),
    ] {
        assert_eq!(occupied.touches_world(world), touches, "{occupied}");
    }
}

#[test]
fn a_directory_takes_the_place_that_its_root_leads_to() {
    let base = tempfile::tempdir().unwrap();
    let real = base.path().canonicalize().unwrap().join("real");
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, base.path().join("link")).unwrap();
    let holder: ComponentId = "web".parse().unwrap();
    let at = |name: &str| {
        let document = serde_json::json!({
            "kind": "directory", "root": base.path().join(name), "managed": ["*"],
            "check": { "argv": ["true"], "timeout_s": 1 },
        });
        TargetSpec::parse(&document.to_string()).unwrap().occupies(&holder).unwrap()
    };
    assert_eq!(at("link"), Occupied::Files(Place::found(real)));
    assert_eq!(
        at("gone"),
        Occupied::Files(Place::found(base.path().join("gone"))),
        "one that is not there still has a place"
    );
}

#[test]
fn a_directory_is_the_same_by_whatever_path_it_is_reached() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path().canonicalize().unwrap();
    for name in ["a/deep", "b"] {
        std::fs::create_dir_all(base.join(name)).unwrap();
    }
    // As after a second mount: another path, which names the same directory.
    std::os::unix::fs::symlink(base.join("a"), base.join("again")).unwrap();
    let found = |name: &str| Occupied::Files(Place::found(base.join(name)));
    for (a, b, overlaps) in [
        ("a", "again", true),
        ("again", "a/deep", true),
        ("again/deep", "a", true),
        ("again", "b", false),
        ("gone", "again", false),
    ] {
        let (a, b) = (found(a), found(b));
        assert_eq!((a.overlaps(&b), b.overlaps(&a)), (overlaps, overlaps), "{a} and {b}");
    }
}
