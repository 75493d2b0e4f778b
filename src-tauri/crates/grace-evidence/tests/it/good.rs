//! What an honest engine writes is believed: every way through the rules, and random ones.

use std::collections::BTreeSet;

use grace_domain::core::codes::Code;
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::Verdict;
use grace_domain::log::EntryType;
use grace_domain::statement::{Act, ReceiptResult, Vote};
use grace_domain::update::evidence::CardVerdict;
use proptest::prelude::*;

use crate::history::walk::Move;
use crate::history::{History, REGISTRY, check, digest, pack};
use crate::soak::cases;

/// Every way through the rules, in a history of its own.
pub fn ways() -> Vec<(&'static str, History)> {
    let way = |name, go: fn(&mut History)| {
        let mut history = History::new();
        go(&mut history);
        (name, history)
    };
    vec![
        way("stable, rolled back by a person, reviewed", |h| drop(h.rolled_back(&["web", "api"]))),
        way("denied", |h| {
            let id = h.propose(Risk::High, &["web"]).expect("proposed");
            h.prepare(&id);
            h.decide(&id, "ben", Decision::Approve).expect("approved");
            h.decide(&id, "dan", Decision::Deny).expect("denied");
        }),
        way("two signatures, and what waits behind it", |h| {
            let first = h.propose(Risk::High, &["web"]).expect("proposed");
            let second = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.distribute(&first);
            h.prepare(&second);
            h.decide(&second, "ben", Decision::Approve).expect("approved");
            h.open_window(&first, Some(50_000)).expect("opened");
            h.evaluate(&first, Verdict::Healthy, 5_000, false).expect("evaluated");
            h.evaluate(&first, Verdict::Healthy, 40_000, false).expect("evaluated");
            h.distribute(&second);
        }),
        way("an approval that ran out while a turn was waited for", |h| {
            let first = h.propose(Risk::Low, &["web"]).expect("proposed");
            let second = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.prepare(&second);
            h.distribute(&first);
            h.decide(&second, "ben", Decision::Approve).expect("approved");
            h.pass(2 * 3_600_000);
            h.open_window(&first, Some(50_000)).expect("opened");
            let set = h.update(&first).set();
            h.act(&first, "ben", Act::Rollback, set).expect("rolled back");
            h.receipts_back(&first);
            h.pass(40 * 24 * 3_600_000);
        }),
        way("automatic rollback", |h| {
            let id = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.distribute(&id);
            h.open_window(&id, Some(50_000)).expect("opened");
            h.evaluate(&id, Verdict::Regressed, 900, false).expect("evaluated");
            h.receipts_back(&id);
        }),
        way("metrics that vanished, and a rollback that fails", |h| {
            let id = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.distribute(&id);
            h.open_window(&id, Some(50_000)).expect("opened");
            h.evaluate(&id, Verdict::NoData, 20_000, true).expect("evaluated");
            h.receipt(&id, ReceiptResult::Dirty, Code::CheckFailed).expect("a receipt");
            h.act_on("web", Act::Restore, digest("half and half")).expect("restored");
            h.restored("web", ReceiptResult::Dirty).expect("not restored");
            h.act_on("web", Act::Restore, digest("strange")).expect("restored");
            h.not_restored("web").expect("not restored");
            h.act_on("web", Act::Restore, digest("strange")).expect("restored");
            h.restored("web", ReceiptResult::Applied).expect("restored");
        }),
        way("no data: held, and kept", |h| {
            let id = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.distribute(&id);
            h.open_window(&id, Some(50_000)).expect("opened");
            h.evaluate(&id, Verdict::NoData, 20_000, false).expect("evaluated");
            let set = h.update(&id).set();
            h.act(&id, "cleo", Act::Keep, set).expect("kept");
        }),
        way("no limit: held, and rolled back", |h| {
            let id = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.distribute(&id);
            h.open_window(&id, None).expect("held");
            let set = h.update(&id).set();
            h.act(&id, "ada", Act::Rollback, set).expect("rolled back");
            h.receipts_back(&id);
            h.act(&id, "dan", Act::Review, set).expect("reviewed");
        }),
        way("drift, retried after an adoption, withdrawn", |h| {
            let id = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.stage(&id, CardVerdict::Passed, false).expect("passed");
            h.stage(&id, CardVerdict::Blocked, true).expect("blocked");
            h.act_on("web", Act::Adopt, digest("strange")).expect("adopted");
            let set = h.update(&id).set();
            h.act(&id, "ada", Act::Retry, set).expect("retried");
            h.prepare(&id);
            h.act(&id, "ada", Act::Withdraw, set).expect("withdrawn");
        }),
        way("a base that changed under approvals", |h| {
            let first = h.propose(Risk::Low, &["web"]).expect("proposed");
            let second = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.prepare(&second);
            h.distribute(&first);
            h.open_window(&first, Some(50_000)).expect("opened");
            h.evaluate(&first, Verdict::Healthy, 10_000, false).expect("evaluated");
            h.prepare(&second);
        }),
        way("a stage that fails, and one that nobody approved", |h| {
            let first = h.propose(Risk::Low, &["web"]).expect("proposed");
            let second = h.propose(Risk::Low, &["api"]).expect("proposed");
            h.stage(&first, CardVerdict::Failed, false).expect("failed");
            h.prepare(&second);
            h.pass(40 * 24 * 3_600_000);
        }),
        way("one of two components fails", |h| {
            let id = h.propose(Risk::Low, &["web", "api"]).expect("proposed");
            h.prepare(&id);
            h.decide(&id, "ben", Decision::Approve).expect("approved");
            h.receipt(&id, ReceiptResult::Applied, Code::CheckFailed).expect("a receipt");
            h.receipt(&id, ReceiptResult::Undone, Code::CheckFailed).expect("a receipt");
            h.receipts_back(&id);
        }),
        way("a component that can sign for nothing", |h| {
            let id = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.prepare(&id);
            h.decide(&id, "ben", Decision::Approve).expect("approved");
            h.no_receipt(&id, false).expect("no receipt");
            let other = h.propose(Risk::Low, &["api"]).expect("proposed");
            h.prepare(&other);
            h.decide(&other, "ben", Decision::Approve).expect("approved");
            h.no_receipt(&other, true).expect("no receipt");
        }),
        way("a metric definition, in force and back", |h| {
            let id = h.propose_definition("queue_depth", Some(digest("new"))).expect("proposed");
            h.distribute(&id);
            let _ = h.open_window(&id, None);
            let set = h.update(&id).set();
            h.act(&id, "ben", Act::Rollback, set).expect("rolled back");
            h.receipts_back(&id);
        }),
        way("joined, and put aside by a late word", |h| {
            let id = h.joined("cache", "cache");
            let known = h.handshake(&id);
            h.ack(&known, "web", Vote::Ack).expect_err("no subsystem");
            h.ack(&known, REGISTRY, Vote::Nack).expect("a contradiction");
            h.ack(&known, "agentic_spine", Vote::Nack).expect("a late answer");
            h.joined("cache", "cache's second");
        }),
        way("refused by a subsystem, and by nobody in time", |h| {
            let id = h.announced("cache", "cache");
            let known = h.handshake(&id);
            h.ack(&known, "agentic_spine", Vote::Ack).expect("counted");
            h.ack(&known, "memory_fusion", Vote::Nack).expect("counted");
            h.announced("cache", "cache");
            h.pass(24 * 3_600_000);
            let denied = h.request("cache", "cache").expect("requested");
            h.join_decision(&denied, "ben", Decision::Deny).expect("denied");
            h.request("cache", "cache").expect("requested");
            h.pass(40 * 24 * 3_600_000);
        }),
        way("refused by a subsystem that follows another history", |h| {
            let id = h.announced("cache", "cache");
            let (known, other) = (h.handshake(&id), h.other_checkpoint());
            h.ack(&known, "agentic_spine", Vote::Ack).expect("counted");
            h.ack_seeing(&known, "memory_fusion", Vote::Nack, (other.clone(), 0)).expect("counted");
            h.ack_seeing(&known, "self_heal_scheduler", Vote::Nack, (other, 0)).expect("a late answer");
        }),
        way("a first content that cannot be read, and a validation that ends badly", |h| {
            let id = h.integrated("cache", "cache");
            h.first_content(&id, false).expect("put aside");
            let id = h.integrated("cache", "cache");
            h.first_content(&id, true).expect("first content");
            h.open_validation(&id).expect("opened");
            h.evaluate_joining(&id, Verdict::Healthy, 3_000).expect("evaluated");
            h.evaluate_joining(&id, Verdict::Regressed, 900).expect("evaluated");
        }),
        way("a clock that was set back, twice", |h| {
            let id = h.propose(Risk::Low, &["web"]).expect("proposed");
            h.distribute(&id);
            h.set_back(3_000);
            h.open_window(&id, Some(50_000)).expect("opened");
            // Long after the newest entry: what went by in between is known from the step alone.
            h.pass(30_000);
            h.set_back(60_000);
            h.evaluate(&id, Verdict::Healthy, 10_000, false).expect("evaluated");
        }),
        way("so many updates that a snapshot is due", |h| {
            for _ in 0..66 {
                h.stable(&["job"]);
            }
        }),
    ]
}

#[test]
fn every_way_through_the_rules_is_believed() {
    for (name, history) in ways() {
        let view = history.verify();
        assert!(view.ok(), "{name}: {:?} of {}", view.broken, history.lines.len());
    }
}

#[test]
fn what_is_redacted_costs_no_belief() {
    for (name, history) in ways() {
        let view = check(&pack(&history.lines, &history.blobs, |_| false));
        assert!(view.ok(), "{name}: {:?}", view.broken);
        assert!(view.redacted > 0 && view.blobs == 0, "{name}");
    }
}

/// A new entry type has a way that leads to it.
#[test]
fn every_entry_type_is_among_them() {
    let ways = ways();
    let lines = ways.iter().flat_map(|(_, history)| &history.lines);
    let seen: BTreeSet<&str> = lines.map(|line| line["type"].as_str().expect("a type")).collect();
    let missing: Vec<_> =
        EntryType::known().map(EntryType::as_str).filter(|known| !seen.contains(known)).collect();
    assert!(missing.is_empty(), "no way leads to {missing:?}");
}

/// Moves of a random history.
pub fn moves(most: usize) -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec(any::<Move>(), 20..most)
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn a_random_honest_history_is_believed(moves in moves(220)) {
        let history = History::walked(&moves);
        let view = history.verify();
        prop_assert!(view.ok(), "{:?} of {}", view.broken, history.lines.len());
    }
}
