//! What a view stands on and cannot be read, as callers read it.

use super::problem::ProblemView;
use super::view::view;

view! {
    /// A document that is named by its digest and cannot be read now. What it would say is not known: it is not nothing.
    UnreadableView { document: DocumentRole, /** Whose or which, where there are several of a kind; else empty. */ which: String, digest: String, problem: ProblemView }
}

grace_domain::closed! {
    /// What such a document is for.
    pub enum DocumentRole {
        /// What was submitted.
        Content = "content",
        /// The signed package.
        Manifest = "manifest",
        /// What the package does to one component.
        Plan = "plan",
        /// What the package was found to do, for people.
        Summary = "summary",
        /// One item before or after: the bytes of a file, or a governed document.
        Item = "item",
        /// A definition by which windows judge.
        Definition = "definition",
    }
}
