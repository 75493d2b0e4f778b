//! Digests, times, canonical JSON, managed paths, globs and content trees: tables of good and hostile values.

use grace_domain::canon::{CanonError, is_canonical, parse_strict, to_canonical};
use grace_domain::digest::Digest;
use grace_domain::path::{Globs, ManagedPath, PathError, check_collisions};
use grace_domain::time::Timestamp;
use grace_domain::tree_digest::{Change, FileEntry, ManagedTree};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn a_digest_has_one_spelling() {
    // FIPS 180-4, example "abc".
    let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let digest = Digest::of(b"abc");
    assert_eq!(digest.to_string(), text);
    assert_eq!(Digest::of_parts(&[b"a", b"", b"bc"]), digest);
    assert_eq!(text.parse(), Ok(digest));
    assert_eq!(serde_json::to_value(digest).expect("json"), json!(text));
    assert_eq!(serde_json::from_value::<Digest>(json!(text)).expect("json"), digest);
    for bad in ["", &text[1..], &format!("{text}0"), &text.to_uppercase(), &text.replace('b', "g")] {
        assert!(bad.parse::<Digest>().is_err(), "{bad}");
    }
}

#[test]
fn a_time_has_one_spelling() {
    let text = "2026-11-19T09:25:10.123Z";
    let time: Timestamp = text.parse().expect("a time");
    assert_eq!((time.millis(), time.to_string().as_str()), (1_795_080_310_123, text));
    assert_eq!(Timestamp::EPOCH.to_string(), "1970-01-01T00:00:00.000Z");
    assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00.000Z");
    assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999Z");
    assert_eq!(serde_json::to_value(time).expect("json"), json!(text));
    for bad in [
        "",
        "2026-11-19T09:25:10Z",
        "2026-11-19T09:25:10.12Z",
        "2026-11-19T09:25:10.1230Z",
        "2026-11-19T09:25:10.123+00:00",
        "2026-11-19T10:25:10.123+01:00",
        "2026-11-19 09:25:10.123Z",
        "2026-11-19t09:25:10.123z",
        "2026-02-30T09:25:10.123Z",
        "2016-12-31T23:59:60.000Z",
        "+12026-11-19T09:25:10.123Z",
        " 2026-11-19T09:25:10.123Z",
    ] {
        assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
    }
    assert_eq!(time.plus_ms(1000).since_ms(time), 1000);
    assert_eq!(time.plus_ms(-1).to_string(), "2026-11-19T09:25:10.122Z");
    assert_eq!(time.plus_ms(i64::MAX), Timestamp::MAX);
    assert_eq!(time.plus_ms(i64::MIN), Timestamp::MIN);
    assert_eq!(Timestamp::from_millis(i64::MAX), Timestamp::MAX);
}

proptest! {
    #[test]
    fn every_time_survives_its_text(ms in Timestamp::MIN.millis()..=Timestamp::MAX.millis()) {
        let time = Timestamp::from_millis(ms);
        prop_assert_eq!(time.to_string().parse(), Ok(time));
        prop_assert_eq!(time.millis(), ms);
    }

    #[test]
    fn text_order_of_times_is_their_order(a in any::<i64>(), b in any::<i64>()) {
        let (a, b) = (Timestamp::from_millis(a), Timestamp::from_millis(b));
        prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
    }
}

fn canonical(value: &Value) -> String {
    String::from_utf8(to_canonical(value).expect("a canonical form")).expect("UTF-8")
}

#[test]
fn canonical_json_is_that_of_rfc_8785() {
    // Section 3.2.2, without its fractions: strings, literals.
    let input =
        br#"{ "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false] }"#;
    let value = parse_strict(input, 8).expect("strict");
    assert_eq!(
        canonical(&value),
        "{\"literals\":[null,true,false],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
    );
    // Section 3.2.3: keys by UTF-16 code units.
    let input = br#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
        "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    let text = canonical(&parse_strict(input, 8).expect("strict"));
    let order = ["Carriage Return", "One", "Control", "Latin Small", "Euro Sign", "Emoji", "Hebrew"];
    let places: Vec<_> = order.iter().map(|name| text.find(name).expect("there")).collect();
    assert!(places.is_sorted(), "{text}");
    // Appendix B, the integers within 2^53.
    for (number, expected) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("1.0", "1"),
        ("1e3", "1000"),
        ("9007199254740992", "9007199254740992"),
        ("-9007199254740992", "-9007199254740992"),
        ("9007199254740991.0", "9007199254740991"),
    ] {
        let value = parse_strict(number.as_bytes(), 0).expect("a number");
        assert_eq!(canonical(&value), expected, "{number}");
    }
    for control in 0u8..0x20 {
        let text = canonical(&json!(char::from(control).to_string()));
        let expected = match control {
            8 => "\"\\b\"".to_owned(),
            9 => "\"\\t\"".to_owned(),
            10 => "\"\\n\"".to_owned(),
            12 => "\"\\f\"".to_owned(),
            13 => "\"\\r\"".to_owned(),
            other => format!("\"\\u{other:04x}\""),
        };
        assert_eq!(text, expected);
    }
}

#[test]
fn numbers_that_a_double_would_bend_are_refused() {
    for number in ["0.5", "4.50", "2e-3", "333333333.33333329", "1e-27"] {
        let value = parse_strict(number.as_bytes(), 0).expect("a number");
        assert!(matches!(to_canonical(&value), Err(CanonError::NotAnInteger { .. })), "{number}");
    }
    for number in
        ["9007199254740993", "-9007199254740993", "9223372036854775808", "18446744073709551615", "1E30"]
    {
        let value = parse_strict(format!("[{number}]").as_bytes(), 1).expect("a number");
        assert!(matches!(to_canonical(&value), Err(CanonError::IntegerTooLarge { .. })), "{number}");
    }
    for broken in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for refused in [to_canonical(&broken), to_canonical(&[broken]), to_canonical(&Some((1, broken)))] {
            assert!(matches!(refused, Err(CanonError::NotAnInteger { .. })), "{refused:?}");
        }
    }
    assert!(matches!(to_canonical(&[f32::NAN]), Err(CanonError::NotAnInteger { .. })));
    assert!(matches!(to_canonical(&[u128::MAX]), Err(CanonError::IntegerTooLarge { .. })));
    assert_eq!(to_canonical(&std::collections::BTreeMap::from([((1, 2), 3)])), Err(CanonError::NotJson));
    assert!(to_canonical("a str").is_ok());
}

#[test]
fn strict_json_refuses_what_readers_disagree_on() {
    let twice = CanonError::DuplicateKey { key: "a".into() };
    assert_eq!(parse_strict(br#"{"a":1,"a":1}"#, 8), Err(twice.clone()));
    assert_eq!(parse_strict(br#"[{"b":{"a":1,"\u0061":2}}]"#, 8), Err(twice));
    assert_eq!(parse_strict(b"1 2", 8), Err(CanonError::TrailingData));
    assert_eq!(parse_strict(b"{}}", 8), Err(CanonError::TrailingData));
    assert_eq!(parse_strict(b" {} \n", 8), Ok(json!({})));
    for bad in [
        &b""[..],
        b"{",
        b"nul",
        b"{\"a\":1,}",
        b"[1,]",
        b"{a:1}",
        b"'a'",
        b"NaN",
        b"01",
        b"+1",
        b"1e999",
        b"\"\\ud800\"",
        b"\"\xff\"",
        b"\"\n\"",
        b"\xef\xbb\xbf{}",
        b"// c\n1",
    ] {
        assert!(matches!(parse_strict(bad, 8), Err(CanonError::Syntax { .. })), "{}", bad.escape_ascii());
    }
}

#[test]
fn strict_json_counts_depth() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    assert!(parse_strict(b"1", 0).is_ok());
    assert_eq!(parse_strict(b"[]", 0), Err(CanonError::TooDeep { max_depth: 0 }));
    assert!(parse_strict(&nested(32), 32).is_ok());
    assert_eq!(parse_strict(&nested(33), 32), Err(CanonError::TooDeep { max_depth: 32 }));
    assert_eq!(parse_strict(br#"{"a":{"b":{}}}"#, 2), Err(CanonError::TooDeep { max_depth: 2 }));
    // Unclosed and very deep: refused at the bound, not by the stack.
    assert_eq!(parse_strict(&b"[".repeat(1 << 20), 32), Err(CanonError::TooDeep { max_depth: 32 }));
    // Siblings do not add up.
    assert!(parse_strict(b"[[],[],[]]", 2).is_ok());
}

#[test]
fn only_the_canonical_bytes_are_canonical() {
    assert!(is_canonical(br#"{"a":[1,"x"],"b":null}"#, 8));
    for loose in
        [r#"{"b":null,"a":1}"#, r#"{"a": 1}"#, r#"{"a":1.0}"#, r#"{"a":"\u0041"}"#, "{\"a\":1}\n", "{"]
    {
        assert!(!is_canonical(loose.as_bytes(), 8), "{loose}");
    }
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1i64 << 53)..=(1i64 << 53)).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_bytes_say_the_same_and_are_a_fixed_point(value in json_values()) {
        let bytes = to_canonical(&value).expect("a canonical form");
        let again = parse_strict(&bytes, 8).expect("strict");
        prop_assert_eq!(&again, &value);
        prop_assert_eq!(to_canonical(&again).expect("a canonical form"), bytes);
    }
}

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
    FileEntry { path: path(at), mode, size: bytes.len() as u64, sha256: Digest::of(bytes) }
}

fn content(files: &[FileEntry]) -> ManagedTree {
    ManagedTree::from_files(files.iter().cloned()).expect("a tree")
}

#[test]
fn the_digest_of_a_tree_counts_paths_modes_and_bytes_only() {
    let (run, conf) = (file("bin/run", 0o755, b"#!"), file("conf/a.yaml", 0o644, b"a: 1\n"));
    let tree = content(&[run.clone(), conf.clone()]);
    // From an independent implementation.
    let golden = "bc3baa47d5e3d6eef2c962d93a953d363cd0ea54115db501cbaf50e7b81243eb";
    assert_eq!(tree.digest().to_hex(), golden);
    assert_eq!(content(&[conf.clone(), run.clone()]), tree);
    // File-type bits of a Unix mode are not content.
    assert_eq!(content(&[FileEntry { mode: 0o100_755, ..run.clone() }, conf.clone()]), tree);
    assert_eq!(ManagedTree::default().digest(), Digest::of(b""));
    for other in [
        FileEntry { mode: 0o644, ..run.clone() },
        FileEntry { sha256: Digest::of(b"##"), ..run.clone() },
        FileEntry { path: path("bin/run2"), ..run.clone() },
    ] {
        assert_ne!(content(&[other, conf.clone()]).digest(), tree.digest());
    }
    assert_eq!(tree.total_bytes(), 7);
    let json = serde_json::to_value(&tree).expect("json");
    assert_eq!(serde_json::from_value::<ManagedTree>(json).expect("json"), tree);
    let twice = ManagedTree::from_files([run.clone(), run.clone()]);
    assert_eq!(twice, Err(PathError::Duplicate { path: "bin/run".into() }));
    let twins = [run, file("BIN/other", 0o644, b"")];
    assert!(matches!(ManagedTree::from_files(twins), Err(PathError::Twins { .. })));
}

#[test]
fn the_difference_of_two_trees_is_in_path_order_and_empty_only_for_equal_digests() {
    let same = file("m", 0o644, b"same");
    let (old, new) = (file("c", 0o644, b"old"), file("c", 0o644, b"new"));
    let (gone, fresh) = (file("z", 0o644, b"gone"), file("a", 0o644, b"fresh"));
    let (before, after) =
        (content(&[same.clone(), old.clone(), gone.clone()]), content(&[same, new.clone(), fresh.clone()]));
    let changes = before.diff(&after);
    let expected =
        [Change::Added(fresh), Change::Modified { before: old, after: new }, Change::Removed(gone)];
    assert_eq!(changes, expected);
    assert_eq!(before.diff(&before), []);
    assert_ne!(before.digest(), after.digest());
    let chmod = content(&[file("x", 0o755, b"")]);
    assert_eq!(content(&[file("x", 0o644, b"")]).diff(&chmod).len(), 1);
}
