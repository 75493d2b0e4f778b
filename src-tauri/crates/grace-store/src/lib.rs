//! grace-store: the memory. One world's log, Merkle tree, projections, samples and blobs on one disk.
//!
//! Owns every file of a world directory ([`layout`]) and all SQL of our own tables. Never decides anything, never
//! reads a clock, and never reports a fact that is not durable.
//!
//! Reading order: [`layout`], [`open`], [`journal`] (one writer, group commit), `commit` (the one commit point and its crash
//! reasoning), [`reader`], [`verify`]; [`tables`] says what each table is worth.

pub mod blobs;
mod commit;
mod db;
mod entry_head;
pub mod faults;
pub mod group;
mod insert;
mod integrity;
pub mod journal;
pub mod keyfile;
pub mod layout;
mod lists;
pub mod lock;
mod marks;
mod newest;
pub mod open;
pub mod open_aggregates;
mod packed;
mod pin;
mod probe;
mod read_error;
pub mod reader;
mod repetitions;
pub mod row_filter;
mod rows;
pub mod sample;
mod sample_journal;
mod samples;
pub mod sealed_texts;
pub mod search;
pub mod stream;
mod structure;
pub mod tables;
mod tree;
pub mod verify;
mod wal;
pub mod window_progress;
mod writer;

pub use blobs::{BlobError, Blobs};
pub use group::{AppendError, Committed, Group, Idempotency, NewEntry, Refusal};
pub use journal::Journal;
pub use layout::World;
pub use lock::WorldLock;
pub use newest::NewestEntry;
pub use open::{Integrity, Landed, OpenError, OpenMode, WorldInit};
pub use reader::{Entry, Head, ReadError, Reader};
pub use row_filter::RowFilter;
pub use sample::Sample;
pub use samples::SamplesReport;
pub use search::{SearchFilter, SearchPage};
pub use verify::{Break, LogReport, verify_dir, verify_log};
pub use window_progress::WindowProgress;
