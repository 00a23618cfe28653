//! Why a header or a subprotocol cannot be sent.

/// Why a request header or a subprotocol cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The name is not a token.
    #[error("header name {0:?} is not a token (RFC 9110 section 5.6.2)")]
    Name(String),
    /// The value holds a character that is not in Latin-1.
    #[error("the value of header {0:?} holds a character beyond U+00FF, which headers cannot carry")]
    Encoding(String),
    /// The value holds a control character.
    #[error("the value of header {0:?} holds a control character (RFC 9110 section 5.5)")]
    Value(String),
    /// The request sets this header itself, or must not have it.
    #[error("header {name:?} cannot be set: {remedy}")]
    Reserved {
        /// The name in the caller's spelling.
        name: String,
        /// The reason, or what to do instead.
        remedy: &'static str,
    },
    /// A header that must be unique is given twice.
    #[error("header {0:?} is given twice (RFC 9110 section 5.3)")]
    Duplicate(&'static str),
    /// A subprotocol is not a token.
    #[error("subprotocol {0:?} is not a token (RFC 6455 section 4.1)")]
    Protocol(String),
    /// A subprotocol is given twice.
    #[error("subprotocol {0:?} is given twice (RFC 6455 section 4.1)")]
    DuplicateProtocol(String),
}
