//! What people, stages and components do to an update of the driven world. Never tests anything by itself.

use super::{Sim, component_key, id};
use crate::rules::samples;
use crate::rules::{ORIGIN, by_person, digest, key, key_of, nonce, people, person, upd};
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::{EvaluationReport, Series, Verdict};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::log::Event;
use grace_domain::statement::{
    Act, ActStatement, ApprovalStatement, Part, ReceiptAct, ReceiptResult, Submission,
};
use grace_domain::update::Effect;
use grace_domain::update::decide::{self as rules, StageDone};
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::{BeforeAfter, CardVerdict, PackageFacts, ReceiptFacts};

pub fn submission(
    update: UpdateId,
    who: &str,
    risk: Risk,
    components: &[&str],
    now: Timestamp,
) -> Submission {
    let part = Part {
        update_type: UpdateType::Config,
        component_targets: components.iter().map(|c| id(c)).collect(),
        content: digest(format!("content {update}")),
    };
    Submission::new(
        ORIGIN.into(),
        update,
        vec![part],
        (person(who), "Raise the worker count".into()),
        risk,
        (now, now.plus_ms(600_000)),
    )
}

impl Sim {
    pub fn hand_in(&mut self, s: &Submission) -> Result<(), String> {
        let signer = key(key_of(s.created_by.as_str()));
        let verified = by_person(s, &signer, &people(), self.now).map_err(|e| e.code().to_string())?;
        let decided = rules::submit(&self.world, &verified, None, self.now);
        self.take(decided)
    }

    /// Submitted by Ada.
    pub fn submit(&mut self, risk: Risk, components: &[&str]) -> UpdateId {
        let update = upd(self.count());
        let s = submission(update.clone(), "ada", risk, components, self.now);
        self.hand_in(&s).unwrap();
        update
    }

    /// What the engine would find while preparing now.
    pub fn package(&self, update: &UpdateId) -> PackageFacts {
        let u = &self.world.updates()[update];
        let plan = |c: &ComponentId| BeforeAfter {
            before: self.world.components()[c].digest().unwrap(),
            after: digest(format!("{c} {update}")),
        };
        PackageFacts {
            attempt: u.attempt(),
            package: digest(format!("package {update} {} {}", u.attempt(), self.log.len())),
            rollback_plan: digest(format!("plan {update} {}", u.attempt())),
            components: u.components().iter().map(|c| (c.clone(), plan(c))).collect(),
            computed: u.declared(),
            reasons: vec!["as declared".into()],
            invertible: true,
            apply_ms: 5,
            revert_ms: 6,
            items: [(TargetKind::Directory, 1)].into_iter().collect(),
            summary: digest("summary"),
        }
    }

    pub fn stage(&mut self, update: &UpdateId, n: u8, verdict: CardVerdict) {
        let package = (n == 5 && verdict == CardVerdict::Passed).then(|| self.package(update));
        let card = samples::card(self.world.updates()[update].attempt(), n, verdict);
        let done = StageDone { card, package, drift: None };
        let decided = rules::stage_done(&self.world, &self.world.updates()[update], &done);
        self.take(decided).unwrap();
    }

    /// Stages 2 to 5 pass, each because `todo` says so.
    pub fn prepare(&mut self, update: &UpdateId) {
        while let [Effect::Prepare { stage, attempt, .. }] = self.update(update).todo()[..] {
            assert_eq!(attempt, self.update(update).attempt());
            self.stage(update, stage, CardVerdict::Passed);
        }
        assert_eq!(self.state(update), "awaiting_approval");
        assert!(self.update(update).prepared());
    }

    pub fn approval(&mut self, update: &UpdateId, who: &str, decision: Decision) -> ApprovalStatement {
        let n = self.count();
        let u = &self.world.updates()[update];
        let package = u.package();
        ApprovalStatement {
            world: ORIGIN.into(),
            subject: update.to_string(),
            decision,
            stage: "governance".into(),
            set: u.set(),
            package: package.map_or(u.set(), |p| p.package),
            rollback_plan: package.map_or(u.set(), |p| p.rollback_plan),
            policy: u.policy(),
            person: person(who),
            nonce: nonce(n),
            at: self.now,
            expires: self.now.plus_ms(29 * 24 * 3_600_000),
            reason: if decision == Decision::Deny { "too risky".into() } else { "".into() },
        }
    }

    /// Hands a statement in for `update`, signed with key `n`.
    pub fn sign_off(&mut self, update: &UpdateId, s: &ApprovalStatement, n: u8) -> Result<(), String> {
        let verified = by_person(s, &key(n), &people(), self.now).map_err(|e| e.code().to_string())?;
        let decided = rules::approve(&self.world, &self.world.updates()[update], &verified, self.now);
        self.take(decided)
    }

    pub fn decide(&mut self, update: &UpdateId, who: &str, decision: Decision) -> Result<(), String> {
        let s = self.approval(update, who, decision);
        self.sign_off(update, &s, key_of(who))
    }

    pub fn approve(&mut self, update: &UpdateId, who: &str) -> Result<(), String> {
        self.decide(update, who, Decision::Approve)
    }

    pub fn act_statement(&mut self, update: &UpdateId, who: &str, act: Act) -> ActStatement {
        let n = self.count();
        ActStatement {
            world: ORIGIN.into(),
            act,
            subject: update.to_string(),
            digest: self.world.updates()[update].set(),
            person: person(who),
            nonce: nonce(n),
            at: self.now,
            expires: self.now.plus_ms(600_000),
            reason: "because it is needed".into(),
        }
    }

    pub fn hand_act(&mut self, update: &UpdateId, s: &ActStatement) -> Result<(), String> {
        let signer = key(key_of(s.person.as_str()));
        let verified = by_person(s, &signer, &people(), self.now).map_err(|e| e.code().to_string())?;
        let decided = rules::act(&self.world, &self.world.updates()[update], &verified, self.now);
        self.take(decided)
    }

    pub fn act(&mut self, update: &UpdateId, who: &str, act: Act) -> Result<(), String> {
        let s = self.act_statement(update, who, act);
        self.hand_act(update, &s)
    }

    /// The receipt a component would sign for the effect that is due.
    pub fn due_receipt(&self, update: &UpdateId, result: ReceiptResult) -> ReceiptFacts {
        let u = &self.world.updates()[update];
        let (component, act) = match &u.todo()[..] {
            [Effect::Apply { component, .. }] => (component.clone(), ReceiptAct::Apply),
            [Effect::Revert { component, .. }] => (component.clone(), ReceiptAct::Revert),
            other => panic!("no receipt is due but {other:?}"),
        };
        let plan = &u.package().unwrap().components[&component];
        let (from, to) =
            if act == ReceiptAct::Apply { (plan.before, plan.after) } else { (plan.after, plan.before) };
        let after = match result {
            ReceiptResult::Applied => to,
            ReceiptResult::Refused | ReceiptResult::Undone => from,
            ReceiptResult::Dirty => digest("half and half"),
        };
        let mut facts = samples::receipt(act, result);
        facts.key = component_key(&component).public();
        facts.component = component;
        facts.before = from;
        facts.after = after;
        facts
    }

    pub fn hand_receipt(&mut self, update: &UpdateId, facts: &ReceiptFacts) -> Result<(), String> {
        let u = self.update(update);
        let decided = match facts.act {
            ReceiptAct::Apply => rules::applied(&self.world, &u, facts, self.now),
            ReceiptAct::Revert | ReceiptAct::Restore => rules::reverted(&u, facts, self.now),
        };
        self.take(decided)
    }

    /// The component that is due could sign for nothing.
    pub fn no_receipt(&mut self, update: &UpdateId, begun: bool) {
        let (component, act) = match &self.update(update).todo()[..] {
            [Effect::Apply { component, .. }] => (component.clone(), ReceiptAct::Apply),
            [Effect::Revert { component, .. }] => (component.clone(), ReceiptAct::Revert),
            other => panic!("no receipt is due but {other:?}"),
        };
        let facts = samples::no_receipt(component.as_str(), act, begun);
        let events = rules::no_receipt(&self.update(update), &facts, self.now);
        self.commit(events);
    }

    pub fn receipt(&mut self, update: &UpdateId, result: ReceiptResult) {
        let facts = self.due_receipt(update, result);
        self.hand_receipt(update, &facts).unwrap();
    }

    /// Everything that is due succeeds: applying, or rolling back.
    pub fn receipts(&mut self, update: &UpdateId) {
        while matches!(self.update(update).todo()[..], [Effect::Apply { .. } | Effect::Revert { .. }]) {
            self.receipt(update, ReceiptResult::Applied);
        }
    }

    /// A low-risk update of Ada, approved by Ben and started.
    pub fn started(&mut self, components: &[&str]) -> UpdateId {
        let update = self.submit(Risk::Low, components);
        self.prepare(&update);
        self.approve(&update, "ben").unwrap();
        self.settle();
        update
    }

    /// The same, applied everywhere.
    pub fn observing(&mut self, components: &[&str]) -> UpdateId {
        let update = self.started(components);
        self.receipts(&update);
        assert_eq!(self.state(&update), "observing");
        update
    }

    pub fn open_window(&mut self, update: &UpdateId, value: Option<u64>) {
        assert_eq!(self.update(update).todo(), vec![Effect::OpenWindow { update: update.clone() }]);
        let mut baseline = samples::baseline("error_rate", value);
        baseline.series.component = self.update(update).components()[0].clone();
        let events = rules::window_ready(&self.world, &self.update(update), vec![baseline]);
        self.commit(events);
    }

    pub fn report(&mut self, update: &UpdateId, report: &EvaluationReport, gone: &[Series]) {
        let events = rules::evaluated(&self.update(update), report, gone);
        self.commit(events);
    }

    pub fn evaluate(&mut self, update: &UpdateId, verdict: Verdict, observed_ms: u64, elapsed_ms: u64) {
        let update_now = self.update(update);
        let all = update_now.window().into_iter().flat_map(|w| w.watched.series());
        let had = all.filter(|(_, rule)| verdict == Verdict::NoData && rule.baseline.is_some());
        let gone: Vec<Series> = had.map(|(series, _)| series.clone()).collect();
        self.report(update, &samples::evaluation(verdict, observed_ms, elapsed_ms), &gone);
    }

    /// Applied, observed, stable.
    pub fn stable(&mut self, components: &[&str]) -> UpdateId {
        let update = self.observing(components);
        self.open_window(&update, Some(1_000));
        self.evaluate(&update, Verdict::Healthy, 10_000, 10_000);
        assert_eq!(self.state(&update), "stable");
        update
    }

    pub fn event_of(&mut self, update: &UpdateId, event: UpdateEvent) {
        self.commit(vec![Event::Update(update.clone(), event)]);
    }
}
