//! What can go wrong, as data: where it happened, what it was, and what the peer said.

mod io_code;
mod phase;
mod refusal;
mod tls_failure;

use io_code::{io_code, io_message, resolver_code};
use std::io;
use websocket_rs_protocol::close;
use websocket_rs_protocol::headers::HeaderError;
use websocket_rs_protocol::proxy::{ProxyUrlError, ProxyVariableError};
use websocket_rs_protocol::response::{Beginning, HandshakeError};
use websocket_rs_protocol::target::TargetError;

pub use phase::Phase;
pub use refusal::Refusal;
pub(crate) use tls_failure::TlsFailure;

/// Why there is no tunnel through a proxy.
#[derive(Debug, thiserror::Error)]
pub enum ProxyFailure {
    /// It cannot be resolved or connected to, or fails at TLS.
    #[error("{0}")]
    Unreachable(Box<Error>),
    /// An HTTP proxy answered with another status than 2xx.
    #[error("unexpected answer to CONNECT: {}", .0.status)]
    Refused(Box<Refusal>),
    /// What an HTTP proxy answered cannot be read.
    #[error("{0}")]
    Response(HandshakeError),
    /// Bytes came behind an HTTP proxy's answer, where nothing can have been said.
    #[error("there are bytes behind its answer to CONNECT")]
    Early,
    /// The connection to it ended.
    #[error("connection lost: {}", io_message(.0))]
    Lost(io::Error),
    /// The connection to it ended in the middle of an HTTP proxy's answer.
    #[error("connection lost after its answer had begun with {beginning}: {source}")]
    ResponseLost {
        /// What the socket said.
        source: io::Error,
        /// What had come.
        beginning: Beginning,
    },
    /// A SOCKS proxy wants credentials, or others.
    #[error("{0}")]
    Credentials(String),
    /// A SOCKS proxy refused, or answered with something else.
    #[error("{message}")]
    Socks {
        /// What Node would call it.
        code: &'static str,
        /// What the proxy said.
        message: String,
    },
}

/// What happened.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// The URL cannot be connected to.
    #[error(transparent)]
    Url(#[from] TargetError),
    /// A header or subprotocol cannot be sent.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A header for a proxy cannot be sent.
    #[error("option proxyHeaders: {0}")]
    ProxyHeader(HeaderError),
    /// `localAddress` is not an IP address.
    #[error("option localAddress: {0:?} is not an IP address")]
    LocalAddress(String),
    /// `proxy` is not the URL of a proxy.
    #[error("option proxy: {0}")]
    ProxyUrl(#[from] ProxyUrlError),
    /// The environment names a proxy that is none.
    #[error(transparent)]
    ProxyVariable(#[from] ProxyVariableError),
    /// An option was given that means nothing to a Unix socket.
    #[error("option {0}: there is none to a Unix socket")]
    NotForSocket(&'static str),
    /// The proxy cannot be told of the target, or of the credentials.
    #[error("proxy {proxy}: {limit}")]
    ProxyLimit {
        /// The proxy, without its credentials.
        proxy: String,
        /// What it can be told.
        limit: &'static str,
    },
    /// A certificate or another option of TLS cannot be used.
    #[error("{0}")]
    TlsOption(String),
    /// There is no thread, or no file, for what connects.
    #[error("cannot start connecting: {0}")]
    Start(io::Error),
    /// The name has no address.
    #[error("cannot resolve {host}: {source}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// No address of the host took the connection.
    #[error("cannot connect to {address}: {source}")]
    Dial {
        /// The address tried last, or all that were tried.
        address: String,
        /// What the socket said.
        source: io::Error,
    },
    /// There is no tunnel through the proxy.
    #[error("proxy {proxy}: {failure}")]
    Proxy {
        /// The proxy, without its credentials.
        proxy: String,
        /// What happened.
        failure: ProxyFailure,
    },
    /// The TLS handshake failed; the code is the one Node gives for it.
    #[error("TLS handshake failed: {message}")]
    Tls {
        /// Node's error code.
        code: &'static str,
        /// What rustls said.
        message: String,
    },
    /// The server's answer did not open the connection.
    #[error("{violation}")]
    Handshake {
        /// What was wrong with it.
        violation: HandshakeError,
        /// The response, where one could be read.
        refusal: Option<Box<Refusal>>,
    },
    /// The connection ended in the middle of the handshake.
    #[error("connection lost during the opening handshake: {0}")]
    HandshakeLost(io::Error),
    /// The connection ended in the middle of the server's answer.
    #[error("connection lost after the response had begun with {beginning}: {source}")]
    ResponseLost {
        /// What the socket said.
        source: io::Error,
        /// What had come.
        beginning: Beginning,
    },
    /// `connectTimeout` ran out.
    #[error("not connected within {0} ms")]
    ConnectTimeout(u128),
    /// The peer broke RFC 6455; the close code it earned.
    #[error("{message}")]
    Violation {
        /// Close code sent to the peer: 1002 or 1007.
        close_code: u16,
        /// What it did.
        message: String,
    },
    /// A message was over the limit.
    #[error("message is larger than maxMessageSize, {limit} bytes")]
    TooBig {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The peer did not answer a ping.
    #[error("nothing came from the peer within pingTimeout of a ping")]
    PingTimeout,
    /// The socket failed.
    #[error("connection lost: {}", io_message(.0))]
    Io(io::Error),
    /// The peer ended the TCP connection without a close frame.
    #[error("the peer ended the connection without a close frame")]
    Dropped,
    /// This crate, or one under it, has failed.
    #[error("internal error in websocket-rs")]
    Internal,
    /// A send after the connection began to close.
    #[error("the connection is closing")]
    Closing,
}

/// An error and where it happened.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// Where.
    pub phase: Phase,
    /// What.
    #[source]
    pub kind: ErrorKind,
}

impl Error {
    /// An error of the given phase.
    pub fn new(phase: Phase, kind: impl Into<ErrorKind>) -> Self {
        Self {
            phase,
            kind: kind.into(),
        }
    }

    /// The close code the peer is told, where it is to be told why the connection fails.
    pub fn close_code(&self) -> Option<u16> {
        match self.kind {
            ErrorKind::Violation { close_code, .. } => Some(close_code),
            ErrorKind::TooBig { .. } => Some(close::TOO_BIG),
            _ => None,
        }
    }

    /// Node's code for the I/O error under this one, and what that says, where there is one.
    pub fn cause(&self) -> Option<(&'static str, String)> {
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

    /// The I/O error under this one, where there is one.
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
