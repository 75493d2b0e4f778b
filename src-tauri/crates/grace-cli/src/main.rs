//! grace-cli
fn main() {}
