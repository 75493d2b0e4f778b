//! What is found on targets and in drafts is named where it is.

use grace_api::ActName;
use grace_api::requests::*;
use grace_api::types::{ActionName, CheckName};
use grace_domain::core::codes::Code;
use serde_json::{Value, json};

use crate::operations::draft;
use crate::wire::Served;

#[tokio::test(flavor = "multi_thread")]
async fn what_drifted_is_named_with_its_file_and_both_values() {
    use std::os::unix::fs::PermissionsExt as _;
    let s = Served::start().await;
    let id = "edge-gateway".parse().expect("an id");
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
    let [one] = &after.drift[..] else { panic!("{:?}", after.drift) };
    let old = format!("{mode:04o}");
    assert_eq!((one.place.as_str(), one.key.as_str()), ("gateway.conf", "mode"));
    assert_eq!((one.old.as_deref(), one.new.as_deref()), (Some(old.as_str()), Some("4755")));
    let told = format!("gateway.conf (mode {old} → 4755)");
    let status = s.client().status(StatusRequest::default()).await.expect("a status");
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
    let status = s.client().status(StatusRequest::default()).await.expect("a status");
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
async fn a_definition_in_force_that_is_lost_is_named_everywhere() {
    let s = Served::start().await;
    let engine = s.host.engine();
    let (_, digest) = engine
        .world()
        .documents("metrics_collector")
        .expect("a registry")
        .first_key_value()
        .map(|(i, d)| (i.clone(), *d))
        .expect("a document");
    let blob = engine.context().blobs.0.path(&digest);
    std::fs::remove_file(blob).expect("lost");
    let named =
        |text: &str| text.contains("error_rate of metrics_collector") && text.contains(&digest.to_hex());
    let status = s.client().status(StatusRequest::default()).await.expect("a status");
    let check = status.checks.iter().find(|c| c.name == CheckName::Documents).expect("the check");
    assert!(!check.ok && named(&check.detail), "{check:?}");
    let verified =
        grace_api::handlers::verify_dir(&s.dir.path().join("world"), |_, _| {}).await.expect("verified");
    assert!(!verified.ok && verified.broken.iter().any(|b| named(&b.reason)), "{verified:?}");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_requests_a_fresh_check_gets_one() {
    let s = Served::start().await;
    let id = "edge-gateway".parse().expect("an id");
    let target = s.host.engine().world().components()[&id].facts().target.clone();
    let target: Value = serde_json::from_str(&target).expect("canonical JSON");
    let file = std::path::Path::new(target["root"].as_str().expect("a root")).join("gateway.conf");
    let well = async |fresh: Option<bool>| {
        let status = s.client().status(StatusRequest { fresh }).await.expect("a status");
        status.checks.iter().find(|c| c.component.as_deref() == Some("edge-gateway")).expect("the check").ok
    };
    assert!(well(None).await);
    std::fs::write(&file, "changed outside\n").expect("written");
    assert!(!well(Some(true)).await);
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
