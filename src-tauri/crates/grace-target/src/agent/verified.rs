//! An agent's own checks of what it is offered: the package's signature, and every approval again.
//!
//! Owns these checks. Never counts approvals: that is [`release_is_approved`].

use grace_domain::core::codes::Code;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::governance::release::{Release as Rests, release_is_approved};
use grace_domain::governance::tally::{Approval, Requester, Requirement};
use grace_domain::statement::{self, ApprovalStatement, Manifest, Verified, bound_digest};

use super::offer::{Package, Registered, Release};
use super::ports::blob;
use crate::blobs::BlobSource;
use crate::fault::TargetFault;
use crate::inspection::Inspection;
use crate::kinds::read_plan;
use crate::target::TargetPlan;

/// Reads and verifies a package against the registered key of the engine.
async fn manifest(
    blobs: &dyn BlobSource,
    component: &Registered,
    package: &Package,
) -> Result<Manifest, TargetFault> {
    let bytes = blob(blobs, &package.package).await?;
    let envelope =
        Envelope::from_json(&bytes).map_err(|e| TargetFault::new(Code::BadSignature, e.to_string()))?;
    let verified: Verified<Manifest> = statement::verify(&envelope, &component.world, &[package.engine_key])
        .map_err(|e| TargetFault::new(e.code(), format!("the package does not verify: {e}")))?;
    let manifest = verified.statement;
    if manifest.update != package.update || manifest.set != package.set {
        return Err(TargetFault::new(Code::WrongDigest, "the package is of another update"));
    }
    if manifest.rollback_plan() != package.rollback_plan {
        return Err(TargetFault::new(
            Code::WrongDigest,
            "the rollback plan is not the one that was approved",
        ));
    }
    Ok(manifest)
}

/// The plan that a package has for this component, checked against what the target manages.
pub(super) async fn planned(
    blobs: &dyn BlobSource,
    component: &Registered,
    package: &Package,
    inspection: &Inspection,
) -> Result<TargetPlan, TargetFault> {
    let manifest = manifest(blobs, component, package).await?;
    let plan = manifest
        .components
        .get(&component.id)
        .ok_or_else(|| TargetFault::new(Code::WrongDigest, "the package does not name this component"))?;
    let document = blob(blobs, &plan.plan).await?;
    let plan = read_plan(plan.before, plan.after, &document)?;
    inspection.target.check(&plan)?;
    Ok(plan)
}

/// Whether the package may be applied: each approval's signature is verified here again, then they are counted.
pub(super) async fn approved(
    blobs: &dyn BlobSource,
    component: &Registered,
    package: &Package,
    release: &Release,
) -> Result<(), TargetFault> {
    let bound = bound_digest(
        package.update.as_str(),
        &package.set,
        &package.package,
        &package.rollback_plan,
        &release.policy_digest,
    );
    let mut approvals = Vec::with_capacity(release.approvals.len());
    for recorded in &release.approvals {
        // One that is bound to something else cannot count; its nonce is used up all the same.
        let counts = recorded.bound == bound && release.people.contains_key(&recorded.person);
        approvals.push(if counts {
            signed(blobs, component, release, recorded).await?
        } else {
            recorded.clone()
        });
    }
    let need = Requirement::of_update(&release.policy, release.update_type, release.risk, release.invertible);
    let rests = Rests {
        need: &need,
        approvals: &approvals,
        people: &release.people,
        requester: Requester { person: &release.submitter, key: &release.submitter_key },
        bound,
    };
    match release_is_approved(rests, release.released) {
        Ok(_) => Ok(()),
        Err(not) => Err(TargetFault::new(not.code(), not.to_string())),
    }
}

/// An approval as its own signature says it; what the log says of it must be the same.
async fn signed(
    blobs: &dyn BlobSource,
    component: &Registered,
    release: &Release,
    recorded: &Approval,
) -> Result<Approval, TargetFault> {
    let envelope = Envelope::from_json(&blob(blobs, &recorded.envelope).await?)
        .map_err(|e| TargetFault::new(Code::BadSignature, e.to_string()))?;
    let keys = release.people.get(&recorded.person).map_or(&[][..], |person| person.keys.as_slice());
    let verified: Verified<ApprovalStatement> = statement::verify(&envelope, &component.world, keys)
        .map_err(|e| TargetFault::new(e.code(), format!("an approval does not verify: {e}")))?;
    let s = &verified.statement;
    let same = s.bound() == recorded.bound
        && s.person == recorded.person
        && s.nonce == recorded.nonce
        && s.decision == recorded.decision
        && verified.key == recorded.key;
    if !same {
        return Err(TargetFault::new(Code::WrongDigest, "an approval says something else than the log"));
    }
    Ok(Approval { expires: recorded.expires.min(s.expires), ..recorded.clone() })
}
