//! The policy in force, as people read it.
//!
//! Owns the operation `policy_show`. Never applies a rule.

use grace_domain::core::canon;
use grace_domain::core::count::counted;
use grace_domain::governance::people::Recovery;
use grace_domain::governance::policy::Policy;

use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::problem::Problem;
use crate::problems::damaged;
use crate::requests::*;
use crate::text::facts::fact;
use crate::text::phrases::duration;
use crate::types::*;

/// The policy with its rules as people read them.
pub(crate) async fn policy_show(ctx: &Context, _: Nothing) -> Result<PolicyView, Problem> {
    let world = ctx.world().await?;
    let policy = world.policy();
    let judged = Rules::now(ctx, policy).await?;
    let limits = policy.limits.keys().map(|metric| fact("limit of the policy", &judged.criterion(metric)));
    let document = canon::to_canonical(policy).map_err(|e| damaged(&e.to_string()))?;
    Ok(PolicyView {
        digest: world.policy_digest().to_hex(),
        version: policy.version,
        document: String::from_utf8_lossy(&document).into_owned(),
        rules: rules(policy).into_iter().chain(limits).chain([recovery(world.recovery())]).collect(),
        required_fields: policy.required_fields.iter().copied().collect(),
    })
}

fn rules(policy: &Policy) -> Vec<FactView> {
    let mut rules = Vec::new();
    for &risk in grace_domain::governance::policy::Risk::ALL {
        let groups: Vec<&str> =
            policy.groups.at(risk).iter().map(grace_domain::core::ids::GroupId::as_str).collect();
        let of = if groups.is_empty() {
            String::new()
        } else {
            format!(", one of each group: {}", groups.join(", "))
        };
        let window = duration(*policy.windows_s.at(risk));
        let text = format!("{}{of}; window {window}", counted(*policy.approvals.at(risk), "approval"));
        rules.push(fact(&format!("risk {}", risk.as_str()), &text));
    }
    for (kind, groups) in &policy.groups_by_type {
        let groups: Vec<&str> = groups.iter().map(grace_domain::core::ids::GroupId::as_str).collect();
        rules.push(fact(
            &format!("type {}", kind.as_str()),
            &format!("one of each group: {}", groups.join(", ")),
        ));
    }
    let required: Vec<&str> = policy.required_fields.iter().map(|field| field.as_str()).collect();
    let required = if required.is_empty() { "a title only".to_owned() } else { required.join(", ") };
    rules.push(fact("a submission must give", &required));
    rules.push(fact("not invertible", &counted(policy.not_invertible_extra, "more approval")));
    rules.push(fact("an approval counts for", &duration(policy.approval_ttl_s)));
    rules.push(fact("a submission lives", &duration(policy.submission_ttl_s)));
    let h = &policy.handshake;
    let quorum = format!(
        "{}, {} of {} within {}",
        counted(h.approvals, "approval"),
        h.quorum,
        counted(h.required.len(), "acknowledger"),
        duration(h.timeout_s)
    );
    rules.push(fact("handshake", &quorum));
    rules.push(fact("who joins is observed for", &duration(h.window_s)));
    rules.push(fact("a document is observed for", &duration(policy.registry_window_s)));
    for freeze in &policy.freezes {
        rules.push(fact("freeze", &format!("{} to {}: {}", freeze.from, freeze.to, freeze.reason)));
    }
    rules
}

/// How many of which keys could give the world new ones.
fn recovery(recovery: Option<&Recovery>) -> FactView {
    let keys = recovery.map(|r| format!("{} of {}", r.threshold, counted(r.keys.len(), "key")));
    fact("recovery", keys.as_deref().unwrap_or("no keys"))
}

#[cfg(test)]
mod tests {
    use grace_domain::crypto::keys::SignerKey;
    use grace_domain::governance::policy::RequiredField;

    use super::*;

    fn value(facts: &[FactView], label: &str) -> String {
        facts.iter().find(|f| f.label == label).map(|f| f.value.clone()).expect("a fact")
    }

    #[test]
    fn it_is_said_what_a_submission_must_give_and_who_could_recover_the_world() {
        let mut policy = Policy::default();
        let must = "a submission must give";
        assert_eq!(value(&rules(&policy), must), "a title only");
        policy.required_fields = [RequiredField::Refs, RequiredField::Description].into();
        assert_eq!(value(&rules(&policy), must), "description, refs");
        let keys = (1..=3).map(|n| SignerKey::from_seed([n; 32]).public()).collect();
        assert_eq!(recovery(Some(&Recovery { keys, threshold: 2 })).value, "2 of 3 keys");
        assert_eq!(recovery(None).value, "no keys");
    }
}
