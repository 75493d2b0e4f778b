//! What whoever holds the log's key might want to write, each by name: refused at its entry, with the reason.

use grace_domain::core::codes::Code;
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{Act, ReceiptResult, Vote};
use serde_json::{Value, json};

use crate::history::{History, digest, key_of};

type Lines = Vec<Value>;

/// Refused at the entry that stands at `at` then, for a reason that says `why`.
#[track_caller]
fn refused(history: &History, at: usize, why: &str, change: impl FnOnce(&mut Lines)) {
    let (seq, reason) = history.broken_by(change);
    assert_eq!(seq, Some(at as u64), "{reason}");
    assert!(reason.contains(why), "{reason}");
}

/// The time of an entry, moved by `ms`.
fn moved(line: &Value, ms: i64) -> Value {
    let at: Timestamp = line["at"].as_str().expect("a time").parse().expect("a time");
    json!(at.plus_ms(ms).to_string())
}

/// Gives all of these the time of the first.
fn all_at_once(lines: &mut [Value]) {
    let at = lines[0]["at"].clone();
    for line in lines {
        line["at"] = at.clone();
    }
}

/// A low-risk update of `web`, approved by Ben and brought there.
fn distributed() -> History {
    let mut history = History::new();
    let id = history.propose(Risk::Low, &["web"]).expect("proposed");
    history.distribute(&id);
    history
}

#[test]
fn nothing_is_distributed_without_approval() {
    let history = distributed();
    let approval = history.newest("update.approval");
    // The signature, the card and the sentence that it is approved.
    refused(&history, approval, "the rules", |lines| drop(lines.drain(approval..approval + 3)));
}

#[test]
fn a_receipt_stands_only_in_a_distribution() {
    let history = distributed();
    let start = history.newest("update.distributing");
    refused(&history, start, "nothing comes of it", |lines| drop(lines.drain(start..start + 2)));
}

#[test]
fn what_is_installed_comes_with_its_receipt() {
    let history = distributed();
    let receipt = history.newest("update.receipt");
    refused(&history, receipt, "component.installed stands here without", |lines| {
        drop(lines.remove(receipt));
    });
    let mut second = history;
    let id = second.propose(Risk::Low, &["api"]).expect("proposed");
    second.distribute(&id);
    let receipt = second.newest("update.receipt");
    // Another update's receipt in its place, as it was signed.
    refused(&second, receipt, "the receipt does not say", |lines| {
        let first = lines.iter().position(|line| line["type"] == "update.receipt").expect("a receipt");
        let (subject, at) = (lines[receipt]["subject"].clone(), lines[receipt]["at"].clone());
        lines[receipt] = lines[first].clone();
        (lines[receipt]["subject"], lines[receipt]["at"]) = (subject, at);
    });
}

#[test]
fn nothing_follows_a_denial() {
    let mut history = History::new();
    let id = history.propose(Risk::Low, &["web"]).expect("proposed");
    history.prepare(&id);
    history.decide(&id, "dan", Decision::Deny).expect("denied");
    let end = history.lines.len();
    let made = distributed();
    for kind in ["update.approved", "update.distributing", "update.receipt", "update.distributed"] {
        let mut line = made.lines[made.newest(kind)].clone();
        line["subject"] = history.lines[end - 1]["subject"].clone();
        line["at"] = history.lines[end - 1]["at"].clone();
        let mut forged = History::of(&history);
        forged.blobs.extend(made.blobs.clone());
        let (seq, reason) = forged.broken_by(|lines| lines.push(line));
        assert_eq!(seq, Some(end as u64), "{kind}: {reason}");
    }
}

#[test]
fn a_denial_cannot_be_left_out_of_what_was_decided_with_it() {
    let mut history = History::new();
    let id = history.propose(Risk::Low, &["web"]).expect("proposed");
    history.prepare(&id);
    history.decide(&id, "dan", Decision::Deny).expect("denied");
    let denial = history.newest("update.approval");
    refused(&history, denial, "the rules", |lines| drop(lines.remove(denial)));
}

#[test]
fn an_approval_counts_until_it_expires() {
    let history = distributed();
    let start = history.newest("update.distributing");
    // Everything from the distribution on is moved beyond the hour for which Ben signed.
    refused(&history, start, "update.approval_lapsed", |lines| {
        for line in &mut lines[start..] {
            line["at"] = moved(line, 2 * 3_600_000);
        }
    });
}

#[test]
fn a_signature_and_an_id_count_once() {
    let mut history = History::new();
    let id = history.propose(Risk::High, &["web"]).expect("proposed");
    history.prepare(&id);
    history.decide(&id, "ben", Decision::Approve).expect("approved");
    let approval = history.newest("update.approval");
    refused(&history, approval + 1, "used before", |lines| lines.push(lines[approval].clone()));
    let proposed = history.newest("update.proposed");
    refused(&history, approval + 1, "begun before", |lines| {
        let mut again = lines[proposed].clone();
        again["at"] = lines[approval]["at"].clone();
        lines.push(again);
    });
}

#[test]
fn nobody_joins_without_approval_announcement_and_quorum() {
    let mut history = History::new();
    history.integrated("cache", "cache");
    let announced = history.newest("handshake.announced");
    refused(&history, announced, "handshake.announced must come here", |lines| drop(lines.remove(announced)));
    refused(&history, announced - 1, "the rules", |lines| drop(lines.drain(announced - 1..=announced)));
    let first = history.lines.iter().position(|line| line["type"] == "handshake.ack").expect("an answer");
    let quorum = history.newest("handshake.integrated");
    refused(&history, quorum - 1, "without what it follows from", |lines| drop(lines.remove(first)));
    let registered = history.newest("component.registered");
    refused(&history, registered - 1, "handshake.integrated must come here", |lines| {
        drop(lines.remove(registered - 1));
    });
    refused(&history, registered, "it says something else", |lines| {
        lines[registered]["facts"]["key"] = json!(key_of("somebody else").public().to_string());
    });
}

#[test]
fn rolled_back_means_what_was_there_before() {
    let mut history = History::new();
    let id = history.stable(&["web"]);
    let set = history.update(&id).set();
    history.act(&id, "ben", Act::Rollback, set).expect("a rollback");
    history.receipt(&id, ReceiptResult::Dirty, Code::CheckFailed).expect("a receipt");
    let end = history.newest("update.rollback_failed");
    refused(&history, end, "update.rollback_failed must come here", |lines| {
        let rollback = lines[end]["rollback"].clone();
        let map = lines[end].as_object_mut().expect("an object");
        map.remove("reason");
        map.insert("type".into(), json!("update.rolled_back"));
        map.insert("rollback".into(), rollback);
    });
    let receipt = history.newest("update.receipt");
    refused(&history, receipt, "the receipt does not say", |lines| {
        lines[receipt]["after"] = lines[receipt]["before"].clone();
    });
}

#[test]
fn a_rollback_that_one_alone_has_signed_owes_a_review_by_another() {
    let mut history = History::new();
    let id = history.rolled_back(&["web"]);
    let started = history.newest("update.rollback_started");
    refused(&history, started, "it says something else", |lines| {
        lines[started].as_object_mut().expect("an object").remove("review_needed");
    });
    let review = history.newest("update.rollback_reviewed");
    let mut own = History::of(&history);
    own.lines.truncate(review);
    let line = own.acted(&id, "ben", Act::Review, &history.lines[review]);
    let (seq, reason) = own.broken_by(|lines| lines.push(line));
    assert_eq!((seq, reason.contains("cannot review it")), (Some(review as u64), true), "{reason}");
}

#[test]
fn what_is_adopted_is_what_was_signed() {
    let mut history = History::new();
    let id = history.propose(Risk::Low, &["web"]).expect("proposed");
    history.stage(&id, grace_domain::update::evidence::CardVerdict::Blocked, true).expect("blocked");
    history.act_on("web", Act::Adopt, digest("strange")).expect("adopted");
    let adopted = history.newest("component.adopted");
    refused(&history, adopted, "the signed act does not say", |lines| {
        lines[adopted]["digest"] = json!(digest("other").to_string());
    });
    refused(&history, adopted, "the actor is", |lines| lines[adopted]["actor"] = json!("person:dan"));
}

#[test]
fn an_update_is_stable_only_by_its_window() {
    let mut history = History::new();
    history.stable(&["web"]);
    let opened = history.newest("update.observation_started");
    refused(&history, opened, "nothing comes of it", |lines| drop(lines.remove(opened)));
    let evaluation = history.newest("update.evaluation");
    refused(&history, evaluation, "without what it follows from", |lines| {
        drop(lines.drain(evaluation..evaluation + 2));
    });
    refused(&history, opened, "exactly the metrics", |lines| {
        let baselines = lines[opened]["baselines"].as_array_mut().expect("a list");
        baselines.pop();
    });
    refused(&history, evaluation, "ms were watched", |lines| {
        for line in &mut lines[evaluation..] {
            line["at"] = moved(line, -9_000);
        }
    });
}

#[test]
fn the_risk_that_is_computed_is_the_one_of_the_summary() {
    let history = distributed();
    let packaged = history.newest("update.packaged");
    refused(&history, packaged, "the package does not say", |lines| {
        lines[packaged]["computed"] = json!("critical");
    });
    // Nor can another summary take the place of the one that the package names, redacted or not.
    refused(&history, packaged, "the package does not say", |lines| {
        lines[packaged]["summary"] = json!(digest("another").to_string());
    });
}

#[test]
fn time_runs_backwards_only_where_that_is_said() {
    let mut history = distributed();
    let end = history.lines.len();
    history.set_back(60_000);
    history.propose(Risk::Low, &["api"]).expect("proposed");
    assert!(history.verify().ok());
    assert_eq!(history.verify().clock_set_back, 1);
    refused(&history, end, "before the entry before it", |lines| drop(lines.remove(end)));
    refused(&history, end, "before the entry before it", |lines| {
        lines[end]["before"] = moved(&lines[end - 1], -1);
    });
    refused(&history, end, "was not set back", |lines| {
        lines[end]["at"] = lines[end - 1]["at"].clone();
    });
}

#[test]
fn a_subsystem_that_said_no_is_not_left_out() {
    let mut history = History::new();
    let id = history.announced("cache", "cache");
    let known = history.handshake(&id);
    history.ack(&known, "memory_fusion", Vote::Nack).expect("counted");
    let no = history.newest("handshake.ack");
    refused(&history, no, "without what it follows from", |lines| drop(lines.remove(no)));
}

/// Each answer is its sender's word on what the log was: one that was given to another history does not fit into this.
#[test]
fn whoever_acknowledges_has_seen_this_log() {
    let mut history = History::new();
    let id = history.announced("cache", "cache");
    let known = history.handshake(&id);
    let (other, size) = (history.other_checkpoint(), history.lines.len() as u64);
    let with = |vote, seen: (String, u64)| {
        let mut history = History::of(&history);
        history.ack_seeing(&known, "memory_fusion", vote, seen).expect("recorded");
        let broken = history.verify().broken;
        broken.map(|broken| (broken.seq, broken.reason.contains("the acknowledgement does not say")))
    };
    let refused = Some((Some(size), true));
    assert_eq!(with(Vote::Ack, (history.checkpoint(), size)), None);
    assert_eq!(with(Vote::Ack, (other.clone(), size)), refused, "of another history");
    assert_eq!(with(Vote::Nack, (history.checkpoint(), size)), None);
    assert_eq!(with(Vote::Nack, (other.clone(), 0)), None);
    assert_eq!(with(Vote::Nack, (other, size)), refused, "of another history");
    assert_eq!(with(Vote::Nack, (history.checkpoint(), 0)), refused, "it has seen this log");
    assert_eq!(with(Vote::Nack, (String::new(), 0)), None);
    assert_eq!(with(Vote::Nack, (String::new(), size)), refused, "it has seen nothing");
    let mut none = History::of(&history);
    none.ack(&known, "memory_fusion", Vote::Ack).expect("recorded");
    let (seq, reason) = none.broken_by(|lines| lines[history.lines.len()]["seen_size"] = json!(0));
    assert_eq!((seq, reason.contains("the acknowledgement does not say")), (Some(size), true), "{reason}");
}

#[test]
fn a_window_that_went_badly_is_no_good_one() {
    let mut history = distributed();
    let id = history.world.updates().keys().next_back().cloned().expect("an update");
    history.open_window(&id, Some(50_000)).expect("opened");
    history.evaluate(&id, Verdict::Regressed, 900, false).expect("evaluated");
    let evaluation = history.newest("update.evaluation");
    refused(&history, evaluation + 1, "the rules do not come to update.stage", |lines| {
        lines[evaluation]["verdict"] = json!("healthy");
        lines[evaluation]["healthy"] = json!(1);
    });
}

/// A component's key is the one of its newest registration: an earlier one is believed no more.
#[test]
fn a_component_that_joined_anew_signs_with_its_new_key() {
    let mut history = History::new();
    let first = history.joined("cache", "cache's first");
    let known = history.handshake(&first);
    history.ack(&known, "memory_fusion", Vote::Nack).expect("a contradiction");
    history.joined("cache", "cache");
    let id = history.propose(Risk::Low, &["cache"]).expect("proposed");
    history.distribute(&id);
    assert!(history.verify().ok(), "{:?}", history.verify().broken);
    let registered = history.newest("component.registered");
    refused(&history, registered, "it says something else", |lines| {
        lines[registered]["facts"]["key"] = json!(key_of("cache's first").public().to_string());
    });
    let receipt = history.newest("update.receipt");
    refused(&history, receipt, "the receipt does not say", |lines| {
        lines[receipt]["key"] = json!(key_of("cache's first").public().to_string());
    });
}

#[test]
fn nothing_of_a_good_update_can_be_left_out() {
    let mut history = History::new();
    let id = history.rolled_back(&["web", "api"]);
    let (first, last) = (history.newest("update.proposed"), history.lines.len() - 1);
    for at in first..last {
        let (seq, _) = history.broken_by(|lines| drop(lines.remove(at)));
        assert!(seq.is_some(), "{} of {id} was not missed", history.lines[at]["type"]);
    }
}

#[test]
fn a_window_in_which_no_time_goes_by_makes_nothing_stable() {
    let mut history = distributed();
    let id = history.world.updates().keys().next_back().cloned().expect("an update");
    history.open_window(&id, Some(50_000)).expect("opened");
    for ms in [3_000, 3_000, 4_000] {
        history.evaluate(&id, Verdict::Insufficient, 1, false).expect("evaluated");
        history.evaluate(&id, Verdict::Healthy, ms, false).expect("evaluated");
    }
    assert!(history.verify().ok(), "{:?}", history.verify().broken);
    let opened = history.newest("update.observation_started");
    let (seq, reason) = history.broken_by(|lines| {
        all_at_once(&mut lines[opened..]);
    });
    assert!(seq.is_some() && reason.contains("ms were watched in 0 ms"), "{reason}");
    let last = history.newest("update.evaluation");
    refused(&history, last, "counts its evaluations wrongly", |lines| lines[last]["healthy"] = json!(0));
}

#[test]
fn a_clock_that_was_set_back_a_little_gives_a_window_no_time() {
    let mut history = distributed();
    let id = history.world.updates().keys().next_back().cloned().expect("an update");
    history.open_window(&id, Some(50_000)).expect("opened");
    history.set_back(1_001);
    for _ in 0..3 {
        history.evaluate(&id, Verdict::Insufficient, 5_000, false).expect("evaluated");
        history.evaluate(&id, Verdict::Healthy, 5_000, false).expect("evaluated");
    }
    assert!(history.verify().ok(), "{:?}", history.verify().broken);
    let clock = history.newest("world.clock");
    let (seq, reason) = history.broken_by(|lines| {
        all_at_once(&mut lines[clock..]);
    });
    assert!(seq.is_some() && reason.contains("ms were watched in"), "{reason}");
    // A step of a minute accounts for a minute, whatever the times say.
    let believed = history.broken_by(|lines| {
        lines[clock]["before"] = moved(&lines[clock], 60_000);
        all_at_once(&mut lines[clock..]);
    });
    assert_eq!(believed, (None, String::new()));
}
