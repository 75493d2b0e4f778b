-- The log and what stands beside it.
--
-- `entries`, `leaves` and `branches` are the log: the bytes as they were signed for, and for each of them its place in the Merkle
-- tree and in the index. `leaves.hashes` of row N holds the complete subtrees that leaf N completes, from the leaf up
-- (32 bytes each): one row per entry, written once, and any node is found by arithmetic instead of by a key. From 128
-- leaves up they lie in `branches` in the same manner, counted in blocks of 128: that table stays small enough to be
-- remembered whole, so a proof from a million entries reads hardly more pages than one from a thousand. `subject`, `type`
-- and `at` are read from the entry's bytes. The tables are apart so that whoever walks the tree or the index does not
-- drag the bytes along. `head` is one row, moved only by compare-and-swap in the transaction that writes the entries.
--
-- `leaves.mark` stands in the first row of a commit group: a signature over size and root of everything before it, in a
-- form that no verifier takes for a checkpoint. When somebody rewrites entries and recomputes every hash, the first mark
-- that fails says where, and none of them can serve as an older head.
--
-- A durable append costs what its pages cost: a table or an index less here is a page less in every COMMIT.
--
-- All other tables are projections, indexes and conveniences. They can be rebuilt or lost; no decision reads them
-- except to refuse a repetition (`nonces`, `idempotency`).

CREATE TABLE entries (
    seq INTEGER PRIMARY KEY CHECK (seq >= 0),
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE leaves (
    seq INTEGER PRIMARY KEY CHECK (seq >= 0),
    hashes BLOB NOT NULL CHECK (length(hashes) >= 32),
    subject TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    mark BLOB CHECK (length(mark) = 64)
) STRICT;

CREATE INDEX leaves_by_subject ON leaves (subject, seq);

CREATE TABLE branches (
    block INTEGER PRIMARY KEY CHECK (block >= 0),
    hashes BLOB NOT NULL CHECK (length(hashes) >= 32)
) STRICT;

CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    note TEXT NOT NULL,
    epoch INTEGER NOT NULL CHECK (epoch >= 0)
) STRICT;

CREATE TABLE rows (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    component TEXT NOT NULL,
    at INTEGER NOT NULL,
    first_seq INTEGER,
    doc TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

CREATE INDEX rows_by_time ON rows (kind, at, id);
CREATE INDEX rows_by_state ON rows (kind, state, at, id);
CREATE INDEX rows_by_component ON rows (kind, component, at, id);

CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    body BLOB NOT NULL CHECK (length(body) = 32),
    response TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_time ON idempotency (at);

CREATE TABLE nonces (
    nonce TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE samples (
    component TEXT NOT NULL,
    metric TEXT NOT NULL,
    at INTEGER NOT NULL,
    value_micro INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (component, metric, at)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER entries_are_never_updated BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER leaves_are_never_updated BEFORE UPDATE ON leaves
BEGIN SELECT RAISE(ABORT, 'leaves are append-only'); END;
CREATE TRIGGER leaves_are_never_deleted BEFORE DELETE ON leaves
BEGIN SELECT RAISE(ABORT, 'leaves are append-only'); END;
CREATE TRIGGER branches_are_never_updated BEFORE UPDATE ON branches
BEGIN SELECT RAISE(ABORT, 'branches are append-only'); END;
CREATE TRIGGER branches_are_never_deleted BEFORE DELETE ON branches
BEGIN SELECT RAISE(ABORT, 'branches are append-only'); END;
CREATE TRIGGER nonces_are_never_updated BEFORE UPDATE ON nonces
BEGIN SELECT RAISE(ABORT, 'nonces are append-only'); END;
CREATE TRIGGER nonces_are_never_deleted BEFORE DELETE ON nonces
BEGIN SELECT RAISE(ABORT, 'nonces are append-only'); END;
CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON head
BEGIN SELECT RAISE(ABORT, 'the head is never deleted'); END;
