//! Every table of a world's databases: who may rely on it, and what proves it.
//!
//! Owns that list, which a test holds against the schema: a table or an index that is not in it fails. Whoever can write
//! the file writes any of them; what is decided is decided by what is proved.

/// What a row of a table is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// The log itself: decisions rest on it, and every read of it is checked.
    Log,
    /// It spares work. A row that is missing, stale or invented loses time or progress, or is noticed; it allows nothing.
    Help,
    /// It is shown and never decided on.
    Display,
    /// It is believed as it stands.
    Believed,
}

/// A file that holds tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Database {
    /// `grace.db`.
    Log,
    /// `samples.db`.
    Samples,
}

/// One table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableInfo {
    /// Where it lies.
    pub database: Database,
    /// As the schema names it.
    pub name: &'static str,
    /// Indexes of its own, those that SQLite makes for a key excepted.
    pub indexes: &'static [&'static str],
    /// What a row of it is worth.
    pub worth: Worth,
    /// Who relies on it, and for what.
    pub relied_on: &'static str,
    /// What proves it, or why nothing must.
    pub proof: &'static str,
}

/// All tables, in the order of the migrations of each database.
pub const TABLES: [TableInfo; 16] = [
    TableInfo {
        database: Database::Log,
        name: "entries",
        indexes: &[],
        worth: Worth::Log,
        relied_on: "every decision, by way of the working set and of ended aggregates",
        proof: "the hash of each row is a leaf of the tree under the signed head",
    },
    TableInfo {
        database: Database::Log,
        name: "leaves",
        indexes: &["leaves_by_subject"],
        worth: Worth::Log,
        relied_on: "reads by subject, which its index leads; proofs, by its hashes",
        proof: "hashes: the signed head. subject, type, at: the entry's bytes, at each read. The index: compared with the \
                entries by a start and by `log verify`; each read by subject goes back along `prev` and ends at the newest \
                entry that the walk and the commits since know. mark: its own signature; it only narrows down where a \
                rewritten log was rewritten, and a missing one makes that place wider",
    },
    TableInfo {
        database: Database::Log,
        name: "branches",
        indexes: &[],
        worth: Worth::Log,
        relied_on: "proofs, and the second root of each commit",
        proof: "the signed head: a proof or a root from other nodes does not come out",
    },
    TableInfo {
        database: Database::Log,
        name: "head",
        indexes: &[],
        worth: Worth::Log,
        relied_on: "the start, and every proving read",
        proof: "size and root: the log key's signature in its note, and the pin outside the database. epoch: only counts \
                who writes; another one refuses the group",
    },
    TableInfo {
        database: Database::Log,
        name: "rows",
        indexes: &["rows_by_time", "rows_by_state", "rows_by_component"],
        worth: Worth::Display,
        relied_on: "lists and counts on screens",
        proof: "`log verify` makes every row anew from the log and compares, and has SQLite compare the indexes with the table",
    },
    TableInfo {
        database: Database::Log,
        name: "idempotency",
        indexes: &["idempotency_by_time"],
        worth: Worth::Help,
        relied_on: "the answer to a request that is repeated under the same key",
        proof: "the envelope of the request must be the one that the entry stands on which the answer names; without a row \
                the statement itself is refused as used",
    },
    TableInfo {
        database: Database::Log,
        name: "nonces",
        indexes: &[],
        worth: Worth::Help,
        relied_on: "the early refusal of a statement that was handed in before",
        proof: "the entries of its subject refuse it again; `log verify` finds a row that is missing",
    },
    TableInfo {
        database: Database::Log,
        name: "texts",
        indexes: &[],
        worth: Worth::Display,
        relied_on: "titles, reasons and sentences on screens and in exports",
        proof: "the digest in the entry; another text is read as redacted, and named by `log verify`",
    },
    TableInfo {
        database: Database::Log,
        name: "open",
        indexes: &[],
        worth: Worth::Help,
        relied_on: "the start, which loads what it names",
        proof: "the walk at the start: an aggregate that is open by its entries and not loaded closes the log; one that it \
                names and that has ended is dropped",
    },
    TableInfo {
        database: Database::Log,
        name: "window_progress",
        indexes: &[],
        worth: Worth::Help,
        relied_on: "a restart, which goes on counting a window there",
        proof: "the log key's signature over subject, last logged evaluation, time and counters; an older row of the same \
                evaluation loses progress",
    },
    TableInfo {
        database: Database::Log,
        name: "_sqlx_migrations",
        indexes: &[],
        worth: Worth::Help,
        relied_on: "the start, which applies migrations that are missing",
        proof: "checksums of the migrations that this release knows; and the schema that they make is compared, whatever \
                this table says",
    },
    TableInfo {
        database: Database::Samples,
        name: "state",
        indexes: &[],
        worth: Worth::Believed,
        relied_on: "the opening, which uses no file of another log; reads, which take as pending what it does not say is moved; \
                    the doctor, for why there are no samples from before",
        proof: "nothing, as for the samples themselves",
    },
    TableInfo {
        database: Database::Samples,
        name: "series",
        indexes: &[],
        worth: Worth::Believed,
        relied_on: "every read of samples, for what they are of",
        proof: "nothing, as for the samples themselves",
    },
    TableInfo {
        database: Database::Samples,
        name: "pending",
        indexes: &[],
        worth: Worth::Believed,
        relied_on: "windows, which judge by the samples in it until they are moved; charts",
        proof: "nothing before they are judged: whoever writes the file can make metrics look well, as whoever holds the \
                token for pushing them can. A checksum finds what a disk forgot. The digest of what was judged stands in \
                each logged evaluation",
    },
    TableInfo {
        database: Database::Samples,
        name: "chunks",
        indexes: &["chunks_by_end"],
        worth: Worth::Believed,
        relied_on: "windows, which judge by the samples in it; charts; the index: forgetting",
        proof: "as `pending`",
    },
    TableInfo {
        database: Database::Samples,
        name: "_sqlx_migrations",
        indexes: &[],
        worth: Worth::Believed,
        relied_on: "the opening, which applies migrations that are missing",
        proof: "as in the database of the log; a file that differs is not used, and no sample read",
    },
];
