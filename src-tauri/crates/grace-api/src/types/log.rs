//! The log, its proofs and what was found in it, as callers read them.

use grace_domain::core::codes::Code;
use grace_domain::judge::window::Verdict;
use grace_domain::log::{Call, EntryType};

use super::view::{is_zero, view};

view! {
    /// A page of the log, newest first.
    LogListView { entries: Vec<EntryRow>, next: Option<u64>, size: u64 }
    EntryRow { seq: u64, at: String, #[serde(rename = "type")] entry_type: EntryType, subject: String, actor: String, sentence: String, /** What an evaluation found; absent in other entries. */ #[serde(default)] #[serde(skip_serializing_if = "Option::is_none")] #[ts(optional)] verdict: Option<Verdict> }
    LogEntryView { seq: u64, at: String, #[serde(rename = "type")] entry_type: EntryType, subject: String, actor: String, sentence: String, /** The bytes as stored. */ text: String, leaf: String, proof: ProofView }
    ProofView { index: u64, size: u64, leaf: String, root: String, path: Vec<String>, /** Computed here and compared with the checkpoint. */ verified: bool, checkpoint: String, vkey: String }
    CheckpointView { size: u64, root: String, origin: String, text: String, vkey: String }
    /// A proof that the tree of the newest checkpoint continues the tree of `from` entries.
    ConsistencyView { from: u64, size: u64, path: Vec<String>, checkpoint: String, vkey: String }
    LogVerifyView { ok: bool, size: u64, root: String, broken: Vec<BrokenView>, /** Texts that were taken out from beside the log; it holds their digests, and every proof stays valid. Absent when there are none. */ #[serde(default)] #[serde(skip_serializing_if = "is_zero")] #[ts(as = "Option<u64>", optional)] redacted: u64 }
    /// Result of checking an export against a trusted key (`audit verify`).
    AuditView {
        ok: bool,
        world: String,
        origin: String,
        simulation: bool,
        /// Acknowledgers that are played in the world itself: their answers are signed with keys that lie in the world, and
        /// witness nothing that the engine does not.
        simulated: Vec<String>,
        /// Entries that the signed checkpoint covers.
        size: u64,
        root: String,
        /// Keys other than the trusted one that the checkpoint bears lines of, as `name+hash`: nobody checked these lines.
        #[serde(default)] #[serde(skip_serializing_if = "Vec::is_empty")] #[ts(as = "Option<Vec<String>>", optional)] unknown_signers: Vec<String>,
        /// Envelopes whose signatures were checked.
        signatures: u64,
        /// Salted blobs whose digests were checked.
        blobs: u64,
        /// Salted blobs that were redacted from the export; every proof holds without them.
        redacted: u64,
        /// How often the clock was set back; absent when it never was. Times across such a step say nothing of the order of
        /// entries, and durations do not hang on it.
        #[serde(default)]
        #[serde(skip_serializing_if = "is_zero")]
        #[ts(as = "Option<u64>", optional)]
        clock_set_back: u64,
        broken: Vec<BrokenView>,
    }
    BrokenView { seq: Option<u64>, /** What kind of place it is. */ code: Code, reason: String, /** What to do about this kind; absent where only a copy of the world helps. */ #[serde(default)] #[serde(skip_serializing_if = "Option::is_none")] #[ts(optional)] hint: Option<String> }
    /// A fact that happened: sequence, kind and ids only; readers re-read.
    NoticeView { seq: u64, #[serde(rename = "type")] entry_type: EntryType, /** What it calls a person to; absent in most. */ #[serde(default)] #[serde(skip_serializing_if = "Option::is_none")] #[ts(optional)] calls: Option<Call>, subject: String, at: String }
}
