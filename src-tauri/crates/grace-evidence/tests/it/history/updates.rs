//! What people, stages and components do to an update.

use super::{ENGINE, History, ORIGIN, REGISTRY, component, digest, key, key_of, person, some};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::input::Input;
use grace_domain::judge::window::{EvaluationReport, Series, Verdict};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::content::DocumentEdit;
use grace_domain::kinds::summary::{Assessment, Extent, Summary};
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::log::Baseline;
use grace_domain::metrics::definition::Worse;
use grace_domain::statement::{
    Act, ActStatement, ApprovalStatement, ComponentPlan, Manifest, Part, Receipt, ReceiptAct, ReceiptResult,
    Rehearsal, Submission,
};
use grace_domain::update::decide::StageDone;
use grace_domain::update::evidence::{
    BeforeAfter, CardFacts, CardVerdict, NoReceiptFacts, PackageFacts, ReceiptFacts,
};
use grace_domain::update::input::UpdateInput;
use grace_domain::update::{Effect, Update};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

impl History {
    pub fn update(&self, id: &UpdateId) -> Arc<Update> {
        some(self.world.updates(), id)
    }

    pub fn state(&self, id: &UpdateId) -> &'static str {
        self.update(id).state().as_str()
    }

    fn tell(&mut self, id: &UpdateId, input: UpdateInput) -> Result<(), Refusal> {
        self.hand_in(&Input::Update(id.clone(), input))
    }

    /// A submission of Ada's, which names this content.
    pub fn submission(
        &mut self,
        update_type: UpdateType,
        components: &[&str],
        content: &Value,
    ) -> Submission {
        let n = self.count();
        let id: UpdateId = format!("upd_00000000-0000-7000-8000-{n:012x}").parse().expect("an update id");
        let content = self.keep_document(content);
        let components = components.iter().map(|name| component(name)).collect();
        let part = Part { update_type, component_targets: components, content };
        let (at, expires) = (self.now, self.now.plus_ms(600_000));
        let by = (person("ada"), "Raise the worker count".into());
        Submission::new(ORIGIN.into(), id, vec![part], by, Risk::Low, (at, expires))
    }

    /// Hands a submission in.
    pub fn submit(&mut self, s: &Submission, edit: Option<DocumentEdit>) -> Result<UpdateId, Refusal> {
        let verified = self.signed(s, &key_of(s.created_by.as_str()));
        self.tell(&s.id, UpdateInput::Submit(Box::new(verified), edit))?;
        Ok(s.id.clone())
    }

    /// Files for these components, of this risk.
    pub fn propose(&mut self, risk: Risk, components: &[&str]) -> Result<UpdateId, Refusal> {
        let file = json!({ "sha256": digest(format!("file {}", self.now)) });
        let content = json!({ "files": { "a.conf": file }, "remove": [] });
        let mut s = self.submission(UpdateType::Config, components, &content);
        s.risk_level = risk;
        self.submit(&s, None)
    }

    /// A metric definition, or that there is none any more.
    pub fn propose_definition(&mut self, metric: &str, new: Option<Digest>) -> Result<UpdateId, Refusal> {
        let content = match new {
            Some(new) => json!({ "metric": metric, "definition": { "sha256": new } }),
            None => json!({ "metric": metric }),
        };
        let s = self.submission(UpdateType::MetricDefinition, &[REGISTRY], &content);
        let edit = DocumentEdit { id: metric.parse().expect("a document id"), new };
        self.submit(&s, Some(edit))
    }

    fn plan(&self, u: &Update, c: &ComponentId) -> BeforeAfter {
        let held = &self.world.components()[c];
        let before = match u.document() {
            Some(document) => held.expected(Some(document)).expect("a document has a digest"),
            None => held.digest().expect("content"),
        };
        BeforeAfter { before, after: digest(format!("{c} {}", u.id())) }
    }

    fn package(&mut self, u: &Update) -> PackageFacts {
        let plans = u.components().iter().map(|c| (c.clone(), self.plan(u, c)));
        let plans: BTreeMap<_, _> = plans.collect();
        let components = plans.iter().map(|(c, plan)| {
            let rehearsal = Rehearsal { reverted: plan.before, apply_ms: 5, revert_ms: 6 };
            let plan =
                ComponentPlan { before: plan.before, after: plan.after, plan: digest("plan"), rehearsal };
            (c.clone(), plan)
        });
        let components: BTreeMap<_, _> = components.collect();
        let (apply_ms, revert_ms) = (5 * components.len() as u64, 6 * components.len() as u64);
        let assessment = Assessment { reasons: vec!["a value changes".into()], ..Assessment::low() };
        let extent = Extent::default();
        let summary = Summary { assessment, extent, sections: Vec::new() };
        let summary = self.keep_document(&serde_json::to_value(&summary).expect("JSON"));
        let manifest = Manifest {
            world: ORIGIN.into(),
            update: u.id().clone(),
            set: u.set(),
            components,
            computed: Risk::Low,
            invertible: true,
            summary,
            at: self.now,
        };
        let rollback_plan = manifest.rollback_plan();
        let package = self.signed(&manifest, &key(ENGINE)).envelope;
        PackageFacts {
            attempt: u.attempt(),
            package,
            rollback_plan,
            components: plans,
            computed: Risk::Low,
            reasons: vec!["a value changes".into()],
            invertible: true,
            apply_ms,
            revert_ms,
            items: [(TargetKind::Directory, 1)].into_iter().collect(),
            summary,
        }
    }

    /// The stage that is due ends so; with `drift` because somebody has changed its first component.
    pub fn stage(&mut self, id: &UpdateId, verdict: CardVerdict, drift: bool) -> Result<(), Refusal> {
        let u = self.update(id);
        let [Effect::Prepare { stage, attempt, .. }] = u.todo()[..] else { return Ok(()) };
        let passed = verdict == CardVerdict::Passed;
        let output = (!passed).then(|| self.keep_document(&json!("nginx: it does not read")));
        let package = (stage == 5 && passed).then(|| self.package(&u));
        let card = CardFacts {
            attempt,
            n: stage,
            verdict,
            code: (!passed).then_some(if drift { Code::DriftDetected } else { Code::CheckFailed }),
            sentence: format!("Stage {stage} says so.").into(),
            ms: 12,
            facts: [("level".to_owned(), "full".to_owned())].into(),
            output,
        };
        let first = &u.components()[0];
        let expected = self.world.components()[first].digest().filter(|_| drift && !passed);
        let drift = expected.map(|expected| (first.clone(), expected, digest("strange")));
        self.tell(id, UpdateInput::StageDone(Box::new(StageDone { card, package, drift })))
    }

    /// Stages 2 to 5 pass.
    pub fn prepare(&mut self, id: &UpdateId) {
        while matches!(self.update(id).todo()[..], [Effect::Prepare { .. }]) {
            self.pass(15);
            self.stage(id, CardVerdict::Passed, false).expect("a stage ends");
        }
    }

    /// What this person says to it.
    pub fn approval(&mut self, id: &UpdateId, who: &str, decision: Decision) -> ApprovalStatement {
        let u = self.update(id);
        let package = u.package().expect("it is packaged");
        ApprovalStatement {
            world: ORIGIN.into(),
            subject: id.to_string(),
            decision,
            stage: "governance".into(),
            set: u.set(),
            package: package.package,
            rollback_plan: package.rollback_plan,
            policy: u.policy(),
            person: person(who),
            nonce: self.nonce(),
            at: self.now,
            expires: self.now.plus_ms(3_600_000),
            reason: if decision == Decision::Deny { "too risky".into() } else { "".into() },
        }
    }

    pub fn decide(&mut self, id: &UpdateId, who: &str, decision: Decision) -> Result<(), Refusal> {
        let s = self.approval(id, who, decision);
        let verified = self.signed(&s, &key_of(who));
        self.tell(id, UpdateInput::Approve(Box::new(verified)))
    }

    fn act_statement(&mut self, id: &UpdateId, who: &str, act: Act, set: Digest) -> ActStatement {
        ActStatement {
            world: ORIGIN.into(),
            act,
            subject: id.to_string(),
            digest: set,
            person: person(who),
            nonce: self.nonce(),
            at: self.now,
            expires: self.now.plus_ms(600_000),
            reason: "because it is needed".into(),
        }
    }

    pub fn act(&mut self, id: &UpdateId, who: &str, act: Act, set: Digest) -> Result<(), Refusal> {
        let s = self.act_statement(id, who, act, set);
        let verified = self.signed(&s, &key_of(who));
        self.tell(id, UpdateInput::Act(Box::new(verified)))
    }

    /// The entry of an act as it was recorded, but signed by this person.
    pub fn acted(&mut self, id: &UpdateId, who: &str, act: Act, recorded: &Value) -> Value {
        let set = self.parts_digest(id);
        let s = self.act_statement(id, who, act, set);
        let verified = self.signed(&s, &key_of(who));
        let mut line = recorded.clone();
        line["actor"] = json!(format!("person:{who}"));
        line["by"]["person"] = json!(who);
        line["by"]["key"] = json!(verified.key.to_string());
        line["by"]["envelope"] = json!(verified.envelope.to_string());
        line["by"]["nonce"] = json!(s.nonce.as_str());
        line["by"]["reason"] = json!(verified.statement.reason.digest().expect("a reason").to_string());
        line
    }

    /// The set of an update that may have ended.
    fn parts_digest(&self, id: &UpdateId) -> Digest {
        let proposed =
            self.lines.iter().find(|line| line["subject"] == id.as_str()).expect("it was proposed");
        proposed["set"].as_str().expect("a digest").parse().expect("a digest")
    }

    /// The receipt that is due, of a component that did this; nothing when none is due.
    pub fn receipt(&mut self, id: &UpdateId, result: ReceiptResult, code: Code) -> Result<(), Refusal> {
        let u = self.update(id);
        let (c, act) = match &u.todo()[..] {
            [Effect::Apply { component, .. }] => (component.clone(), ReceiptAct::Apply),
            [Effect::Revert { component, .. }] => (component.clone(), ReceiptAct::Revert),
            _ => return Ok(()),
        };
        let package = u.package().expect("it is packaged");
        let plan = &package.components[&c];
        let (from, to) =
            if act == ReceiptAct::Apply { (plan.before, plan.after) } else { (plan.after, plan.before) };
        let good = result == ReceiptResult::Applied;
        let s = Receipt {
            world: ORIGIN.into(),
            update: id.clone(),
            component: c.clone(),
            package: package.package,
            act,
            result,
            before: from,
            after: match result {
                ReceiptResult::Applied => to,
                ReceiptResult::Refused | ReceiptResult::Undone => from,
                ReceiptResult::Dirty => digest("half and half"),
            },
            reason: if good { "".into() } else { "the probe answered 500".into() },
            code: (!good).then_some(code),
            ms: 31,
            at: self.now,
        };
        let own = if c.as_str() == REGISTRY { key(ENGINE) } else { key_of(c.as_str()) };
        let verified = self.signed(&s, &own);
        let output = (!good).then(|| self.keep_document(&json!("500")));
        let facts = ReceiptFacts {
            output,
            tree: good.then(|| digest("tree")),
            ..ReceiptFacts::of(verified.statement, verified.key, verified.envelope)
        };
        self.tell(id, UpdateInput::Receipt(Box::new(facts)))
    }

    /// Whoever is due can sign for nothing.
    pub fn no_receipt(&mut self, id: &UpdateId, begun: bool) -> Result<(), Refusal> {
        let (component, act) = match &self.update(id).todo()[..] {
            [Effect::Apply { component, .. }] => (component.clone(), ReceiptAct::Apply),
            [Effect::Revert { component, .. }] => (component.clone(), ReceiptAct::Revert),
            _ => return Ok(()),
        };
        let facts = NoReceiptFacts {
            component,
            act,
            code: Code::ComponentKey,
            reason: "its key is not here".into(),
            begun,
            found: begun.then(|| digest("found")),
        };
        self.tell(id, UpdateInput::NoReceipt(Box::new(facts)))
    }

    /// Whatever has to be brought somewhere is brought there, or back.
    pub fn receipts(&mut self, id: &UpdateId) {
        while matches!(self.update(id).todo()[..], [Effect::Apply { .. } | Effect::Revert { .. }]) {
            self.pass(20);
            self.receipt(id, ReceiptResult::Applied, Code::CheckFailed).expect("a receipt");
        }
    }

    /// Approved by Ben, and by Cleo and Dan where that is not enough, and brought everywhere.
    pub fn distribute(&mut self, id: &UpdateId) {
        self.prepare(id);
        for who in ["ben", "cleo", "dan"] {
            self.pass(1_000);
            if self.state(id) == "awaiting_approval" {
                self.decide(id, who, Decision::Approve).expect("an approval");
            }
        }
        self.receipts(id);
    }

    /// The window opens; `limit` is what its series may reach.
    pub fn open_window(&mut self, id: &UpdateId, limit: Option<u64>) -> Result<(), Refusal> {
        let u = self.update(id);
        let watched = u.components().iter().flat_map(|c| {
            let metrics = self.world.components()[c].facts().metrics.iter();
            metrics.map(|metric| Series { component: c.clone(), metric: metric.clone() })
        });
        let baseline =
            |series| Baseline { series, value: Some(1_000), limit, worse: Worse::Higher, fresh_s: 30 };
        let baselines = watched.map(baseline).collect();
        self.tell(id, UpdateInput::WindowReady(baselines))
    }

    /// `ms` later the watcher finds this.
    pub fn evaluate(&mut self, id: &UpdateId, verdict: Verdict, ms: u32, gone: bool) -> Result<(), Refusal> {
        self.pass(i64::from(ms));
        let u = self.update(id);
        let Some(window) = u.window() else { return Ok(()) };
        let ms = u64::from(ms);
        let observed = if verdict == Verdict::Healthy { ms } else { 0 };
        let report = EvaluationReport {
            verdict,
            observed_ms: window.observed_ms + observed,
            elapsed_ms: window.elapsed_ms + ms,
            evaluations: window.evaluations + 1,
            healthy: window.healthy + u32::from(verdict == Verdict::Healthy),
            digest: digest(format!("evaluations {}", self.now)),
            reason: "error_rate 0.12 % of 5 %.".into(),
        };
        let gone = window.watched.series().map(|(series, _)| series.clone()).filter(|_| gone).collect();
        self.tell(id, UpdateInput::Evaluated(report, gone))
    }

    /// Brought everywhere, observed, stable.
    pub fn stable(&mut self, components: &[&str]) -> UpdateId {
        let id = self.propose(Risk::Low, components).expect("a proposal");
        self.distribute(&id);
        self.open_window(&id, Some(50_000)).expect("a window");
        self.evaluate(&id, Verdict::Healthy, 10_000, false).expect("an evaluation");
        assert_eq!(self.state(&id), "stable");
        id
    }

    /// Rolled back by Ben although it was stable, and reviewed by Cleo.
    pub fn rolled_back(&mut self, components: &[&str]) -> UpdateId {
        let id = self.stable(components);
        let set = self.update(&id).set();
        self.act(&id, "ben", Act::Rollback, set).expect("a rollback");
        self.receipts_back(&id);
        self.act(&id, "cleo", Act::Review, set).expect("a review");
        id
    }

    /// Like [`Self::receipts`], until it has ended.
    pub fn receipts_back(&mut self, id: &UpdateId) {
        while self.world.updates().get(id).is_some_and(|u| !u.todo().is_empty()) {
            self.pass(20);
            self.receipt(id, ReceiptResult::Applied, Code::CheckFailed).expect("a receipt");
        }
    }
}
