// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.

/**
 * A signed act by its word.
 */
export type ActName = "submit" | "approve" | "handshake_approve" | "handshake_request" | "ack" | "withdraw" | "retry" | "keep" | "rollback" | "review" | "adopt" | "restore";

/**
 * The word of an action.
 */
export type ActionName = "submit" | "approve" | "deny" | "withdraw" | "retry" | "keep" | "rollback" | "review" | "adopt" | "restore";

/**
 * What a simulated subsystem does when it shall acknowledge.
 */
export type Behaviour = "ack" | "nack" | "silent" | "duplicate" | "wrong_key";

/**
 * What an entry calls a person to.
 */
export type Call = "approve" | "handshake_approve" | "rollback" | "rollback_failed" | "held";

/**
 * What a check of the doctor is about.
 */
export type CheckName = "log" | "database" | "samples" | "engine" | "parts" | "writing" | "acknowledgers" | "approvals" | "target" | "documents" | "rollback_content";

/**
 * Why.
 */
export type Code = "activate_failed" | "activity_range" | "after_denial" | "apply_panicked" | "approval_expired" | "bad_answer" | "bad_blob" | "bad_checkpoint" | "bad_cursor" | "bad_directory" | "bad_document" | "bad_envelope" | "bad_event_id" | "bad_file_argument" | "bad_file_name" | "bad_idempotency_key" | "bad_mode" | "bad_name" | "bad_owner" | "bad_path" | "bad_person_name" | "bad_policy" | "bad_recovery" | "bad_request_file" | "bad_sample" | "bad_signature" | "bad_url" | "bad_vkey" | "blob_differs" | "blob_malformed" | "blob_missing" | "blob_store" | "blob_unnamed" | "body_cut" | "body_too_large" | "busy" | "changed_meanwhile" | "check_failed" | "command_not_found" | "command_not_started" | "component_busy" | "component_count" | "component_exists" | "component_key" | "component_not_ready" | "component_twice" | "content_not_taken" | "contradiction" | "cross_site" | "decision_missing" | "definition_refused" | "delay_range" | "denied" | "description_length" | "digest_differs" | "document_too_large" | "document_unreadable" | "draft_missing" | "drift_detected" | "duplicate_ack" | "duplicate_key" | "engine_failed" | "engine_key" | "engine_not_running" | "engine_not_started" | "engine_part_failed" | "engine_silent" | "engine_stopped" | "engine_stopping" | "engine_unreachable" | "entry_unencodable" | "export_exists" | "field_required" | "file_too_large" | "file_unusable" | "foreign_host" | "foreign_origin" | "handshake_open" | "id_missing" | "idempotency_key_reused" | "index_differs" | "internal" | "interrupted" | "invisible_character" | "io" | "key_file_exists" | "key_file_too_open" | "key_file_unreadable" | "key_missing" | "key_not_here" | "key_twice" | "late" | "life_too_long" | "log_broken" | "log_refused" | "log_unavailable" | "log_unreadable" | "may_not_sign" | "method_not_allowed" | "metric_in_use" | "metrics_vanished" | "mode_not_allowed" | "newer_update_applied" | "no_baseline" | "no_checkpoint" | "no_data" | "no_data_dir" | "no_keys" | "no_limit" | "no_metrics" | "no_package" | "no_persons" | "no_possession" | "no_randomness" | "no_room" | "no_such_route" | "no_target" | "no_world_open" | "nonce_used" | "not_a_continuation" | "not_a_key" | "not_a_world" | "not_announced" | "not_approved" | "not_committed" | "not_compared" | "not_found" | "not_in_log" | "not_json" | "not_open" | "not_ready" | "not_required" | "not_simulated" | "not_strict_json" | "not_supported_yet" | "nothing_changes" | "nothing_to_adopt" | "nothing_to_change" | "nothing_to_restore" | "nothing_to_review" | "nothing_to_sign" | "one_document" | "opening_already" | "other_key" | "parts_unsupported" | "passphrase_differs" | "passphrase_missing" | "passphrase_unusable" | "path_collision" | "path_file_and_directory" | "path_not_managed" | "path_not_there" | "path_refused" | "path_reserved_name" | "path_twice" | "person_missing" | "plan_contradiction" | "plan_empty" | "plan_too_many_bytes" | "plan_too_many_files" | "policy_unmet" | "proof_fails" | "reason_in_request" | "reason_length" | "reason_required" | "receipt_mismatch" | "receipt_refused" | "refs_length" | "regressed" | "rehearsal_differs" | "replayed" | "request_expired" | "revert_panicked" | "rolled_back" | "same_key" | "same_person" | "sample_count" | "sample_observations" | "sample_time" | "sample_twice" | "sample_value" | "samples_unwritable" | "sandbox_exposed" | "sandbox_launcher" | "sandbox_level" | "scope_missing" | "search_length" | "security_impact_length" | "self_approval" | "self_review" | "server_not_started" | "service_cannot_sign" | "shared_key" | "signature_required" | "signing_interrupted" | "simulation_malformed" | "simulation_unreadable" | "simulation_unwritable" | "stage_panicked" | "statement_differs" | "statement_expired" | "statement_from_the_future" | "stopped" | "store_failed" | "subject_missing" | "submission_expired" | "target_attribute" | "target_collision" | "target_depth" | "target_document" | "target_hard_link" | "target_in_the_way" | "target_in_world" | "target_io" | "target_kind" | "target_link" | "target_missing" | "target_name" | "target_overlaps" | "target_owner" | "target_root" | "target_spec_command" | "target_spec_document" | "target_spec_globs" | "target_spec_no_globs" | "target_spec_probe" | "target_spec_root" | "target_spec_time" | "target_spec_too_long" | "target_spec_verify" | "target_special" | "target_too_large" | "text_length" | "timeout" | "title_length" | "token_file_unreadable" | "token_missing" | "token_wrong" | "too_deep" | "too_large" | "too_many" | "too_many_approvals" | "too_many_connections" | "too_many_documents" | "too_many_files" | "too_many_metrics" | "too_many_open" | "too_many_samples" | "too_many_streams" | "unencodable" | "unknown_acknowledger" | "unknown_act" | "unknown_key" | "unknown_metric" | "unknown_person" | "unknown_state" | "unsealable" | "unspecified" | "unsupported_media_type" | "update_type_unsupported" | "usage" | "value_range" | "verify_failed" | "void" | "window_failed" | "window_too_short" | "witness_state" | "world_exists" | "world_held" | "world_newer" | "world_not_made" | "world_unreadable" | "world_unwritable" | "wrong_act" | "wrong_digest" | "wrong_handshake" | "wrong_passphrase" | "wrong_payload_type" | "wrong_person" | "wrong_set" | "wrong_shape" | "wrong_stage" | "wrong_state" | "wrong_subject" | "wrong_update_type" | "wrong_world";

/**
 * The head of a column.
 */
export type Column = {
/**
 * What stands in it.
 */
label: string,
/**
 * Its cells are numbers.
 */
number: boolean,
/**
 * Its cells are names of files, ids, digests.
 */
code: boolean, };

/**
 * For or against: `approve` and `deny` by a person, `ack` and `nack` by a subsystem.
 */
export type DecisionWord = "approve" | "deny" | "ack" | "nack";

/**
 * What such a document is for.
 */
export type DocumentRole = "content" | "manifest" | "plan" | "summary" | "item" | "definition";

/**
 * What comes at an instant that is counted down to.
 */
export type Due = "expiry" | "deadline" | "earliest_end";

/**
 * The type of an entry.
 */
export type EntryType = "unknown" | "world.created" | "world.engine_started" | "world.clock" | "update.proposed" | "update.stage" | "update.packaged" | "update.rebased" | "update.approval" | "update.approved" | "update.approval_lapsed" | "update.waiting" | "update.distributing" | "update.apply_started" | "update.receipt" | "update.no_receipt" | "update.distributed" | "update.observation_started" | "update.evaluation" | "update.stable" | "update.held" | "update.kept" | "update.blocked" | "update.failed" | "update.refused" | "update.withdrawn" | "update.retried" | "update.rollback_started" | "update.rolled_back" | "update.rollback_reviewed" | "update.rollback_failed" | "handshake.requested" | "handshake.approval" | "handshake.announced" | "handshake.ack" | "handshake.ack_not_counted" | "handshake.integrated" | "handshake.baseline" | "handshake.observation_started" | "handshake.evaluation" | "handshake.validated" | "handshake.quorum_failed" | "handshake.refused_by" | "handshake.refused" | "handshake.suspended" | "component.registered" | "component.baseline" | "component.documents" | "component.activated" | "component.installed" | "component.reverted" | "component.drift_detected" | "component.rollback_failed" | "component.adopted" | "component.restore_started" | "component.restored" | "component.restore_failed" | "component.suspended" | "component.snapshot";

/**
 * What an evaluation would find now, without a window.
 */
export type Health = "healthy" | "insufficient" | "no_data" | "regressed" | "unknown";

/**
 * What happens to an item: a file, a document.
 */
export type ItemChange = "added" | "changed" | "removed";

/**
 * What a job does.
 */
export type JobKind = "verify" | "export";

/**
 * How a job is doing.
 */
export type JobState = "running" | "done" | "failed" | "cancelled";

/**
 * What a job counts.
 */
export type JobUnit = "entries";

/**
 * A named value; `None` where there was or will be none.
 */
export type KeyValue = {
/**
 * Its name.
 */
key: string,
/**
 * Before.
 */
old: string | null,
/**
 * After.
 */
new: string | null,
/**
 * What it stands in: a file, a document.
 */
place: string, };

/**
 * A label with its value.
 */
export type Labelled = {
/**
 * What it is.
 */
label: string,
/**
 * What stands for it.
 */
value: string, };

/**
 * What happens to a line.
 */
export type LineChange = "same" | "added" | "removed";

/**
 * Whether the log can be written and is what was signed.
 */
export type LogState = "ok" | "read_only" | "broken";

/**
 * What kind of values a metric has.
 */
export type MetricKind = "rate" | "level" | "histogram" | "counter";

/**
 * Why something needs a person.
 */
export type NeedKind = "approval" | "held" | "rollback_failed" | "blocked" | "handshake_approval" | "drift_detected" | "review" | "alarm";

/**
 * What a person does about something that needs one.
 */
export type NeedVerb = "decide" | "open" | "resolve" | "review" | "verify";

/**
 * What became of the content.
 */
export type ReceiptOutcome = "applied" | "refused" | "failed" | "reverted";

/**
 * A member of a submission that a policy may require, by its name.
 */
export type RequiredField = "description" | "refs" | "security_impact";

/**
 * How much an update can hurt. Ordered.
 */
export type Risk = "low" | "medium" | "high" | "critical";

/**
 * One part of what is shown.
 */
export type Section = { "form": "key_values",
/**
 * Above them.
 */
title: string,
/**
 * In order.
 */
values: Array<KeyValue>,
/**
 * Stands where there is no value.
 */
none: string, } | { "form": "rows",
/**
 * Above them.
 */
title: string,
/**
 * In order.
 */
rows: Array<Labelled>, } | { "form": "table",
/**
 * Above it.
 */
title: string,
/**
 * Beside the title.
 */
note: string,
/**
 * Heads of the columns.
 */
head: Array<Column>,
/**
 * Cells, as many as there are columns.
 */
rows: Array<Array<string>>, } | { "form": "text",
/**
 * Above it.
 */
title: string,
/**
 * The text.
 */
text: string, };

/**
 * A kind of source.
 */
export type SourceKind = "push";

/**
 * The eight stages of an update, in order.
 */
export type StageName = "governance" | "identity" | "log_proposed" | "validation" | "package" | "distribution" | "log_distributed" | "watchdog";

/**
 * How a stage or step stands. None is ever skipped.
 */
export type StageState = "todo" | "running" | "waiting" | "passed" | "failed" | "blocked" | "no_data";

/**
 * Where an update, a rollback, a handshake or a component stands. One set for all: the same word means the same
 * wherever it stands.
 */
export type State = "proposed" | "validating" | "awaiting_approval" | "approved" | "distributing" | "observing" | "stable" | "held" | "blocked" | "failed" | "refused" | "withdrawn" | "rolling_back" | "rolled_back" | "rollback_failed" | "announced" | "integrated" | "active" | "quorum_failed" | "refused_by" | "suspended" | "drift_detected" | "restoring" | "ended";

/**
 * The seven steps of a handshake, in order.
 */
export type StepName = "request" | "governance" | "announcement" | "acknowledgements" | "quorum" | "integration" | "validation_window";

/**
 * What something with a life of its own is.
 */
export type SubjectKind = "update" | "handshake" | "component";

/**
 * A kind of target.
 */
export type TargetKind = "directory" | "registry";

/**
 * What started a rollback.
 */
export type Trigger = "person" | "regressed" | "metrics_vanished" | "distribution_failed";

/**
 * The entry types that a search is for: one, or a family as `update.*`.
 */
export type TypeFilter = "world.created" | "world.engine_started" | "world.clock" | "update.proposed" | "update.stage" | "update.packaged" | "update.rebased" | "update.approval" | "update.approved" | "update.approval_lapsed" | "update.waiting" | "update.distributing" | "update.apply_started" | "update.receipt" | "update.no_receipt" | "update.distributed" | "update.observation_started" | "update.evaluation" | "update.stable" | "update.held" | "update.kept" | "update.blocked" | "update.failed" | "update.refused" | "update.withdrawn" | "update.retried" | "update.rollback_started" | "update.rolled_back" | "update.rollback_reviewed" | "update.rollback_failed" | "handshake.requested" | "handshake.approval" | "handshake.announced" | "handshake.ack" | "handshake.ack_not_counted" | "handshake.integrated" | "handshake.baseline" | "handshake.observation_started" | "handshake.evaluation" | "handshake.validated" | "handshake.quorum_failed" | "handshake.refused_by" | "handshake.refused" | "handshake.suspended" | "component.registered" | "component.baseline" | "component.documents" | "component.activated" | "component.installed" | "component.reverted" | "component.drift_detected" | "component.rollback_failed" | "component.adopted" | "component.restore_started" | "component.restored" | "component.restore_failed" | "component.suspended" | "component.snapshot" | "world.*" | "update.*" | "handshake.*" | "component.*";

/**
 * The types of update.
 */
export type UpdateType = "schema" | "code_module" | "playbook" | "config" | "metric_definition";

/**
 * Result of one evaluation.
 */
export type Verdict = "healthy" | "insufficient" | "no_data" | "regressed";

/**
 * Something to do that the terminal and the window offer, each in its own words.
 */
export type Way = "doctor" | "verify_log" | "restore_copy" | "start_engine" | "choose_world";

/**
 * What the newest evaluation of a window found.
 */
export type WindowVerdict = "open" | "healthy" | "insufficient" | "no_data" | "regressed";

/**
 * Which direction is bad.
 */
export type Worse = "higher" | "lower";
