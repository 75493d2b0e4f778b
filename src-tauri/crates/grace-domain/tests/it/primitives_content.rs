//! Managed paths, globs and content trees: tables of good and hostile values.

use crate::soak;
use grace_domain::core::digest::Digest;
use grace_domain::files::path::{Globs, ManagedPath, PathError, check_collisions, spelled};
use grace_domain::files::state::{Attributes, FileState, Xattrs};
use grace_domain::files::tree_digest::{Change, FileEntry, ManagedTree};
use proptest::prelude::*;
use serde_json::json;

fn path(text: &str) -> ManagedPath {
    ManagedPath::parse(text).unwrap_or_else(|e| panic!("{text:?}: {e}"))
}

#[test]
fn ordinary_paths_are_taken_as_they_are() {
    let deep = vec!["d"; 16].join("/");
    let long = "x".repeat(255);
    for good in [
        "a",
        "conf/nginx.conf",
        ".env",
        "..a",
        "a..b/c",
        "with space/ok.txt",
        "@scope/pkg+1=2-3,4_5",
        "größe/naïve.txt",
        "日本語/設定.yaml",
        "हिन्दी.txt",
        "emoji-😀.txt",
        "console.txt",
        "com10",
        "auxiliary",
        "a.conf~",
        "#a.conf#",
        "a (copy 1).conf",
        "-",
        deep.as_str(),
        long.as_str(),
    ] {
        let parsed = path(good);
        assert_eq!(parsed.as_str(), good);
        assert_eq!(serde_json::from_value::<ManagedPath>(json!(good)).expect("json"), parsed);
    }
    let parsed = path("a/b/c.txt");
    assert_eq!(parsed.segments().collect::<Vec<_>>(), ["a", "b", "c.txt"]);
    assert_eq!((parsed.file_name(), parsed.parent()), ("c.txt", Some(path("a/b"))));
    assert_eq!(path("a").parent(), None);
}

#[test]
fn every_byte_of_a_path_is_spelled() {
    for (bytes, shown) in [
        (&b"conf.d/a b"[..], "conf.d/a b"),
        ("größe/日本.txt".as_bytes(), "größe/日本.txt"),
        (b"a\\x0a", "a\\x5cx0a"),
        (b"a\n", "a\\x0a"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("a\u{200b}".as_bytes(), "a\\xe2\\x80\\x8b"),
    ] {
        assert_eq!(spelled(bytes), shown);
    }
}

#[test]
fn hostile_paths_are_refused_each_for_its_reason() {
    let character = |code_point| PathError::Character { code_point };
    let reserved = |name: &str| PathError::Reserved { name: name.into() };
    let cases = [
        ("", PathError::Empty),
        ("/", PathError::Absolute),
        ("/etc/passwd", PathError::Absolute),
        ("//host/share", PathError::Absolute),
        ("..", PathError::DotSegment),
        ("../x", PathError::DotSegment),
        ("a/../../x", PathError::DotSegment),
        ("a/..", PathError::DotSegment),
        (".", PathError::DotSegment),
        ("./a", PathError::DotSegment),
        ("a/./b", PathError::DotSegment),
        ("...", PathError::DotSegment),
        ("a//b", PathError::EmptySegment),
        ("a/", PathError::EmptySegment),
        ("C:/x", PathError::Drive),
        ("c:x", PathError::Drive),
        ("a.txt:stream", PathError::Drive),
        ("a\\b", PathError::Backslash),
        ("..\\x", PathError::Backslash),
        ("\\\\host\\share", PathError::Backslash),
        ("a\0b", character(0)),
        ("a\nb", character(10)),
        ("a\x1b[31m", character(0x1b)),
        ("a\x7f", character(0x7f)),
        ("a\u{85}b", character(0x85)),
        ("a*b", character(0x2a)),
        ("a?b", character(0x3f)),
        ("a|b", character(0x7c)),
        ("a<b", character(0x3c)),
        ("a\"b", character(0x22)),
        ("$HOME", character(0x24)),
        ("`id`", character(0x60)),
        ("~root", character(0x7e)),
        ("a/~root/b", character(0x7e)),
        ("a;b", character(0x3b)),
        ("txt.\u{202e}exe", character(0x202e)),
        ("a\u{2066}b", character(0x2066)),
        ("a\u{200f}b", character(0x200f)),
        ("a\u{200b}b", character(0x200b)),
        ("a\u{200d}b", character(0x200d)),
        ("a\u{ad}b", character(0xad)),
        ("\u{feff}a", character(0xfeff)),
        ("a\u{a0}b", character(0xa0)),
        ("a\u{2028}b", character(0x2028)),
        ("a\u{3164}b", character(0x3164)),
        ("a\u{fe0f}b", character(0xfe0f)),
        ("a\u{e0041}b", character(0xe0041)),
        ("a\u{e000}b", character(0xe000)),
        ("a\u{378}b", character(0x378)),
        ("a\u{ffff}b", character(0xffff)),
        // Look-alikes that some file systems turn into separators and dots.
        ("a\u{ff0f}b", character(0x2f)),
        ("a\u{ff3c}b", PathError::Backslash),
        ("\u{ff0e}\u{ff0e}", PathError::DotSegment),
        ("\u{2025}", PathError::DotSegment),
        ("a\u{ff1a}b", PathError::Drive),
        ("\u{2105}", character(0x2f)),
        ("a.", PathError::TrailingDotOrSpace),
        ("a /b", PathError::TrailingDotOrSpace),
        ("a\u{ff0e}", PathError::TrailingDotOrSpace),
        ("nul", reserved("nul")),
        ("a/CON/b", reserved("con")),
        ("Aux.txt", reserved("aux")),
        ("prn .tar.gz", reserved("prn")),
        ("COM1", reserved("com1")),
        ("lpt9.log", reserved("lpt9")),
        ("com\u{b9}", reserved("com1")),
        ("\u{ff2e}ul", reserved("nul")),
    ];
    for (text, reason) in cases {
        assert_eq!(ManagedPath::parse(text), Err(reason), "{text:?}");
        assert!(serde_json::from_value::<ManagedPath>(json!(text)).is_err(), "{text:?}");
    }
    let long = "x".repeat(300);
    assert_eq!(ManagedPath::parse(&long), Err(PathError::TooLong { found: 300, max: 255 }));
    let multibyte = "é".repeat(128);
    assert_eq!(ManagedPath::parse(&multibyte), Err(PathError::TooLong { found: 256, max: 255 }));
    let deep = ["d"; 40].join("/");
    assert_eq!(ManagedPath::parse(&deep), Err(PathError::TooDeep { found: 40, max: 16 }));
}

proptest! {
    #![proptest_config(soak::cases(256))]
    #[test]
    fn a_path_that_is_taken_stays_beneath_its_root(text in "[a-zA-Z0-9._/\\\\: \u{202e}\u{ff0e}é-]{0,40}") {
        if let Ok(parsed) = ManagedPath::parse(&text) {
            let path = std::path::Path::new(parsed.as_str());
            prop_assert!(path.components().all(|c| matches!(c, std::path::Component::Normal(_))));
            prop_assert_eq!(path.components().count(), parsed.segments().count());
            let refused = text.contains(['\\', ':', '\u{202e}']);
            prop_assert!(!refused);
        }
    }
}

fn collide(paths: &[&str]) -> Result<(), PathError> {
    let paths: Vec<_> = paths.iter().map(|text| path(text)).collect();
    check_collisions(&paths)
}

#[test]
fn twins_and_files_in_the_way_are_refused() {
    assert_eq!(collide(&["a/b", "a/c", "a-b", "b"]), Ok(()));
    for twins in [
        ["Readme", "README"],
        ["stra\u{df}e", "STRASSE"],
        ["\u{e9}", "e\u{301}"],
        ["\u{212b}", "\u{e5}"],
        ["\u{3c3}", "\u{3c2}"],
        ["\u{fb01}le", "file"],
        ["\u{ff41}", "A"],
        ["\u{130}", "i\u{307}"],
    ] {
        assert_eq!(path(twins[0]).case_fold_key(), path(twins[1]).case_fold_key(), "{twins:?}");
        assert!(matches!(collide(&twins), Err(PathError::Twins { .. })), "{twins:?}");
        let [first, second] = twins;
        // Directories are twins too, whatever stands in them.
        let nested = [format!("{first}/x"), format!("{second}/y")];
        assert!(matches!(collide(&[&nested[0], &nested[1]]), Err(PathError::Twins { .. })), "{nested:?}");
    }
    let in_the_way =
        |file: &str, beneath: &str| PathError::FileAsDirectory { file: file.into(), beneath: beneath.into() };
    assert_eq!(collide(&["a", "a/b"]), Err(in_the_way("a", "a/b")));
    assert_eq!(collide(&["a/b/c", "a"]), Err(in_the_way("a", "a/…")));
    assert_eq!(collide(&["a", "a"]), Err(PathError::Duplicate { path: "a".into() }));
    assert_ne!(path("a").case_fold_key(), path("b").case_fold_key());
}

fn globs(patterns: &[&str]) -> Result<Globs, PathError> {
    Globs::new(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
}

#[test]
fn globs_say_what_is_managed() {
    let set =
        globs(&["conf/**", "*.yaml", "static/*/index.html", "bin/{run,stop}", "v[0-9]"]).expect("patterns");
    for (text, managed) in [
        ("conf/a", true),
        ("conf/a/b.txt", true),
        ("conf", false),
        ("x/conf/a", false),
        ("a.yaml", true),
        ("a/b.yaml", false),
        ("A.YAML", false),
        ("static/x/index.html", true),
        ("static/x/y/index.html", false),
        ("bin/run", true),
        ("bin/other", false),
        ("v1", true),
        ("vx", false),
    ] {
        assert_eq!(set.matches(&path(text)), managed, "{text}");
    }
    assert!(!globs(&[]).expect("no pattern").matches(&path("a")));
    assert!(globs(&["**"]).expect("a pattern").matches(&path("a/b/c")));
    for bad in ["", "/etc/*", "../*", "a/../b", "./a", "a//b", "a\\b", "C:*", "a[", "{a", "a\nb", "\u{202e}*"]
    {
        assert_eq!(globs(&["ok", bad]), Err(PathError::Glob { position: 1 }), "{bad:?}");
    }
    assert!(matches!(globs(&["a"; 65]), Err(PathError::TooManyGlobs { found: 65, max: 64 })));
}

fn file(at: &str, mode: u32, bytes: &[u8]) -> FileEntry {
    let attributes = Attributes { mode, owner: 0, group: 0, xattrs: Xattrs::default() };
    let state = FileState { sha256: Digest::of(bytes), size: bytes.len() as u64, attributes };
    FileEntry { path: path(at), state }
}

fn content(files: &[FileEntry]) -> ManagedTree {
    ManagedTree::from_files(files.iter().cloned()).expect("a tree")
}

fn changed(entry: &FileEntry, change: impl FnOnce(&mut FileState)) -> FileEntry {
    let mut other = entry.clone();
    change(&mut other.state);
    other
}

#[test]
fn the_digest_of_a_tree_counts_paths_attributes_and_bytes_only() {
    let (mut run, conf) = (file("bin/run", 0o755, b"#!"), file("conf/a.yaml", 0o644, b"a: 1\n"));
    (run.state.attributes.owner, run.state.attributes.group) = (33, 1000);
    run.state.attributes.xattrs.insert("user.note".into(), b"\0x".to_vec());
    let tree = content(&[run.clone(), conf.clone()]);
    // From an independent implementation: printf and sha256sum.
    let golden = "08ac2c8ddf3b75636065e7a2eeb849e8f5c016ee3223d5d2025354d442298c16";
    assert_eq!(tree.digest().to_hex(), golden);
    assert_eq!(content(&[conf.clone(), run.clone()]), tree);
    // File-type bits of a Unix mode are not content, and no digest needs the length.
    assert_eq!(content(&[changed(&run, |f| f.attributes.mode = 0o100_755), conf.clone()]), tree);
    assert_eq!(content(&[changed(&run, |f| f.size = 3), conf.clone()]).digest(), tree.digest());
    assert_eq!(ManagedTree::default().digest(), Digest::of(b"grace-managed-2\n"));
    for other in [
        changed(&run, |f| f.attributes.mode = 0o644),
        changed(&run, |f| f.attributes.owner = 0),
        changed(&run, |f| f.attributes.group = 33),
        changed(&run, |f| f.attributes.xattrs = Xattrs::default()),
        changed(&run, |f| f.attributes.xattrs.insert("user.note".into(), b"x".to_vec())),
        changed(&run, |f| f.attributes.xattrs.insert("user.other".into(), Vec::new())),
        changed(&run, |f| f.sha256 = Digest::of(b"##")),
        FileEntry { path: path("bin/run2"), ..run.clone() },
    ] {
        assert_ne!(content(&[other, conf.clone()]).digest(), tree.digest());
    }
    assert_eq!(tree.total_bytes(), 7);
    let json = serde_json::to_value(&tree).expect("json");
    assert_eq!(serde_json::from_value::<ManagedTree>(json).expect("json"), tree);
    let twice = ManagedTree::from_files([run.clone(), run.clone()]);
    assert_eq!(twice, Err(PathError::Duplicate { path: "bin/run".into() }));
    let label = r#"{"mode":420,"owner":0,"group":0,"xattrs":{"security.selinux":""}}"#;
    assert!(serde_json::from_str::<Attributes>(label).is_err(), "not content");
    let twins = [run, file("BIN/other", 0o644, b"")];
    assert!(matches!(ManagedTree::from_files(twins), Err(PathError::Twins { .. })));
}

/// An access list in the system's form: tag, permissions and id of each entry.
fn access_list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

#[test]
fn an_access_list_follows_a_new_mode_as_chmod_makes_it_follow() {
    const NOBODY: u32 = u32::MAX;
    let with = |list: &[(u16, u16, u32)]| {
        let mut xattrs = Xattrs::default();
        xattrs.insert("system.posix_acl_access".into(), access_list(list));
        Attributes { mode: 0o664, owner: 0, group: 0, xattrs }
    };
    // Owner, user 33, group, mask, others: with a mask the group's own entry stays.
    let old = with(&[(1, 6, NOBODY), (2, 6, 33), (4, 4, NOBODY), (16, 6, NOBODY), (32, 4, NOBODY)]);
    let new = with(&[(1, 7, NOBODY), (2, 6, 33), (4, 4, NOBODY), (16, 5, NOBODY), (32, 1, NOBODY)]);
    assert_eq!(old.with_mode(0o751), Attributes { mode: 0o751, ..new });
    let bare = with(&[(1, 6, NOBODY), (4, 4, NOBODY), (32, 4, NOBODY)]).with_mode(0o600);
    assert_eq!(bare.xattrs, with(&[(1, 6, NOBODY), (4, 0, NOBODY), (32, 0, NOBODY)]).xattrs);
}

#[test]
fn the_difference_of_two_trees_is_in_path_order_and_empty_only_for_equal_digests() {
    let same = file("m", 0o644, b"same");
    let (old, new) = (file("c", 0o644, b"old"), file("c", 0o644, b"new"));
    let (gone, fresh) = (file("z", 0o644, b"gone"), file("a", 0o644, b"fresh"));
    let (before, after) =
        (content(&[same.clone(), old.clone(), gone.clone()]), content(&[same, new.clone(), fresh.clone()]));
    let changes = before.diff(&after);
    let expected = [
        Change::Added(fresh),
        Change::Modified { path: old.path, before: old.state, after: new.state },
        Change::Removed(gone),
    ];
    assert_eq!(changes, expected);
    assert_eq!(before.diff(&before), []);
    assert_ne!(before.digest(), after.digest());
    let chmod = content(&[file("x", 0o755, b"")]);
    assert_eq!(content(&[file("x", 0o644, b"")]).diff(&chmod).len(), 1);
}
