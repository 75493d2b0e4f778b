// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.

/**
 * A signed act by its word.
 */
export type ActName = "submit" | "approve" | "handshake" | "handshake_request" | "ack" | "withdraw" | "retry" | "keep" | "rollback" | "review" | "adopt" | "restore";

/**
 * For or against: `approve` and `deny` by a person, `ack` and `nack` by a subsystem.
 */
export type DecisionWord = "approve" | "deny" | "ack" | "nack";
