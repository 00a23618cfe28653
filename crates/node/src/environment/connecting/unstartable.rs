//! The error of a connect that cannot start.

use std::io;
use websocket_rs_client::{Error, ErrorKind, Phase};

/// Makes the error of a connect that has no thread to run on.
pub(super) fn unstartable(source: io::Error) -> Error {
    Error::new(Phase::Dial, ErrorKind::Start(source))
}
