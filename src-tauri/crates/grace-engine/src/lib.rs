//! grace-engine
