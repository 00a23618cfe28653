//! Errors of streams that the caller carries.

/// An error of the caller's stream, with the code that the caller's platform has for it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct RelayError {
    /// The code, such as `ECONNRESET`.
    pub code: String,
    /// The message.
    pub message: String,
}
