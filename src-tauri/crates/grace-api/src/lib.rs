//! grace-api
