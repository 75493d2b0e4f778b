//! Every bound of the product, by name and with its unit.
//!
//! Owns the numbers. Never enforces one: the module that reads, allocates or waits does, before it does so.
//! A length is in bytes, a duration in the unit its name ends with, the rest are counts.

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

// Log and signed documents

/// One log entry, canonical JSON: the largest names every component of an update and every series of its window.
pub const ENTRY_BYTES: usize = 512 * KIB;
/// A DSSE envelope as JSON. Base64 makes 1 MiB of payload 1.34 MiB of text.
pub const ENVELOPE_BYTES: usize = 2 * MIB;
/// Signatures in one DSSE envelope; more than anyone needs, few enough to try all keys on each.
pub const SIGNATURES_PER_ENVELOPE: usize = 16;
/// Key id hint in a DSSE signature.
pub const KEYID_BYTES: usize = 256;
/// Payload type of a DSSE envelope.
pub const PAYLOAD_TYPE_BYTES: usize = 128;
/// A signed checkpoint with its signature lines.
pub const CHECKPOINT_BYTES: usize = 8 * KIB;
/// Signature lines on one checkpoint: the log's own and those of its witnesses.
pub const CHECKPOINT_SIGNATURES: usize = 16;
/// Origin of a log, which is also its key name.
pub const ORIGIN_BYTES: usize = 255;
/// Nesting of arrays and objects in any JSON that is read.
pub const JSON_DEPTH: usize = 32;
/// Nodes in an inclusion or consistency proof: a tree of 2^64 leaves needs 64, its consistency 65.
pub const PROOF_NODES: usize = 65;

// HTTP and the engine's inbox

/// Body of an HTTP request, blob uploads excepted.
pub const BODY_BYTES: usize = MIB;
/// A body that declares its length and says what an update of many files brings.
pub const LARGE_BODY_BYTES: usize = 64 * MIB;
/// Bodies over [`BODY_BYTES`] that are held in memory at a time.
pub const LARGE_BODIES: usize = 2;
/// HTTP connections open at once.
pub const HTTP_CONNECTIONS: usize = 1024;
/// Connections of one token, out of those: nobody takes all the places.
pub const HTTP_CONNECTIONS_PER_TOKEN: usize = 8;
/// Event streams of one token, out of its connections: what is left is for acts and questions.
pub const HTTP_STREAMS_PER_TOKEN: usize = HTTP_CONNECTIONS_PER_TOKEN - 2;
/// How long a request waits for a place of its token: a connection that was just closed gives its place back.
pub const HTTP_PLACE_WAIT_MS: u64 = 1000;
/// Reading the head of an HTTP request.
pub const HTTP_HEADER_TIMEOUT_S: u64 = 10;
/// A caller that takes nothing of its answer.
pub const HTTP_STALLED_TIMEOUT_S: u64 = 10;
/// Answering one HTTP request, streams and blob uploads excepted.
pub const HTTP_REQUEST_TIMEOUT_S: u64 = 30;
/// The first answer of an engine to whoever looks for it.
pub const HTTP_SILENCE_TIMEOUT_S: u64 = 10;
/// Uploading one blob.
pub const HTTP_UPLOAD_TIMEOUT_S: u64 = 600;
/// `Idempotency-Key` header.
pub const IDEMPOTENCY_KEY_BYTES: usize = 128;
/// A `nonce` in a signed statement.
pub const NONCE_BYTES: usize = 128;
/// Event streams open at once.
pub const EVENT_STREAMS: usize = 512;
/// Inputs that the owner decides and commits as one group.
pub const INBOX_GROUP: usize = 1024;
/// Turns without a new message after which a group is closed, when the group before had so many members: where several
/// speak, the others get turns to say what they are about to say; a lone caller waits for nobody.
pub const fn inbox_quiet_turns(group_before: usize) -> usize {
    if group_before > 1 { 4 } else { 1 }
}
/// Inputs that wait for the owner; more are answered `busy`.
pub const INBOX_WAITING: usize = 4096;
/// Notices kept for a slow reader, who re-reads when it falls behind.
pub const NOTICES_WAITING: usize = 1024;
/// Rows of one page of any list.
pub const PAGE_ROWS: usize = 500;
/// Text of a search over the log.
pub const SEARCH_BYTES: usize = 200;

// Packages and targets

/// All blobs of one package together.
pub const PACKAGE_BYTES: u64 = 256 * 1024 * 1024;
/// One file of a package or of managed content.
pub const FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Files of one update, removals included.
pub const FILES_PER_UPDATE: usize = 100_000;
/// Managed files of one target.
pub const FILES_PER_TARGET: usize = 100_000;
/// A managed path, whole.
pub const PATH_BYTES: usize = 255;
/// Segments of a managed path.
pub const PATH_DEPTH: usize = 16;
/// Globs that say what of a target is managed.
pub const GLOBS_PER_TARGET: usize = 64;
/// One glob.
pub const GLOB_BYTES: usize = 255;
/// A YAML document.
pub const YAML_BYTES: usize = 256 * KIB;
/// Nesting of a YAML document.
pub const YAML_DEPTH: usize = 32;
/// Diff text shown for one item; the rest is counted, not shown.
pub const DIFF_BYTES: usize = 256 * KIB;
/// Lines of an item up to which its diff is computed line by line.
pub const DIFF_LINES: usize = 20_000;
/// Items that one answer lists or compares; it says how many more there are.
pub const ITEMS_SHOWN: usize = 500;

// Updates, people and components

/// Components that one update may change.
pub const COMPONENTS_PER_UPDATE: usize = 1024;
/// Tickets that one update names.
pub const REFS_PER_UPDATE: usize = 32;
/// Title of an update.
pub const TITLE_BYTES: usize = 200;
/// Reason of a denial, roll back, keep, adopt or restore.
pub const REASON_BYTES: usize = 4000;
/// Id of a component, person, group or metric.
pub const ID_BYTES: usize = 64;
/// Name of a person or component for the screen.
pub const NAME_BYTES: usize = 120;
/// Persons of one policy.
pub const PERSONS: usize = 256;
/// Keys registered for one person, revoked ones included.
pub const KEYS_PER_PERSON: usize = 32;
/// Components of one world.
pub const COMPONENTS: usize = 10_000;
/// Updates of one world that have not ended.
pub const OPEN_UPDATES: usize = 1024;
/// Handshakes of one world that have not ended.
pub const OPEN_HANDSHAKES: usize = 1024;
/// Approvals of one update or handshake, void ones included. The one denial that ends it comes on top.
pub const APPROVALS_PER_UPDATE: usize = 256;
/// How far the clock of whoever signs may be ahead.
pub const STATEMENT_SKEW_S: u64 = 300;
/// A clock may be slewed backwards by this much between two looks at it without having been set, ms.
pub const CLOCK_HELD_BACK_MS: i64 = 1_000;
/// Life of an approval.
pub const APPROVAL_LIFE_MAX_S: u64 = 30 * 24 * 3600;
/// Capabilities that a component declares.
pub const CAPABILITIES: usize = 64;
/// Metrics that a component declares.
pub const METRICS_PER_COMPONENT: usize = 64;
/// Components without which a component does not work, as it declares them.
pub const DEPENDENCIES_PER_COMPONENT: usize = 64;
/// Secrets that a component declares, by name.
pub const SECRETS_PER_COMPONENT: usize = 64;
/// Subsystems that acknowledge a handshake.
pub const ACKNOWLEDGERS: usize = 32;
/// Adjustments that one acknowledgement carries.
pub const ADJUSTMENTS_PER_ACK: usize = 32;
/// Acks, duplicates and late ones included, that are logged for one handshake.
pub const ACKS_PER_HANDSHAKE: usize = 256;
/// Waiting for the quorum of a handshake; the policy's default is 60 s.
pub const QUORUM_TIMEOUT_MAX_S: u64 = 24 * 3600;
/// Freezes and maintenance windows of one policy.
pub const CALENDAR_RULES: usize = 128;

// Commands on targets

/// Arguments of one command, the program included.
pub const COMMAND_ARGS: usize = 32;
/// One argument of a command.
pub const COMMAND_ARG_BYTES: usize = 4096;
/// Longest timeout of one command.
pub const COMMAND_TIMEOUT_MAX_S: u64 = 600;
/// Output of a command that is kept; the rest is counted and dropped.
pub const OUTPUT_BYTES: usize = 64 * KIB;
/// Answer of an HTTP probe that is read.
pub const PROBE_ANSWER_BYTES: usize = 64 * KIB;
/// Address space of a sandboxed check.
pub const CHECK_MEMORY_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Processes and threads of a sandboxed check.
pub const CHECK_PROCESSES: u64 = 256;
/// One file written by a sandboxed check.
pub const CHECK_FILE_BYTES: u64 = 256 * 1024 * 1024;

// Observation

/// How far ahead of this clock a sample's time may be, ms.
pub const SAMPLE_AHEAD_MS: i64 = 2_000;
/// Observations that one sample stands for: it must not outweigh every other for as long as it is fresh.
pub const SAMPLE_OBSERVATIONS: u32 = 1_000_000;
/// Samples of one push.
pub const SAMPLES_PER_PUSH: usize = 1000;
/// Samples that wait to be written; of a push that would be one more, none is taken.
pub const SAMPLES_WAITING: usize = 64 * 1024;
/// Points of one chart series, min and max per bucket.
pub const CHART_POINTS: usize = 2000;
/// Life of samples.
pub const SAMPLES_LIFE_S: u64 = 90 * 24 * 3600;
/// How long the answer to a repeated request is kept. A signed statement is refused for ever, by the log.
pub const ANSWERS_LIFE_S: u64 = 30 * 24 * 3600;
/// Shortest observation window that a policy may set.
pub const WINDOW_MIN_S: u64 = 1;
/// Longest observation window that a policy may set.
pub const WINDOW_MAX_S: u64 = 30 * 24 * 3600;
/// Series that one window watches; they stand in one entry.
pub const SERIES_PER_WINDOW: usize = 2048;
/// Time between two samples of a metric.
pub const METRIC_INTERVAL_MAX_S: u32 = 3600;
/// How far before a change a baseline reaches back.
pub const BASELINE_MAX_S: u64 = 30 * 24 * 3600;
/// A governed document of a registry, canonical JSON.
pub const DOCUMENT_BYTES: usize = 64 * KIB;
/// Documents in force in one registry.
pub const DOCUMENTS_PER_REGISTRY: usize = 1_000;
/// An evaluation is logged at least this often although its verdict stays.
pub const EVALUATION_LOGGED_EVERY_S: u64 = 15 * 60;
/// Entries of a component after which its state is written as a snapshot: what a start reads of it at most, but while it
/// is not active.
pub const COMPONENT_SNAPSHOT_ENTRIES: u64 = 64;
