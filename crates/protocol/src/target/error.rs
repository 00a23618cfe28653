//! Why a URL cannot be connected to.

/// Why a URL cannot be connected to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The text is not a URL.
    #[error("invalid URL: {0}")]
    Syntax(String),
    /// The scheme is not one of `ws:`, `wss:`, `http:`, `https:`, `ws+unix:` and `wss+unix:`.
    #[error("URL scheme \"{0}:\" is not one of ws:, wss:, http: and https:, nor ws+unix: or wss+unix:")]
    Scheme(String),
    /// A redirect leads to a Unix socket.
    #[error("a redirect must not lead to a Unix socket")]
    ForeignSocket,
    /// A URL of a Unix socket has no path of a socket, or has a host.
    #[error("URL of a Unix socket is not like ws+unix:/path/of/socket:/resource")]
    Socket,
    /// The zone is not an interface name, or does not follow an IPv6 address.
    #[error("URL has an IPv6 zone that is not like %25eth0 (RFC 6874)")]
    Zone,
    /// The URL has a fragment identifier, which RFC 6455 section 3 forbids.
    #[error("URL has a fragment, which a WebSocket URL must not (RFC 6455 section 3)")]
    Fragment,
    /// The URL has no host.
    #[error("URL has no host")]
    Host,
}
