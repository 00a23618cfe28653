//! Following redirects of the opening handshake.

use super::attempt::attempt;
use super::options::ConnectOptions;
use super::progress::Progress;
use super::proxy;
use crate::connection::Connection;
use crate::error::{Error, ErrorKind, Phase};
use std::borrow::Cow;
use websocket_rs_protocol::redirect::{RedirectError, follow, is_redirect, without_private};
use websocket_rs_protocol::response::HandshakeError;
use websocket_rs_protocol::target::Target;

/// Opens a connection, and follows redirects. `failed` is the error of a first attempt that was made elsewhere.
pub(super) async fn open(
    options: &ConnectOptions,
    progress: &Progress,
    mut failed: Option<Error>,
) -> Result<Connection, Error> {
    let mut target = options.target.clone();
    let mut headers = options.headers.clone();
    let mut tls = options.tls.clone();
    let mut followed = 0;
    loop {
        let error = match failed.take() {
            Some(error) => error,
            None => match attempt(options, &target, &headers, &tls, progress).await {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            },
        };
        let next = redirected(options, &target, followed, error)?;
        if !target.is_same_origin(&next) {
            headers = without_private(&headers);
            tls.parameters.leave_origin();
        }
        target = next;
        followed += 1;
    }
}

/// Returns the next target if `error` is a redirect to follow, or else the error.
fn redirected(options: &ConnectOptions, from: &Target, followed: u32, error: Error) -> Result<Target, Error> {
    let rejection = match error.kind {
        ErrorKind::Handshake {
            violation: HandshakeError::Status(status),
            rejection: Some(rejection),
        } if options.max_redirects > 0 && is_redirect(status) => rejection,
        kind => return Err(Error::new(error.phase, kind)),
    };
    let locations: Vec<Cow<'_, str>> = rejection
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("location"))
        .map(|(_, value)| as_utf8(value))
        .collect();
    let next = if followed >= options.max_redirects {
        Err(RedirectError::TooMany(followed))
    } else {
        follow(from, &locations)
    };
    next.and_then(|next| check_proxy(options, next))
        .map_err(|reason| {
            let kind = ErrorKind::Handshake {
                violation: HandshakeError::Redirect(reason),
                rejection: Some(rejection),
            };
            Error::new(Phase::Upgrade, kind)
        })
}

/// Checks that the proxy can connect to the next target. If not, the error is the server's and not the caller's.
fn check_proxy(options: &ConnectOptions, next: Target) -> Result<Target, RedirectError> {
    match proxy::prepare(options, &next) {
        Err(error) if matches!(error.kind, ErrorKind::ProxyLimit { .. }) => {
            Err(RedirectError::Proxy(error.kind.to_string()))
        }
        Ok(_) | Err(_) => Ok(next),
    }
}

/// Decodes a value as UTF-8 if possible: it was read as Latin-1, but URLs beyond ASCII are mostly sent as UTF-8.
fn as_utf8(value: &str) -> Cow<'_, str> {
    let bytes: Option<Vec<u8>> = value.chars().map(|char| u8::try_from(char).ok()).collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map_or(Cow::Borrowed(value), Cow::Owned)
}
