//! Approvals that must not count: each is refused with its own code, and the log does not grow by it.

use crate::support::sign::sealed;
use crate::support::{Bench, id, submission, try_create};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::UpdateId;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::states::State;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::statement::{Act, ActStatement, ApprovalStatement, HandIn, Statement};
use grace_engine::Outcome;
use grace_engine::genesis::CreateError;

/// A world with one update of high risk (two approvals) that waits for them.
async fn waiting() -> (Bench, UpdateId) {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "high").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    (bench, update)
}

/// The refusal, after looking that nothing was recorded.
async fn refused(bench: &Bench, update: &UpdateId, size: u64, answer: Result<Outcome, Refusal>) -> Code {
    let refusal = answer.expect_err("must not count");
    assert_eq!(bench.size().await, size, "recorded something: {refusal:?}");
    let u = bench.update(update).await;
    assert!(u.approvals().iter().all(|a| a.approval.person != id("developer")), "{:?}", u.approvals());
    refusal.code
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_approve_is_refused_with_a_reason_of_its_own() {
    let (bench, update) = waiting().await;
    let size = bench.size().await;
    let code = refused(&bench, &update, size, bench.approve(&update, "developer").await).await;
    assert_eq!(code, Code::SelfApproval);

    // Somebody who is not registered, and somebody who signs with another's key.
    let mut statement = bench.approval_of(&update, "sre").await;
    statement.person = id("mallory");
    let unknown = bench.engine().approve_update(&update, &sealed(&statement, bench.key("sre")), None).await;
    assert_eq!(refused(&bench, &update, size, unknown).await, Code::UnknownPerson);
    statement.person = id("dba");
    let borrowed = bench.engine().approve_update(&update, &sealed(&statement, bench.key("sre")), None).await;
    assert_eq!(refused(&bench, &update, size, borrowed).await, Code::UnknownKey);

    bench.approve(&update, "sre").await.expect("the first");
    let size = bench.size().await;
    let twice = bench.approve(&update, "sre").await;
    assert_eq!(refused(&bench, &update, size, twice).await, Code::SamePerson);
    assert_eq!(bench.update(&update).await.state().as_str(), "awaiting_approval");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_bound_to_anything_else_is_refused() {
    let (bench, update) = waiting().await;
    let size = bench.size().await;
    let other = Digest::of(b"something else");
    let fields: [fn(&mut ApprovalStatement, Digest); 4] =
        [|s, d| s.set = d, |s, d| s.package = d, |s, d| s.rollback_plan = d, |s, d| s.policy = d];
    for change in fields {
        let mut statement = bench.approval_of(&update, "sre").await;
        change(&mut statement, other);
        let answer = bench.hand_in(&update, &statement).await;
        assert_eq!(refused(&bench, &update, size, answer).await, Code::WrongDigest);
    }
    let mut statement = bench.approval_of(&update, "sre").await;
    statement.stage = "distribution".into();
    assert_eq!(
        refused(&bench, &update, size, bench.hand_in(&update, &statement).await).await,
        Code::WrongStage
    );
    let mut statement = bench.approval_of(&update, "sre").await;
    statement.world = "grace.local/another".into();
    assert_eq!(
        refused(&bench, &update, size, bench.hand_in(&update, &statement).await).await,
        Code::WrongWorld
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_of_another_update_is_refused_wherever_it_is_handed_in() {
    let (bench, first) = waiting().await;
    let second = bench.submit(submission("store", "high").file("app.conf", "workers = 8\n")).await;
    bench.until(&second, "awaiting_approval").await;
    let statement = bench.approval_of(&first, "sre").await;
    bench.hand_in(&first, &statement).await.expect("where it belongs");
    let size = bench.size().await;
    let replayed = bench.hand_in(&second, &statement).await;
    assert_eq!(refused(&bench, &second, size, replayed).await, Code::WrongSubject);
    // Renamed, it is still bound to the other's digests.
    let renamed = ApprovalStatement { subject: second.to_string(), nonce: bench.ports.nonce(), ..statement };
    assert_eq!(
        refused(&bench, &second, size, bench.hand_in(&second, &renamed).await).await,
        Code::WrongDigest
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_statement_and_the_same_nonce_count_once() {
    let (bench, update) = waiting().await;
    let statement = bench.approval_of(&update, "sre").await;
    bench.hand_in(&update, &statement).await.expect("once");
    let size = bench.size().await;
    let again = bench.hand_in(&update, &statement).await;
    assert_eq!(refused(&bench, &update, size, again).await, Code::NonceUsed);
    let other = ApprovalStatement { person: id("dba"), ..statement };
    let borrowed = bench.hand_in(&update, &other).await;
    assert_eq!(refused(&bench, &update, size, borrowed).await, Code::NonceUsed);
    bench.approve(&update, "dba").await.expect("with a nonce of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_statement_handed_in_twice_at_once_counts_once() {
    let (bench, update) = waiting().await;
    let statement = bench.approval_of(&update, "sre").await;
    let other = bench.approval_of(&update, "dba").await;
    let (a, b, c) = tokio::join!(
        bench.hand_in(&update, &statement),
        bench.hand_in(&update, &statement),
        bench.hand_in(&update, &other),
    );
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    c.expect("another person's approval does not suffer from it");
    bench.until(&update, "observing").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_approval_is_refused_and_an_old_one_stops_counting() {
    let bench = Bench::with(|s| s.policy.approval_ttl_s = 600).await;
    let update = bench.submit(submission("edge", "high").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    let late = bench.approval_of(&update, "sre").await;
    bench.approve(&update, "security").await.expect("in time");
    bench.clock.move_ms(3_700_000);
    let size = bench.size().await;
    assert_eq!(
        refused(&bench, &update, size, bench.hand_in(&update, &late).await).await,
        Code::StatementExpired
    );
    // Signed for an hour, but the policy lets it count for ten minutes only.
    bench.approve(&update, "dba").await.expect("a second person");
    assert_eq!(bench.update(&update).await.state().as_str(), "awaiting_approval", "the first has expired");
    bench.approve(&update, "security").await.expect("the first person again");
    bench.until(&update, "observing").await;
    let long = bench.approval_of(&update, "sre").await;
    let long = ApprovalStatement { expires: long.at.plus_ms(31 * 24 * 3_600_000), ..long };
    assert_eq!(bench.hand_in(&update, &long).await.expect_err("too long").code, Code::LifeTooLong);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_is_final() {
    let (bench, update) = waiting().await;
    bench.approve(&update, "sre").await.expect("one for it");
    let statement = bench.approval_of(&update, "dba").await;
    assert_eq!(bench.deny(&update, "security").await.expect("one against it").state, State::Refused);
    let size = bench.size().await;
    assert_eq!(
        refused(&bench, &update, size, bench.hand_in(&update, &statement).await).await,
        Code::AfterDenial
    );
    let u = bench.update(&update).await;
    assert_eq!(u.reason().as_deref(), Some("Denied by security."));
    assert_eq!(bench.edge().activations(), [""; 0]);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_reaches_an_update_that_was_approved_and_waits_for_its_turn() {
    let bench = Bench::new().await;
    bench.edge().shut_gate();
    let first = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    let second = bench.submit(submission("edge", "low").file("more.conf", "workers = 9\n")).await;
    bench.until(&second, "awaiting_approval").await;
    bench.until(&first, "awaiting_approval").await;
    bench.approve(&first, "sre").await.expect("approved");
    bench.until(&first, "distributing").await;
    let statement = bench.approval_of(&second, "dba").await;
    bench.approve(&second, "sre").await.expect("approved");
    bench.until_is(&second, "waiting", |u| u.state().as_str() == "approved" && u.reason().is_some()).await;
    assert_eq!(bench.hand_in(&second, &statement).await.expect_err("enough").code, Code::WrongState);
    assert_eq!(bench.deny(&second, "security").await.expect("denied").state, State::Refused);
    bench.edge().open_gate();
    bench.until(&first, "observing").await;
    assert!(!bench.edge().root.join("more.conf").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_byte_and_another_payload_type_are_refused() {
    let (bench, update) = waiting().await;
    let size = bench.size().await;
    let statement = bench.approval_of(&update, "sre").await;
    let good = sealed(&statement, bench.key("sre")).envelope;
    // Bytes of every field: inside, the JSON stays JSON.
    for at in (0..good.payload.len()).step_by(7) {
        let mut changed = good.clone();
        changed.payload[at] ^= 1;
        let answer = bench.engine().approve_update(&update, &HandIn::bare(changed), None).await;
        let code = refused(&bench, &update, size, answer).await;
        let known = [
            "bad_signature",
            "not_strict_json",
            "wrong_shape",
            "wrong_world",
            "unknown_person",
            "unknown_key",
        ];
        assert!(known.contains(&code.as_str()), "byte {at}: {code}");
    }
    for at in [0, 31, 32, 63] {
        let mut changed = good.clone();
        changed.signatures[0].sig[at] ^= 1;
        let answer = bench.engine().approve_update(&update, &HandIn::bare(changed), None).await;
        assert_eq!(refused(&bench, &update, size, answer).await, Code::BadSignature);
    }
    let none = Envelope { signatures: Vec::new(), ..good.clone() };
    let answer = bench.engine().approve_update(&update, &HandIn::bare(none), None).await;
    assert_eq!(refused(&bench, &update, size, answer).await, Code::BadSignature);
    // The type is signed too: renamed or signed as something else, it is no approval.
    let renamed = Envelope { payload_type: ActStatement::PAYLOAD_TYPE.into(), ..good.clone() };
    let answer = bench.engine().approve_update(&update, &HandIn::bare(renamed), None).await;
    assert_eq!(refused(&bench, &update, size, answer).await, Code::WrongPayloadType);
    let answer =
        bench.engine().act_on_update(&update, Act::Withdraw, &HandIn::bare(good.clone()), None).await;
    assert_eq!(refused(&bench, &update, size, answer).await, Code::WrongPayloadType);
    let as_act = Envelope::sign(ActStatement::PAYLOAD_TYPE, good.payload.clone(), &[bench.key("sre")]);
    let recast = Envelope { payload_type: ApprovalStatement::PAYLOAD_TYPE.into(), ..as_act };
    let answer = bench.engine().approve_update(&update, &HandIn::bare(recast), None).await;
    assert_eq!(refused(&bench, &update, size, answer).await, Code::BadSignature);
    bench.engine().approve_update(&update, &HandIn::bare(good), None).await.expect("untouched it counts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_may_demand_a_group() {
    let bench = Bench::with(|s| {
        s.policy.groups.low = [id("security")].into();
        s.policy.groups.medium = s.policy.groups.low.clone();
    })
    .await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("counts, but is not enough");
    assert_eq!(bench.update(&update).await.state().as_str(), "awaiting_approval");
    bench.approve(&update, "security").await.expect("of the group");
    bench.until(&update, "observing").await;
}

#[tokio::test]
async fn one_key_under_two_persons_makes_no_world() {
    let (made, base) = try_create(|plan| {
        let key = plan.people[&id("sre")].keys[0];
        plan.people.get_mut(&id("dba")).expect("there").keys.push(key);
    })
    .await;
    let error = made.expect_err("must be refused");
    assert!(matches!(error, CreateError::Policy(_)), "{error}");
    assert!(error.to_string().contains("dba") && error.to_string().contains("sre"), "{error}");
    assert!(!base.path().join("world").exists());
}
