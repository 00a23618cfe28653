//! The errors of a connection: the phase, the kind, and what the peer or the system reported.

mod io_code;
mod phase;
mod rejection;
mod relay_error;
mod tls_failure;

use io_code::{io_code, io_message, resolver_code};
pub(crate) use io_code::{is_io_code, is_resolver_code, relay_tls_failure};
use std::borrow::Cow;
use std::io;
use websocket_rs_protocol::close;
use websocket_rs_protocol::headers::HeaderError;
use websocket_rs_protocol::proxy::{ProxyUrlError, ProxyVariableError};
use websocket_rs_protocol::response::{Beginning, HandshakeError};
use websocket_rs_protocol::target::TargetError;

pub use phase::Phase;
pub use rejection::Rejection;
pub use relay_error::RelayError;
pub(crate) use tls_failure::TlsFailure;

/// Why no tunnel was opened through a proxy.
#[derive(Debug, thiserror::Error)]
pub enum ProxyFailure {
    /// The proxy cannot be resolved or connected to, or TLS to it failed.
    #[error("{0}")]
    Unreachable(Box<Error>),
    /// The status of an HTTP proxy's response is not 2xx.
    #[error("unexpected response to CONNECT: {}", .0.status)]
    Rejected(Box<Rejection>),
    /// An HTTP proxy's response is not HTTP/1.1.
    #[error("{0}")]
    Response(HandshakeError),
    /// Bytes followed an HTTP proxy's response, before anything was sent to the target.
    #[error("unexpected bytes after the response to CONNECT")]
    Early,
    /// The connection to the proxy ended.
    #[error("connection lost: {}", io_message(.0))]
    Lost(io::Error),
    /// The connection ended within an HTTP proxy's response.
    #[error("connection lost after the response began with {beginning}: {source}")]
    ResponseLost {
        /// The error of the socket.
        source: io::Error,
        /// The part of the response that arrived.
        beginning: Beginning,
    },
    /// A SOCKS proxy requires credentials, or other ones.
    #[error("{0}")]
    Credentials(String),
    /// A SOCKS proxy refused, or sent another protocol.
    #[error("{message}")]
    Socks {
        /// Node's code for the condition.
        code: &'static str,
        /// What the proxy reported.
        message: String,
    },
}

/// The kind of an error.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// The URL cannot be connected to.
    #[error(transparent)]
    Url(#[from] TargetError),
    /// A header or subprotocol cannot be sent.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A header of the CONNECT request cannot be sent.
    #[error("option proxyHeaders: {0}")]
    ProxyHeader(HeaderError),
    /// `localAddress` is not an IP address.
    #[error("option localAddress: {0:?} is not an IP address")]
    LocalAddress(String),
    /// `proxy` is not the URL of a proxy.
    #[error("option proxy: {0}")]
    ProxyUrl(#[from] ProxyUrlError),
    /// An environment variable is not the URL of a proxy.
    #[error(transparent)]
    ProxyVariable(#[from] ProxyVariableError),
    /// An option has no meaning for a Unix socket.
    #[error("option {0}: cannot be used with a Unix socket")]
    NotForSocket(&'static str),
    /// The protocol of the proxy cannot carry the target or the credentials.
    #[error("proxy {proxy}: {limit}")]
    ProxyLimit {
        /// The proxy, without its credentials.
        proxy: String,
        /// The limit of the protocol.
        limit: &'static str,
    },
    /// A certificate or another option of TLS cannot be used.
    #[error("{0}")]
    TlsOption(String),
    /// The system has no thread, or no file descriptor, left for connecting.
    #[error("cannot start connecting: {0}")]
    Start(io::Error),
    /// The host has no address.
    #[error("cannot resolve {host}: {source}")]
    Resolve {
        /// The host.
        host: String,
        /// The error of the resolver.
        source: io::Error,
    },
    /// No address of the host accepted the connection.
    #[error("cannot connect to {address}: {source}")]
    Dial {
        /// The addresses that were tried.
        address: String,
        /// The error of the socket.
        source: io::Error,
    },
    /// No tunnel was opened through the proxy.
    #[error("proxy {proxy}: {failure}")]
    Proxy {
        /// The proxy, without its credentials.
        proxy: String,
        /// What failed.
        failure: ProxyFailure,
    },
    /// The TLS handshake failed.
    #[error("TLS handshake failed: {message}")]
    Tls {
        /// Node's error code.
        code: Cow<'static, str>,
        /// What rustls, or the caller's stream, reported.
        message: String,
    },
    /// The server's response did not open the connection.
    #[error("{violation}")]
    Handshake {
        /// What is wrong with it.
        violation: HandshakeError,
        /// The response, if it could be read.
        rejection: Option<Box<Rejection>>,
    },
    /// The connection ended within the handshake.
    #[error("connection lost during the opening handshake: {0}")]
    HandshakeLost(io::Error),
    /// The connection ended within the server's response.
    #[error("connection lost after the response began with {beginning}: {source}")]
    ResponseLost {
        /// The error of the socket.
        source: io::Error,
        /// The part of the response that arrived.
        beginning: Beginning,
    },
    /// `connectTimeout` has passed.
    #[error("not connected within {0} ms")]
    ConnectTimeout(u128),
    /// The peer violated the protocol.
    #[error("{message}")]
    Violation {
        /// The close code that is sent to the peer.
        close_code: u16,
        /// The violation.
        message: String,
    },
    /// The payload of a compressed message cannot be decompressed.
    #[error("message is not valid deflate data (RFC 7692 section 7.2.2)")]
    NotDeflate,
    /// A message was larger than the limit.
    #[error("message is larger than maxMessageSize, {limit} bytes")]
    TooBig {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The peer was silent after a ping.
    #[error("the peer sent nothing within pingTimeout of a ping")]
    PingTimeout,
    /// The socket failed.
    #[error("connection lost: {}", io_message(.0))]
    Io(io::Error),
    /// The peer closed the connection without a close frame.
    #[error("the peer closed the connection without a close frame")]
    Dropped,
    /// This crate or a dependency panicked.
    #[error("internal error in websocket-rs")]
    Internal,
    /// A continuation of no message, or another message while one is sent in fragments.
    #[error("the frame is not the next one of a message")]
    OutOfOrder,
    /// A send while the connection is closing.
    #[error("the connection is closing")]
    Closing,
}

/// An error with the phase in which it happened.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// The phase.
    pub phase: Phase,
    /// The kind.
    #[source]
    pub kind: ErrorKind,
}

impl Error {
    /// Creates an error of a phase.
    pub fn new(phase: Phase, kind: impl Into<ErrorKind>) -> Self {
        Self {
            phase,
            kind: kind.into(),
        }
    }

    /// Returns the code of the close frame that is sent because of this error, if one is.
    pub fn close_code(&self) -> Option<u16> {
        match self.kind {
            ErrorKind::Violation { close_code, .. } => Some(close_code),
            ErrorKind::NotDeflate => Some(close::INVALID_PAYLOAD),
            ErrorKind::TooBig { .. } => Some(close::TOO_BIG),
            _ => None,
        }
    }

    /// Returns the code and the message that Node uses for the I/O error that caused this one, if any.
    pub fn cause(&self) -> Option<(Cow<'static, str>, String)> {
        let source = self.io_source()?;
        let code = if self.is_of_resolver() {
            resolver_code(source)
        } else {
            io_code(source)
        };
        Some((code, io_message(source)))
    }

    fn is_of_resolver(&self) -> bool {
        match &self.kind {
            ErrorKind::Resolve { .. } => true,
            ErrorKind::Proxy {
                failure: ProxyFailure::Unreachable(error),
                ..
            } => error.is_of_resolver(),
            _ => false,
        }
    }

    /// Returns the I/O error that caused this one, if any.
    pub(crate) fn io_source(&self) -> Option<&io::Error> {
        match &self.kind {
            ErrorKind::Resolve { source, .. }
            | ErrorKind::Dial { source, .. }
            | ErrorKind::Start(source)
            | ErrorKind::HandshakeLost(source)
            | ErrorKind::ResponseLost { source, .. }
            | ErrorKind::Io(source) => Some(source),
            ErrorKind::Proxy { failure, .. } => match failure {
                ProxyFailure::Unreachable(error) => error.io_source(),
                ProxyFailure::Lost(source) | ProxyFailure::ResponseLost { source, .. } => Some(source),
                _ => None,
            },
            _ => None,
        }
    }
}
