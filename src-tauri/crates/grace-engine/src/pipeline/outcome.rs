//! What a stage found, before its time and number are known. Owns its bounds; runs nothing.

use crate::blob_store::EffectError;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::update::evidence::{CardVerdict, PackageFacts};
use std::collections::BTreeMap;

/// A card before its time and number are known.
pub(super) struct StageOutcome {
    pub verdict: CardVerdict,
    pub code: Option<Code>,
    pub sentence: String,
    pub facts: BTreeMap<String, String>,
    pub output: Option<String>,
    pub package: Option<PackageFacts>,
    /// Whose content was changed outside Grace: expected and found.
    pub drift: Option<(ComponentId, Digest, Digest)>,
}

impl StageOutcome {
    /// With a code, which says what a person can do about it.
    pub fn new(verdict: CardVerdict, code: Code, sentence: impl Into<String>) -> Self {
        Self { verdict, code: Some(code), ..Self::passed(sentence) }
    }

    /// It ran and holds: that needs no code.
    pub fn passed(sentence: impl Into<String>) -> Self {
        Self {
            verdict: CardVerdict::Passed,
            code: None,
            sentence: sentence.into(),
            facts: BTreeMap::new(),
            output: None,
            package: None,
            drift: None,
        }
    }

    /// With one more fact.
    #[must_use]
    pub fn fact(mut self, label: &str, value: impl ToString) -> Self {
        self.facts.insert(label.into(), value.to_string());
        self
    }
}

/// What is missing blocks: the stage could not run.
impl From<EffectError> for StageOutcome {
    fn from(m: EffectError) -> Self {
        Self::new(CardVerdict::Blocked, m.code, m.reason)
    }
}

/// Most of a card's sentence, bytes.
pub(super) const SENTENCE_BYTES: usize = 1000;
/// Most of one fact on a card, bytes.
pub(super) const FACT_BYTES: usize = 500;
/// Most of one reason for the computed risk, bytes.
pub(super) const REASON_BYTES: usize = 400;

/// Cards and packages stand in entries of bounded size; whole outputs and summaries are blobs beside them.
pub(super) fn cut(text: String, max: usize) -> String {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} …", &text[..end])
}
