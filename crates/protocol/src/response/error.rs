//! Why a response does not open the connection, or is no response.

use super::beginning::Beginning;
use crate::extensions::ExtensionError;
use crate::redirect::RedirectError;
use std::fmt;

/// A header of the response that must occur once with a given value, and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderFault {
    pub(super) name: &'static str,
    pub(super) values: Vec<String>,
    /// What is wrong with a single value.
    pub(super) problem: &'static str,
}

impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            values,
            problem,
        } = self;
        match values.as_slice() {
            [] => write!(f, "response has no {name} header"),
            [value] => write!(f, "{name} header of the response is {value:?}, {problem}"),
            _ => write!(f, "response has {} {name} headers", values.len()),
        }
    }
}

/// Why the server's response fails the opening handshake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The head is larger than its limit.
    #[error(
        "response head, with any interim responses before it, is larger than {} bytes",
        crate::limits::MAX_RESPONSE_HEAD
    )]
    HeadTooLarge,
    /// The bytes cannot become an HTTP/1.1 response.
    #[error("response is not HTTP/1.1: it begins with {0}")]
    NotHttp(Beginning),
    /// The head is not valid HTTP/1.1.
    #[error("response is not HTTP/1.1: {0}")]
    Malformed(String),
    /// The server rejected, redirected or ignored the upgrade request.
    #[error("unexpected server response: {0}")]
    Status(u16),
    /// The response is a redirect that is not followed.
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// The `Upgrade` header is wrong (RFC 6455 section 4.1, item 2).
    #[error("{0} (RFC 6455 section 4.1)")]
    Upgrade(Box<HeaderFault>),
    /// The `Connection` header is wrong (RFC 6455 section 4.1, item 3).
    #[error("{0} (RFC 6455 section 4.1)")]
    Connection(Box<HeaderFault>),
    /// The `Sec-WebSocket-Accept` header is wrong (RFC 6455 section 4.1, item 4).
    #[error("{0} (RFC 6455 section 4.1)")]
    Accept(Box<HeaderFault>),
    /// The server chose an extension or a parameter that is not acceptable (RFC 6455 section 4.1, item 5).
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// The server chose a subprotocol that was not offered (RFC 6455 section 4.1, item 6).
    #[error("server chose the subprotocol {0:?}, which was not offered (RFC 6455 section 4.1)")]
    Protocol(String),
    /// The server chose more than one subprotocol (RFC 6455 section 4.2.2, item 5.5).
    #[error("server chose more than one subprotocol: {0:?} (RFC 6455 section 4.2.2)")]
    Protocols(String),
    /// The client offered subprotocols, and the server chose none.
    #[error("server chose none of the offered subprotocols")]
    NoProtocol,
}
