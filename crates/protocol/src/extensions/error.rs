//! Why the extensions in a response are not acceptable.

use super::deflate::{MAX_WINDOW_BITS, MIN_WINDOW_BITS};

/// Why the `Sec-WebSocket-Extensions` header of a response fails the opening handshake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// The header is not a list of extensions.
    #[error("Sec-WebSocket-Extensions header of the response is malformed: {0:?} (RFC 6455 section 9.1)")]
    Malformed(String),
    /// The server chose an extension that was not offered.
    #[error("server chose the extension {0:?}, which was not offered (RFC 6455 section 4.1)")]
    NotOffered(String),
    /// The server accepted permessage-deflate more than once.
    #[error("server chose permessage-deflate more than once")]
    Repeated,
    /// A parameter of permessage-deflate is not acceptable.
    #[error("server chose permessage-deflate, but its parameter {name} {fault} (RFC 7692 section 7.1)")]
    Parameter {
        /// The name of the parameter.
        name: String,
        /// What is wrong with it.
        fault: ParameterFault,
    },
}

/// What is wrong with a parameter of permessage-deflate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterFault {
    /// The extension has no such parameter.
    #[error("does not exist")]
    Unknown,
    /// The parameter occurs more than once.
    #[error("occurs more than once")]
    Repeated,
    /// The parameter has a value and must not have one.
    #[error("has the value {0:?}, and takes none")]
    UnexpectedValue(String),
    /// The parameter has no value and needs one.
    #[error("has no value")]
    NoValue,
    /// The value is not a number of window bits.
    #[error("is {0:?}, not a number from {MIN_WINDOW_BITS} to {MAX_WINDOW_BITS}")]
    Value(String),
    /// The client did not offer the parameter, and the server may not use it then.
    #[error("was not offered")]
    NotOffered,
    /// The value is above the offered one.
    #[error("is {value}, above the offered {offered}")]
    AboveOffer {
        /// The value in the response.
        value: u8,
        /// The value in the offer.
        offered: u8,
    },
    /// The client requested the parameter, and the server accepted the offer without it.
    #[error("was requested and is missing")]
    Missing,
}
