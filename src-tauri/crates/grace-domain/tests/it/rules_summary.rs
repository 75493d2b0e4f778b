//! What a difference is worth: computed risk that is not talked down by another way of writing, and counts whose work
//! is bounded.

use grace_domain::core::ids::ComponentId;
use grace_domain::governance::policy::Risk;
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::section::Section;
use grace_domain::kinds::summary::Summary;
use grace_domain::kinds::touched::{Side, Touched};
use grace_domain::metrics::limit::Demands;

fn compared(old: &str, new: &str) -> Summary {
    with_modes((old, 0o644), (new, 0o644))
}

fn side((text, mode): (&str, u32)) -> Side<'_> {
    Side { bytes: text.as_bytes(), mode: Some(mode) }
}

fn with_modes(old: (&str, u32), new: (&str, u32)) -> Summary {
    let component: ComponentId = "edge".parse().expect("an id");
    let (old, new) = (Some(side(old)), Some(side(new)));
    let touched = Touched { component: &component, name: "app.conf", old, new, last: None };
    UpdateType::Config.compare(&[touched], None, &Demands::default()).expect("files can always be compared")
}

#[test]
fn what_loads_code_changes_identity_or_opens_access_is_a_high_risk_however_it_is_written() {
    let base = "workers = 4\ntoken = good\nlocation / {\n    deny all;\n    limit 5;\n}\n";
    let json = r#"{"name":"a","token":"good","command":["sh","-c","true"]}"#;
    let yaml = "command:\n- sh\n- -c\nname: a\n";
    let cases: &[(&str, String)] = &[
        (base, format!("{base}token = evil\n")),
        (base, base.replace("token = good", "token = evil")),
        (base, format!("{base}TOKEN=evil\n")),
        (base, format!("{base}PASSWORD = p\n")),
        (base, format!("{base}db-password: p\n")),
        (base, format!("{base}clientSecret: p\n")),
        (base, format!("{base}listen 80; load_module evil.so;\n")),
        (base, format!("{base}location / {{ allow all; }}\n")),
        (base, format!("{base}include /tmp/evil.conf;\n")),
        (base, format!("{base}#include \"/tmp/evil\"\n")),
        (base, format!("{base}\tuser root;\n")),
        (base, format!("{base}\"\\u0074oken\": evil\n")),
        (base, format!("{base}pre_exec /bin/true\n")),
        (base, base.replace("    deny all;\n", "")),
        // The same line elsewhere, and another order of the same lines.
        (base, base.replace("location / {", "location /other {")),
        ("allow 10.0.0.0/8;\ndeny all;\n", "deny all;\nallow 10.0.0.0/8;\n".to_owned()),
        ("[a]\ntoken = x\n[b]\n", "[a]\n[b]\ntoken = x\n".to_owned()),
        // A part of something sensitive.
        (json, json.replace("true", "evil")),
        (json, json.replace("\"token\"", "\"token\":\"evil\",\"token\"")),
        (yaml, yaml.replace("- -c\n", "- -c\n- evil\n")),
        ("command = a \\\n  b\n", "command = a \\\n  evil\n".to_owned()),
    ];
    for (old, new) in cases {
        let summary = compared(old, new);
        assert_eq!(summary.assessment.risk, Risk::High, "{new}: {:?}", summary.assessment.reasons);
        assert!(
            summary.assessment.reasons.iter().any(|r| r.ends_with(" changes")),
            "{:?}",
            summary.assessment.reasons
        );
    }
}

#[test]
fn what_is_not_sensitive_stays_what_it_was_beside_something_sensitive() {
    let base = "workers = 4\ntoken = good\nlocation / {\n    deny all;\n}\nlog_format '$remote_user';\n";
    let json = "{\"name\": \"a\", \"token\": \"good\"}";
    let cases: &[(&str, String)] = &[
        (base, base.replace("workers = 4", "workers = 8")),
        (base, format!("# about the token\n{base}")),
        (base, base.replace("    deny", "\tdeny")),
        (base, format!("{base}author = ann\nallowance = 3\n")),
        (json, json.replace("\"a\"", "\"b\"")),
        (json, json.replace(", ", ",\n  ")),
    ];
    for (old, new) in cases {
        let summary = compared(old, new);
        assert_eq!(summary.assessment.risk, Risk::Low, "{new}: {:?}", summary.assessment.reasons);
    }
}

#[test]
fn lines_are_counted_exactly_while_they_can_be_compared_and_coarsely_when_they_cannot() {
    let few = compared("a\nb\nc\n", "a\nc\nb\nd\n");
    assert_eq!((few.extent.added_lines, few.extent.removed_lines, few.extent.coarse), (2, 1, false));
    // Replaced as a whole: comparing these one by one would take hours.
    let text = |seed: u64| {
        let mut x = seed;
        let mut line = || {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{:016}\n", x >> 12)
        };
        (0..120_000).map(|_| line()).collect::<String>()
    };
    let (old, new) = (text(1), text(2));
    let many = compared(&old, &new);
    assert_eq!(
        (many.extent.added_lines, many.extent.removed_lines, many.extent.coarse),
        (120_000, 120_000, true)
    );
    assert!(many.assessment.risk >= Risk::Medium);
    assert!(many.assessment.reasons.iter().any(|r| r.contains("coarse")), "{:?}", many.assessment.reasons);
    // A change in the middle of a long file is compared exactly.
    let one = compared(&old, &old.replacen(&old[17 * 500..17 * 501], "other\n", 1));
    assert_eq!((one.extent.added_lines, one.extent.removed_lines, one.extent.coarse), (1, 1, false));
}

#[test]
fn a_changed_mode_is_told_and_is_never_a_low_risk() {
    let cases = [
        (0o600, 0o644, Risk::High, "app.conf becomes readable by others"),
        (0o640, 0o600, Risk::Medium, "app.conf: its mode changes from 0640 to 0600"),
        (0o600, 0o640, Risk::Medium, "app.conf: its mode changes from 0600 to 0640"),
        (0o4755, 0o755, Risk::High, "app.conf loses the set-user-id bit"),
        (0o755, 0o2755, Risk::High, "app.conf gains the set-group-id bit"),
        (0o1644, 0o644, Risk::High, "app.conf loses the sticky bit"),
        (0o644, 0o744, Risk::High, "app.conf becomes executable"),
        (0o644, 0o664, Risk::High, "app.conf can be written by others"),
    ];
    for (old, new, risk, reason) in cases {
        let Summary { assessment, sections, .. } = with_modes(("a\n", old), ("a\n", new));
        assert_eq!(assessment.risk, risk, "{old:o} {new:o}: {:?}", assessment.reasons);
        assert!(assessment.reasons.iter().any(|r| r == reason), "{reason}: {:?}", assessment.reasons);
        assert!(!assessment.reasons.iter().any(|r| r.starts_with("only ")), "{:?}", assessment.reasons);
        let (old, new) = (format!("{old:04o}"), format!("{new:04o}"));
        let told = sections.iter().any(|section| {
            matches!(section, Section::KeyValues { values, .. } if values.iter().any(|v| v.key == "mode"
                && v.old.as_deref() == Some(&old) && v.new.as_deref() == Some(&new) && v.place == "edge: app.conf"))
        });
        assert!(told, "{old} {new}: {sections:?}");
    }
}

#[test]
fn new_content_of_what_runs_with_anothers_rights_is_a_high_risk() {
    for mode in [0o4755, 0o2755] {
        let summary = with_modes(("a\n", mode), ("b\n", mode));
        assert_eq!(summary.assessment.risk, Risk::High, "{:?}", summary.assessment.reasons);
        let why = "app.conf runs with the rights of its owner or group: its content changes";
        assert_eq!(summary.assessment.reasons, [why]);
    }
    assert_eq!(with_modes(("a\n", 0o755), ("b\n", 0o755)).assessment.risk, Risk::Low);
}
