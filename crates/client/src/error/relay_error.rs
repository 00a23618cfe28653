//! Errors of streams that the caller carries.

use std::io;

/// An error of the caller's stream, with the code that the caller's platform has for it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct RelayError {
    /// The code, such as `ECONNRESET`.
    pub code: String,
    /// The message.
    pub message: String,
}

impl From<RelayError> for io::Error {
    fn from(error: RelayError) -> Self {
        let kind = match error.code.as_str() {
            "ECONNREFUSED" => io::ErrorKind::ConnectionRefused,
            "ECONNRESET" => io::ErrorKind::ConnectionReset,
            "ECONNABORTED" => io::ErrorKind::ConnectionAborted,
            "EPIPE" => io::ErrorKind::BrokenPipe,
            "ETIMEDOUT" => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
