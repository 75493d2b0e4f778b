//! Work that takes longer than a request.

pub(crate) mod evidence_check;
pub(crate) mod run;
pub(crate) mod table;
