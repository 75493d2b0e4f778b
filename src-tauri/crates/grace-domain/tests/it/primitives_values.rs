//! Digests, times and canonical JSON: tables of good and hostile values.

use crate::soak;
use grace_domain::core::canon::{CanonError, is_canonical, parse_strict, to_canonical};
use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
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
    #![proptest_config(soak::cases(256))]
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
    #![proptest_config(soak::cases(256))]
    #[test]
    fn canonical_bytes_say_the_same_and_are_a_fixed_point(value in json_values()) {
        let bytes = to_canonical(&value).expect("a canonical form");
        let again = parse_strict(&bytes, 8).expect("strict");
        prop_assert_eq!(&again, &value);
        prop_assert_eq!(to_canonical(&again).expect("a canonical form"), bytes);
    }
}
