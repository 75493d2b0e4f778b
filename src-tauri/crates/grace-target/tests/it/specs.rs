//! Target descriptions: what is read and what is refused.

use grace_domain::core::codes::Code;
use grace_domain::kinds::target_kind::TargetKind;
use grace_target::TargetSpec;

const NGINX: &str = r#"
kind: directory
root: /srv/web
managed: [nginx.conf, "conf.d/*.conf"]
check: {argv: [nginx, -t, -p, "{staged}", -c, nginx.conf, -e, stderr], timeout_s: 20}
activate: {argv: [nginx, -p, "{root}", -s, reload], timeout_s: 10}
verify: {http: {url: "http://127.0.0.1:8080/", status: 200, body_contains: hello}, timeout_s: 5, interval_ms: 100}
"#;

#[test]
fn yaml_and_json_say_the_same() {
    let yaml = TargetSpec::parse(NGINX).unwrap();
    let json = serde_json::to_string(&yaml).unwrap();
    assert_eq!(TargetSpec::parse(&json).unwrap(), yaml);
    let commands: Vec<&str> = yaml.commands().into_iter().map(|(name, _)| name).collect();
    assert_eq!(commands, ["check", "activate"], "the probe is no command");
    assert_eq!(yaml.commands()[0].1[3], "{staged}");
    let least =
        r#"{"kind":"directory","root":"/srv","managed":["*"],"check":{"argv":["true"],"timeout_s":1}}"#;
    let least = TargetSpec::parse(least).unwrap();
    assert_eq!(least.commands().len(), 1);
    let names: Vec<&str> = least.describe().iter().map(|fact| fact.name).collect();
    assert_eq!(names, ["root", "managed", "check"]);
    assert!(!serde_json::to_string(&least).unwrap().contains("null"));
}

#[test]
fn a_description_says_all_that_is_declared_in_its_order() {
    let said = |text: &str| {
        let facts = TargetSpec::parse(text).unwrap().describe();
        facts.into_iter().map(|f| (f.name, f.values.join(" "), f.command, f.within_s)).collect::<Vec<_>>()
    };
    let probe = said(NGINX);
    let names: Vec<_> = probe.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, ["root", "managed", "check", "activate", "verify"]);
    assert!(probe[2].2 && probe[2].3 == Some(20), "a command with its bound: {probe:?}");
    let (_, request, command, within) = &probe[4];
    assert!(request.starts_with("GET http://127.0.0.1:8080/ answers 200 containing “hello”"), "{request}");
    assert!(!command && within.is_some());
    let verify = NGINX.lines().last().unwrap();
    let by_command =
        said(&NGINX.replace(verify, "verify: {argv: [curl, a b], timeout_s: 5, interval_ms: 100}"));
    assert_eq!(by_command[4], ("verify", "curl a b".to_owned(), true, Some(5)));
}

#[test]
fn what_is_wrong_is_refused_with_its_code() {
    let check = r#"check: {argv: [nginx, -t, -p, "{staged}", -c, nginx.conf, -e, stderr], timeout_s: 20}"#;
    let managed = r#"managed: [nginx.conf, "conf.d/*.conf"]"#;
    let verify = NGINX.lines().last().unwrap();
    let long = format!("check: {{argv: [{}], timeout_s: 1}}", "x, ".repeat(40));
    let many = format!("managed: [{}]", "x, ".repeat(70));
    for (from, to, code) in [
        ("kind: directory", "", "target_spec_document"),
        ("kind: directory", "kind: registry", "target_spec_document"),
        ("kind: directory", "kind: postgres", "target_spec_document"),
        ("kind: directory", "kind: directory\nextra: 1", "target_spec_document"),
        ("kind: directory", "kind: directory\nkind: directory", "target_spec_document"),
        ("kind: directory", "kind: &a directory", "target_spec_document"),
        ("kind: directory", "kind: !mine directory", "target_spec_document"),
        ("root: /srv/web", "", "target_spec_document"),
        ("root: /srv/web", "root: srv/web", "target_spec_root"),
        ("root: /srv/web", "root: /", "target_spec_root"),
        ("root: /srv/web", "root: /srv/../etc", "target_spec_root"),
        ("root: /srv/web", "root: /srv/./web", "target_spec_root"),
        ("root: /srv/web", r#"root: "/srv/\u0007""#, "target_spec_root"),
        (managed, "managed: []", "target_spec_no_globs"),
        (managed, "managed: [../x]", "target_spec_globs"),
        (managed, "managed: [/etc/*]", "target_spec_globs"),
        (managed, many.as_str(), "target_spec_globs"),
        (check, "check: {argv: [], timeout_s: 20}", "target_spec_command"),
        (check, "check: {argv: [/bin/true], timeout_s: 20, reads: [/etc/nginx]}", "not_supported_yet"),
        (check, "check: {argv: [/bin/true], timeout_s: 20, hosts: [upstream]}", "not_supported_yet"),
        (check, r#"check: {argv: [""], timeout_s: 20}"#, "target_spec_command"),
        (check, "check: {argv: [bin/nginx], timeout_s: 20}", "target_spec_command"),
        (check, r#"check: {argv: ["a\0b"], timeout_s: 20}"#, "target_spec_command"),
        (check, long.as_str(), "target_spec_command"),
        (check, "check: {argv: [nginx], timeout_s: 0}", "target_spec_time"),
        (check, "check: {argv: [nginx], timeout_s: 601}", "target_spec_time"),
        ("{root}", "{staged}", "target_spec_command"),
        (verify, "verify: {timeout_s: 5, interval_ms: 100}", "target_spec_verify"),
        ("verify: {http", "verify: {argv: [x], http", "target_spec_verify"),
        ("interval_ms: 100", "interval_ms: 0", "target_spec_time"),
        ("status: 200", "status: 99", "target_spec_probe"),
        ("body_contains: hello", r#"body_contains: """#, "target_spec_probe"),
        ("http://127.0.0.1:8080/", "https://127.0.0.1:8080/", "target_spec_probe"),
        ("http://127.0.0.1:8080/", "http://192.0.2.1/", "target_spec_probe"),
        ("http://127.0.0.1:8080/", "http://example.org/", "target_spec_probe"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1@example.org/", "target_spec_probe"),
        ("http://127.0.0.1:8080/", "http://user@127.0.0.1/", "target_spec_probe"),
        ("http://127.0.0.1:8080/", "file:///etc/passwd", "target_spec_probe"),
    ] {
        assert!(NGINX.contains(from), "{from}");
        let refused = TargetSpec::parse(&NGINX.replace(from, to));
        assert_eq!(refused.as_ref().map_err(|e| e.code().as_str()), Err(code), "{to}");
    }
    let huge = format!("# {}\n{NGINX}", "x".repeat(300 * 1024));
    assert_eq!(TargetSpec::parse(&huge).unwrap_err().code(), Code::TargetSpecTooLong);
    let deep = format!("kind: {}{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(TargetSpec::parse(&deep).unwrap_err().code(), Code::TargetSpecDocument);
    let twice = r#"{"kind":"directory","kind":"directory"}"#;
    assert_eq!(TargetSpec::parse(twice).unwrap_err().code(), Code::TargetSpecDocument);
}

#[test]
fn a_registry_is_declared_by_its_kind_alone() {
    for text in ["kind: registry", r#"{"kind":"registry"}"#] {
        let spec = TargetSpec::parse(text).unwrap();
        assert_eq!(spec.kind(), TargetKind::Registry);
        assert_eq!(serde_json::to_string(&spec).unwrap(), r#"{"kind":"registry"}"#);
        assert!(spec.commands().is_empty());
        let [documents] = &spec.describe()[..] else { panic!("one fact") };
        assert_eq!((documents.name, documents.command), ("documents", false));
    }
    let refused = TargetSpec::parse("kind: registry\nroot: /srv").unwrap_err();
    assert_eq!(refused.code(), Code::TargetSpecDocument);
}

#[test]
fn loopback_has_several_names() {
    for url in ["http://localhost:80/x?y=1", "http://127.0.0.9/", "http://[::1]:8080", "http://LOCALHOST"] {
        TargetSpec::parse(&NGINX.replace("http://127.0.0.1:8080/", url)).unwrap();
    }
}
