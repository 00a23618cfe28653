//! Streams that the caller opens, instead of sockets of Tokio and TLS of rustls.

use crate::error::RelayError;
use crate::transport::{Relay, RelayStream};
use std::fmt::Debug;
use std::net::IpAddr;
use std::pin::Pin;

/// Where a stream leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A host and a port, with the addresses of the host unless the opener [takes names](Opener::takes_names).
    Host(String, u16, Vec<IpAddr>),
    /// The path of a Unix socket.
    Unix(String),
}

/// Whose options of TLS are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsPeer {
    /// The server.
    Target,
    /// The proxy.
    Proxy,
}

/// A stream that is being opened or secured.
pub type Opening<T> = Pin<Box<dyn Future<Output = Result<T, RelayError>> + Send>>;

/// Opens streams for the caller, who carries their bytes.
pub trait Opener: Send + Sync + Debug {
    /// Whether the opener takes hosts without their addresses.
    fn takes_names(&self) -> bool;

    /// Connects.
    fn dial(&self, destination: Destination) -> Opening<RelayStream>;

    /// Runs the TLS handshake over an open stream, which then carries what is in the records.
    fn secure(&self, stream: &Relay, host: String, port: u16, peer: TlsPeer) -> Opening<()>;
}
