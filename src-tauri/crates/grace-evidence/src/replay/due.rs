//! What must come next in the log, and whether it does.
//!
//! Owns that comparison. Decides nothing.

use std::collections::VecDeque;

use grace_domain::core::time::Timestamp;
use grace_domain::input::Decision;
use grace_domain::log::Event;

use crate::read::ReadEntry;

/// Why the rules do not come to an entry.
pub(super) type Refused = String;

/// An entry that must come.
#[derive(Debug)]
pub(super) struct Due {
    at: Timestamp,
    actor: String,
    event: Event,
}

impl Due {
    /// Each event of a decision at `at`, in order.
    pub(super) fn all(decision: Decision, at: Timestamp) -> VecDeque<Self> {
        let actor = decision.actor.to_string();
        decision.events.into_iter().map(|event| Self { at, actor: actor.clone(), event }).collect()
    }

    /// Its entry type.
    pub(super) fn name(&self) -> &'static str {
        self.event.entry_type().as_str()
    }

    /// Whether this entry is what must come. Of a text only whether there is one: its words may be redacted, another
    /// release may say it in others, and what somebody signed was held against what they signed.
    pub(super) fn is(&self, this: &ReadEntry) -> Result<(), Refused> {
        let entry = this.entry();
        let found = entry.event.entry_type().as_str();
        must(found == self.name(), &format!("the log has {found}"))?;
        must(entry.actor == self.actor, &format!("the actor is {}, not {}", entry.actor, self.actor))?;
        must(entry.at == self.at, "it was decided at another time")?;
        must(says(&self.event, &entry.event), "it says something else")
    }
}

/// Whether an event is the expected one, but for the words of its texts.
fn says(expected: &Event, found: &Event) -> bool {
    let mut texts = Vec::new();
    found.clone().each_sealed_text(&mut |text| texts.push(text.clone()));
    let (mut expected, mut same, mut texts) = (expected.clone(), true, texts.into_iter());
    expected.each_sealed_text(&mut |text| match texts.next() {
        Some(found) if text.is_empty() == found.is_empty() => *text = found,
        _ => same = false,
    });
    same && texts.next().is_none() && expected == *found
}

/// Says why, where something does not hold.
pub(super) fn must(holds: bool, why: &str) -> Result<(), Refused> {
    if holds { Ok(()) } else { Err(why.to_owned()) }
}
