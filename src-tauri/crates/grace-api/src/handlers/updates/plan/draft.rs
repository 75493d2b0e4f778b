//! A draft, read: its members are of their types, whatever may be said of them.
//!
//! Owns that border. Whether the draft may act is asked elsewhere.

use std::collections::BTreeMap;

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, PersonId};
use grace_domain::core::refusal::Refusal;
use grace_domain::governance::policy::Risk;
use grace_domain::kinds::UpdateType;
use serde_json::Value;

use crate::diff::visible;
use crate::problem::Problem;
use crate::requests::*;

/// A draft whose members were read; whether it may act is another question.
pub(crate) struct Draft {
    pub(crate) update_type: UpdateType,
    pub(crate) components: Vec<ComponentId>,
    /// The content document that it stands for, and the bytes that it brought along.
    pub(crate) content: Result<(Value, BTreeMap<Digest, Vec<u8>>), Refusal>,
    pub(crate) created_by: PersonId,
    pub(crate) risk: Risk,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) refs: Vec<String>,
    pub(crate) security_impact: String,
}

impl Draft {
    /// Reads a draft; the first member that does not read refuses it.
    pub(crate) fn read(draft: &UpdateDraft) -> Result<Self, Problem> {
        let word = |name: &str, value: &str| {
            let value: String = value.chars().take(60).collect();
            Problem::new(
                422,
                Code::WrongShape,
                format!("`{}` is no {name}.", visible(&value)),
                "See /api/openapi.json.",
            )
        };
        let update_type = draft.update_type.known().map_err(|found| word("update type", found))?;
        Ok(Self {
            update_type,
            components: draft
                .component_targets
                .iter()
                .map(|id| id.parse().map_err(|_| word("component id", id)))
                .collect::<Result<_, _>>()?,
            content: update_type.document(&draft.content).map(|(document, blobs)| {
                (document, blobs.into_iter().map(|bytes| (Digest::of(&bytes), bytes)).collect())
            }),
            created_by: draft.created_by.parse().map_err(|_| word("person id", &draft.created_by))?,
            risk: draft.risk_level.known().map_err(|found| word("risk level", found))?,
            title: draft.title.trim().to_owned(),
            description: draft.description.clone(),
            refs: draft.refs.iter().map(|r| r.trim().to_owned()).collect(),
            security_impact: draft.security_impact.trim().to_owned(),
        })
    }
}
