//! What is found on targets and in drafts is named where it is.

use grace_api::requests::*;
use grace_api::types::{ActionName, CheckName, DocumentRole, Health, StatusView, UnreadableView};
use grace_api::{ActName, operations};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::hint::Way;
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::target_kind::TargetKind;
use serde_json::{Value, json};

use crate::joining;
use crate::operations::draft;
use crate::wire::Served;

#[tokio::test(flavor = "multi_thread")]
async fn what_drifted_is_named_with_its_file_and_both_values() {
    use std::os::unix::fs::PermissionsExt as _;
    let s = Served::start().await;
    let id = "edge-gateway".parse::<ComponentId>().expect("an id");
    let target = s.host.engine().world().components()[&id].facts().target.clone();
    let target: Value = serde_json::from_str(&target).expect("canonical JSON");
    let file = std::path::Path::new(target["root"].as_str().expect("a root")).join("gateway.conf");
    let client = s.client();
    let show = || client.component_show(ById { id: "edge-gateway".into() });
    let before = show().await.expect("shown");
    assert_eq!((before.same, before.drift.len()), (Some(true), 0));
    let mode = std::fs::metadata(&file).expect("a file").permissions().mode() & 0o7777;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o4755)).expect("changed");
    let after = show().await.expect("shown");
    assert_eq!(after.same, Some(false));
    let submit = after.actions.iter().find(|a| a.name == ActionName::Submit).expect("the action");
    assert_eq!(submit.reason.as_deref(), Some("Its content was changed outside Grace; adopt or restore."));
    let [one] = &after.drift[..] else { panic!("{:?}", after.drift) };
    let old = format!("{mode:04o}");
    assert_eq!((one.place.as_str(), one.key.as_str()), ("gateway.conf", "mode"));
    assert_eq!((one.old.as_deref(), one.new.as_deref()), (Some(old.as_str()), Some("4755")));
    let told = format!("gateway.conf (mode {old} → 4755)");
    let status = s.client().status(Nothing {}).await.expect("a status");
    let check =
        status.checks.iter().find(|c| c.component.as_deref() == Some("edge-gateway")).expect("the check");
    assert!(!check.ok && check.detail.contains(&told), "{check:?}");
    let plan = s.client().update_plan(draft(&[("gateway.conf", "workers = 8\n")])).await.expect("a plan");
    assert!(plan.problems.iter().any(|p| p.message.contains(&told)), "{:?}", plan.problems);
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_as_recorded_and_its_documents_have_their_size() {
    let s = Served::start().await;
    let view = s.client().component_show(ById { id: "metrics_collector".into() }).await.expect("shown");
    assert_eq!(view.same, Some(true));
    assert_eq!(view.digest, view.digest_now);
    assert_eq!(view.target.map(|t| t.item).as_deref(), Some("document"));
    assert!(view.items.len() == 2 && view.items.iter().all(|f| f.bytes > 100), "{:?}", view.items);
    let status = s.client().status(Nothing {}).await.expect("a status");
    let check = status
        .checks
        .iter()
        .find(|c| c.component.as_deref() == Some("metrics_collector"))
        .expect("the check");
    assert_eq!(check.detail, "2 documents, as recorded.");
    let kept = status.checks.iter().find(|c| c.name == CheckName::RollbackContent).expect("the check");
    assert!(kept.ok, "{kept:?}");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_world_has_its_seven_holders_and_each_takes_what_it_holds() {
    let s = Served::start().await;
    let page = PageRequest { limit: Some(500), ..PageRequest::default() };
    let listed = s.client().component_list(page).await.expect("listed");
    assert_eq!(listed.next, None);
    let world = s.host.engine().world();
    let in_log = |id: &str| {
        let component = &world.components()[&id.parse::<ComponentId>().expect("an id")];
        component.facts().target_kind().is_some_and(TargetKind::is_in_log)
    };
    let holders: Vec<_> = listed.components.iter().filter(|row| in_log(&row.id)).collect();
    let taken: Vec<_> = holders.iter().map(|row| (row.id.as_str(), &row.takes[..])).collect();
    let expected: [(&str, &[UpdateType]); 7] = [
        ("anomaly_watchdog", &[]),
        ("crypto_engine", &[]),
        ("governance_engine", &[]),
        ("immutable_log", &[]),
        ("metrics_collector", &[UpdateType::MetricDefinition]),
        ("self_heal_scheduler", &[]),
        ("trigger_mesh", &[]),
    ];
    assert_eq!(taken, expected);
    assert!(holders.iter().all(|row| row.subsystem), "{holders:?}");
    s.host.shutdown().await;
}

/// A world of which one definition in force was lost while no engine ran, with its digest. `before` is asked first.
async fn without_a_definition<T>(before: impl AsyncFnOnce(&Served) -> T) -> (Served, Digest, T) {
    let s = Served::start().await;
    let found = before(&s).await;
    let context = s.host.engine().context();
    let digest = context.world().documents("metrics_collector").expect("a registry")
        [&"error_rate".parse().expect("an id")];
    let blob = context.blobs.0.path(&digest);
    let s = s.restarted(|| std::fs::remove_file(blob).expect("lost")).await;
    (s, digest, found)
}

/// What `lost` names is this one definition alone.
fn names_error_rate(lost: &[UnreadableView], digest: &Digest) {
    let lost: Vec<_> = lost.iter().map(|l| (l.document, l.which.clone(), l.digest.clone())).collect();
    assert_eq!(lost, [(DocumentRole::Definition, "error_rate".to_owned(), digest.to_hex())]);
}

/// A draft that defines a metric which nobody sends.
fn queue_depth() -> UpdateDraft {
    let mut changed = draft(&[]);
    changed.update_type = "metric_definition".into();
    changed.component_targets = vec!["metrics_collector".into()];
    changed.content = json!({ "metric": "queue_depth", "definition": {
        "id": "queue_depth", "name": "Queue depth", "unit": "jobs", "kind": "level",
        "limits": { "absolute_micro": 5_000_000 }, "source": { "kind": "push" },
        "interval_s": 1, "baseline_s": 60,
    }});
    changed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_in_force_that_is_lost_is_named_wherever_it_matters() {
    let (s, digest, id) =
        without_a_definition(async |s| submitted(s, draft(&[("gateway.conf", "workers = 8\n")])).await).await;
    let named =
        |text: &str| text.contains("error_rate of metrics_collector") && text.contains(&digest.to_hex());
    let client = s.client();
    let status = client.status(Nothing {}).await.expect("a status");
    let check = status.checks.iter().find(|c| c.name == CheckName::Documents).expect("the check");
    assert!(!check.ok && named(&check.detail), "{check:?}");
    let verified = grace_api::handlers::verify_dir(&s.world(), |_, _| {}).await.expect("verified");
    assert!(!verified.ok && verified.broken.iter().any(|b| named(&b.reason)), "{verified:?}");
    let shown = client.update_show(ById { id }).await.expect("it opens");
    names_error_rate(&shown.unreadable, &digest);
    let defined = client.metric_definitions(Nothing {}).await.expect("they open");
    names_error_rate(&defined.unreadable, &digest);
    assert_eq!(defined.definitions.len(), 1, "the other one is there");
    let edge = client.component_show(ById { id: "edge-gateway".into() }).await.expect("it opens");
    assert_eq!(edge.row.health, Health::Unknown, "{}", edge.row.health_sentence);
    assert!(edge.row.health_sentence.contains("error_rate"), "{}", edge.row.health_sentence);
    client.component_list(PageRequest::default()).await.expect("it opens");
    client.policy_show(Nothing {}).await.expect("it opens");
    let removed = UpdateDraft { content: json!({ "metric": "error_rate" }), ..queue_depth() };
    for (asked, code) in [
        (draft(&[("gateway.conf", "workers = 9\n")]), Code::DocumentUnreadable),
        (removed, Code::BlobMissing),
    ] {
        let plan = client.update_plan(asked).await.expect("a plan");
        let [problem] = &plan.problems[..] else { panic!("{:?}", plan.problems) };
        assert_eq!((problem.code, problem.way), (code, Some(Way::RestoreCopy)), "{problem:?}");
        assert!(problem.message.contains("error_rate") && problem.message.contains(&digest.to_hex()));
    }
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_for_a_window_of_which_a_definition_is_lost() {
    let (s, digest, ()) = without_a_definition(async |_| ()).await;
    let request = |act, draft, target| StatementRequest {
        act,
        person: "developer".into(),
        draft,
        target,
        ..StatementRequest::default()
    };
    let client = s.client();
    let change = draft(&[("gateway.conf", "workers = 8\n")]);
    let joins = |metrics: &[&str]| Some(joining::draft(&s, metrics[0], metrics));
    for refused in [
        request(ActName::Submit, Some(change), None),
        request(ActName::HandshakeRequest, None, joins(&["error_rate"])),
    ] {
        let problem = client.statement(refused).await.expect_err("nobody could judge");
        assert_eq!((problem.code, problem.way), (Code::DocumentUnreadable, Some(Way::RestoreCopy)));
        assert!(problem.detail.contains("error_rate") && problem.detail.contains(&digest.to_hex()));
    }
    client
        .statement(request(ActName::HandshakeRequest, None, joins(&["latency_p95_ms"])))
        .await
        .expect("judged");
    let id = submitted(&s, queue_depth()).await;
    assert_eq!(client.update_plan(queue_depth()).await.expect("a plan").problems, []);
    assert_eq!(client.update_show(ById { id }).await.expect("shown").unreadable, [], "no metric is watched");
    s.host.shutdown().await;
}

/// Hands a draft in, and gives the update's id.
async fn submitted(s: &Served, draft: UpdateDraft) -> String {
    let request =
        StatementRequest { act: ActName::Submit, draft: Some(draft), ..StatementRequest::default() };
    let envelope = s.signed("developer", request).await;
    s.client().hand_in(ActName::Submit, None, &envelope, None).await.expect("taken").id
}

/// An update of a definition that waits for approvals, and each document behind it: its role, digest and blob.
async fn packaged(s: &Served) -> (String, Vec<(DocumentRole, Digest)>) {
    let id = submitted(s, queue_depth()).await;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    let update = loop {
        let world = s.host.engine().world();
        let update = &world.updates()[&id.parse::<UpdateId>().expect("an id")];
        if let Some(package) = update.package() {
            break (update.parts()[0].content, package.clone());
        }
        assert!(tokio::time::Instant::now() < deadline, "no package: {:?}", update.phase());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let (content, package) = update;
    let envelope = s.host.engine().context().blobs.0.get(&package.package).expect("read").expect("there");
    let envelope = Envelope::from_json(&envelope).expect("an envelope");
    let manifest: Value = serde_json::from_slice(&envelope.payload).expect("a manifest");
    let of = &manifest["components"]["metrics_collector"];
    let digest = |member: &str| of[member].as_str().and_then(|d| d.parse().ok()).expect("a digest");
    let documents = vec![
        (DocumentRole::Content, content),
        (DocumentRole::Manifest, package.package),
        (DocumentRole::Plan, digest("plan")),
        (DocumentRole::Summary, package.summary),
        (DocumentRole::Item, digest("after")),
    ];
    (id, documents)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_an_update_that_is_lost_is_named_and_its_view_opens() {
    let s = Served::start().await;
    let (id, documents) = packaged(&s).await;
    let client = s.client();
    let whole = client.update_diff(ById { id: id.clone() }).await.expect("a diff");
    assert_eq!((whole.items.len(), whole.unreadable), (1, Vec::new()));
    for (role, digest) in documents {
        let blob = s.host.engine().context().blobs.0.path(&digest);
        let bytes = std::fs::read(&blob).expect("it is there");
        for (damage, code) in [(None, Code::BlobMissing), (Some("other"), Code::BlobDiffers)] {
            match damage {
                None => std::fs::remove_file(&blob).expect("removed"),
                Some(other) => std::fs::write(&blob, other).expect("damaged"),
            }
            let named = |lost: &[UnreadableView]| {
                let [one] = lost else { panic!("{role}: {lost:?}") };
                let found = (one.document, one.digest.clone(), one.problem.code, one.problem.way);
                assert_eq!(found, (role, digest.to_hex(), code, Some(Way::RestoreCopy)));
            };
            let diff = client.update_diff(ById { id: id.clone() }).await.expect("it opens");
            named(&diff.unreadable);
            let shown = client.update_show(ById { id: id.clone() }).await.expect("it opens");
            let status = client.doctor(Nothing {}).await.expect("a status");
            let check = status.checks.iter().find(|c| c.name == CheckName::Documents).expect("the check");
            if role == DocumentRole::Item {
                assert_eq!(diff.items, []);
            } else {
                named(&shown.unreadable);
                assert!(!check.ok && check.detail.contains(&digest.to_hex()), "{check:?}");
                assert!(check.detail.contains(&id), "{check:?}");
            }
            assert_eq!(shown.summary.touches, "1 document", "{role}");
        }
        std::fs::write(&blob, bytes).expect("put back");
    }
    assert_eq!(client.update_show(ById { id }).await.expect("shown").unreadable, []);
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_looks_anew_and_the_status_tells_what_it_found() {
    let s = Served::start().await;
    let id = "edge-gateway".parse::<ComponentId>().expect("an id");
    let target = s.host.engine().world().components()[&id].facts().target.clone();
    let target: Value = serde_json::from_str(&target).expect("canonical JSON");
    let file = std::path::Path::new(target["root"].as_str().expect("a root")).join("gateway.conf");
    let well = |seen: StatusView| {
        seen.checks
            .into_iter()
            .find(|c| c.component.as_deref() == Some("edge-gateway"))
            .expect("the check")
            .ok
    };
    assert!(well(s.client().status(Nothing {}).await.expect("a status")));
    std::fs::write(&file, "changed outside\n").expect("written");
    assert!(!well(s.client().doctor(Nothing {}).await.expect("a status")));
    assert!(!well(s.client().status(Nothing {}).await.expect("a status")), "what the doctor found is told");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_never_empty_because_it_was_requested_wrongly() {
    let s = Served::start().await;
    let list = async |subject: Option<&str>, limit: Option<u32>| {
        let subject = subject.map(str::to_owned);
        let request = LogListRequest { subject, limit, ..LogListRequest::default() };
        s.client().log_list(request).await.map(|page| page.entries.len()).map_err(|p| p.code)
    };
    assert_eq!(list(Some("zzz"), None).await, Err(Code::WrongShape));
    assert_eq!(list(None, Some(0)).await, Err(Code::ValueRange));
    assert_eq!(list(Some("world"), Some(1)).await, Ok(1));
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_that_is_aimed_at_files_is_told_so_and_of_no_drift() {
    let s = Served::start().await;
    let mut aimed = draft(&[]);
    aimed.update_type = "metric_definition".into();
    aimed.content = json!({ "metric": "error_rate" });
    let plan = s.client().update_plan(aimed).await.expect("a plan");
    let codes: Vec<_> = plan.problems.iter().map(|p| p.code).collect();
    assert_eq!(codes, [Code::TargetKind], "{:?}", plan.problems);
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_ticket_is_refused_before_anything_is_signed() {
    let s = Served::start().await;
    for empty in ["", "  "] {
        let draft = UpdateDraft { refs: vec![empty.into()], ..draft(&[("gateway.conf", "workers = 8\n")]) };
        let request = StatementRequest {
            act: ActName::Submit,
            person: "developer".into(),
            draft: Some(draft),
            ..StatementRequest::default()
        };
        let refused = s.client().statement(request).await.expect_err("an empty ref");
        assert_eq!(refused.code, Code::RefsLength);
    }
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_of_entry_that_there_is_not_is_no_empty_list() {
    let s = Served::start().await;
    let list =
        |entry_type: &str| LogListRequest { entry_type: Some(entry_type.into()), ..Default::default() };
    let refused = s.client().log_list(list("nope")).await.expect_err("no such type");
    assert_eq!(refused.code, Code::WrongShape);
    assert!(s.client().log_list(list("update.proposed")).await.is_ok());
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_says_which_types_of_update_it_takes() {
    let s = Served::start().await;
    let list = s.client().component_list(PageRequest::default()).await.expect("a list");
    let takes = |id: &str| {
        let row = list.components.iter().find(|row| row.id == id).expect("the component");
        row.takes.iter().map(|of| of.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(takes("edge-gateway"), ["config"]);
    assert_eq!(takes("metrics_collector"), ["metric_definition"], "its registry holds them");
    assert_eq!(takes("governance_engine"), [""; 0], "no type of this release is for its registry");
    let view = s.client().component_show(ById { id: "governance_engine".into() }).await.expect("shown");
    let submit = view.actions.iter().find(|a| a.name == ActionName::Submit).expect("the action");
    assert!(!submit.allowed && submit.reason.is_some(), "{submit:?}");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_wrote_stands_visible_in_what_it_is_answered() {
    let s = Served::start().await;
    let raw = "a\u{1b}[2J\u{202e}b";
    let escaped = "a%1b[2J%e2%80%aeb";
    let mut answers = Vec::new();
    for op in operations::list().iter().filter(|op| op.method == "GET") {
        let path = op.path.replace("{id}", escaped).replace("{seq}", escaped);
        for member in ["state", "component", "before", "type", "subject", "name", "limit", "bogus", escaped] {
            answers.push(s.get(&format!("{path}?{member}={escaped}")).await);
        }
    }
    let mut named = draft(&[("a", raw)]);
    (named.created_by, named.risk_level) = (raw.into(), raw.into());
    (named.component_targets, named.update_type) = (vec![raw.into()], raw.into());
    answers.push(s.post("/api/unified-logic/plan", &serde_json::to_vec(&named).expect("json")).await);
    let person = json!({ "act": "keep", "subject": raw, "person": raw, "reason": raw });
    answers.push(s.post("/api/statements", person.to_string().as_bytes()).await);
    let pushed = json!({ "samples": [{ "metric": raw, "value": 1.0 }] });
    answers.push(s.post("/api/components/checkout/metrics", pushed.to_string().as_bytes()).await);
    let members = json!({ raw: 1 });
    answers.push(s.post("/api/audit/export", members.to_string().as_bytes()).await);
    answers.push(s.post("/api/audit/export", json!({ "name": raw }).to_string().as_bytes()).await);
    let refused = answers.iter().filter(|answer| answer.status >= 400).count();
    assert!(refused > 100, "{refused} of {}", answers.len());
    for answer in answers {
        let text = answer.json().to_string();
        assert!(!text.contains("\\u001b") && !text.contains('\u{202e}'), "{text}");
    }
    s.host.shutdown().await;
}
