//! Why a response does not open the connection.

use super::beginning::Beginning;
use crate::redirect::RedirectError;
use std::fmt;

/// A header of the response that has to stand there with one value and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderFault {
    pub(super) name: &'static str,
    pub(super) values: Vec<String>,
    /// What is wrong if there is one value.
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

/// What is wrong with the server's answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// More bytes than a head may have.
    #[error(
        "response head, with any interim responses before it, is larger than {} bytes",
        crate::limits::MAX_RESPONSE_HEAD
    )]
    HeadTooLarge,
    /// What came can never become an HTTP/1.1 response.
    #[error("response is not HTTP/1.1: it begins with {0}")]
    NotHttp(Beginning),
    /// Not a head of HTTP/1.1.
    #[error("response is not HTTP/1.1: {0}")]
    Malformed(String),
    /// The server refused, redirected or ignored the upgrade.
    #[error("unexpected server response: {0}")]
    Status(u16),
    /// A redirect that is not followed.
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// RFC 6455 section 4.1, item 2.
    #[error("{0} (RFC 6455 section 4.1)")]
    Upgrade(Box<HeaderFault>),
    /// RFC 6455 section 4.1, item 3.
    #[error("{0} (RFC 6455 section 4.1)")]
    Connection(Box<HeaderFault>),
    /// RFC 6455 section 4.1, item 4.
    #[error("{0} (RFC 6455 section 4.1)")]
    Accept(Box<HeaderFault>),
    /// RFC 6455 section 4.1, item 5.
    #[error("server chose the extension {0:?}, which was not offered (RFC 6455 section 4.1)")]
    Extension(String),
    /// RFC 6455 section 4.1, item 6.
    #[error("server chose the subprotocol {0:?}, which was not offered (RFC 6455 section 4.1)")]
    Protocol(String),
    /// RFC 6455 section 4.2.2, item 5.5: a single value.
    #[error("server chose more than one subprotocol: {0:?} (RFC 6455 section 4.2.2)")]
    Protocols(String),
    /// The client named subprotocols it can speak, the server none it would.
    #[error("server chose none of the offered subprotocols")]
    NoProtocol,
}
