//! The negotiation of permessage-deflate (RFC 7692 section 7.1).

/// Window bits that can be negotiated (section 7.1.2).
pub const MIN_WINDOW_BITS: u8 = 8;
/// Window bits of a side that has not limited them.
pub const MAX_WINDOW_BITS: u8 = 15;

/// What the client offers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeflateOffer {
    /// Requests that the server resets its compressor after each message.
    pub server_no_context_takeover: bool,
    /// Announces that the client may reset its compressor after each message.
    pub client_no_context_takeover: bool,
    /// Limits the window of the server's compressor, if any.
    pub server_max_window_bits: Option<u8>,
    /// Whether the server may limit the window of the client's compressor.
    pub client_max_window_bits: ClientWindow,
}

/// The parameter `client_max_window_bits` of an offer (section 7.1.2.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientWindow {
    /// Left out: the server may not limit the window.
    Fixed,
    /// Without a value: the server may limit it.
    #[default]
    Limitable,
    /// With a value: the client uses at most this many bits, and the server may limit it further.
    AtMost(u8),
}

/// What both sides have agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateParameters {
    /// The server resets its compressor after each message.
    pub server_no_context_takeover: bool,
    /// The client has to reset its compressor after each message.
    pub client_no_context_takeover: bool,
    /// The window of the server's compressor.
    pub server_max_window_bits: u8,
    /// The window of the client's compressor.
    pub client_max_window_bits: u8,
}
