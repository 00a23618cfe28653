//! The phase of a connection in which an error happened.

/// The phase of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Checking the caller's options.
    Options,
    /// Resolving the host name.
    Resolve,
    /// Connecting the TCP socket.
    Dial,
    /// Opening a tunnel through a proxy: resolving and dialling it, TLS to it, and its response.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// The HTTP upgrade (RFC 6455 section 4).
    Upgrade,
    /// Data transfer (RFC 6455 section 5).
    Open,
    /// The closing handshake (RFC 6455 section 7).
    Close,
}

impl Phase {
    /// Returns the name of the phase in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Options => "options",
            Self::Resolve => "resolve",
            Self::Dial => "dial",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Upgrade => "upgrade",
            Self::Open => "open",
            Self::Close => "close",
        }
    }
}
