//! The HTTP response that rejected a handshake.

use websocket_rs_protocol::headers::Header;

/// A response that rejected the upgrade, or a proxy's tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// HTTP status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// Headers in their order.
    pub headers: Vec<Header>,
    /// The body, as much of it as arrived in time and within the limit.
    pub body: Vec<u8>,
}
