//! The Merkle tree of the log (RFC 6962, section 2; the same tree in RFC 9162).
//!
//! Owns hashes, the frontier of a growing tree, proofs and their verification. Never holds the leaves and never
//! reads storage: whoever has the nodes offers them as a [`NodeSource`].

mod frontier;
mod node;
mod proof;
mod verify;

pub use frontier::{Frontier, FrontierError};
pub use node::{NodeId, NodeSource, empty_root, leaf_hash, node_hash};
pub use proof::{
    consistency_nodes_needed, consistency_proof, frontier_nodes, inclusion_nodes_needed, inclusion_proof,
    root_of,
};
pub use verify::{verify_consistency, verify_inclusion};
