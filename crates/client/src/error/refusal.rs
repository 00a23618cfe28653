//! The HTTP response that rejected the handshake.

use websocket_rs_protocol::headers::Header;

/// A response that was not the upgrade asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status code.
    pub status: u16,
    /// Header lines in their order.
    pub headers: Vec<Header>,
    /// The body, as far as it came and is worth keeping.
    pub body: Vec<u8>,
}
