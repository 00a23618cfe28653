//! The error of an invalid option of TLS.

use crate::error::{Error, ErrorKind, Phase};

/// An error message that begins with the name of the option.
#[derive(Debug)]
pub(super) struct TlsOptionError(pub(super) String);

impl TlsOptionError {
    /// Converts the error. `option` is the name of the group of options: `tls` or `proxyTls`.
    pub(super) fn into_error(self, option: &str) -> Error {
        let text = format!("option {option}.{}", self.0);
        Error::new(Phase::Options, ErrorKind::TlsOption(text))
    }
}
