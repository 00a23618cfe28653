//! Counters a user or a test can read.

/// What went through one connection so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages sent: text and binary.
    pub messages_sent: u64,
    /// Messages received: text and binary.
    pub messages_received: u64,
    /// Bytes handed to the socket: frames, with TLS if there is any.
    pub bytes_sent: u64,
    /// Bytes taken from the socket.
    pub bytes_received: u64,
    /// Read calls that brought bytes.
    pub reads: u64,
    /// Write calls that took bytes.
    pub writes: u64,
    /// Replies that came while they were waited for awake.
    pub busy_poll_hits: u64,
    /// Waits awake that were in vain.
    pub busy_poll_misses: u64,
}
