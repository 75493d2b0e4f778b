//! The rules of handshakes: `request`, `acks` with all their `orders`, `validate`, as a component meets them.

mod acks;
mod orders;
mod request;
mod validate;
