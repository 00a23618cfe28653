//! What a caller may choose about a connection. Defaults and friendly checks live in TypeScript.

use crate::connect::Trust;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use websocket_rs_protocol::busy_poll::Mode;
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::target::Target;

/// Everything `connect` needs. `None` for a duration means no limit.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Where to connect.
    pub target: Target,
    /// One deadline over all phases of connecting.
    pub connect_timeout: Option<Duration>,
    /// Request headers of the caller.
    pub headers: Vec<Header>,
    /// Subprotocols, the preferred one first.
    pub protocols: Vec<String>,
    /// `Origin` header.
    pub origin: Option<String>,
    /// TLS settings, used for `wss:` only.
    pub tls: TlsOptions,
    /// Which address family to use.
    pub family: Family,
    /// Local address to bind the socket to.
    pub local_address: Option<IpAddr>,
    /// Most bytes of one incoming message.
    pub max_message_size: Option<usize>,
    /// Pings and what their silence means.
    pub keepalive: KeepaliveOptions,
    /// Whether to wait for replies awake.
    pub busy_poll: Mode,
}

/// TLS settings.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// Whose certificates are believed.
    pub trust: Arc<Trust>,
    /// `false` takes any certificate; the handshake's signatures are checked all the same.
    pub reject_unauthorized: bool,
}

/// Address family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Family {
    /// Both, IPv6 first (RFC 8305).
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

impl Family {
    /// Whether an address is of this family.
    pub fn takes(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// Ping settings; `None` switches them off.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeepaliveOptions {
    /// Time between pings.
    pub interval: Option<Duration>,
    /// How long the peer may stay silent after one.
    pub timeout: Option<Duration>,
}
