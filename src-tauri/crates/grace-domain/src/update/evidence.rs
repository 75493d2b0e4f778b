//! The evidence that an update leaves in the log: the card of a stage, the package, the receipt of a component and the
//! receipt that nobody could sign.
//!
//! Owns the stored form of these facts. Never judges them: that is [`crate::update`].

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::ComponentId;
use crate::core::sealed_text::SealedText;
use crate::crypto::keys::PublicKey;
use crate::governance::policy::Risk;
use crate::kinds::target_kind::ItemCounts;
use crate::statement::{Receipt, ReceiptAct, ReceiptResult};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The verdict on a card. There is no third way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardVerdict {
    /// Ran and holds.
    Passed,
    /// Ran and does not hold.
    Failed,
    /// Could not run.
    Blocked,
}

/// A stage's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardFacts {
    /// Which preparation it belongs to, from 1.
    pub attempt: u32,
    /// 1 to 8.
    pub n: u8,
    /// How it ended.
    pub verdict: CardVerdict,
    /// Closed code when not passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// One sentence of evidence, or why not.
    pub sentence: SealedText,
    /// How long it took.
    pub ms: u64,
    /// Labelled facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// Digest of the kept tool output, a salted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Digest>,
}

/// Managed digests of one component, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeforeAfter {
    /// What must be there.
    pub before: Digest,
    /// What will be there.
    pub after: Digest,
}

/// A package and what was found out while making it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFacts {
    /// Which preparation.
    pub attempt: u32,
    /// Digest of the signed manifest's envelope blob.
    pub package: Digest,
    /// Digest of the rollback plan.
    pub rollback_plan: Digest,
    /// Per component.
    pub components: BTreeMap<ComponentId, BeforeAfter>,
    /// Risk computed from the diff.
    pub computed: Risk,
    /// Why, one sentence each.
    pub reasons: Vec<SealedText>,
    /// Whether the rehearsal came back to the same digest.
    pub invertible: bool,
    /// Rehearsed time to apply, summed.
    pub apply_ms: u64,
    /// Rehearsed time to revert, summed.
    pub revert_ms: u64,
    /// Items touched, of all components.
    pub items: ItemCounts,
    /// Digest of the summary, a salted document: it quotes what was there and what will be.
    pub summary: Digest,
}

/// A component's signed receipt, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptFacts {
    /// Whose.
    pub component: ComponentId,
    /// Its key.
    pub key: PublicKey,
    /// Apply, revert or restore.
    pub act: ReceiptAct,
    /// How it ended.
    pub result: ReceiptResult,
    /// Closed code when not applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// One sentence when not applied.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub reason: SealedText,
    /// Digest found.
    pub before: Digest,
    /// Digest left.
    pub after: Digest,
    /// How long.
    pub ms: u64,
    /// Digest of the envelope blob.
    pub envelope: Digest,
    /// Digest of the kept output of its commands, a salted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Digest>,
    /// Digest of the tree blob that describes what is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Digest>,
}

impl ReceiptFacts {
    /// What the receipt itself says, signed with this key in this envelope; nothing else is kept with it.
    pub fn of(receipt: Receipt, key: PublicKey, envelope: Digest) -> Self {
        Self {
            component: receipt.component,
            key,
            act: receipt.act,
            result: receipt.result,
            code: receipt.code,
            reason: receipt.reason,
            before: receipt.before,
            after: receipt.after,
            ms: receipt.ms,
            envelope,
            output: None,
            tree: None,
        }
    }
}

/// Why there is no receipt, and what is known instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoReceiptFacts {
    /// Which component.
    pub component: ComponentId,
    /// Of what.
    pub act: ReceiptAct,
    /// Closed code.
    pub code: Code,
    /// What a person must mend.
    pub reason: SealedText,
    /// Its content may have been changed. Said whenever the change was begun, in this run of the engine or before.
    pub begun: bool,
    /// Managed digest that an inspection has found there; none when none was possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Digest>,
}
