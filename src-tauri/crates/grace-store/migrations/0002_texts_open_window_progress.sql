-- What stands beside the log since entries hold facts and digests only.
--
-- `texts` holds the salted blobs that an entry names (titles, reasons, sentences), one per line, in the row of the
-- entry; written in the entry's own transaction. A line may be taken out: the entry and every proof stay valid, and
-- readers say that it was redacted. What is there must have the digest that the entry names.
--
-- `open` names the aggregates that must be loaded at a start, so that a start does not grow with the log. It is moved in
-- the transaction of the entries that open and end them, and is no projection for display: what an aggregate is comes
-- from its own entries. The row `world` says that the list is complete; without it the list is made again from the log.
--
-- `window_progress` holds the counters of an observation window between two logged evaluations. It is bound to the last
-- logged one and never believed beyond the time that has really gone by; a missing or stale row only loses progress.

CREATE TABLE texts (
    seq INTEGER PRIMARY KEY CHECK (seq >= 0),
    lines BLOB NOT NULL
) STRICT;

CREATE TABLE open (
    subject TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE window_progress (
    subject TEXT PRIMARY KEY,
    evaluation BLOB NOT NULL CHECK (length(evaluation) = 32),
    at INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
