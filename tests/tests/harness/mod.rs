//! What every black-box test stands on: the real binary, worlds in temporary directories, a plain HTTP client, people
//! who sign, and waiting with a deadline. Holds no expectation about the product beyond its documented surface.
#![allow(dead_code, unused_imports, reason = "words that tests share; not every one is used at every moment")]

pub mod acts;
pub mod api;
pub mod binary;
pub mod engine;
pub mod feed;
pub mod hosted;
pub mod http;
pub mod nginx;
pub mod people;
pub mod place;
pub mod soak;
pub mod tools;
pub mod tree;
pub mod wait;

pub use acts::{Draft, Joining};
pub use api::Api;
pub use engine::Serve;
pub use hosted::{FastClock, Hosted};
pub use people::{CliPerson, Person};
pub use place::{Place, Windows};
pub use wait::until;
