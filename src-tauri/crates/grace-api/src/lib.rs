//! The voice: requests, views, error codes, HTTP routes and the client. No tauri, no SQL, no rule.

pub mod operations;
pub mod problem;
pub mod requests;
pub mod views;
