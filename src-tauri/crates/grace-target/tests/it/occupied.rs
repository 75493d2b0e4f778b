//! What targets take for themselves, and what of that is taken already.

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
    let world = Place::found("/var/grace".into());
    for (occupied, touches) in [
        (files("/srv/a"), false),
        (files("/var"), true),
        (files("/var/grace"), true),
        (files("/var/grace/blobs"), true),
        (files("/var/grace/targets"), true),
        (files("/var/grace/targets/checkout"), false),
        (documents("web", None), false),
    ] {
        assert_eq!(occupied.touches_world(&world), touches, "{occupied}");
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

/// A root file system, the file system of another disk, and directories of both that are mounted a second time.
const MOUNTS: &str = "\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 8:2 / /data rw shared:2 - ext4 /dev/sdb1 rw
31 21 8:1 /srv/a /again rw shared:1 - ext4 /dev/sda1 rw
32 21 8:1 /srv/a/deep /mnt/with\\040space rw shared:1 - ext4 /dev/sda1 rw
33 30 8:1 /var/grace/keys /data/in/keys rw shared:1 - ext4 /dev/sda1 rw
34 21 8:1 /var/grace/blobs /var/grace/targets/checkout/in rw shared:1 - ext4 /dev/sda1 rw
";

fn mounted(path: &str) -> Place {
    Place::by_mounts(path.into(), MOUNTS)
}

#[test]
fn a_directory_is_the_same_by_whatever_path_it_is_mounted() {
    for (a, b, overlaps) in [
        ("/again", "/srv/a", true),
        ("/again/deep", "/srv/a", true),
        ("/srv", "/again/other", true),
        ("/srv/a", "/mnt/with space", true),
        ("/again/deep/er", "/mnt/with space", true),
        ("/srv/a/other", "/mnt/with space", false),
        ("/srv/ab", "/again", false),
        ("/data/in", "/var/grace/keys", true),
        ("/data/other", "/var/grace/keys", false),
        // The same path on another file system.
        ("/data/srv/a", "/again", false),
    ] {
        let (a, b) = (Occupied::Files(mounted(a)), Occupied::Files(mounted(b)));
        assert_eq!((a.overlaps(&b), b.overlaps(&a)), (overlaps, overlaps), "{a} and {b}");
    }
}

#[test]
fn nothing_of_the_world_is_reached_by_a_second_mount() {
    let world = mounted("/var/grace");
    for (path, touches) in [
        ("/data", true),
        ("/data/in", true),
        ("/data/in/keys", true),
        ("/data/other", false),
        ("/srv/a", false),
        ("/var/grace/targets/edge", false),
        ("/var/grace/targets/checkout", true),
    ] {
        let occupied = Occupied::Files(mounted(path));
        assert_eq!(occupied.touches_world(&world), touches, "{occupied}");
    }
}
