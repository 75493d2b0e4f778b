-- Samples of metrics, in a file of their own. The module `samples` says how they come in and move.

CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    origin TEXT NOT NULL,
    compacted INTEGER NOT NULL CHECK (compacted >= 0),
    lost TEXT,
    lost_before_ms INTEGER
) STRICT;

CREATE TABLE series (
    id INTEGER PRIMARY KEY NOT NULL,
    component TEXT NOT NULL,
    metric TEXT NOT NULL,
    UNIQUE (component, metric)
) STRICT;

CREATE TABLE pending (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    samples INTEGER NOT NULL CHECK (samples > 0),
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE chunks (
    series INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL CHECK (last_ms >= first_ms),
    bytes BLOB NOT NULL,
    PRIMARY KEY (series, first_ms)
) STRICT, WITHOUT ROWID;

CREATE INDEX chunks_by_end ON chunks (last_ms);
