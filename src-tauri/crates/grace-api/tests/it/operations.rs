//! Every operation answers, the same in process and over HTTP; hostile drafts are refused and change nothing.

use grace_api::ActName;
use grace_api::requests::*;
use grace_api::simulation::sources;
use grace_api::types::CheckName;
use grace_api::types::JobState;
use grace_api::types::SubjectKind;
use grace_api::{Client, Http};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::states::State;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::wire::Served;

pub fn draft(files: &[(&str, &str)]) -> UpdateDraft {
    let files: Map<String, Value> =
        files.iter().map(|(path, text)| ((*path).to_owned(), json!({ "text": text }))).collect();
    UpdateDraft {
        update_type: "config".into(),
        component_targets: vec!["edge-gateway".into()],
        content: json!({ "files": files }),
        created_by: "developer".into(),
        risk_level: "low".into(),
        title: "A change".into(),
        description: String::new(),
        refs: Vec::new(),
        security_impact: String::new(),
    }
}

/// A value without what the moment decides.
fn settled<T: Serialize>(value: &T) -> Value {
    fn walk(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let moving = [
                    "now_at",
                    "checked_at",
                    "to_at",
                    "points",
                    "current",
                    "samples",
                    "health",
                    "health_sentence",
                    "series",
                ];
                let kept = members.into_iter().filter(|(k, _)| !moving.contains(&k.as_str()));
                Value::Object(kept.map(|(k, v)| (k, walk(v))).collect::<Map<_, _>>())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(walk).collect()),
            other => other,
        }
    }
    walk(serde_json::to_value(value).expect("json"))
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_the_same_in_process_and_over_http() {
    let s = Served::start().await;
    let request = StatementRequest {
        act: ActName::Submit,
        draft: Some(draft(&[("gateway.conf", "workers = 8\n")])),
        ..StatementRequest::default()
    };
    let envelope = s.signed("developer", request).await;
    let local = s.client();
    let id = local.hand_in(ActName::Submit, None, &envelope, None).await.expect("taken").id;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while local.update_show(ById { id: id.clone() }).await.expect("shown").state != State::Blocked {
        assert!(tokio::time::Instant::now() < deadline, "no launcher, so stage 4 must block");
    }
    let url = s.host.engine_file().url;
    let http = Client::Http(Http::new(&url, s.token.clone()).expect("a client"));
    let by_id = || ById { id: id.clone() };
    let edge = || ById { id: "edge-gateway".into() };

    macro_rules! same {
        ($($op:ident($request:expr)),* $(,)?) => {$(
            let (a, b) = (local.$op($request).await, http.$op($request).await);
            let (a, b) = (a.expect(stringify!($op)), b.expect(stringify!($op)));
            assert_eq!(settled(&a), settled(&b), stringify!($op));
        )*};
    }
    same!(
        status(Nothing {}),
        doctor(Nothing {}),
        overview(OverviewRequest { seen: Some(0) }),
        activity(ActivityRequest { days: Some(7), bin_s: Some(3600) }),
        update_list(UpdateListRequest { text: Some("a change".into()), ..UpdateListRequest::default() }),
        update_show(by_id()),
        update_diff(by_id()),
        window_series(by_id()),
        component_list(PageRequest::default()),
        component_show(edge()),
        component_item(ItemRequest { id: "edge-gateway".into(), name: "gateway.conf".into() }),
        handshake_list(PageRequest { before: None, limit: Some(5) }),
        log_list(LogListRequest { entry_type: Some("update.*".into()), ..LogListRequest::default() }),
        log_show(SeqRequest { seq: 3 }),
        log_prove(ProveRequest { seq: 3, size: Some(10) }),
        log_checkpoint(Nothing {}),
        log_consistency(ConsistencyRequest { from: 3 }),
        policy_show(Nothing {}),
        stats(Nothing {}),
        sim_show(Nothing {}),
        update_plan(draft(&[("gateway.conf", "workers = 9\n")])),
        signing_show(SigningRequest {
            act: ActName::Withdraw,
            subject: Some(id.clone()),
            ..SigningRequest::default()
        }),
        signing_show(SigningRequest {
            act: ActName::Adopt,
            subject: Some("edge-gateway".into()),
            ..SigningRequest::default()
        }),
    );
    let overview = http.overview(OverviewRequest::default()).await.expect("overview");
    assert_eq!(overview.sentence, "One thing needs you. Nothing is running.");
    let proof = http.log_prove(ProveRequest { seq: 3, size: Some(10) }).await.expect("proof");
    assert!(proof.verified && proof.size == 10);
    let mut job = http.log_verify(Nothing {}).await.expect("a job");
    while job.state == JobState::Running {
        job = http.job_show(ById { id: job.id }).await.expect("the job");
    }
    assert_eq!((job.state.as_str(), job.verify.map(|v| v.ok)), ("done", Some(true)));
    let status = http.status(Nothing {}).await.expect("status");
    assert!(status.log.proving.is_none(), "the proof is through: {status:?}");
    assert!(status.log.verified_size.is_some() && status.checks.iter().all(|c| c.ok), "{status:?}");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_who_withdrew_an_update_and_why() {
    let s = Served::start().await;
    let client = s.client();
    let mut withdrawn = Vec::new();
    for reason in ["wrong file", "not before Monday."] {
        let draft = draft(&[("gateway.conf", reason)]);
        let request =
            StatementRequest { act: ActName::Submit, draft: Some(draft), ..StatementRequest::default() };
        let envelope = s.signed("developer", request).await;
        let id = client.hand_in(ActName::Submit, None, &envelope, None).await.expect("taken").id;
        let request = StatementRequest {
            act: ActName::Withdraw,
            subject: Some(id.clone()),
            reason: Some(reason.into()),
            ..StatementRequest::default()
        };
        let envelope = s.signed("developer", request).await;
        client.hand_in(ActName::Withdraw, Some(&id), &envelope, None).await.expect("withdrawn");
        withdrawn.push(id);
    }
    let list = client.update_list(UpdateListRequest::default()).await.expect("a list");
    for (id, said) in withdrawn.iter().zip(["wrong file", "not before Monday"]) {
        let row = list.updates.iter().find(|u| u.id == *id).expect("a row");
        assert_eq!(row.reason.as_deref(), Some(format!("Withdrawn by developer: {said}.").as_str()));
    }
    let recent = client.overview(OverviewRequest::default()).await.expect("overview").recent;
    assert!(
        recent.iter().all(|r| r.kind != SubjectKind::Update || r.components == ["edge-gateway"]),
        "{recent:?}"
    );
    assert!(recent.iter().filter(|r| r.kind == SubjectKind::Update).count() == 2, "{recent:?}");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_drafts_are_refused_by_plan_and_by_submit() {
    let s = Served::start().await;
    let before = s.size().await;
    let long = format!("{}.conf", "a".repeat(300));
    let deep = format!("{}x.conf", "d/".repeat(40));
    let cases: Vec<Vec<(&str, &str)>> = vec![
        vec![("../x.conf", "a = 1\n")],
        vec![("/etc/x.conf", "a = 1\n")],
        vec![("a\0b.conf", "a = 1\n")],
        vec![("a\\b.conf", "a = 1\n")],
        vec![("./x.conf", "a = 1\n")],
        vec![(&long, "a = 1\n")],
        vec![(&deep, "a = 1\n")],
        vec![("Twin.conf", "a = 1\n"), ("twin.conf", "a = 1\n")],
        vec![("evil\u{202e}.conf", "a = 1\n")],
    ];
    for files in cases {
        let plan = s.client().update_plan(draft(&files)).await.expect("a plan");
        assert!(!plan.ok && !plan.problems.is_empty(), "{files:?}");
        let request = StatementRequest {
            act: ActName::Submit,
            draft: Some(draft(&files)),
            ..StatementRequest::default()
        };
        let envelope = s.signed("developer", request).await;
        let answer = s.post("/api/unified-logic/config-update", &envelope.to_json()).await;
        assert!((400..500).contains(&answer.status) && !answer.code().is_empty(), "{files:?}: {answer:?}");
    }
    for (change, code) in [
        (
            UpdateDraft { component_targets: vec!["nobody".into()], ..draft(&[("gateway.conf", "a = 1\n")]) },
            "not_found",
        ),
        (
            UpdateDraft { component_targets: vec![], ..draft(&[("gateway.conf", "a = 1\n")]) },
            "component_count",
        ),
        (UpdateDraft { title: String::new(), ..draft(&[("gateway.conf", "a = 1\n")]) }, "title_length"),
        (draft(&[]), "nothing_to_change"),
        (
            UpdateDraft { update_type: "schema".into(), ..draft(&[("gateway.conf", "a = 1\n")]) },
            "update_type_unsupported",
        ),
    ] {
        let plan = s.client().update_plan(change).await.expect("a plan");
        assert!(plan.problems.iter().any(|p| p.code.as_str() == code), "{code}: {:?}", plan.problems);
    }
    let unmanaged = s.client().update_plan(draft(&[("unmanaged.txt", "x\n")])).await.expect("a plan");
    assert!(!unmanaged.ok, "a file outside the globs");
    assert_eq!(s.size().await, before, "nothing was written to the log");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_submitting_would_say() {
    use grace_domain::core::limits;
    type Change = fn(&mut UpdateDraft);
    let x = |n: usize| "x".repeat(n);
    let s = Served::start().await;
    let changes: [(Change, bool); 9] = [
        (|d| d.title = "x".repeat(limits::TITLE_BYTES), true),
        (|d| d.title = "x".repeat(limits::TITLE_BYTES + 1), false),
        (|d| d.description = "x".repeat(limits::REASON_BYTES), true),
        (|d| d.description = "x".repeat(limits::REASON_BYTES + 1), false),
        (|d| d.refs = vec!["x".repeat(limits::NAME_BYTES); limits::REFS_PER_UPDATE], true),
        (|d| d.refs = vec!["x".into(); limits::REFS_PER_UPDATE + 1], false),
        (|d| d.security_impact = "x".repeat(limits::REASON_BYTES), true),
        (|d| d.security_impact = "x".repeat(limits::REASON_BYTES + 1), false),
        (|d| d.component_targets = vec!["edge-gateway".into(); 2], false),
    ];
    for (n, (change, good)) in changes.into_iter().enumerate() {
        let mut draft = draft(&[("gateway.conf", &format!("workers = {}\n", x(n + 1)))]);
        change(&mut draft);
        let plan = s.client().update_plan(draft.clone()).await.expect("a plan");
        let request =
            StatementRequest { act: ActName::Submit, draft: Some(draft), ..StatementRequest::default() };
        let envelope = s.signed("developer", request).await;
        let answer = s.post("/api/unified-logic/config-update", &envelope.to_json()).await;
        assert_eq!((plan.ok, answer.status < 300), (good, good), "{n}: {:?} {answer:?}", plan.problems);
        if !good {
            let first = plan.problems.first().expect("a problem");
            assert_eq!(first.code.as_str(), answer.code(), "{n}");
        }
    }
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_leaves_no_trace() {
    let s = Served::start().await;
    let before = s.size().await;
    let plan =
        s.client().update_plan(draft(&[("gateway.conf", "never seen before = 1\n")])).await.expect("a plan");
    assert!(plan.diff.items.len() == 1 && plan.needed.is_some_and(|n| n.count == 1));
    let digest = grace_domain::core::digest::Digest::of(b"never seen before = 1\n");
    assert!(!s.host.engine().context().blobs.0.has(&digest), "a plan keeps no blob");
    assert_eq!(s.size().await, before);
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_when_nothing_can_be_written() {
    let s = Served::start().await;
    let check = async || {
        let status = s.client().status(Nothing {}).await.expect("a status");
        status.checks.into_iter().find(|c| c.name == CheckName::Writing).expect("the check")
    };
    assert!(check().await.ok);
    // Nobody, whatever his rights, can make a file in a directory that is none.
    let blobs = s.world().join("blobs");
    std::fs::rename(&blobs, s.world().join("elsewhere")).expect("rename");
    std::fs::write(&blobs, "").expect("write");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    // The checks hold for some seconds.
    let ill = loop {
        let check = check().await;
        if !check.ok || tokio::time::Instant::now() > deadline {
            break check;
        }
    };
    assert!(!ill.ok && ill.detail.contains("cannot be stored"), "{ill:?}");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_whose_target_is_gone_offers_nothing_that_would_need_it() {
    let s = Served::start().await;
    let targets = s.world().join("targets");
    std::fs::rename(targets.join("search"), s.world().join("away")).expect("rename");
    let view = s.client().component_show(ById { id: "search".into() }).await.expect("shown");
    assert_eq!(view.actions.len(), 3);
    for action in view.actions {
        let reason = action.reason.unwrap_or_default();
        assert!(!action.allowed && reason.contains("does not exist"), "{}: {reason}", action.name);
    }
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_that_nothing_real_could_send_are_refused() {
    let s = Served::start().await;
    let push = async |value: f64, count: Option<u32>| {
        let sample = SampleRequest { metric: "error_rate".into(), value, count, at: None };
        let request = MetricsPushRequest { id: "edge-gateway".into(), samples: vec![sample] };
        s.client().metrics_push(request).await.map_err(|p| p.code)
    };
    for (value, count, code) in [
        (5.0, None, "sample_value"),
        (0.1, Some(0), "sample_observations"),
        (0.1, Some(u32::MAX), "sample_observations"),
        (-0.1, None, "value_range"),
    ] {
        assert_eq!(push(value, count).await.err().map(Code::as_str), Some(code), "{value} {count:?}");
    }
    for (value, count) in [(1.0, None), (0.0, Some(1_000_000))] {
        assert!(push(value, count).await.is_ok(), "{value} {count:?}");
    }
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_misses_a_content_that_could_not_be_brought_back() {
    let s = Served::start().await;
    let engine = s.host.engine();
    let id = "edge-gateway".parse::<ComponentId>().expect("an id");
    let tree = engine.world().components()[&id].tree().expect("recorded at genesis");
    std::fs::remove_file(engine.context().blobs.0.path(&tree)).expect("removed");
    let status = s.client().status(Nothing {}).await.expect("a status");
    let check = status.checks.into_iter().find(|c| c.name == CheckName::RollbackContent).expect("the check");
    assert!(!check.ok && check.detail.contains("edge-gateway as it is recorded"), "{check:?}");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_for_a_component_that_sends_nothing_says_that_its_window_will_have_no_data() {
    let s = Served::start().await;
    let engine = s.host.engine();
    let id = "edge-gateway".parse().expect("an id");
    sources::change(engine.dir(), id, |source| source.silent = true).expect("silent");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    // A sample that was on its way may still come after the first pruning.
    let warned = loop {
        engine.journal().prune(i64::MAX, 0).await.expect("pruned");
        let plan = s.client().update_plan(draft(&[("gateway.conf", "workers = 8\n")])).await.expect("a plan");
        let warned = plan.warnings.iter().any(|w| w.contains("has sent none of its metrics"));
        if warned || tokio::time::Instant::now() > deadline {
            break warned;
        }
    };
    assert!(warned);
    s.host.shutdown().await;
}
