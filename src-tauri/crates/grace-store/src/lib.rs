//! grace-store
