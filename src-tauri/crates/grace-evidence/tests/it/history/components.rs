//! What people do to a component whose content is not ours any more.

use super::{History, ORIGIN, component, digest, key_of, person};
use grace_domain::component::decide::Scanned;
use grace_domain::component::input::ComponentInput;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::refusal::Refusal;
use grace_domain::input::Input;
use grace_domain::statement::{Act, ActStatement, Receipt, ReceiptAct, ReceiptResult};
use grace_domain::update::evidence::ReceiptFacts;

impl History {
    fn on_component(&mut self, name: &str, input: ComponentInput) -> Result<(), Refusal> {
        self.hand_in(&Input::Component(component(name), input))
    }

    /// Ben adopts or restores what is there.
    pub fn act_on(&mut self, name: &str, act: Act, found: Digest) -> Result<(), Refusal> {
        let s = ActStatement {
            world: ORIGIN.into(),
            act,
            subject: name.into(),
            digest: found,
            person: person("ben"),
            nonce: self.nonce(),
            at: self.now,
            expires: self.now.plus_ms(600_000),
            reason: "what is there is right".into(),
        };
        let verified = Box::new(self.signed(&s, &key_of("ben")));
        let scanned = Scanned { digest: found, tree: digest(format!("tree of {found}")) };
        self.on_component(name, ComponentInput::Act(verified, scanned))
    }

    /// How a restore ended.
    pub fn restored(&mut self, name: &str, result: ReceiptResult) -> Result<(), Refusal> {
        let wanted = self.world.components()[&component(name)].digest().expect("content");
        let good = result == ReceiptResult::Applied;
        let s = Receipt {
            world: ORIGIN.into(),
            update: "upd_00000000-0000-7000-8000-000000000000".parse().expect("an update id"),
            component: component(name),
            package: digest("package"),
            act: ReceiptAct::Restore,
            result,
            before: digest("strange"),
            after: if good { wanted } else { digest("strange") },
            reason: if good { "".into() } else { "the disk is full".into() },
            code: (!good).then_some(Code::CheckFailed),
            ms: 9,
            at: self.now,
        };
        let verified = self.signed(&s, &key_of(name));
        let facts = ReceiptFacts::of(verified.statement, verified.key, verified.envelope);
        self.on_component(name, ComponentInput::Restored(Box::new(facts)))
    }

    /// A restore could not be tried.
    pub fn not_restored(&mut self, name: &str) -> Result<(), Refusal> {
        self.on_component(name, ComponentInput::NotRestored("its key is not here".into()))
    }
}
