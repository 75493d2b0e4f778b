//! Rule `document.1`: what was applied is what is in force. Reads the working set only.

use grace_domain::core::digest::Digest;
use grace_domain::judge::window::Verdict;
use grace_domain::kinds::content::absent;
use grace_domain::log::Subject;
use grace_domain::world::World;

/// Judges the document that an update changed.
pub(super) fn document_in_force(world: &World, subject: &Subject, applied: Digest) -> (Verdict, String) {
    let Subject::Update(id) = subject else {
        return (Verdict::NoData, format!("nothing of {subject} changes a document"));
    };
    let Some((update, document)) = world.updates().get(id).and_then(|u| Some((u, u.document()?))) else {
        return (Verdict::NoData, format!("update {id} changes no document"));
    };
    let holder = update.components().first().and_then(|id| world.components().get(id));
    match holder.and_then(|c| c.expected(Some(document))) {
        Some(found) if found == applied => {
            let what = if applied == absent() { "out of force" } else { "in force as applied" };
            (Verdict::Healthy, format!("document {document} is {what}"))
        }
        Some(_) => (Verdict::Regressed, format!("document {document} is not in force as applied")),
        None => (Verdict::NoData, format!("the registry of {document} is not there")),
    }
}
