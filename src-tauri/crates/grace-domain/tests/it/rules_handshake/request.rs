//! Requests and their governance: all seven steps once, then everything that is refused before anybody must decide.

use crate::rules::samples;
use crate::rules::sim::{Sim, id, refused_without_trace, sim};
use crate::rules::{digest, key, policy};
use grace_domain::component::ComponentPhase;
use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::{Effect, HandshakePhase, decide};
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{HandshakeRequest, Vote};
use grace_domain::world::AnyAggregate;

type ChangeRequest = fn(&mut HandshakeRequest);

#[test]
fn a_component_joins_in_seven_steps() {
    let mut s = sim();
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    assert_eq!(
        (s.handshake(&r.id).state().as_str(), s.handshake(&r.id).todo().len()),
        ("awaiting_approval", 0)
    );
    s.join_decision(&r.id, "ben", Decision::Approve).unwrap();
    let h = s.handshake(&r.id);
    assert_eq!(h.state().as_str(), "announced");
    assert_eq!(h.todo(), vec![Effect::Announce { handshake: r.id.clone() }]);
    assert_eq!(h.announced().unwrap().2, crate::rules::at(60_000));
    for (n, by) in ACKNOWLEDGERS.into_iter().enumerate() {
        assert_eq!(s.handshake(&r.id).acknowledged().len(), n);
        assert_eq!(s.handshake(&r.id).missing(s.world.policy()).len(), 5 - n);
        assert!(!s.world.components().contains_key(&id("cache")));
        s.ack(&r.id, by, Vote::Ack).unwrap();
    }
    assert_eq!(s.handshake(&r.id).state().as_str(), "integrated");
    assert_eq!(s.handshake(&r.id).todo(), vec![Effect::RecordBaseline { handshake: r.id.clone() }]);
    assert_eq!(s.phase("cache"), ComponentPhase::Validating);
    let found = Ok((digest("first"), digest("tree")));
    let events = decide::baseline(&s.world, &s.handshake(&r.id), found.clone());
    s.commit(events);
    assert_eq!(s.content_of("cache"), digest("first"));
    assert_eq!(decide::baseline(&s.world, &s.handshake(&r.id), found), Vec::new(), "recorded once");
    assert_eq!(s.handshake(&r.id).todo(), vec![Effect::OpenWindow { handshake: r.id.clone() }]);
    let events = decide::window_ready(&s.world, &s.handshake(&r.id), samples::baselines());
    s.commit(events);
    assert_eq!(s.handshake(&r.id).todo(), vec![Effect::Watch { handshake: r.id.clone() }]);
    s.evaluate_validation(&r.id, Verdict::Healthy, 10_000, 10_000);
    assert_eq!((s.handshake(&r.id).state().as_str(), s.phase("cache")), ("active", ComponentPhase::Active));
    s.hold_replay();
}

// Requests and governance

type Change<'a> = Box<dyn Fn(&mut HandshakeRequest) + 'a>;

#[test]
fn a_request_is_checked_before_anybody_must_acknowledge() {
    let mut s = sim();
    let names = |n: usize| (0..n).map(|i| format!("n{i}"));
    let many = |n: usize| names(n).map(|name| id(&name)).collect();
    let too_many: [(&str, Change<'_>); 4] = [
        ("capabilities", Box::new(|r| r.capabilities = names(limits::CAPABILITIES + 1).collect())),
        (
            "metrics",
            Box::new(|r| {
                r.metrics = names(limits::METRICS_PER_COMPONENT + 1).map(|m| m.parse().unwrap()).collect();
            }),
        ),
        ("dependencies", Box::new(|r| r.depends_on = many(limits::DEPENDENCIES_PER_COMPONENT + 1))),
        ("secrets", Box::new(|r| r.secrets = names(limits::SECRETS_PER_COMPONENT + 1).collect())),
    ];
    for (what, change) in too_many {
        let mut r = s.request("cache", 50);
        change(&mut r);
        assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), "too_many", "{what}");
    }
    let wrong: [(&str, ChangeRequest); 23] = [
        ("invisible_character", |r| r.title = "a\nb".into()),
        ("invisible_character", |r| r.component_type = "a\u{200b}".into()),
        ("invisible_character", |r| r.version = "1\t".into()),
        ("invisible_character", |r| r.capabilities = ["\u{202e}x".to_owned()].into()),
        ("invisible_character", |r| r.environment = Some("a\u{1b}[31m".into())),
        ("invisible_character", |r| r.secrets = ["a\0".to_owned()].into()),
        ("text_length", |r| r.title = " ".into()),
        ("text_length", |r| r.title = "x".repeat(limits::TITLE_BYTES + 1).into()),
        ("text_length", |r| r.component_type = String::new()),
        ("text_length", |r| r.version = "x".repeat(limits::NAME_BYTES + 1)),
        ("text_length", |r| r.capabilities = [String::new()].into()),
        ("text_length", |r| r.environment = Some(String::new())),
        ("text_length", |r| r.environment = Some("x".repeat(limits::NAME_BYTES + 1))),
        ("text_length", |r| r.track = Some(" ".into())),
        ("text_length", |r| r.track = Some("x".repeat(limits::NAME_BYTES + 1))),
        ("text_length", |r| r.secrets = [String::new()].into()),
        ("text_length", |r| r.secrets = ["x".repeat(limits::NAME_BYTES + 1)].into()),
        ("bad_name", |r| r.secrets = ["db=hunter2!".to_owned()].into()),
        ("not_found", |r| r.depends_on = [id("web"), id("nowhere")].into()),
        ("not_found", |r| r.depends_on = [r.component.clone()].into()),
        ("component_exists", |r| r.component = id("web")),
        ("no_possession", |r| r.component = id("other")),
        ("wrong_world", |r| r.world = "grace.example/other".into()),
    ];
    for (code, change) in wrong {
        let mut r = s.request("cache", 50);
        change(&mut r);
        assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), code);
    }
    let proofs: [fn(&HandshakeRequest) -> String; 5] = [
        |_| String::new(),
        |_| "zz".into(),
        |r| r.possession[2..].to_owned(),
        |r| {
            r.possession.replacen(
                &r.possession[..1],
                if r.possession.starts_with('0') { "1" } else { "0" },
                1,
            )
        },
        |r| hex::encode(key(51).sign(r.id.as_str().as_bytes())),
    ];
    for proof in proofs {
        let mut r = s.request("cache", 50);
        r.possession = proof(&r);
        assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), "no_possession");
    }
    // Each as long as it may be.
    let mut most = s.request("most", 52);
    most.environment = Some("x".repeat(limits::NAME_BYTES));
    most.track = Some("stable".into());
    most.secrets = names(limits::SECRETS_PER_COMPONENT).collect();
    most.depends_on = [id("web"), id("api")].into();
    s.hand_request(&most).unwrap();
    let facts = s.handshake(&most.id).facts().clone();
    assert_eq!((facts.depends_on, facts.track), (most.depends_on, most.track));
    assert_eq!((facts.environment, facts.secrets), (most.environment, most.secrets));
    // Keys of others: a person, a component, a subsystem, the engine, somebody who is just joining.
    for taken in [11, 20, 40, 30, 9] {
        let r = s.request("cache", taken);
        assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), "same_key", "key {taken}");
    }
    let r = s.request("cache", 50);
    let large = format!("\"{}\"", "\n".repeat(limits::ENTRY_BYTES / 2));
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request_with(&r, &large)), "too_large");
    s.hand_request(&r).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), "replayed");
    let again = s.request("cache", 51);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&again)), "handshake_open");
    let same_key = s.request("other", 50);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&same_key)), "same_key");
}

#[test]
fn the_largest_request_that_is_let_through_fits_when_it_is_registered() {
    let mut s = sim();
    let mut r = s.request("cache", 50);
    r.capabilities =
        (0..limits::CAPABILITIES).map(|i| format!("{i:03}{}", "\"".repeat(limits::NAME_BYTES - 3))).collect();
    assert_eq!(s.hand_request(&r), Ok(()));
    s.join_decision(&r.id, "ben", Decision::Approve).unwrap();
    for by in ACKNOWLEDGERS {
        s.ack(&r.id, by, Vote::Ack).unwrap();
    }
    assert_eq!(s.handshake(&r.id).state().as_str(), "integrated");
}

#[test]
fn newcomers_on_their_way_count_towards_the_limit_of_components() {
    let mut s = sim();
    let one = s.world.components()[&id("web")].clone();
    let joining = s.announced();
    for n in s.world.components().len()..limits::COMPONENTS - 1 {
        s.world.put_back(&AnyAggregate::Component(id(&format!("c{n}")), one.clone()));
    }
    let r = s.request("other", 51);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), "too_many_open");
    s.ack(&joining, ACKNOWLEDGERS[0], Vote::Nack).unwrap();
    assert_eq!(s.hand_request(&r), Ok(()));
}

#[test]
fn open_handshakes_are_bounded() {
    let mut s = sim();
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    let one = s.handshake(&r.id);
    let another = |n| AnyAggregate::Handshake(crate::rules::hs(100_000 + n), one.clone());
    let most = u32::try_from(limits::OPEN_HANDSHAKES).unwrap();
    for n in 1..most - 1 {
        s.world.put_back(&another(n));
    }
    let with_room = s.world.clone();
    s.world.put_back(&another(most - 1));
    let late = s.request("other", 51);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&late)), "too_many_open");
    s.world = with_room;
    assert_eq!(s.hand_request(&late), Ok(()));
}

#[test]
fn governance_of_a_handshake_has_the_codes_of_every_approval() {
    let mut s = sim();
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    let other = s.request("other", 51);
    s.hand_request(&other).unwrap();
    let h = r.id.clone();
    assert_eq!(
        refused_without_trace(&mut s, |s| s.join_decision(&h, "ada", Decision::Approve)),
        "self_approval"
    );
    let elsewhere = s.join_statement(&other.id, "ben", Decision::Approve);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &elsewhere)), "wrong_subject");
    let mut bent = elsewhere;
    bent.subject = h.to_string();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &bent)), "wrong_digest");
    let good = s.join_statement(&h, "ben", Decision::Approve);
    let mut stage = good.clone();
    stage.stage = "identity".into();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &stage)), "wrong_stage");
    let mut target = good.clone();
    target.rollback_plan = digest("other commands");
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &target)), "wrong_digest");
    let mut silent = s.join_statement(&h, "cleo", Decision::Deny);
    silent.reason = "".into();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &silent)), "reason_required");
    s.join_decision(&other.id, "dan", Decision::Deny).unwrap();
    assert_eq!(s.handshake(&other.id).state().as_str(), "refused");
    assert_eq!(
        refused_without_trace(&mut s, |s| s.join_decision(&other.id, "ben", Decision::Approve)),
        "after_denial"
    );
    s.hand_join(&h, &good).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &good)), "wrong_state");
    s.hold_replay();
}

#[test]
fn a_request_can_be_denied_when_no_more_approvals_have_room() {
    let mut policy = policy();
    policy.handshake.approvals = 2;
    let mut s = Sim::new(policy);
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    s.join_decision(&r.id, "ben", Decision::Approve).unwrap();
    s.repeat_newest(limits::APPROVALS_PER_UPDATE - 1);
    let more = refused_without_trace(&mut s, |s| s.join_decision(&r.id, "cleo", Decision::Approve));
    assert_eq!(more, "too_many_approvals");
    s.join_decision(&r.id, "cleo", Decision::Deny).unwrap();
    assert_eq!(s.handshake(&r.id).state().as_str(), "refused");
}

#[test]
fn a_request_that_nobody_approves_in_time_is_refused() {
    let mut s = sim();
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    s.pass(7 * 24 * 3_600_000 - 1);
    assert_eq!(s.handshake(&r.id).state().as_str(), "awaiting_approval");
    // The moment has come, but the tick has not: nobody slips in between.
    s.now = s.now.plus_ms(1);
    assert_eq!(
        refused_without_trace(&mut s, |s| s.join_decision(&r.id, "ben", Decision::Approve)),
        "request_expired"
    );
    s.settle();
    assert!(
        matches!(s.handshake(&r.id).phase(), HandshakePhase::Refused { code, .. } if *code == Code::RequestExpired)
    );
}

#[test]
fn several_approvals_can_be_demanded() {
    let mut policy = policy();
    policy.handshake.approvals = 2;
    let mut s = Sim::new(policy);
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    let first = s.join_statement(&r.id, "ben", Decision::Approve);
    s.hand_join(&r.id, &first).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&r.id, &first)), "nonce_used");
    assert_eq!(
        refused_without_trace(&mut s, |s| s.join_decision(&r.id, "ben", Decision::Approve)),
        "same_person"
    );
    assert_eq!(s.handshake(&r.id).state().as_str(), "awaiting_approval");
    s.join_decision(&r.id, "dan", Decision::Approve).unwrap();
    assert_eq!(s.handshake(&r.id).state().as_str(), "announced");
}
