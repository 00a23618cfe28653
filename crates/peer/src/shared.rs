//! The state that all connections of one server share.

use crate::scripted::Transcripts;

/// Behind an `Arc`: each connection holds one reference, so the reference count is the number of connections.
pub(crate) struct Shared {
    /// The largest message accepted, in bytes.
    pub(crate) max_message: usize,
    /// What scripted connections received.
    pub(crate) transcripts: Transcripts,
}
