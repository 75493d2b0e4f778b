//! grace-domain
