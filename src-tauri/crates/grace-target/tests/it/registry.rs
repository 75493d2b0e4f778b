//! A registry: what its digests are of, what a change of a document may be, and that nothing but the log changes it.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::DocumentId;
use grace_domain::kinds::content::{Content, DocumentEdit, FileEdit};
use grace_target::hook::no_hook;
use grace_target::{Documents, LogView, Target, TargetPlan, TargetSpec, Workbench, read_observed, read_plan};

use crate::support::{Blobs, id, managed_path};

fn document(name: &str) -> DocumentId {
    name.parse().unwrap()
}

fn absent() -> Digest {
    Digest::of(b"")
}

/// Two documents in force, and the bytes of a third.
struct Held {
    blobs: Blobs,
    documents: Documents,
    new: Digest,
}

impl Held {
    fn new() -> Self {
        let blobs = Blobs::default();
        let documents = [
            (document("error_rate"), blobs.keep(b"{\"worse\":\"higher\"}")),
            (document("latency"), blobs.keep(b"{\"unit\":\"ms\"}")),
        ];
        let new = blobs.keep(b"{\"worse\":\"lower\"}");
        Self { blobs, documents: documents.into(), new }
    }

    fn open(&self, about: Option<&str>) -> Box<dyn Target> {
        let log = LogView { documents: self.documents.clone(), document: about.map(document) };
        TargetSpec::parse("kind: registry").unwrap().open(&log).unwrap()
    }

    async fn plan(&self, name: &str, new: Option<Digest>) -> Result<TargetPlan, Code> {
        let target = self.open(Some(name));
        let now = target.inspect().await.unwrap();
        let wanted = Content::Document(DocumentEdit { id: document(name), new });
        target.plan(&now, &wanted).await.map_err(|e| e.code())
    }
}

#[tokio::test]
async fn the_digest_of_one_document_is_that_of_its_bytes_and_of_nothing_when_it_is_not_in_force() {
    let held = Held::new();
    let one = held.open(Some("error_rate")).inspect().await.unwrap();
    assert_eq!(one.digest, held.documents[&document("error_rate")]);
    assert_eq!(one.items.len(), 1);
    assert_eq!(held.open(Some("unknown")).inspect().await.unwrap().digest, absent());
    let all = held.open(None).inspect().await.unwrap();
    assert_eq!(all.contents().len(), 2);
    assert!(![absent(), one.digest].contains(&all.digest));
    for observed in [one, all] {
        assert_eq!(read_observed(&observed.document).unwrap(), observed);
    }
}

#[tokio::test]
async fn a_document_is_added_changed_and_removed_and_each_is_reverted() {
    let held = Held::new();
    let old = held.documents[&document("error_rate")];
    for (name, new, before, after) in [
        ("error_rate", Some(held.new), old, held.new),
        ("error_rate", None, old, absent()),
        ("drops", Some(held.new), absent(), held.new),
    ] {
        let plan = held.plan(name, new).await.unwrap();
        assert_eq!((plan.before, plan.after), (before, after), "{name}");
        assert_eq!(
            read_plan(before, after, &plan.document).unwrap(),
            plan,
            "{name}: as it stands in a package"
        );
        let target = held.open(Some(name));
        let bench = Workbench { blobs: &held.blobs, scratch: std::path::Path::new("/nowhere"), clock: &|| 0 };
        assert!(target.rehearse(&plan, bench).await.unwrap().proves(before, after), "{name}");
        assert_eq!(target.apply(&plan, &id(), &held.blobs, &no_hook).await.unwrap(), after, "{name}");
        assert_eq!(target.inspect().await.unwrap().digest, after, "{name}: as the receipt will leave it");
        assert_eq!(
            held.open(Some(name)).inspect().await.unwrap().digest,
            before,
            "{name}: until then as the log says"
        );
        assert_eq!(
            target.apply(&plan, &id(), &held.blobs, &no_hook).await.unwrap(),
            after,
            "{name}: a second time"
        );
        assert_eq!(target.revert(&plan, &id(), &held.blobs, &no_hook).await.unwrap(), before, "{name}");
    }
}

#[tokio::test]
async fn other_documents_of_the_holder_neither_hinder_a_change_nor_are_changed_by_it() {
    let mut held = Held::new();
    let plan = held.plan("error_rate", Some(held.new)).await.unwrap();
    held.documents.insert(document("latency"), held.blobs.keep(b"{\"unit\":\"s\"}"));
    let whole = held.open(None);
    whole.apply(&plan, &id(), &held.blobs, &no_hook).await.unwrap();
    let latency = whole.read("latency", &held.blobs).await.unwrap().unwrap();
    assert_eq!(latency, b"{\"unit\":\"s\"}");
}

#[tokio::test]
async fn what_is_in_force_must_be_one_of_the_two_sides() {
    let mut held = Held::new();
    let plan = held.plan("error_rate", Some(held.new)).await.unwrap();
    held.documents.insert(document("error_rate"), held.blobs.keep(b"{}"));
    let target = held.open(Some("error_rate"));
    for tried in [
        target.apply(&plan, &id(), &held.blobs, &no_hook).await,
        target.revert(&plan, &id(), &held.blobs, &no_hook).await,
    ] {
        assert_eq!(tried.unwrap_err().code(), Code::DriftDetected);
    }
}

#[tokio::test]
async fn what_is_no_change_of_this_document_is_refused() {
    let held = Held::new();
    assert_eq!(held.plan("drops", None).await, Err(Code::PlanEmpty));
    let same = held.documents[&document("error_rate")];
    assert_eq!(held.plan("error_rate", Some(same)).await, Err(Code::PlanEmpty));
    let plan = held.plan("error_rate", Some(held.new)).await.unwrap();
    let other = held.open(Some("latency"));
    assert_eq!(other.check(&plan).unwrap_err().code(), Code::PlanContradiction);
    let turned = TargetPlan { before: plan.after, after: plan.before, ..plan.clone() };
    assert_eq!(held.open(None).check(&turned).unwrap_err().code(), Code::PlanContradiction);
    let files = Content::Files(vec![FileEdit::Remove { path: managed_path("a.conf") }]);
    let now = other.inspect().await.unwrap();
    assert_eq!(other.plan(&now, &files).await.unwrap_err().code(), Code::ContentNotTaken);
    assert_eq!(other.reaches(&files).await.unwrap_err().code(), Code::ContentNotTaken);
    held.blobs.0.lock().unwrap().remove(&held.new);
    let target = held.open(Some("error_rate"));
    let error = target.apply(&plan, &id(), &held.blobs, &no_hook).await.unwrap_err();
    assert_eq!(error.code(), Code::BlobMissing);
}

#[test]
fn a_document_of_a_plan_that_is_none_is_not_read() {
    let digest = absent();
    let path = r#"{"kind":"directory","files":[{"path":"../a","old":null,"new":null}]}"#;
    let dir = r#"{"kind":"directory","files":[],"make_dirs":["/etc"]}"#;
    for (text, code) in [
        ("", Code::TargetDocument),
        ("[]", Code::TargetDocument),
        (r#"{"kind":"elsewhere"}"#, Code::TargetDocument),
        (r#"{"kind":"directory"}"#, Code::TargetDocument),
        (r#"{"kind":"directory","files":[],"more":1}"#, Code::TargetDocument),
        (r#"{"kind":"registry","document":"../a","old":null,"new":null}"#, Code::TargetDocument),
        (r#"{"kind":"registry","document":"a","old":null,"new":null}"#, Code::PlanEmpty),
        (path, Code::BadPath),
        (dir, Code::BadPath),
    ] {
        assert_eq!(read_plan(digest, digest, text.as_bytes()).unwrap_err().code(), code, "{text}");
    }
}
