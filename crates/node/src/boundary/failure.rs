//! Conversion of a client error to the object that TypeScript makes a JavaScript error of.
//!
//! The table of error codes in TypeScript says when each occurs and what to do.

use super::objects::{Failure, buffer};
use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, sys};
use std::borrow::Cow;
use websocket_rs_client::close::ABNORMAL;
use websocket_rs_client::proxy::wants_credentials;
use websocket_rs_client::{Error, ErrorKind, ProxyFailure, Rejection, close};

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (cause_code, cause_message) = error.cause().unzip();
        let mut failure = Self {
            code: code(&error.kind).to_owned(),
            phase: error.phase.as_str().to_owned(),
            message: error.to_string(),
            cause_code: cause_code.map(Cow::into_owned),
            cause_message,
            address: address(&error.kind),
            status: None,
            headers: None,
            body: None,
            close_code: close_code(error).map(u32::from),
        };
        match &error.kind {
            ErrorKind::Handshake {
                rejection: Some(rejection),
                ..
            }
            | ErrorKind::Proxy {
                failure: ProxyFailure::Rejected(rejection),
                ..
            } => failure.add_rejection(rejection),
            ErrorKind::Proxy {
                failure: ProxyFailure::Socks { code, message },
                ..
            } => failure.add_cause(code, message),
            ErrorKind::Proxy {
                failure: ProxyFailure::Unreachable(reason),
                ..
            } => failure.add_tls(&reason.kind),
            kind => failure.add_tls(kind),
        }
        failure
    }
}

impl Failure {
    fn add_cause(&mut self, code: &str, message: &str) {
        self.cause_code = Some(code.to_owned());
        self.cause_message = Some(message.to_owned());
    }

    fn add_tls(&mut self, kind: &ErrorKind) {
        if let ErrorKind::Tls { code, message } = kind {
            self.add_cause(code, message);
        }
    }

    fn add_rejection(&mut self, rejection: &Rejection) {
        self.status = Some(rejection.status.into());
        let lines = rejection.headers.iter();
        self.headers = Some(
            lines
                .flat_map(|(name, value)| [name.clone(), value.clone()])
                .collect(),
        );
        self.body = Some(buffer(rejection.body.clone()));
    }
}

fn address(kind: &ErrorKind) -> Option<String> {
    match kind {
        ErrorKind::Dial { address, .. } => Some(address.clone()),
        ErrorKind::Resolve { host, .. } => Some(host.clone()),
        _ => None,
    }
}

fn code(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Url(_) => "ERR_WS_INVALID_URL",
        ErrorKind::Header(_) | ErrorKind::ProxyHeader(_) => "ERR_WS_INVALID_HEADER",
        ErrorKind::LocalAddress(_)
        | ErrorKind::TlsOption(_)
        | ErrorKind::ProxyUrl(_)
        | ErrorKind::ProxyVariable(_)
        | ErrorKind::ProxyLimit { .. }
        | ErrorKind::NotForSocket(_) => "ERR_WS_INVALID_OPTION",
        ErrorKind::Proxy { failure, .. } => proxy_code(failure),
        ErrorKind::Resolve { .. } => "ERR_WS_RESOLVE",
        ErrorKind::Start(_) | ErrorKind::Dial { .. } => "ERR_WS_CONNECT",
        ErrorKind::Tls { .. } => "ERR_WS_TLS",
        ErrorKind::Handshake { violation, .. } => handshake_code(violation),
        ErrorKind::HandshakeLost(_) | ErrorKind::ResponseLost { .. } => "ERR_WS_HANDSHAKE_LOST",
        ErrorKind::Internal | ErrorKind::OutOfOrder => "ERR_WS_INTERNAL",
        ErrorKind::ConnectTimeout(_) => "ERR_WS_CONNECT_TIMEOUT",
        ErrorKind::Violation {
            close_code: close::INVALID_PAYLOAD,
            ..
        } => "ERR_WS_INVALID_UTF8",
        ErrorKind::Violation { .. } | ErrorKind::NotDeflate => "ERR_WS_PROTOCOL",
        ErrorKind::TooBig { .. } => "ERR_WS_MESSAGE_TOO_BIG",
        ErrorKind::PingTimeout => "ERR_WS_PING_TIMEOUT",
        ErrorKind::Io(_) | ErrorKind::Dropped | ErrorKind::Closing => "ERR_WS_CLOSED",
    }
}

fn proxy_code(failure: &ProxyFailure) -> &'static str {
    match failure {
        ProxyFailure::Rejected(rejection) if wants_credentials(rejection.status) => {
            "ERR_WS_PROXY_CREDENTIALS"
        }
        ProxyFailure::Credentials(_) => "ERR_WS_PROXY_CREDENTIALS",
        _ => "ERR_WS_PROXY",
    }
}

fn handshake_code(violation: &websocket_rs_client::HandshakeError) -> &'static str {
    use websocket_rs_client::HandshakeError as V;
    match violation {
        V::Status(_) => "ERR_WS_UNEXPECTED_STATUS",
        V::Redirect(_) => "ERR_WS_REDIRECT",
        V::Accept(_) => "ERR_WS_INVALID_ACCEPT",
        V::Extension(_) => "ERR_WS_INVALID_EXTENSION",
        V::Protocol(_) | V::Protocols(_) | V::NoProtocol => "ERR_WS_INVALID_SUBPROTOCOL",
        V::HeadTooLarge | V::NotHttp(_) | V::Malformed(_) | V::Upgrade(_) | V::Connection(_) => {
            "ERR_WS_INVALID_RESPONSE"
        }
    }
}

/// Returns `closeCode` after the error. Returns `None` for errors before the connection was open.
fn close_code(error: &Error) -> Option<u16> {
    match &error.kind {
        ErrorKind::Io(_) | ErrorKind::Dropped | ErrorKind::Closing | ErrorKind::PingTimeout => Some(ABNORMAL),
        _ => error.close_code(),
    }
}

/// Converts an error to a JavaScript object. Returns a null handle if there is no error.
pub(crate) fn encode_failure(raw: sys::napi_env, error: Option<&Error>) -> Result<sys::napi_value> {
    let Some(error) = error else {
        return Ok(std::ptr::null_mut());
    };
    // SAFETY: callers are on the environment's thread with a handle scope open.
    unsafe { Failure::to_napi_value(raw, Failure::from(error)) }
}
