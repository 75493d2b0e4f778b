//! Metric samples: what windows are judged by and charts show. Not log content: an evaluation logs the digest of what it
//! saw. They have a database of their own, `samples.db`, so that taking them in never holds the log's writer.
//!
//! **In.** Whoever hands samples in hands in all that came meanwhile, of any number of series ([`writer`]). Each such batch is
//! one row of `pending` and one COMMIT, whatever it holds; it is answered after that, so that a kill at any moment loses
//! only what was not answered. When `pending` holds enough, one transaction moves all of it into `chunks` ([`compaction`]):
//! up to 240 samples of one series each, the open chunk of a series rewritten with what came since. A late sample is put
//! where it belongs, and samples of one moment become one, weighted by what they stand for: none can wipe another out.
//!
//! **Out.** A read takes the chunks of its span and what is pending, in one snapshot ([`read`]). What is pending is remembered by
//! the readers as they see it in the database, up to the row that was compacted last; nobody tells them of it, so that a
//! reader beside the engine reads the same.
//!
//! **Form.** Times as differences of differences, values and counts as differences, as varints, with a checksum behind them
//! ([`codec`]): some five bytes a sample. Gorilla's form (`tsz` and its like) is for floating point and those crates are not
//! kept up; `pco` and `q_compress` are made for thousands of numbers at once. Ours are integers, 240 at a time.
//!
//! **Damage.** A file that is missing when a world is opened is made anew, and says so itself until nobody could miss anything
//! any more. One that is not ours or does not hold together is left as it is: nothing is taken in, every read is an error,
//! and the doctor says why ([`report`]). No data is never the answer for what could not be read.
//!
//! Never reads a clock: whoever prunes says up to when, whoever hands in says how often.

mod codec;
mod compaction;
mod database;
mod merge;
mod read;
mod report;
pub(crate) mod tail;
mod writer;

pub use report::SamplesReport;
pub(crate) use writer::Samples;
