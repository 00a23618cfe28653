//! The phase of a connection in which an error happened.

/// Where in the life of a connection an error happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Reading the caller's options.
    Options,
    /// Resolving the host name.
    Resolve,
    /// Connecting the TCP socket.
    Dial,
    /// Everything between here and a tunnel through a proxy: its name, its address, its TLS and its answer.
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
    /// The phase as the JavaScript layer names it.
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
