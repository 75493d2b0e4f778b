//! Texts that were redacted beside the log: how many, and which projection rows differ from it for no other reason. The
//! log holds their digests, so every proof stays valid without them.
//!
//! Owns the difference between a row that still shows such texts and one that says something else. Where texts are
//! redacted, nobody can say any more whether a row shows the ones that were there; everywhere else a row must be what
//! the log says.

use super::difference::Difference;
use crate::recovery;
use crate::recovery_error::RecoveryError;
use crate::rows::rows;
use grace_domain::core::sealed_text::REDACTED;
use grace_domain::log::Subject;
use grace_domain::row::Row;
use grace_domain::world::{Genesis, World};
use grace_store::Reader;
use serde_json::Value;
use std::collections::BTreeSet;

/// What was found of the texts beside the log.
#[derive(Debug)]
pub struct Redactions {
    /// Texts whose digests stand in the log, and which are not there.
    pub texts: u64,
    /// Differences of projection rows that are nothing but such texts.
    explained: Vec<Difference>,
}

impl Redactions {
    /// Whether a difference is nothing but texts that are not there.
    pub fn explains(&self, difference: &Difference) -> bool {
        self.explained.contains(difference)
    }
}

/// What so many texts that are not there, of entries of these subjects, explain.
pub(super) async fn of(
    reader: &Reader,
    (texts, subjects): (u64, BTreeSet<Subject>),
) -> Result<Redactions, RecoveryError> {
    let mut found = Redactions { texts, explained: Vec::new() };
    if !subjects.is_empty() {
        let genesis = recovery::genesis(reader).await?;
        for subject in subjects {
            explain(reader, &genesis, subject, &mut found.explained).await?;
        }
    }
    Ok(found)
}

/// Makes the rows of a subject from its own entries, and compares them but for the texts that are redacted.
async fn explain(
    reader: &Reader,
    genesis: &Genesis,
    subject: Subject,
    explained: &mut Vec<Difference>,
) -> Result<(), RecoveryError> {
    let mut world = World::new(genesis.clone());
    for recorded in recovery::entries_of(reader, &subject.to_string()).await? {
        world.evolve(&recorded);
    }
    for wanted in rows(&world, &BTreeSet::from([subject])) {
        let stored = reader.row(wanted.kind, &wanted.id).await?;
        if stored.is_some_and(|stored| stored != wanted && same_but_for_texts(&wanted, &stored)) {
            explained.push(Difference {
                seq: Some(wanted.first_seq),
                reason: format!("projection {} {} is not what the log says", wanted.kind.as_str(), wanted.id),
            });
        }
    }
    Ok(())
}

fn same_but_for_texts(wanted: &Row, stored: &Row) -> bool {
    let [Ok(a), Ok(b)] = [&wanted.doc, &stored.doc].map(|doc| serde_json::from_str::<Value>(doc)) else {
        return false;
    };
    let other = Row { doc: wanted.doc.clone(), ..stored.clone() };
    other == *wanted && fits(&a, &b)
}

/// Whether `stored` is `wanted` but for what stands in the place of texts that are redacted.
fn fits(wanted: &Value, stored: &Value) -> bool {
    match (wanted, stored) {
        (Value::String(a), Value::String(b)) => reads_like(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| fits(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| fits(a, b)))
        }
        (a, b) => a == b,
    }
}

/// The same text, where each [`REDACTED`] of the first stands for anything in the second.
fn reads_like(wanted: &str, stored: &str) -> bool {
    let parts: Vec<&str> = wanted.split(REDACTED).collect();
    let [first, middle @ .., last] = parts.as_slice() else { return wanted == stored };
    let Some(mut rest) = stored.strip_prefix(first) else { return false };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{fits, reads_like};
    use serde_json::json;

    #[test]
    fn only_what_is_redacted_stands_for_anything() {
        for (wanted, stored, same) in [
            ("Raise a", "Raise a", true),
            ("Raise a", "Raise b", false),
            ("Raise a", "Raise a and b", false),
            ("", "invented", false),
            ("(redacted)", "whatever it was", true),
            ("ann: (redacted)", "ann: not now", true),
            ("ann: (redacted)", "bob: not now", false),
            ("(redacted); (redacted).", "one; two.", true),
            ("(redacted); (redacted).", "one, two.", false),
        ] {
            assert_eq!(reads_like(wanted, stored), same, "{wanted} / {stored}");
        }
        let wanted = json!({ "title": "(redacted)", "reason": null, "reasons": ["(redacted)"] });
        assert!(fits(&wanted, &json!({ "title": "A", "reason": null, "reasons": ["x"] })));
        for other in [
            json!({ "title": "A", "reason": "invented", "reasons": ["x"] }),
            json!({ "title": "A", "reason": null, "reasons": ["x", "invented"] }),
            json!({ "title": "A", "reason": null, "reasons": ["x"], "note": "invented" }),
            json!({ "title": 1, "reason": null, "reasons": ["x"] }),
        ] {
            assert!(!fits(&wanted, &other), "{other}");
        }
    }
}
