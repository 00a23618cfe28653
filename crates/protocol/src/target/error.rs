//! Why a URL cannot be connected to.

/// Why a URL cannot be connected to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not a URL.
    #[error("invalid URL: {0}")]
    Syntax(String),
    /// Neither of `ws:`, `wss:`, `http:` and `https:`, nor of a Unix socket.
    #[error("URL scheme \"{0}:\" is not one of ws:, wss:, http: and https:, nor ws+unix: or wss+unix:")]
    Scheme(String),
    /// A redirect to a Unix socket.
    #[error("only the caller may name a Unix socket")]
    ForeignSocket,
    /// No path of a Unix socket, or a host before it.
    #[error("URL of a Unix socket is not like ws+unix:/path/of/socket:/resource")]
    Socket,
    /// What follows the address is no interface.
    #[error("URL has an IPv6 zone that is not like %25eth0 (RFC 6874)")]
    Zone,
    /// RFC 6455 section 3: fragment identifiers must not be used.
    #[error("URL has a fragment, which a WebSocket URL must not (RFC 6455 section 3)")]
    Fragment,
    /// No host.
    #[error("URL has no host")]
    Host,
}
