//! What is behind an entry, and what the rules make of it.
//!
//! Owns the way from a cause to the entries that must stand in the log. Knows no event.

use std::collections::VecDeque;

use grace_domain::input::{Decision, Input};
use grace_domain::log::Actor;
use grace_domain::world::World;

use super::due::{Due, Refused};
use crate::read::ReadEntry;

/// What is behind an entry.
pub(super) enum Cause {
    /// One of these was handed in: more than one where the log does not hold all of it.
    Inputs(Vec<Input>),
    /// Time went by, or something else ended.
    Time,
    /// Nothing by itself: it stands there only with what was decided before it.
    Consequence,
}

impl Cause {
    /// One input.
    pub(super) fn input(input: Input) -> Self {
        Self::Inputs(vec![input])
    }

    /// Decides it, and gives what must come after the first of these entries. Of several inputs the one counts that comes
    /// nearest to the log: where that differs, the log is wrong.
    pub(super) fn decide(self, world: &World, entries: &[ReadEntry]) -> Result<VecDeque<Due>, Refused> {
        let this = entries[0].entry();
        let name = this.event.entry_type().as_str();
        let decisions: Vec<Result<Decision, String>> = match self {
            Self::Consequence => {
                return Err(format!("{name} stands here without what it follows from"));
            }
            Self::Time => {
                let subject = this.event.subject();
                let events = world.tick_of(&subject, this.at);
                vec![Ok(Decision { actor: Actor::Engine, subject, events })]
            }
            Self::Inputs(inputs) => {
                let decide = |input: &Input| input.decide(world, this.at).map_err(|refusal| refusal.message);
                inputs.iter().map(decide).collect()
            }
        };
        let mut best: Option<(usize, VecDeque<Due>)> = None;
        let mut why = "nothing comes of it in this state".to_owned();
        for decision in decisions {
            let due = match decision {
                Ok(decision) => Due::all(decision, this.at),
                Err(refusal) => {
                    why = refusal;
                    continue;
                }
            };
            let fitting = due.iter().zip(entries).map_while(|(due, entry)| due.is(entry).ok()).count();
            match due.front() {
                Some(first) if fitting == 0 => {
                    why = first.is(&entries[0]).err().unwrap_or(why);
                    why = format!("the rules come to {}: {why}", first.name());
                }
                Some(_) if best.as_ref().is_none_or(|(most, _)| fitting > *most) => {
                    best = Some((fitting, due));
                }
                Some(_) | None => {}
            }
        }
        let Some((_, mut due)) = best else {
            return Err(format!("the rules do not come to {name} here: {why}"));
        };
        due.pop_front();
        Ok(due)
    }
}
