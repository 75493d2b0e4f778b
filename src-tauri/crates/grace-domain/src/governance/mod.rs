//! Who may say what counts: people, policy, the count of approvals, release, and what a signed statement must say before
//! it is counted or done.

pub mod checks;
pub mod people;
pub mod policy;
pub mod release;
pub mod tally;
pub mod unmet;
