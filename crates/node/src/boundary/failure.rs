//! An error of the client as the object `errors.ts` turns into a JavaScript error.
//!
//! The codes are listed, with when they happen and what to do, in `src/errors.ts`.

use super::objects::{Failure, buffer};
use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, sys};
use websocket_rs_client::close::ABNORMAL;
use websocket_rs_client::{Error, ErrorKind, close, errno_name};

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let mut failure = Self {
            code: code(&error.kind).to_owned(),
            phase: error.phase.as_str().to_owned(),
            message: error.to_string(),
            cause_code: error.io_source().map(|source| errno_name(source).to_owned()),
            cause_message: error.io_source().map(ToString::to_string),
            status: None,
            headers: None,
            body: None,
            close_code: close_code(error).map(u32::from),
        };
        match &error.kind {
            ErrorKind::Tls { code, message } => {
                failure.cause_code = Some((*code).to_owned());
                failure.cause_message = Some(message.clone());
            }
            ErrorKind::Handshake {
                refusal: Some(refusal),
                ..
            } => {
                failure.status = Some(refusal.status.into());
                let flat = refusal
                    .headers
                    .iter()
                    .flat_map(|(name, value)| [name.clone(), value.clone()]);
                failure.headers = Some(flat.collect());
                failure.body = Some(buffer(refusal.body.clone()));
            }
            _ => {}
        }
        failure
    }
}

fn code(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Url(_) => "ERR_WS_INVALID_URL",
        ErrorKind::Header(_) => "ERR_WS_INVALID_HEADER",
        ErrorKind::LocalAddress(_) | ErrorKind::Certificate(_) => "ERR_WS_INVALID_OPTION",
        ErrorKind::Resolve { .. } => "ERR_WS_RESOLVE",
        ErrorKind::Dial { .. } => "ERR_WS_CONNECT",
        ErrorKind::Tls { .. } => "ERR_WS_TLS",
        ErrorKind::Handshake { violation, .. } => handshake_code(violation),
        ErrorKind::HandshakeLost(_) => "ERR_WS_HANDSHAKE_LOST",
        ErrorKind::ConnectTimeout(_) => "ERR_WS_CONNECT_TIMEOUT",
        ErrorKind::Violation {
            close_code: close::INVALID_PAYLOAD,
            ..
        } => "ERR_WS_INVALID_UTF8",
        ErrorKind::Violation { .. } => "ERR_WS_PROTOCOL",
        ErrorKind::TooBig { .. } => "ERR_WS_MESSAGE_TOO_BIG",
        ErrorKind::PingTimeout => "ERR_WS_PING_TIMEOUT",
        ErrorKind::Io(_) | ErrorKind::Dropped | ErrorKind::Closing => "ERR_WS_CLOSED",
    }
}

fn handshake_code(violation: &websocket_rs_client::Violation) -> &'static str {
    use websocket_rs_client::Violation as V;
    match violation {
        V::Status(_) => "ERR_WS_UNEXPECTED_STATUS",
        V::Redirect(_) => "ERR_WS_REDIRECT",
        V::Accept => "ERR_WS_INVALID_ACCEPT",
        V::Extension(_) => "ERR_WS_INVALID_EXTENSION",
        V::Protocol(_) | V::NoProtocol => "ERR_WS_INVALID_SUBPROTOCOL",
        V::HeadTooLarge | V::Malformed(_) | V::Upgrade | V::Connection => "ERR_WS_INVALID_RESPONSE",
    }
}

/// What `closeCode` says after the error; none for errors before the connection was open.
fn close_code(error: &Error) -> Option<u16> {
    match &error.kind {
        ErrorKind::Io(_) | ErrorKind::Dropped | ErrorKind::Closing | ErrorKind::PingTimeout => Some(ABNORMAL),
        _ => error.close_code(),
    }
}

/// An error as a JavaScript object; null where there is none.
pub(crate) fn encode_failure(raw: sys::napi_env, error: Option<&Error>) -> Result<sys::napi_value> {
    let Some(error) = error else {
        return Ok(std::ptr::null_mut());
    };
    // SAFETY: callers are on the environment's thread with a handle scope open.
    unsafe { Failure::to_napi_value(raw, Failure::from(error)) }
}
