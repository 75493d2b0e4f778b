//! A real nginx changed through all eight stages, and each way in which that can go wrong.

use super::journey::{Journey, locations, stage};
use crate::harness::http::get_plain;
use crate::harness::nginx::configuration;
use crate::harness::tree::inventory;
use crate::harness::wait::until;
use crate::harness::{Windows, binary};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

/// Long enough to act in, short enough to wait for.
const SHORT: Windows = Windows { update_s: 3, fresh_s: 20, min_samples: 1 };

#[test]
fn a_high_risk_update_is_approved_applied_proved_stable_and_rolled_back_byte_for_byte() {
    let journey = Journey::begin(SHORT, &["*.conf"], None);
    let (world, before) = (journey.place.world(), journey.nginx.bytes());
    assert_eq!(journey.answer("/"), (200, "old\n".into()));

    let new = configuration(&[journey.port], &locations(200, "new"));
    let update = journey.submit("high", &[("nginx.conf", new.as_bytes())]);
    let id = update["id"].as_str().expect("an id");
    assert_eq!(update["state"], "awaiting_approval", "{update}");
    assert_eq!(update["needed"]["count"], 2, "{update}");
    assert_eq!(update["risk"]["declared"], "high");
    for n in 2..=5 {
        assert_eq!(stage(&update, n)["verdict"], "passed", "{update}");
    }
    let said = stage(&update, 4)["output"].as_str().expect("the check's words are kept");
    assert!(said.contains("test is successful"), "nginx -t really ran: {said}");
    assert_eq!(update["rehearsal"]["equal"], true, "{update}");

    journey.ann.run(&world, &["update", "approve", id]).refused("self_approval");
    let feed = journey.feed(|| Some(0.01));
    assert_eq!(journey.nginx.bytes(), before, "nothing is touched before governance has passed");
    journey.approve_twice(id);
    let applied = journey.serve.wait_state(id, &["observing", "stable"]);
    assert_eq!(applied["receipts"][0]["result"], "applied", "{applied}");
    assert_eq!(journey.nginx.bytes(), new.as_bytes());
    // The probe's text stands in both configurations, so it may have met the last of the old workers.
    until("nginx answers anew", 10, || (journey.answer("/") == (200, "new\n".into())).then_some(()));

    let stable = journey.serve.wait_state(id, &["stable"]);
    assert_eq!(stable["window"]["verdict"], "healthy", "{stable}");
    for n in 1..=8 {
        assert_eq!(stage(&stable, n)["verdict"], "passed", "{stable}");
    }
    drop(feed);

    journey.ann.run(&world, &["update", "rollback", id, "--reason", "the old answer was better"]).done();
    let back = journey.serve.wait_state(id, &["rolled_back"]);
    assert_eq!(journey.nginx.bytes(), before, "restored means byte for byte");
    until("nginx answers as before", 10, || (journey.answer("/") == (200, "old\n".into())).then_some(()));
    let rollback = &back["rollback"];
    assert_eq!(
        (&rollback["state"], &rollback["trigger"]),
        (&"rolled_back".into(), &"person".into()),
        "{back}"
    );
    assert_eq!(rollback["reason"], "the old answer was better");
    assert_eq!(rollback["before"], rollback["after"], "the digest is the one from before");
    let review = ["update", "review", id, "--reason", "the graphs agree"];
    journey.ann.run(&world, &review).refused("self_review");
    journey.bob.run(&world, &review).done();
    assert_eq!(journey.serve.update(id)["rollback"]["review"]["by"], "bob");
    journey.prove();
}

#[test]
fn what_nginx_refuses_fails_at_validation_with_nginx_s_own_words() {
    let journey = Journey::begin(Windows::OPEN, &["*.conf"], None);
    let before = inventory(&journey.place.path("srv"), &[]);
    let bad = configuration(&[journey.port], "no_such_directive on;");
    let update = journey.submit("high", &[("nginx.conf", bad.as_bytes())]);
    assert_eq!(update["state"], "failed", "{update}");
    let card = stage(&update, 4);
    assert_eq!(card["verdict"], "failed", "{card}");
    for place in [&card["sentence"], &card["output"], &update["reason"]] {
        let words = place.as_str().unwrap_or_default();
        assert!(
            words.contains("unknown directive \"no_such_directive\""),
            "nginx's words are lost: {update}"
        );
    }
    assert_eq!(update["receipts"], serde_json::json!([]), "{update}");
    assert_eq!(stage(&update, 6)["verdict"], "todo", "{update}");
    assert_eq!(inventory(&journey.place.path("srv"), &[]), before, "nothing was applied");
    assert_eq!(journey.answer("/"), (200, "old\n".into()));
    let id = update["id"].as_str().expect("an id");
    let listed = binary::run(&journey.place.world(), &["update", "list", "--state", "failed"]).done();
    assert_eq!(listed["updates"][0]["id"], id, "what failed stays listed: {listed}");
    journey.bob.run(&journey.place.world(), &["update", "approve", id]).refused("wrong_state");
}

/// Somebody else who listens where the new configuration wants to.
struct Squatter {
    port: u16,
}

impl Squatter {
    fn sit() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut stream = stream;
                // Whoever asks has sent its head by then; what it says does not matter.
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(
                    b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nConnection: close\r\n\r\nsomebody\n",
                );
            }
        });
        Self { port }
    }
}

#[test]
fn a_port_that_is_taken_passes_the_check_and_the_reload_but_not_the_probe() {
    let squatter = Squatter::sit();
    let journey = Journey::begin(Windows::OPEN, &["*.conf"], Some(squatter.port));
    let before = journey.nginx.bytes();
    let new = configuration(&[journey.port, squatter.port], &locations(200, "new"));
    let update = journey.submit("high", &[("nginx.conf", new.as_bytes())]);
    let id = update["id"].as_str().expect("an id");
    assert_eq!(stage(&update, 4)["verdict"], "passed", "nginx -t does not see it: {update}");
    journey.approve_twice(id);
    let failed = journey.serve.wait_state(id, &["failed"]);
    let card = stage(&failed, 6);
    assert_eq!(card["verdict"], "failed", "{card}");
    let receipt = &failed["receipts"][0];
    assert_ne!(receipt["result"], "applied", "{receipt}");
    assert_eq!(receipt["before"], receipt["after"], "the content from before is back: {receipt}");
    let reason = failed["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("404"), "the reason says what the probe saw: {reason}");
    assert_eq!(journey.nginx.bytes(), before);
    assert_eq!(journey.answer("/"), (200, "old\n".into()));
    assert_eq!(get_plain(squatter.port, "/").map(|a| a.0), Some(404), "the other server is unharmed");
    journey.prove();
}

#[test]
fn what_answers_500_afterwards_is_rolled_back_by_itself() {
    let windows = Windows { update_s: 600, fresh_s: 5, min_samples: 3 };
    let journey = Journey::begin(windows, &["*.conf"], None);
    let before = journey.nginx.bytes();
    let port = journey.port;
    // The component's monitoring: the share of requests that are answered with an error.
    let feed = journey.feed(move || {
        let answers: Vec<_> = (0..10).filter_map(|_| get_plain(port, "/")).collect();
        let failed = answers.iter().filter(|(status, _)| *status >= 500).count();
        (!answers.is_empty()).then(|| {
            f64::from(u32::try_from(failed).expect("ten at most"))
                / f64::from(u32::try_from(answers.len()).expect("ten at most"))
        })
    });
    let new = configuration(&[port], &locations(500, "broken"));
    let update = journey.submit("high", &[("nginx.conf", new.as_bytes())]);
    let id = update["id"].as_str().expect("an id");
    journey.approve_twice(id);
    let back = journey.serve.wait_state(id, &["rolled_back"]);
    drop(feed);
    assert_eq!(back["receipts"][0]["result"], "applied", "the probe had passed: {back}");
    assert_eq!(back["window"]["verdict"], "regressed", "{back}");
    assert_eq!(stage(&back, 8)["verdict"], "failed", "{back}");
    let rollback = &back["rollback"];
    assert_eq!(rollback["trigger"], "regressed", "{rollback}");
    let reason = rollback["reason"].as_str().unwrap_or_default();
    assert!(
        reason.starts_with("Metric error_rate of web is ") && reason.ends_with("the limit is 5.00 %."),
        "{rollback}"
    );
    assert_eq!(journey.nginx.bytes(), before, "byte for byte");
    until("nginx answers as before", 10, || (journey.answer("/") == (200, "old\n".into())).then_some(()));
    journey.prove();
}
