//! Whether a response opens the connection that was asked for.

use super::Response;
use crate::headers::list_holds;
use crate::redirect::RedirectError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// RFC 6455 section 1.3: appended to the key before it is hashed.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What the server agreed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The subprotocol it chose; empty where none was asked for.
    pub protocol: String,
}

/// What is wrong with the server's answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// More bytes than a head may have.
    #[error("response head is larger than {} bytes", crate::limits::MAX_RESPONSE_HEAD)]
    HeadTooLarge,
    /// Not an HTTP/1.1 response.
    #[error("response is not HTTP/1.1: {0}")]
    Malformed(String),
    /// The server refused, redirected or ignored the upgrade.
    #[error("unexpected server response: {0}")]
    Status(u16),
    /// A redirect that is not followed.
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// RFC 6455 section 4.1, item 2.
    #[error("Upgrade header of the response is not \"websocket\" (RFC 6455 section 4.1)")]
    Upgrade,
    /// RFC 6455 section 4.1, item 3.
    #[error("Connection header of the response does not hold \"Upgrade\" (RFC 6455 section 4.1)")]
    Connection,
    /// RFC 6455 section 4.1, item 4.
    #[error("Sec-WebSocket-Accept does not match the key (RFC 6455 section 4.1)")]
    Accept,
    /// RFC 6455 section 4.1, item 5.
    #[error("server chose the extension {0:?}, which was not offered (RFC 6455 section 4.1)")]
    Extension(String),
    /// RFC 6455 section 4.1, item 6.
    #[error("server chose the subprotocol {0:?}, which was not offered (RFC 6455 section 4.1)")]
    Protocol(String),
    /// The client named subprotocols it can speak, the server none it would.
    #[error("server chose none of the offered subprotocols")]
    NoProtocol,
}

/// Judges the answer to a request that was sent with `key` and `protocols` and offered no extension.
pub fn judge(response: &Response, key: &str, protocols: &[String]) -> Result<Accepted, Violation> {
    if response.status != 101 {
        return Err(Violation::Status(response.status));
    }
    if response.minor_version != 1 {
        return Err(Violation::Malformed("its version is HTTP/1.0".into()));
    }
    if single(response, "upgrade").is_none_or(|value| !value.eq_ignore_ascii_case("websocket")) {
        return Err(Violation::Upgrade);
    }
    if !response
        .values("connection")
        .any(|value| list_holds(value, "upgrade"))
    {
        return Err(Violation::Connection);
    }
    if single(response, "sec-websocket-accept") != Some(accept_for(key).as_str()) {
        return Err(Violation::Accept);
    }
    if let Some(extension) = response
        .values("sec-websocket-extensions")
        .find(|value| !value.is_empty())
    {
        return Err(Violation::Extension(extension.to_owned()));
    }
    Ok(Accepted {
        protocol: chosen_protocol(response, protocols)?,
    })
}

/// The value that proves the server read our key (section 4.2.2, item 5.4).
fn accept_for(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

fn chosen_protocol(response: &Response, offered: &[String]) -> Result<String, Violation> {
    let mut values = response.values("sec-websocket-protocol");
    match (values.next(), values.next()) {
        (None, _) if offered.is_empty() => Ok(String::new()),
        (None, _) => Err(Violation::NoProtocol),
        (Some(value), None) if offered.iter().any(|protocol| protocol == value) => Ok(value.to_owned()),
        (Some(value), _) => Err(Violation::Protocol(value.to_owned())),
    }
}

/// The value of a header that may stand once only.
fn single<'a>(response: &'a Response, name: &'a str) -> Option<&'a str> {
    let mut values = response.values(name);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn response(change: impl Fn(&mut Vec<(String, String)>)) -> Response {
        let mut headers = vec![
            ("Upgrade".to_owned(), "WebSocket".to_owned()),
            ("Connection".to_owned(), "keep-alive, Upgrade".to_owned()),
            (
                "Sec-WebSocket-Accept".to_owned(),
                "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned(),
            ),
        ];
        change(&mut headers);
        Response {
            minor_version: 1,
            status: 101,
            reason: String::new(),
            headers,
        }
    }

    fn with(name: &'static str, value: &'static str) -> Response {
        response(|headers| headers.push((name.into(), value.into())))
    }

    fn without(name: &'static str) -> Response {
        response(|headers| headers.retain(|(given, _)| given != name))
    }

    #[test]
    fn the_example_of_the_rfc_is_accepted() {
        assert_eq!(judge(&response(|_| ()), KEY, &[]), Ok(Accepted::default()));
    }

    #[test]
    fn http_1_0_cannot_upgrade() {
        let mut old = response(|_| ());
        old.minor_version = 0;
        assert!(matches!(judge(&old, KEY, &[]), Err(Violation::Malformed(_))));
    }

    #[test]
    fn each_header_of_section_4_1_has_to_be_right() {
        assert_eq!(judge(&without("Upgrade"), KEY, &[]), Err(Violation::Upgrade));
        assert_eq!(
            judge(&with("Upgrade", "websocket"), KEY, &[]),
            Err(Violation::Upgrade)
        );
        assert_eq!(
            judge(&without("Connection"), KEY, &[]),
            Err(Violation::Connection)
        );
        assert_eq!(
            judge(&without("Sec-WebSocket-Accept"), KEY, &[]),
            Err(Violation::Accept)
        );
        assert_eq!(
            judge(&response(|_| ()), "another key", &[]),
            Err(Violation::Accept)
        );
        let refused = Response {
            status: 401,
            ..response(|_| ())
        };
        assert_eq!(judge(&refused, KEY, &[]), Err(Violation::Status(401)));
    }

    #[test]
    fn an_extension_that_was_not_offered_fails_the_handshake() {
        let answer = with("Sec-WebSocket-Extensions", "permessage-deflate");
        assert_eq!(
            judge(&answer, KEY, &[]),
            Err(Violation::Extension("permessage-deflate".into()))
        );
    }

    #[test]
    fn the_subprotocol_is_one_of_those_offered() {
        let offered = ["chat".to_owned(), "echo".to_owned()];
        let chosen = judge(&with("Sec-WebSocket-Protocol", "echo"), KEY, &offered);
        assert_eq!(
            chosen,
            Ok(Accepted {
                protocol: "echo".into()
            })
        );
        let other = judge(&with("Sec-WebSocket-Protocol", "other"), KEY, &offered);
        assert_eq!(other, Err(Violation::Protocol("other".into())));
        let unasked = judge(&with("Sec-WebSocket-Protocol", "echo"), KEY, &[]);
        assert_eq!(unasked, Err(Violation::Protocol("echo".into())));
        assert_eq!(
            judge(&response(|_| ()), KEY, &offered),
            Err(Violation::NoProtocol)
        );
    }
}
