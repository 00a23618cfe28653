//! What a caller may choose about a connection. Defaults and friendly checks live in TypeScript.

use crate::connect::{Lookup, Trust};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use websocket_rs_protocol::busy_poll::Mode;
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::proxy::{Environment, Proxy};
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
    /// Redirects to follow, one after the other; 0 follows none.
    pub max_redirects: u32,
    /// TLS settings, used for `wss:` only.
    pub tls: TlsOptions,
    /// What to connect through.
    pub proxy: ProxyOption,
    /// Headers of the request for a tunnel, for an HTTP proxy.
    pub proxy_headers: Vec<Header>,
    /// TLS settings for an `https:` proxy.
    pub proxy_tls: TlsOptions,
    /// Which address family to use.
    pub family: Family,
    /// What resolves names, instead of the system.
    pub lookup: Option<Arc<dyn Lookup>>,
    /// Local address to bind the socket to.
    pub local_address: Option<IpAddr>,
    /// Most bytes of one incoming message.
    pub max_message_size: Option<usize>,
    /// Pings and what their silence means.
    pub keepalive: KeepaliveOptions,
    /// Whether to wait for replies awake.
    pub busy_poll: Mode,
}

/// What to connect through.
#[derive(Debug, Clone, Default)]
pub enum ProxyOption {
    /// Nothing.
    #[default]
    None,
    /// This proxy.
    Given(Proxy),
    /// What the environment says.
    Environment(Environment),
}

/// TLS settings.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// Whose certificates are believed.
    pub trust: Arc<Trust>,
    /// Everything else. Connections with the same trust and equal parameters resume each other's sessions.
    pub parameters: TlsParameters,
}

/// How TLS is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // They are switches of the caller's.
pub struct TlsParameters {
    /// `false` takes any certificate; the handshake's signatures are checked all the same.
    pub reject_unauthorized: bool,
    /// The client's own certificate.
    pub identity: Option<Identity>,
    /// The name that is asked for (SNI, RFC 6066 section 3) and that the certificate has to be of, instead
    /// of the URL's host; empty asks for none.
    pub server_name: Option<String>,
    /// Whether TLS 1.2 (RFC 5246) is offered.
    pub tls12: bool,
    /// Whether TLS 1.3 (RFC 8446) is offered.
    pub tls13: bool,
    /// Protocols to offer (RFC 7301); any other choice than `http/1.1` is refused.
    pub alpn: Vec<String>,
    /// File to which secrets are appended, in the format of NSS.
    pub key_log: Option<String>,
}

impl TlsParameters {
    /// Gives up what is for one origin only: the client's certificate, and the name that was given for it.
    pub(crate) fn leave_origin(&mut self) {
        self.identity = None;
        self.server_name = self.server_name.take().filter(String::is_empty);
    }
}

impl Default for TlsParameters {
    fn default() -> Self {
        Self {
            reject_unauthorized: true,
            identity: None,
            server_name: None,
            tls12: true,
            tls13: true,
            alpn: vec!["http/1.1".to_owned()],
            key_log: None,
        }
    }
}

/// A certificate with its key, both in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, and those between it and an authority the server believes.
    pub cert: String,
    /// The private key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
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
