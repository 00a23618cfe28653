//! What is wrong with an option of TLS.

use crate::error::{Error, ErrorKind, Phase};

/// What is wrong with an option, beginning with its name.
#[derive(Debug)]
pub(super) struct TlsOptionError(pub(super) String);

impl TlsOptionError {
    /// `option` is `tls` or the like.
    pub(super) fn into_error(self, option: &str) -> Error {
        let text = format!("option {option}.{}", self.0);
        Error::new(Phase::Options, ErrorKind::TlsOption(text))
    }
}
