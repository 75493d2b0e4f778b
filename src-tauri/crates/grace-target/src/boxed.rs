//! Futures behind a port that is chosen at run time.
//!
//! Owns the one name for them.

use std::future::Future;
use std::pin::Pin;

/// A future of a trait object.
pub type BoxFuture<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;
