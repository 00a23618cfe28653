//! The counters of a connection.

/// Counters of one connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages sent: text and binary.
    pub messages_sent: u64,
    /// Messages received: text and binary.
    pub messages_received: u64,
    /// Bytes written to the socket: frames, or TLS records.
    pub bytes_sent: u64,
    /// Bytes read from the socket.
    pub bytes_received: u64,
    /// Reads that returned bytes.
    pub reads: u64,
    /// Writes that accepted bytes.
    pub writes: u64,
    /// Replies that were found by a speculative read or by busy-polling.
    pub busy_poll_hits: u64,
    /// Times that busy-polling found nothing.
    pub busy_poll_misses: u64,
}
