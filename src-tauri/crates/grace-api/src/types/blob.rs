//! Content that was uploaded, as callers read it.

use super::view::view;

view! {
    BlobView { sha256: String, bytes: u64 }
}
